"""The lists of the finance rooms given out whole: what the page shows, to those who may see it."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from aap.domaine.horloge import horloge_fixee
from aap.domaine.tableur import Montant
from aap.exports.classeur import Colonne, Table, ecrire_csv, ecrire_xlsx
from aap.models import Bilan, Reversement, RoleHabilitation
from aap.services import versement as service
from aap.services.liasse import etablir_liasse
from tests import fabriques as f
from tests.integration.test_liasses import autre_ligne, choix, prefecture, valides
from tests.integration.test_pages_finance import connecter
from tests.outils_porteur import compter_requetes
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier

LISTES = ("conventions", "versements", "reversements")


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        m.ligne.dossier.intitule = "=1+1"
        v, w = valides(m)
        etablir_liasse(m.anne, prefecture(m), choix(v))
        service.rejeter(m.bruno, w, "RIB clos")
        bilan = Bilan(dossier_id=m.ligne.dossier_id, exercice=2029, echeance=PRINTEMPS.date())
        session.add(
            Reversement(
                bilan=bilan, financement=m.ligne, montant=1_234_05, motif="Trop perçu", etapes=[]
            )
        )
        session.commit()
        yield m


def lire(client: FlaskClient, liste: str, filtres: str = "") -> list[dict[str, str]]:
    reponse = client.get(f"/finance/{liste}.csv{filtres}")
    assert reponse.status_code == 200 and reponse.mimetype == "text/csv"
    assert "no-store" in reponse.headers["Cache-Control"]
    assert reponse.data.startswith(b"\xef\xbb\xbf")
    texte = StringIO(reponse.data.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(texte, delimiter=";"))


def feuille(client: FlaskClient, liste: str, nom: str) -> list[list[Any]]:
    octets = client.get(f"/finance/{liste}.xlsx").data
    return CalamineWorkbook.from_filelike(BytesIO(octets)).get_sheet_by_name(nom).to_python()


def test_ce_que_disent_les_fichiers(client: FlaskClient, monde: Monde) -> None:
    anne = connecter(client, monde.anne)
    [acte] = lire(anne, "conventions")
    assert acte["Action"] == "'=1+1" and acte["SIRET"] == monde.ligne.dossier.organisme.siret
    assert (acte["Montant (euros)"], acte["Dont ferme (euros)"]) == ("10000,01", "10000,01")
    assert acte["Payé (euros)"] == "0,00" and acte["Signé le"] == "15/03/2027"
    premier, second = sorted(lire(anne, "versements"), key=lambda x: x["Versement"])
    assert (premier["Liasse"], second["Liasse"]) == ("2027-L001", "")
    assert second["État"] == "Rejeté" and second["Dernier motif"] == "RIB clos"
    [titre] = lire(anne, "reversements")
    assert titre["À reverser (euros)"] == "1234,05" and titre["Encaissé le"] == ""
    rangees = feuille(anne, "versements", "Versements")
    assert rangees[0][0] == "Versements, 15/03/2027"
    tete = rangees[2]
    ligne = dict(zip(tete, rangees[3], strict=True))
    assert ligne["Action"] == "=1+1" and ligne["Prévu le"] == date(2027, 6, 30)
    assert ligne["Montant (euros)"] == 8000.01 and ligne["SIRET"].isdigit()
    assert "1234.05" in str(feuille(anne, "reversements", "Reversements")[3])
    assert feuille(anne, "conventions", "Lecture")


def test_les_filtres_de_la_liste_sont_gardes(client: FlaskClient, monde: Monde) -> None:
    anne = connecter(client, monde.anne)
    page = anne.get("/finance/versements?etat=rejete&q=jardins&page=1").text
    assert "versements.csv?q=jardins&amp;etat=rejete" in page
    assert len(lire(anne, "versements", "?etat=rejete")) == 1
    assert lire(anne, "versements", "?q=introuvable") == []
    assert lire(anne, "conventions", "?exercice=2031") == []
    assert lire(anne, "reversements", "?etat=recu") == []
    assert "À encaisser" in anne.get("/finance/reversements?etat=attendu").text


def test_qui_les_lit(client: FlaskClient, monde: Monde, app: Flask, session: Any) -> None:
    """The rights of the list, row by row: another funder reads its own rows, that is nothing."""
    contrat = prefecture(monde).contrat
    ville = f.financeur(contrat, "ville", "Ville d’essai")
    agent = f.agent(RoleHabilitation.FINANCE, contrat, ville, "Chloé")
    chloe = connecter(client, f.acteur(agent))
    sam = connecter(app.test_client(), monde.sam)
    for liste in LISTES:
        assert lire(chloe, liste) == []
        for forme in ("csv", "xlsx"):
            assert sam.get(f"/finance/{liste}.{forme}").status_code == 403
    assert "Trop perçu" not in chloe.get("/finance/reversements").text


def test_requetes_constantes(client: FlaskClient, monde: Monde, session: Any) -> None:
    anne = connecter(client, monde.anne)
    adresses = [f"/finance/{x}.{forme}" for x in LISTES for forme in ("csv", "xlsx")]
    adresses.append("/finance/reversements")
    avant = {a: compter_requetes(lambda a=a: anne.get(a)) for a in adresses}
    for nom in ("Les Amis du livre", "Le Fil d’Ariane"):
        valides(autre_ligne(monde, nom))
    assert len(lire(anne, "conventions")) == 3
    for adresse, nombre in avant.items():
        assert compter_requetes(lambda a=adresse: anne.get(a)) <= nombre, adresse


@pytest.mark.parametrize("ecrire", [ecrire_csv, ecrire_xlsx])
def test_la_memoire_ne_suit_pas_le_nombre_de_lignes(ecrire: Any, tmp_path: Any) -> None:
    """Twenty times the rows: less than twice the memory."""

    def pic(lignes: int) -> int:
        rangees = (["Les Amis du livre " * 4, Montant(i), date(2027, 3, 1)] for i in range(lignes))
        colonnes = [Colonne("Organisme", 30), Colonne("Montant", 12), Colonne("Le", 12)]
        with (tmp_path / f"{lignes}").open("w+b") as flux:
            tracemalloc.start()
            ecrire(flux, Table("Essai", "Essai", colonnes, rangees))
            sommet = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return sommet

    pic(10)  # what the writer loads once
    assert pic(8_000) < 2 * pic(400)
