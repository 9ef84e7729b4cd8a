"""Scoring grids: the default one, versions, weights; frozen once published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from aap import domaine
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.notation import SCORE_MAX
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Contrat, Critere, Grille, ModeCritere
from aap.permissions import Acteur, exiger
from aap.services.journal import consigner

DONNEES = Path(domaine.__file__).parent / "donnees" / "grille_defaut.json"
FIGEE = (
    "Cette grille est figée : elle a été publiée avec un appel à projets. Créez-en une nouvelle "
    "version pour la changer."
)


@dataclass(frozen=True)
class ReglageCritere:
    """What the editor changes. ``seuil``: a mean strictly below it eliminates (None: never)."""

    poids: int
    seuil: int | None = None
    sans_objet_permis: bool = False


@dataclass(frozen=True)
class TexteCritere:
    """Words of a criterion: name, help, and the five anchors from 0 to 4."""

    libelle: str
    aide: str
    ancres: tuple[str, str, str, str, str]


@lru_cache(maxsize=1)
def _grille_defaut() -> dict[str, Any]:
    lue: dict[str, Any] = json.loads(DONNEES.read_text(encoding="utf-8"))
    return lue


def creer_grille_par_defaut(acteur: Acteur, contrat: Contrat) -> Grille:
    """The grid of parcours.md §4, as the next version of its name."""
    exiger(acteur, "grille.creer", contrat)
    brut = _grille_defaut()
    grille = Grille(
        contrat_id=contrat.id,
        nom=brut["nom"],
        numero_version=_version_suivante(contrat.id, brut["nom"]),
        criteres=[
            Critere(
                code=c["code"],
                ordre=rang,
                libelle=c["libelle"],
                aide=c["aide"],
                poids=c["poids"],
                mode=ModeCritere(c["mode"]),
                ancres=list(c["ancres"]),
            )
            for rang, c in enumerate(brut["criteres"], start=1)
        ],
    )
    db.session.add(grille)
    db.session.flush()
    consigner(acteur, grille, "grille.creer", "Grille créée")
    return grille


def _version_suivante(contrat_id: int, nom: str) -> int:
    derniere = db.session.scalar(
        select(func.max(Grille.numero_version)).where(
            Grille.contrat_id == contrat_id, Grille.nom == nom
        )
    )
    return (derniere or 0) + 1


def nouvelle_version(acteur: Acteur, grille: Grille) -> Grille:
    """A copy that can be changed; the old one stays as it is."""
    exiger(acteur, "grille.modifier", grille)
    copie = Grille(
        contrat_id=grille.contrat_id,
        nom=grille.nom,
        numero_version=_version_suivante(grille.contrat_id, grille.nom),
        criteres=[
            Critere(
                code=c.code,
                ordre=c.ordre,
                libelle=c.libelle,
                aide=c.aide,
                poids=c.poids,
                mode=c.mode,
                ancres=list(c.ancres),
                eliminatoire_sous=c.eliminatoire_sous,
                sans_objet_permis=c.sans_objet_permis,
            )
            for c in grille.criteres
        ],
    )
    db.session.add(copie)
    db.session.flush()
    consigner(
        acteur,
        copie,
        "grille.creer",
        f"Version {copie.numero_version} créée à partir de la version {grille.numero_version}",
        donnees={"origine": grille.id},
    )
    return copie


def _exiger_libre(acteur: Acteur, grille: Grille) -> None:
    """Locked and read again: a grid frozen meanwhile is not changed."""
    exiger(acteur, "grille.modifier", grille)
    db.session.refresh(grille, ["figee_le"], with_for_update=True)
    if grille.figee_le is not None:
        raise PasLeMoment(FIGEE)


def regler_criteres(acteur: Acteur, grille: Grille, reglages: Mapping[int, ReglageCritere]) -> None:
    """Weights and thresholds by criterion id: every criterion, sum 100.

    Raises Invalide with every problem (the field is « poids-<id> »), PasLeMoment when frozen.
    """
    _exiger_libre(acteur, grille)
    if set(reglages) != {c.id for c in grille.criteres}:
        raise Invalide("La grille a changé : rechargez la page.")
    problemes = []
    for ident, r in reglages.items():
        if not 1 <= r.poids <= SCORE_MAX:
            problemes.append(Probleme("Un poids va de 1 à 100.", f"poids-{ident}"))
        if r.seuil is not None and not 1 <= r.seuil <= 4:
            problemes.append(Probleme("Un seuil va de 1 à 4.", f"seuil-{ident}"))
    somme = sum(r.poids for r in reglages.values())
    if somme != SCORE_MAX:
        problemes.append(
            Probleme(f"La somme des poids doit faire 100 : elle fait {somme}.", "poids-total")
        )
    if problemes:
        raise Invalide("La grille ne peut pas être enregistrée ainsi.", problemes)
    for critere in grille.criteres:
        r = reglages[critere.id]
        critere.poids = r.poids
        critere.eliminatoire_sous = r.seuil
        critere.sans_objet_permis = r.sans_objet_permis
    db.session.flush()
    consigner(
        acteur,
        grille,
        "grille.modifier",
        "Poids de la grille modifiés",
        donnees={"poids": {c.code: c.poids for c in grille.criteres}},
    )


def ecrire_critere(acteur: Acteur, critere: Critere, texte: TexteCritere) -> None:
    """Words of a criterion, its five anchors included. Raises Invalide, PasLeMoment."""
    grille = db.session.get_one(Grille, critere.grille_id)
    _exiger_libre(acteur, grille)
    ancres = [nettoyer(a, lignes=False).strip()[:500] for a in texte.ancres]
    problemes = [
        Probleme(f"Écrivez à quoi correspond la note {valeur}.", f"ancre_{valeur}")
        for valeur, ancre in enumerate(ancres)
        if not ancre
    ]
    if not texte.libelle.strip():
        problemes.insert(0, Probleme("Donnez un nom au critère.", "libelle"))
    if problemes:
        raise Invalide("Ce critère ne peut pas être enregistré ainsi.", problemes)
    critere.libelle = nettoyer(texte.libelle, lignes=False).strip()[:200]
    critere.aide = nettoyer(texte.aide).strip()[:1000]
    critere.ancres = ancres
    db.session.flush()
    consigner(acteur, grille, "grille.modifier", f"Critère « {critere.libelle} » réécrit")


def figer_grille(acteur: Acteur, grille: Grille) -> None:
    """Nothing changes afterwards; called by the opening of a campaign. Idempotent."""
    if grille.figee_le is not None:
        return
    grille.figee_le = maintenant()
    db.session.flush()
    consigner(acteur, grille, "grille.figer", "Grille figée")
