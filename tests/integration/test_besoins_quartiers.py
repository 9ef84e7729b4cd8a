"""The page that compares the needs of the quartiers, on the signed contract and on a small one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from aap.domaine.besoin import COMBINAISONS
from aap.extensions import db
from aap.models import Contrat
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.besoins_quartiers import Besoins, besoins_du_contrat
from aap.services.referentiel import charger_contrat
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes


@pytest.fixture
def contrat(session) -> Contrat:
    charger_contrat(lire_contrat(DONNEES / "gosb-2024-2030"))
    db.session.commit()
    return session.query(Contrat).one()


def lire(contrat: Contrat, theme: str = "plein_emploi", **options) -> Besoins:
    page = besoins_du_contrat(contrat, theme, **options)
    assert page is not None
    return page


def test_chaque_theme_et_chaque_tri(contrat: Contrat) -> None:
    for theme in COMBINAISONS:
        page = lire(contrat, theme)
        assert page.theme == theme and len(page.lignes) >= 35
        besoins = [x.besoin.valeur for x in page.lignes]
        assert besoins == sorted(besoins, reverse=True)
        for tri in page.tris:
            for sens in (True, False):
                rangee = lire(contrat, theme, tri=tri, decroissant=sens)
                assert {x.quartier.id for x in rangee.lignes} == {
                    x.quartier.id for x in page.lignes
                }
    assert lire(contrat, "inconnu", tri="inconnu").theme in COMBINAISONS


def test_ce_que_dit_le_contrat(contrat: Contrat) -> None:
    """Lutèce: 29,7 % of unemployment, first; Commune de Paris: copied figures, not counted."""
    page = lire(contrat, tri="taux_chomage")
    premier = page.lignes[0].valeurs[0]
    assert premier.valeur == Fraction(297, 10) and premier.rang is not None
    assert premier.rang.rang == 1 and premier.rang.effectif >= 34
    [sans] = page.sans_valeur
    assert "Paris" in sans.quartier.nom and all(v.douteuse for v in sans.valeurs)
    pauvrete = lire(contrat, "transition", tri="taux_pauvrete", decroissant=False)
    inconnus = [x for x in pauvrete.lignes if x.valeurs[0].valeur is None]
    assert inconnus and pauvrete.lignes[-len(inconnus) :] == inconnus


def test_requetes_constantes(contrat: Contrat) -> None:
    n = compter_requetes(lambda: lire(contrat))
    assert n <= 7
    assert compter_requetes(lambda: lire(contrat, "emancipation", vises=["a", "b"])) <= n


def test_la_page(contrat: Contrat, client: FlaskClient) -> None:
    adresse = f"/contrats/{contrat.code}/besoins"
    soupe = BeautifulSoup(client.get(f"{adresse}?theme=plein_emploi").text, "html.parser")
    barres = soupe.select("figure ol li")
    lignes = soupe.select("table tbody tr")
    assert len(barres) == len(lignes) >= 35
    assert barres[0].select_one(".graphique-valeur").text == lignes[0].find("td").text.strip()
    assert "valeur douteuse, non comptée" in soupe.text
    vise = lignes[3].find("a")["href"].rsplit("/", 1)[1]
    montree = client.get(f"{adresse}?theme=plein_emploi&quartier={vise}&tri=nom&sens=asc").text
    assert montree.lower().count("quartier montré") == 2
    for bizarre in ("?theme=%00", "?tri=drop&sens=haut", "?quartier=" + "x" * 3000):
        assert client.get(adresse + bizarre).status_code == 200
    assert client.get("/contrats/rien/besoins").status_code == 404


def test_sans_theme_ni_indicateur(session, client: FlaskClient) -> None:
    decor = o.planter()
    db.session.commit()
    page = client.get(f"/contrats/{decor.contrat.code}/besoins")
    assert page.status_code == 200 and "Quartier Est" in page.text
