"""Acts prepared, sent and printed together: once each, refusals told, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from aap.domaine.erreurs import Interdit, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    CahierActes,
    Convention,
    Courriel,
    Deport,
    EtatLigneLot,
    Financement,
    Financeur,
    LigneLotActes,
    LotActes,
    TypeConvention,
    Utilisateur,
)
from aap.permissions import charger_acteur, may
from aap.requetes.lot_actes import aides_a_preparer, suite_actes
from aap.services import lot_actes as service
from aap.services.convention import abandonner_projet, preparer_convention, type_propose
from aap.services.lot_actes import (
    TRANCHE,
    Visee,
    envoyer_lot_actes,
    imprimer_lot_actes,
    lancer_lot_actes,
)
from aap.stockage import stockage
from aap.taches import lot_actes as tache
from aap.taches.ouvrier import vider
from tests import fabriques as f
from tests.outils_porteur import compter_requetes, connecte
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier
from workflows.convention import EtatConvention

E = EtatLigneLot


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde(enveloppe=900_000_00)
        notifier(m)
        session.commit()
        yield m


def prefecture(m: Monde) -> Financeur:
    return m.enveloppe.financeur


def autre(m: Monde, nom: str, montant: int = 5_000_00, duree: int = 1) -> Financement:
    """Another aid notified by the same funder."""
    organisme = f.organisme(nom, signataire=db.session.get(Utilisateur, m.sam.utilisateur_id))
    dossier = f.dossier(m.ligne.dossier.campagne, organisme)
    dossier.duree_annees = duree
    anne = db.session.get_one(Utilisateur, m.anne.utilisateur_id)
    [ligne] = f.programmer(dossier, [(prefecture(m), m.enveloppe, montant)], anne)
    notifier(replace(m, ligne=ligne), montant)
    db.session.commit()
    return ligne


def visees(*lignes: Financement, suites: tuple[int, ...] = ()) -> list[Visee]:
    return [Visee(x.id, x.version, suites) for x in lignes]


def lignes_de(lot: LotActes) -> list[LigneLotActes]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(LigneLotActes).where(LigneLotActes.lot_id == lot.id).order_by(LigneLotActes.id)
        )
    )


def client_de(app: Flask, m: Monde) -> FlaskClient:
    return connecte(app, db.session.get_one(Utilisateur, m.anne.utilisateur_id))


def test_chaque_aide_a_l_acte_de_la_regle(monde: Monde) -> None:
    grosse, longue = autre(monde, "Grosse", 24_000_00), autre(monde, "Longue", 6_000_00, 3)
    prevus = {a.ligne.id: a for a in aides_a_preparer(monde.anne)}
    assert {i: a.type.value for i, a in prevus.items()} == {
        monde.ligne.id: "arrete",
        grosse.id: "annuelle",
        longue.id: "cpo",
    }
    for ligne in (monde.ligne, grosse):  # the list says what the page of one act says
        assert prevus[ligne.id].type.value == type_propose(ligne).value
    assert prevus[longue.id].annees == [2028, 2029]
    lot = lancer_lot_actes(
        monde.anne,
        prefecture(monde),
        visees(monde.ligne, grosse) + visees(longue, suites=(6_000_00, 5_000_00)),
        "a" * 32,
    )
    db.session.commit()
    actes = [x.convention for x in lignes_de(lot)]
    assert [a.type for a in actes if a] == [
        TypeConvention.ARRETE,
        TypeConvention.ANNUELLE,
        TypeConvention.CPO,
    ]
    assert [a.numero for a in actes if a] == ["2027-001", "2027-002", "2027-003"]
    cpo = actes[2]
    assert cpo and [t.montant for t in cpo.tranches] == [6_000_00, 6_000_00, 5_000_00]
    assert aides_a_preparer(monde.anne) == []


def test_un_refus_n_arrete_personne(monde: Monde) -> None:
    prise, changee = autre(monde, "Prise"), autre(monde, "Changée")
    preparer_convention(monde.anne, prise)
    vues = [*visees(prise, monde.ligne), Visee(changee.id, changee.version - 1)]
    lot = lancer_lot_actes(monde.anne, prefecture(monde), vues, "b" * 32)
    db.session.commit()
    une, deux, trois = lignes_de(lot)
    assert [x.etat for x in (une, deux, trois)] == [E.REFUSEE, E.FAITE, E.REFUSEE]
    assert "couvre déjà" in une.message and trois.message == service.CHANGEE
    # The numbers have no hole: a refusal took none.
    assert sorted(db.session.scalars(select(Convention.numero))) == ["2027-001", "2027-002"]


def test_envoi_une_fois_et_reprise(monde: Monde, session: Any) -> None:
    grosse = autre(monde, "Grosse", 24_000_00)
    lot = lancer_lot_actes(monde.anne, prefecture(monde), visees(monde.ligne, grosse), "c" * 32)
    abandonne = lignes_de(lot)[0].convention
    assert abandonne is not None
    abandonner_projet(monde.anne, abandonne, "Erreur")
    session.commit()
    assert envoyer_lot_actes(monde.anne, lot) == 2
    session.commit()
    une, deux = lignes_de(lot)
    assert une.envoi is E.REFUSEE and une.message
    assert deux.envoi is E.FAITE and deux.convention
    assert deux.convention.etat is EtatConvention.SIGNATURE_PORTEUR
    avis = select(func.count()).where(Courriel.modele == "convention_a_signer")
    assert session.scalar(avis) == 1
    assert envoyer_lot_actes(monde.anne, lot) == 1  # what was refused only
    session.commit()
    assert session.scalar(avis) == 1


def test_tous_les_tours_avant_le_premier_numero(app: Flask, monde: Monde) -> None:
    """Otherwise a single act prepared meanwhile by somebody else crosses the lot (deadlock)."""
    autres = [autre(monde, nom, 1_000_00) for nom in ("Une", "Deux")]
    ordres: list[str] = []

    def noter(_c: Any, _cur: Any, ordre: str, *_r: Any) -> None:
        if "FOR NO KEY UPDATE" in ordre:
            ordres.append(ordre.split("FROM ")[1].split()[0])

    event.listen(db.engine, "before_cursor_execute", noter)
    lancer_lot_actes(monde.anne, prefecture(monde), visees(monde.ligne, *autres), "k" * 32)
    event.remove(db.engine, "before_cursor_execute", noter)
    if db.engine.dialect.name == "postgresql":
        assert ordres.index("financeur") > 0 and ordres.count("organisme") == 1
        assert ordres.index("organisme") < ordres.index("financeur")


def test_une_aide_couverte_entre_temps_est_dite(app: Flask, monde: Monde) -> None:
    seconde = autre(monde, "Seconde")
    client = client_de(app, monde)
    saisie = {
        "financeur": str(prefecture(monde).id),
        "jeton": "h" * 32,
        "aides": [str(monde.ligne.id), str(seconde.id)],
        f"version-{monde.ligne.id}": str(monde.ligne.version),
        f"version-{seconde.id}": str(seconde.version),
    }
    preparer_convention(monde.anne, seconde)
    db.session.commit()
    for _ in range(2):
        suite = client.post("/finance/actes-a-preparer", data=saisie)
        assert "aide cochée n’attend plus d’acte" in client.get(suite.location).text


def test_seules_les_personnes_du_financeur(monde: Monde, session: Any) -> None:
    lot = lancer_lot_actes(monde.anne, prefecture(monde), visees(monde.ligne), "d" * 32)
    session.commit()
    for personne in (monde.sam,):
        with pytest.raises(Interdit):
            lancer_lot_actes(personne, prefecture(monde), visees(monde.ligne), "e" * 32)
        assert not may(personne, "lot_actes.voir", lot)
    assert may(monde.bruno, "lot_actes.voir", lot)
    session.add(
        Deport(
            utilisateur_id=monde.bruno.utilisateur_id,
            organisme_id=monde.ligne.dossier.organisme_id,
            motif="Membre du bureau",
            declare_par_id=monde.bruno.utilisateur_id,
        )
    )
    session.commit()
    bruno = charger_acteur(session.get_one(Utilisateur, monde.bruno.utilisateur_id))
    assert not may(bruno, "lot_actes.voir", lot)


def test_par_les_pages_double_clic_et_cahiers(app: Flask, monde: Monde, session: Any) -> None:
    longue = autre(monde, "Longue", 6_000_00, 2)
    client = client_de(app, monde)
    page = client.get("/finance/actes-a-preparer").text
    assert "Arrêté" in page and "Convention pluriannuelle (CPO)" in page
    champs = {
        "financeur": str(prefecture(monde).id),
        "jeton": "f" * 32,
        "aides": [str(monde.ligne.id), str(longue.id), "987654"],
        f"version-{monde.ligne.id}": str(monde.ligne.version),
        f"version-{longue.id}": str(longue.version),
        f"annee-{longue.id}-2028": "douze",
    }
    refus = client.post("/finance/actes-a-preparer", data=champs)
    assert refus.status_code == 422 and 'value="douze"' in refus.text
    assert session.scalar(select(func.count(LotActes.id))) == 0
    champs[f"annee-{longue.id}-2028"] = "6 500"
    un = client.post("/finance/actes-a-preparer", data=champs)
    deux = client.post("/finance/actes-a-preparer", data=champs)  # the second click
    assert un.status_code == deux.status_code == 303 and un.location == deux.location
    assert session.scalar(select(func.count(Convention.id))) == 2
    suivi = un.location
    assert re.search(r"Envoyer 2\sactes à la signature", client.get(suivi).text)
    assert client.post(f"{suivi}/envoi").status_code == 303
    assert client.post(f"{suivi}/envoi").status_code == 409
    assert client.post(f"{suivi}/impression").status_code == 303
    assert "data-suivre" in client.get(suivi).text
    vider()
    page = client.get(suivi).text
    assert "Cahier 1" in page and "data-suivre" not in page
    reponse = client.get(f"{suivi}/cahiers/1.pdf")
    with pikepdf.open(BytesIO(reponse.data)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Actes 2027-001 à 2027-002"
        assert len(pdf.pages) == session.scalars(select(CahierActes.pages)).one()
        with pdf.open_outline() as plan:
            assert [x.title for x in plan.root] == ["Acte 2027-001", "Acte 2027-002"]
    assert client.get(f"{suivi}/cahiers/2.pdf").status_code == 404
    assert client.post("/finance/actes-a-preparer", data={"jeton": "g" * 32}).status_code == 422


def test_un_grand_lot_avance_par_tranches(
    app: Flask, monde: Monde, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TRANCHE", 2)
    monkeypatch.setattr(tache, "CAHIER", 2)
    lignes = [monde.ligne, *(autre(monde, f"Assoc {i}") for i in range(4))]
    lot = lancer_lot_actes(monde.anne, prefecture(monde), visees(*lignes), "h" * 32)
    session.commit()
    assert {x.etat for x in lignes_de(lot)} == {E.ATTENTE}
    with pytest.raises(PasLeMoment):
        envoyer_lot_actes(monde.anne, lot)
    session.rollback()
    vider()
    assert {x.etat for x in lignes_de(lot)} == {E.FAITE}
    imprimer_lot_actes(monde.anne, lot)
    session.commit()
    vider()
    session.expire_all()
    lot = session.get_one(LotActes, lot.id)
    assert [(c.rang, c.actes) for c in lot.cahiers] == [(1, 2), (2, 2), (3, 1)]
    cles = [c.cle for c in lot.cahiers]
    assert suite_actes(lot).travail is None
    # Asked twice: what the first demand still draws is not mixed with the second.
    with horloge_fixee(PRINTEMPS.replace(hour=16)):
        imprimer_lot_actes(monde.anne, lot)
        session.commit()
        imprimer_lot_actes(monde.anne, lot)
        session.commit()
        vider()
    session.expire_all()
    refaits = session.get_one(LotActes, lot.id).cahiers
    assert [(c.rang, c.actes) for c in refaits] == [(1, 2), (2, 2), (3, 1)]
    assert not {c.cle for c in refaits} & set(cles)
    assert b"".join(stockage().morceaux(refaits[0].cle)).startswith(b"%PDF")


def test_la_liste_ne_coute_pas_plus_cher_quand_elle_grandit(
    app: Flask, monde: Monde, session: Any
) -> None:
    client = client_de(app, monde)
    avec_une = compter_requetes(lambda: client.get("/finance/actes-a-preparer"))
    for i in range(5):
        autre(monde, f"Assoc {i}", duree=1 + i % 2)
    assert compter_requetes(lambda: client.get("/finance/actes-a-preparer")) == avec_une
    assert TRANCHE < 50
