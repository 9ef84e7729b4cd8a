"""Outlines of quartiers: an invented GeoJSON file, its faults by name, the map drawn from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from aap.extensions import db
from aap.models import ContourQuartier, Quartier
from aap.referentiel.contours import lire_contours
from aap.referentiel.lecture import ReferentielInvalide
from aap.requetes.carte import carte_des_quartiers
from aap.services.contours import charger_contours
from tests.outils_porteur import connecte, dossier_complet, planter

CARRE = [[2.40, 48.75], [2.41, 48.75], [2.41, 48.76], [2.40, 48.76], [2.40, 48.75]]
AILLEURS = [[2.45, 48.70], [2.46, 48.70], [2.46, 48.72], [2.45, 48.70]]


def _element(genre: str = "Polygon", coordonnees: Any = None, **proprietes: Any) -> dict[str, Any]:
    geometrie = {"type": genre, "coordinates": [CARRE] if coordonnees is None else coordonnees}
    return {"type": "Feature", "properties": proprietes, "geometry": geometrie}


def _fichier(dossier: Path, *elements: Any, nom: str = "inventes.geojson") -> Path:
    chemin = dossier / nom
    contenu = {"type": "FeatureCollection", "features": list(elements)}
    chemin.write_text(json.dumps(contenu), "utf-8")
    return chemin


def test_charger_par_code_et_par_nom(session: Any, tmp_path: Path) -> None:
    d = planter()
    d.quartier.code_qpv = "QN09401M"
    db.session.flush()
    fichier = _fichier(
        tmp_path,
        _element(code_qp="qn09401m"),
        _element("MultiPolygon", [[AILLEURS], [CARRE]], nom="quartier OUEST"),
    )
    rapport = charger_contours(d.contrat, fichier)
    assert len(rapport.ajouts) == 2
    assert charger_contours(d.contrat, fichier).vide
    pose = db.session.get_one(ContourQuartier, d.quartier.id)
    assert pose.surfaces[0][0][0] == [2_400_000, 48_750_000]
    change = _fichier(tmp_path, _element(coordonnees=[AILLEURS], code_qp="QN09401M"))
    assert charger_contours(d.contrat, change).changements == ["contour Quartier Est"]


@pytest.mark.parametrize(
    ("element", "mot"),
    [
        ("texte", "une Feature est attendue"),
        (_element(), "aucun de ces noms"),
        (_element("Point", [2.4, 48.7], code="x"), "Polygon"),
        (_element(coordonnees=[], code="x"), "liste d’anneaux"),
        (_element(coordonnees=[CARRE[:3]], code="x"), "quatre points"),
        (_element(coordonnees=[CARRE[:4]], code="x"), "finit où il commence"),
        (_element(coordonnees=[[[200, 0]] * 5], code="x"), "longitude"),
        (_element(coordonnees=[[["a", 0]] * 5], code="x"), "longitude"),
        (_element(coordonnees="²", code="x"), "liste d’anneaux"),
        ({"type": "Feature", "properties": {"code": "x"}, "geometry": None}, "Polygon"),
        (_element(code="inconnu"), "aucun quartier du contrat"),
    ],
)
def test_chaque_faute_est_nommee(session: Any, tmp_path: Path, element: Any, mot: str) -> None:
    d = planter()
    bon = _element(code=d.quartier.code)
    with pytest.raises(ReferentielInvalide) as refus:
        charger_contours(d.contrat, _fichier(tmp_path, bon, element))
    assert mot in str(refus.value) and "features[1]" in str(refus.value)
    assert db.session.get(ContourQuartier, d.quartier.id) is None


def test_fichiers_illisibles(tmp_path: Path) -> None:
    for contenu in (b"", b"\xff\xfe", b"{", b"[]", b'{"type": "FeatureCollection"}', b"[" * 9999):
        chemin = tmp_path / "faux.geojson"
        chemin.write_bytes(contenu)
        with pytest.raises(ReferentielInvalide):
            lire_contours(chemin)
    lambert = {"type": "FeatureCollection", "crs": {"name": "EPSG:2154"}, "features": [_element()]}
    chemin.write_text(json.dumps(lambert), "utf-8")
    with pytest.raises(ReferentielInvalide, match="WGS 84"):
        lire_contours(chemin)


def test_doublon_et_inconnus(session: Any, tmp_path: Path) -> None:
    d = planter()
    double = _fichier(tmp_path, _element(code=d.quartier.code), _element(nom=d.quartier.nom))
    with pytest.raises(ReferentielInvalide, match="deux fois"):
        charger_contours(d.contrat, double)
    national = _fichier(tmp_path, _element(code=d.quartier.code), _element(code="QN99999N"))
    assert len(charger_contours(d.contrat, national, ignorer_inconnus=True).ajouts) == 1
    etranger = _fichier(tmp_path, _element(code="QN99999N"))
    with pytest.raises(ReferentielInvalide, match="aucun quartier de ce contrat"):
        charger_contours(d.contrat, etranger, ignorer_inconnus=True)


def test_carte_seulement_avec_contours(app: Flask, session: Any, tmp_path: Path) -> None:
    d = planter()
    dossier = dossier_complet(d)
    client = connecte(app, d.signataire)
    url = f"/porteur/dossiers/{dossier.id}/rubriques/quartiers"
    assert carte_des_quartiers(d.contrat.id) is None
    assert '<svg class="carte-quartiers"' not in client.get(url).text
    charger_contours(d.contrat, _fichier(tmp_path, _element(code=d.quartier.code)))
    db.session.commit()
    page = BeautifulSoup(client.get(url).text, "html.parser")
    [lien] = page.select("svg.carte-quartiers a")
    assert "choisi" in lien["aria-label"] and lien.path["d"].startswith("M")
    assert page.select("ol.legende-carte a")[0]["href"] == lien["href"]
    assert "Quartier Ouest" in page.select_one("[aria-labelledby=carte-quartiers]").text
    assert not page.select("svg [style]")


def test_commande(app: Flask, session: Any, tmp_path: Path) -> None:
    d = planter()
    db.session.commit()
    fichier = _fichier(tmp_path, _element(code=d.quartier.code))
    lancer = app.test_cli_runner().invoke
    a_blanc = lancer(args=["referentiel", "charger-contours", str(fichier), "--a-blanc"])
    assert a_blanc.exit_code == 0 and "rien n’a été écrit" in a_blanc.output
    assert lancer(args=["referentiel", "charger-contours", str(fichier)]).exit_code == 0
    faux = _fichier(tmp_path, _element(code="zzz"))
    refus = lancer(args=["referentiel", "charger-contours", str(faux)])
    assert refus.exit_code == 1 and "features[0]" in refus.output
    db.session.expire_all()
    quartier = db.session.get_one(Quartier, d.quartier.id)
    assert db.session.get(ContourQuartier, quartier.id) is not None
