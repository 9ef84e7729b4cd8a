"""Passwords: what is refused, and how they are kept."""

from __future__ import annotations

import time
import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from aap.domaine.appareil import nom_appareil
from aap.domaine.mots_de_passe import (
    LONGUEUR_MAX,
    LONGUEUR_MIN,
    mots_courants,
    refus_mot_de_passe,
)
from aap.services.hachage import (
    a_rehacher,
    empreinte,
    hacher_mot_de_passe,
    mot_de_passe_juste,
    nouvelle_cle,
)

IDENTITE = ("camille.roche@ville.exemple", "Camille", "Roche")


@pytest.mark.parametrize(
    "mot",
    [
        "motdepasse123",
        "MotDePasse2026!",
        "M0td3P@sse!!",
        "azertyuiop12",
        "azerty123456",
        "123456789012",
        "098765432109",
        "918273645500",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabc",
        "soleilbonjour",
        "Bienvenue2026!",
        "Printemps2026!",
        "P@ssw0rd1234",
        "demonstration-2026",
        "éTé éTé 2026!!",
        "sesameouvretoi",
        "qsdfghjklm1234",
    ],
)
def test_trop_courant(mot: str) -> None:
    assert "trop facile" in refus_mot_de_passe(mot)


@pytest.mark.parametrize(
    "mot",
    [
        "cheval agrafe lampe citron",
        "un vélo sous la pluie",
        "Tr4in-Nuage-Vis",
        "bleu-lampe-tiroir-42",
        "x7#9kQ2!vB4z",
        "пароль из слов кит",
        "كلمة سر طويلة جدا",
        "8!29#17$46%50",
    ],
)
def test_accepte(mot: str) -> None:
    assert refus_mot_de_passe(mot, IDENTITE) == ""


def test_longueur() -> None:
    assert str(LONGUEUR_MIN) in refus_mot_de_passe("court")
    assert refus_mot_de_passe("x" * (LONGUEUR_MAX + 1)).endswith("caractères.")
    assert LONGUEUR_MIN == 12


@pytest.mark.parametrize("mot", ["un.Camille.bleu.9", "les roches du lac 7", "ROCHE rouge vif 8"])
def test_nom_dedans(mot: str) -> None:
    assert "votre nom" in refus_mot_de_passe(mot, IDENTITE)


def test_la_liste_est_fournie() -> None:
    assert len(mots_courants()) > 500
    assert all(mot.isascii() and mot.islower() for mot in mots_courants())


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_ne_casse_jamais(texte: str) -> None:
    assert isinstance(refus_mot_de_passe(texte, IDENTITE), str)


def test_parametres_argon2() -> None:
    hache = hacher_mot_de_passe("un vélo sous la pluie")
    assert hache.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not a_rehacher(hache)
    assert a_rehacher(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))


def test_nfkc() -> None:
    """The same password typed on a Mac (decomposed) and on a PC (composed)."""
    compose = unicodedata.normalize("NFC", "été à l’île ﬁne")
    decompose = unicodedata.normalize("NFD", compose)
    assert compose != decompose
    hache = hacher_mot_de_passe(compose)
    assert mot_de_passe_juste(decompose, hache)
    assert mot_de_passe_juste("été à l’île fine", hache)
    assert not mot_de_passe_juste("ete a l’ile fine", hache)


def test_meme_travail_sans_compte() -> None:
    """An address without account costs a verification too."""
    hache = hacher_mot_de_passe("un vélo sous la pluie")

    def mesurer(connu: str | None) -> float:
        debut = time.process_time()
        for _ in range(5):
            assert not mot_de_passe_juste("autre chose", connu)
        return time.process_time() - debut

    mesurer(None)
    avec, sans = mesurer(hache), mesurer(None)
    assert 0.4 < sans / avec < 2.5


def test_hache_abime() -> None:
    assert not mot_de_passe_juste("x", "n’importe quoi")
    assert not mot_de_passe_juste("", None)


def test_cles() -> None:
    une, autre = nouvelle_cle(), nouvelle_cle()
    assert une != autre and len(une) >= 43
    assert len(empreinte(une)) == 64 and empreinte(une) != empreinte(autre)


@pytest.mark.parametrize(
    ("agent", "dit"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36", "Chrome, Android"),
        ("", "Appareil inconnu"),
    ],
)
def test_nom_d_appareil(agent: str, dit: str) -> None:
    assert nom_appareil(agent) == dit
