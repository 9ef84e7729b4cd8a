"""Extractions read and compared: every pile, hostile files, and no payment claimed twice."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aap.domaine.erreurs import Invalide
from aap.domaine.rapprochement import (
    Attendu,
    Constat,
    Paye,
    decoder,
    lire_extraction,
    rapprocher,
)
from aap.domaine.titulaire import titulaire_ressemble

SIRET = "82161143100015"
JOUR = date(2027, 7, 1)
PAYE_LE = date(2027, 6, 30)
TETE = "N° EJ;N° DP;Code taxe 1;Exercice comptable;Montant payé;"
TETE += "Date de dernière opération sur la DP\r\n"


def attendu(cle: int = 1, **autres: object) -> Attendu:
    base = {
        "id": cle,
        "version": 4,
        "siret": SIRET,
        "references": frozenset({"2104"}),
        "exercice": 2027,
        "montant": 5_000_01,
        "mandate": True,
        "paye_le": None,
        "organisme": "Les Ateliers",
    }
    return Attendu(**(base | autres))  # type: ignore[arg-type]


def ligne(ej: str = "0002104", dp: str = "", montant: str = "5000,01", an: str = "2027") -> str:
    return f"{ej};{dp};{SIRET};{an};{montant};30/06/2027\r\n"


def constats(texte: str, *connus: Attendu) -> list[Constat]:
    return [r.constat for r in rapprocher(lire_extraction(texte), connus, JOUR)]


@pytest.mark.parametrize("codage", ["utf-8", "utf-8-sig", "cp1252"])
def test_chorus_concordant_dans_tous_les_codages(codage: str) -> None:
    texte = decoder(("1. Extraction\r\n" + TETE + ligne()).encode(codage))
    assert constats(texte, attendu()) == [Constat.CONCORDANT]


def test_helios() -> None:
    texte = "ID,IMMATRICULATION,NUM_MANDAT,DATE_EMISSION,MONTANT_PAIEMENT,DATE_PAIEMENT\n"
    texte += f"1,{SIRET},2104,2027-05-02,5000.01,2027-06-30\n"
    (r,) = rapprocher(lire_extraction(texte), [attendu()], JOUR)
    assert r.constat is Constat.CONCORDANT and r.paye.paye_le == PAYE_LE


def test_piles() -> None:
    assert constats(TETE + ligne(montant="4 999,99 €"), attendu()) == [Constat.ECART]
    assert constats(TETE + ligne(ej="9"), attendu()) == [Constat.DOUTEUX]
    assert constats(TETE + ligne(an="2026"), attendu()) == [Constat.DOUTEUX]
    assert constats(TETE + ligne(), attendu(mandate=False, references=frozenset())) == [
        Constat.DOUTEUX
    ]
    assert constats(TETE + ligne(ej="9", montant="7"), attendu()) == [Constat.INCONNU]
    assert constats(TETE + ligne(montant="=1+1"), attendu()) == [Constat.ILLISIBLE]
    assert constats(TETE + ligne(montant="-5000,01"), attendu()) == [Constat.ILLISIBLE]
    assert constats(TETE + ligne(), attendu(1), attendu(2)) == [Constat.DOUTEUX]
    futur = ligne().replace("30/06/2027", "30/06/2028")
    assert constats(TETE + futur, attendu()) == [Constat.DOUTEUX]


def test_deja_connu_une_ligne_par_versement() -> None:
    paye = attendu(1, mandate=False, paye_le=PAYE_LE)
    assert constats(TETE + ligne(), paye) == [Constat.DEJA_CONNU]
    # A second identical line is not the same payment, and nothing says which one it is.
    assert constats(TETE + ligne() * 2, paye, attendu(2)) == [Constat.DEJA_CONNU, Constat.DOUTEUX]
    # Recorded by hand at another date.
    autre = attendu(1, mandate=False, paye_le=date(2027, 6, 28))
    assert constats(TETE + ligne(), autre) == [Constat.DOUTEUX]


def test_postes_d_une_demande_additionnes() -> None:
    texte = TETE + ligne(dp="77", montant="2000,01") + ligne(dp="77", montant="3000")
    assert constats(texte, attendu()) == [Constat.CONCORDANT]
    assert constats(TETE + ligne() + ligne(), attendu()) == [Constat.DOUTEUX] * 2


@pytest.mark.parametrize(
    "octets", [b"", b" \r\n", b"PK\x03\x04xx", b"a\0b", b"Nom;Montant\r\nx;1\r\n", TETE.encode()]
)
def test_fichiers_refuses_en_une_phrase(octets: bytes) -> None:
    with pytest.raises(Invalide):
        lire_extraction(decoder(octets))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_aucun_octet_ne_casse_la_lecture(octets: bytes) -> None:
    with contextlib.suppress(Invalide):
        lire_extraction(decoder(TETE.encode() + octets))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 3)), max_size=8),
    st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 3), st.booleans()), max_size=6),
)
def test_jamais_deux_lignes_pour_un_versement(
    lues: list[tuple[str, int]], nos: list[tuple[str, int, bool]]
) -> None:
    payes = [Paye(i, SIRET, r, 2027, m, PAYE_LE) for i, (r, m) in enumerate(lues)]
    connus = [
        attendu(
            i, references=frozenset({r}), montant=m, mandate=not p, paye_le=PAYE_LE if p else None
        )
        for i, (r, m, p) in enumerate(nos)
    ]
    sortie = rapprocher(payes, connus, JOUR)
    assert [r.paye for r in sortie] == payes
    surs = [r for r in sortie if r.constat in (Constat.CONCORDANT, Constat.DEJA_CONNU)]
    assert max(Counter(r.attendu.id for r in surs if r.attendu).values(), default=0) <= 1
    for r in surs:
        assert r.attendu is not None and r.attendu.montant == r.paye.montant
        assert r.attendu.mandate == (r.constat is Constat.CONCORDANT)


def test_vingt_mille_lignes_en_moins_de_dix_secondes() -> None:
    texte = TETE + "".join(ligne(ej=str(i + 1), montant=f"{i + 1},07") for i in range(20_000))
    connus = [
        attendu(i, references=frozenset({str(i + 1)}), montant=(i + 1) * 100 + 7, siret=SIRET)
        for i in range(300)
    ]
    debut = time.process_time()
    sortie = rapprocher(lire_extraction(texte), connus, JOUR)
    assert time.process_time() - debut < 10
    assert sum(r.constat is Constat.CONCORDANT for r in sortie) == 300


@pytest.mark.parametrize(
    ("titulaire", "juste"),
    [
        ("ASSOC ATELIERS DU CERF VOLANT", True),
        ("Les ateliers du cerf-volant", True),
        ("LACV", True),
        ("Association les amis", False),
        ("M. Jean Dupond", False),
    ],
)
def test_titulaire_du_compte(titulaire: str, juste: bool) -> None:
    assert titulaire_ressemble(titulaire, "Les Ateliers du Cerf-volant", "LACV") is juste
