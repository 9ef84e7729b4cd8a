"""What is stored in a special section, in words: shown beside a stale page, never overwritten."""

from __future__ import annotations

from collections.abc import Callable

from aap.domaine.budget_plan import poste
from aap.filtres import euros
from aap.models import Dossier

Lignes = list[tuple[str, str]]


def _orientation(d: Dossier) -> Lignes:
    tete = [("Orientation", d.orientation.titre if d.orientation else "Aucune")]
    return tete + [(o.code, o.titre) for o in sorted(d.objectifs, key=lambda o: o.id)]


def _quartiers(d: Dossier) -> Lignes:
    return [
        (q.quartier.nom, f"{q.part}\u00a0% du public" if q.part is not None else "Choisi")
        for q in sorted(d.quartiers, key=lambda q: q.quartier_id)
    ]


def _besoins(d: Dossier) -> Lignes:
    return [("Objectif local", o.texte) for o in sorted(d.objectifs_locaux, key=lambda o: o.id)]


def _indicateurs(d: Dossier) -> Lignes:
    return [
        (i.libelle, ", ".join(t for t in (i.cible, i.mode_mesure) if t) or "Sans précision")
        for i in sorted(d.indicateurs, key=lambda i: i.id)
    ]


def _financeurs(d: Dossier) -> Lignes:
    return [
        (f"{f.financeur.nom}, {f.origine.libelle.lower()}", euros(f.montant_demande))
        for f in d.financements
    ]


def _budget(d: Dossier) -> Lignes:
    return [
        (poste(x.compte, x.libelle), x.saisie or euros(x.montant))
        for x in sorted(d.lignes, key=lambda x: (x.annee, x.rang))
        if x.financement_id is None
    ]


LISIBLES: dict[str, Callable[[Dossier], Lignes]] = {
    "orientation": _orientation,
    "quartiers": _quartiers,
    "besoins": _besoins,
    "indicateurs": _indicateurs,
    "financeurs": _financeurs,
    "budget": _budget,
}


def contenu_lisible(dossier: Dossier, rubrique: str) -> Lignes:
    """(what, how much) as stored now; one line says so when nothing is."""
    lisible = LISIBLES.get(rubrique)
    return (lisible(dossier) if lisible else []) or [("Cette page", "Rien d’enregistré")]
