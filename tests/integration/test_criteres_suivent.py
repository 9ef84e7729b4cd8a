"""A computed criterion follows its inputs until it is frozen; constant queries for a campaign."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import select

from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import db
from aap.models import (
    Bilan,
    CoteBudget,
    Critere,
    DossierQuartier,
    Fiche,
    IndicateurQuartier,
    LigneBilan,
    LigneBudget,
    ModeCritere,
)
from aap.requetes.criteres_calcules import (
    Matiere,
    degeler,
    expliquer_budget,
    expliquer_porteur,
    expliquer_tout,
    geler,
)
from aap.requetes.page_evaluation import page_evaluation
from aap.services.evaluation import enregistrer_evaluation, envoyer_evaluation
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_porteur import compter_requetes
from workflows.bilan import EtatBilan
from workflows.dossier import EtatDossier


def besoin_affiche(decor: o.Decor) -> Fraction | None:
    acteur = f.acteur(decor.instructrice)
    page = page_evaluation(acteur, decor.dossier, None)
    [ligne] = [x for x in page.lignes if x.critere.code == "besoin"]
    assert ligne.explication is not None
    return ligne.explication.valeur


def test_suit_les_quartiers_apres_un_complement(session) -> None:
    decor = o.planter()
    assert besoin_affiche(decor) == 4
    decor.dossier.quartiers = [
        DossierQuartier(quartier=decor.est, part=25),
        DossierQuartier(quartier=decor.ouest, part=75),
    ]
    db.session.flush()
    assert besoin_affiche(decor) == 1


def test_suit_les_indicateurs_puis_se_fige(session) -> None:
    decor = o.planter()
    acteur = f.acteur(decor.instructrice)
    brouillon = enregistrer_evaluation(acteur, decor.dossier, o.notes(decor))
    assert brouillon.calcules == {}
    chomage = db.session.scalars(
        select(IndicateurQuartier).join(Fiche).where(Fiche.titre == "Quartier Est")
    ).one()
    chomage.valeur_milliemes = 1000  # new figures: 1 %, the least of the two
    db.session.flush()
    assert besoin_affiche(decor) == 0
    envoyer_evaluation(acteur, brouillon)
    chomage.valeur_milliemes = 99_000
    db.session.flush()
    assert besoin_affiche(decor) == 4
    page = page_evaluation(acteur, decor.dossier, brouillon)
    [fige] = [x for x in page.lignes if x.critere.code == "besoin"]
    assert fige.explication is not None and fige.explication.valeur == 0


def _voisin(decor: o.Decor, charges: int, personnes: int):
    d = f.dossier(decor.campagne, decor.organisme, EtatDossier.DEPOSE, "Voisin")
    d.orientation = decor.orientation
    d.total_charges, d.beneficiaires = charges, personnes
    o.deposer(d, decor.porteur)
    return d


def test_cout_compare_aux_dossiers_semblables(session) -> None:
    decor = o.planter()
    d = decor.dossier
    d.total_charges, d.beneficiaires = 10_000_00, 50
    d.lignes = [
        LigneBudget(
            rang=0, annee=1, cote=CoteBudget.CHARGE, compte="60", saisie="", montant=10_000_00
        ),
        LigneBudget(
            rang=1, annee=1, cote=CoteBudget.PRODUIT, compte="70", saisie="", montant=10_000_00
        ),
    ]
    for cout in (50_00, 100_00, 100_00, 300_00):
        _voisin(decor, cout * 10, 10)
    db.session.flush()
    e = expliquer_budget(d)
    dites = " ".join(x.phrase for x in e.lignes)
    assert "médiane de 4 dossiers semblables 100" in dites.replace("\u00a0", " ")
    [cout] = [x.valeur for x in e.lignes if "Coût" in x.phrase]
    assert cout == 2  # twice the median


def test_bilans_du_porteur(session) -> None:
    decor = o.planter()
    assert expliquer_porteur(decor.dossier).valeur is None
    passee = f.campagne(decor.contrat, exercice=decor.campagne.exercice - 1)
    ancien = f.dossier(passee, decor.organisme, EtatDossier.CLOS, "Ancien")
    o.deposer(ancien, decor.porteur)
    bilan = Bilan(
        dossier=ancien,
        exercice=passee.exercice,
        etat=EtatBilan.DEPOSE,
        echeance=aujourdhui() - timedelta(days=10),
        depose_le=maintenant() - timedelta(days=20),
        lignes=[
            LigneBilan(cote=CoteBudget.CHARGE, compte="60", prevu=10_000, realise=7_500),
            LigneBilan(cote=CoteBudget.PRODUIT, compte="74", prevu=10_000, realise=10_000),
        ],
    )
    db.session.add(bilan)
    db.session.flush()
    e = expliquer_porteur(decor.dossier)
    assert e.valeur == Fraction(7, 2)  # in time: 4; three quarters spent: 3
    bilan.echeance = date(2020, 1, 1)
    db.session.flush()
    assert expliquer_porteur(decor.dossier).valeur == Fraction(3, 2)


def _tous_les_criteres() -> list[Critere]:
    codes = ("conformite", "besoin", "public", "budget", "porteur", "inconnu")
    return [Critere(code=c, libelle=c, poids=1, mode=ModeCritere.CALCULE) for c in codes]


def test_une_campagne_entiere_a_requetes_constantes(session) -> None:
    decor = o.planter()
    criteres = _tous_les_criteres()
    o.dossiers_en_plus(decor, 3)
    dossiers = [decor.dossier]

    def calculer() -> list[dict]:
        matiere = Matiere(decor.campagne)
        return [expliquer_tout(d, criteres, matiere) for d in dossiers]

    un = calculer()
    seul = expliquer_tout(decor.dossier, criteres)
    assert un == [seul] and degeler(geler(seul)) == seul
    avant = compter_requetes(calculer)
    dossiers *= 40
    assert compter_requetes(calculer) == avant
