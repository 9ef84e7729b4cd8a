"""The file of a grid: read back as written, every fault told with its field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aap.domaine.erreurs import Invalide
from aap.domaine.grille import CritereLu, GrilleLue, ecrire_grille, lire_grille

RESERVES = ("etat", "commune")
CALCULS = ("besoin", "public")
ANCRES = ["a", "b", "c", "d", "e"]
MOTS = st.text("abcdé ’", min_size=1, max_size=20).filter(lambda t: t == " ".join(t.split()) and t)


def lire(octets: bytes) -> GrilleLue:
    return lire_grille(octets, reserves=RESERVES, calculs=CALCULS)


def fichier(**changements: Any) -> bytes:
    critere = {"code": "qualite", "libelle": "Qualité", "poids": 100, "ancres": ANCRES}
    corps = {"nom": "Essai", "criteres": [critere | changements]}
    return json.dumps(corps).encode()


def fautes(octets: bytes) -> list[str]:
    with pytest.raises(Invalide) as refus:
        lire(octets)
    return [p.message for p in refus.value.problemes]


@given(
    st.lists(
        st.builds(
            CritereLu,
            code=st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
            libelle=MOTS,
            poids=st.integers(1, 100),
            aide=st.just("") | MOTS,
            ancres=st.tuples(*[MOTS] * 5),
            eliminatoire_sous=st.none() | st.integers(1, 4),
            sans_objet_permis=st.booleans(),
            reserve_a=st.sets(st.sampled_from(RESERVES)).map(lambda s: tuple(sorted(s))),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda c: c.code,
    )
)
def test_ce_qui_est_ecrit_est_relu(criteres: list[CritereLu]) -> None:
    lue = lire(ecrire_grille("Grille", criteres).encode("utf-8-sig"))
    assert lue == GrilleLue("Grille", tuple(criteres))


@pytest.mark.parametrize(
    ("changements", "attendu"),
    [
        ({"poids": 0}, "criteres[0].poids"),
        ({"poids": 12.5}, "criteres[0].poids"),
        ({"poids": True}, "criteres[0].poids"),
        ({"libelle": 3}, "criteres[0].libelle"),
        ({"code": "Qualité"}, "criteres[0].code"),
        ({"ancres": ["a"]}, "criteres[0].ancres"),
        ({"ancres": ["a", "b", "", "d", "e"]}, "criteres[0].ancres.2"),
        ({"mode": "magique"}, "criteres[0].mode"),
        ({"mode": "calcule"}, "criteres[0].code"),
        ({"eliminatoire_sous": 9}, "criteres[0].eliminatoire_sous"),
        ({"sans_objet_permis": "oui"}, "criteres[0].sans_objet_permis"),
        ({"reserve_a": ["mairie"]}, "criteres[0].reserve_a"),
        ({"reserve_a": "commune"}, "criteres[0].reserve_a"),
        ({"aide": "x" * 1001}, "criteres[0].aide"),
    ],
)
def test_chaque_faute_nomme_son_champ(changements: dict[str, Any], attendu: str) -> None:
    assert any(f.startswith(attendu) for f in fautes(fichier(**changements)))


def test_toutes_les_fautes_d_un_coup() -> None:
    dites = fautes(fichier(poids=0, libelle="", ancres=None))
    assert len(dites) == 3


def test_ce_qui_est_tolere() -> None:
    lue = lire(fichier(poids=" 100 ", couleur="rouge"))
    assert lue.criteres[0].poids == 100
    assert lue.ignores == ("criteres[0].couleur",)


def test_un_code_deux_fois() -> None:
    un = json.loads(fichier())["criteres"][0]
    octets = json.dumps({"nom": "Essai", "criteres": [un, un]}).encode()
    assert any("criteres[1].code" in f for f in fautes(octets))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"{" * 5000,
        b"[" * 100_000,
        b'{"nom": "x", "criteres": [1, null, []]}',
        b'{"nom": "x", "criteres": {}}',
        b'{"nom": ["x"], "criteres": []}',
        b'{"format": "autre", "version": 7}',
        b" " * 200_001,
        b'{"nom": "x", "criteres": [{"poids": 1' + b"0" * 5000 + b"}]}",
    ],
)
def test_un_fichier_hostile_est_refuse_en_mots(octets: bytes) -> None:
    assert all(f for f in fautes(octets))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda x: (
            st.lists(x, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["nom", "criteres", "code", "poids", "ancres", "mode", "reserve_a", "x"]
                ),
                x,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_n_importe_quel_json_est_lu_ou_refuse(corps: Any) -> None:
    try:
        lire(json.dumps(corps).encode())
    except Invalide as refus:
        assert refus.problemes
