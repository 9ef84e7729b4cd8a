"""Types of dossier: their pages, their rules in words, several years, the yearly tranche."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.questionnaire import SECTIONS, Profil, questions_pour, sections_lues, sections_pour
from aap.extensions import db
from aap.models import (
    Convention,
    CoteBudget,
    Dossier,
    FormeJuridique,
    Tranche,
    TypeCampagne,
    TypeConvention,
    TypeDossier,
)
from aap.requetes.campagne_ouverte import refus_type, types_permis
from aap.requetes.completude import problemes_dossier
from aap.requetes.tranches_porteur import tranches_possibles
from aap.services import dossier as ecrire
from aap.services.tranche_annuelle import commencer_tranche
from tests.outils_porteur import Decor, campagne_de, connecte, dossier_complet, planter
from workflows.campagne import EtatCampagne
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

PAR_PAGE = 12
PROFILS = [
    Profil(t.value, annees, pluriannuel, tranche)
    for t in TypeDossier
    for annees, pluriannuel, tranche in ((1, False, False), (4, True, False), (1, False, True))
]


@pytest.mark.parametrize("profil", PROFILS, ids=str)
def test_douze_questions_au_plus_par_page(profil: Profil) -> None:
    for section in sections_pour(profil):
        assert len(questions_pour(section, profil)) <= PAR_PAGE, section.code


def test_pages_selon_le_type() -> None:
    codes = {t.value: [s.code for s in sections_pour(t.value)] for t in TypeDossier}
    assert codes["micro_projet"] == [
        "micro_projet",
        "orientation",
        "quartiers",
        "financeurs",
        "budget",
        "pieces",
        "attestations",
    ]
    for genre in ("pre", "adulte_relais"):
        assert genre in codes[genre] and genre not in codes["action"]
    assert "petite_association" in codes["fonctionnement"]
    assert "annees" not in codes["action"]
    trois = [s.code for s in sections_pour(Profil("action", 3, True))]
    assert {"annees", "budget_annees"} <= set(trois)
    legere = [s.code for s in sections_pour(Profil("action", tranche=True))]
    assert legere == ["tranche", "financeurs", "budget", "pieces", "attestations"]
    lues = [s.code for s in sections_lues(Profil("action", tranche=True))]
    assert lues[0] == "tranche" and "description" in lues and len(lues) == len(set(lues))
    assert len({s.code for s in SECTIONS}) == len(SECTIONS)


def test_mots_du_fonctionnement() -> None:
    [page] = [s for s in sections_pour("fonctionnement") if s.code == "presentation"]
    assert page.titre == "Votre association en quelques mots"
    assert "association" in questions_pour(page, "fonctionnement")[1].libelle


@pytest.mark.parametrize(
    ("forme", "genre", "mot"),
    [
        (FormeJuridique.COMMUNE, TypeDossier.FONCTIONNEMENT, "réservée aux petites associations"),
        (FormeJuridique.ASSOCIATION, TypeDossier.PRE, "caisse des écoles"),
        (FormeJuridique.COOPERATIVE, TypeDossier.ADULTE_RELAIS, "adulte-relais"),
        (FormeJuridique.ASSOCIATION, TypeDossier.MICRO_PROJET, "n’accepte que"),
    ],
)
def test_refus_en_mots(session: Any, forme: FormeJuridique, genre: TypeDossier, mot: str) -> None:
    d = planter()
    d.organisme.forme = forme
    assert mot in refus_type(d.campagne, d.organisme, genre)
    assert genre not in types_permis(d.campagne, d.organisme)
    with pytest.raises(Invalide, match=mot):
        ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, genre)


def _fpcc(d: Decor) -> Dossier:
    campagne = campagne_de(d.contrat, "fpcc", type=TypeCampagne.FPCC, nom="Fonds participatif")
    return ecrire.creer_dossier(d.acteur, d.organisme, campagne, TypeDossier.MICRO_PROJET)


def test_micro_projet(app: Flask, session: Any) -> None:
    d = planter()
    d.contrat.regles = {"fpcc": {"departements": ["91"]}}
    dossier = _fpcc(d)
    ecrire.choisir_quartiers(d.acteur, dossier, {d.quartier.id: None})
    ecrire.demander_financement(d.acteur, dossier, d.etat, 200_000)
    for champ, valeur in (("hors_programmation", "oui"), ("conseil_citoyen", "non")):
        ecrire.enregistrer_reponse(d.acteur, dossier, champ, valeur)
    dits = {p.message: p for p in problemes_dossier(dossier)}
    textes = " ".join(dits)
    assert "que des quartiers du département 91" in textes
    assert "moins de 2" in textes and "appel à projets annuel" in textes
    [avis] = [p for m, p in dits.items() if "conseil citoyen de votre quartier" in m]
    assert not avis.bloquant
    permis = {s.code for s in sections_pour(dossier.profil)}
    assert {p.lien for p in dits.values()} <= permis | {""}
    client = connecte(app, d.signataire)
    for code in permis:
        assert client.get(f"/porteur/dossiers/{dossier.id}/rubriques/{code}").status_code == 200
    autre = client.get(f"/porteur/dossiers/{dossier.id}/rubriques/calendrier")
    assert autre.status_code == 404


def test_adulte_relais_sans_condition(session: Any) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, TypeDossier.ADULTE_RELAIS)
    ecrire.enregistrer_reponse(d.acteur, dossier, "ar_conditions", "non")
    [refus] = [p for p in problemes_dossier(dossier) if "adulte-relais" in p.message]
    assert refus.bloquant and refus.lien == "adulte_relais"


def test_grande_association_avertie(session: Any) -> None:
    d = planter()
    d.organisme.budget_annuel = 200_000_00
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, TypeDossier.FONCTIONNEMENT)
    [conseil] = [p for p in problemes_dossier(dossier) if "petites associations" in p.message]
    assert not conseil.bloquant


def test_plusieurs_annees(app: Flask, session: Any) -> None:
    d = planter()
    dossier = dossier_complet(d)
    ecrire.enregistrer_reponse(d.acteur, dossier, "duree_annees", "3")
    assert dossier.duree_annees == 3 and dossier.profil.annees == 3
    bloquants = [p for p in problemes_dossier(dossier) if p.bloquant]
    assert {p.lien for p in bloquants} == {"annees", "budget_annees"} and len(bloquants) == 4
    for annee in (2, 3):
        ecrire.enregistrer_reponse(d.acteur, dossier, f"objectifs_annee_{annee}", "Continuer.")
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/budget-annees"
    page = BeautifulSoup(client.get(url).text, "html.parser")
    empreinte = page.select_one("input[name=empreinte]")
    assert empreinte is not None
    envoi = {"empreinte": empreinte["value"], "action": "rester"}
    envoi |= {"annee-2-charge-641": "12 000", "annee-2-produit-756": "12 000,00"}
    envoi |= {"annee-3-charge-641": "12 500 €", "annee-3-produit-756": "12 000"}
    assert client.post(url, data=envoi).status_code == 303
    db.session.expire_all()
    [reste] = [p for p in problemes_dossier(dossier) if p.bloquant]
    assert "manque" in reste.message and "500" in reste.message
    assert [x.montant for x in dossier.lignes if x.annee == 1 and x.compte == "641"] == [1_200_000]
    perimee = client.post(url, data=envoi)
    assert perimee.status_code in (409, 422) and "Une autre personne" in perimee.text
    assert 'value="12 500 €"' in perimee.text
    ecrire.enregistrer_reponse(d.acteur, dossier, "duree_annees", "1")
    db.session.commit()
    assert client.get(url).status_code == 404


def test_reprendre_le_budget_de_la_premiere_annee(app: Flask, session: Any) -> None:
    """One button fills the empty cells of every year; what was typed stays."""
    d = planter()
    dossier = dossier_complet(d)
    ecrire.enregistrer_reponse(d.acteur, dossier, "duree_annees", "3")
    session.commit()
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/budget-annees"
    page = BeautifulSoup(client.get(url).text, "html.parser")
    empreinte = page.select_one("input[name=empreinte]")
    assert empreinte is not None and page.select_one("button[value=reprendre]") is not None
    envoi = {"empreinte": empreinte["value"], "action": "reprendre", "annee-2-charge-641": "1 000"}
    assert client.post(url, data=envoi).status_code == 303
    db.session.expire_all()
    sommes = {
        annee: {(x.cote, x.compte): x.montant for x in dossier.lignes if x.annee == annee}
        for annee in (1, 2, 3)
    }
    assert sommes[3] == sommes[1]
    assert sommes[2] == sommes[1] | {(CoteBudget.CHARGE, "641"): 1_000_00}


def _cpo(d: Decor) -> tuple[Dossier, Any]:
    """A CPO of three years in force, and the open call of its second year."""
    dossier = dossier_complet(d)
    ecrire.enregistrer_reponse(d.acteur, dossier, "duree_annees", "3")
    lignes = [
        ecrire.LigneSaisie(CoteBudget.CHARGE, "641", "", "13 000"),
        ecrire.LigneSaisie(CoteBudget.PRODUIT, "756", "", "5 000"),
    ]
    ecrire.enregistrer_budget(d.acteur, dossier, lignes, annee=2)
    exercice = d.campagne.exercice
    convention = Convention(
        type=TypeConvention.CPO,
        etat=EtatConvention.EN_VIGUEUR,
        signee_le=maintenant() - timedelta(days=90),
        financeur=d.etat,
        organisme=d.organisme,
        dossier=dossier,
        exercice=exercice,
        dernier_exercice=exercice + 2,
        numero="2027-001",
        tranches=[Tranche(exercice=exercice + k, montant=800_000) for k in range(3)],
    )
    db.session.add(convention)
    d.campagne.etat = EtatCampagne.CLOSE
    suivante = campagne_de(d.contrat, "aap-2028", exercice=exercice + 1, nom="Appel 2028")
    return dossier, suivante


def test_tranche_annuelle(app: Flask, session: Any) -> None:
    d = planter()
    cpo, suivante = _cpo(d)
    [possible] = tranches_possibles([d.organisme.id])
    assert possible.cpo is cpo and possible.existant is None
    client = connecte(app, d.signataire)
    assert "8" in client.get("/porteur/conventions-pluriannuelles").text
    envoi = client.post(f"/porteur/dossiers/{cpo.id}/tranche", data={"campagne": suivante.id})
    assert envoi.status_code == 303
    neuf = commencer_tranche(d.acteur, cpo, suivante)
    assert envoi.location.endswith(f"/porteur/dossiers/{neuf.id}"), "twice gives the same"
    assert neuf.intitule == cpo.intitule and neuf.orientation_id == cpo.orientation_id
    assert [(f.financeur_id, f.montant_demande) for f in neuf.financements] == [
        (d.etat.id, 800_000)
    ]
    assert {x.montant for x in neuf.lignes if x.compte == "641"} == {1_300_000}
    assert neuf.total_charges == 1_300_000
    manques = [p for p in problemes_dossier(neuf) if p.bloquant]
    assert {p.lien for p in manques} <= {"tranche", "attestations"}
    ecrire.enregistrer_reponse(d.acteur, neuf, "bilan_annee_passee", "Tout a été fait.")
    for champ, valeur in (("aides_publiques", "sous_seuil"), ("exactitude", "oui")):
        ecrire.enregistrer_reponse(d.acteur, neuf, champ, valeur)
    assert not [p for p in problemes_dossier(neuf) if p.bloquant]
    db.session.commit()
    for s in sections_pour(neuf.profil):
        page = f"/porteur/dossiers/{neuf.id}/rubriques/{s.code}"
        assert client.get(page).status_code == 200
    assert client.get(f"/porteur/dossiers/{neuf.id}").status_code == 200


def test_tranche_refusee(app: Flask, session: Any) -> None:
    d = planter()
    cpo, suivante = _cpo(d)
    with pytest.raises(PasLeMoment):
        commencer_tranche(d.acteur, cpo, d.campagne)
    annee = suivante.exercice
    suivante.exercice = d.campagne.exercice + 3
    with pytest.raises(Invalide):
        commencer_tranche(d.acteur, cpo, suivante)
    suivante.exercice = annee
    tranche = db.session.scalars(select(Tranche).where(Tranche.exercice == annee)).one()
    tranche.etat = EtatTranche.ABANDONNEE
    db.session.flush()
    assert tranches_possibles([d.organisme.id]) == []
    with pytest.raises(Invalide):  # given up by the funder: nothing is asked for that year
        commencer_tranche(d.acteur, cpo, suivante)
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{cpo.id}/tranche"
    for faux in ("", "abc", "999999", "-1"):
        assert client.post(url, data={"campagne": faux}).status_code == 404
    assert client.post(url, data={"campagne": suivante.id}).status_code == 303
