"""Publication: the decisions of a session become visible, all at once, with their mails."""

from __future__ import annotations

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Courriel, Decision, EtatCourriel, Seance, SensDecision
from aap.permissions import Acteur, exiger
from aap.requetes.copil_publication import (
    MODELES,
    courriels_retenus,
    decisions_a_publier,
    sans_objet,
)
from aap.services.avertissement import avertir_porteur
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from aap.services.taches import enfiler
from workflows.seance import EtatSeance

SANS_MOTIF = frozenset({SensDecision.PROGRAMMER, SensDecision.LISTE_ATTENTE})


def publier(
    acteur: Acteur, seance: Seance, *, attendues: int | None = None, retenir: bool = False
) -> int:
    """Make every decision of the session visible, with one mail per person; returns how many.

    ``attendues``: the count that the person saw and confirmed. ``retenir``: the mails are
    prepared and wait for ``liberer_courriels``. A dossier withdrawn since its decision gets no
    mail. Raises PasLeMoment (minutes not settled, another count), Invalide (missing motif).
    Published twice, it is published once.
    """
    exiger(acteur, "seance.publier", seance)
    verrouiller(seance)
    if seance.etat is not EtatSeance.PV_ARRETE:
        raise PasLeMoment("Arrêtez d’abord le procès-verbal de la séance.")
    decisions = decisions_a_publier(seance)
    if attendues is not None and attendues != len(decisions):
        raise PasLeMoment(
            f"Décisions à publier maintenant\u00a0: {len(decisions)}, et non {attendues}.",
            "Relisez la liste, puis confirmez de nouveau.",
        )
    if not decisions and seance.publiee_le is not None:
        return 0
    _exiger_motifs(decisions)
    instant = maintenant()
    for decision in decisions:
        publier_decision(acteur, decision, retenir)
        decision.publiee_le = instant
    seance.publiee_le = seance.publiee_le or instant
    consigner(
        acteur,
        seance,
        "seance.publier",
        f"{accorder(len(decisions), 'décision publiée', 'décisions publiées')}",
        donnees={"nombre": len(decisions), "retenus": retenir},
    )
    return len(decisions)


def _exiger_motifs(decisions: list[Decision]) -> None:
    problemes = [
        Probleme(f"Dossier {d.dossier.reference}\u00a0: le motif manque.")
        for d in decisions
        if d.sens not in SANS_MOTIF and not d.motif.strip()
    ]
    if problemes:
        raise Invalide("Un refus ou un ajournement se publie avec son motif.", problemes)


def publier_decision(acteur: Acteur, decision: Decision, retenir: bool = False) -> None:
    """One decision becomes public: journal line that the porteur reads, and the mails."""
    consigner(
        acteur,
        decision,
        "decision.publier",
        f"Décision publiée\u00a0: {decision.sens.libelle.lower()}",
        motif=decision.motif,
        visible_porteur=True,
    )
    if not sans_objet(decision.dossier.etat):
        avertir_porteur(decision.dossier, MODELES[decision.sens], decision=decision, retenu=retenir)


def liberer_courriels(acteur: Acteur, seance: Seance, *, attendus: int | None = None) -> int:
    """Let the mails held at publication go; returns how many.

    Raises PasLeMoment when ``attendus`` is another count.
    """
    exiger(acteur, "seance.publier", seance)
    verrouiller(seance)
    ids = courriels_retenus(seance)
    if attendus is not None and attendus != len(ids):
        raise PasLeMoment(
            f"Courriels retenus maintenant\u00a0: {len(ids)}, et non {attendus}.",
            "Relisez la liste, puis confirmez de nouveau.",
        )
    if not ids:
        return 0
    for courriel in db.session.scalars(select(Courriel).where(Courriel.id.in_(ids))):
        courriel.etat = EtatCourriel.A_ENVOYER
        enfiler(
            "envoyer_courriel", {"courriel_id": courriel.id}, cle_unique=f"courriel:{courriel.id}"
        )
    consigner(
        acteur,
        seance,
        "seance.liberer_courriels",
        f"{accorder(len(ids), 'courriel envoyé', 'courriels envoyés')}",
        donnees={"nombre": len(ids)},
    )
    return len(ids)
