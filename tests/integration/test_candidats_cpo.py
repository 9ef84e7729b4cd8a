"""Candidates for a CPO against a slow reading; the local circumstances, journaled."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aap.domaine.cpo import FiltreCpo
from aap.domaine.erreurs import Conflit, Interdit, Introuvable, Invalide
from aap.domaine.objectif_cpo import Stade
from aap.extensions import db
from aap.models import (
    Bilan,
    Evenement,
    Financement,
    Financeur,
    FormeJuridique,
    MotifCpo,
    RoleHabilitation,
    TypeDossier,
)
from aap.requetes.candidats_cpo import ce_qu_ils_apportent, lire_candidats, liste_candidats
from aap.requetes.choix_cpo import ChoixCpo
from aap.services.journal import verifier_journal
from aap.services.motif_cpo import poser_motif_cpo
from tests import fabriques as f
from tests.integration.test_pages_finance import connecter
from tests.outils_cpo import (
    DecorCpo,
    Vu,
    en_retard,
    lecteur,
    planter_cpo,
    retenus,
    tout_lire,
)
from tests.outils_porteur import compter_requetes
from workflows.financement import EtatFinancement

TOUT = FiltreCpo(False, frozenset(), False)
FIN = "exercice=2027&situation=projection&filtre=1&arretes=1&autres=1&pre=1&ete=1"


@pytest.fixture(scope="module")
def decor(base_partagee: Flask) -> Iterator[DecorCpo]:
    with base_partagee.app_context():
        plante = planter_cpo(graine=5, actes=36, lignes=22)
        db.session.commit()
        yield plante


@dataclass
class Faits:
    """What the reasons stand on, read object by object once."""

    vus: list[Vu]
    bilans: dict[int, list[Bilan]]
    en_retard: set[int]
    aidees: set[tuple[int, int, int]]


@pytest.fixture(scope="module")
def faits(decor: DecorCpo) -> Faits:
    bilans: dict[int, list[Bilan]] = {}
    for b in db.session.scalars(select(Bilan)):
        bilans.setdefault(b.dossier.organisme_id, []).append(b)
    return Faits(
        tout_lire(),
        bilans,
        {o for o, lus in bilans.items() if any(en_retard(b) for b in lus)},
        {
            (x.financeur_id, x.dossier.organisme_id, x.exercice)
            for x in db.session.scalars(select(Financement))
            if x.montant_vote and x.etat is not EtatFinancement.RENONCE
        },
    )


def _raisons(v: Vu, faits: Faits) -> set[str]:
    """Why this aid is a candidate; empty when a bilan is late."""
    n, o = v.annee, v.organisme
    if o.id in faits.en_retard:
        return set()
    bilans = faits.bilans.get(o.id, [])
    rendus = [b for b in bilans if b.exercice in (n - 1, n - 2) and b.depose_le]
    a_temps = [b for b in rendus if b.depose_le and b.depose_le.date() <= b.echeance]
    budget = o.budget_annuel
    tenues = {
        "renouvelee": all((v.financeur, o.id, x) in faits.aidees for x in (n - 1, n - 2)),
        "bilans": bool(rendus) and len(a_temps) == len(rendus),
        "petite": o.forme is FormeJuridique.ASSOCIATION and bool(budget and budget < 153_000_00),
        "pre": v.dossier.type is TypeDossier.PRE,
        "demande": v.dossier.duree_annees > 1,
    }
    return {code for code, tenue in tenues.items() if tenue}


@pytest.mark.parametrize("exercice", [2026, 2027])
@pytest.mark.parametrize("stade", [Stade.SIGNE, Stade.PREVU])
def test_les_candidats_et_leurs_raisons(
    decor: DecorCpo, faits: Faits, exercice: int, stade: Stade
) -> None:
    choix = ChoixCpo(filtre=TOUT, exercice=exercice, stade=stade)
    for qui, lus in ((decor.coordination, decor.financeurs), (decor.finance, decor.financeurs[:1])):
        acteur = lecteur(qui)
        attendus = []
        for v in retenus(faits.vus, choix, set(lus)):
            ici = v.annee == exercice and v.stade <= stade and v.genre != "cpo" and v.montant
            if ici and (pourquoi := _raisons(v, faits)):
                attendus.append((v.dossier.id, v.financeur, v.montant, frozenset(pourquoi)))
        lue = list(lire_candidats(acteur, choix))
        numeros = {v.dossier.numero: v.dossier.id for v in faits.vus}
        assert sorted(
            (numeros[c.dossier], c.financeur_id, c.montant, sorted(c.raisons)) for c in lue
        ) == sorted((a, b, c, sorted(r)) for a, b, c, r in attendus)
        rangs = [(bool(c.motif), -len(c.raisons), -c.montant) for c in lue]
        assert rangs == sorted(rangs)
        liste = liste_candidats(acteur, choix)
        assert (liste.total, liste.montant) == (len(lue), sum(c.montant for c in lue))
        pages = [liste_candidats(acteur, replace(choix, page=n)).lignes
                 for n in range(1, liste.pages + 1)]  # fmt: skip
        assert [c for p in pages for c in p] == lue
        _verifier_apport(acteur, choix, [c.montant for c in lue])


def _verifier_apport(acteur: Any, choix: ChoixCpo, montants: list[int]) -> None:
    """How many of the first ones reach both marks, added one by one."""
    for nombre, euros in ((0, 1), (3, 0), (2, sum(montants) // 2), (1, sum(montants) + 1)):
        attendu = next(
            (k for k in range(len(montants) + 1)
             if k >= nombre and sum(montants[:k]) >= euros),
            None,
        )  # fmt: skip
        apport = ce_qu_ils_apportent(acteur, choix, nombre, euros)
        assert apport.suffisent == attendu and apport.motives == 0
        assert (apport.candidats, apport.montant) == (len(montants), sum(montants))


def test_les_circonstances_se_journalisent(decor: DecorCpo) -> None:
    finance, coordination = lecteur(decor.finance), lecteur(decor.coordination)
    [mien, autre] = [db.session.get_one(Financeur, i) for i in decor.financeurs]
    choix = ChoixCpo(filtre=TOUT, exercice=2027, stade=Stade.PREVU, financeur=mien.id)
    premier = next(lire_candidats(finance, choix))
    with db.session.begin_nested() as essai:
        motif = poser_motif_cpo(
            finance, mien, 2027, " Action qui\ns’achève. ", organisme_id=premier.organisme_id,
            version=0,
        )  # fmt: skip
        assert motif.texte == "Action qui\ns’achève."
        with pytest.raises(Conflit):
            poser_motif_cpo(coordination, mien, 2027, "x", organisme_id=premier.organisme_id,
                            version=0)  # fmt: skip
        dernier = [c for c in lire_candidats(finance, choix) if c.motif]
        assert dernier and {c.organisme_id for c in dernier} == {premier.organisme_id}
        assert ce_qu_ils_apportent(finance, choix, 1, 0).motives == len(dernier)
        poser_motif_cpo(coordination, mien, 2027, "", organisme_id=premier.organisme_id)
        assert not [c for c in lire_candidats(finance, choix) if c.motif]
        poser_motif_cpo(coordination, mien, 2027, "Crédits d’une seule année.")
        traces = db.session.scalars(
            select(Evenement).where(Evenement.acte == "financeur.motiver_cpo")
        ).all()
        assert [t.chaine for t in traces] == [f"financeur:{mien.id}"] * 3
        assert traces[1].donnees["avant"].startswith("Action") and "retirées" in traces[1].libelle
        assert verifier_journal()[1] is None
        for refus, qui, financeur, organisme, texte in (
            (Interdit, finance, autre, None, "x"),
            (Introuvable, finance, mien, 2**31 - 1, "x"),
            (Invalide, finance, mien, premier.organisme_id, "x" * 1001),
        ):
            with pytest.raises(refus):
                poser_motif_cpo(qui, financeur, 2027, texte, organisme_id=organisme)
        deportee = replace(finance, deports=frozenset({premier.organisme_id}))
        with pytest.raises(Interdit):
            poser_motif_cpo(deportee, mien, 2027, "x", organisme_id=premier.organisme_id)
        essai.rollback()


def test_les_pages(decor: DecorCpo, base_partagee: Flask) -> None:
    coordination = connecter(base_partagee.test_client(), lecteur(decor.coordination))
    finance = connecter(base_partagee.test_client(), lecteur(decor.finance))
    page = coordination.get(f"/finance/cpo/candidats?{FIN}").text
    assert "Petite association" in page and "Ville d’essai" in page
    assert "Ville d’essai" not in finance.get(f"/finance/cpo/candidats?{FIN}").text
    texte = finance.get(f"/finance/cpo/candidats.csv?{FIN}").data.decode("utf-8-sig")
    rangees = list(csv.DictReader(StringIO(texte, newline=""), delimiter=";"))
    assert rangees and all(r["Pourquoi"] for r in rangees)
    mien, autre = decor.financeurs
    adresse = f"/finance/cpo/financeurs/{mien}/circonstances?{FIN}"
    assert finance.get(f"/finance/cpo/financeurs/{autre}/circonstances").status_code == 403
    assert finance.get(f"{adresse}&organisme=999999").status_code == 404
    assert finance.post(adresse, data={"texte": "", "version": "0"}).status_code == 422
    trop = finance.post(adresse, data={"texte": "é" * 1200, "version": "0"})
    assert trop.status_code == 422 and "é" * 1200 in trop.text
    assert (
        finance.post(adresse, data={"texte": "Une <b>raison</b>", "version": "0"}).status_code
        == 303
    )
    double = finance.post(adresse, data={"texte": "Autre", "version": "0"})
    assert double.status_code == 409 and "Autre" in double.text
    lue = coordination.get(f"/finance/cpo?{FIN}").text
    assert "Une &lt;b&gt;raison&lt;/b&gt;" in lue
    assert db.session.scalar(select(MotifCpo.version)) == 1


def test_requetes_constantes(decor: DecorCpo, base_partagee: Flask) -> None:
    client: FlaskClient = connecter(base_partagee.test_client(), lecteur(decor.coordination))
    assert compter_requetes(lambda: client.get(f"/finance/cpo/candidats?{FIN}")) <= 16


def test_un_observateur_ne_lit_rien(decor: DecorCpo, base_partagee: Flask) -> None:
    contrat = db.session.get_one(Financeur, decor.financeurs[0]).contrat
    personne = f.agent(RoleHabilitation.OBSERVATEUR, contrat)
    db.session.commit()
    client = connecter(base_partagee.test_client(), f.acteur(personne))
    for chemin in ("cpo", "cpo/actes", "cpo/candidats", "cpo/candidats.csv"):
        assert client.get(f"/finance/{chemin}").status_code == 403
