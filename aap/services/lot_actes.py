"""Acts of one funder prepared together, then sent to signature, then printed in booklets.

Each aid goes through the service of a single act, in its own savepoint: what is refused says why
beside it and stops nobody. Small lots are done in the request, larger ones by a job, in slices
that commit one by one (``taches/lot_actes``): the page shows the progress, and a crash loses
nothing of what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import (
    CahierActes,
    EtatLigneLot,
    Financeur,
    LigneLotActes,
    LotActes,
)
from aap.permissions import Acteur, exiger
from aap.services.convention import preparer_convention
from aap.services.journal import consigner
from aap.services.signature import envoyer_a_la_signature
from aap.services.taches import enfiler
from aap.services.tour import prendre_son_tour

TRANCHE = 20
LOT_MAX = 1_000
CHANGEE = "Cette aide a changé depuis que la page est affichée\u00a0: rien n’a été fait pour elle."
EN_COURS = "Le travail demandé avant n’est pas fini. Attendez un instant."
E = EtatLigneLot


@dataclass(frozen=True)
class Visee:
    """An aid ticked: the version shown, and the cents of the later years of its CPO."""

    financement_id: int
    version: int
    suites: tuple[int, ...] = ()


def lancer_lot_actes(
    acteur: Acteur, financeur: Financeur, visees: Sequence[Visee], jeton: str
) -> LotActes:
    """Prepare the acts of these aids, which the caller found within reach.

    The same ``jeton`` sent again gives back the first lot. Raises Invalide, Conflit, Interdit.
    """
    exiger(acteur, "lot_actes.preparer", financeur)
    deja = db.session.scalar(select(LotActes).where(LotActes.jeton == jeton))
    if deja is not None:
        if deja.auteur_id != acteur.utilisateur_id:
            raise Conflit("Cette demande est déjà partie.", "Revenez aux actes à préparer.")
        return deja
    if not visees:
        phrase = "Cochez au moins une aide."
        raise Invalide(phrase, [Probleme(phrase, "liste-aides")])
    if len(visees) > LOT_MAX:
        phrase = f"Un lot compte {LOT_MAX} actes au plus\u00a0: décochez des aides."
        raise Invalide(phrase, [Probleme(phrase, "liste-aides")])
    lot = LotActes(jeton=jeton, financeur=financeur, auteur_id=acteur.utilisateur_id or 0)
    db.session.add(lot)
    db.session.flush()
    db.session.add_all(
        LigneLotActes(
            lot_id=lot.id,
            financement_id=v.financement_id,
            version=v.version,
            suites=list(v.suites),
        )
        for v in visees
    )
    consigner(
        acteur, lot, "lot_actes.preparer", f"{accorder(len(visees), 'acte')} à préparer ensemble"
    )
    db.session.flush()
    _poursuivre(acteur, lot, len(visees))
    return lot


def _poursuivre(acteur: Acteur, lot: LotActes, nombre: int) -> None:
    if nombre <= TRANCHE:
        avancer_lot_actes(acteur, lot)
    else:
        enfiler("avancer_lot_actes", {"lot_id": lot.id, "auteur_id": acteur.utilisateur_id})


def avancer_lot_actes(acteur: Acteur, lot: LotActes) -> bool:
    """Prepare the next drafts, then send the next ones; True when something is left.

    The turns of the whole slice are taken first: one by one, each after the funder's number of
    the act before, they would cross an officer who prepares a single act.
    """
    a_preparer = _suivantes(lot, LigneLotActes.etat == E.ATTENTE)
    prendre_son_tour(*(x.financement for x in a_preparer))
    for ligne in a_preparer:
        _essayer(ligne, lambda x: _preparer(acteur, x), "etat")
    a_envoyer = [] if a_preparer else _suivantes(lot, LigneLotActes.envoi == E.ATTENTE)
    prendre_son_tour(*(x.financement for x in a_envoyer))
    for ligne in a_envoyer:
        _essayer(ligne, lambda x: _envoyer(acteur, x), "envoi")
    db.session.flush()
    return TRANCHE in (len(a_preparer), len(a_envoyer))


def _suivantes(lot: LotActes, condition: object) -> Sequence[LigneLotActes]:
    return db.session.scalars(
        select(LigneLotActes)
        .where(LigneLotActes.lot_id == lot.id, condition)  # type: ignore[arg-type]
        .order_by(LigneLotActes.id)
        .limit(TRANCHE)
        .options(joinedload(LigneLotActes.financement), joinedload(LigneLotActes.convention))
    ).all()


def _essayer(ligne: LigneLotActes, geste: Callable[[LigneLotActes], None], colonne: str) -> None:
    """One aid in its own savepoint: a refusal is written beside it and undoes only it."""
    try:
        with db.session.begin_nested():
            geste(ligne)
    except Conflit:
        _refuser(ligne, colonne, CHANGEE)
    except ErreurMetier as refus:
        problemes = " ".join(p.message for p in getattr(refus, "problemes", ()))
        suite = f"{refus.message} {refus.que_faire}".strip()
        _refuser(ligne, colonne, problemes or suite)
    except StaleDataError:
        _refuser(ligne, colonne, CHANGEE)
    else:
        setattr(ligne, colonne, E.FAITE)
        ligne.message = ""


def _refuser(ligne: LigneLotActes, colonne: str, raison: str) -> None:
    setattr(ligne, colonne, E.REFUSEE)
    ligne.message = raison[:500]


def _preparer(acteur: Acteur, ligne: LigneLotActes) -> None:
    annee = ligne.financement.exercice
    suites = {annee + i: montant for i, montant in enumerate(ligne.suites, start=1)}
    ligne.convention = preparer_convention(
        acteur, ligne.financement, exercices=suites, version=ligne.version
    )


def _envoyer(acteur: Acteur, ligne: LigneLotActes) -> None:
    if ligne.convention is None:
        raise PasLeMoment("Aucun projet n’a été préparé.")
    envoyer_a_la_signature(acteur, ligne.convention)


def hors_du_lot(lot: LotActes, cochees: Collection[int]) -> int:
    """How many of the aids ticked are not in it: they waited for no act any more."""
    prises = select(LigneLotActes.financement_id).where(LigneLotActes.lot_id == lot.id)
    return len(set(cochees) - set(db.session.scalars(prises)))


def compter(lot: LotActes, condition: object) -> int:
    """Lines of the lot that answer ``condition``."""
    requete = select(func.count()).select_from(LigneLotActes)
    return (
        db.session.scalar(
            requete.where(LigneLotActes.lot_id == lot.id, condition)  # type: ignore[arg-type]
        )
        or 0
    )


def _verifier_repos(lot: LotActes) -> None:
    if compter(lot, (LigneLotActes.etat == E.ATTENTE) | (LigneLotActes.envoi == E.ATTENTE)):
        raise PasLeMoment(EN_COURS)


def envoyer_lot_actes(acteur: Acteur, lot: LotActes) -> int:
    """Ask that every draft prepared goes to signature; how many. Asked again, it takes up what
    was refused and what is still a draft. Raises PasLeMoment, Interdit."""
    exiger(acteur, "lot_actes.poursuivre", lot)
    db.session.refresh(lot, with_for_update=True)
    _verifier_repos(lot)
    lignes = db.session.scalars(
        select(LigneLotActes).where(
            LigneLotActes.lot_id == lot.id,
            LigneLotActes.etat == E.FAITE,
            LigneLotActes.envoi.is_distinct_from(E.FAITE),
        )
    ).all()
    if not lignes:
        raise PasLeMoment("Tous les actes de ce lot sont déjà partis à la signature.")
    for ligne in lignes:
        ligne.envoi = E.ATTENTE
    lot.envoi_le = maintenant()
    consigner(acteur, lot, "lot_actes.envoyer", f"{accorder(len(lignes), 'acte')} à envoyer")
    db.session.flush()
    _poursuivre(acteur, lot, len(lignes))
    return len(lignes)


def imprimer_lot_actes(acteur: Acteur, lot: LotActes) -> None:
    """Ask for the booklets, made by a job; those made before are dropped. Raises PasLeMoment."""
    exiger(acteur, "lot_actes.poursuivre", lot)
    db.session.refresh(lot, with_for_update=True)
    _verifier_repos(lot)
    if not compter(lot, LigneLotActes.convention_id.is_not(None)):
        raise PasLeMoment("Aucun acte n’est préparé dans ce lot.")
    db.session.execute(delete(CahierActes).where(CahierActes.lot_id == lot.id))
    db.session.expire(lot, ["cahiers"])
    lot.impression_le = maintenant()
    consigner(acteur, lot, "lot_actes.imprimer", "Cahiers à imprimer demandés")
    db.session.flush()
    enfiler("imprimer_lot_actes", {"lot_id": lot.id, "demande": lot.impression_le.isoformat()})


def abandonner_lot_actes(lot: LotActes, raison: str) -> None:
    """The job gave up: what was not done says so. Nothing done is touched."""
    for ligne in db.session.scalars(
        select(LigneLotActes).where(
            LigneLotActes.lot_id == lot.id,
            (LigneLotActes.etat == E.ATTENTE) | (LigneLotActes.envoi == E.ATTENTE),
        )
    ):
        _refuser(ligne, "envoi" if ligne.envoi is E.ATTENTE else "etat", raison)
    db.session.flush()
