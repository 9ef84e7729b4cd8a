"""The rows of a board are made of strings: nothing that people wrote can act on the page."""

from __future__ import annotations

import json
from typing import Any

from bs4 import BeautifulSoup

from aap.filtres_tableau import rangee_tableau
from aap.requetes.grille_scenario import RangeeVue
from aap.requetes.tableau import CelluleLue, LigneTableau, OffreTableau, RangeeTableau
from workflows.dossier import EtatDossier

HOSTILE = "\"'><script>alert(1)</script>&amp;"


def vue(**change: Any) -> RangeeVue:
    ligne = LigneTableau(
        3, 7, 1, HOSTILE, False, 120_000, None, None, None, (OffreTableau(4, 120_000, 0),)
    )
    rangee = RangeeTableau(
        id=7,
        etat=EtatDossier.INSTRUIT,
        reference=HOSTILE,
        intitule=HOSTILE,
        organisme=HOSTILE,
        organisme_id=1,
        orientation=HOSTILE,
        quartiers=(),
        communes=(),
        secteurs=(),
        budget=0,
        pluriannuel=True,
        premiere=False,
        renouvellement=False,
        poche=False,
        resultat=None,
        lignes=(ligne,),
    )._replace(**change)
    lue = CelluleLue(3, 4, 120_000, True, HOSTILE, 5)
    colonnes = {2: (0, "a"), 3: (1, "b"), 4: (2, HOSTILE), 5: (3, "c")}
    return RangeeVue(rangee, (lue,), colonnes)


def test_tout_ce_qui_est_ecrit_reste_du_texte() -> None:
    saisis = {"m-3-4": HOSTILE}
    page = BeautifulSoup(
        rangee_tableau(vue(), True, saisis, ("/d/", f"?sel={HOSTILE}")), "html.parser"
    )
    assert page.find("script") is None
    champ = page.find("input")
    assert champ is not None and champ["value"] == HOSTILE and champ["data-motif"] == HOSTILE
    assert champ["aria-label"] == f"{HOSTILE}, {HOSTILE}" and champ.has_attr("data-verrou")
    rangee, lien = page.find("tr"), page.find("a")
    assert (
        rangee is not None
        and rangee["data-lieux"] == json.dumps([f"orientation:{HOSTILE}"])
        and rangee.has_attr("data-pluri")
    )
    assert lien is not None and lien["href"] == f"/d/7?sel={HOSTILE}" and lien.text == HOSTILE
    assert [td.get("colspan") for td in page.find_all("td")] == ["2", None, "1"]


def test_sans_ecriture_les_montants_sont_du_texte() -> None:
    page = BeautifulSoup(rangee_tableau(vue(intitule=""), False, {}, None), "html.parser")
    fixe = page.find("span", class_="fixe")
    assert fixe is not None and fixe.text == "1\u202f200\u00a0€"
    assert page.find("input") is None and page.find("a") is None
    assert HOSTILE in page.text  # its number, when the action has no title
