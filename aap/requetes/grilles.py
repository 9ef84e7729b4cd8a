"""Grids as the coordination reads them: versions, comparison of two, view of an assessor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.calculs import RegleCalcul, regle_de
from aap.domaine.difference import Changement, Element, comparer
from aap.domaine.erreurs import Probleme
from aap.domaine.grille import CritereLu
from aap.domaine.notation import SCORE_MAX
from aap.domaine.texte import enumerer
from aap.extensions import db
from aap.models import Campagne, Contrat, Critere, Grille, ModeCritere, TypeFinanceur
from aap.permissions import Acteur
from aap.requetes.campagnes import contrats_coordonnes, problemes_grille


@dataclass(frozen=True)
class LigneGrille:
    """A version; ``campagnes``: those that have chosen it."""

    grille: Grille
    campagnes: list[Campagne]

    @property
    def somme(self) -> int:
        return sum(c.poids for c in self.grille.criteres)

    @property
    def prete(self) -> bool:
        return self.somme == SCORE_MAX


@dataclass(frozen=True)
class Famille:
    """The versions of one name in one contrat, latest first."""

    contrat: Contrat
    nom: str
    versions: list[LigneGrille]


@dataclass(frozen=True)
class CritereCompare:
    """A criterion of two versions side by side; None where it does not exist."""

    code: str
    avant: CritereLu | None
    apres: CritereLu | None


@dataclass(frozen=True)
class Comparaison:
    """``lignes``: every criterion; ``changements``: what differs, word by word."""

    lignes: list[CritereCompare]
    changements: list[Changement]


@dataclass(frozen=True)
class CritereMontre:
    """A criterion as an assessor sees it; ``reserve``: who scores it when it is not the reader."""

    critere: Critere
    regle: RegleCalcul | None
    reserve: str

    @property
    def calcule(self) -> bool:
        return self.critere.mode is ModeCritere.CALCULE

    @property
    def ancres(self) -> list[tuple[int, str]]:
        return list(enumerate(self.critere.ancres))

    note = None
    explication = None


def contenu(grille: Grille) -> tuple[CritereLu, ...]:
    """The criteria out of the database, in order: what is copied, written to a file, compared."""
    return tuple(
        CritereLu(
            code=c.code,
            libelle=c.libelle,
            poids=c.poids,
            mode=c.mode.value,
            aide=c.aide,
            ancres=tuple(c.ancres),
            eliminatoire_sous=c.eliminatoire_sous,
            sans_objet_permis=c.sans_objet_permis,
            reserve_a=tuple(c.reserve_a),
        )
        for c in grille.criteres
    )


def familles(acteur: Acteur) -> tuple[list[Contrat], list[Famille]]:
    """The contrats that this person coordinates, and their grids (4 queries)."""
    contrats = contrats_coordonnes(acteur)
    ids = [c.id for c in contrats]
    grilles = db.session.scalars(
        select(Grille)
        .where(Grille.contrat_id.in_(ids))
        .order_by(Grille.contrat_id, Grille.nom, Grille.numero_version.desc())
        .options(selectinload(Grille.criteres))
    )
    usages: dict[int | None, list[Campagne]] = {}
    for campagne in db.session.scalars(
        select(Campagne)
        .where(Campagne.contrat_id.in_(ids), Campagne.grille_id.is_not(None))
        .order_by(Campagne.exercice.desc(), Campagne.id)
        .options(joinedload(Campagne.contrat))
    ):
        usages.setdefault(campagne.grille_id, []).append(campagne)
    par_nom: dict[tuple[int, str], list[LigneGrille]] = {}
    for g in grilles:
        ligne = LigneGrille(g, usages.get(g.id, []))
        par_nom.setdefault((g.contrat_id, g.nom), []).append(ligne)
    noms = {c.id: c for c in contrats}
    return contrats, [Famille(noms[c], nom, x) for (c, nom), x in par_nom.items()]


def campagnes_de(grille: Grille) -> list[Campagne]:
    """The campaigns that have chosen this grid, latest first (1 query)."""
    return list(
        db.session.scalars(
            select(Campagne)
            .where(Campagne.grille_id == grille.id)
            .order_by(Campagne.exercice.desc(), Campagne.id)
        )
    )


def comparables(grille: Grille) -> Sequence[Grille]:
    """The other grids of the contrat (1 query): the version before, the other versions of the
    same name, then the other names."""
    autres = db.session.scalars(
        select(Grille)
        .where(Grille.contrat_id == grille.contrat_id, Grille.id != grille.id)
        .order_by(Grille.nom, Grille.numero_version.desc())
    ).all()

    def loin(g: Grille) -> tuple[bool, bool]:
        return g.nom != grille.nom, g.numero_version != grille.numero_version - 1

    return sorted(autres, key=loin)


def comparer_grilles(avant: Grille, apres: Grille) -> Comparaison:
    """From ``avant`` to ``apres``, criterion by criterion (recognised by their code)."""
    vieux = {c.code: c for c in contenu(avant)}
    neufs = {c.code: c for c in contenu(apres)}
    codes = list(neufs) + [code for code in vieux if code not in neufs]
    return Comparaison(
        [CritereCompare(code, vieux.get(code), neufs.get(code)) for code in codes],
        comparer(_elements(vieux.values(), neufs), _elements(neufs.values(), neufs)),
    )


def _elements(criteres: Iterable[CritereLu], noms: Mapping[str, CritereLu]) -> list[Element]:
    """Every word of a grid, under the present name of its criterion."""
    elements = []
    for c in criteres:
        rubrique = noms[c.code].libelle if c.code in noms else c.libelle
        seuil = f"sous {c.eliminatoire_sous}" if c.eliminatoire_sous else "aucun"
        for titre, texte in (
            ("Nom", c.libelle),
            ("Poids", f"{c.poids} sur 100"),
            ("Manière de noter", ModeCritere(c.mode).libelle),
            ("Seuil éliminatoire", seuil),
            ("« Sans objet »", "permis" if c.sans_objet_permis else "non permis"),
            ("Qui note", noms_des_types(c.reserve_a) or "Tous les financeurs"),
            ("Aide", c.aide),
            *((f"Note {i}", a) for i, a in enumerate(c.ancres)),
        ):
            elements.append(Element((c.code, titre), rubrique, titre, texte))
    return elements


def noms_des_types(types: Iterable[str]) -> str:
    """« Commune et État »; empty when the criterion is for everybody."""
    return enumerer([TypeFinanceur(t).libelle for t in types])


def reserve_aux_autres(critere: Critere, type_financeur: TypeFinanceur | None) -> bool:
    """Is this criterion kept for other funders than the reader's?"""
    return bool(critere.reserve_a) and type_financeur not in critere.reserve_a


def vue_evaluateur(grille: Grille, pour: TypeFinanceur | None) -> list[CritereMontre]:
    """The grid as somebody of this kind of funder will read it (None: every criterion)."""
    return [
        CritereMontre(
            c,
            regle_de(c.code) if c.mode is ModeCritere.CALCULE else None,
            noms_des_types(c.reserve_a) if pour and reserve_aux_autres(c, pour) else "",
        )
        for c in grille.criteres
    ]


def problemes_de(grille: Grille) -> list[Probleme]:
    """What prevents the grid from being used, and criteria without words."""
    trouves = problemes_grille(grille)
    for c in grille.criteres:
        if len([a for a in c.ancres or () if a]) < 5:
            phrase = f"Écrivez ce que vaut chaque note de « {c.libelle} », de 0 à 4."
            trouves.append(Probleme(phrase, c.code, bloquant=False))
    return trouves
