"""The editor of grids: criteria, order, versions, comparison, files, preview; what is frozen."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.grille import ecrire_grille
from aap.domaine.horloge import horloge_fixee
from aap.erreurs_http import traduire
from aap.extensions import db
from aap.models import Evenement, Grille, ModeCritere, RoleHabilitation, TypeFinanceur
from aap.requetes.grilles import comparer_grilles, contenu, familles, vue_evaluateur
from aap.services.critere import (
    SaisieCritere,
    ajouter_critere,
    deplacer_critere,
    ecrire_critere,
    supprimer_critere,
)
from aap.services.grille import (
    dupliquer_grille,
    figer_grille,
    importer_grille,
    lire_fichier,
    nouvelle_version,
    supprimer_grille,
)
from tests import fabriques as f
from tests.outils_connexion import se_connecter
from tests.outils_coordination import VEILLE, Coordination, monter
from tests.outils_porteur import compter_requetes

ANCRES = ("a", "b", "c", "d", "e")
MOTS = {f"ancre_{i}": a for i, a in enumerate(ANCRES)}


@pytest.fixture
def c(session: object, client: FlaskClient):
    with horloge_fixee(VEILLE):
        decor = monter()
        se_connecter(client, decor.coordination)
        yield decor


def grille_de(c: Coordination) -> Grille:
    assert c.campagne.grille is not None
    return c.campagne.grille


def codes(grille: Grille) -> list[str]:
    return [x.code for x in grille.criteres]


def test_ajouter_ranger_supprimer(c: Coordination) -> None:
    grille = grille_de(c)
    avant = codes(grille)
    neuf = ajouter_critere(c.acteur, grille, SaisieCritere("Utilité sociale !", "", ANCRES))
    assert codes(grille) == [*avant, "utilite_sociale"] and neuf.poids == 1
    deplacer_critere(c.acteur, neuf, monter=False)
    assert codes(grille)[-1] == "utilite_sociale"
    deplacer_critere(c.acteur, neuf, monter=True)
    assert codes(grille)[-2] == "utilite_sociale"
    supprimer_critere(c.acteur, neuf)
    assert codes(grille) == avant
    libelles = [
        e.libelle for e in db.session.scalars(select(Evenement).where(Evenement.entite == "grille"))
    ]
    assert [x for x in libelles if "Utilité" in x] == [
        "Critère « Utilité sociale ! » ajouté",
        "Critère « Utilité sociale ! » monté",
        "Critère « Utilité sociale ! » supprimé",
    ]


def test_codes_et_regles_de_calcul(c: Coordination) -> None:
    grille = grille_de(c)
    with pytest.raises(Invalide, match="ne peut pas"):
        ajouter_critere(c.acteur, grille, SaisieCritere("X", "", ANCRES, code="budget"))
    with pytest.raises(Invalide) as refus:
        ajouter_critere(c.acteur, grille, SaisieCritere("", "", ("", "b", "c", "d", ""), "É"))
    assert {p.champ for p in refus.value.problemes} == {"libelle", "code", "ancre_0", "ancre_4"}
    calcule = ajouter_critere(c.acteur, grille, SaisieCritere("Public", "", ANCRES, regle="public"))
    assert (calcule.code, calcule.mode) == ("public", ModeCritere.CALCULE)
    with pytest.raises(Invalide):
        ecrire_critere(
            c.acteur, calcule, SaisieCritere("P", "", ANCRES, regle="public", reserve_a=("etat",))
        )
    with pytest.raises(Invalide):
        ecrire_critere(c.acteur, calcule, SaisieCritere("P", "", ANCRES, reserve_a=("mairie",)))


def test_figee_la_base_refuse_aussi(c: Coordination) -> None:
    grille = grille_de(c)
    copie = nouvelle_version(c.acteur, grille)
    figer_grille(c.acteur, grille)
    db.session.commit()
    for acte in (
        lambda: ajouter_critere(c.acteur, grille, SaisieCritere("X", "", ANCRES)),
        lambda: deplacer_critere(c.acteur, grille.criteres[0], False),
        lambda: supprimer_critere(c.acteur, grille.criteres[0]),
        lambda: supprimer_grille(c.acteur, grille),
    ):
        with pytest.raises(PasLeMoment):
            acte()
    for changer in (
        lambda: setattr(grille.criteres[0], "poids", 3),
        lambda: setattr(grille, "nom", "Autre"),
        lambda: grille.criteres.pop(),
        lambda: setattr(copie.criteres[0], "grille_id", grille.id),
    ):
        changer()
        with pytest.raises(DBAPIError) as refus:
            db.session.flush()
        assert isinstance(traduire(refus.value), PasLeMoment)
        db.session.rollback()
    supprimer_grille(c.acteur, copie)
    with pytest.raises(PasLeMoment):
        supprimer_grille(c.acteur, grille_de(c))


def test_versions_comparees(c: Coordination) -> None:
    grille = grille_de(c)
    copie = nouvelle_version(c.acteur, grille)
    assert comparer_grilles(grille, copie).changements == []
    budget = next(x for x in copie.criteres if x.code == "budget")
    budget.poids = 12
    budget.reserve_a = ["commune", "etat"]
    supprimer_critere(c.acteur, next(x for x in copie.criteres if x.code == "capacite_porteur"))
    comparaison = comparer_grilles(grille, copie)
    titres = {(x.rubrique, x.titre) for x in comparaison.changements}
    assert ("Budget", "Poids") in titres and ("Budget", "Qui note") in titres
    [disparu] = [x for x in comparaison.lignes if x.apres is None]
    assert disparu.code == "capacite_porteur"


def test_copie_fichier_et_import(c: Coordination) -> None:
    grille = grille_de(c)
    with pytest.raises(Invalide):
        dupliquer_grille(c.acteur, grille, f" {grille.nom} ")
    copie = dupliquer_grille(c.acteur, grille, "Quartiers d’été")
    assert contenu(copie) == contenu(grille) and copie.numero_version == 1
    lue = lire_fichier(ecrire_grille(copie.nom, contenu(copie)).encode())
    relue = importer_grille(c.acteur, c.contrat, lue)
    assert relue.numero_version == 2 and contenu(relue) == contenu(grille)
    ailleurs = f.contrat("ailleurs")
    with pytest.raises(Interdit):
        importer_grille(c.acteur, ailleurs, lue)


def test_vue_d_un_evaluateur(c: Coordination) -> None:
    grille = grille_de(c)
    next(x for x in grille.criteres if x.code == "budget").reserve_a = ["etat"]
    commune = {x.critere.code: x for x in vue_evaluateur(grille, TypeFinanceur.COMMUNE)}
    assert commune["budget"].reserve == "État" and not commune["qualite_faisabilite"].reserve
    assert not any(x.reserve for x in vue_evaluateur(grille, TypeFinanceur.ETAT))
    assert commune["besoin_quartiers"].regle is not None


def test_deux_clics_font_une_grille(c: Coordination, client: FlaskClient) -> None:
    """Without script a button is easily sent twice; the second click finds what the first made."""
    grille, page = grille_de(c), f"/coordination/campagnes/{c.campagne.id}/grille"
    db.session.commit()

    def nombre() -> int:
        db.session.expire_all()
        return len(db.session.scalars(select(Grille)).all())

    for adresse in (f"/coordination/grilles/{grille.id}/version", "/coordination/grilles/proposee"):
        avant = nombre()
        lieux = {client.post(adresse, data={"contrat": c.contrat.id}).location for _ in range(2)}
        assert len(lieux) == 1 and nombre() <= avant + 1
    for bouton in ("version", "defaut"):
        avant = nombre()
        saisie = {"version": str(c.campagne.version)}
        assert f'value="{c.campagne.version}"' in client.get(page).text
        for _ in range(2):
            assert client.post(f"{page}/{bouton}", data=saisie).status_code == 303
        assert nombre() <= avant + 1
        assert "aucune autre grille" in client.get(page).text


def test_pages(c: Coordination, client: FlaskClient) -> None:
    grille = grille_de(c)
    racine = f"/coordination/grilles/{grille.id}"
    autre = nouvelle_version(c.acteur, grille)
    db.session.commit()
    for page in (
        "/coordination/grilles",
        "/coordination/grilles/importer",
        racine,
        f"{racine}/poids",
        f"{racine}/nouveau-critere",
        f"{racine}/criteres/budget",
        f"{racine}/criteres/budget/suppression",
        f"{racine}/copie",
        f"{racine}/suppression",
        f"{racine}/comparer",
        f"{racine}/comparer?avec={autre.id}",
        f"{racine}/apercu?pour=commune",
        f"{racine}/grille.json",
    ):
        assert client.get(page).status_code == 200, page
    for page in (f"{racine}/criteres/rien", f"{racine}/comparer?avec=999999"):
        assert client.get(page).status_code == 404
    assert json.loads(client.get(f"{racine}/grille.json").data)["nom"] == grille.nom


def test_ecrire_par_les_pages(c: Coordination, client: FlaskClient) -> None:
    racine = f"/coordination/grilles/{grille_de(c).id}"
    envoi = {"libelle": "Utilité", "mode": "", "aide": "", "code": "", **MOTS}
    refus = client.post(f"{racine}/nouveau-critere", data=envoi | {"ancre_3": ""})
    assert refus.status_code == 422 and 'value="Utilité"' in refus.text
    assert client.post(f"{racine}/nouveau-critere", data=envoi).status_code == 303
    ordre = {"sens": "monter"}
    assert client.post(f"{racine}/criteres/utilite/ordre", data=ordre).status_code == 303
    page = client.get(racine).text
    assert "La somme des poids doit faire 100, elle fait 101" in page
    envoi |= {"libelle": "Utilité publique", "reserve_a": ["commune", "etat"]}
    assert client.post(f"{racine}/criteres/utilite", data=envoi).status_code == 303
    assert "Noté seulement par" in client.get(racine).text
    assert client.post(f"{racine}/criteres/utilite/suppression").status_code == 303
    assert client.get(f"{racine}/criteres/utilite").status_code == 404
    assert client.post(f"{racine}/version").status_code == 303
    assert client.post(f"{racine}/copie", data={"nom": ""}).status_code == 422
    assert client.post(f"{racine}/copie", data={"nom": "Copie"}).status_code == 303


def test_importer_par_la_page(c: Coordination, client: FlaskClient) -> None:
    adresse = "/coordination/grilles/importer"
    assert client.post(adresse, data={"texte": ""}).status_code == 422
    refus = client.post(adresse, data={"texte": '{"nom": "X", "criteres": [{}]}'})
    assert refus.status_code == 422 and "criteres[0].poids" in refus.text
    octets = client.get(f"/coordination/grilles/{grille_de(c).id}/grille.json").data
    envoi = {
        "fichier": (BytesIO(octets.replace(b'"version"', b'"couleur": 1, "version"')), "g.json")
    }
    suite = client.post(adresse, data=envoi, follow_redirects=True)
    assert suite.status_code == 200 and "ignorés" in suite.text and "couleur" in suite.text


def test_une_grille_d_ailleurs_est_fermee(c: Coordination, client: FlaskClient) -> None:
    racine = f"/coordination/grilles/{grille_de(c).id}"
    autre = f.agent(RoleHabilitation.COORDINATEUR, f.contrat("ailleurs"))
    db.session.commit()
    se_connecter(client, autre)
    for page in ("", "/poids", "/grille.json", "/apercu", "/comparer"):
        assert client.get(f"{racine}{page}").status_code == 403


def test_liste_a_requetes_constantes(c: Coordination) -> None:
    une = compter_requetes(lambda: familles(c.acteur))
    for n in range(6):
        dupliquer_grille(c.acteur, grille_de(c), f"Copie {n}")
    db.session.commit()
    assert compter_requetes(lambda: familles(c.acteur)) <= une + 2
