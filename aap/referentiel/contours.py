"""Reading a GeoJSON file of outlines of quartiers (RFC 7946, WGS 84): every fault is told.

Properties read, first found: ``code_qp`` or ``code_quartier`` or ``code``, else ``nom_qp`` or
``nom``. Coordinates are kept in millionths of a degree (about 10 cm).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aap.referentiel.lecture import ReferentielInvalide
from aap.referentiel.schema import DEUX_FOIS, Faute

CODES = ("code_qp", "code_quartier", "code")
NOMS = ("nom_qp", "nom", "name")
OCTETS_MAX = 50_000_000
POINTS_MAX = 20_000
Surfaces = list[list[list[list[int]]]]


@dataclass(frozen=True)
class ContourLu:
    """``rang``: place of the feature in the file, for the messages."""

    rang: int
    code: str
    nom: str
    surfaces: Surfaces


def lire_contours(chemin: Path) -> list[ContourLu]:
    """The outlines of a file. Raises ReferentielInvalide with every fault, feature by feature."""
    nom = chemin.name
    collection = _lire(chemin, nom)
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise ReferentielInvalide([Faute(nom, "type", "une FeatureCollection est attendue")])
    crs = json.dumps(collection.get("crs") or "CRS84", default=str)
    if not any(x in crs for x in ("CRS84", "4326")):
        faute = Faute(nom, "crs", "des longitudes et latitudes (WGS 84) sont attendues", crs)
        raise ReferentielInvalide([faute])
    elements = collection.get("features")
    if not isinstance(elements, list) or not elements:
        raise ReferentielInvalide([Faute(nom, "features", "une liste non vide est attendue")])
    fautes: list[Faute] = []
    lus = [
        contour
        for rang, x in enumerate(elements)
        if (contour := _contour(nom, rang, x, fautes)) is not None
    ]
    if fautes:
        raise ReferentielInvalide(fautes)
    return lus


def _lire(chemin: Path, nom: str) -> Any:
    try:
        if chemin.stat().st_size > OCTETS_MAX:
            raise ReferentielInvalide([Faute(nom, "", "le fichier dépasse 50 Mo")])
        return json.loads(chemin.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, RecursionError) as erreur:
        raise ReferentielInvalide([Faute(nom, "", "fichier illisible", str(erreur))]) from erreur
    except json.JSONDecodeError as erreur:
        faute = Faute(nom, f"ligne {erreur.lineno}", "ce n’est pas du JSON", erreur.msg)
        raise ReferentielInvalide([faute]) from erreur


def _contour(nom: str, rang: int, element: Any, fautes: list[Faute]) -> ContourLu | None:
    ici = f"features[{rang}]"
    if not isinstance(element, dict) or element.get("type") != "Feature":
        fautes.append(Faute(nom, ici, "une Feature est attendue", element))
        return None
    proprietes = element.get("properties") or {}
    code, titre = _premier(proprietes, CODES), _premier(proprietes, NOMS)
    if not code and not titre:
        cles = ", ".join((*CODES, *NOMS))
        fautes.append(Faute(nom, f"{ici}.properties", f"aucun de ces noms : {cles}", proprietes))
        return None
    trouvees = [
        Faute(nom, f"{ici}.{chemin} ({code or titre})", message, valeur)
        for chemin, message, valeur in _fautes_geometrie(element.get("geometry"))
    ]
    fautes += trouvees
    if trouvees:
        return None
    return ContourLu(rang, code, titre, _surfaces(element["geometry"]))


def _premier(proprietes: Any, cles: tuple[str, ...]) -> str:
    if not isinstance(proprietes, Mapping):
        return ""
    valeurs = (proprietes.get(cle) for cle in cles)
    return next((v.strip() for v in valeurs if isinstance(v, str) and v.strip()), "")


def _polygones(geometrie: Any) -> Any:
    brut = geometrie["coordinates"]
    return [brut] if geometrie["type"] == "Polygon" else brut


def _fautes_geometrie(geometrie: Any) -> Iterator[tuple[str, str, Any]]:
    """(path, message, value) of what makes the geometry unusable."""
    if not isinstance(geometrie, dict) or geometrie.get("type") not in ("Polygon", "MultiPolygon"):
        genre = geometrie.get("type") if isinstance(geometrie, dict) else geometrie
        yield "geometry", "un Polygon ou un MultiPolygon est attendu", genre
        return
    polygones = _polygones(geometrie) if "coordinates" in geometrie else None
    if not isinstance(polygones, list) or not polygones:
        yield "geometry.coordinates", "des coordonnées sont attendues", polygones
        return
    points = 0
    for p, anneaux in enumerate(polygones):
        if not isinstance(anneaux, list) or not anneaux:
            yield f"geometry.coordinates[{p}]", "une liste d’anneaux est attendue", anneaux
            continue
        for a, anneau in enumerate(anneaux):
            points += len(anneau) if isinstance(anneau, list) else 0
            if message := _faute_anneau(anneau):
                yield f"geometry.coordinates[{p}][{a}]", message, anneau
    if points > POINTS_MAX:
        yield "geometry", f"plus de {POINTS_MAX} points : simplifiez le contour", points


def _faute_anneau(anneau: Any) -> str:
    if not isinstance(anneau, list) or len(anneau) < 4:
        return "un anneau a quatre points au moins"
    if not all(_est_point(x) for x in anneau):
        return "un point est une longitude (-180 à 180) et une latitude (-90 à 90)"
    if anneau[0][:2] != anneau[-1][:2]:
        return "un anneau finit où il commence"
    return ""


def _est_point(point: Any) -> bool:
    if not isinstance(point, list) or not 2 <= len(point) <= 3:
        return False
    nombres = [x for x in point if isinstance(x, int | Decimal) and not isinstance(x, bool)]
    return len(nombres) == len(point) and abs(point[0]) <= 180 and abs(point[1]) <= 90


def _surfaces(geometrie: Any) -> Surfaces:
    return [
        [[[round(x * 1_000_000), round(y * 1_000_000)] for x, y, *_ in anneau] for anneau in p]
        for p in _polygones(geometrie)
    ]


def doublons(nom: str, lus: list[ContourLu], cles: Mapping[int, int]) -> list[Faute]:
    """Two features of one quartier (``cles``: rang -> quartier id)."""
    vus: set[int] = set()
    fautes = []
    for contour in lus:
        quartier = cles.get(contour.rang)
        if quartier is None:
            continue
        if quartier in vus:
            ou = f"features[{contour.rang}]"
            fautes.append(Faute(nom, ou, DEUX_FOIS, contour.code or contour.nom))
        vus.add(quartier)
    return fautes
