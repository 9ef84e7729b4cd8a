"""Decisions of the committee on a dossier, and how its lines follow. Hidden until published."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Decision, Dossier, Financement, Seance, SensDecision
from aap.permissions import Acteur, exiger
from aap.requetes.publication import decision_publiee
from aap.services.arbitrage import (
    ETEINTES,
    SaisieArbitrage,
    arbitrer,
    arbitrer_dossier,
    liberer,
    liberer_si_trop,
)
from aap.services.gardes import garde_de
from aap.services.gardes_seance import deportes, seance_du_dossier, votants
from aap.services.journal import consigner
from aap.services.publication import publier
from aap.services.redaction import verrouiller
from aap.services.scrutin import scrutin_ouvert
from aap.services.transition import effet, franchir
from workflows.financement import EtatFinancement

__all__ = [
    "SaisieArbitrage",
    "arbitrer",
    "arbitrer_dossier",
    "decider",
    "publier",
    "revenir_sur_decision",
]

DECLENCHEURS = {
    SensDecision.PROGRAMMER: "programmer",
    SensDecision.AJOURNER: "ajourner",
    SensDecision.REJETER: "rejeter",
    SensDecision.LISTE_ATTENTE: "mettre_en_liste_attente",
}
NON_RETENU = "Non retenu par le comité de pilotage pour ce financeur"


def decider(
    acteur: Acteur,
    seance: Seance,
    dossier: Dossier,
    sens: SensDecision,
    motif: str = "",
    *,
    rang_attente: int | None = None,
    version: int | None = None,
    versions: Mapping[int, int] | None = None,
) -> Decision:
    """Record the committee's decision on a dossier; its lines follow. Hidden until publication.

    ``versions``: version of each line (by id) that the page showed, so that nobody decides on
    amounts that have just changed. The session's row is the queue of those who write in it: a
    rank is given once, and nothing is decided in a session that somebody closes meanwhile.
    Raises Interdit, Conflit, Invalide (motif, rank), PasLeMoment (session, quorum, amounts,
    enveloppes).
    """
    exiger(acteur, "seance.decider", seance)
    propre = nettoyer(motif).strip()[:4000]
    verrouiller(seance)
    _verifier(seance, dossier, sens, rang_attente)
    _verifier_lignes(dossier, versions)
    franchir(
        acteur,
        dossier,
        DECLENCHEURS[sens],
        motif=propre,
        version=version,
        donnees={"seance": seance.id},
    )
    suivre(acteur, dossier, sens, propre)
    decision = _decision(seance, dossier) or Decision(seance=seance, dossier=dossier)
    decision.sens = sens
    decision.motif = propre
    decision.rang_attente = rang_attente if sens is SensDecision.LISTE_ATTENTE else None
    decision.montants = montants_decides(dossier)
    decision.deportes = _sortis(seance, dossier)
    decision.decidee_le = maintenant()
    decision.saisie_par_id = acteur.utilisateur_id or 0
    db.session.add(decision)
    db.session.flush()
    _consigner(acteur, decision, votants(seance, dossier))
    return decision


def _verifier(
    seance: Seance, dossier: Dossier, sens: SensDecision, rang_attente: int | None
) -> None:
    if all(i.dossier_id != dossier.id for i in seance.inscriptions):
        raise Invalide("Ce dossier n’est pas à l’ordre du jour de cette séance.")
    derniere = seance_du_dossier(dossier)
    if derniere is None or derniere.id != seance.id:
        raise PasLeMoment("Ce dossier est passé à l’ordre du jour d’une séance plus récente.")
    vote = scrutin_ouvert(seance)
    if vote is not None and vote.dossier_id == dossier.id:
        raise PasLeMoment("Un vote est ouvert sur ce dossier\u00a0: terminez-le, puis décidez.")
    if sens is not SensDecision.LISTE_ATTENTE:
        return
    if rang_attente is None or rang_attente < 1:
        raise Invalide(
            "Donnez un rang sur la liste d’attente.",
            [Probleme("Indiquez le rang, à partir de 1.", "rang_attente")],
        )
    pris = db.session.scalar(
        select(Decision.id).where(
            Decision.seance_id == seance.id,
            Decision.dossier_id != dossier.id,
            Decision.rang_attente == rang_attente,
        )
    )
    if pris is not None:
        raise Invalide(
            "Ce rang est déjà donné.",
            [
                Probleme(
                    f"Le rang {rang_attente} est déjà celui d’un autre dossier.", "rang_attente"
                )
            ],
        )


def _verifier_lignes(dossier: Dossier, versions: Mapping[int, int] | None) -> None:
    if versions is None:
        return
    if {f.id: f.version for f in dossier.financements} != dict(versions):
        raise Conflit(
            "Une autre personne vient de modifier un montant de ce dossier.",
            "Relisez les montants, puis décidez.",
        )


def _decision(seance: Seance, dossier: Dossier) -> Decision | None:
    return db.session.scalar(
        select(Decision).where(Decision.seance_id == seance.id, Decision.dossier_id == dossier.id)
    )


def montants_decides(dossier: Dossier) -> dict[str, int]:
    """{line id: cents} of the lines that the decision gives money to."""
    return {
        str(f.id): f.montant_arbitre or 0
        for f in sorted(dossier.financements, key=lambda f: f.id)
        if f.etat is EtatFinancement.ARBITRE
    }


def _sortis(seance: Seance, dossier: Dossier) -> list[int]:
    """Members in the room who stepped out for this dossier."""
    presents = {p.utilisateur_id for p in seance.presences if p.present}
    return sorted(deportes(seance, dossier) & presents)


def _consigner(acteur: Acteur, decision: Decision, presents: int) -> None:
    """Everything the minutes say of the decision, so that they can be made again."""
    codes = {f.id: f.enveloppe.code for f in decision.dossier.financements if f.enveloppe}
    consigner(
        acteur,
        decision,
        "decision.enregistrer",
        f"Décision en séance\u00a0: {decision.sens.libelle.lower()}",
        motif=decision.motif,
        donnees={
            "seance": decision.seance_id,
            "dossier": decision.dossier_id,
            "sens": decision.sens.value,
            "rang_attente": decision.rang_attente,
            "montants": decision.montants,
            "enveloppes": {cle: codes[int(cle)] for cle in decision.montants},
            "deportes": decision.deportes,
            "votants": presents,
        },
    )


def suivre(acteur: Acteur, dossier: Dossier, sens: SensDecision, motif: str) -> None:
    """Bring the lines along: see docs/decisions/0004. ``motif`` empty: the usual words."""
    raison = motif or NON_RETENU
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat in ETEINTES:
            continue
        if sens is SensDecision.LISTE_ATTENTE:
            liberer(acteur, ligne, "Dossier mis en liste d’attente")
        elif sens is SensDecision.PROGRAMMER and ligne.montant_arbitre:
            franchir(acteur, ligne, "arbitrer")
        elif sens is SensDecision.AJOURNER:
            franchir(acteur, ligne, "ajourner", motif=raison)
        else:
            ligne.motif_refus = raison[:1000]
            franchir(acteur, ligne, "refuser", motif=raison)


REPRISES = frozenset({EtatFinancement.ARBITRE, EtatFinancement.REFUSE, EtatFinancement.AJOURNE})


@effet("dossier", "revenir_sur_decision")
def _lignes_reprises(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    """The lines come back to where the decision found them, if the money is still there."""
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat in REPRISES:
            liberer_si_trop(acteur, ligne)
            ligne.motif_refus = ""
            franchir(acteur, ligne, "revenir_sur_decision")


@effet("dossier", "inscrire")
def _lignes_reexaminees(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    """A postponed dossier comes back with its lines open and no amount."""
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat is EtatFinancement.AJOURNE:
            liberer(acteur, ligne, "Nouvel examen en séance")
            franchir(acteur, ligne, "reexaminer")


def revenir_sur_decision(
    acteur: Acteur, seance: Seance, dossier: Dossier, *, version: int | None = None
) -> None:
    """Take a decision back while the session is open and nothing is published.

    Raises Interdit, Conflit, PasLeMoment (session over, decision published).
    """
    exiger(acteur, "seance.decider", seance)
    verrouiller(seance)
    decision = _decision(seance, dossier)
    if decision is None:
        raise PasLeMoment("Aucune décision n’est enregistrée sur ce dossier dans cette séance.")
    franchir(acteur, dossier, "revenir_sur_decision", version=version)
    consigner(
        acteur,
        decision,
        "decision.retirer",
        "Décision retirée en séance",
        donnees={"seance": seance.id, "dossier": dossier.id},
    )
    db.session.delete(decision)
    db.session.flush()


@garde_de("dossier", "decision_non_publiee")
def _non_publiee(_acteur: Acteur, dossier: Dossier) -> str | None:
    if decision_publiee(dossier):
        return "La décision est publiée\u00a0: elle ne se retire plus."
    return None


@garde_de("financement", "decision_non_publiee")
def _ligne_non_publiee(acteur: Acteur, financement: Financement) -> str | None:
    return _non_publiee(acteur, financement.dossier)


@garde_de("financement", "decision_publiee")
def _publiee(_acteur: Acteur, financement: Financement) -> str | None:
    if decision_publiee(financement.dossier):
        return None
    return "La décision du comité de pilotage n’est pas encore publiée."
