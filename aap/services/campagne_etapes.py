"""The steps that the coordination leads: ready, reopening, instruction, committee, end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Campagne, Dossier
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.campagnes import problemes_campagne
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.transition import effet, franchir, verifier_version
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier

D = EtatDossier
# Nothing more is expected of anybody on these dossiers.
TERMINES = frozenset({D.CLOS, D.IRRECEVABLE, D.REJETE, D.RETIRE, D.SANS_SUITE, D.CADUC})
EN_RECEVABILITE = (D.DEPOSE, D.A_COMPLETER)
# Acts that this page offers; opening and closing belong to the clock.
ETAPES = ("lancer_instruction", "passer_au_copil", "revenir_en_instruction", "notifier", "archiver")


def declarer_prete(acteur: Acteur, campagne: Campagne, *, version: int | None = None) -> None:
    """The campaign may open at its hour. Raises Invalide with everything that is missing."""
    exiger(acteur, "campagne.declarer_prete", campagne)
    verifier_version(campagne, version)
    if campagne.etat is not EtatCampagne.PREPARATION:
        raise PasLeMoment("Cette campagne n’est plus en préparation.")
    bloquants = [p for p in problemes_campagne(campagne) if p.bloquant]
    if bloquants:
        raise Invalide("La campagne n’est pas prête à ouvrir.", bloquants)
    if campagne.prete_le is None:
        campagne.prete_le = maintenant()
        consigner(acteur, campagne, "campagne.declarer_prete", "Campagne déclarée prête")


def reprendre_preparation(
    acteur: Acteur, campagne: Campagne, *, version: int | None = None
) -> None:
    """Not ready any more: it will not open by itself."""
    exiger(acteur, "campagne.declarer_prete", campagne)
    verifier_version(campagne, version)
    if campagne.etat is not EtatCampagne.PREPARATION:
        raise PasLeMoment("Cette campagne n’est plus en préparation.")
    if campagne.prete_le is not None:
        campagne.prete_le = None
        consigner(acteur, campagne, "campagne.plus_prete", "Préparation reprise")


def reverifier(acteur: Acteur, campagne: Campagne) -> bool:
    """A ready campaign that lacks something again is no longer ready; True when still ready."""
    if campagne.prete_le is None or campagne.etat is not EtatCampagne.PREPARATION:
        return campagne.prete_le is not None
    if not any(p.bloquant for p in problemes_campagne(campagne)):
        return True
    campagne.prete_le = None
    consigner(acteur, campagne, "campagne.plus_prete", "La campagne n’est plus prête")
    return False


def avancer(
    acteur: Acteur,
    campagne: Campagne,
    declencheur: str,
    *,
    motif: str = "",
    version: int | None = None,
) -> None:
    """Fire one of ``ETAPES``. Raises Invalide for another trigger, else as ``franchir``."""
    if declencheur not in ETAPES:
        raise Invalide("Cette étape ne se commande pas depuis cette page.")
    franchir(acteur, campagne, declencheur, motif=motif, version=version)


def rouvrir(
    acteur: Acteur,
    campagne: Campagne,
    cloture_le: datetime,
    motif: str,
    *,
    version: int | None = None,
) -> None:
    """Take deposits again, from everybody, until a new closing; lapsed drafts come back.

    Raises Invalide (date not in the future, no motif), PasLeMoment (state).
    """
    exiger(acteur, "campagne.rouvrir", campagne)
    verifier_version(campagne, version)
    problemes = []
    if cloture_le <= maintenant():
        problemes.append(Probleme("Fixez une clôture à venir.", "cloture_le"))
    if not motif.strip():
        problemes.append(Probleme("Indiquez le motif : il sera lu par les porteurs.", "motif"))
    if problemes:
        raise Invalide("Les dépôts ne peuvent pas être rouverts ainsi.", problemes)
    avant = campagne.cloture_le
    campagne.cloture_le = cloture_le
    franchir(
        acteur,
        campagne,
        "rouvrir",
        motif=motif,
        donnees={"cloture_avant": avant.isoformat(), "cloture": cloture_le.isoformat()},
    )


@effet("campagne", "rouvrir")
def _ranimer_brouillons(_acteur: Acteur, campagne: Campagne, motif: str) -> None:
    """Drafts that the closing had lapsed are drafts again, and their porteurs are told."""
    caducs = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat == EtatDossier.CADUC)
        .order_by(Dossier.id)
    ).all()
    for dossier in caducs:
        franchir(SYSTEME, dossier, "ranimer", motif=motif)
        avertir_porteur(dossier, "campagne_depots_rouverts", campagne=campagne, motif=motif)


@garde_de("campagne", "cloture_reportee")
def _cloture_reportee(_acteur: Acteur, campagne: Campagne) -> str | None:
    if campagne.cloture_le > maintenant():
        return None
    return "Fixez d’abord une nouvelle date de clôture, à venir."


@garde_de("campagne", "grille_figee")
def _grille_figee(_acteur: Acteur, campagne: Campagne) -> str | None:
    if campagne.grille is not None and campagne.grille.figee_le is not None:
        return None
    return "La grille d’évaluation n’est pas figée : choisissez-en une."


@garde_de("campagne", "recevabilite_terminee")
def _recevabilite_terminee(_acteur: Acteur, campagne: Campagne) -> str | None:
    restants = _compter(campagne, Dossier.etat.in_(EN_RECEVABILITE))
    if not restants:
        return None
    return (
        f"{accorder(restants, 'dossier attend', 'dossiers attendent')} encore l’examen de "
        "recevabilité ou des compléments."
    )


@garde_de("campagne", "dossiers_termines")
def _dossiers_termines(_acteur: Acteur, campagne: Campagne) -> str | None:
    restants = _compter(campagne, Dossier.etat.not_in(TERMINES))
    if not restants:
        return None
    return f"{accorder(restants, 'dossier n’est pas terminé', 'dossiers ne sont pas terminés')}."


def _compter(campagne: Campagne, condition: object) -> int:
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Dossier)
            .where(Dossier.campagne_id == campagne.id, condition)  # type: ignore[arg-type]
        )
        or 0
    )
