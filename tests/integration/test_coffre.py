"""The organisme's record: pages, budget, vault, reminders, RIB, engagement, each given once."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.domaine.identifiants import lire_iban
from aap.extensions import db
from aap.models import (
    Courriel,
    EngagementRepublicain,
    FormeJuridique,
    LigneBudgetOrganisme,
    Organisme,
    PieceOrganisme,
    Televersement,
    TypePiece,
)
from aap.requetes.coffre import EtatRayon, coffre
from aap.services import organisme as orga
from aap.services.coffre import rappeler_pieces
from aap.taches.ouvrier import vider
from forms.organisme import CREATION, RUBRIQUES
from tests.outils_porteur import connecte, pdf, planter


def formulaire(texte: str) -> dict[str, str]:
    """What a browser would send back of the main form of a page."""
    page = BeautifulSoup(texte, "html.parser").select_one("main form[method=post]")
    assert page is not None
    valeurs = {c["name"]: c.get("value", "") for c in page.select("input[name], textarea[name]")}
    for liste in page.select("select[name]"):
        choisi = liste.select_one("option[selected]")
        valeurs[liste["name"]] = choisi["value"] if choisi else ""
    for texte_long in page.select("textarea[name]"):
        valeurs[texte_long["name"]] = texte_long.text.strip()
    return valeurs


def test_douze_questions_au_plus() -> None:
    for rubrique in (*RUBRIQUES, CREATION):
        assert len(rubrique.champs) <= 12, rubrique.code


def test_chaque_page_garde_les_autres(app: Flask, session) -> None:
    d = planter()
    numero = d.organisme.id
    client = connecte(app, d.signataire)
    base = f"/porteur/organismes/{numero}/modifier"
    envois = {
        "identite": {"sigle": "ADL", "date_jo": "2001-05-12"},
        "coordonnees": {"ville": "Orly", "code_postal": "94310"},
        "personnes": {"representant_courriel": "mina@exemple.fr", "charge_fonction": "Trésorier"},
        "relations": {"rup": "non", "agrements": "Jeunesse et éducation populaire"},
        "moyens": {"benevoles": "0", "mis_a_disposition": "2"},
        "comptes": {"fin_exercice_mois": "8", "tresorerie": "1 250,50"},
    }
    for code, saisies in envois.items():
        lu = formulaire(client.get(f"{base}/{code}").text)
        assert client.post(f"{base}/{code}", data={**lu, **saisies}).status_code == 303, code
    organisme = session.get(Organisme, numero)
    assert (organisme.sigle, organisme.ville, organisme.siret) == ("ADL", "Orly", "73282932000074")
    assert (organisme.fin_exercice_mois, organisme.tresorerie) == (8, 125_050)
    assert organisme.representant_fonction == "Présidente"
    assert organisme.identite["date_jo"] == "2001-05-12"
    assert organisme.identite["benevoles"] == 0 and organisme.identite["mis_a_disposition"] == 2
    assert organisme.identite["charge_fonction"] == "Trésorier"
    lu = formulaire(client.get(f"{base}/identite").text)
    assert lu["date_jo"] == "2001-05-12"
    assert client.post(f"{base}/identite", data={**lu, "date_jo": ""}).status_code == 303
    session.expire_all()
    assert "date_jo" not in session.get(Organisme, numero).identite
    assert client.get(f"{base}/nulle-part").status_code == 404


@pytest.mark.parametrize("saisie", ["-3,5", "deux", "²", "1e9", "2,555"])
def test_temps_plein_illisible(app: Flask, session, saisie: str) -> None:
    """It goes to the CERFA as it is written: nothing that is not a number."""
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/organismes/{d.organisme.id}/modifier/moyens"
    refus = client.post(adresse, data={**formulaire(client.get(adresse).text), "etpt": saisie})
    assert refus.status_code == 422 and "par exemple 2,5" in refus.text
    assert saisie in refus.text


def test_ce_qui_manque_a_la_fiche_est_dit(app: Flask, session) -> None:
    d = planter()
    d.organisme.siret = None
    session.commit()
    client = connecte(app, d.signataire)
    page = BeautifulSoup(client.get(f"/porteur/organismes/{d.organisme.id}").text, "html.parser")
    assert [x.text for x in page.select("dl.definitions dd") if not x.text.strip()] == []
    membres = client.get(f"/porteur/organismes/{d.organisme.id}/membres").text
    assert "pour pouvoir y renoncer" in membres and "la lui retirer" not in membres


def test_deux_personnes_sur_une_page(app: Flask, session) -> None:
    """The second sees both texts; hers is still in the form."""
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/organismes/{d.organisme.id}/modifier/coordonnees"
    lu = formulaire(client.get(adresse).text)
    assert client.post(adresse, data={**lu, "ville": "Orly"}).status_code == 303
    conflit = client.post(adresse, data={**lu, "ville": "Thiais"})
    assert conflit.status_code == 409
    assert "Orly" in conflit.text and 'value="Thiais"' in conflit.text
    assert client.post(adresse, data=formulaire(conflit.text)).status_code == 303
    assert session.scalar(db.select(Organisme.ville)) == "Thiais"


def test_budget_de_l_organisme(app: Flask, session) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    numero, annee = d.organisme.id, aujourdhui().year
    adresse = f"/porteur/organismes/{numero}/budget"
    page = client.get(adresse).text
    lu = formulaire(page)
    assert "indirectes" not in page.lower()
    rangs = {lu[c]: c.removesuffix("-compte") for c in lu if c.endswith("-compte")}
    saisies = {
        f"{rangs['641']}-saisie": "12 000,50",
        f"{rangs['604']}-saisie": "mille",
        f"{rangs['756']}-saisie": "500",
    }
    assert client.post(adresse, data={**lu, **saisies}).status_code == 303
    page = client.get(adresse).text
    assert "un montant n’est pas lisible" in page and 'value="mille"' in page
    assert "C’est fait" not in page
    assert session.get(Organisme, numero).budget_annuel == 1_200_050
    ligne = session.scalar(
        db.select(LigneBudgetOrganisme).where(LigneBudgetOrganisme.compte == "604")
    )
    assert (ligne.exercice, ligne.saisie, ligne.montant) == (annee, "mille", None)
    perime = client.post(adresse, data={**lu, **saisies, f"{rangs['756']}-saisie": "777"})
    assert perime.status_code == 409 and 'value="777"' in perime.text
    vide = formulaire(client.get(f"{adresse}?exercice={annee - 1}").text)
    assert vide[f"{rangs['641']}-saisie"] == ""
    for mauvais in ("1900", "²", "deux", "9" * 30):
        assert client.get(f"{adresse}?exercice={mauvais}").status_code in (200, 404)
    assert client.post(adresse, data={"lignes-²-saisie": "1", "version": "x"}).status_code == 409


def test_rayons_du_coffre(session) -> None:
    d = planter()
    etats = {r.type: r.etat for r in coffre(d.organisme).rayons}
    assert etats[TypePiece.STATUTS] is EtatRayon.MANQUANT
    assert etats[TypePiece.RAPPORT_CAC] is EtatRayon.FACULTATIF
    jour = aujourdhui()
    piece = orga.deposer_piece(
        d.acteur, d.organisme, TypePiece.STATUTS, "s.pdf", pdf(), jour + timedelta(days=31)
    )
    for jours, attendu in (
        (31, EtatRayon.PRESENT),
        (30, EtatRayon.BIENTOT),
        (0, EtatRayon.BIENTOT),
        (-1, EtatRayon.PERIME),
    ):
        piece.valable_jusquau = jour + timedelta(days=jours)
        session.flush()
        lu = coffre(d.organisme)
        assert {r.type: r.etat for r in lu.rayons}[TypePiece.STATUTS] is attendu
    assert lu.manque_en_mots.startswith("les statuts, la liste des dirigeants")
    d.organisme.forme = FormeJuridique.COMMUNE
    assert [r.type for r in coffre(d.organisme).rayons if r.etat is EtatRayon.MANQUANT] == [
        TypePiece.RIB
    ]


def test_rappel_une_fois_par_document(session) -> None:
    d = planter()
    orga.inviter_membre(d.acteur, d.organisme, "yann@exemple.fr")
    jour = aujourdhui()

    def deposer(type_piece: TypePiece, jours: int, marque: bytes = b"%") -> PieceOrganisme:
        fin = jour + timedelta(days=jours)
        return orga.deposer_piece(d.acteur, d.organisme, type_piece, "x.pdf", pdf() + marque, fin)

    deposer(TypePiece.COMPTES, 30)
    deposer(TypePiece.LISTE_DIRIGEANTS, 3)
    loin = deposer(TypePiece.RIB, 31)
    session.execute(db.delete(Courriel))
    assert rappeler_pieces() == 2
    courriels = session.scalars(db.select(Courriel)).all()
    assert len(courriels) == 2  # one for each member, both papers inside
    assert all("Derniers comptes" in c.texte and "dirigeants" in c.texte for c in courriels)
    assert rappeler_pieces() == 0
    loin.valable_jusquau = jour + timedelta(days=1)
    assert rappeler_pieces() == 1
    deposer(TypePiece.COMPTES, 20, b"%%")  # a new paper has its own reminder
    assert rappeler_pieces() == 1


def test_le_meme_document_deux_fois_est_un(session) -> None:
    d = planter()
    octets = pdf()  # made once: each making has an identity of its own
    une = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "a.pdf", octets)
    fin = aujourdhui() + timedelta(days=200)
    deux = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "b.pdf", octets, fin)
    assert deux is une and une.valable_jusquau == fin
    trois = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "c.pdf", octets + b"%")
    assert trois is not une and une.remplacee_le is not None


@pytest.mark.parametrize(
    ("iban", "phrase"),
    [
        ("FR76 3000 6000 0112 3456 7890 188", "erreur"),
        ("FR14 2004 1010 0505 0001 3M02 607", "erreur"),
        ("FR76 3000", "commence par|27 caractères"),
        ("bonjour", "commence par"),
    ],
)
def test_iban_refuse(iban: str, phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        lire_iban(iban)


def test_cle_rib_francaise_verifiee() -> None:
    """A right ISO 7064 sum over a wrong RIB key is refused."""
    rib = "30006000011234567890188"  # the key should be 89
    chiffres = "".join(str(int(c, 36)) for c in rib + "FR00")
    iban = f"FR{98 - int(chiffres) % 97:02d}{rib}"
    with pytest.raises(ValueError, match="erreur"):
        lire_iban(iban)
    assert lire_iban("FR76 3000 6000 0112 3456 7890 189") == "FR7630006000011234567890189"


def test_engagement_signe_une_fois(app: Flask, session) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/organismes/{d.organisme.id}/engagement"
    assert client.post(adresse, data={}).status_code == 422
    for _ in range(2):
        assert client.post(adresse, data={"accord": "y"}).status_code == 303
    assert session.scalar(db.select(db.func.count(EngagementRepublicain.id))) == 1


def test_fichier_garde_quand_le_reste_est_a_corriger(app: Flask, session) -> None:
    """Without scripts: the nature was forgotten, the file is not to be chosen again."""
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/organismes/{d.organisme.id}/documents"
    refus = client.post(adresse, data={"fichier": (io.BytesIO(pdf()), "statuts.pdf")})
    assert refus.status_code == 422 and "est déjà arrivé" in refus.text
    lu = formulaire(refus.text)
    assert lu["envoi"].isdigit()
    assert client.post(adresse, data={**lu, "type_piece": "statuts"}).status_code == 303
    assert session.scalar(db.select(PieceOrganisme.type)) is TypePiece.STATUTS
    session.commit()
    vider()
    assert session.scalar(db.select(db.func.count(Televersement.id))) == 0


def test_envois_par_morceaux_mal_dits(app: Flask, session) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    annonce = {"nom": "a.pdf", "taille": 700_000, "empreinte": "x"}
    for mauvais in ({}, [], {"nom": 1}, {**annonce, "taille": "9"}, {**annonce, "taille": -1}):
        assert client.post("/porteur/envois", json=mauvais).status_code == 422
    assert client.post("/porteur/envois", json={**annonce, "taille": 10**12}).status_code == 422
    etat = client.post("/porteur/envois", json=annonce).json
    assert client.post("/porteur/envois", json=annonce).json["id"] == etat["id"]
    morceaux = f"/porteur/envois/{etat['id']}/morceaux"
    assert client.post(f"{morceaux}/0", data=b"court").status_code == 422
    assert client.post(f"{morceaux}/9", data=b"x" * etat["morceau"]).status_code == 422
    assert client.post(f"{morceaux}/0", data=b"x" * etat["morceau"]).status_code == 200
    assert client.get(f"/porteur/envois/{etat['id']}").json["recus"] == [0]
    yann = orga.inviter_membre(d.acteur, d.organisme, "yann@exemple.fr").utilisateur
    yann.confirme_le = yann.confirme_le or d.signataire.confirme_le
    autre = connecte(app, yann)
    assert autre.post(f"{morceaux}/1", data=b"x").status_code == 403
    documents = f"/porteur/organismes/{d.organisme.id}/documents"
    for numero in (str(etat["id"]), "999999", "²", "x" * 50):
        refus = autre.post(documents, data={"type_piece": "rib", "envoi": numero})
        assert refus.status_code == 422, numero
    incomplet = client.post(documents, data={"type_piece": "rib", "envoi": str(etat["id"])})
    assert incomplet.status_code == 422 and "entièrement" in incomplet.text
    assert session.scalar(db.select(db.func.count(PieceOrganisme.id))) == 0


def test_validite_passee(session) -> None:
    d = planter()
    hier = aujourdhui() - timedelta(days=1)
    with pytest.raises(Invalide, match="plus valable"):
        orga.deposer_piece(d.acteur, d.organisme, TypePiece.RIB, "r.pdf", pdf(), hier)


def test_trop_lourd_rend_ce_qui_etait_choisi(app: Flask, session, monkeypatch) -> None:
    """Refused before it is read: the way back still holds the nature and the date chosen."""
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/porteur/organismes/{d.organisme.id}/documents"
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 200_000)
    saisie = {
        "csrf_token": "x",
        "type_piece": "comptes",
        "valable_jusquau": "2031-05-12",
        "fichier": (io.BytesIO(b"x" * 300_000), "comptes.pdf"),
    }
    refus = client.post(adresse, data=saisie, headers={"Referer": f"{adresse}?type=statuts"})
    assert refus.status_code == 413
    liens = [a["href"] for a in BeautifulSoup(refus.text, "html.parser").select("main a[href]")]
    (retour,) = [x for x in liens if "type_piece=comptes" in x]
    assert "csrf" not in retour
    lu = formulaire_de(client.get(retour).text, "fichier")
    assert (lu["type_piece"], lu["valable_jusquau"]) == ("comptes", "2031-05-12")
    tordu = client.post(
        adresse,
        data=b"\xff" * 300_000,
        headers={"Content-Type": "multipart/form-data; boundary=a", "Referer": adresse},
    )
    assert tordu.status_code == 413


def formulaire_de(texte: str, nom: str) -> dict[str, str]:
    """What the form that holds this field shows."""
    champ = BeautifulSoup(texte, "html.parser").select_one(f"main form [name={nom}]")
    assert champ is not None
    page = champ.find_parent("form")
    assert page is not None
    return formulaire(f"<main>{page}</main>")
