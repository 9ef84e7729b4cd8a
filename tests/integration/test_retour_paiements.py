"""The accountant's extraction: compared, applied once, within one's own funder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Evenement, RoleHabilitation, Utilisateur, Versement
from aap.permissions import charger_acteur
from aap.services import versement as service
from aap.services.retour_paiements import PaiementLu, constater_retour
from tests import fabriques as f
from tests.integration.test_pages_finance import connecter
from tests.outils_course import courir, en_clair
from tests.parcours.test_argent import ETE, PRINTEMPS, Monde, creer_monde, en_vigueur, notifier
from workflows.versement import EtatVersement

PAYE_LE = date(2027, 6, 30)
TETE = "N° EJ;Code taxe 1;Exercice comptable;Montant payé;Date de dernière opération sur la DP\r\n"


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def mandate(m: Monde) -> Versement:
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    service.proposer(m.anne, v)
    service.valider(m.bruno, v)
    service.mandater(m.anne, v, "M-1", "2104")
    db.session.commit()
    return v


def envoyer(client: FlaskClient, v: Versement, octets: bytes | None = None) -> Any:
    acte = v.tranche.convention
    if octets is None:
        euros = f"{v.montant // 100},{v.montant % 100:02d}"
        rangee = f"2104;{acte.organisme.siret};{v.tranche.exercice};{euros};30/06/2027\r\n"
        octets = (TETE + rangee).encode("cp1252")
    donnees = {"financeur": str(acte.financeur_id), "fichier": (BytesIO(octets), "chorus.csv")}
    return client.post("/finance/versements/retour", data=donnees)


def test_comparer_appliquer_une_seule_fois(
    client: FlaskClient, monde: Monde, app: Flask, session: Any
) -> None:
    v = mandate(monde)
    with horloge_fixee(ETE):
        anne = connecter(client, monde.anne)
        assert anne.get("/finance/versements/retour").status_code == 200
        page = envoyer(anne, v)
        choix = f"{v.id}:{v.version}:2027-06-30"
        assert page.status_code == 200 and choix in page.text and "Concordants" in page.text
        session.expire_all()
        assert v.etat is EtatVersement.MANDATE
        bruno = connecter(app.test_client(), monde.bruno)
        appliquer = "/finance/versements/retour/appliquer"
        for officier in (anne, anne, bruno):
            assert officier.post(appliquer, data={"paiements": choix}).status_code == 303
        session.expire_all()
        assert v.etat is EtatVersement.PAYE and str(v.paye_le) == "2027-06-30"
        faits = select(func.count()).where(Evenement.acte == "versement.constater_paiement")
        assert session.scalar(faits) == 1
        encore = envoyer(bruno, v).text
        assert "Déjà constatés" in encore and 'name="paiements"' not in encore


def test_refus_et_fichiers_hostiles(
    client: FlaskClient, monde: Monde, app: Flask, session: Any
) -> None:
    v = mandate(monde)
    appliquer = "/finance/versements/retour/appliquer"
    sam = connecter(app.test_client(), monde.sam)
    assert envoyer(sam, v).status_code == 403
    assert (
        sam.post(appliquer, data={"paiements": f"{v.id}:{v.version}:2027-02-01"}).status_code == 403
    )
    anne = connecter(client, monde.anne)
    for octets in (b"", b"PK\x03\x04", b"\xff\xfe\0a", b"Nom;Prix\r\na;1\r\n"):
        assert envoyer(anne, v, octets).status_code == 422
    for choix in ("", "x", "1:2", f"{v.id}:{v.version}:hier", "99999:1:2027-01-01"):
        assert anne.post(appliquer, data={"paiements": choix}).status_code == 422
    futur = {"paiements": f"{v.id}:{v.version}:2099-01-01"}
    assert anne.post(appliquer, data=futur).status_code == 422
    session.expire_all()
    assert v.etat is EtatVersement.MANDATE


def test_autre_financeur_ne_voit_ni_n_applique(
    client: FlaskClient, monde: Monde, app: Flask, session: Any
) -> None:
    v = mandate(monde)
    contrat = monde.enveloppe.financeur.contrat
    agent = f.agent(RoleHabilitation.FINANCE, contrat, f.financeur(contrat, "ville"), "Chloé")
    etranger = connecter(client, f.acteur(agent))
    assert envoyer(etranger, v).status_code == 422
    choix = {"paiements": f"{v.id}:{v.version}:2027-02-01"}
    refus = etranger.post("/finance/versements/retour/appliquer", data=choix)
    assert refus.status_code == 422
    session.expire_all()
    assert v.etat is EtatVersement.MANDATE


def test_deux_agents_appliquent_le_meme_fichier(app: Flask, monde: Monde, session: Any) -> None:
    """At the same instant: one records, the other finds it done or is refused in clear words."""
    v = mandate(monde)
    cle, version = v.id, v.version

    def agir(qui: int) -> Callable[[], object]:
        def acte() -> None:
            with horloge_fixee(ETE):
                acteur = charger_acteur(db.session.get_one(Utilisateur, qui))
                lu = PaiementLu(db.session.get_one(Versement, cle), PAYE_LE, version)
                constater_retour(acteur, [lu])

        return acte

    agents = (monde.anne.utilisateur_id, monde.bruno.utilisateur_id)
    issues = courir(app, [agir(a) for a in agents if a])
    en_clair(issues)
    assert None in issues
    session.expire_all()
    assert service.verse(monde.ligne) == v.montant
    faits = select(func.count()).where(Evenement.acte == "versement.constater_paiement")
    assert session.scalar(faits) == 1


def test_le_titulaire_du_compte_est_compare_au_nom(
    client: FlaskClient, monde: Monde, session: Any
) -> None:
    v = mandate(monde)
    anne = connecter(client, monde.anne)
    v.tranche.convention.organisme.titulaire_compte = "M. Jean Dupond"
    session.commit()
    assert "n’est pas celui de l’organisme" in anne.get(f"/finance/versements/{v.id}").text
    v.tranche.convention.organisme.titulaire_compte = v.tranche.convention.organisme.nom.upper()
    session.commit()
    assert "n’est pas celui de l’organisme" not in anne.get(f"/finance/versements/{v.id}").text
