"""Abstention: somebody who should score a dossier says why she does not.

It is expected of her no more. It opens nobody's scores: whoever abstains stays blind, so that she
may change her mind without having read the others.
"""

from __future__ import annotations

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Abstention, Dossier, EtatEvaluation, Evaluation
from aap.permissions import Acteur, exiger
from aap.permissions.instruction import NOTABLES
from aap.services.consensus import refuser_si_fige
from aap.services.journal import consigner

MOTIF_MAX = 2000
ABSTENUE = "Vous avez dit que vous ne notez pas ce dossier. Reprenez d’abord la notation."


def abstention_de(acteur: Acteur, dossier: Dossier) -> Abstention | None:
    """This person's abstention on this dossier, if any."""
    return db.session.scalar(
        select(Abstention).where(
            Abstention.dossier_id == dossier.id,
            Abstention.utilisateur_id == acteur.utilisateur_id,
        )
    )


def refuser_si_abstenue(acteur: Acteur, dossier: Dossier) -> None:
    """Raises PasLeMoment for somebody who abstained."""
    if abstention_de(acteur, dossier) is not None:
        raise PasLeMoment(ABSTENUE)


def s_abstenir(acteur: Acteur, dossier: Dossier, motif: str) -> Abstention:
    """Say that one does not score this dossier; a draft is kept and counts for nothing.

    Raises Interdit, PasLeMoment (sent, frozen, no longer scored), Invalide (no motif). Said
    twice, it is said once.
    """
    exiger(acteur, "dossier.noter", dossier)
    if dossier.etat not in NOTABLES:
        raise PasLeMoment(f"Un dossier « {dossier.etat.libelle('agent')} » ne se note pas.")
    refuser_si_fige(dossier)
    # Two windows of one person queue here.
    db.session.execute(select(Dossier.id).where(Dossier.id == dossier.id).with_for_update())
    if _envoyee(acteur, dossier):
        raise PasLeMoment("Votre notation est envoyée : elle compte et ne se retire plus.")
    deja = abstention_de(acteur, dossier)
    if deja is not None:
        return deja
    propre = nettoyer(motif).strip()[:MOTIF_MAX]
    if not propre:
        phrase = "Dites pourquoi vous ne notez pas ce dossier."
        raise Invalide(phrase, [Probleme(phrase, "motif")])
    assert acteur.utilisateur_id is not None
    abstention = Abstention(
        dossier_id=dossier.id, utilisateur_id=acteur.utilisateur_id, motif=propre
    )
    db.session.add(abstention)
    db.session.flush()
    consigner(acteur, dossier, "evaluation.abstenir", "Abstention de notation", motif=propre)
    return abstention


def _envoyee(acteur: Acteur, dossier: Dossier) -> bool:
    return (
        db.session.scalar(
            select(Evaluation.id).where(
                Evaluation.dossier_id == dossier.id,
                Evaluation.utilisateur_id == acteur.utilisateur_id,
                Evaluation.etat == EtatEvaluation.ENVOYEE,
            )
        )
        is not None
    )


def reprendre_notation(acteur: Acteur, dossier: Dossier) -> None:
    """Take the abstention back; the journal keeps both. Raises Interdit, PasLeMoment (frozen)."""
    exiger(acteur, "dossier.noter", dossier)
    refuser_si_fige(dossier)
    abstention = abstention_de(acteur, dossier)
    if abstention is None:
        return
    consigner(
        acteur,
        dossier,
        "evaluation.reprendre",
        "Notation reprise après une abstention",
        motif=abstention.motif,
    )
    db.session.delete(abstention)
    db.session.flush()
