"""The aim of a dossier against the contract: address, reading, indicators, advice."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from aap.domaine.besoin import Correspondance
from aap.extensions import db
from aap.models import Contrat, Dossier, Orientation, Quartier, SectionTheme, Theme, TypeFinanceur
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.adresse import chercher_lieu
from aap.requetes.completude import problemes_dossier
from aap.requetes.hors_quartier import guide_hors_quartier
from aap.requetes.lecture_contrat import lire_par_le_contrat
from aap.services import dossier as ecrire
from aap.services.referentiel import charger_contrat
from tests.outils_porteur import Decor, connecte, dossier_complet, planter
from workflows.campagne import EtatCampagne

GOSB, PETIT = "gosb-2024-2030", "exemple-val-fictif"


def _charger(code: str) -> Contrat:
    charger_contrat(lire_contrat(DONNEES / code))
    db.session.commit()
    return db.session.scalars(select(Contrat).where(Contrat.code == code)).one()


@pytest.mark.parametrize(
    ("saisie", "communes", "quartier"),
    [
        ("94200", {"Ivry-sur-Seine"}, "Gagarine"),
        ("12 rue Gagarine, 94200 Ivry", {"Ivry-sur-Seine"}, "Ivry Port"),
        ("3 avenue de la République 91170", {"Viry-Châtillon"}, "Plateau"),
        ("8 impasse Inconnue, Vitry", {"Vitry-sur-Seine"}, "Colonel Fabien"),
        ("5 rue X, 94190 VILLENEUVE ST GEORGES CEDEX", {"Villeneuve-Saint-Georges"}, "Triage"),
        ("94038", {"L’Haÿ-les-Roses"}, "Jardins Parisiens"),
    ],
)
def test_adresse_vers_les_quartiers(
    session: Any, saisie: str, communes: set[str], quartier: str
) -> None:
    lieu = chercher_lieu(_charger(GOSB).id, saisie)
    assert {c.nom.replace("'", "’") for c in lieu.communes} == communes
    assert any(quartier in q.nom for q in lieu.quartiers)
    assert "Commune reconnue" in lieu.phrase


def test_recherche_par_nom_d_abord(session: Any) -> None:
    contrat = _charger(GOSB)
    lieu = chercher_lieu(contrat.id, "lozaites")
    assert lieu.quartiers and not lieu.communes and not lieu.phrase
    assert "n’est celui d’aucune commune" in chercher_lieu(contrat.id, "75011 Paris").phrase
    for bizarre in ("²", "' OR 1=1 --", "%", "é" * 300, "00000"):
        chercher_lieu(contrat.id, bizarre)
    assert len(chercher_lieu(contrat.id, "").quartiers) == 36


def test_code_postal_partage(session: Any) -> None:
    """Two communes share 99100: the name decides when it is there."""
    contrat = _charger(PETIT)
    assert len(chercher_lieu(contrat.id, "99100").communes) == 2
    nommee = chercher_lieu(contrat.id, "1 rue Haute 99100 Bourg")
    assert [c.code for c in nommee.communes] == ["bourg-imaginaire"]


def test_codes_postaux_de_toutes_les_communes() -> None:
    donnees = lire_contrat(DONNEES / GOSB)
    assert set(donnees.codes_postaux) == {c["code"] for c in donnees.contrat["communes"]}


def _decor_sans_rencontre() -> tuple[Decor, Dossier]:
    """An orientation tied to a theme that the fiche of the quartier does not print."""
    d = planter()
    dossier = dossier_complet(d)
    autre = Orientation(contrat=d.contrat, code="7", ordre=7, titre="Emploi")
    theme = Theme(contrat=d.contrat, code="emploi", titre="Plein emploi", ordre=2)
    theme.orientations.append(autre)
    db.session.add_all([autre, theme])
    db.session.flush()
    ecrire.choisir_objectifs_locaux(d.acteur, dossier, [])
    ecrire.choisir_objectifs(d.acteur, dossier, autre.id, [])
    return d, dossier


def test_lecture_qui_rencontre(session: Any) -> None:
    d = planter()
    dossier = dossier_complet(d)
    lecture = lire_par_le_contrat(dossier)
    assert lecture is not None
    assert [q.correspondance for q in lecture.quartiers] == [Correspondance.OBJECTIF]
    assert not lecture.ecarts
    dit = " ".join(lecture.phrases)
    assert "Réussite éducative (3)" in dit and "Objectif retenu : 3.1.1" in dit
    assert "Éducation" in dit


def test_ecart_dit_avec_ce_qui_conviendrait(session: Any) -> None:
    d, dossier = _decor_sans_rencontre()
    autre_fiche = d.autre_quartier.fiches[0]
    emploi = db.session.scalars(select(Theme).where(Theme.code == "emploi")).one()
    db.session.add(SectionTheme(fiche=autre_fiche, theme=emploi))
    db.session.flush()
    lecture = lire_par_le_contrat(dossier)
    assert lecture is not None
    [ecart] = lecture.ecarts
    assert "Éducation" in ecart.quoi_faire and "(3)" in ecart.quoi_faire
    assert "Quartier Ouest" in ecart.quoi_faire
    conseils = [p for p in problemes_dossier(dossier) if "ne se rencontrent pas" in p.message]
    assert len(conseils) == 1 and not conseils[0].bloquant


def test_page_des_besoins_montre_la_lecture(app: Flask, session: Any) -> None:
    d, dossier = _decor_sans_rencontre()
    client = connecte(app, d.signataire)
    for page in ("besoins", "orientation"):
        texte = client.get(f"/porteur/dossiers/{dossier.id}/rubriques/{page}").text
        assert "Comment le contrat lit votre action" in texte
        assert "la fiche ne parle pas de ce thème" in texte


def test_indicateur_en_un_clic(app: Flask, session: Any) -> None:
    """The click keeps what was typed on the page and never adds twice."""
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/indicateurs"
    for _ in range(2):
        page = BeautifulSoup(client.get(url).text, "html.parser")
        form = page.select("form.carte")[0]
        envoi = {
            i["name"]: i.get("value", "") for i in form.select("input[name]:not([type=checkbox])")
        }
        envoi["lignes-0-cible"] = "55 enfants"
        reponse = client.post(url, data={**envoi, "ajouter": str(d.indicateur.id)})
        assert reponse.status_code == 303 and "#indicateur-" in reponse.location
    db.session.expire_all()
    lus = sorted(dossier.indicateurs, key=lambda i: i.id)
    assert [i.indicateur_evaluation_id for i in lus].count(d.indicateur.id) == 1
    assert "55 enfants" in {i.cible for i in lus}
    etrangers = client.post(url, data={**envoi, "ajouter": "999999999"})
    assert etrangers.status_code in (303, 422)


def test_poche_seule_demande_une_collectivite(session: Any) -> None:
    d = planter()
    dossier = dossier_complet(d)
    d.quartier.type = "poche"
    db.session.flush()
    [bloque] = [p for p in problemes_dossier(dossier) if "poche de pauvreté" in p.message]
    assert bloque.bloquant and bloque.lien == "financeurs"
    ecrire.demander_financement(d.acteur, dossier, d.commune, 100_000)
    assert not [p for p in problemes_dossier(dossier) if "poche de pauvreté" in p.message]
    d.quartier.type = "autre"
    db.session.flush()
    assert [p.bloquant for p in problemes_dossier(dossier) if "ni une poche" in p.message] == [True]
    assert d.commune.type is TypeFinanceur.COMMUNE


def test_guide_hors_quartier(app: Flask, session: Any) -> None:
    d = planter()
    assert "ne prévoit pas" in guide_hors_quartier(d.campagne).refus
    d.contrat.regles = {"poches_de_pauvrete": {"conditions": ["indicateurs comparables"]}}
    db.session.flush()
    guide = guide_hors_quartier(d.campagne)
    assert "aucune poche" in guide.refus and "2,5" in " ".join(guide.conditions)
    d.autre_quartier.type = "poche"
    db.session.flush()
    assert not guide_hors_quartier(d.campagne).refus
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    page = client.get(f"/porteur/dossiers/{dossier.id}/rubriques/quartiers?q=94200").text
    assert "hors des quartiers de la liste" in page and "Quartier Ouest" in page


def test_proposer_depuis_un_objectif(app: Flask, session: Any) -> None:
    d = planter()
    client = connecte(app, d.signataire)
    adresse = f"/contrats/{d.contrat.code}/quartiers/{d.quartier.code}"
    page = BeautifulSoup(client.get(adresse).text, "html.parser")
    [lien] = page.select("a.proposer")
    assert f"objectif={d.objectif_local.id}" in lien["href"]
    assert client.get(lien["href"]).status_code == 200
    d.campagne.etat = EtatCampagne.CLOSE
    db.session.commit()
    assert "Proposer une action" not in client.get(adresse).text


def test_quartier_inconnu_refuse(session: Any) -> None:
    assert db.session.scalar(select(Quartier.id).where(Quartier.id == 10**6)) is None
