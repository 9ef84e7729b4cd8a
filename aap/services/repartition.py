"""Sharing out a campaign: a proposal computed, looked at, applied, undone.

A proposal writes nothing on the dossiers. Applying it does one act per dossier through the
service of a single assignment, person by person (one mail each), in slices that commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from aap.domaine.erreurs import Conflit, ErreurMetier, PasLeMoment
from aap.domaine.repartition import Enonce, charges, expliquer
from aap.domaine.repartition_calcul import Reponse
from aap.extensions import db
from aap.models import (
    Affectation,
    Campagne,
    Dossier,
    EtatLigneRepartition,
    EtatRepartition,
    Evaluation,
    Financeur,
    LigneRepartition,
    Repartition,
    Utilisateur,
)
from aap.permissions import Acteur, exiger, may
from aap.requetes.affectations import A_INSTRUIRE
from aap.requetes.propositions_affectation import EN_COURS, derniere_repartition
from aap.services.affectation import affecter_en_lot, retirer_affectation
from aap.services.journal import consigner
from aap.services.taches import enfiler

TRANCHE = 200
L = EtatLigneRepartition
E = EtatRepartition


def demander_repartition(acteur: Acteur, campagne: Campagne, par_financeur: bool) -> Repartition:
    """Ask for a proposal; the job computes it. Raises PasLeMoment while another one runs."""
    exiger(acteur, "campagne.affecter", campagne)
    derniere = derniere_repartition(campagne)
    if derniere is not None and derniere.etat in EN_COURS:
        raise PasLeMoment("Une répartition est déjà en cours : attendez qu’elle se termine.")
    repartition = Repartition(
        campagne=campagne,
        par_financeur=par_financeur,
        auteur_id=acteur.utilisateur_id or 0,
        bilan={"etape": "En attente", "avancement": 0},
    )
    db.session.add(repartition)
    db.session.flush()
    consigner(acteur, campagne, "campagne.proposer_repartition", "Répartition demandée")
    enfiler("calculer_repartition", {"repartition_id": repartition.id})
    return repartition


def ecrire_proposition(repartition: Repartition, enonce: Enonce, reponse: Reponse) -> None:
    """Keep the answer of the calculation, with its reasons and what it says of itself (job)."""
    if repartition.etat is not E.CALCUL:
        return
    db.session.execute(
        delete(LigneRepartition).where(LigneRepartition.repartition_id == repartition.id)
    )
    raisons = expliquer(enonce, reponse.attribution)
    db.session.add_all(
        _ligne(repartition, t.code, reponse.attribution.get(t.code), raisons[t.code])
        for t in enonce.travaux
    )
    total = charges(enonce, reponse.attribution)
    repartition.bilan = {
        "prouvee": reponse.prouvee,
        "valeur": list(reponse.valeur.rang),
        "borne": list(reponse.borne.rang),
        "confies": reponse.valeur.confies,
        "travaux": len(enonce.travaux),
        "empreinte": empreinte_enonce(enonce),
        "charges": [
            [p.nom, p.charge, total[p.code], p.part, p.plafond, p.absente] for p in enonce.personnes
        ],
    }
    repartition.etat = E.PROPOSEE
    db.session.flush()


def _ligne(
    repartition: Repartition, code: str, choisie: str | None, raison: str
) -> LigneRepartition:
    dossier, _, _ = code.partition(":")
    utilisateur, _, financeur = (choisie or "").partition("-")
    return LigneRepartition(
        repartition_id=repartition.id,
        dossier_id=int(dossier),
        utilisateur_id=int(utilisateur) if choisie else None,
        financeur_id=int(financeur) if choisie else None,
        raison=raison,
        etat=L.PROPOSEE if choisie else L.PERSONNE,
    )


def empreinte_enonce(enonce: Enonce) -> str:
    """SHA-256 (hex) of the statement: the same one gives the same answer."""
    corps = [
        sorted(
            [t.code, sorted(t.permis), sorted(t.conflits), sorted(t.obligatoires),
             sorted((c, p) for c, (p, _) in t.affinites.items())]
            for t in enonce.travaux
        ),
        sorted([p.code, p.charge, p.plafond or -1, p.part, p.absente] for p in enonce.personnes),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(corps, separators=(",", ":")).encode()).hexdigest()


def appliquer(acteur: Acteur, repartition: Repartition, *, attendus: int | None = None) -> None:
    """Give the dossiers out as proposed, in the background. Raises PasLeMoment, Conflit."""
    exiger(acteur, "repartition.appliquer", repartition)
    if repartition.etat is not E.PROPOSEE:
        raise PasLeMoment("Cette proposition n’est plus à appliquer.")
    if derniere_repartition(repartition.campagne) is not repartition:
        raise PasLeMoment("Une proposition plus récente existe : reprenez celle-là.")
    if attendus is not None and attendus != repartition.bilan.get("confies"):
        raise Conflit("La proposition a changé depuis l’aperçu.", "Relisez-la avant d’appliquer.")
    _lancer(acteur, repartition, E.APPLICATION, "Répartition appliquée")


def annuler(acteur: Acteur, repartition: Repartition) -> None:
    """Take back what this sharing out gave and that nobody has begun. Raises PasLeMoment."""
    exiger(acteur, "repartition.appliquer", repartition)
    if repartition.etat is not E.APPLIQUEE:
        raise PasLeMoment("Seule une répartition appliquée s’annule.")
    _lancer(acteur, repartition, E.ANNULATION, "Répartition annulée")


def _lancer(acteur: Acteur, repartition: Repartition, etat: EtatRepartition, libelle: str) -> None:
    repartition.etat = etat
    repartition.auteur_id = acteur.utilisateur_id or 0
    consigner(
        acteur,
        repartition.campagne,
        f"campagne.{etat.value}_repartition",
        libelle,
        donnees={"repartition": repartition.id, "dossiers": repartition.bilan.get("confies")},
    )
    db.session.flush()
    enfiler("traiter_repartition", {"repartition_id": repartition.id})


def avancer(acteur: Acteur, repartition: Repartition) -> bool:
    """Do the next slice (one person's dossiers); True when something is left (job)."""
    if repartition.etat is E.APPLICATION:
        return _tranche(repartition, L.PROPOSEE, lambda x: _confier(acteur, x), E.APPLIQUEE)
    if repartition.etat is E.ANNULATION:
        return _tranche(repartition, L.FAITE, lambda x: _reprendre(acteur, x), E.ANNULEE)
    return False


def _tranche(
    repartition: Repartition,
    etat: EtatLigneRepartition,
    geste: Callable[[Sequence[LigneRepartition]], None],
    ensuite: EtatRepartition,
) -> bool:
    restantes = select(LigneRepartition).where(
        LigneRepartition.repartition_id == repartition.id, LigneRepartition.etat == etat
    )
    premiere = db.session.scalar(
        restantes.order_by(LigneRepartition.utilisateur_id, LigneRepartition.financeur_id).limit(1)
    )
    if premiere is None:
        repartition.etat = ensuite
        db.session.flush()
        return False
    geste(
        db.session.scalars(
            restantes.where(
                LigneRepartition.utilisateur_id == premiere.utilisateur_id,
                LigneRepartition.financeur_id == premiere.financeur_id,
            )
            .order_by(LigneRepartition.id)
            .limit(TRANCHE)
            .options(joinedload(LigneRepartition.dossier).joinedload(Dossier.campagne))
        ).all()
    )
    db.session.flush()
    return True


def _confier(acteur: Acteur, lignes: Sequence[LigneRepartition]) -> None:
    """One person: refusals are written on their line, the others are given in one go."""
    personne = db.session.get_one(Utilisateur, lignes[0].utilisateur_id)
    financeur = db.session.get_one(Financeur, lignes[0].financeur_id)
    pourvus = _pourvus(lignes)
    possibles = [x for x in lignes if _possible(acteur, x, pourvus)]
    if not possibles:
        return
    fait = affecter_en_lot(acteur, [x.dossier for x in possibles], personne, financeur)
    raisons = {
        **{d.id: "Ce dossier lui est déjà confié." for d in fait.deja},
        **{d.id: "Cette personne est déportée pour cet organisme." for d in fait.deportes},
        **{d.id: "Ce dossier n’est plus dans son périmètre." for d in fait.hors_perimetre},
    }
    for ligne in possibles:
        if ligne.dossier_id in raisons:
            _refuser(ligne, raisons[ligne.dossier_id])
        else:
            ligne.etat = L.FAITE


def _pourvus(lignes: Sequence[LigneRepartition]) -> set[tuple[int, int]]:
    """(dossier, funder) that somebody was given meanwhile; 0 for any funder."""
    confies = db.session.execute(
        select(Affectation.dossier_id, Affectation.financeur_id).where(
            Affectation.dossier_id.in_([x.dossier_id for x in lignes])
        )
    ).all()
    par_financeur = lignes[0].repartition.par_financeur
    return {(d, f if par_financeur else 0) for d, f in confies}


def _possible(acteur: Acteur, ligne: LigneRepartition, pourvus: set[tuple[int, int]]) -> bool:
    financeur = (ligne.financeur_id or 0) if ligne.repartition.par_financeur else 0
    droit = may(acteur, "dossier.affecter", ligne.dossier)
    if not droit:
        _refuser(ligne, droit.raison)
    elif ligne.dossier.etat not in A_INSTRUIRE:
        _refuser(ligne, "Ce dossier n’est plus à instruire.")
    elif (ligne.dossier_id, financeur) in pourvus:
        _refuser(ligne, "Ce dossier a été confié à quelqu’un depuis la proposition.")
    else:
        return True
    return False


def _refuser(ligne: LigneRepartition, raison: str) -> None:
    ligne.etat, ligne.message = L.REFUSEE, raison[:500]


def _reprendre(acteur: Acteur, lignes: Sequence[LigneRepartition]) -> None:
    """Undo; a dossier already begun stays with the person who began it."""
    ids = [x.dossier_id for x in lignes]
    qui = lignes[0].utilisateur_id
    commences = set(
        db.session.scalars(
            select(Evaluation.dossier_id).where(
                Evaluation.dossier_id.in_(ids), Evaluation.utilisateur_id == qui
            )
        )
    )
    confies = {
        a.dossier_id: a
        for a in db.session.scalars(
            select(Affectation).where(
                Affectation.dossier_id.in_(ids),
                Affectation.utilisateur_id == qui,
                Affectation.financeur_id == lignes[0].financeur_id,
            )
        )
    }
    for ligne in lignes:
        if ligne.dossier_id in commences:
            _refuser(ligne, "Non annulé : cette personne a déjà commencé à le noter.")
        elif ligne.dossier_id not in confies:
            _refuser(ligne, "Non annulé : ce dossier ne lui était déjà plus confié.")
        else:
            try:
                retirer_affectation(acteur, confies[ligne.dossier_id])
                ligne.etat = L.ANNULEE
            except ErreurMetier as refus:
                _refuser(ligne, f"Non annulé : {refus.message}")


def abandonner(repartition: Repartition, raison: str) -> None:
    """The job gave up: nothing of what was done is touched, the rest says why."""
    if repartition.etat is E.CALCUL:
        repartition.etat = E.ECHEC
        repartition.bilan = {"message": raison}
    elif repartition.etat in EN_COURS:
        fini = repartition.etat is E.APPLICATION
        if fini:
            for ligne in db.session.scalars(
                select(LigneRepartition).where(
                    LigneRepartition.repartition_id == repartition.id,
                    LigneRepartition.etat == L.PROPOSEE,
                )
            ):
                _refuser(ligne, raison)
        repartition.etat = E.APPLIQUEE
    db.session.flush()
