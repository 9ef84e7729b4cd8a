"""The CPO objective: its rates against a slow reading, its lists, who reads what."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from aap.domaine.cpo import FiltreCpo
from aap.domaine.objectif_cpo import Stade
from aap.extensions import db
from aap.models import Convention, TypeConvention
from aap.requetes.calendrier_cpo import calendrier_cpo
from aap.requetes.choix_cpo import PARTS, VUES, ChoixCpo, lire_choix
from aap.requetes.objectif_cpo import lire_actes, liste_actes, vue_cpo
from tests.integration.test_pages_finance import connecter
from tests.outils_cpo import (
    ANNEES,
    DecorCpo,
    Vu,
    communes_de,
    compter,
    lecteur,
    planter_cpo,
    retenus,
    tout_lire,
)
from tests.outils_porteur import compter_requetes
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

LENTEURS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def decor(base_partagee: Flask) -> Iterator[DecorCpo]:
    with base_partagee.app_context():
        plante = planter_cpo()
        db.session.commit()
        yield plante


@pytest.fixture(scope="module")
def vus(decor: DecorCpo) -> list[Vu]:
    return tout_lire()


@st.composite
def filtres(tirer: Any) -> FiltreCpo:
    return FiltreCpo(
        associations_seulement=tirer(st.booleans()),
        sans_dispositifs=tirer(st.frozensets(st.sampled_from(["pre", "quartiers_ete"]))),
        conventions_seulement=tirer(st.booleans()),
    )


@given(data=st.data())
@settings(max_examples=16, deadline=None, suppress_health_check=LENTEURS)
def test_chaque_chiffre_est_celui_d_un_compte_a_la_main(
    decor: DecorCpo, vus: list[Vu], data: Any
) -> None:
    d = decor
    qui = data.draw(st.sampled_from([d.coordination, d.finance]))
    choix = ChoixCpo(
        filtre=data.draw(filtres()),
        exercice=data.draw(st.sampled_from([*ANNEES, 2028])),
        financeur=data.draw(st.sampled_from([None, None, *d.financeurs])),
        campagne=data.draw(st.sampled_from([None, None, None, *d.campagnes])),
        commune=data.draw(st.sampled_from([None, None, 0, *d.communes])),
        orientation=data.draw(st.sampled_from([None, None, 0, *d.orientations])),
        stade=data.draw(st.sampled_from(list(Stade))),
        vue=data.draw(st.sampled_from(list(VUES))),
        part=data.draw(st.sampled_from(PARTS)),
    )
    acteur = lecteur(qui)
    lus = set(d.financeurs if qui == d.coordination else d.financeurs[:1])
    mien = retenus(vus, choix, lus)
    vue = vue_cpo(acteur, choix)
    du = [v for v in mien if v.annee == choix.exercice]
    for s in vue.situations:
        assert s.compte == compter([v for v in du if v.stade <= s.stade])
    for annee, c in vue.annees:
        assert c == compter([v for v in mien if v.annee == annee and v.stade <= choix.stade])
    du = [v for v in du if v.stade <= choix.stade]
    cles = {
        "financeur": lambda v: {v.financeur},
        "campagne": lambda v: {v.dossier.campagne_id},
        "orientation": lambda v: {v.dossier.orientation_id or 0},
        "commune": lambda v: communes_de(v.dossier) or {0},
        "annee": lambda v: {v.annee},
    }[choix.vue]
    if choix.vue != "annee":
        assert {x.cle for x in vue.lignes} == {c for v in du for c in cles(v)}
    _verifier_liste(acteur, choix, vus, lus, vue.ecartes)
    for x in vue.lignes:
        assert x.compte == compter(
                [v for v in (mien if choix.vue == "annee" else du)
                 if x.cle in cles(v) and v.stade <= choix.stade]
            )  # fmt: skip


def _verifier_liste(acteur: Any, choix: ChoixCpo, tous: Any, lus: set[int], ecartes: int) -> None:
    """The list behind the figure holds the rows of the reference, page after page."""
    ici = [v for v in tous if v.annee == choix.exercice and v.stade <= choix.stade]
    gardes = retenus(ici, choix, lus)
    sans_cases = replace(choix, filtre=FiltreCpo(False, frozenset(), False))
    attendus = {
        "tous": gardes,
        "cpo": [v for v in gardes if v.genre == "cpo"],
        "autres": [v for v in gardes if v.genre != "cpo"],
        "ecartes": [v for v in retenus(ici, sans_cases, lus) if v not in gardes],
    }[choix.part]
    if choix.part == "ecartes":
        assert ecartes == len(attendus)
    liste = liste_actes(acteur, choix)
    assert (liste.total, liste.montant) == (len(attendus), sum(v.montant for v in attendus))
    lues = list(lire_actes(acteur, choix))
    assert sorted(x.montant for x in lues) == sorted(v.montant for v in attendus)
    pages = [liste_actes(acteur, replace(choix, page=n)) for n in range(1, liste.pages + 1)]
    assert [tuple(x) for p in pages for x in p.lignes] == [tuple(x) for x in lues]


def test_l_adresse_dit_tout_et_se_relit() -> None:
    c = lire_choix({"filtre": "1", "pre": "1", "commune": "0", "situation": "projection"})
    assert c.commune == 0 and c.stade is Stade.PREVU and c.filtre.conventions_seulement
    assert lire_choix({k: str(v) for k, v in c.adresse().items()}) == c
    mauvais = {"exercice": "99999", "commune": "x", "vue": "?", "part": "1", "situation": "²"}
    assert lire_choix(mauvais) == ChoixCpo()


def test_les_pages_et_leur_export(decor: DecorCpo, base_partagee: Flask) -> None:
    coordination = connecter(base_partagee.test_client(), lecteur(decor.coordination))
    finance = connecter(base_partagee.test_client(), lecteur(decor.finance))
    fin = "situation=projection&filtre=1&arretes=1&autres=1&pre=1&ete=1&exercice=2026"
    page = coordination.get(f"/finance/cpo?vue=commune&{fin}").text
    assert "<title id=" in page and "<desc id=" in page and "style=" not in page
    assert "Ville d’essai" in coordination.get(f"/finance/cpo?{fin}").text
    mienne = finance.get(f"/finance/cpo?{fin}").text
    assert "Ville d’essai" not in mienne and "Préfecture d’essai" in mienne
    ailleurs = finance.get(f"/finance/cpo/actes?financeur={decor.financeurs[1]}&{fin}")
    assert ailleurs.status_code == 200 and "Aucun acte" in ailleurs.text
    texte = finance.get(f"/finance/cpo/actes.csv?{fin}").data.decode("utf-8-sig")
    rangees = list(csv.DictReader(StringIO(texte, newline=""), delimiter=";"))
    total = liste_actes(lecteur(decor.finance), lire_choix(_lire_adresse(fin)))
    assert len(rangees) == total.total
    assert {r["Financeur"] for r in rangees} == {"Préfecture d’essai"}
    for mauvaise in ("exercice=0", "exercice=2099", "page=9999", "commune=2147483647", "vue=x"):
        for adresse in ("cpo", "cpo/actes", "cpo/actes.csv"):
            assert coordination.get(f"/finance/{adresse}?{mauvaise}").status_code == 200


def _lire_adresse(texte: str) -> dict[str, str]:
    return dict(x.split("=") for x in texte.split("&"))


def test_requetes_constantes(decor: DecorCpo, base_partagee: Flask) -> None:
    client: FlaskClient = connecter(base_partagee.test_client(), lecteur(decor.coordination))
    for chemin, plafond in (("/finance/cpo", 12), ("/finance/cpo/actes", 9)):
        assert compter_requetes(lambda c=chemin: client.get(c)) <= plafond, chemin


def test_le_calendrier(decor: DecorCpo, base_partagee: Flask) -> None:
    """Every CPO that runs, once, the nearest yearly act first; a finance officer sees her own."""
    for qui, lus in ((decor.coordination, decor.financeurs), (decor.finance, decor.financeurs[:1])):
        attendues = {
            c.id
            for c in db.session.scalars(select(Convention))
            if c.type is TypeConvention.CPO
            and c.etat in (EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR)
            and c.financeur_id in lus
            and not c.dossier.campagne.bac_a_sable
        }
        liste = calendrier_cpo(lecteur(qui), ChoixCpo())
        assert liste.pages == 1 and {x.convention.id for x in liste.lignes} == attendues
        suites = [x.prochaine.exercice if x.prochaine else 9999 for x in liste.lignes]
        assert suites == sorted(suites)
        for x in liste.lignes:
            prevues = [t for t in x.tranches if t.etat is EtatTranche.PREVISIONNELLE]
            assert x.prochaine is (prevues[0] if prevues else None)
    client = connecter(base_partagee.test_client(), lecteur(decor.finance))
    page = client.get("/finance/cpo/calendrier?exercice=2027&financeur=x")
    assert page.status_code == 200 and "Ville d’essai" not in page.text
    assert compter_requetes(lambda: client.get("/finance/cpo/calendrier")) <= 10
