"""One act on many dossiers: each by the service of a single dossier, with its own result.

A dossier that refuses (state, right, changed since the preview) never stops the others. Small
selections are done in the request; larger ones by a job, in slices that commit one by one, so
that the page shows the progress and a crash loses nothing of what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    ActeLot,
    Affectation,
    Dossier,
    EtatLigneLot,
    Financeur,
    LigneLot,
    Lot,
    Utilisateur,
)
from aap.models.types import Json
from aap.permissions import Acteur, exiger, may
from aap.requetes.affectations import A_INSTRUIRE
from aap.requetes.lots import LOT_MAX
from aap.services.affectation import affecter_en_lot, retirer_affectation
from aap.services.journal import consigner
from aap.services.recevabilite import demander_complements, prendre_en_instruction
from aap.services.taches import enfiler
from aap.services.transition import verifier_version

TRANCHE = 50
CHANGE = "Ce dossier a changé depuis l’aperçu : rien n’a été fait pour lui."


def lancer_lot(
    acteur: Acteur, acte: ActeLot, arguments: Json, cibles: Mapping[int, int], jeton: str
) -> Lot:
    """Do ``acte`` on ``cibles`` (dossier id -> version shown).

    The same ``jeton`` sent again gives back the first lot, and does nothing more.
    Raises Invalide (nothing chosen, too many), Conflit (the token is somebody else's).
    """
    exiger(acteur, "instruction.liste")
    deja = db.session.scalar(select(Lot).where(Lot.jeton == jeton))
    if deja is not None:
        if deja.auteur_id != acteur.utilisateur_id:
            raise Conflit("Cette demande est déjà partie.", "Revenez à la liste.")
        return deja
    if not cibles:
        raise Invalide("Cochez au moins un dossier.")
    if len(cibles) > LOT_MAX:
        raise Invalide("Cette sélection est trop grande : ajoutez un filtre.")
    lot = Lot(jeton=jeton, acte=acte, arguments=arguments, auteur_id=acteur.utilisateur_id or 0)
    db.session.add(lot)
    db.session.flush()
    db.session.add_all(
        LigneLot(lot_id=lot.id, dossier_id=cle, version=version) for cle, version in cibles.items()
    )
    consigner(
        acteur, lot, "lot.lancer", f"{acte.libelle} : {len(cibles)} dossiers", donnees=arguments
    )
    db.session.flush()
    _poursuivre(acteur, lot, len(cibles))
    return lot


def _poursuivre(acteur: Acteur, lot: Lot, nombre: int) -> None:
    if nombre <= TRANCHE:
        avancer_lot(acteur, lot)
    else:
        enfiler("traiter_lot", {"lot_id": lot.id})


def avancer_lot(acteur: Acteur, lot: Lot) -> bool:
    """Do (or undo) the next slice; True when something is left. Rights are those of ``acteur``."""
    etat = EtatLigneLot.ATTENTE if lot.annule_le is None else EtatLigneLot.FAITE
    restantes = select(LigneLot).where(LigneLot.lot_id == lot.id, LigneLot.etat == etat)
    lignes = db.session.scalars(
        restantes.order_by(LigneLot.id)
        .limit(TRANCHE)
        .options(joinedload(LigneLot.dossier).joinedload(Dossier.campagne))
    ).all()
    if lot.annule_le is not None:
        for ligne in lignes:
            _essayer(ligne, lambda x: _reprendre(acteur, lot, x), EtatLigneLot.ANNULEE)
    elif lot.acte is ActeLot.AFFECTER:
        _affecter(acteur, lot, lignes)
    else:
        for ligne in lignes:
            _essayer(ligne, lambda x: GESTES[lot.acte](acteur, x, lot.arguments))
    db.session.flush()
    return len(lignes) == TRANCHE


def _essayer(
    ligne: LigneLot,
    geste: Callable[[LigneLot], None],
    reussi: EtatLigneLot = EtatLigneLot.FAITE,
) -> None:
    """One dossier in its own savepoint: a refusal is written beside it and undoes only it."""
    try:
        with db.session.begin_nested():
            geste(ligne)
    except Conflit:  # right checked: the state may be said
        etat = ligne.dossier.etat.libelle("agent")
        _refuser(ligne, f"{CHANGE} Il est maintenant «\u00a0{etat}\u00a0».")
    except ErreurMetier as refus:
        problemes = " ".join(p.message for p in getattr(refus, "problemes", ()))
        _refuser(ligne, problemes or refus.message)
    except StaleDataError:
        _refuser(ligne, CHANGE)
    else:
        ligne.etat, ligne.message = reussi, ""


def _refuser(ligne: LigneLot, raison: str) -> None:
    ligne.etat, ligne.message = EtatLigneLot.REFUSEE, raison[:500]


def _prendre(acteur: Acteur, ligne: LigneLot, _arguments: Json) -> None:
    prendre_en_instruction(acteur, ligne.dossier, version=ligne.version)


def _completer(acteur: Acteur, ligne: LigneLot, arguments: Json) -> None:
    demander_complements(
        acteur,
        ligne.dossier,
        arguments["texte"],
        list(arguments["elements"]),
        date.fromisoformat(arguments["echeance"]),
        bloquante=bool(arguments["bloquante"]),
        version=ligne.version,
    )


GESTES: dict[ActeLot, Callable[[Acteur, LigneLot, Any], None]] = {
    ActeLot.PRENDRE_EN_INSTRUCTION: _prendre,
    ActeLot.DEMANDER_COMPLEMENTS: _completer,
}


def _affectable(acteur: Acteur, ligne: LigneLot) -> bool:
    """Refuse on its line what the assignment of a whole slice would refuse for all."""
    droit = may(acteur, "dossier.affecter", ligne.dossier)
    if not droit:
        _refuser(ligne, droit.raison)
    elif ligne.dossier.etat not in A_INSTRUIRE:
        _refuser(ligne, "Ce dossier n’est pas, ou n’est plus, à instruire.")
    else:
        try:
            verifier_version(ligne.dossier, ligne.version)
        except ErreurMetier:
            _refuser(ligne, CHANGE)
    return ligne.etat is EtatLigneLot.ATTENTE


def _affecter(acteur: Acteur, lot: Lot, lignes: Sequence[LigneLot]) -> None:
    """One call of the service for the slice: the person gets one mail, not one per dossier."""
    personne = db.session.get_one(Utilisateur, lot.arguments["utilisateur"])
    financeur = db.session.get_one(Financeur, lot.arguments["financeur"])
    possibles = [x for x in lignes if _affectable(acteur, x)]
    if not possibles:
        return
    fait = affecter_en_lot(acteur, [x.dossier for x in possibles], personne, financeur)
    raisons = {
        **{d.id: "Ce dossier lui est déjà confié." for d in fait.deja},
        **{d.id: "Cette personne est déportée pour cet organisme." for d in fait.deportes},
        **{d.id: "Ce dossier n’est pas dans son périmètre." for d in fait.hors_perimetre},
    }
    for ligne in possibles:
        if ligne.dossier_id in raisons:
            _refuser(ligne, raisons[ligne.dossier_id])
        else:
            ligne.etat = EtatLigneLot.FAITE


def annulable(lot: Lot) -> str:
    """Empty when the lot may be undone, else why it may not."""
    if lot.annule_le is not None:
        return "Cet acte est déjà annulé."
    if lot.acte is not ActeLot.AFFECTER:
        return (
            "Cet acte ne s’annule pas : les porteurs en sont déjà informés, et les délais légaux "
            "courent. Chaque dossier se reprend, s’il le faut, sur sa propre page."
        )
    return ""


def annuler_lot(acteur: Acteur, lot: Lot) -> None:
    """Take back the assignments of this lot that still hold. Raises PasLeMoment."""
    exiger(acteur, "lot.annuler", lot)
    raison = annulable(lot)
    if raison:
        raise PasLeMoment(raison)
    decompte = select(LigneLot.etat, func.count()).where(LigneLot.lot_id == lot.id)
    etats = {etat: n for etat, n in db.session.execute(decompte.group_by(LigneLot.etat))}
    if etats.get(EtatLigneLot.ATTENTE):
        raise PasLeMoment("Cet acte est encore en cours : attendez la fin pour l’annuler.")
    lot.annule_le = maintenant()
    consigner(acteur, lot, "lot.annuler", f"Annulé : {lot.acte.libelle}")
    db.session.flush()
    _poursuivre(acteur, lot, etats.get(EtatLigneLot.FAITE, 0))


def _reprendre(acteur: Acteur, lot: Lot, ligne: LigneLot) -> None:
    affectation = db.session.scalar(
        select(Affectation).where(
            Affectation.dossier_id == ligne.dossier_id,
            Affectation.utilisateur_id == lot.arguments["utilisateur"],
        )
    )
    if affectation is None:
        raise PasLeMoment("Ce dossier ne lui était déjà plus confié.")
    retirer_affectation(acteur, affectation)


def abandonner_lot(lot: Lot, raison: str) -> None:
    """The job gave up: what was not done says so. Nothing done is touched."""
    for ligne in db.session.scalars(
        select(LigneLot).where(LigneLot.lot_id == lot.id, LigneLot.etat == EtatLigneLot.ATTENTE)
    ):
        _refuser(ligne, raison)
    db.session.flush()
