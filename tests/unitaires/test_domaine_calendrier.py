"""Legal dates, deadlines at the second, changes of hour."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import calendrier as cal
from aap.domaine.calendrier import StatutDepot, Suspension
from aap.domaine.horloge import depuis_paris


def paris(*args: int) -> datetime:
    return depuis_paris(datetime(*args))  # type: ignore[arg-type]


def test_paques() -> None:
    connus = {
        2008: (3, 23),
        2011: (4, 24),
        2024: (3, 31),
        2025: (4, 20),
        2026: (4, 5),
        2038: (4, 25),
    }
    assert {a: (p.month, p.day) for a in connus for p in [cal.paques(a)]} == connus


@given(st.integers(1900, 2200))
def test_paques_est_un_dimanche_de_printemps(annee: int) -> None:
    p = cal.paques(annee)
    assert p.weekday() == 6 and date(annee, 3, 22) <= p <= date(annee, 4, 25)
    assert 10 <= len(cal.jours_feries(annee)) <= 11


def test_feries_2025() -> None:
    for jour in ((4, 21), (5, 29), (6, 9), (7, 14), (12, 25)):
        assert not cal.est_ouvre(date(2025, *jour))
    assert cal.est_ouvre(date(2025, 4, 18))


def test_accuse_de_reception() -> None:
    assert cal.limite_accuse_reception(paris(2025, 4, 25, 12)) == date(2025, 5, 13)
    # 23:30 in Paris on the 9th is still the 9th, although 22:30 UTC.
    assert cal.limite_accuse_reception(paris(2025, 6, 6, 23, 30)) == date(2025, 6, 23)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 40))
def test_jours_ouvres_reference_lente(depart: date, n: int) -> None:
    fin = cal.ajouter_jours_ouvres(depart, n)
    jours = [depart + timedelta(days=i) for i in range(1, (fin - depart).days + 1)]
    assert sum(map(cal.est_ouvre, jours)) == n and cal.est_ouvre(fin)


def test_mois() -> None:
    assert cal.ajouter_mois(date(2024, 12, 31), 2) == date(2025, 2, 28)
    assert cal.ajouter_mois(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert cal.ajouter_mois(date(2025, 3, 31), -1) == date(2025, 2, 28)
    assert cal.limite_bilan(date(2024, 12, 31)) == date(2025, 6, 30)
    assert cal.limite_bilan(date(2025, 6, 30)) == date(2025, 12, 31)
    assert cal.limite_bilan(date(2025, 8, 31)) == date(2026, 2, 28)
    assert cal.limite_bilan(date(2025, 5, 15)) == date(2025, 11, 15)
    assert cal.limite_publication(date(2025, 11, 30)) == date(2026, 2, 28)
    assert cal.limite_paiement(date(2025, 1, 1)) == date(2025, 3, 2)


def test_silence() -> None:
    depot = date(2025, 1, 10)
    assert cal.date_refus_implicite(depot) == date(2025, 3, 10)
    dix = Suspension(date(2025, 2, 1), date(2025, 2, 11))
    assert cal.date_refus_implicite(depot, [dix]) == date(2025, 3, 20)
    assert cal.date_refus_implicite(depot, [dix, dix]) == date(2025, 3, 20)
    assert cal.date_refus_implicite(depot, [Suspension(date(2025, 2, 1))]) is None
    tard = Suspension(date(2025, 3, 10))
    assert cal.date_refus_implicite(depot, [tard]) == date(2025, 3, 10)
    # The first suspension pushes the term, so that the second one counts.
    deux = [dix, Suspension(date(2025, 3, 15), date(2025, 3, 20))]
    assert cal.date_refus_implicite(depot, deux) == date(2025, 3, 25)


OUVERTURE, CLOTURE = paris(2025, 10, 1, 9), paris(2025, 11, 22, 18)
SECONDE, GRACE = timedelta(seconds=1), timedelta(minutes=15)


@pytest.mark.parametrize(
    ("instant", "statut"),
    [
        (OUVERTURE - SECONDE, StatutDepot.PAS_ENCORE),
        (OUVERTURE, StatutDepot.OUVERT),
        (CLOTURE, StatutDepot.OUVERT),
        (CLOTURE + SECONDE, StatutDepot.TOLERANCE),
        (CLOTURE + GRACE, StatutDepot.TOLERANCE),
        (CLOTURE + GRACE + timedelta(microseconds=1), StatutDepot.CLOS),
    ],
)
def test_statut(instant: datetime, statut: StatutDepot) -> None:
    assert cal.statut_depot(OUVERTURE, CLOTURE, GRACE, instant) is statut
    assert statut.depot_possible is (OUVERTURE <= instant <= CLOTURE + GRACE)


def test_statut_sans_tolerance() -> None:
    assert cal.statut_depot(OUVERTURE, CLOTURE, timedelta(0), CLOTURE + SECONDE) is StatutDepot.CLOS
    assert cal.statut_depot(OUVERTURE, CLOTURE, -GRACE, CLOTURE) is StatutDepot.OUVERT


def test_tolerance_a_travers_le_changement_d_heure() -> None:
    cloture = paris(2025, 10, 26, 2, 30)  # first 2:30 of that night
    heure = timedelta(hours=1)
    assert cal.statut_depot(OUVERTURE, cloture, heure, cloture + heure) is StatutDepot.TOLERANCE
    assert (
        cal.statut_depot(OUVERTURE, cloture, heure, cloture + heure + SECONDE) is StatutDepot.CLOS
    )


def _net(texte: str) -> str:
    return texte.replace("\u00a0", " ")


def test_temps_restant() -> None:
    assert _net(cal.temps_restant(CLOTURE, paris(2025, 11, 22, 8))) == "clôture ce soir à 18 h"
    assert _net(cal.temps_restant(CLOTURE, paris(2025, 11, 21, 23))) == "clôture demain à 18 h"
    assert (
        _net(cal.temps_restant(CLOTURE, paris(2025, 11, 20, 15))) == "il reste 2 jours et 3 heures"
    )
    midi = paris(2025, 11, 22, 12)
    assert _net(cal.temps_restant(midi, paris(2025, 11, 22, 8))) == "clôture aujourd’hui à midi"
    assert _net(cal.temps_restant(midi, CLOTURE)) == "clos depuis le 22 novembre 2025"
    # Summer to winter: one hour more than the dials say.
    assert (
        _net(cal.temps_restant(paris(2025, 10, 27, 12), paris(2025, 10, 25, 12)))
        == "il reste 2 jours et 1 heure"
    )


def test_mots() -> None:
    assert _net(cal.duree_en_mots(timedelta(minutes=61))) == "1 heure et 1 minute"
    assert _net(cal.duree_en_mots(timedelta(days=2, minutes=5))) == "2 jours"
    assert cal.duree_en_mots(timedelta(seconds=59)) == "moins d’une minute"
    assert _net(cal.heure_en_mots(paris(2025, 1, 1, 18, 5))) == "18 h 05"
    assert cal.heure_en_mots(paris(2025, 1, 1)) == "minuit"
    assert _net(cal.jour_en_mots(date(2025, 5, 1))) == "jeudi 1er mai 2025"
    assert cal.fin_de_journee(date(2025, 7, 1)) == datetime(2025, 7, 1, 21, 59, 59, tzinfo=UTC)
