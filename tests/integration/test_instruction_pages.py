"""Screens of instruction: who opens what, what is shown, how many queries."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from aap.extensions import db
from aap.models import (
    Avis,
    DemandeAvis,
    DemandeComplement,
    DossierQuartier,
    EtatEvaluation,
    Evaluation,
    Message,
    PieceDossier,
    RoleHabilitation,
    ValeurAvis,
)
from aap.permissions import charger_acteur
from aap.requetes.instruction import lire_filtres, liste
from aap.services.avis import rendre_avis
from aap.services.fichier import enregistrer_fichier
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes, connecte, pdf
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

R = RoleHabilitation


def pages(decor: o.Decor) -> list[str]:
    """Every page of instruction about the dossier."""
    base = f"/instruction/dossiers/{decor.dossier.id}"
    return [
        base,
        f"{base}/evaluation",
        f"{base}/complements",
        f"{base}/demande-avis",
        f"{base}/actes/clore_instruction",
        f"/instruction/financements/{decor.ligne_etat.id}/avis",
        f"/instruction/financements/{decor.ligne_etat.id}/actes/prendre_en_charge",
    ]


def test_instructrice_ouvre_tout(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    for page in ["/instruction/", *pages(decor)]:
        reponse = client.get(page)
        assert reponse.status_code == 200, page
    html = client.get(pages(decor)[0]).text
    assert "Été à l’école" in html and "Les Jardins de Mina" in html
    assert "a" * 64 in html


def test_porteur_etranger_observateur_et_deporte_refuses(app: Flask, session) -> None:
    decor = o.planter()
    autre = f.contrat("autre")
    deportee = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Liée")
    o.deporter(deportee, decor.organisme)
    hors = f.agent(R.INSTRUCTEUR, decor.contrat, decor.etat, "Ailleurs")
    o.limiter(hors.habilitations[0], quartier_id=decor.ouest.id)
    refuses = [
        decor.porteur,
        f.agent(R.COORDINATEUR, autre),
        f.agent(R.ADMINISTRATEUR, decor.contrat),
        o.observatrice(decor),
        deportee,
        hors,
    ]
    for personne in refuses:
        client = connecte(app, personne)
        for page in pages(decor):
            assert client.get(page).status_code == 403, (personne.nom, page)
            assert client.post(page).status_code in (403, 405), (personne.nom, page)
    assert app.test_client().get(pages(decor)[0]).status_code == 303


def test_deport_dans_liste_recherche_et_comptes(session) -> None:
    decor = o.planter()
    o.deporter(decor.instructrice, decor.organisme)
    acteur = charger_acteur(decor.instructrice)
    for arguments in ({}, {"q": "ete ecole"}, {"q": decor.dossier.numero or ""}):
        page = liste(acteur, lire_filtres(arguments))
        assert page.total == 0 and page.montant == 0 and page.par_etat == []


def test_deport_ferme_les_pieces(app: Flask, session) -> None:
    decor = o.planter()
    fichier = enregistrer_fichier(
        f.acteur(decor.porteur), "devis.pdf", pdf(), entite="dossier", entite_id=decor.dossier.id
    )
    db.session.add(
        PieceDossier(dossier_id=decor.dossier.id, fichier_id=fichier.id, libelle="Devis")
    )
    client = connecte(app, decor.instructrice)
    adresse = f"/fichiers/{fichier.id}"
    page = f"/instruction/dossiers/{decor.dossier.id}"
    assert adresse in client.get(page).text
    assert client.get(adresse).status_code == 200
    assert connecte(app, o.observatrice(decor)).get(adresse).status_code == 403
    o.deporter(decor.instructrice, decor.organisme)
    assert client.get(adresse).status_code == 403
    assert client.get(page).status_code == 403


def test_brouillon_jamais_visible(session) -> None:
    decor = o.planter()
    decor.dossier.etat, decor.dossier.depose_le = EtatDossier.BROUILLON, None
    db.session.flush()
    assert liste(charger_acteur(decor.coordination), lire_filtres({})).total == 0


@pytest.mark.parametrize(
    ("arguments", "attendu"),
    [
        ({"q": "ETE a l'ecole"}, 1),
        ({"q": "jardins"}, 1),
        ({"q": "ete inconnu"}, 0),
        ({"q": "%"}, 1),
        ({"etat": "en_instruction"}, 1),
        ({"etat": "clos"}, 0),
        ({"etat": "nimporte", "page": "²", "commune": "99999999999"}, 1),
        ({"a_moi": "1"}, 0),
        ({"page": "7"}, 1),
    ],
)
def test_filtres(session, arguments: dict[str, str], attendu: int) -> None:
    decor = o.planter()
    page = liste(charger_acteur(decor.instructrice), lire_filtres(arguments))
    assert page.total == attendu
    assert len(page.lignes) == attendu


def test_filtres_par_lieu_et_financeur(session) -> None:
    decor = o.planter()
    acteur = charger_acteur(decor.instructrice)
    for arguments, attendu in (
        ({"commune": decor.commune.id}, 1),
        ({"quartier": decor.est.id}, 1),
        ({"quartier": decor.ouest.id}, 0),
        ({"financeur": decor.ville.id}, 1),
        ({"orientation": decor.orientation.id}, 1),
        ({"campagne": decor.campagne.id + 1}, 0),
    ):
        lus = {cle: str(valeur) for cle, valeur in arguments.items()}
        assert liste(acteur, lire_filtres(lus)).total == attendu, arguments


def test_requetes_constantes(app: Flask, session) -> None:
    decor = o.planter()
    o.dossiers_en_plus(decor, 50)
    client = connecte(app, decor.instructrice)
    acteur = charger_acteur(decor.instructrice)
    adresse = "/instruction/?tri=intitule&sens=asc"
    petit = compter_requetes(lambda: client.get(adresse))
    seule = compter_requetes(lambda: liste(acteur, lire_filtres({})))
    o.dossiers_en_plus(decor, 300, depuis=50)
    grand = compter_requetes(lambda: client.get(adresse))
    assert petit == grand
    assert seule <= 12
    page = liste(acteur, lire_filtres({}))
    assert page.total == 301 and page.montant == 10_000_00 + 300 * 1_000_00


def test_html_echappe(app: Flask, session) -> None:
    decor = o.planter()
    piege = "<script>alert(1)</script>"
    decor.dossier.intitule = decor.organisme.nom = piege
    decor.est.nom = piege
    db.session.add(
        Message(dossier_id=decor.dossier.id, auteur=decor.porteur, du_porteur=True, texte=piege)
    )
    client = connecte(app, decor.instructrice)
    for page in ["/instruction/", *pages(decor)]:
        html = client.get(page).text
        assert "<script>alert" not in html, page
    assert "&lt;script&gt;alert(1)" in client.get(pages(decor)[0]).text


def test_motif_manquant_et_version_perimee(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    client = connecte(app, decor.instructrice)
    url = f"/instruction/dossiers/{decor.dossier.id}/actes/declarer_irrecevable"
    version = re.search(r'name="version" value="(\d+)"', client.get(url).text)
    assert version
    reponse = client.post(url, data={"version": version[1], "motif": "  "})
    assert reponse.status_code == 422 and "Motif" in reponse.text
    perime = {
        "version": "999",
        "type_motif": "hors_territoire",
        "motif": "Hors du contrat de ville.",
    }
    assert client.post(url, data=perime).status_code == 409
    juste = {**perime, "version": version[1]}
    assert client.post(url, data=juste).status_code == 303
    session.expire_all()
    assert decor.dossier.etat is EtatDossier.IRRECEVABLE
    assert decor.ligne_etat.etat is EtatFinancement.NON_RECEVABLE
    assert client.post(url, data=juste).status_code == 409


def test_acte_d_une_autre_salle_introuvable(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.coordination)
    url = f"/instruction/dossiers/{decor.dossier.id}/actes/"
    for nom in ("programmer", "retirer", "nimporte"):
        assert client.post(url + nom, data={}).status_code == 404


def test_complements_puis_levee(app: Flask, session) -> None:
    decor = o.planter(EtatDossier.DEPOSE)
    client = connecte(app, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}"
    version = decor.dossier.version
    vide = client.post(f"{base}/complements", data={"version": version})
    assert vide.status_code == 422 and "Listez au moins un élément" in vide.text
    envoi = client.post(
        f"{base}/complements",
        data={
            "version": version,
            "texte": "Le budget n’est pas équilibré.",
            "liste": "Budget\n- Statuts\n\n",
            "echeance": o.dans(15).isoformat(),
            "bloquante": "y",
        },
    )
    assert envoi.status_code == 303
    session.expire_all()
    demande = session.query(DemandeComplement).one()
    assert demande.elements == ["Budget", "Statuts"] and demande.bloquante
    html = client.get(base).text
    assert "Délai de deux mois suspendu" in html
    levee = client.post(
        f"{base}/actes/lever_la_demande",
        data={"version": decor.dossier.version, "motif": "Ces pièces ne sont pas indispensables."},
    )
    assert levee.status_code == 303
    session.expire_all()
    assert demande.repondue_le is not None and decor.dossier.etat is EtatDossier.DEPOSE


def test_avis_de_son_seul_financeur(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    etrangere = f"/instruction/financements/{decor.ligne_ville.id}/avis"
    assert client.get(etrangere).status_code == 403
    assert client.post(etrangere, data={"version": "1"}).status_code == 403
    url = f"/instruction/financements/{decor.ligne_etat.id}/avis"
    version = decor.ligne_etat.version
    trop = {"version": version, "valeur": "favorable", "montant_propose": "6 000,01"}
    assert "ne demande que" in client.post(url, data=trop).text
    sans_raison = {"version": version, "valeur": "reserve", "montant_propose": "1000"}
    assert client.post(url, data=sans_raison).status_code == 422
    juste = {"version": version, "valeur": "favorable", "montant_propose": "4 000,50"}
    assert client.post(url, data=juste).status_code == 303
    session.expire_all()
    assert decor.ligne_etat.montant_propose == 4_000_50
    assert decor.ligne_etat.etat is EtatFinancement.AVIS_RENDU
    assert client.post(url, data=juste).status_code == 409
    juste["version"] = decor.ligne_etat.version
    assert client.post(url, data={**juste, "montant_propose": "0"}).status_code == 303


def test_notation_par_les_pages(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    url = f"/instruction/dossiers/{decor.dossier.id}/evaluation"
    ids = {c.code: c.id for c in decor.grille.criteres}
    assert "Taux de chômage 25" in client.get(url).text
    auto = client.post(f"{url}/brouillon", data={"version": "0", f"note-{ids['qualite']}": "1"})
    assert auto.status_code == 200 and "Brouillon enregistré" in auto.text
    version = re.search(r'value="(\d+)"', auto.text)
    assert version
    autre_onglet = {"version": "0", f"note-{ids['qualite']}": "4", "commentaire": "Très solide."}
    heurt = client.post(url, data=autre_onglet)
    lue = BeautifulSoup(heurt.text, "html.parser")
    assert heurt.status_code == 409 and "un autre onglet" in heurt.text
    assert lue.select_one(f"#note-{ids['qualite']}-4[checked]") and "Très solide." in heurt.text
    [garde] = lue.select(".citation")
    assert garde.get_text(" ", strip=True) == "Enregistré entre-temps\xa0: 1"
    assert lue.select_one("#version-evaluation")["value"] == version[1]
    manque = client.get(f"{url}/envoi").text
    assert "Notez" in manque and "elle peut éliminer" in manque
    complet = {
        "version": version[1],
        f"note-{ids['qualite']}": "3",
        f"note-{ids['egalite']}": "so",
        "suite": "envoyer",
    }
    reponse = client.post(url, data=complet)
    assert reponse.status_code == 303 and reponse.location.endswith("/envoi")
    mienne = session.query(Evaluation).one()
    session.refresh(mienne)
    envoyee = client.post(f"{url}/envoi", data={"version": mienne.version})
    assert envoyee.status_code == 303
    session.expire_all()
    assert mienne.etat is EtatEvaluation.ENVOYEE
    assert client.post(url, data={"version": mienne.version}).status_code == 409
    tard = client.post(url, data={"version": version[1], "commentaire": "Écrit trop tard"})
    assert tard.status_code == 409 and "elle ne change plus" in tard.text
    assert "Écrit trop tard" in tard.text and "enregistrez encore" not in tard.text
    for close in ("envoi", "abstention"):
        assert client.get(f"{url}/{close}").location.endswith("/evaluation")


def test_observatrice_sans_notes_ni_montants(app: Flask, session) -> None:
    decor = o.planter()
    personne = o.observatrice(decor)
    demande = DemandeAvis(
        dossier=decor.dossier,
        utilisateur=personne,
        qualite="Conseil citoyen",
        question="Utile au quartier ?",
        demandee_par_id=decor.instructrice.id,
        echeance=o.dans(10),
    )
    db.session.add(demande)
    o.noter(decor, decor.instructrice)
    rendre_avis(
        f.acteur(decor.instructrice),
        decor.ligne_etat,
        ValeurAvis.RESERVE,
        "Commentaire confidentiel",
        3_333_33,
    )
    client = connecte(app, personne)
    html = client.get(f"/avis/{demande.id}").text
    assert "Été à l’école" in html and "Utile au quartier" in html
    for interdit in ("3\u202f333", "confidentiel", "Notation", "Proposé", "Réservé par"):
        assert interdit not in html
    assert "Été à l’école" in client.get("/avis/").text
    assert client.post(f"/avis/{demande.id}", data={"version": 0}).status_code == 422
    juste = {"version": 0, "valeur": "favorable", "commentaire": "Les familles le demandent."}
    assert client.post(f"/avis/{demande.id}", data=juste).status_code == 303
    assert client.post(f"/avis/{demande.id}", data=juste).status_code == 409
    assert session.query(Avis).filter_by(demande_avis_id=demande.id).one().valeur == "favorable"
    autre = connecte(app, o.observatrice(decor))
    assert autre.get(f"/avis/{demande.id}").status_code == 403
    o.deporter(personne, decor.organisme)
    assert client.get(f"/avis/{demande.id}").status_code == 403
    assert "Été à l’école" not in client.get("/avis/").text


def test_page_du_dossier_requetes_bornees(app: Flask, session) -> None:
    """More quartiers, funders, messages and history do not mean more queries."""
    decor = o.planter()
    client = connecte(app, decor.coordination)
    adresse = f"/instruction/dossiers/{decor.dossier.id}"
    peu = compter_requetes(lambda: client.get(adresse))
    decor.dossier.quartiers.append(DossierQuartier(quartier=decor.ouest, part=0))
    for i in range(8):
        db.session.add(
            Message(
                dossier_id=decor.dossier.id,
                auteur=f.utilisateur("Voix", str(i)),
                du_porteur=True,
                texte="Bonjour",
            )
        )
    for i in range(3):
        f.financement(decor.dossier, f.financeur(decor.contrat, f"f{i}", f"Financeur {i}"))
    assert compter_requetes(lambda: client.get(adresse)) - peu <= 2
    assert peu <= 60


def test_le_secondaire_est_replie_et_s_atteint(app: Flask, session) -> None:
    """Every anchor of the menu leads somewhere; the answers are folded, nothing is left out."""
    decor = o.planter()
    html = connecte(app, decor.instructrice).get(pages(decor)[0]).text
    menu = html.split('aria-label="Dans cette page"')[1].split("</nav>")[0]
    for ancre in re.findall(r'href="#([^"]+)"', menu):
        assert f'id="{ancre}"' in html, ancre
    assert html.count('<details class="pli"') >= 5 and 'data-deplier="Tout replier" hidden' in html


def test_un_dossier_decide_ne_se_note_plus(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    decor.dossier.etat = EtatDossier.EN_INSTRUCTION
    db.session.commit()
    assert "Noter le dossier" in client.get(pages(decor)[0]).text
    for etat in (EtatDossier.INSTRUIT, EtatDossier.PROGRAMME, EtatDossier.EN_EXECUTION):
        decor.dossier.etat = etat
        db.session.commit()
        html = client.get(pages(decor)[0]).text
        assert "Noter le dossier" not in html and "Notations" in html
    assert "Demander un avis extérieur" not in html
