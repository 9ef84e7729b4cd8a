"""The frozen form of a ranked list: canonical JSON without float, its hash, and back.

``{"formule": 1, "entrees": {…}, "resultats": […]}``; scores and computed values are exact
fractions written « p/q ». The hash covers the inputs and the result: whoever holds it can prove
years later that neither has moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aap.domaine.classement import (
    FORMULE,
    DossierEntre,
    Entrees,
    EvaluationEntree,
    Notes,
    Resultat,
    Valeur,
    classer_campagne,
)
from aap.domaine.empreinte import empreinte
from aap.domaine.notation import Critere, Departage

Contenu = dict[str, Any]
MONTRES = 20


def _ecrire(valeur: Valeur) -> int | str | None:
    """Integers stay integers, so that the file is short and read quickly."""
    if isinstance(valeur, Fraction):
        return valeur.numerator if valeur.denominator == 1 else str(valeur)
    return valeur


def _lire(valeur: int | str | None) -> Valeur:
    return Fraction(valeur) if isinstance(valeur, str) else valeur


def _notes(notes: Notes) -> dict[str, int | str | None]:
    return {code: _ecrire(v) for code, v in sorted(notes.items())}


def _critere(c: Critere) -> Contenu:
    return {
        "code": c.code,
        "libelle": c.libelle,
        "poids": c.poids,
        "seuil": c.seuil,
        "kind": c.kind,
        "sans_objet_permis": c.sans_objet_permis,
        # Only when true: lists frozen before criteria could be kept keep their hash.
        **({"reserve": True} if c.reserve else {}),
    }


def ecrire_entrees(entrees: Entrees) -> Contenu:
    """Inputs in a stable order: dossiers and evaluations by id."""
    return {
        "grille": entrees.grille,
        "grilles": {str(i): [_critere(c) for c in g] for i, g in sorted(entrees.grilles.items())},
        "note_minimale": str(entrees.note_minimale),
        "departage": entrees.departage.value,
        "dossiers": [
            [d.id, d.reference, d.depot] for d in sorted(entrees.dossiers, key=lambda d: d.id)
        ],
        "evaluations": [
            [e.id, e.assesseur, e.dossier, e.grille, _notes(e.notes)]
            for e in sorted(entrees.evaluations, key=lambda e: e.id)
        ],
        "consensus": {str(i): _notes(n) for i, n in sorted(entrees.consensus.items())},
    }


def relire_entrees(brut: Mapping[str, Any]) -> Entrees:
    """The inverse of ``ecrire_entrees``. Raises ``KeyError``/``ValueError`` on a broken content."""
    return Entrees(
        grille=brut["grille"],
        grilles={int(i): tuple(Critere(**c) for c in g) for i, g in brut["grilles"].items()},
        note_minimale=Fraction(brut["note_minimale"]),
        departage=Departage(brut["departage"]),
        dossiers=tuple(DossierEntre(*d) for d in brut["dossiers"]),
        evaluations=tuple(
            EvaluationEntree(i, a, d, g, {code: _lire(v) for code, v in notes.items()})
            for i, a, d, g, notes in brut["evaluations"]
        ),
        consensus={
            int(i): {code: _lire(v) for code, v in notes.items()}
            for i, notes in brut["consensus"].items()
        },
    )


def ecrire_resultats(resultats: Sequence[Resultat]) -> list[Contenu]:
    """The ranked list, in its order."""
    return [
        {
            "dossier": r.dossier_id,
            "reference": r.reference,
            "rang": r.rang,
            "score": None if r.score is None else str(r.score),
            "normalise": None if r.score_normalise is None else str(r.score_normalise),
            "rang_normalise": r.rang_normalise,
            "sous_seuil": list(r.sous_seuil),
            "evaluations": r.evaluations,
            "consensus": r.consensus,
        }
        for r in resultats
    ]


def contenu_fige(entrees: Entrees) -> Contenu:
    """What is frozen: the formula's number, the inputs and what they give."""
    return {
        "formule": FORMULE,
        "entrees": ecrire_entrees(entrees),
        "resultats": ecrire_resultats(classer_campagne(entrees)),
    }


@dataclass(frozen=True)
class Refait:
    """A frozen list made again: its hash, and where it differs (sentences in French)."""

    sha256: str
    ecarts: tuple[str, ...]


def refaire(contenu: Mapping[str, Any]) -> Refait:
    """Compute the result again from the inputs kept, and hash the whole."""
    if contenu.get("formule") != FORMULE:
        return Refait("", (f"La formule {contenu.get('formule')} n’est pas connue.",))
    try:
        neuf = contenu_fige(relire_entrees(contenu["entrees"]))
    except (KeyError, ValueError, TypeError, AttributeError) as faute:
        return Refait("", (f"Les données figées sont illisibles ({faute}).",))
    return Refait(empreinte(neuf), comparer_resultats(contenu["resultats"], neuf["resultats"]))


def comparer_resultats(
    anciens: Sequence[Mapping[str, Any]], neufs: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Differences between two lists, dossier by dossier, the first ``MONTRES`` of them."""
    avant = {r["dossier"]: r for r in anciens}
    apres = {r["dossier"]: r for r in neufs}
    phrases = []
    for i in sorted(avant.keys() | apres.keys()):
        a, b = avant.get(i), apres.get(i)
        if a == b:
            continue
        nom = (a or b or {})["reference"]
        phrases.append(f"dossier {nom} : figé {_dire(a)}, refait {_dire(b)}")
    return tuple(phrases[:MONTRES])


def _dire(r: Mapping[str, Any] | None) -> str:
    if r is None:
        return "absent"
    rang = "sans rang" if r["rang"] is None else f"rang {r['rang']}"
    return f"{rang}, note {r['score'] or 'aucune'}"


def comparer_entrees(anciennes: Mapping[str, Any], neuves: Mapping[str, Any]) -> tuple[str, ...]:
    """What the tables say today that the frozen inputs do not, in words (``MONTRES`` at most)."""
    phrases = []
    for nom in ("grille", "grilles", "note_minimale", "departage"):
        if anciennes[nom] != neuves[nom]:
            phrases.append(MOTS[nom])
    for nom in ("dossiers", "evaluations"):
        phrases += _lignes(nom, anciennes[nom], neuves[nom])
    for i in sorted(anciennes["consensus"].keys() | neuves["consensus"].keys(), key=int):
        if anciennes["consensus"].get(i) != neuves["consensus"].get(i):
            phrases.append(f"consensus du dossier {i} : il n’est plus celui qui a été figé")
    return tuple(phrases[:MONTRES])


MOTS = {
    "grille": "la grille de la campagne a changé",
    "grilles": "les poids ou les seuils d’une grille ont changé",
    "note_minimale": "la note minimale a changé",
    "departage": "la règle de départage a changé",
    "dossiers": "dossier",
    "evaluations": "notation",
}


def _lignes(nom: str, anciennes: Sequence[Any], neuves: Sequence[Any]) -> list[str]:
    avant, apres = {x[0]: x for x in anciennes}, {x[0]: x for x in neuves}
    phrases = []
    for i in sorted(avant.keys() | apres.keys()):
        if i not in apres:
            phrases.append(f"{MOTS[nom]} {i} : ne compte plus")
        elif i not in avant:
            phrases.append(f"{MOTS[nom]} {i} : n’était pas dans la liste figée")
        elif avant[i] != apres[i]:
            phrases.append(f"{MOTS[nom]} {i} : a changé depuis")
    return phrases
