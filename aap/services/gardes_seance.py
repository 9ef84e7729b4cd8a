"""Facts about a session that its transitions, and those of its dossiers, require."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Campagne, Decision, Dossier, Inscription, Scrutin, Seance
from aap.permissions import Acteur
from aap.requetes.conflits import personnes_en_conflit
from aap.services.gardes import garde_de
from workflows.dossier import EtatDossier
from workflows.seance import EtatSeance

EN_PREPARATION = frozenset({EtatSeance.PREPAREE, EtatSeance.OUVERTE, EtatSeance.SUSPENDUE})


def deportes(seance: Seance, dossier: Dossier) -> set[int]:
    """Members of the session who must step out for this dossier."""
    convoques = {p.utilisateur_id for p in seance.presences}
    return convoques & personnes_en_conflit(dossier.organisme_id)


def votants(seance: Seance, dossier: Dossier) -> int:
    """Members in the room who may take part in the decision (CGCT L2131-11)."""
    sortis = deportes(seance, dossier)
    return sum(1 for p in seance.presences if p.present and p.utilisateur_id not in sortis)


def seance_du_dossier(dossier: Dossier) -> Seance | None:
    """The latest session whose agenda holds this dossier."""
    return db.session.scalar(
        select(Seance)
        .join(Inscription, Inscription.seance_id == Seance.id)
        .where(Inscription.dossier_id == dossier.id)
        .order_by(Seance.id.desc())
        .limit(1)
    )


@garde_de("seance", "ordre_du_jour_etabli")
def _ordre_du_jour(_acteur: Acteur, seance: Seance) -> str | None:
    return None if seance.inscriptions else "Aucun dossier n’est à l’ordre du jour."


@garde_de("seance", "membres_convoques")
def _membres(_acteur: Acteur, seance: Seance) -> str | None:
    if len(seance.presences) >= seance.quorum:
        return None
    return f"Convoquez au moins {accorder(seance.quorum, 'membre')}\u00a0: c’est le quorum."


@garde_de("seance", "dossiers_tous_traites")
def _tous_traites(_acteur: Acteur, seance: Seance) -> str | None:
    """A dossier withdrawn by its porteur meanwhile needs no decision."""
    reste = db.session.scalar(
        select(func.count())
        .select_from(Inscription)
        .join(Dossier, Dossier.id == Inscription.dossier_id)
        .where(Inscription.seance_id == seance.id, Dossier.etat == EtatDossier.INSCRIT)
    )
    if not reste:
        ouvert = db.session.scalar(
            select(Scrutin.id).where(
                Scrutin.seance_id == seance.id,
                Scrutin.clos_le.is_(None),
                Scrutin.annule_le.is_(None),
            )
        )
        return "Un vote est encore ouvert\u00a0: terminez-le ou annulez-le." if ouvert else None
    return (
        f"{accorder(reste, 'dossier')} sans décision\u00a0: décidez ou retirez de l’ordre du jour."
    )


@garde_de("seance", "decisions_non_publiees")
def _non_publiees(_acteur: Acteur, seance: Seance) -> str | None:
    return "Les décisions de cette séance sont publiées." if seance.publiee_le else None


@garde_de("dossier", "a_l_ordre_du_jour")
def _a_l_ordre_du_jour(_acteur: Acteur, dossier: Dossier) -> str | None:
    seance = seance_du_dossier(dossier)
    if seance is not None and seance.etat in EN_PREPARATION:
        return None
    return "Mettez d’abord le dossier à l’ordre du jour d’une séance."


@garde_de("dossier", "seance_ouverte")
def _seance_ouverte(_acteur: Acteur, dossier: Dossier) -> str | None:
    seance = seance_du_dossier(dossier)
    if seance is not None and seance.etat is EtatSeance.OUVERTE:
        return None
    return "La séance n’est pas ouverte."


@garde_de("dossier", "quorum_atteint")
def _quorum(_acteur: Acteur, dossier: Dossier) -> str | None:
    """Members present who do not have to step out (CGCT L2131-11) reach the quorum."""
    seance = seance_du_dossier(dossier)
    if seance is None:
        return "Ce dossier n’est à l’ordre du jour d’aucune séance."
    presents = votants(seance, dossier)
    if presents >= seance.quorum:
        return None
    trouves = accorder(presents, "personne présente", "personnes présentes")
    return (
        f"Le quorum n’est pas atteint\u00a0: {trouves} sans conflit d’intérêts, "
        f"pour un quorum de {seance.quorum}."
    )


@garde_de("campagne", "seance_prevue")
def _seance_prevue(_acteur: Acteur, campagne: Campagne) -> str | None:
    nombre = db.session.scalar(
        select(func.count()).select_from(Seance).where(Seance.campagne_id == campagne.id)
    )
    return None if nombre else "Créez d’abord une séance du comité de pilotage."


@garde_de("campagne", "decisions_publiees")
def _decisions_publiees(_acteur: Acteur, campagne: Campagne) -> str | None:
    en_attente = db.session.scalar(
        select(func.count())
        .select_from(Decision)
        .join(Seance, Seance.id == Decision.seance_id)
        .where(Seance.campagne_id == campagne.id, Decision.publiee_le.is_(None))
    )
    publiees = db.session.scalar(
        select(func.count())
        .select_from(Seance)
        .where(Seance.campagne_id == campagne.id, Seance.publiee_le.is_not(None))
    )
    if en_attente:
        return f"Décisions encore à publier\u00a0: {en_attente}."
    return None if publiees else "Aucune séance n’est publiée."
