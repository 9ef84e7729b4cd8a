"""Jinja filters: what readers see of amounts, dates and their own words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from markupsafe import Markup

from aap import filtres
from aap.domaine.horloge import horloge_fixee

MIDI = datetime(2026, 3, 12, 11, 0, tzinfo=UTC)  # 12 h in Paris


def test_inconnu_est_un_tiret() -> None:
    for nom in ("euros", "nombre", "pourcent", "date_longue", "date_courte", "date_heure"):
        assert filtres.FILTRES[nom](None) == "–"


def test_montants_et_nombres() -> None:
    assert filtres.euros(123450) == "1\u202f234,50\u00a0€"
    assert filtres.pourcent(Fraction(297, 1000)) == "29,7\u00a0%"
    assert filtres.nombre(12345) == "12\u202f345"


def test_dates_lues_a_paris() -> None:
    minuit_passe = datetime(2026, 6, 30, 22, 5, tzinfo=UTC)
    assert filtres.date_longue(minuit_passe) == "1er\u00a0juillet 2026"
    assert filtres.date_heure(minuit_passe) == "1er\u00a0juillet 2026 à 0\u00a0h\u00a005"
    assert filtres.date_courte(date(2026, 3, 12)) == "12/03/2026"
    assert filtres.date_longue(date(2026, 3, 12), True) == "jeudi 12\u00a0mars 2026"


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (datetime(2026, 3, 12, 11, 0, 30, tzinfo=UTC), "à l’instant"),
        (datetime(2026, 3, 12, 10, 15, tzinfo=UTC), "il y a 45\u00a0minutes"),
        (datetime(2026, 3, 12, 8, 0, tzinfo=UTC), "il y a 3\u00a0heures"),
        (datetime(2026, 3, 11, 8, 0, tzinfo=UTC), "hier"),
        (datetime(2026, 3, 13, 9, 0, tzinfo=UTC), "demain"),
        (date(2026, 3, 12), "aujourd’hui"),
        (date(2026, 3, 24), "dans 12\u00a0jours"),
        (date(2026, 1, 1), "il y a 2\u00a0mois"),
        (date(2024, 3, 1), "il y a 2\u00a0ans"),
    ],
)
def test_duree_relative(valeur: date | datetime, attendu: str) -> None:
    with horloge_fixee(MIDI):
        assert filtres.duree_relative(valeur) == attendu


def test_texte_echappe_et_coupe() -> None:
    rendu = filtres.texte("Bonjour <b>\r\nsuite\n\n  Fin & merci")
    assert rendu == "<p>Bonjour &lt;b&gt;<br>\nsuite</p>\n<p>  Fin &amp; merci</p>"
    assert filtres.texte(None) == ""


def test_taille_et_pluriel() -> None:
    assert filtres.taille(1) == "1\u00a0octet"
    assert filtres.taille(340_000) == "340\u00a0ko"
    assert filtres.taille(1_840_000) == "1,8\u00a0Mo"
    assert filtres.pluriel(0, "dossier") == "0\u00a0dossier"
    assert filtres.pluriel(2, "dossier") == "2\u00a0dossiers"
    assert filtres.pluriel(2, "avis rendu", "avis rendus") == "2\u00a0avis rendus"


def test_typo() -> None:
    assert filtres.typo(Markup("<b>Reste</b> : 3")) == Markup("<b>Reste</b>\u00a0: 3")
    assert isinstance(filtres.typo(Markup("<b>Reste</b> : 3")), Markup)
    assert filtres.typo("l'aide d'o'neil@exemple.fr") == "l’aide d’o'neil@exemple.fr"
    assert filtres.typo("Quand ? « Ici » : oui !") == (
        "Quand\u202f? «\u00a0Ici\u00a0»\u00a0: oui\u202f!"
    )


def test_les_options_d_un_filtre() -> None:
    """The value kept is selected, whatever its type; what a person named cannot act."""
    rendu = filtres.options([(1, "l'Été <b>"), (2, "Vitry")], "2")
    assert str(rendu) == (
        '<option value="1">l’Été &lt;b&gt;</option>\n<option value="2" selected>Vitry</option>'
    )
    assert "selected" not in filtres.options([(1, "Un")], "")
