"""Reading a contrat's folder: files, schema, then references between files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aap.domaine.typographie import composer
from aap.referentiel.schema import (
    CODES_POSTAUX,
    CONTRAT,
    DEUX_FOIS,
    FICHE,
    FINANCEURS,
    INDICATEURS,
    NOTES,
    QUARTIERS,
    Faute,
    Forme,
    valider,
)

DONNEES = Path(__file__).parent / "donnees"


class ReferentielInvalide(ValueError):
    """The files are wrong; ``fautes`` lists everything, the message too."""

    def __init__(self, fautes: list[Faute]) -> None:
        self.fautes = fautes
        super().__init__("\n".join(str(f) for f in fautes))


@dataclass(frozen=True)
class DonneesContrat:
    """The validated content of a folder. ``empreinte``: SHA-256 of all its files."""

    contrat: dict[str, Any]
    quartiers: list[dict[str, Any]]
    indicateurs: list[dict[str, Any]]
    notes: dict[str, Any]
    financeurs: list[dict[str, Any]]
    fiches: list[dict[str, Any]]
    empreinte: str
    codes_postaux: dict[str, list[str]]


def contrats_fournis() -> list[str]:
    """Codes of the contrats that come with the program, in alphabetical order."""
    return sorted(p.name for p in DONNEES.iterdir() if (p / "contrat.json").is_file())


def _lire_json(dossier: Path, nom: str, fautes: list[Faute]) -> Any:
    try:
        return json.loads((dossier / nom).read_text("utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        fautes.append(Faute(nom, "", "le fichier manque"))
    except UnicodeDecodeError as erreur:
        fautes.append(Faute(nom, "", "le fichier n’est pas en UTF-8", str(erreur)))
    except json.JSONDecodeError as erreur:
        fautes.append(Faute(nom, f"ligne {erreur.lineno}", "ce n’est pas du JSON", erreur.msg))
    return None


def lire_contrat(dossier: Path) -> DonneesContrat:
    """Read and validate a folder. Raises ReferentielInvalide with every fault found."""
    fautes: list[Faute] = []
    lus: dict[str, Any] = {}
    formes: dict[str, Forme] = {
        "contrat": CONTRAT,
        "quartiers": QUARTIERS,
        "indicateurs": INDICATEURS,
        "notes": NOTES,
        "financeurs": FINANCEURS,
    }
    for nom, forme in formes.items():
        lus[nom] = _lire_json(dossier, f"{nom}.json", fautes)
        if lus[nom] is not None:
            fautes += valider(forme, lus[nom], f"{nom}.json")
    fiches = _lire_fiches(dossier, fautes)
    postaux = _lire_codes_postaux(dossier, fautes)
    if not fautes:
        fautes = [*_references(lus, fiches), *_communes_postales(lus, postaux)]
    if fautes:
        raise ReferentielInvalide(fautes)
    return DonneesContrat(
        **_compose(lus),
        fiches=_compose(list(fiches.values())),
        empreinte=_empreinte(dossier),
        codes_postaux=postaux,
    )


def _compose(valeur: Any) -> Any:
    """The words of the files, as signed, with the spaces and apostrophes of French typography."""
    if isinstance(valeur, str):
        return composer(valeur)
    if isinstance(valeur, list):
        return [_compose(v) for v in valeur]
    if isinstance(valeur, dict):
        return {cle: _compose(v) for cle, v in valeur.items()}
    return valeur


def _lire_codes_postaux(dossier: Path, fautes: list[Faute]) -> dict[str, list[str]]:
    """Commune -> postcodes; the file is optional (then addresses are found by name only)."""
    if not (dossier / "codes_postaux.json").is_file():
        return {}
    lu = _lire_json(dossier, "codes_postaux.json", fautes)
    if lu is None:
        return {}
    trouvees = valider(CODES_POSTAUX, lu, "codes_postaux.json")
    fautes += trouvees
    codes: dict[str, list[str]] = {} if trouvees else lu["communes"]
    return codes


def _communes_postales(lus: dict[str, Any], postaux: dict[str, list[str]]) -> Iterator[Faute]:
    connues = {c["code"] for c in lus["contrat"]["communes"]}
    for code in postaux:
        if code not in connues:
            yield Faute("codes_postaux.json", f"communes.{code}", "commune inconnue", code)


def _lire_fiches(dossier: Path, fautes: list[Faute]) -> dict[str, dict[str, Any]]:
    """File name -> fiche, in alphabetical order of the names."""
    fiches: dict[str, dict[str, Any]] = {}
    for chemin in sorted((dossier / "fiches").glob("*.json")):
        nom = f"fiches/{chemin.name}"
        fiche = _lire_json(dossier, nom, fautes)
        if fiche is not None:
            fautes += valider(FICHE, fiche, nom)
            fiches[nom] = fiche
    return fiches


def _empreinte(dossier: Path) -> str:
    somme = hashlib.sha256()
    for chemin in sorted(dossier.rglob("*.json")):
        somme.update(chemin.relative_to(dossier).as_posix().encode())
        somme.update(chemin.read_bytes())
    return somme.hexdigest()


def _references(lus: dict[str, Any], fiches: dict[str, dict[str, Any]]) -> Iterator[Faute]:
    """Every code cited by one file must exist in the one that defines it."""
    contrat = lus["contrat"]
    yield from _objectifs_en_double(contrat["orientations"])
    yield from _fiches_en_double(fiches)
    codes = {
        "secteur": {s["code"] for s in contrat["secteurs"]},
        "commune": {c["code"] for c in contrat["communes"]},
        "orientation": {o["code"] for o in contrat["orientations"]},
        "theme": {t["code"] for t in contrat["themes"]},
        "quartier": {q["code"] for q in lus["quartiers"]},
        "fiche": {f["code"] for f in fiches.values()},
        "indicateur": {i["code"] for i in lus["indicateurs"]},
    }
    for fichier, chemin, genre, cites in (*_citations(lus), *_citations_des_fiches(fiches)):
        for code in cites:
            if code is not None and code not in codes[genre]:
                yield Faute(fichier, chemin, f"{genre} inconnu(e)", code)


def _objectifs_en_double(orientations: list[dict[str, Any]]) -> Iterator[Faute]:
    """The code of an objective is unique in the whole contrat, not only in its orientation."""
    vus: set[str] = set()
    for i, orientation in enumerate(orientations):
        for j, s in enumerate(orientation["objectifs_strategiques"]):
            ici = f"orientations[{i}].objectifs_strategiques[{j}]"
            codes = [(f"{ici}.code", s["code"])] + [
                (f"{ici}.objectifs_operationnels[{k}].code", x["code"])
                for k, x in enumerate(s["objectifs_operationnels"])
            ]
            for chemin, code in codes:
                if code in vus:
                    yield Faute("contrat.json", chemin, DEUX_FOIS, code)
                vus.add(code)


def _fiches_en_double(fiches: dict[str, dict[str, Any]]) -> Iterator[Faute]:
    vus: set[str] = set()
    for fichier, fiche in fiches.items():
        if fiche["code"] in vus:
            yield Faute(fichier, "code", DEUX_FOIS, fiche["code"])
        vus.add(fiche["code"])


# (file, path, kind of object, codes cited)
Citation = tuple[str, str, str, list[str | None]]


def _citations(lus: dict[str, Any]) -> Iterator[Citation]:
    contrat, notes = lus["contrat"], lus["notes"]
    for i, x in enumerate(contrat["communes"]):
        yield "contrat.json", f"communes[{i}].secteur", "secteur", [x["secteur"]]
    for i, x in enumerate(contrat["themes"]):
        yield "contrat.json", f"themes[{i}].orientations", "orientation", x["orientations"]
    for i, x in enumerate(lus["quartiers"]):
        yield "quartiers.json", f"[{i}].communes", "commune", x["communes"]
        yield "quartiers.json", f"[{i}].secteur", "secteur", [x["secteur"]]
    for i, x in enumerate(lus["financeurs"]):
        yield "financeurs.json", f"[{i}].commune", "commune", [x["commune"]]
    yield "notes.json", "quartiers", "quartier", list(notes["quartiers"])
    yield "notes.json", "fiches", "fiche", list(notes["fiches"])


def _citations_des_fiches(fiches: dict[str, dict[str, Any]]) -> Iterator[Citation]:
    for fichier, x in fiches.items():
        yield fichier, "commune", "commune", [x["commune"]]
        yield fichier, "quartiers", "quartier", x["quartiers"]
        yield fichier, "themes_dans", "fiche", [x["themes_dans"]]
        yield fichier, "themes", "theme", [t["theme"] for t in x["themes"]]
        yield fichier, "indicateurs", "indicateur", [v["code"] for v in x["indicateurs"]]
        yield fichier, "manquants", "indicateur", x["manquants"]
