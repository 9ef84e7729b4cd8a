"""Jobs of the campaigns: opening and closing at their minute, reminders once a day."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Campagne
from aap.requetes.avancement import avancement
from aap.services.campagne_horloge import (
    avertir_coordination,
    faire_a_l_heure,
    rappel_en_cours,
    rappeler_brouillons,
    rappels_dus,
)
from aap.services.invitation import rappeler_invitations
from aap.services.rappel_signature import rappeler_signatures
from aap.services.revision_budget import rappeler_revisions
from aap.services.taches import enfiler
from aap.taches.registre import Corps, tache
from workflows.campagne import EtatCampagne

# Reminders and the length of their period; each is a job of its own (one that fails stops no
# other), run on the first day of the period that finds a worker awake.
RELANCES: dict[str, str] = {}
JOUR, SEMAINE = "%Y-%m-%d", "%G-S%V"


def relance(nom: str, periode: str = JOUR) -> Callable[[Corps], Corps]:
    """Register a job run once a period by ``relances_quotidiennes`` (no argument)."""

    def inscrire(fonction: Corps) -> Corps:
        complet = f"relance_{nom}"
        RELANCES[complet] = periode
        return tache(complet)(fonction)

    return inscrire


@tache("campagnes_a_l_heure")
def campagnes_a_l_heure() -> None:
    """Open, close and remind what is due this minute."""
    faire_a_l_heure()
    for campagne, heures in rappels_dus():
        enfiler(
            "rappel_cloture",
            {"campagne_id": campagne.id, "heures": heures},
            cle_unique=f"rappel_cloture:{campagne.id}:{campagne.cloture_le.isoformat()}:{heures}",
        )


@tache("rappel_cloture")
def rappel_cloture(campagne_id: int, heures: int) -> None:
    """One reminder of one call: mails and end of the job in one transaction, so never twice."""
    campagne = db.session.get(Campagne, campagne_id)
    if campagne is not None and rappel_en_cours(campagne) == heures:
        rappeler_brouillons(campagne)


@tache("relances_quotidiennes")
def relances_quotidiennes() -> None:
    """Enqueue every reminder once for its day or its week (Europe/Paris)."""
    jour = aujourdhui()
    for nom, periode in RELANCES.items():
        enfiler(nom, cle_unique=f"{nom}:{jour.strftime(periode)}")


@relance("invitations")
def relancer_invitations() -> None:
    """Remind the guests whose opinion is awaited within three days."""
    rappeler_invitations()


@relance("budgets_revises")
def relancer_budgets_revises() -> None:
    """Remind the porteurs whose revised budget is due within three days."""
    rappeler_revisions()


@relance("signatures", SEMAINE)
def relancer_signatures() -> None:
    """Once a week, remind the porteurs of the acts and avenants that await their signature."""
    rappeler_signatures()


@relance("echeances", SEMAINE)
def relancer_echeances() -> None:
    """Once a week (on Monday, unless nothing ran then), tell the coordination which legal dates
    come and what nobody examines."""
    suivies = db.session.scalars(
        select(Campagne)
        .where(Campagne.etat.in_((EtatCampagne.CLOSE, EtatCampagne.INSTRUCTION)))
        .order_by(Campagne.id)
    ).all()
    for campagne in suivies:
        point = avancement(campagne)
        if point.retards or point.sans_instructeur:
            avertir_coordination(
                campagne,
                "campagne_echeances",
                retards=point.retards,
                sans_instructeur=point.sans_instructeur,
            )
