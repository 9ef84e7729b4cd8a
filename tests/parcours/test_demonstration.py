"""The demonstration is made by the services: a small one must live, hold and repeat itself."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from aap.demo.coffre import COFFRES
from aap.demo.construire import construire
from aap.documents.depuis_depot import donnees_dossier
from aap.documents.dossier import produire
from aap.extensions import db
from aap.models import (
    Avenant,
    Campagne,
    Classement,
    Consensus,
    Convention,
    Courriel,
    Depot,
    Dossier,
    Evenement,
    Financement,
    Organisme,
    PieceOrganisme,
    TypeConvention,
    Versement,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.coffre import EtatRayon, coffre
from aap.services.classement import rejouer
from aap.services.journal import verifier_journal
from aap.services.referentiel import charger_contrat
from aap.stockage import stockage

pytestmark = pytest.mark.timeout(240)


def test_small_demonstration(app: Flask) -> None:
    """Built once, looked at three times."""
    with app.app_context():
        charger_contrat(lire_contrat(DONNEES / "gosb-2024-2030"))
        db.session.commit()
        construire(7, muet=True, pour_cent=12)
        _every_stage_is_there_and_the_journal_holds()
        _money_never_exceeds_what_was_voted()
        _every_dossier_has_its_journal()
        _the_vaults_show_every_state()
        _notes_were_agreed_on_and_a_list_frozen()


def _notes_were_agreed_on_and_a_list_frozen() -> None:
    """The finished call keeps its ranked list, and it replays; the running one has agreements."""
    fige = db.session.scalars(select(Classement)).one()
    assert fige.rouvert_le is None and rejouer(fige).conforme
    assert {c.dossier.campagne_id for c in db.session.scalars(select(Consensus))} >= {
        fige.campagne_id
    }


def _the_vaults_show_every_state() -> None:
    """Complete, ending, out of date, missing; the members were told; every paper is a real PDF."""
    porteurs = db.session.scalars(
        select(Organisme)
        .where(Organisme.id.in_(select(PieceOrganisme.organisme_id)))
        .order_by(Organisme.id)
    ).all()
    assert len(porteurs) == len(COFFRES)
    etats = {r.etat for o in porteurs for r in coffre(o).rayons}
    assert etats >= {EtatRayon.PRESENT, EtatRayon.BIENTOT, EtatRayon.PERIME, EtatRayon.MANQUANT}
    rappels = select(Courriel).where(Courriel.modele == "piece_rappel")
    assert db.session.scalars(rappels).first() is not None
    pieces = db.session.scalars(select(PieceOrganisme)).all()
    assert {p.fichier.type_mime for p in pieces} == {"application/pdf"}
    lu = PdfReader(io.BytesIO(stockage().lire(pieces[0].fichier.cle))).pages[0].extract_text()
    assert "Document fictif" in lu and porteurs[0].nom in lu
    # A dossier deposited by the showcase organisation carries its budget and its papers.
    depot = db.session.scalars(
        select(Depot)
        .join(Dossier)
        .join(Campagne)
        .where(Dossier.organisme_id == porteurs[0].id)
        .order_by(Campagne.exercice.desc(), Depot.id.desc())
    ).first()
    assert depot is not None and len(depot.contenu["pieces"]) >= 4
    assert depot.contenu["budget_organisme"]["lignes"]
    texte = "".join(
        page.extract_text()
        for page in PdfReader(
            io.BytesIO(produire(donnees_dossier(depot.dossier, depot.contenu, depot)))
        ).pages
    )
    assert "statuts.pdf" in texte and "58 000" in " ".join(texte.split())


def _every_stage_is_there_and_the_journal_holds() -> None:
    etats = Counter(db.session.scalars(select(Dossier.etat)))
    attendus = {"brouillon", "depose", "en_instruction", "inscrit", "en_execution", "clos"}
    assert attendus <= {e.value for e in etats}
    assert db.session.scalar(select(func.count()).select_from(Campagne)) == 5
    assert db.session.scalars(
        select(Convention).where(Convention.type == TypeConvention.CPO)
    ).first()
    # The showcase organisation has a convention and an avenant to sign.
    premier = select(func.min(Organisme.id)).scalar_subquery()
    attend = (Convention.organisme_id == premier, Convention.etat == "signature_porteur")
    assert db.session.scalars(select(Convention).where(*attend)).first()
    avenant = db.session.scalars(select(Avenant).order_by(Avenant.id)).first()
    assert avenant is not None and avenant.etat.value == "signature_porteur"
    lues, rupture = verifier_journal()
    assert rupture is None
    assert lues > 500
    # Nobody real: every organisation says that it is invented.
    noms = db.session.scalars(select(Organisme.nom)).all()
    assert noms and all("(fictif)" in nom for nom in noms)


def _money_never_exceeds_what_was_voted() -> None:
    for ligne in db.session.scalars(select(Financement)):
        payes = db.session.scalar(
            select(func.coalesce(func.sum(Versement.montant), 0)).where(
                Versement.tranche.has(financement_id=ligne.id), Versement.etat == "paye"
            )
        )
        assert payes <= (ligne.montant_vote or 0)


def _every_dossier_has_its_journal() -> None:
    sans = db.session.scalars(
        select(Dossier.id).where(
            ~select(Evenement.id)
            .where(Evenement.entite == "dossier", Evenement.entite_id == Dossier.id)
            .exists()
        )
    ).all()
    assert sans == []
