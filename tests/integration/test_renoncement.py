"""The porteur gives an aid up: who may, when, what falls with it, who is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Courriel, Decision, Evenement, RoleMembre, TypeConvention
from aap.requetes.bilans_retard import en_retard_sql
from aap.requetes.finance import bilans_du_financeur
from aap.requetes.soldes import reste_a_attribuer
from aap.services import convention as conventions
from aap.services import signature, versement
from aap.services.renoncement import renoncables, renoncer_aide
from aap.services.versement import bilans_en_retard
from aap.taches.bilans import bilans_quotidiens
from tests import fabriques as f
from tests.integration.test_avenants import ruptures
from tests.integration.test_pages_finance import connecter
from tests.parcours.test_argent import (
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
)
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

MOTIF = "L’animatrice est partie."


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def redacteur(m: Monde) -> Any:
    personne = f.utilisateur("Rose", "Rédactrice")
    f.membre(m.ligne.dossier.organisme, personne, RoleMembre.REDACTEUR)
    return f.acteur(personne)


def test_apres_publication_seulement(monde: Monde, session: Any) -> None:
    m = monde
    for decision in session.scalars(select(Decision)):
        decision.publiee_le = None
    session.flush()
    assert renoncables(m.sam, m.ligne.dossier) == set()
    with pytest.raises(PasLeMoment, match="après la publication"):
        renoncer_aide(m.sam, m.ligne, MOTIF)


def test_le_projet_d_acte_tombe(monde: Monde, session: Any) -> None:
    m = monde
    avant = reste_a_attribuer(m.enveloppe)
    notifier(m)
    projet = conventions.preparer_convention(m.anne, m.ligne, TypeConvention.ANNUELLE)
    signature.envoyer_a_la_signature(m.anne, projet)
    with pytest.raises(Interdit):
        renoncer_aide(m.anne, m.ligne, MOTIF)
    with pytest.raises(Invalide):
        renoncer_aide(m.sam, m.ligne, "  ")
    assert renoncer_aide(m.sam, m.ligne, MOTIF) is None
    assert m.ligne.etat is EtatFinancement.RENONCE
    assert projet.etat is EtatConvention.RESILIEE
    assert projet.tranches[0].etat is EtatTranche.ABANDONNEE
    assert reste_a_attribuer(m.enveloppe) == avant + 10_000_01
    courriel = session.scalars(select(Courriel).where(Courriel.modele == "aide_renoncee")).all()
    assert len(courriel) == 2, "les deux agents des finances du financeur"
    ligne = session.scalars(
        select(Evenement).where(Evenement.acte == "dossier.renoncer_aide")
    ).one()
    assert ligne.visible_porteur and ligne.motif == MOTIF
    assert ruptures() == []
    with pytest.raises(PasLeMoment):
        renoncer_aide(m.sam, m.ligne, MOTIF)


def test_l_acte_signe_reste_au_financeur(monde: Monde, session: Any) -> None:
    m = monde
    notifier(m)
    acte = en_vigueur(m)
    assert renoncer_aide(m.sam, m.ligne, MOTIF) is acte
    assert acte.etat is EtatConvention.EN_VIGUEUR
    assert m.ligne.dossier.etat is EtatDossier.CLOS
    with pytest.raises(PasLeMoment, match="renoncé à cette aide"):
        versement.proposer(m.anne, acte.tranches[0].versements[0])
    bilan = bilan_de(m, session)
    bilan.echeance = PRINTEMPS.date().replace(month=1)
    bilans_quotidiens()
    assert bilan.etat is EtatBilan.ATTENDU, "aucun bilan n’est réclamé pour une aide abandonnée"
    conventions.resilier(m.anne, acte, MOTIF)
    assert acte.tranches[0].etat is EtatTranche.ABANDONNEE
    assert ruptures() == []


def test_plus_rien_apres_un_paiement(monde: Monde) -> None:
    m = monde
    notifier(m)
    acte = en_vigueur(m)
    with horloge_fixee(PRINTEMPS.replace(month=7)):
        payer(m, acte.tranches[0].versements[0])
    assert renoncables(m.sam, m.ligne.dossier) == set()
    with pytest.raises(PasLeMoment):
        renoncer_aide(m.sam, m.ligne, MOTIF)


def test_page(monde: Monde, app: Flask, session: Any) -> None:
    m = monde
    notifier(m)
    en_vigueur(m)
    rose = redacteur(m)
    session.commit()
    url = f"/porteur/aides/{m.ligne.id}/renoncer"
    for acteur in (rose, m.anne):
        client = connecter(app.test_client(), acteur)
        assert client.get(url).status_code == 403
        assert client.post(url, data={"motif": MOTIF}).status_code == 403
    sam = connecter(app.test_client(), m.sam)
    assert url in sam.get(f"/porteur/dossiers/{m.ligne.dossier_id}").text
    page = sam.get(url)
    assert page.status_code == 200 and "déjà signé" in page.text
    assert sam.post(url, data={"motif": ""}).status_code == 422
    perimee = sam.post(url, data={"motif": MOTIF, "version": "0"})
    assert perimee.status_code == 409
    db.session.refresh(m.ligne)
    fait = sam.post(url, data={"motif": MOTIF, "version": m.ligne.version})
    assert fait.status_code == 303
    assert sam.get(url).status_code == 409
    suivi = sam.get(f"/porteur/dossiers/{m.ligne.dossier_id}").text
    assert url not in suivi and "Renoncement à l’aide" in suivi
    anne = connecter(app.test_client(), m.anne)
    assert "acte à arrêter" in anne.get("/finance/").text


def test_rien_n_est_en_retard_d_une_aide_a_laquelle_on_renonce(monde: Monde, session: Any) -> None:
    """The signed act is still to be ended: no bilan is awaited, no other payment is stopped."""
    m = monde
    notifier(m)
    convention = en_vigueur(m)
    dossier = m.ligne.dossier
    tard = datetime(2029, 1, 10, 10, tzinfo=UTC)

    def en_retard() -> tuple[int, int]:
        lus = session.scalars(bilans_du_financeur(m.anne, en_retard_sql())).all()
        return len(lus), bilans_en_retard(convention.financeur_id, dossier.organisme_id)

    with horloge_fixee(tard):
        assert en_retard() == (1, 1)
    renoncer_aide(m.sam, m.ligne, MOTIF)
    assert convention.tranches[0].etat is EtatTranche.FERME
    with horloge_fixee(tard):
        assert en_retard() == (0, 0)
