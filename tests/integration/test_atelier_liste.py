"""The workbench: pages by places, saved views, columns, search in the answers, neighbours."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from aap.extensions import db
from aap.models import Dossier, Reponse, RoleHabilitation, VueListe
from aap.permissions import charger_acteur
from aap.requetes.filtres_dossiers import TRIS, lire_adresse, lire_filtres
from aap.requetes.instruction import PAR_PAGE, PageListe, liste
from aap.requetes.voisins import voisins
from aap.services.recherche import indexer
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes, connecte
from workflows.dossier import EtatDossier

R = RoleHabilitation


def _ids(page: PageListe) -> list[int]:
    return [ligne.id for ligne in page.lignes]


def _tout(decor: o.Decor, tri: str, sens: str) -> list[list[int]]:
    """Every page, from the first to the last, by « suivante »."""
    acteur, pages, suite = charger_acteur(decor.instructrice), [], {}
    while True:
        page = liste(acteur, lire_filtres({"tri": tri, "sens": sens, **suite}))
        pages.append(_ids(page))
        if page.suivante is None:
            return pages
        suite = {"apres": page.suivante.adresse}


@pytest.mark.parametrize("sens", ["asc", "desc"])
@pytest.mark.parametrize("tri", sorted(TRIS))
def test_pages_completes_dans_les_deux_sens(session, tri: str, sens: str) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 60)
    pages = _tout(decor, tri, sens)
    aplat = [i for p in pages for i in p]
    assert len(aplat) == len(set(aplat)) == 61
    acteur = charger_acteur(decor.instructrice)
    fin = liste(acteur, lire_filtres({"tri": tri, "sens": sens, "avant": "fin"}))
    assert _ids(fin) == aplat[-PAR_PAGE:] and fin.suivante is None
    avant = lire_filtres({"tri": tri, "sens": sens, "avant": fin.precedente.adresse})
    assert _ids(liste(acteur, avant)) == aplat[-2 * PAR_PAGE : -PAR_PAGE]


def test_page_suivante_stable_quand_un_dossier_arrive(session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 60)
    acteur = charger_acteur(decor.instructrice)
    premiere = liste(acteur, lire_filtres({}))
    attendue = _tout(decor, "depot", "desc")[1]
    neuf = db.session.scalars(select(Dossier).order_by(Dossier.id.desc())).first()
    neuf.depose_le = premiere.lignes[0].depose_le
    db.session.flush()
    suite = liste(acteur, lire_filtres({"apres": premiere.suivante.adresse}))
    assert _ids(suite) == attendue


@given(st.text(max_size=60), st.sampled_from(sorted(TRIS)))
def test_curseur_hostile_ignore(texte: str, tri: str) -> None:
    lus = lire_filtres({"tri": tri, "apres": texte, "avant": texte})
    assert lus.apres is None or lus.apres.dossier_id > 0
    assert lire_adresse(lus.adresse) == lus.debut
    lire_adresse(texte)


def test_place_vide_ramene_a_la_premiere_page(session) -> None:
    decor = o.planter()
    acteur = charger_acteur(decor.instructrice)
    page = liste(acteur, lire_filtres({"tri": "montant", "sens": "asc", "apres": "99999999999~9"}))
    assert _ids(page) == [decor.dossier.id] and page.precedente is None


def test_recherche_dans_les_reponses(app: Flask, session) -> None:
    decor = o.planter()
    db.session.add(
        Reponse(dossier_id=decor.dossier.id, champ="description", valeur="Un atelier de théâtre")
    )
    db.session.flush()
    db.session.refresh(decor.dossier)
    indexer(decor.dossier)
    acteur = charger_acteur(decor.instructrice)
    assert liste(acteur, lire_filtres({"q": "THEATRE"})).total == 0
    assert liste(acteur, lire_filtres({"q": "THEATRE ete", "textes": "1"})).total == 1
    assert liste(acteur, lire_filtres({"q": "theatre danse", "textes": "1"})).total == 0


def test_colonnes_choisies(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    html = client.get("/instruction/?col=instructeur&col=financeurs&col=inconnue").text
    assert 'data-label="Confié à"' in html and 'data-label="Financeurs"' in html
    assert 'data-label="Organisme"' not in html


def test_vues_gardees_par_defaut_et_supprimees(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    saisie = {"nom": "Mes retards", "par_defaut": "y", "adresse": "q=ete&tri=montant&pirate=1"}
    reponse = client.post("/instruction/vues", data=saisie)
    assert reponse.status_code == 303
    vue = db.session.scalars(select(VueListe)).one()
    assert lire_adresse(vue.adresse).q == "ete" and "pirate" not in vue.adresse
    ouverte = client.get("/instruction/")
    assert ouverte.status_code == 303 and "q=ete" in ouverte.headers["Location"]
    assert "Mes retards" in client.get(ouverte.headers["Location"]).text
    autre = connecte(app, decor.collegue)
    assert autre.get("/instruction/").status_code == 200
    for suite in ("defaut", "suppression"):
        assert autre.post(f"/instruction/vues/{vue.id}/{suite}").status_code == 403
    client.post("/instruction/vues", data={**saisie, "nom": "Seconde"})
    assert [v.nom for v in db.session.scalars(select(VueListe)) if v.par_defaut] == ["Seconde"]
    assert client.post(f"/instruction/vues/{vue.id}/suppression").status_code == 303
    assert len(db.session.scalars(select(VueListe)).all()) == 1


def test_vue_sans_nom_refusee_sans_perdre_la_liste(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    reponse = client.post("/instruction/vues", data={"nom": " ", "adresse": "q=ete"})
    assert reponse.status_code == 422
    assert "Été à l’école" in reponse.text and 'value="ete"' in reponse.text


def test_voisins_suivent_la_liste_ouverte(app: Flask, session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 30)
    acteur = charger_acteur(decor.instructrice)
    for tri in TRIS:
        filtres = lire_filtres({"tri": tri, "sens": "asc"})
        ids = [i for p in _tout(decor, tri, "asc") for i in p]
        for rang in (0, 12, len(ids) - 1):
            autour = voisins(acteur, filtres, db.session.get_one(Dossier, ids[rang]))
            assert autour.precedent == (ids[rang - 1] if rang else None)
            assert autour.suivant == (ids[rang + 1] if rang + 1 < len(ids) else None)


def test_selection_suit_le_dossier_d_acte_en_acte(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    o.dossiers_en_plus(decor, 3)
    client = connecte(app, decor.instructrice)
    html = client.get("/instruction/?tri=intitule&sens=asc&q=action").text
    lien = unescape(re.search(r'data-ouvrir href="([^"]+)"', html).group(1))
    page = client.get(lien).text
    assert "Dossier suivant" in page and "Premier de la liste" in page
    assert "q=action&amp;tri=intitule" in page  # the way back to the list
    base = f"/instruction/dossiers/{decor.dossier.id}"
    acte = client.post(
        f"{base}/actes/prendre_en_instruction?sel=tri%3Dintitule",
        data={"version": decor.dossier.version},
    )
    assert acte.status_code == 303 and "sel=tri" in acte.headers["Location"]
    assert "sel=" not in client.get(base).text


def test_mon_avis_mene_a_ma_ligne(app: Flask, session) -> None:
    decor = o.planter()
    adresse = f"/instruction/dossiers/{decor.dossier.id}/mon-avis"
    vers = connecte(app, decor.collegue).get(adresse).headers["Location"]
    assert vers.endswith(f"/instruction/financements/{decor.ligne_ville.id}/avis")
    copil = f.agent(R.COPIL, decor.contrat, nom="Décide")
    assert connecte(app, copil).get(adresse).headers["Location"].endswith("#financeurs")


def test_requetes_constantes_au_milieu(app: Flask, session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 200)
    client = connecte(app, decor.instructrice)
    acteur = charger_acteur(decor.instructrice)
    suite = liste(acteur, lire_filtres({})).suivante.adresse
    assert compter_requetes(lambda: client.get(f"/instruction/?apres={suite}")) <= 12
