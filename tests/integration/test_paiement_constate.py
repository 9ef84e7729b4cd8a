"""What the accountant really did: when, how much, and what remains to be planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.models import Courriel, Evenement, TypeConvention, TypeVersement, Versement
from aap.services import organisme as organismes
from aap.services import versement as service
from aap.services.tranche import ajouter_versement, reste_a_planifier
from tests.integration.test_pages_finance import connecter, poster
from tests.integration.test_retour_paiements import TETE, envoyer
from tests.parcours.test_argent import ETE, PRINTEMPS, Monde, creer_monde, en_vigueur, notifier
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

PAYE_LE = date(2027, 6, 30)
IBAN = "FR7630001007941234567890185"


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def valide(m: Monde) -> Versement:
    notifier(m)
    v = en_vigueur(m, type_acte=TypeConvention.ANNUELLE).tranches[0].versements[0]
    service.proposer(m.anne, v)
    service.valider(m.bruno, v)
    return v


def mandate(m: Monde) -> Versement:
    v = valide(m)
    service.mandater(m.anne, v, "M-1", "2104")
    return v


def test_jamais_avant_la_signature_ni_a_venir(monde: Monde, app: Flask, session: Any) -> None:
    """Typed by an officer or read in the accountant’s file; one bad line stops nobody else’s."""
    v = mandate(monde)
    session.commit()
    with horloge_fixee(ETE):
        for jour in (date(2027, 3, 14), date(2027, 7, 2)):
            with pytest.raises(Invalide) as refus:
                service.constater_paiement(monde.anne, v, jour)
            assert [p.champ for p in refus.value.problemes] == ["paye_le"]
        acte = v.tranche.convention
        rangee = f"2104;{acte.organisme.siret};2027;8000,01;14/03/2027\r\n"
        page = envoyer(connecter(app.test_client(), monde.anne), v, (TETE + rangee).encode())
        assert "Payé avant l’acte" in page.text and 'name="paiements"' not in page.text
        service.constater_paiement(monde.anne, v, date(2027, 3, 15))
    assert v.etat is EtatVersement.PAYE


def test_le_comptable_a_paye_moins(monde: Monde, app: Flask, session: Any) -> None:
    v = mandate(monde)
    session.commit()
    page = f"/finance/versements/{v.id}/constater_paiement"
    with horloge_fixee(ETE):
        anne = connecter(app.test_client(), monde.anne)
        assert "8\u202f000,01" in anne.get(page).text
        jour = {"paye_le": "2027-06-30"}
        for faux in ({"montant": "8 000,02", "motif": "Erreur"}, {"montant": "7 000"}):
            assert poster(anne, page, v, **jour, **faux).status_code == 422
        assert poster(anne, page, v, **jour, montant="0", motif="Rien").status_code == 422
        juste = {"montant": "7 000", "motif": "Opposition d’un créancier"}
        assert poster(anne, page, v, **jour, **juste).status_code == 303
        session.expire_all()
        assert v.etat is EtatVersement.PAYE and v.montant == 7_000_00
        assert v.motif == "Opposition d’un créancier"
        fait = session.scalars(
            select(Evenement).where(Evenement.acte == "versement.constater_paiement")
        ).one()
        assert (fait.donnees["mandate"], fait.donnees["paye"]) == (8_000_01, 7_000_00)
        assert fait.motif == v.motif
        tranche = v.tranche
        assert reste_a_planifier(tranche) == 1_000_01
        assert monde.ligne.etat is EtatFinancement.VERSE_PARTIEL
        reste = ajouter_versement(monde.anne, tranche, TypeVersement.ACOMPTE, 1_000_01, ETE.date())
        with pytest.raises(PasLeMoment):
            service.mandater(monde.anne, reste, "M-2")


def test_un_rib_change_apres_la_validation_se_revalide(monde: Monde, session: Any) -> None:
    """Two people looked at an account: no other one is paid in its place."""
    v = valide(monde)
    organisme = v.tranche.convention.organisme
    organismes.enregistrer_rib(monde.sam, organisme, IBAN, "", "Les Jardins")
    with pytest.raises(PasLeMoment, match="RIB a changé"):
        service.mandater(monde.anne, v, "M-1")
    session.refresh(v)
    service.rejeter(monde.bruno, v, "RIB changé")
    service.reprendre(monde.bruno, v)
    service.proposer(monde.bruno, v)
    service.valider(monde.anne, v)
    service.mandater(monde.bruno, v, "M-1")
    assert v.etat is EtatVersement.MANDATE


def test_la_banque_renvoie_le_virement(monde: Monde, app: Flask, session: Any) -> None:
    """The line says what is really paid; the same payment is made again, by two people."""
    v = mandate(monde)
    with horloge_fixee(ETE):
        service.constater_paiement(monde.anne, v, PAYE_LE)
        session.commit()
        anne = connecter(app.test_client(), monde.anne)
        page = f"/finance/versements/{v.id}/constater_rejet"
        assert anne.get(page).status_code == 200
        assert poster(anne, page, v, motif="").status_code == 422
        vue = {"version": str(v.version), "motif": "Compte clos"}
        assert [anne.post(page, data=vue).status_code for _ in range(2)] == [303, 409]
        session.expire_all()
        assert v.etat is EtatVersement.REJETE and v.paye_le is None
        assert monde.ligne.etat is EtatFinancement.ENGAGE and not service.verse(monde.ligne)
        recu = session.scalars(select(Courriel).where(Courriel.modele == "versement_rejete")).one()
        assert "Compte clos" in recu.texte and "8\u202f000,01" in recu.texte
        service.reprendre(monde.anne, v)
        service.proposer(monde.anne, v)
        service.valider(monde.bruno, v)
        service.mandater(monde.anne, v, "M-2")
        service.constater_paiement(monde.anne, v, PAYE_LE)
    assert monde.ligne.etat is EtatFinancement.VERSE_PARTIEL
    assert service.verse(monde.ligne) == 8_000_01
