"""What the dossier page says is expected, and dates refused with the other faults."""

from __future__ import annotations

from flask import Flask

from aap.extensions import db
from aap.permissions import charger_acteur
from aap.requetes.suivi_dossier import attendus, vie
from tests import outils_instruction as o
from tests.outils_porteur import connecte
from workflows.financement import EtatFinancement

NOTER = "Noter le dossier sur la grille, puis envoyer la notation."


def _attendus(decor: o.Decor, personne) -> list[tuple[str, bool]]:
    dossier = decor.dossier
    liste = attendus(charger_acteur(personne), dossier, vie(dossier), None)
    return [(a.quoi, a.a_vous) for a in liste]


def test_noter_est_attendu_tant_que_rien_n_est_envoye(app: Flask, session) -> None:
    decor = o.planter()
    avant = _attendus(decor, decor.instructrice)
    assert (NOTER, True) in avant
    siens = [a_vous for _, a_vous in avant]
    assert siens == sorted(siens, reverse=True), "what is up to the reader comes first"
    o.noter(decor, decor.instructrice)
    assert not any(quoi.startswith("Noter") for quoi, _ in _attendus(decor, decor.instructrice))


def test_clore_est_attendu_quand_tout_est_rendu(app: Flask, session) -> None:
    decor = o.planter()
    clore = "Clore l’instruction\u00a0: les avis des financeurs sont rendus."
    assert clore not in dict(_attendus(decor, decor.instructrice))
    o.noter(decor, decor.instructrice)
    for ligne in decor.dossier.financements:
        ligne.etat = EtatFinancement.AVIS_RENDU
    db.session.flush()
    assert clore in dict(_attendus(decor, decor.instructrice))


def test_toutes_les_fautes_ensemble(app: Flask, session) -> None:
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    base = f"/instruction/dossiers/{decor.dossier.id}"
    saisie = {"version": decor.dossier.version, "liste": "Un RIB", "echeance": "2020-01-01"}
    html = client.post(f"{base}/complements", data=saisie).text
    assert "Dites ce qui manque et pourquoi." in html
    assert "Fixez une date de réponse dans le futur." in html
    avis = client.post(f"{base}/demande-avis", data={"echeance": "2020-01-01"}).text
    assert "Fixez une date dans le futur." in avis
    assert "Dites à quel titre l’avis est demandé." in avis
    assert "Choisissez une personne." in avis  # nobody is chosen beforehand
    db.session.rollback()


def test_un_choix_absent_est_dit_une_fois(app: Flask, session) -> None:
    """An empty choice gives our sentence alone, never « not a valid choice » as well."""
    decor = o.planter()
    client = connecte(app, decor.instructrice)
    page = f"/instruction/financements/{decor.ligne_etat.id}/avis"
    vide = client.post(page, data={"version": decor.ligne_etat.version}).text
    assert "Choisissez un avis." in vide
    assert "choix valide" not in vide and "réponses proposées" not in vide
    faux = client.post(page, data={"version": decor.ligne_etat.version, "valeur": "x"}).text
    assert "Choisissez l’une des réponses proposées." in faux
    db.session.rollback()
