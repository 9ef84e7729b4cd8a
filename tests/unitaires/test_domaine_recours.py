"""Delays of an appeal, whatever the day: two months, « franc », never a day nobody works."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.calendrier import ajouter_mois, est_ouvre
from aap.domaine.recours import delais_au, dernier_jour, jour_de_silence

JOURS = st.dates(date(2015, 1, 1), date(2060, 12, 31))


@given(JOURS)
def test_dernier_jour(notification: date) -> None:
    """A worked day, after two whole months, and the first one that is."""
    dernier = dernier_jour(notification)
    echeance = ajouter_mois(notification, 2) + timedelta(days=1)
    assert dernier >= echeance and est_ouvre(dernier)
    assert not any(
        est_ouvre(echeance + timedelta(days=n)) for n in range((dernier - echeance).days)
    )


@given(JOURS, JOURS)
def test_jamais_plus_tot_en_attendant(un: date, autre: date) -> None:
    tot, tard = sorted((un, autre))
    assert dernier_jour(tot) <= dernier_jour(tard)
    assert jour_de_silence(tot) <= jour_de_silence(tard)


@pytest.mark.parametrize(
    ("notification", "dernier"),
    [
        (date(2026, 3, 10), date(2026, 5, 11)),  # Monday
        (date(2026, 2, 28), date(2026, 4, 29)),
        (date(2026, 3, 13), date(2026, 5, 15)),  # 14 May 2026: Ascension
        (date(2026, 5, 12), date(2026, 7, 13)),
        (date(2026, 5, 13), date(2026, 7, 15)),  # 14 July
        (date(2025, 12, 31), date(2026, 3, 2)),  # end of February, then a Sunday
    ],
)
def test_jours_connus(notification: date, dernier: date) -> None:
    assert dernier_jour(notification) == dernier


def test_silence_deux_mois_et_sources() -> None:
    assert jour_de_silence(date(2026, 12, 31)) == date(2027, 2, 28)
    delais = delais_au(date(2026, 1, 1))
    assert "R421-1" in delais.source_former and "L231-4" in delais.source_silence
