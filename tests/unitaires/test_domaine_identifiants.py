"""Identifiers: accepted, refused, shown."""

from collections.abc import Callable

import pytest
import stdnum.fr.siret
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine import identifiants as ids


def _luhn_complet(debut: str) -> str:
    return next(debut + str(c) for c in range(10) if ids._luhn(debut + str(c)))


@given(st.integers(1, 10**8 - 1), st.integers(0, 9999))
def test_siret_comme_stdnum(base: int, nic: int) -> None:
    siren = _luhn_complet(f"{base:08d}")
    siret = _luhn_complet(f"{siren}{nic:04d}")
    assert ids.lire_siren(siren) == siren
    assert ids.lire_siret(ids.afficher_siret(siret)) == siret
    assert stdnum.fr.siret.is_valid(siret)
    faux = siret[:-1] + str((int(siret[-1]) + 1) % 10)
    if not siret.startswith(ids.SIREN_LA_POSTE):
        with pytest.raises(ValueError, match="n’existe pas"):
            ids.lire_siret(faux)


@pytest.mark.parametrize("siret", ["35600000000048", "35600000049837"])
def test_la_poste(siret: str) -> None:
    assert ids.lire_siret(siret) == siret
    with pytest.raises(ValueError, match="n’existe pas"):
        ids.lire_siret(siret[:-2] + "02")


def test_affichage() -> None:
    assert ids.afficher_siret("73282932000074").replace("\u00a0", " ") == "732 829 320 00074"
    assert ids.afficher_siren("732829320").replace("\u00a0", " ") == "732 829 320"
    iban = "FR1420041010050500013M02606"
    assert ids.afficher_iban(iban).replace("\u00a0", " ") == "FR14 2004 1010 0505 0001 3M02 606"
    assert "2004" not in ids.masquer_iban(iban)
    assert ids.afficher_telephone("+33145678901").replace("\u00a0", " ") == "01 45 67 89 01"
    assert ids.afficher_telephone("+3222345678").startswith("+32")


@pytest.mark.parametrize(
    ("lire", "texte", "attendu"),
    [
        (ids.lire_siren, "732 829 320", "732829320"),
        (ids.lire_siret, "732.829.320\u202f00074", "73282932000074"),
        (ids.lire_rna, "w94 1234567", "W941234567"),
        (ids.lire_rna, "W2A1234567", "W2A1234567"),
        (ids.lire_rna, "W9C1234567", "W9C1234567"),
        (ids.lire_iban, "fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
        (ids.lire_iban, "BE71 0961 2345 6769", "BE71096123456769"),
        (ids.lire_bic, "psstfrpppar", "PSSTFRPPPAR"),
        (ids.lire_bic, "PSSTFRPP", "PSSTFRPP"),
        (ids.lire_code_postal, " 94 600 ", "94600"),
        (ids.lire_code_qpv, "qn09402m", "QN09402M"),
        (ids.lire_code_qpv, "QP094001", "QP094001"),
        (ids.lire_telephone, "01 45 67 89 01", "+33145678901"),
        (ids.lire_telephone, "+33 (0)6 12 34 56 78", "+33612345678"),
        (ids.lire_telephone, "0262 20 12 34", "+262262201234"),
        (ids.lire_telephone, "0692 12 34 56", "+262692123456"),
        (ids.lire_telephone, "0590 82 12 34", "+590590821234"),
        (ids.lire_telephone, "0596 60 12 34", "+596596601234"),
        (ids.lire_telephone, "0594 30 12 34", "+594594301234"),
        (ids.lire_courriel, " Jean.Dupont@Exemple.FR ", "Jean.Dupont@exemple.fr"),
    ],
)
def test_accepte(lire: Callable[[str], str], texte: str, attendu: str) -> None:
    assert lire(texte) == attendu
    assert lire(attendu) == attendu


@pytest.mark.parametrize(
    ("lire", "texte"),
    [
        (ids.lire_siren, "000000000"),
        (ids.lire_siren, "73282932"),
        (ids.lire_siren, "٧٣٢٨٢٩٣٢٠"),
        (ids.lire_siret, "0" * 14),
        (ids.lire_siret, "00000000000018"),
        (ids.lire_siret, "7328293200007A"),
        (ids.lire_siret, ""),
        (ids.lire_rna, "941234567"),
        (ids.lire_rna, "W94123456"),
        (ids.lire_rna, "WA41234567"),
        (ids.lire_iban, "FR1420041010050500013M02607"),
        (ids.lire_iban, "FR76"),
        (ids.lire_iban, "FR142004101005050001302606"),
        (ids.lire_iban, "ZZ1420041010050500013M02606"),
        (ids.lire_bic, "PSST"),
        (ids.lire_code_postal, "9460"),
        (ids.lire_code_postal, "00000"),
        (ids.lire_code_postal, "99999"),
        (ids.lire_code_qpv, "QN09402X"),
        (ids.lire_code_qpv, "QN9402M"),
        (ids.lire_telephone, "01 45"),
        (ids.lire_telephone, "0800FLEURS"),
        (ids.lire_telephone, ""),
        (ids.lire_courriel, "Zoé@exemple.fr"),
        (ids.lire_courriel, "a@b"),
        (ids.lire_courriel, "a b@exemple.fr"),
        (ids.lire_courriel, "a@exemple.fr\nBcc: x@exemple.fr"),
        (ids.lire_courriel, "a" * 300 + "@exemple.fr"),
    ],
)
def test_refuse(lire: Callable[[str], str], texte: str) -> None:
    with pytest.raises(ValueError) as e:
        lire(texte)
    assert str(e.value).endswith((".", ".)")) and len(str(e.value)) > 20


def test_cle_rib_fausse_iban_juste() -> None:
    """ISO checksum right, RIB key wrong: stdnum lets it pass, we do not."""
    bban = "20041010050500013M02607"
    converti = "".join(str(int(c, 36)) for c in bban + "FR00")
    iban = f"FR{98 - int(converti) % 97:02d}{bban}"
    assert ids.stdnum.iban.is_valid(iban)
    with pytest.raises(ValueError, match="erreur"):
        ids.lire_iban(iban)


@given(st.integers(0, 99999), st.integers(0, 99999), st.integers(0, 10**11 - 1))
def test_rib_calcule(banque: int, guichet: int, compte: int) -> None:
    b, g, c = f"{banque:05d}", f"{guichet:05d}", f"{compte:011d}"
    bban = f"{b}{g}{c}{ids.cle_rib(b, g, c):02d}"
    converti = "".join(str(int(x, 36)) for x in bban + "FR00")
    iban = f"FR{98 - int(converti) % 97:02d}{bban}"
    assert ids.lire_iban(ids.afficher_iban(iban)) == iban
    assert int(b + g + c + bban[-2:]) % 97 == 0


def test_departement() -> None:
    codes = ("94600", "91200", "97410", "20000", "20200")
    assert [ids.departement_du_code_postal(c) for c in codes] == ["94", "91", "974", "2A", "2B"]


def test_cle_courriel() -> None:
    assert ids.cle_courriel("Jean@Exemple.fr ") == ids.cle_courriel("jean@exemple.fr")
