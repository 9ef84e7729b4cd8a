"""A call and a type are offered only where they apply, with the reason said at the start."""

from __future__ import annotations

from bs4 import BeautifulSoup

from aap.extensions import db
from aap.models import FormeJuridique, TypeCampagne, TypeDossier
from aap.requetes.campagne_ouverte import FORMES_PERMISES, TYPES_PERMIS, offres, refus_type
from tests.outils_porteur import campagne_de, connecte, planter

NOUVEAU = "/porteur/dossiers/nouveau"


def _choix(page: str, nom: str) -> list[str]:
    lues = BeautifulSoup(page, "html.parser").find_all("input", {"name": nom})
    return [str(x["value"]) for x in lues]


def _avec_fpcc(d, forme: FormeJuridique, code_postal: str = "94310"):
    d.contrat.regles = {"fpcc": {"departements": ["91"]}}
    d.organisme.forme, d.organisme.code_postal = forme, code_postal
    return campagne_de(d.contrat, "fpcc", nom="Fonds participatif", type=TypeCampagne.FPCC)


def test_une_commune_ne_voit_que_ce_qui_est_pour_elle(app, session) -> None:
    d = planter()
    fpcc = _avec_fpcc(d, FormeJuridique.COMMUNE)
    fpcc_id, aap_id = fpcc.id, d.campagne.id
    client = connecte(app, d.signataire)
    page = client.get(NOUVEAU).text
    assert _choix(page, "campagne") == [str(aap_id)] and str(fpcc_id) not in _choix(
        page, "campagne"
    )
    assert _choix(page, "type_dossier") == ["action", "pre", "adulte_relais"]
    assert "est ouvert, mais pas à votre organisme" in page
    assert "Le fonds participatif finance des associations" in page


def test_une_association_d_ailleurs_sait_ou_mener_l_action(app, session) -> None:
    d = planter()
    d.autre_quartier.departement = "91"
    fpcc = _avec_fpcc(d, FormeJuridique.ASSOCIATION)
    fpcc_id = fpcc.id
    client = connecte(app, d.signataire)
    page = client.get(NOUVEAU).text
    assert str(fpcc_id) in _choix(page, "campagne")
    assert "Réservé aux actions menées dans l’Essonne" in page
    assert "votre organisme n’y a pas son siège" in page and "Quartier Ouest (Orlyville)" in page
    d.organisme.code_postal = "91200"
    db.session.commit()
    assert "n’y a pas son siège" not in client.get(NOUVEAU).text


def test_seul_un_appel_qui_n_est_pas_pour_elle(app, session) -> None:
    d = planter()
    _avec_fpcc(d, FormeJuridique.BAILLEUR)
    db.session.delete(d.campagne)
    page = connecte(app, d.signataire).get(NOUVEAU)
    assert page.status_code == 200
    assert "Aucun appel à projets ouvert n’est destiné à votre organisme" in page.text


def test_ce_qui_est_offert_n_est_jamais_refuse_ensuite(session) -> None:
    """For every legal form and every kind of call, what the page offers the service takes."""
    d = planter()
    for genre in TypeCampagne:
        d.campagne.type = genre
        for forme in FormeJuridique:
            d.organisme.forme = forme
            (offre,) = offres([d.campagne], [d.organisme])
            for t in TypeDossier:
                assert (t in offre.types) == (not refus_type(d.campagne, d.organisme, t))
            assert bool(offre.refus) == (not offre.types)
    assert set(FORMES_PERMISES) <= {t for types in TYPES_PERMIS.values() for t in types}
