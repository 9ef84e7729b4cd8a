"""Merge fields and models of acts: strict reading, clauses, and the standard text word for word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.documents import arrete, convention
from aap.documents.depuis_modele import avec_modele, valeurs_de
from aap.domaine.cpo import TypeActe
from aap.domaine.fusion import (
    CHAMPS,
    FusionImpossible,
    Liste,
    Paragraphe,
    champs_de,
    fautes_de,
    fusionner,
)
from aap.domaine.modele_acte import (
    Article,
    Condition,
    Faits,
    bloquants,
    de_json,
    en_json,
    problemes_modele,
    retenus,
)
from aap.domaine.modele_base import texte_type
from tests.unitaires import donnees_documents as X

JOUR = date(2027, 3, 1)
VALEURS = {c.code: f"<{c.code}>" for c in CHAMPS}
A = TypeActe.ARRETE
MORCEAUX = st.sampled_from(
    ["{{", "}}", "{", "}", " ", "\n", "- ", "montant", "organisme.nom", "echeancier", "é<b>&"]
)


def clair(piece: Any) -> str:
    groupes = piece.elements if isinstance(piece, Liste) else (piece.morceaux,)
    return "\n".join("".join(t.texte for t in g) for g in groupes)


@given(st.one_of(st.text(), st.lists(MORCEAUX, max_size=30).map("".join)))
def test_any_text_is_merged_or_told_in_french(corps: str) -> None:
    """Never another error; what is merged keeps no brace of a field."""
    try:
        pieces = fusionner(corps, A, VALEURS)
    except FusionImpossible as refus:
        assert refus.phrases and all(p.endswith((".", "?")) for p in refus.phrases)
        assert fautes_de(corps, A)
        return
    assert not fautes_de(corps, A)
    for p in pieces:
        if isinstance(p, Paragraphe | Liste):
            assert "{{" not in clair(p) and "}}" not in clair(p)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))).filter(str.strip))
def test_a_value_is_put_in_as_it_is(valeur: str) -> None:
    """A name that looks like a field is a name."""
    pieces = fusionner("Nom : {{ organisme.nom }}.", A, {"organisme.nom": valeur})
    assert [clair(p) for p in pieces] == [f"Nom : {valeur}."]


@pytest.mark.parametrize(
    ("corps", "dit"),
    [
        ("{{ organisme.non }}", "Vouliez-vous écrire"),
        ("Le montant {{ montant", "n’est pas fermé"),
        ("montant }} ici", "ne ferme aucun champ"),
        ("{{ }}", "Un champ est vide"),
        ("{{ action.fin }}", "pour ce type d’acte"),
        ("Voici {{ echeancier }}", "seul sur sa ligne"),
        ("- {{ action.description }}", "seul sur sa ligne"),
        ("{{ organisme.__class__ }}", "n’existe pas"),
        ("{% if 1 %}{{ 1+1 }}", "n’existe pas"),
        (" \n ", "est vide"),
    ],
)
def test_what_is_wrong_is_said(corps: str, dit: str) -> None:
    assert any(dit in phrase for phrase in fautes_de(corps, A))


def test_lists_and_lines_without_value() -> None:
    corps = "Il :\n- {{ organisme.nom }}\n- paie\nQuartiers : {{ action.quartiers }}."
    pieces = fusionner(corps, A, VALEURS | {"action.quartiers": ""})
    assert [clair(p) for p in pieces] == ["Il :", "<organisme.nom>\npaie"]


def texte_pdf(octets: bytes) -> str:
    return " ".join(
        " ".join(p.extract_text().split()) for p in pypdf.PdfReader(BytesIO(octets)).pages
    )


@pytest.mark.parametrize(
    ("type_acte", "donnees", "produire"),
    [
        (TypeActe.ARRETE, X.arrete, arrete.produire),
        (TypeActe.ANNUELLE, lambda: X.convention("annuelle"), convention.produire),
        (TypeActe.CPO, lambda: X.convention("cpo", 3), convention.produire),
    ],
)
def test_the_standard_model_prints_the_standard_text(
    type_acte: TypeActe, donnees: Callable[[], Any], produire: Callable[[Any], bytes]
) -> None:
    d = donnees()
    imprime = produire(avec_modele(d, texte_type(type_acte), JOUR))
    assert texte_pdf(imprime) == texte_pdf(produire(d))
    assert set(valeurs_de(d)) >= {c.code for c in champs_de(type_acte)}
    assert bloquants(problemes_modele(texte_type(type_acte), type_acte, JOUR)) == []


def test_each_clause_is_asked_for() -> None:
    """Whatever article is missing, the check names what the act no longer says."""
    articles = texte_type(TypeActe.ANNUELLE)
    portent = {
        "Objet": "l’objet",
        "Montant de la subvention": "le montant",
        "Versements": "les versements",
        "Obligations du bénéficiaire": "l’emploi",
        "Part non dépensée": "la part non dépensée",
        "Contrat d’engagement républicain": "républicain",
        "Communication": "logo",
    }
    for titre, mot in portent.items():
        restent = [a for a in articles if a.titre != titre]
        phrases = [p.message for p in problemes_modele(restent, TypeActe.ANNUELLE, JOUR)]
        assert any(mot in x for x in phrases), titre
    sans_controle = [
        a for a in articles if not any(m in a.corps.lower() for m in ("contrôl", "vérifi"))
    ]
    phrases = [p.message for p in problemes_modele(sans_controle, TypeActe.ANNUELLE, JOUR)]
    assert any("le contrôle" in x for x in phrases)


def test_dated_articles_must_follow_one_another() -> None:
    """An article that ends leaves no day without what the law wants."""
    base = [a for a in texte_type(TypeActe.ANNUELLE) if a.titre != "Communication"]
    fin = Article(90, "Communication", "Il montre le logo.", au=date(2027, 12, 31))
    [trou] = problemes_modele([*base, fin], TypeActe.ANNUELLE, JOUR)
    assert "01/01/2028" in trou.message
    suite = Article(91, "Communication", "Il montre le nouveau logo.", du=date(2028, 1, 1))
    assert problemes_modele([*base, fin, suite], TypeActe.ANNUELLE, JOUR) == []
    faits = Faits(association=True, montant=1, qpv=False, avance=False)
    pris = [retenus([fin, suite], faits, d) for d in (date(2027, 12, 31), date(2028, 1, 1))]
    assert pris == [[fin], [suite]]
    assert de_json(en_json([fin, suite])) == [fin, suite]


def test_conditions() -> None:
    faits = Faits(association=False, montant=23_000_00, qpv=True, avance=False)
    tenues = {c for c in Condition if faits.remplit(c)}
    assert tenues == {Condition.TOUJOURS, Condition.AUTRE_ORGANISME, Condition.QPV}
    assert Faits(True, 23_000_01, False, True).remplit(Condition.PLUS_DE_23000)
