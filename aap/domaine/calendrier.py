"""Legal dates and deadlines, read in Europe/Paris whatever the season.

Sources: CRPA L112-3 and R112-5 (accusé de réception), L231-4 3° (silence of two months is a
refusal), L114-5 (suspension while pieces are awaited); loi 2021-875 art. 2 (payment within 60
days); loi 2000-321 art. 10 (compte rendu financier within six months, publication within three).
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from aap.domaine.horloge import a_paris, depuis_paris

JOURS_ACCUSE = 10
MOIS_SILENCE = 2
JOURS_PAIEMENT = 60
MOIS_BILAN = 6
MOIS_PUBLICATION = 3

MOIS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
JOURS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]


def paques(annee: int) -> date:
    """Easter Sunday of the Gregorian calendar (Butcher’s computus)."""
    a = annee % 19
    siecle, an = divmod(annee, 100)
    d, e = divmod(siecle, 4)
    g = (siecle - (siecle + 8) // 25 + 1) // 3
    h = (19 * a + siecle - d - g + 15) % 30
    i, k = divmod(an, 4)
    w = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * w) // 451
    mois, jour = divmod(h + w - 7 * m + 114, 31)
    return date(annee, mois, jour + 1)


@lru_cache(maxsize=64)
def jours_feries(annee: int) -> frozenset[date]:
    """The eleven public holidays of metropolitan France (code du travail L3133-1)."""
    p = paques(annee)
    fixes = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    mobiles = (p + timedelta(days=n) for n in (1, 39, 50))
    return frozenset((*(date(annee, m, j) for m, j in fixes), *mobiles))


def est_ouvre(jour: date) -> bool:
    """Monday to Friday, public holidays excluded."""
    return jour.weekday() < 5 and jour not in jours_feries(jour.year)


def ajouter_jours_ouvres(depart: date, nombre: int) -> date:
    """The ``nombre``-th working day after ``depart``, itself not counted."""
    jour = depart
    while nombre > 0:
        jour += timedelta(days=1)
        nombre -= est_ouvre(jour)
    return jour


def ajouter_mois(depart: date, nombre: int) -> date:
    """Same day ``nombre`` months later; the last day of the month when it does not exist."""
    total = depart.year * 12 + depart.month - 1 + nombre
    annee, mois = divmod(total, 12)
    dernier = calendar.monthrange(annee, mois + 1)[1]
    return date(annee, mois + 1, min(depart.day, dernier))


def fin_de_mois(jour: date) -> date:
    """Last day of the month of ``jour``."""
    return jour.replace(day=calendar.monthrange(jour.year, jour.month)[1])


def limite_accuse_reception(depot: datetime) -> date:
    """Last day to send the accusé de réception: ten working days after the deposit."""
    return ajouter_jours_ouvres(a_paris(depot).date(), JOURS_ACCUSE)


@dataclass(frozen=True)
class Suspension:
    """Delay suspended while pieces are awaited; ``fin`` None as long as they have not come."""

    debut: date
    fin: date | None = None


def date_refus_implicite(depot: date, suspensions: Sequence[Suspension] = ()) -> date | None:
    """Day on which silence means refusal: two months, plus the days suspended before that day.

    None while a suspension is open. Overlapping suspensions count once; one that begins after
    the refusal is acquired changes nothing.
    """
    terme = ajouter_mois(depot, MOIS_SILENCE)
    deja = depot
    for s in sorted(suspensions, key=lambda s: s.debut):
        debut = max(s.debut, deja)
        if debut >= terme:
            break
        if s.fin is None:
            return None
        if s.fin > debut:
            terme += s.fin - debut
            deja = s.fin
    return terme


def limite_paiement(notification: date) -> date:
    """Sixty days after the notification, unless the convention sets other dates."""
    return notification + timedelta(days=JOURS_PAIEMENT)


def fin_exercice_comptable(terme: date, mois: int) -> date:
    """Last day of the accounting year (ending with month ``mois``) that contains ``terme``."""
    annee = terme.year if terme.month <= mois else terme.year + 1
    return date(annee, mois, calendar.monthrange(annee, mois)[1])


def limite_bilan(fin_exercice: date) -> date:
    """Six months after the end of the exercice: 31/12 gives 30/06, 31/08 gives 28 or 29/02.

    An exercice that ends with a month gives a limit that ends with a month.
    """
    terme = ajouter_mois(fin_exercice, MOIS_BILAN)
    return fin_de_mois(terme) if fin_exercice == fin_de_mois(fin_exercice) else terme


def limite_publication(signature: date) -> date:
    """Three months after the signature of a convention whose data must be published (SCDL)."""
    return ajouter_mois(signature, MOIS_PUBLICATION)


class StatutDepot(StrEnum):
    """Where an instant stands in the calendar of a campaign."""

    PAS_ENCORE = "pas_encore"
    OUVERT = "ouvert"
    TOLERANCE = "tolerance"
    CLOS = "clos"

    @property
    def depot_possible(self) -> bool:
        return self in (StatutDepot.OUVERT, StatutDepot.TOLERANCE)


def statut_depot(
    ouverture: datetime, cloture: datetime, grace: timedelta, instant: datetime
) -> StatutDepot:
    """Status at ``instant`` (all aware). The closing instant itself is still open.

    Afterwards, until closing + ``grace`` included, the deposit is late but accepted; one
    microsecond later it is refused.
    """
    if instant < ouverture:
        return StatutDepot.PAS_ENCORE
    if instant <= cloture:
        return StatutDepot.OUVERT
    # Added in UTC: the grace is a duration, also across a change of hour.
    if instant <= cloture.astimezone(UTC) + max(grace, timedelta(0)):
        return StatutDepot.TOLERANCE
    return StatutDepot.CLOS


def fin_de_journee(jour: date) -> datetime:
    """23:59:59 in Paris on that day, as an aware UTC instant."""
    return depuis_paris(datetime(jour.year, jour.month, jour.day, 23, 59, 59))


def heure_en_mots(instant: datetime) -> str:
    """« 18 h », « 18 h 05 », « midi », « minuit », Paris time."""
    local = a_paris(instant)
    if not local.minute and local.hour in (0, 12):
        return "midi" if local.hour else "minuit"
    minutes = f"\u00a0{local.minute:02d}" if local.minute else ""
    return f"{local.hour}\u00a0h{minutes}"


def date_longue(jour: date) -> str:
    """« 1er janvier 2025 »."""
    numero = "1er" if jour.day == 1 else str(jour.day)
    return f"{numero}\u00a0{MOIS[jour.month - 1]} {jour.year}"


def jour_en_mots(jour: date) -> str:
    """« lundi 6 janvier 2025 »."""
    return f"{JOURS[jour.weekday()]} {date_longue(jour)}"


def duree_en_mots(duree: timedelta) -> str:
    """The two largest units, rounded down: « 2 jours et 3 heures », « 5 minutes »."""
    secondes = max(0, int(duree.total_seconds()))
    jours, reste = divmod(secondes, 86400)
    heures, reste = divmod(reste, 3600)
    valeurs = [(jours, "jour"), (heures, "heure"), (reste // 60, "minute")]
    debut = next((i for i, (n, _) in enumerate(valeurs) if n), None)
    if debut is None:
        return "moins d’une minute"
    mots = [f"{n}\u00a0{u}{'s' if n > 1 else ''}" for n, u in valeurs[debut : debut + 2] if n]
    return " et ".join(mots)


def temps_restant(cloture: datetime, instant: datetime) -> str:
    """What to show about a closing: today and tomorrow are named, then the time that remains."""
    if instant > cloture:
        return f"clos depuis le {date_longue(a_paris(cloture).date())}"
    jours = (a_paris(cloture).date() - a_paris(instant).date()).days
    heure = heure_en_mots(cloture)
    if jours == 0:
        moment = "ce soir" if a_paris(cloture).hour >= 18 else "aujourd’hui"
        return f"clôture {moment} à {heure}"
    if jours == 1:
        return f"clôture demain à {heure}"
    return f"il reste {duree_en_mots(cloture.astimezone(UTC) - instant.astimezone(UTC))}"


def payable_depuis(vote: date | None, signature: datetime | None) -> date | None:
    """First day on which an aid may be paid, or None when nothing tells it.

    The day of the funder's act and, for a convention, that of its last signature. The day on
    which a mandate was typed says nothing: it may be recorded after the accountant has paid.
    """
    jours = [vote, a_paris(signature).date() if signature is not None else None]
    return max((j for j in jours if j is not None), default=None)
