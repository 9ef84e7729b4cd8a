"""Scoring grids: the default one, versions, copies, files; frozen once used.

What is inside a grid (criteria, weights, words) is changed by ``services.critere``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, select

from aap import domaine
from aap.domaine.calculs import REGLES_CALCUL
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.grille import NOM_MAX, CritereLu, GrilleLue, lire_grille
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Campagne, Contrat, Critere, Grille, ModeCritere, TypeFinanceur
from aap.permissions import Acteur, exiger
from aap.requetes.grilles import contenu
from aap.services.journal import consigner

DONNEES = Path(domaine.__file__).parent / "donnees" / "grille_defaut.json"
FIGEE = (
    "Cette grille est figée : elle a été publiée avec un appel à projets. Créez-en une nouvelle "
    "version pour la changer."
)
RESERVES = tuple(t.value for t in TypeFinanceur)


def lire_fichier(octets: bytes) -> GrilleLue:
    """The grid of a file. Raises Invalide with every problem, field by field."""
    return lire_grille(octets, reserves=RESERVES, calculs=tuple(REGLES_CALCUL))


@lru_cache(maxsize=1)
def _grille_defaut() -> GrilleLue:
    return lire_fichier(DONNEES.read_bytes())


def _creer(contrat_id: int, nom: str, criteres: Iterable[CritereLu]) -> Grille:
    """A grid, as the next version of its name."""
    grille = Grille(
        contrat_id=contrat_id,
        nom=nom,
        numero_version=_version_suivante(contrat_id, nom),
        criteres=[
            Critere(
                code=c.code,
                ordre=rang,
                libelle=c.libelle,
                aide=c.aide,
                poids=c.poids,
                mode=ModeCritere(c.mode),
                ancres=list(c.ancres),
                eliminatoire_sous=c.eliminatoire_sous,
                sans_objet_permis=c.sans_objet_permis,
                reserve_a=list(c.reserve_a),
            )
            for rang, c in enumerate(criteres, start=1)
        ],
    )
    db.session.add(grille)
    db.session.flush()
    return grille


def _jumelle(contrat_id: int, nom: str, criteres: Iterable[CritereLu]) -> Grille | None:
    """The last version of this name when it is the very same, and no campaign has it: what a
    first click made. The contrat is the queue of its grids."""
    db.session.execute(
        select(Contrat.id).where(Contrat.id == contrat_id).with_for_update(key_share=True)
    )
    derniere = db.session.scalar(
        select(Grille)
        .where(Grille.contrat_id == contrat_id, Grille.nom == nom)
        .order_by(Grille.numero_version.desc())
        .limit(1)
    )
    if derniere is None or derniere.figee_le or contenu(derniere) != tuple(criteres):
        return None
    prise = select(Campagne.id).where(Campagne.grille_id == derniere.id).limit(1)
    return derniere if db.session.scalar(prise) is None else None


def creer_grille_par_defaut(acteur: Acteur, contrat: Contrat) -> Grille:
    """The grid of parcours.md §4, as the next version of its name; asked twice, the same one."""
    exiger(acteur, "grille.creer", contrat)
    lue = _grille_defaut()
    if (deja := _jumelle(contrat.id, lue.nom, lue.criteres)) is not None:
        return deja
    grille = _creer(contrat.id, lue.nom, lue.criteres)
    consigner(acteur, grille, "grille.creer", "Grille créée")
    return grille


def importer_grille(acteur: Acteur, contrat: Contrat, lue: GrilleLue) -> Grille:
    """The grid of a file, as the next version of its name; nothing existing changes."""
    exiger(acteur, "grille.creer", contrat)
    grille = _creer(contrat.id, lue.nom, lue.criteres)
    consigner(acteur, grille, "grille.creer", "Grille lue dans un fichier")
    return grille


def _version_suivante(contrat_id: int, nom: str) -> int:
    derniere = db.session.scalar(
        select(func.max(Grille.numero_version)).where(
            Grille.contrat_id == contrat_id, Grille.nom == nom
        )
    )
    return (derniere or 0) + 1


def nouvelle_version(acteur: Acteur, grille: Grille) -> Grille:
    """A copy that can be changed; the old one stays as it is. Asked twice, the same copy."""
    exiger(acteur, "grille.modifier", grille)
    deja = _jumelle(grille.contrat_id, grille.nom, contenu(grille))
    if deja is not None and deja.id != grille.id:
        return deja
    copie = _creer(grille.contrat_id, grille.nom, contenu(grille))
    consigner(
        acteur,
        copie,
        "grille.creer",
        f"Version {copie.numero_version} créée à partir de la version {grille.numero_version}",
        donnees={"origine": grille.id},
    )
    return copie


def dupliquer_grille(acteur: Acteur, grille: Grille, nom: str) -> Grille:
    """The same criteria under another name. Raises Invalide (field « nom »)."""
    exiger(acteur, "grille.modifier", grille)
    propre = nettoyer(nom, lignes=False).strip()[:NOM_MAX]
    if not propre or propre == grille.nom:
        phrase = "Donnez un autre nom à la copie." if propre else "Donnez un nom à la copie."
        raise Invalide(phrase, [Probleme(phrase, "nom")])
    copie = _creer(grille.contrat_id, propre, contenu(grille))
    consigner(
        acteur,
        copie,
        "grille.creer",
        f"Copie de « {grille.nom} », version {grille.numero_version}",
        donnees={"origine": grille.id},
    )
    return copie


def exiger_libre(acteur: Acteur, grille: Grille) -> None:
    """Locked and read again: a grid frozen meanwhile is not changed. Raises PasLeMoment."""
    exiger(acteur, "grille.modifier", grille)
    db.session.refresh(grille, ["figee_le"], with_for_update=True)
    if grille.figee_le is not None:
        raise PasLeMoment(FIGEE)


def supprimer_grille(acteur: Acteur, grille: Grille) -> None:
    """Remove a grid that nothing uses. Raises PasLeMoment when a campaign has chosen it."""
    exiger_libre(acteur, grille)
    campagne = db.session.scalar(
        select(Campagne.nom).where(Campagne.grille_id == grille.id).order_by(Campagne.id).limit(1)
    )
    if campagne is not None:
        raise PasLeMoment(
            f"Cette grille est choisie par la campagne « {campagne} ».",
            "Choisissez d’abord une autre grille pour cette campagne.",
        )
    consigner(
        acteur,
        grille,
        "grille.supprimer",
        f"Grille « {grille.nom} », version {grille.numero_version}, supprimée sans avoir servi",
    )
    db.session.delete(grille)
    db.session.flush()


def figer_grille(acteur: Acteur, grille: Grille) -> None:
    """Nothing changes afterwards; called by the opening of a campaign. Idempotent."""
    if grille.figee_le is not None:
        return
    grille.figee_le = maintenant()
    db.session.flush()
    consigner(acteur, grille, "grille.figer", "Grille figée")
