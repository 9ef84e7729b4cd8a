"""The ledger pages: groups, lines, one line's path; who reads them; constant queries."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from aap.domaine.horloge import horloge_fixee
from aap.domaine.montants import en_euros
from aap.extensions import db
from aap.models import Deport, RoleHabilitation, Utilisateur
from aap.requetes.comptes_argent import Vue, comptes
from aap.requetes.finance import Filtres
from tests import fabriques as f
from tests.integration.test_liasses import autre_ligne, prefecture, valides
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import compter_requetes
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        m.ligne.dossier.intitule = "=1+1 <b>gras</b>"
        valides(m)
        session.commit()
        yield m


def totaux(page: str) -> list[str]:
    pied = BeautifulSoup(page, "html.parser").find("tfoot")
    assert pied is not None
    return [td.text.strip() for td in pied.find_all("td")]


def test_les_vues_ont_le_meme_total_et_menent_aux_lignes(client: FlaskClient, monde: Monde) -> None:
    autre_ligne(monde, "Les Amis du livre")
    anne = connecter(client, monde.anne)
    pages = {v: anne.get(f"/finance/comptes?par={v.value}").text for v in Vue}
    assert len({tuple(totaux(p)) for p in pages.values()}) == 1
    vote = comptes(monde.anne, Filtres(), Vue.ORGANISME).sommes.vote
    assert totaux(pages[Vue.ACTE])[3] == en_euros(vote)
    assert "Pas encore d’acte" in pages[Vue.ACTE]
    for vue, page in pages.items():
        liens = [a["href"] for a in BeautifulSoup(page, "html.parser").select("tbody th a")]
        sommes = []
        for lien in liens:
            lignes = anne.get(str(lien))
            assert lignes.status_code == 200, (vue, lien)
            sommes.append(totaux(lignes.text)[0])
        assert len(sommes) == len(comptes(monde.anne, Filtres(), vue).groupes)
    detail = anne.get(f"/finance/lignes/{monde.ligne.id}").text
    for mot in ("Demandé", "Arbitré", "Voté", "Engagé"):
        assert f">{mot}<" in detail, mot
    assert "<b>gras</b>" not in detail


def test_les_fichiers_disent_chaque_ligne(client: FlaskClient, monde: Monde) -> None:
    anne = connecter(client, monde.anne)
    texte = anne.get("/finance/comptes.csv?exercice=2027").data.decode("utf-8-sig")
    lues = list(csv.DictReader(StringIO(texte, newline=""), delimiter=";"))
    assert len(lues) == 1 and not lues[0]["Action"].startswith("=")
    assert anne.get("/finance/comptes.xlsx").status_code == 200
    assert "Aucune aide" in anne.get("/finance/comptes?q=introuvable").text


@pytest.mark.parametrize(
    "adresse",
    ["?par=acte&cle=999999", "?par=organisme", "?cle=-1", "?cle=²", "?cle=99999999999&page=x"],
)
def test_un_groupe_inconnu(client: FlaskClient, monde: Monde, adresse: str) -> None:
    assert connecter(client, monde.anne).get(f"/finance/comptes/lignes{adresse}").status_code == 404


def test_qui_les_lit(client: FlaskClient, monde: Monde, app: Flask) -> None:
    """Another funder counts its own lines; a déport takes the organisme out of every sum."""
    contrat = prefecture(monde).contrat
    ville = f.financeur(contrat, "ville", "Ville d’essai")
    chloe = f.acteur(f.agent(RoleHabilitation.FINANCE, contrat, ville, "Chloé"))
    assert "Aucune aide" in connecter(client, chloe).get("/finance/comptes").text
    organisme = monde.ligne.dossier.organisme_id
    lignes = f"/finance/comptes/lignes?par=organisme&cle={organisme}"
    assert client.get(lignes).status_code == 404
    sam = connecter(app.test_client(), monde.sam)
    assert sam.get("/finance/comptes").status_code == sam.get(lignes).status_code == 403
    anne = db.session.get_one(Utilisateur, monde.anne.utilisateur_id)
    assert comptes(f.acteur(anne), Filtres(), Vue.ENVELOPPE).lignes == 1
    db.session.add(
        Deport(
            utilisateur=anne,
            organisme_id=organisme,
            motif="Membre du bureau",
            declare_par_id=anne.id,
        )
    )
    db.session.commit()
    deportee = connecter(app.test_client(), f.acteur(anne))
    assert "Aucune aide" in deportee.get("/finance/comptes").text
    assert deportee.get(lignes).status_code == 404


def test_requetes_constantes(client: FlaskClient, monde: Monde) -> None:
    anne = connecter(client, monde.anne)
    organisme = monde.ligne.dossier.organisme_id
    adresses = [f"/finance/comptes?par={v.value}" for v in Vue]
    adresses += [f"/finance/comptes/lignes?par=organisme&cle={organisme}", "/finance/comptes.csv"]
    avant = {a: compter_requetes(lambda a=a: anne.get(a)) for a in adresses}
    for nom in ("Les Amis du livre", "Le Fil d’Ariane"):
        valides(autre_ligne(monde, nom))
    for adresse, nombre in avant.items():
        assert compter_requetes(lambda a=adresse: anne.get(a)) <= nombre, adresse
