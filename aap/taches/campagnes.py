"""Jobs of the campaigns: opening and closing at their minute, reminders once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select

from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.extensions import db
from aap.models import Campagne, Dossier
from aap.requetes.avancement import avancement
from aap.services.avertissement import avertir_porteur
from aap.services.campagne_horloge import EN_REDACTION, avertir_coordination, faire_a_l_heure
from aap.services.taches import enfiler
from aap.taches.registre import Corps, tache
from workflows.campagne import EtatCampagne

# Days before the closing on which those who have a draft are reminded.
RAPPELS_JOURS = (7, 2)
# Names of the daily reminders; each is a job of its own (one that fails stops no other).
RELANCES: list[str] = []


def relance_quotidienne(nom: str) -> Callable[[Corps], Corps]:
    """Register a job run once a day by ``relances_quotidiennes`` (no argument)."""

    def inscrire(fonction: Corps) -> Corps:
        complet = f"relance_{nom}"
        RELANCES.append(complet)
        return tache(complet)(fonction)

    return inscrire


@tache("campagnes_a_l_heure")
def campagnes_a_l_heure() -> None:
    """Open and close what is due this minute."""
    faire_a_l_heure()


@tache("relances_quotidiennes")
def relances_quotidiennes() -> None:
    """Enqueue every daily reminder once for this day (Europe/Paris)."""
    jour = aujourdhui().isoformat()
    for nom in RELANCES:
        enfiler(nom, cle_unique=f"{nom}:{jour}")


@relance_quotidienne("brouillons")
def relancer_brouillons() -> None:
    """Seven days then two days before the closing: one mail per draft, never twice."""
    jour = aujourdhui()
    for campagne in _ouvertes():
        cloture = a_paris(campagne.cloture_le).date()
        if (cloture - jour).days not in RAPPELS_JOURS:
            continue
        for dossier in _brouillons(campagne):
            avertir_porteur(dossier, "campagne_rappel_cloture", campagne=campagne)


def _ouvertes() -> list[Campagne]:
    return list(
        db.session.scalars(
            select(Campagne)
            .where(Campagne.etat == EtatCampagne.OUVERTE, Campagne.cloture_le > maintenant())
            .order_by(Campagne.id)
        )
    )


def _brouillons(campagne: Campagne) -> list[Dossier]:
    return list(
        db.session.scalars(
            select(Dossier)
            .where(Dossier.campagne_id == campagne.id, Dossier.etat.in_(EN_REDACTION))
            .order_by(Dossier.id)
        )
    )


@relance_quotidienne("echeances")
def relancer_echeances() -> None:
    """On Mondays, tell the coordination which legal dates come and what nobody examines."""
    if not _jour_de_point(aujourdhui()):
        return
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


def _jour_de_point(jour: date) -> bool:
    return jour - timedelta(days=jour.weekday()) == jour
