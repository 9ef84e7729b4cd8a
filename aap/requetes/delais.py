"""Delays of the dossiers under examination: silence of two months, complements awaited.

CRPA L231-4 3° (silence is a refusal), L114-5 (only indispensable pieces suspend the delay, and
only until the date fixed for them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import load_only

from aap.domaine.calendrier import (
    MOIS_SILENCE,
    Suspension,
    ajouter_mois,
    date_longue,
    date_refus_implicite,
)
from aap.domaine.horloge import a_paris, aujourdhui, depuis_paris
from aap.ensemble import Ensemble, Part
from aap.extensions import db
from aap.models import DemandeComplement, Depot, Dossier
from workflows.dossier import EtatDossier
from workflows.socle import Ton

E = EtatDossier
EN_EXAMEN = frozenset({E.DEPOSE, E.A_COMPLETER, E.EN_INSTRUCTION, E.INSTRUIT, E.INSCRIT})
ALERTE_JOURS = 15
ALERTE = timedelta(days=ALERTE_JOURS)


class FiltreDelai(StrEnum):
    """Which delays a list is narrowed to."""

    DEPASSE = "depasse"
    BIENTOT = "bientot"

    @property
    def libelle(self) -> str:
        return {
            "depasse": "Dépassé",
            "bientot": f"Dans les {ALERTE_JOURS} jours",
        }[self.value]


@dataclass(frozen=True)
class Delai:
    """``silence``: day of the implicit refusal (None: suspended); ``complements``: answer due."""

    silence: date | None
    complements: date | None
    badges: tuple[tuple[Ton, str], ...] = ()

    @property
    def silence_passe(self) -> bool:
        """The day of the implicit refusal is today or behind."""
        return self.silence is not None and self.silence <= aujourdhui()


def _dates() -> tuple[Part, ...]:
    """The deposits and the requests for complements of some dossiers (``ids``)."""
    ids: BindParameter[list[int]] = bindparam("ids", expanding=True)
    return (
        (Depot, Depot.dossier_id.in_(ids)),
        (DemandeComplement, DemandeComplement.dossier_id.in_(ids)),
    )


DATES = Ensemble(_dates, lambda: (load_only(Depot.dossier_id, Depot.depose_le),))


def delais(etats: Mapping[int, EtatDossier]) -> dict[int, Delai]:
    """Dossier id -> delay, for those under examination (1 query)."""
    ids = [i for i, etat in etats.items() if etat in EN_EXAMEN]
    if not ids:
        return {}
    figes, demandees = DATES.lire(ids=ids)
    depots: dict[int, date] = {}
    for depot in sorted(figes, key=lambda x: x.depose_le, reverse=True):
        depots[depot.dossier_id] = a_paris(depot.depose_le).date()  # the first one, at last
    demandes: dict[int, list[DemandeComplement]] = {}
    for demande in sorted(demandees, key=lambda x: (x.demandee_le, x.id)):
        demandes.setdefault(demande.dossier_id, []).append(demande)
    return {i: _delai(etats[i], depots.get(i), demandes.get(i, [])) for i in ids}


def delai_du(dossier: Dossier, demandes: Iterable[DemandeComplement]) -> Delai | None:
    """The delay of one dossier whose requests for complements are already read (no query)."""
    if dossier.etat not in EN_EXAMEN:
        return None
    depot = min((a_paris(x.depose_le).date() for x in dossier.depots), default=None)
    return _delai(dossier.etat, depot, sorted(demandes, key=lambda x: (x.demandee_le, x.id)))


def explication(dossier: Dossier, demandes: Iterable[DemandeComplement]) -> list[str]:
    """How the day of the implicit refusal is found, step by step (no query beyond the page's)."""
    depot = min((a_paris(x.depose_le).date() for x in dossier.depots), default=None)
    if depot is None:
        return []
    phrases = [
        f"Dossier reçu le {date_longue(depot)} : sans réponse, il est refusé deux mois plus tard, "
        f"le {date_longue(ajouter_mois(depot, MOIS_SILENCE))} "
        "(code des relations entre le public et l’administration, article L231-4)."
    ]
    suspensions: list[Suspension] = []
    for demande in sorted(demandes, key=lambda x: (x.demandee_le, x.id)):
        jour = date_longue(a_paris(demande.demandee_le).date())
        if not demande.bloquante:
            phrases.append(f"Demande du {jour} : éléments utiles seulement, le délai court.")
            continue
        avant = date_refus_implicite(depot, suspensions)
        suspensions.append(_suspension(demande))
        phrases.append(_effet(jour, demande, avant, date_refus_implicite(depot, suspensions)))
    return phrases


def _effet(jour: str, demande: DemandeComplement, avant: date | None, apres: date | None) -> str:
    """What one request for indispensable pieces does to the delay."""
    if apres is None:
        return (
            f"Suspendu depuis le {jour} : des pièces indispensables sont attendues, au plus tard "
            f"le {date_longue(demande.echeance)} (même code, article L114-5)."
        )
    if avant is None or apres == avant:
        return f"Demande du {jour} : elle ne change pas le délai."
    jours = (apres - avant).days
    return (
        f"Suspendu {jours} jour{'s' if jours > 1 else ''} à partir du {jour} : le terme est "
        f"reporté au {date_longue(apres)} (même code, article L114-5)."
    )


def _suspension(demande: DemandeComplement) -> Suspension:
    """Until the answer, at the latest until the date fixed for it (CRPA L114-5)."""
    debut = a_paris(demande.demandee_le).date()
    if demande.repondue_le is not None:
        return Suspension(debut, min(a_paris(demande.repondue_le).date(), demande.echeance))
    return Suspension(debut, demande.echeance if demande.echeance < aujourdhui() else None)


def _delai(etat: EtatDossier, depot: date | None, demandes: Sequence[DemandeComplement]) -> Delai:
    ouverte = next((d for d in reversed(demandes) if d.repondue_le is None), None)
    attendus = ouverte.echeance if ouverte and etat is E.A_COMPLETER else None
    silence = None
    if depot is not None:
        silence = date_refus_implicite(depot, [_suspension(d) for d in demandes if d.bloquante])
    return Delai(silence, attendus, tuple(_badges(depot, silence, attendus)))


def _badges(depot: date | None, silence: date | None, attendus: date | None) -> list:
    jour, badges = aujourdhui(), []
    if attendus is not None and attendus < jour:
        badges.append((Ton.REFUS, f"Compléments en retard depuis le {date_longue(attendus)}"))
    elif attendus is not None:
        badges.append((Ton.ATTENTE, f"Compléments attendus avant le {date_longue(attendus)}"))
    if depot is None:
        return badges
    if silence is None:
        badges.append((Ton.NEUTRE, "Délai de deux mois suspendu"))
    elif silence <= jour:
        badges.append((Ton.REFUS, f"Refus par silence depuis le {date_longue(silence)}"))
    elif (silence - jour).days <= ALERTE_JOURS:
        badges.append((Ton.ATTENTION, f"Sans réponse, refus le {date_longue(silence)}"))
    return badges


def condition_delai(filtre: FiltreDelai) -> ColumnElement[bool]:
    """On ``Dossier``: those whose badges say so (2 queries, whatever their number).

    Without any suspension the deadline is read from the first deposit alone, by the database;
    dossiers that were ever suspended are few, and computed one by one.
    """
    jour = aujourdhui()
    bloquante = exists().where(
        DemandeComplement.dossier_id == Dossier.id, DemandeComplement.bloquante
    )
    en_examen = Dossier.etat.in_(sorted(EN_EXAMEN))
    suspendus = {i: e for i, e in db.session.execute(
        select(Dossier.id, Dossier.etat).where(en_examen, bloquante.correlate(Dossier))
    )}  # fmt: skip
    calcules = [i for i, d in delais(suspendus).items() if _correspond(filtre, d.silence, jour)]
    premier = (
        select(func.min(Depot.depose_le)).where(Depot.dossier_id == Dossier.id).scalar_subquery()
    )
    seuil = _premier_depot_apres(jour)
    if filtre is FiltreDelai.DEPASSE:
        libres = [premier < seuil]
    else:
        libres = [premier >= seuil, premier < _premier_depot_apres(jour + ALERTE)]
    conditions = [
        and_(en_examen, ~bloquante.correlate(Dossier), *libres),
        Dossier.id.in_(calcules),
    ]
    if filtre is FiltreDelai.DEPASSE:
        en_retard = exists().where(
            DemandeComplement.dossier_id == Dossier.id,
            DemandeComplement.repondue_le.is_(None),
            DemandeComplement.echeance < jour,
        )
        conditions.append(and_(Dossier.etat == E.A_COMPLETER, en_retard.correlate(Dossier)))
    return or_(*conditions)


def _correspond(filtre: FiltreDelai, silence: date | None, jour: date) -> bool:
    if silence is None:
        return False
    if filtre is FiltreDelai.DEPASSE:
        return silence <= jour
    return jour < silence <= jour + ALERTE


def _premier_depot_apres(jour: date) -> datetime:
    """The first instant (Paris) of a deposit whose two months end after ``jour``."""
    depot = jour - timedelta(days=70)
    while ajouter_mois(depot, MOIS_SILENCE) <= jour:
        depot += timedelta(days=1)
    return depuis_paris(datetime.combine(depot, time()))
