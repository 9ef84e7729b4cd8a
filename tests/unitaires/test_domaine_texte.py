"""Text helpers."""

import re

from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.texte import (
    accorder,
    ecourter,
    enumerer,
    nettoyer,
    nom_fichier_sur,
    normaliser,
    slug,
    typo,
)


def test_normaliser() -> None:
    attendu = "l hay les roses"
    for texte in ("L’Haÿ-les-Roses", "l'hay  LES roses", " L‘HAŸ‑LES‑ROSES "):
        assert normaliser(texte) == attendu
    assert normaliser("Cœur d’Orly — Ex æquo, n°2") == "coeur d orly ex aequo n 2"
    assert normaliser("e\u0301te\u0301") == normaliser("été") == "ete"


@given(st.text())
def test_normaliser_idempotent(texte: str) -> None:
    cle = normaliser(texte)
    assert normaliser(cle) == cle
    assert cle == " ".join(cle.split())


@given(st.text(), st.integers(1, 40))
def test_slug(texte: str, longueur: int) -> None:
    s = slug(texte, longueur)
    assert len(s) <= longueur
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", s)


@given(st.text(), st.integers(0, 50))
def test_ecourter(texte: str, longueur: int) -> None:
    court = ecourter(texte, longueur)
    assert len(court) <= longueur or len(" ".join(texte.split())) <= longueur


def test_ecourter_entre_les_mots() -> None:
    assert ecourter("Ateliers de français pour tous", 20) == "Ateliers de…"
    assert ecourter("Bref", 20) == "Bref"
    assert ecourter("Anticonstitutionnellement", 5) == "Anti…"


def test_nom_fichier() -> None:
    assert nom_fichier_sur("../../etc/Budget prévisionnel (v2).PDF") == "budget-previsionnel-v2.pdf"
    assert nom_fichier_sur("C:\\temp\\con.txt") == "con-document.txt"
    assert nom_fichier_sur("...") == "document"
    assert nom_fichier_sur("été") == "ete"
    assert nom_fichier_sur(".htaccess") == "document.htaccess"


@given(st.text())
def test_nom_fichier_toujours_sur(texte: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]{1,8})?", nom_fichier_sur(texte))


def test_nettoyer() -> None:
    assert nettoyer(" a\r\nb\rc \x00\u202e d\u200b ") == "a\nb\nc  d"
    assert nettoyer("a\nb\t c", lignes=False) == "a b c"
    assert nettoyer("e\u0301") == "é"


def test_typo() -> None:
    assert typo("L'action dure 2 jours ; oui !") == "L’action dure 2 jours\u202f; oui\u202f!"
    assert typo("« oui » : 1 200 €") == "«\u00a0oui\u00a0»\u00a0: 1\u202f200\u00a0€"
    assert typo("a:b 12:30") == "a:b 12:30"


@given(st.text(alphabet="aé' ;:!?«»€12"))
def test_typo_idempotent(texte: str) -> None:
    assert typo(typo(texte)) == typo(texte)


def test_accord_et_liste() -> None:
    assert accorder(1, "dossier") == "1\u00a0dossier"
    assert accorder(0, "dossier") == "0\u00a0dossier"
    assert accorder(1200, "journal", "journaux") == "1\u202f200\u00a0journaux"
    assert (
        enumerer([]) == "" and enumerer(["a"]) == "a" and enumerer(["a", "b", "c"]) == "a, b et c"
    )
