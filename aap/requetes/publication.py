"""What a porteur may read of a decision: nothing before its publication."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from aap.extensions import db
from aap.models import Decision, Dossier, Financement
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

# The inner steps of the examination, one and the same for the porteur.
EXAMEN = frozenset({EtatDossier.INSTRUIT, EtatDossier.INSCRIT})
# States that tell a decision of the COPIL.
DECIDES = frozenset(
    {
        EtatDossier.PROGRAMME,
        EtatDossier.AJOURNE,
        EtatDossier.REJETE,
        EtatDossier.LISTE_ATTENTE,
    }
)
# Ends that the porteur is told at once: what happens to the lines is no secret any more.
ANNONCES = frozenset({EtatDossier.RETIRE, EtatDossier.IRRECEVABLE, EtatDossier.SANS_SUITE})
# An opinion is never told; an amount written for a second session is not decided yet.
LIGNES_EN_EXAMEN = frozenset(
    {EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE, EtatFinancement.AVIS_RENDU}
)
LIGNES_DECIDEES = frozenset(
    {
        EtatFinancement.ARBITRE,
        EtatFinancement.REFUSE,
        EtatFinancement.AJOURNE,
    }
)


@dataclass(frozen=True)
class LignePorteur:
    """A funder's line as its porteur reads it; ``montant`` (cents) only once published."""

    financement: Financement
    etat: EtatFinancement
    montant: int | None


def decision_publiee(dossier: Dossier) -> bool:
    """Is the last decision on this dossier published?"""
    derniere = db.session.execute(
        select(Decision.publiee_le)
        .where(Decision.dossier_id == dossier.id)
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    return derniere is not None and derniere.publiee_le is not None


def etat_porteur(etat: EtatDossier, publiee: bool) -> EtatDossier:
    """The state shown to the porteur, given whether the last decision is published."""
    if etat in EXAMEN or (etat in DECIDES and not publiee):
        return EtatDossier.EN_INSTRUCTION
    return etat


def etat_dossier_porteur(dossier: Dossier) -> EtatDossier:
    if dossier.etat not in DECIDES:
        return etat_porteur(dossier.etat, True)
    return etat_porteur(dossier.etat, decision_publiee(dossier))


def lignes_porteur(dossier: Dossier) -> list[LignePorteur]:
    """The lines of the dossier, amounts and refusals hidden until publication."""
    decidee = decision_publiee(dossier)
    publiee = dossier.etat in ANNONCES or decidee
    retire = dossier.etat is EtatDossier.RETIRE and not decidee
    return [_ligne(f, publiee, retire) for f in sorted(dossier.financements, key=lambda f: f.id)]


def _ligne(f: Financement, publiee: bool, retire: bool) -> LignePorteur:
    if retire and f.etat in LIGNES_DECIDEES:
        return LignePorteur(f, EtatFinancement.RENONCE, None)  # withdrawn before anything was told
    if f.etat is EtatFinancement.AVIS_RENDU or (f.etat in LIGNES_DECIDEES and not publiee):
        return LignePorteur(f, EtatFinancement.PRIS_EN_CHARGE, None)
    if not publiee or f.etat in LIGNES_EN_EXAMEN:
        return LignePorteur(f, f.etat, None)
    return LignePorteur(f, f.etat, f.montant_retenu or None)
