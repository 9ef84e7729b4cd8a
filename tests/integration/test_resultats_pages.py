"""Pages and files of the results: what they show, to whom, in how many queries."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from aap.domaine.tableur import sans_formule
from aap.exports.resultats import EN_TETES
from aap.models import Consensus, Dossier, EffetRegle, RegleCampagne, Reponse, RoleHabilitation
from aap.services.consensus import enregistrer_consensus
from aap.services.evaluation import enregistrer_evaluation
from tests import fabriques as f
from tests import outils_instruction as o
from tests.integration.test_resultats_services import accordees, deux_notations
from tests.outils_connexion import se_connecter
from tests.outils_porteur import compter_requetes

R = RoleHabilitation


def _liste(decor: o.Decor) -> str:
    return f"/copil/campagnes/{decor.campagne.id}/resultats"


def _texte(reponse) -> str:
    assert reponse.status_code == 200, reponse.status_code
    return reponse.get_data(as_text=True)


def test_la_liste_dit_tout_a_la_coordination(client, session) -> None:
    decor = deux_notations()
    o.dossiers_en_plus(decor, 3)
    se_connecter(client, decor.coordination)
    page = _texte(client.get(_liste(decor)))
    assert "Été à l’école" in page and "Classement provisoire" in page
    assert (
        "À égalité, la meilleure note" in page
        and "Notations partagées" not in page.split("<tbody>")[1].split("</tr>")[0]
    )
    for groupe in ("classes", "ecartes", "sans_note", "consensus", "partages", "n’importe"):
        assert client.get(_liste(decor), query_string={"groupe": groupe}).status_code == 200
    assert "Aucun dossier ne correspond" in _texte(client.get(_liste(decor) + "?q=zzz"))
    assert "Été à l’école" in _texte(
        client.get(_liste(decor) + "?q=ete&page=99&tri=mediane&sens=desc")
    )
    fiche = _texte(client.get(f"/copil/dossiers/{decor.dossier.id}/resultat"))
    assert "Solide" in fiche and "Si un poids changeait" in fiche
    assert "gardent leur rang" in _texte(
        client.get(f"/copil/campagnes/{decor.campagne.id}/sensibilite?tri=amplitude")
    )


@pytest.mark.parametrize("chemin", ["resultats", "resultats.csv", "resultats.xlsx", "sensibilite"])
def test_reserve_a_la_coordination_et_au_comite(client, session, chemin: str) -> None:
    decor = deux_notations()
    copil = f.agent(R.COPIL, decor.contrat, nom="Comité")
    adresse = f"/copil/campagnes/{decor.campagne.id}/{chemin}"
    for qui, code in (
        (decor.porteur, 403),
        (decor.instructrice, 403),
        (f.agent(R.FINANCE, decor.contrat, decor.etat, "Finances"), 403),
        (o.observatrice(decor), 403),
        (decor.coordination, 200),
        (copil, 200),
    ):
        se_connecter(client, qui)
        assert client.get(adresse).status_code == code, qui.nom


def test_un_deport_cache_la_ligne_partout(client, session) -> None:
    decor = deux_notations()
    copil = f.agent(R.COPIL, decor.contrat, nom="Comité")
    o.deporter(copil, decor.organisme)
    se_connecter(client, copil)
    for chemin in ("resultats", "resultats.csv", "sensibilite", "resultats?q=jardins"):
        page = _texte(client.get(f"/copil/campagnes/{decor.campagne.id}/{chemin}"))
        assert decor.dossier.reference not in page and "Jardins" not in page.replace(
            "q=jardins", ""
        )
    assert client.get(f"/copil/dossiers/{decor.dossier.id}/resultat").status_code == 403


def test_aveugle_meme_en_coordonnant(client, session) -> None:
    """A coordinator who also instructs reads nobody's score before sending hers."""
    decor = deux_notations()
    double = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Double")
    f.habiliter(double, R.COORDINATEUR, decor.contrat)
    se_connecter(client, double)
    page = _texte(client.get(_liste(decor)))
    assert decor.dossier.reference not in page and "ne vous est pas montré" in page
    for chemin in ("resultat", "consensus"):
        assert client.get(f"/copil/dossiers/{decor.dossier.id}/{chemin}").status_code == 403
    o.noter(decor, double)
    session.commit()
    assert decor.dossier.reference in _texte(client.get(_liste(decor)))


def test_exports_sans_formule(client, session) -> None:
    decor = deux_notations()
    decor.dossier.intitule = "=1+1"
    decor.organisme.nom = "@SOMME(A1)"
    se_connecter(client, decor.coordination)
    brut = client.get(_liste(decor) + ".csv").data.decode("utf-8-sig")
    tete, ligne = list(csv.reader(StringIO(brut), delimiter=";"))
    assert tuple(tete) == EN_TETES
    assert ligne[2] == "'=1+1" and ligne[3] == "'@SOMME(A1)" and ligne[7] == "61"
    classeur = CalamineWorkbook.from_filelike(BytesIO(client.get(_liste(decor) + ".xlsx").data))
    lignes = classeur.get_sheet_by_name("Résultats").to_python()
    assert lignes[3][2] == "=1+1" and lignes[3][7] == 61.0 and lignes[3][8] == "61"
    assert sans_formule("Été") == "Été" and sans_formule("-5") == "'-5"


def test_requetes_constantes(client, session) -> None:
    decor = deux_notations()
    o.dossiers_en_plus(decor, 8)
    se_connecter(client, decor.coordination)
    client.get(_liste(decor))
    peu = compter_requetes(lambda: client.get(_liste(decor)))
    o.dossiers_en_plus(decor, 40, depuis=8)
    for d in session.query(Dossier).where(Dossier.id > 3).limit(20):
        o.noter(decor, decor.instructrice, d)
    session.commit()
    client.get(_liste(decor))
    assert compter_requetes(lambda: client.get(_liste(decor))) == peu <= 22


def _saisie(decor: o.Decor, **notes: str) -> dict[str, str]:
    ids = {c.code: c.id for c in decor.grille.criteres}
    champs = {"version": "0", "motif": "Réunion du 3 mars"}
    for code, note in notes.items():
        champs |= {f"note-{ids[code]}": note, f"commentaire-{ids[code]}": f"Raison {code}"}
    return champs


def test_le_consensus_se_note_et_se_retire(client, session) -> None:
    decor = deux_notations()
    se_connecter(client, decor.coordination)
    adresse = f"/copil/dossiers/{decor.dossier.id}/consensus"
    assert "Très bien" in _texte(client.get(adresse))
    refus = client.post(adresse, data=_saisie(decor, qualite="4"))
    page = refus.get_data(as_text=True)
    assert refus.status_code == 422 and "Raison qualite" in page and "Donnez la note" in page
    fait = client.post(adresse, data=_saisie(decor, qualite="4", egalite="so"))
    assert fait.status_code == 303
    session.expire_all()
    accord = session.query(Consensus).one()
    assert {n.critere.code: n.valeur for n in accord.notes} == {"qualite": 4, "egalite": None}
    heurt = client.post(adresse, data=_saisie(decor, qualite="1", egalite="1"))
    deux = BeautifulSoup(heurt.text, "html.parser").get_text(" ", strip=True)
    assert heurt.status_code == 409 and "votre saisie est ci-dessous" in deux.lower()
    assert deux.count("Enregistré entre-temps") == 2 and "sans objet" in deux
    assert "Raison egalite" in _texte(client.get(f"/copil/dossiers/{decor.dossier.id}/resultat"))
    assert client.get(adresse + "/retirer").status_code == 200
    assert client.post(adresse + "/retirer", data={"version": "1"}).status_code == 422
    assert (
        client.post(adresse + "/retirer", data={"version": "1", "motif": "Erreur"}).status_code
        == 303
    )
    assert session.query(Consensus).count() == 0
    assert client.get(adresse + "/retirer").status_code == 404


def test_pas_de_consensus_trop_tot(client, session) -> None:
    decor = o.planter()
    o.noter(decor, decor.instructrice)
    se_connecter(client, decor.coordination)
    adresse = f"/copil/dossiers/{decor.dossier.id}/consensus"
    assert "deux notations" in _texte(client.get(adresse))
    assert client.post(adresse, data=_saisie(decor, qualite="4")).status_code == 409


def test_figer_et_rouvrir_par_les_pages(client, session) -> None:
    decor = deux_notations()
    copil = f.agent(R.COPIL, decor.contrat, nom="Comité")
    base = f"/copil/campagnes/{decor.campagne.id}/classement"
    se_connecter(client, copil)
    assert client.get(base + "/figer").status_code == 403
    se_connecter(client, decor.coordination)
    page = _texte(client.get(base + "/figer"))
    temoin = page.split('name="temoin" value="')[1][:64]
    enregistrer_consensus(
        f.acteur(decor.coordination), decor.dossier, accordees(decor), "Entre-temps"
    )
    session.commit()
    assert client.post(base + "/figer", data={"temoin": temoin}).status_code == 409
    temoin = _texte(client.get(base + "/figer")).split('name="temoin" value="')[1][:64]
    assert client.post(base + "/figer", data={"temoin": temoin}).status_code == 303
    page = _texte(client.get(_liste(decor)))
    assert "Classement figé" in page and temoin in page
    assert "déjà figé" in _texte(client.get(base + "/figer"))
    assert client.post(base + "/rouvrir", data={"motif": ""}).status_code == 422
    assert client.post(base + "/rouvrir", data={"motif": "Oubli"}).status_code == 303
    assert client.get(base + "/rouvrir").status_code == 404


def test_campagne_sans_grille_ni_dossier(client, session) -> None:
    contrat = f.contrat()
    vide = f.campagne(contrat)
    se_connecter(client, f.agent(R.COORDINATEUR, contrat, nom="Seule"))
    for chemin in (
        "resultats",
        "sensibilite",
        "resultats.csv",
        "resultats.xlsx",
        "classement/figer",
    ):
        assert client.get(f"/copil/campagnes/{vide.id}/{chemin}").status_code == 200, chemin


def test_s_abstenir_par_les_pages(client, session) -> None:
    decor = o.planter()
    se_connecter(client, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}/evaluation"
    assert "Ne pas noter ce dossier" in _texte(client.get(base))
    assert client.post(base + "/abstention", data={"motif": " "}).status_code == 422
    assert client.post(base + "/abstention", data={"motif": "Sujet inconnu"}).status_code == 303
    page = _texte(client.get(base))
    assert "Sujet inconnu" in page and "Noter finalement" in page and "note-" not in page
    assert client.post(base + "/reprendre").status_code == 303
    assert "Ne pas noter ce dossier" in _texte(client.get(base))


def test_lecture_sans_le_nom_du_porteur(client, session) -> None:
    """List, scoring pages, the dossier's own address: no name until one's scores are sent."""
    decor = o.planter()
    decor.campagne.regles.append(
        RegleCampagne(code="lecture_anonyme", valeur={"v": True}, effet=EffetRegle.AVERTIT)
    )
    decor.organisme.nom = "Les Lilas en Fête"
    decor.dossier.intitule = "Jardin des lilas en fête"
    decor.dossier.reponses.append(
        Reponse(champ="description", valeur="LES LILAS EN FETE ouvre un jardin.")
    )
    nom = decor.organisme.nom.casefold()
    se_connecter(client, decor.instructrice)
    dossier = f"/instruction/dossiers/{decor.dossier.id}"
    adresse = dossier + "/evaluation"
    assert client.get(dossier).headers["Location"].startswith(adresse + "/lecture")
    lecture = _texte(client.get(adresse + "/lecture"))
    assert "[nom masqué] ouvre un jardin" in lecture and "Ouvrir le dossier avec le nom" in lecture
    enregistrer_evaluation(f.acteur(decor.instructrice), decor.dossier, o.notes(decor))
    session.commit()
    pages = (adresse, adresse + "/lecture", adresse + "/envoi", adresse + "/abstention")
    for page in (*pages, "/instruction/?tri=depot"):
        lu = client.get(page)
        assert lu.status_code == 200 and nom not in _texte(lu).casefold(), page
    assert f'href="{dossier}"' not in client.get(adresse).text
    assert client.post(dossier + "/nom").status_code == 303
    ouvert = _texte(client.get(dossier))
    assert decor.organisme.nom in ouvert and "Revenir à la lecture sans le nom" in ouvert
    o.noter(decor, decor.collegue)
    session.commit()
    se_connecter(client, decor.collegue)
    assert decor.organisme.nom in _texte(client.get(adresse))
    assert client.get(adresse + "/lecture").status_code == 303
    assert decor.organisme.nom in _texte(client.get("/instruction/?tri=depot"))
    se_connecter(client, decor.coordination)
    assert decor.organisme.nom in _texte(client.get(dossier))
