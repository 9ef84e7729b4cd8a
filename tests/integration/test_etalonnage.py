"""Calibration: the same few dossiers first, scored blindly, then the differences on one page."""

from __future__ import annotations

import pytest

from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.extensions import db
from aap.models import Dossier, Evenement
from aap.services.etalonnage import clore_etalonnage, ouvrir_etalonnage
from tests import fabriques as f
from tests import outils_instruction as o
from tests.outils_connexion import se_connecter


def _decor() -> tuple[o.Decor, list[Dossier]]:
    decor = o.planter()
    o.dossiers_en_plus(decor, 3)
    return decor, list(db.session.query(Dossier).order_by(Dossier.id))


def test_seuls_ses_dossiers_se_notent(session) -> None:
    decor, dossiers = _decor()
    coordination = f.acteur(decor.coordination)
    with pytest.raises(Interdit):
        ouvrir_etalonnage(f.acteur(decor.instructrice), decor.campagne, [])
    for ids in ([dossiers[0].id], [dossiers[0].id, 99_999]):
        with pytest.raises(Invalide):
            ouvrir_etalonnage(coordination, decor.campagne, ids)
    ouvrir_etalonnage(coordination, decor.campagne, [d.id for d in dossiers[:2]])
    with pytest.raises(PasLeMoment, match="déjà"):
        ouvrir_etalonnage(coordination, decor.campagne, [d.id for d in dossiers[:2]])
    o.noter(decor, decor.instructrice, dossiers[0])
    with pytest.raises(PasLeMoment, match="étalonnage"):
        o.noter(decor, decor.instructrice, dossiers[2])
    with pytest.raises(Invalide):
        clore_etalonnage(coordination, decor.campagne, " ")
    clore_etalonnage(coordination, decor.campagne, "Le partenariat se prouve par un écrit.")
    o.noter(decor, decor.instructrice, dossiers[2])
    with pytest.raises(PasLeMoment):
        clore_etalonnage(coordination, decor.campagne, "Encore")
    actes = {e.acte for e in session.query(Evenement)}
    assert {"etalonnage.ouvrir", "etalonnage.clore"} <= actes


def test_trop_tard_quand_la_notation_a_commence(client, session) -> None:
    decor, dossiers = _decor()
    o.noter(decor, decor.instructrice)
    with pytest.raises(PasLeMoment, match="déjà envoyées"):
        ouvrir_etalonnage(
            f.acteur(decor.coordination), decor.campagne, [d.id for d in dossiers[:2]]
        )
    se_connecter(client, decor.coordination)
    page = client.get(f"/copil/campagnes/{decor.campagne.id}/etalonnage").text
    assert "déjà envoyées" in page and "Ouvrir l’étalonnage" not in page


def test_les_pages(client, session) -> None:
    decor, dossiers = _decor()
    base = f"/copil/campagnes/{decor.campagne.id}/etalonnage"
    se_connecter(client, decor.instructrice)
    assert client.get(base).status_code == 403
    se_connecter(client, decor.coordination)
    assert "Été à l’école" in client.get(base).text
    un = [str(dossiers[0].id), "x"]
    refus = client.post(base, data={"dossiers": un})
    assert refus.status_code == 422 and "checked" in refus.text
    deux = [str(d.id) for d in dossiers[:2]]
    cherche = {"dossiers": deux[:1], "q": "introuvable", "action": "chercher"}
    trouve = client.post(base, data=cherche)
    assert trouve.status_code == 200 and "Aucun dossier ne correspond" in trouve.text
    assert trouve.text.count('name="dossiers"') == 1
    assert f'value="{deux[0]}" checked' in trouve.text
    assert client.post(base, data={"dossiers": deux}).status_code == 303
    o.noter(decor, decor.instructrice, dossiers[0], qualite=4, egalite=1)
    o.noter(decor, decor.collegue, dossiers[0], qualite=2, egalite=1)
    session.commit()
    page = client.get(base).text
    assert "Qualite" in page and "2 sur 4" in page and "2&nbsp;/&nbsp;2" in page
    assert client.post(base + "/clore", data={"compte_rendu": ""}).status_code == 422
    assert client.post(base + "/clore", data={"compte_rendu": "Convenu"}).status_code == 303
    assert "Convenu" in client.get(base).text
