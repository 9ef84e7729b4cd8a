"""Fields and base form: what is read, what is refused, what is shown again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FormField

from aap.domaine.erreurs import Probleme
from forms import champs, validateurs
from forms.base import FormulaireVersionne, ListeField, SousFormulaire


class Ligne(SousFormulaire):
    libelle = champs.TexteCourt("Libellé", [validateurs.Obligatoire()], max_length=20)
    montant = champs.MontantField("Montant", [validateurs.Obligatoire()])


class Essai(FormulaireVersionne):
    montant = champs.MontantField(
        "Montant demandé", [validateurs.Obligatoire(), validateurs.MontantEntre(100, 100_000)]
    )
    siret = champs.SiretField("SIRET")
    telephone = champs.TelephoneField("Téléphone")
    courriel = champs.CourrielField("Courriel")
    iban = champs.IbanField("IBAN")
    nombre = champs.EntierField("Nombre", maximum=1000)
    part = champs.PourcentField("Part")
    debut = champs.DateFr("Début")
    fin = champs.DateFr("Fin", [validateurs.PasAvant("debut")])
    cloture = champs.DateHeureParis("Clôture")
    texte = champs.TexteLong("Texte", [validateurs.LongueurMin(3)], max_length=10)
    accord = BooleanField("Accord", [validateurs.CaseCochee()])
    lignes = ListeField(FormField(Ligne), "Lignes", max_entries=3)


@pytest.fixture(scope="module", autouse=True)
def contexte() -> Iterator[None]:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="essai", WTF_CSRF_ENABLED=False, WTF_I18N_ENABLED=False)
    with app.test_request_context():
        yield


def _essai(**donnees: Any) -> Essai:
    return Essai(formdata=MultiDict({"montant": "10", "accord": "y", **donnees}))


def test_tout_est_lu() -> None:
    f = _essai(
        montant="1\u202f000,00 €",
        siret="732 829 320 00074",
        telephone="01 45 67 89 01",
        courriel="A@Exemple.FR",
        iban="FR14 2004 1010 0505 0001 3M02 606",
        nombre="1 000",
        part="29,7 %",
        debut="01/02/2025",
        fin="2025-02-01",
        cloture="2025-07-01T18:00",
        texte=" a\r\nb\x00c ",
        version="7",
    )
    assert f.validate(), f.errors
    assert f.montant.data == 100_000
    assert f.siret.data == "73282932000074"
    assert f.nombre.data == 1000
    assert f.part.data == Fraction(297, 1000)
    assert f.debut.data == f.fin.data == date(2025, 2, 1)
    assert f.cloture.data == datetime(2025, 7, 1, 16, 0, tzinfo=UTC)
    assert f.texte.data == "a\nbc"
    assert f.version_lue() == 7
    assert f.problemes() == []


def test_affiche_ce_qui_a_ete_tape() -> None:
    f = _essai(montant="12 cents", debut="32/01/2025", siret="12")
    assert not f.validate()
    assert 'value="12 cents"' in f.montant()
    assert f.montant.data is None
    assert 'value="32/01/2025"' in f.debut()
    assert 'value="12"' in f.siret()
    assert [len(f[n].errors) for n in ("montant", "debut", "siret")] == [1, 1, 1]


def test_affiche_les_valeurs() -> None:
    valeurs = {
        "montant": 120050,
        "nombre": 900,
        "part": Fraction(1, 8),
        "debut": date(2025, 1, 2),
        "cloture": datetime(2025, 1, 2, 17, 0, tzinfo=UTC),
        "siret": "73282932000074",
        "telephone": "+33145678901",
    }
    f = Essai(formdata=None, data=valeurs)
    assert f.montant._value() == "1\u202f200,50"
    assert f.part._value() == "12,5"
    assert f.debut._value() == "2025-01-02" and 'type="date"' in f.debut()
    assert f.cloture._value() == "2025-01-02T18:00"
    assert 'inputmode="decimal"' in f.montant() and 'type="text"' in f.montant()
    renvoi = {n: f[n]._value() for n in valeurs}
    g = _essai(**{**renvoi, "montant": "10"})
    g.validate()
    assert {n: g[n].data for n in valeurs if n != "montant"} == {
        n: v for n, v in valeurs.items() if n != "montant"
    }


@pytest.mark.parametrize("texte", ["²", "1e9", "12,5", "1001", "-1", "٣", "9" * 5000])
def test_entier_refuse(texte: str) -> None:
    f = _essai(nombre=texte)
    assert not f.validate() and f.nombre.errors and f.nombre.data is None


@pytest.mark.parametrize("texte", ["100,1", "-1", "a", "1e1"])
def test_pourcent_refuse(texte: str) -> None:
    assert not _essai(part=texte).validate()


@pytest.mark.parametrize("texte", ["31/02/2025", "0001-01-01", "demain", "1/1/25", "2025-13-01"])
def test_date_refusee(texte: str) -> None:
    assert not _essai(debut=texte).validate()


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("31/12/2025 18:00", datetime(2025, 12, 31, 17, tzinfo=UTC)),
        ("31/12/2025 à 18 h", datetime(2025, 12, 31, 17, tzinfo=UTC)),
        ("31/12/2025 18h30", datetime(2025, 12, 31, 17, 30, tzinfo=UTC)),
        ("2025-12-31T18:00:59", datetime(2025, 12, 31, 17, 0, 59, tzinfo=UTC)),
        ("2025-10-26T02:30", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("2025-03-30T02:30", None),
        ("2025-12-31T24:00", None),
        ("2025-12-31", None),
    ],
)
def test_date_heure(texte: str, attendu: datetime | None) -> None:
    f = _essai(cloture=texte)
    assert f.validate() is (attendu is not None)
    assert f.cloture.data == attendu


def test_bornes() -> None:
    assert "au moins" in str(_valide(montant="0,99").montant.errors)
    assert "dépasser" in str(_valide(montant="1000,01").montant.errors)
    assert "nécessaire" in str(_valide(montant="  ").montant.errors)
    assert "après" in str(_valide(debut="02/01/2025", fin="01/01/2025").fin.errors)
    assert "dépasse de 1\u202f234 caractères" in str(_valide(texte="a" * 1244).texte.errors[0])
    assert "Développez" in str(_valide(texte="ab").texte.errors)
    f = Essai(formdata=MultiDict({"montant": "10"}))
    assert not f.validate() and f.accord.errors


def _valide(**donnees: Any) -> Essai:
    f = _essai(**donnees)
    assert not f.validate()
    return f


def test_problemes_des_lignes() -> None:
    f = _valide(**{"lignes-0-libelle": "a", "lignes-0-montant": "5", "lignes-4-montant": "x"})
    assert [e.form.libelle.data for e in f.lignes] == ["a", None]
    problemes = f.problemes()
    assert [p.champ for p in problemes] == ["lignes-1-libelle", "lignes-1-montant"]
    assert problemes[0].message.startswith("Ligne 2, libellé\u00a0: ")
    assert all(isinstance(p, Probleme) and p.bloquant for p in problemes)


def test_lignes_de_trop_dites() -> None:
    donnees = {f"lignes-{i}-{c}": "5" for i in range(5) for c in ("libelle", "montant")}
    f = _valide(**donnees)
    assert len(f.lignes) == 3
    assert "3 lignes au plus" in f.problemes()[-1].message


@pytest.mark.parametrize(
    "cle", ["lignes-²-montant", "lignesx5", "lignes-" + "9" * 5000 + "-montant", "lignes-٣-montant"]
)
def test_cles_hostiles(cle: str) -> None:
    f = _essai(**{cle: "5"})
    assert f.validate() and len(f.lignes) == 0


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_aucun_envoi_ne_casse(donnees: dict[str, str]) -> None:
    champs_connus = ["montant", "siret", "telephone", "courriel", "iban", "nombre", "part", "debut"]
    tout = {**dict(zip(champs_connus, donnees.values(), strict=False)), **donnees}
    f = Essai(formdata=MultiDict(tout))
    f.validate()
    f.problemes()
    for champ in f:
        champ()


def test_version() -> None:
    assert [_essai(version=v).version_lue() for v in ("", "²", "-1", "12", "1e3")] == [
        0,
        0,
        0,
        12,
        0,
    ]
    assert _essai().version_lue() == 0


def test_reprendre() -> None:
    f = _essai()
    assert f.validate()
    f.reprendre([Probleme("Déjà pris.", "siret"), Probleme("La campagne est close.")])
    f.refuser("courriel", "Déjà utilisé.")
    textes = [p.message for p in f.problemes()]
    assert textes == [
        "La campagne est close.",
        "SIRET\u00a0: Déjà pris.",
        "Courriel\u00a0: Déjà utilisé.",
    ]
