"""The coordination's pages: every one opens, every form works without a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import event, select

from aap.domaine.horloge import horloge_fixee
from aap.models import Affectation, Campagne, Deport, Dossier, DossierQuartier, Enveloppe
from aap.services.affectation import declarer_deport
from aap.services.campagne_etapes import declarer_prete
from aap.services.campagne_horloge import faire_a_l_heure
from tests import fabriques as f
from tests.outils_connexion import se_connecter
from tests.outils_coordination import (
    CLOTURE,
    GRACE,
    OUVERTURE,
    VEILLE,
    Coordination,
    brouillon,
    monter,
)
from tests.outils_instruction import deposer
from workflows.campagne import EtatCampagne
from workflows.dossier import EtatDossier

PAGES = (
    "",
    "/modifier",
    "/priorites",
    "/regles",
    "/grille",
    "/enveloppes",
    "/enveloppes/nouvelle",
    "/enveloppes/montants",
    "/affectation",
    "/avancement",
    "/hors-delai",
    "/copier",
)


@pytest.fixture
def c(session: object, client: FlaskClient):
    with horloge_fixee(VEILLE):
        decor = monter()
        se_connecter(client, decor.coordination)
        yield decor


def base(c: Coordination) -> str:
    return f"/coordination/campagnes/{c.campagne.id}"


def depot(c: Coordination, intitule: str = "Un jardin") -> Dossier:
    d = f.dossier(c.campagne, c.organisme, EtatDossier.DEPOSE, intitule)
    d.quartiers = [DossierQuartier(quartier=c.quartier)]
    d.orientation = c.orientations[0]
    f.financement(d, c.etat)
    deposer(d, c.porteur)
    f.db.session.flush()
    return d


def relire(c: Coordination) -> Campagne:
    f.db.session.rollback()
    f.db.session.expire_all()
    return f.db.session.get_one(Campagne, c.campagne.id)


def test_toutes_les_pages_s_ouvrent(c: Coordination, client: FlaskClient) -> None:
    depot(c)
    brouillon(c)
    declarer_deport(c.acteur, c.instructrice, c.organisme, "Ma sœur")
    for chemin in (
        "/coordination/",
        "/coordination/campagnes/nouvelle",
        "/coordination/deports",
        *(base(c) + p for p in PAGES),
        f"/coordination/enveloppes/{c.enveloppe.id}/modifier",
        f"/coordination/enveloppes/{c.enveloppe.id}/supprimer",
        f"{base(c)}/enveloppes/nouvelle?parent={c.enveloppe.id}",
        f"/coordination/deports/{f.db.session.scalar(select(Deport.id))}/lever",
    ):
        reponse = client.get(chemin)
        assert reponse.status_code == 200, chemin
        assert "style=" not in reponse.text, chemin


def test_les_autres_sont_refuses(c: Coordination, client: FlaskClient) -> None:
    for personne in (c.instructrice, c.porteur):
        se_connecter(client, personne)
        for chemin in ("/coordination/", "/coordination/deports", *(base(c) + p for p in PAGES)):
            assert client.get(chemin).status_code == 403, chemin
    with client.session_transaction() as cookie:
        cookie.clear()
    assert client.get("/coordination/").status_code == 303


def formulaire(texte: str) -> dict[str, str]:
    """Values of the inputs of a page, by name (boxes left aside)."""
    champs = {}
    for balise in re.findall(r"<input[^>]*>", texte):
        nom, valeur = re.search(r'name="([^"]+)"', balise), re.search(r'value="([^"]*)"', balise)
        if nom and 'type="checkbox"' not in balise:
            champs[nom.group(1)] = valeur.group(1) if valeur else ""
    return champs


def test_creer_puis_corriger(c: Coordination, client: FlaskClient) -> None:
    envoi = {
        "contrat": str(c.contrat.id),
        "nom": "",
        "type": "fpcc",
        "exercice": "2027",
        "ouverture_le": "2026-12-01T09:00",
        "cloture_le": "2026-11-01T09:00",
        "grace_minutes": "15",
    }
    refus = client.post("/coordination/campagnes/nouvelle", data=envoi)
    assert refus.status_code == 422
    assert "<title>Erreur" in refus.text
    assert 'value="2026-11-01T09:00"' in refus.text
    envoi |= {"nom": "Fonds participatif 2027", "cloture_le": "2027-01-15T17:30"}
    cree = client.post("/coordination/campagnes/nouvelle", data=envoi)
    assert cree.status_code == 303
    page = client.get(cree.headers["Location"])
    assert "15\u00a0janvier 2027 à 17\u00a0h\u00a030 (heure de Paris)" in page.text


def test_modifier_montre_l_heure_de_paris(c: Coordination, client: FlaskClient) -> None:
    page = client.get(f"{base(c)}/modifier").text
    assert 'value="2026-10-01T09:00"' in page
    envoi = formulaire(page) | {"type": "aap_annuel", "nom": "Renommée", "note_cadrage": "Oui"}
    assert client.post(f"{base(c)}/modifier", data=envoi).status_code == 303
    assert relire(c).nom == "Renommée"
    assert client.post(f"{base(c)}/modifier", data=envoi).status_code == 409


def test_priorites_et_regles(c: Coordination, client: FlaskClient) -> None:
    une, deux = (o.id for o in c.orientations)
    page = client.get(f"{base(c)}/priorites").text
    envoi = formulaire(page) | {
        f"poids_{une}": "4",
        f"poids_{deux}": "1",
        f"commentaire_{une}": "Urgence",
    }
    assert client.post(f"{base(c)}/priorites", data=envoi).status_code == 303
    assert sorted(p.poids for p in relire(c).priorites) == [1, 4]
    page = client.get(f"{base(c)}/regles").text
    assert "80\u00a0%" in page
    envoi = formulaire(page) | {
        "valeur_taux_public_max": "85,5",
        "effet_bilan_precedent": "bloque",
        "effet_taux_public_max": "avertit",
        "valeur_bilan_precedent": "oui",
    }
    reponse = client.post(f"{base(c)}/regles", data=envoi)
    assert reponse.status_code == 303
    assert {r.code: (r.valeur["v"], r.effet.value) for r in relire(c).regles} == {
        "taux_public_max": (855, "avertit"),
        "bilan_precedent": (True, "bloque"),
    }
    page = client.get(f"{base(c)}/regles").text
    envoi |= formulaire(page) | {"valeur_fpcc_plafond": "200 000"}
    refus = client.post(f"{base(c)}/regles", data=envoi)
    assert refus.status_code == 422 and "100\u202f000" in refus.text
    version = str(relire(c).version)
    assert (
        client.post(
            f"{base(c)}/regles/retablir", data={"code": "taux_public_max", "version": version}
        ).status_code
        == 303
    )
    assert [r.code for r in relire(c).regles] == ["bilan_precedent"]


def test_grille_poids_puis_version(c: Coordination, client: FlaskClient) -> None:
    poids = f"/coordination/grilles/{c.campagne.grille_id}/poids"
    envoi = formulaire(client.get(poids).text)
    cle = next(k for k in envoi if k.startswith("poids_"))
    refus = client.post(poids, data=envoi | {cle: "30"})
    assert refus.status_code == 422 and "elle fait 110" in refus.text
    assert client.post(poids, data=envoi).status_code == 303
    assert client.post(f"{base(c)}/grille/version").status_code == 303
    grille = relire(c).grille
    assert grille is not None and grille.numero_version == 2


def test_enveloppe_depassee_est_dite_sur_le_formulaire(
    c: Coordination, client: FlaskClient
) -> None:
    envoi = {
        "libelle": "Réussite éducative",
        "financeur": str(c.etat.id),
        "parent": str(c.enveloppe.id),
        "montant": "100 000,01",
        "origine": "credits_specifiques",
        "communes": [str(c.commune.id)],
    }
    refus = client.post(f"{base(c)}/enveloppes/nouvelle", data=envoi)
    assert refus.status_code == 422
    assert "Crédits de l’État 2027" in refus.text and "100\u202f000" in refus.text
    envoi["montant"] = "40 000"
    assert client.post(f"{base(c)}/enveloppes/nouvelle", data=envoi).status_code == 303
    page = client.get(f"{base(c)}/enveloppes").text
    reste = BeautifulSoup(page, "html.parser").select_one("td[data-label=Reste]")
    assert reste is not None and reste.get_text(strip=True) == "60\u202f000\u00a0€"
    assert "Communes\u00a0: Orlyville" in page
    fille = f.db.session.scalars(select(Enveloppe).where(Enveloppe.parent_id.is_not(None))).one()
    envoi = {f"montant_{c.enveloppe.id}": "30 000", f"montant_{fille.id}": "40 000"}
    refus = client.post(f"{base(c)}/enveloppes/montants", data=envoi)
    assert refus.status_code == 422 and "10\u202f000" in refus.text
    envoi[f"montant_{fille.id}"] = "20 000"
    assert client.post(f"{base(c)}/enveloppes/montants", data=envoi).status_code == 303
    version = f.db.session.scalar(select(Enveloppe.version).where(Enveloppe.id == fille.id))
    chemin = f"/coordination/enveloppes/{fille.id}/supprimer"
    assert client.post(chemin, data={"version": str(version)}).status_code == 303


def test_de_prete_a_la_reouverture(c: Coordination, client: FlaskClient) -> None:
    version = {"version": str(c.campagne.version)}
    assert client.post(f"{base(c)}/prete", data=version).status_code == 303
    assert "elle ouvrira seule" in client.get(base(c)).text
    assert client.get(f"{base(c)}/etapes/clore").status_code == 404
    with horloge_fixee(OUVERTURE):
        faire_a_l_heure()
        f.db.session.commit()
    with horloge_fixee(CLOTURE + GRACE / 2):
        se_connecter(client, c.coordination)
        assert "délai de tolérance annoncé (30\u00a0minutes)" in client.get(base(c)).text
    with horloge_fixee(CLOTURE + GRACE + timedelta(seconds=1)):
        faire_a_l_heure()
        f.db.session.commit()
        se_connecter(client, c.coordination)
        page = client.get(f"{base(c)}/etapes/rouvrir").text
        envoi = formulaire(page) | {"cloture_le": "2026-11-01T09:00", "motif": "Panne"}
        refus = client.post(f"{base(c)}/etapes/rouvrir", data=envoi)
        assert refus.status_code == 422 and "Fixez une clôture à venir" in refus.text
        envoi["cloture_le"] = "2026-11-30T09:00"
        assert client.post(f"{base(c)}/etapes/rouvrir", data=envoi).status_code == 303
    assert relire(c).etat is EtatCampagne.OUVERTE


def test_hors_delai(c: Coordination, client: FlaskClient) -> None:
    d = brouillon(c)
    declarer_prete(c.acteur, c.campagne)
    with horloge_fixee(OUVERTURE):
        faire_a_l_heure()
    with horloge_fixee(CLOTURE + timedelta(days=1)):
        faire_a_l_heure()
        se_connecter(client, c.coordination)
        page = client.get(f"{base(c)}/hors-delai").text
        assert "Les Jardins de Mina" in page and "Un jardin" not in page
        chemin = f"/coordination/dossiers/{d.id}/hors-delai"
        envoi = formulaire(client.get(chemin).text)
        assert client.post(chemin, data=envoi).status_code == 422
        assert client.post(chemin, data=envoi | {"motif": "Maladie"}).status_code == 303
    f.db.session.rollback()
    f.db.session.refresh(d)
    assert (d.etat, d.accepte_hors_delai_motif) == (EtatDossier.BROUILLON, "Maladie")


def test_affecter_avec_apercu(c: Coordination, client: FlaskClient) -> None:
    dossiers = [depot(c), depot(c, "Une fête")]
    cle = f"{c.instructrice.id}-{c.etat.id}"
    choix = {"instructeur": cle, "dossiers": [str(d.id) for d in dossiers]}
    vide = client.post(f"{base(c)}/affectation/apercu", data={"instructeur": ""})
    assert vide.status_code == 422 and "Cochez au moins un dossier" in vide.text
    apercu = client.post(f"{base(c)}/affectation/apercu", data=choix)
    assert "2\u00a0dossiers seront affectés" in apercu.text
    assert f.db.session.scalar(select(Affectation.id)) is None
    fait = client.post(f"{base(c)}/affectation", data=choix | {"attendus": "2"})
    assert fait.status_code == 303
    assert client.post(f"{base(c)}/affectation", data=choix | {"attendus": "2"}).status_code == 409
    f.db.session.rollback()
    affectation = f.db.session.scalars(select(Affectation.id)).first()
    retrait = client.post(f"/coordination/affectations/{affectation}/retirer")
    assert retrait.status_code == 303
    faux = {"instructeur": "1-999999", "dossiers": ["1"]}
    assert client.post(f"{base(c)}/affectation/apercu", data=faux).status_code == 404


def test_deports(c: Coordination, client: FlaskClient) -> None:
    depot(c)
    envoi = {
        "utilisateur": str(c.instructrice.id),
        "organisme": str(c.organisme.id),
        "motif": "Ma sœur y travaille",
    }
    assert client.post("/coordination/deports", data=envoi | {"motif": ""}).status_code == 422
    assert client.post("/coordination/deports", data=envoi).status_code == 303
    f.db.session.rollback()
    deport = f.db.session.scalars(select(Deport)).one()
    lever = f"/coordination/deports/{deport.id}/lever"
    assert client.post(lever, data={"motif": "Elle est partie"}).status_code == 303
    se_connecter(client, c.instructrice)
    assert client.post(lever, data={"motif": "x"}).status_code == 403


def test_nombre_de_requetes_constant(c: Coordination, client: FlaskClient) -> None:
    def compter(chemin: str) -> int:
        ordres: list[str] = []

        def noter(_c: object, _cur: object, ordre: str, *_: object) -> None:
            ordres.append(ordre)

        f.db.session.commit()
        event.listen(f.db.engine, "before_cursor_execute", noter)
        assert client.get(chemin).status_code == 200
        event.remove(f.db.engine, "before_cursor_execute", noter)
        return len(ordres)

    chemins = [
        "/coordination/",
        *(base(c) + p for p in ("", "/enveloppes", "/affectation", "/avancement", "/hors-delai")),
    ]
    depot(c)
    brouillon(c)
    peu = [compter(p) for p in chemins]
    for i in range(12):
        depot(c, f"Action {i}")
        brouillon(c)
        f.enveloppe(c.campagne, c.etat, 1_00)
    f.db.session.flush()
    assert [compter(p) for p in chemins] == peu
    assert max(peu) <= 30


def test_une_deuxieme_copie_est_annoncee(c: Coordination, client: FlaskClient) -> None:
    """Next year's campaign made twice: the page says that it is there already."""
    page = f"{base(c)}/copier"
    assert "Il existe déjà" not in client.get(page).text
    champs = formulaire(client.get(page).text)
    assert client.post(page, data=champs).status_code == 303
    assert "Il existe déjà" in client.get(page).text
