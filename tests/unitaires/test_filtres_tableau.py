"""The rows of a board are made of strings: nothing that people wrote can act on the page."""

from __future__ import annotations

from bs4 import BeautifulSoup

from aap.filtres_tableau import rangee_tableau
from aap.requetes.grille_scenario import CelluleVue, RangeeVue
from aap.requetes.tableau import RangeeTableau
from workflows.dossier import EtatDossier

HOSTILE = "\"'><script>alert(1)</script>&amp;"


def vue(**change: object) -> RangeeVue:
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
        lignes=(),
    )._replace(**change)
    cellule = CelluleVue(2, 3, 4, HOSTILE, "1\u202f200", 5, True, HOSTILE, 120_000, HOSTILE)
    return RangeeVue(rangee, HOSTILE, 0, (cellule,), 1)


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
    assert rangee is not None and rangee["data-lieux"] == HOSTILE and rangee.has_attr("data-pluri")
    assert lien is not None and lien["href"] == f"/d/7?sel={HOSTILE}" and lien.text == HOSTILE
    assert [td.get("colspan") for td in page.find_all("td")] == ["2", None, "1"]


def test_sans_ecriture_les_montants_sont_du_texte() -> None:
    page = BeautifulSoup(rangee_tableau(vue(intitule=""), False, {}, None), "html.parser")
    fixe = page.find("span", class_="fixe")
    assert fixe is not None and fixe.text == "1\u202f200\u00a0€"
    assert page.find("input") is None and page.find("a") is None
    assert HOSTILE in page.text  # its number, when the action has no title
