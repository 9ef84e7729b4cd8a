"""Enveloppes of a campaign as a tree, with what remains in each one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.enveloppe import Solde
from aap.domaine.texte import slug
from aap.extensions import db
from aap.models import Campagne, Commune, Enveloppe, Financement, Financeur, Quartier
from aap.models.organisme import FormeJuridique
from aap.requetes.soldes import RETENU


@dataclass(frozen=True)
class NoeudEnveloppe:
    """An enveloppe at its depth (0: root). ``passe``: last year's amount in cents, if any."""

    enveloppe: Enveloppe
    niveau: int
    solde: Solde
    conditions: tuple[str, ...]
    passe: int | None
    lignes: int

    @property
    def supprimable(self) -> bool:
        return not self.lignes and not self.enveloppe.enfants


def _tirees(campagne_id: int) -> dict[int, tuple[int, int]]:
    """Enveloppe id -> (cents drawn by its lines, number of lines that name it)."""
    return {
        enveloppe_id: (int(somme or 0), nombre)
        for enveloppe_id, somme, nombre in db.session.execute(
            select(Financement.enveloppe_id, func.sum(RETENU), func.count())
            .join(Enveloppe, Enveloppe.id == Financement.enveloppe_id)
            .where(Enveloppe.campagne_id == campagne_id)
            .group_by(Financement.enveloppe_id)
        )
    }


def montants_precedents(campagne: Campagne) -> dict[str, int]:
    """Code -> cents, in the campaign that this one was copied from."""
    if campagne.precedente_id is None:
        return {}
    return {
        code: montant
        for code, montant in db.session.execute(
            select(Enveloppe.code, Enveloppe.montant).where(
                Enveloppe.campagne_id == campagne.precedente_id
            )
        )
    }


def arbre_enveloppes(campagne: Campagne) -> list[NoeudEnveloppe]:
    """Parents before their children, funders in alphabetical order (8 queries at most)."""
    toutes = db.session.scalars(
        select(Enveloppe)
        .join(Financeur, Financeur.id == Enveloppe.financeur_id)
        .where(Enveloppe.campagne_id == campagne.id)
        .order_by(Financeur.nom, Enveloppe.libelle, Enveloppe.id)
        .options(
            joinedload(Enveloppe.financeur),
            selectinload(Enveloppe.enfants),
            selectinload(Enveloppe.communes),
            selectinload(Enveloppe.quartiers),
            selectinload(Enveloppe.orientations),
        )
    ).all()
    tirees, passes = _tirees(campagne.id), montants_precedents(campagne)
    enfants: dict[int | None, list[Enveloppe]] = {}
    for enveloppe in toutes:
        enfants.setdefault(enveloppe.parent_id, []).append(enveloppe)
    noeuds: list[NoeudEnveloppe] = []

    def descendre(parent_id: int | None, niveau: int) -> None:
        for e in enfants.get(parent_id, ()):
            consomme, lignes = tirees.get(e.id, (0, 0))
            solde = Solde(e.montant, sum(f.montant for f in enfants.get(e.id, ())), consomme)
            noeuds.append(
                NoeudEnveloppe(e, niveau, solde, conditions_en_mots(e), passes.get(e.code), lignes)
            )
            descendre(e.id, niveau + 1)

    descendre(None, 0)
    return noeuds


def conditions_en_mots(e: Enveloppe) -> tuple[str, ...]:
    """The eligibility of an enveloppe, for people; empty when everything may be paid."""
    listes = (
        ("Communes", sorted(c.nom for c in e.communes)),
        ("Quartiers", sorted(q.nom for q in e.quartiers)),
        ("Orientations", [f"n° {o.code}" for o in sorted(e.orientations, key=lambda o: o.ordre)]),
        ("Organismes", sorted(FormeJuridique(f).libelle for f in e.formes_juridiques)),
    )
    return tuple(
        [f"{nom} : {', '.join(valeurs)}" for nom, valeurs in listes if valeurs]
        + ([f"Département {e.departement}"] if e.departement else [])
    )


def est_utilisee(enveloppe: Enveloppe) -> bool:
    """Does a line draw on it, or another enveloppe hang from it? (2 queries at most)"""
    return bool(
        db.session.scalar(
            select(
                exists().where(Financement.enveloppe_id == enveloppe.id)
                | exists().where(Enveloppe.parent_id == enveloppe.id)
            )
        )
    )


def est_attribuee(enveloppe: Enveloppe) -> bool:
    """Does a line draw on it or on anything under it? (2 queries)"""
    return bool(
        db.session.scalar(
            select(exists().where(Financement.enveloppe_id.in_(descendants(enveloppe))))
        )
    )


def descendants(enveloppe: Enveloppe) -> set[int]:
    """Ids of the enveloppe and of everything under it (1 query)."""
    parents = {
        ident: parent
        for ident, parent in db.session.execute(
            select(Enveloppe.id, Enveloppe.parent_id).where(
                Enveloppe.campagne_id == enveloppe.campagne_id
            )
        )
    }
    trouves, encore = {enveloppe.id}, True
    while encore:
        neufs = {i for i, p in parents.items() if p in trouves and i not in trouves}
        trouves |= neufs
        encore = bool(neufs)
    return trouves


def financeurs_du_contrat(contrat_id: int) -> Sequence[Financeur]:
    """Active funders, by name."""
    return db.session.scalars(
        select(Financeur)
        .where(Financeur.contrat_id == contrat_id, Financeur.actif)
        .order_by(Financeur.nom, Financeur.id)
    ).all()


def communes_du_contrat(contrat_id: int) -> Sequence[Commune]:
    return db.session.scalars(
        select(Commune)
        .where(Commune.contrat_id == contrat_id, Commune.retire_le.is_(None))
        .order_by(Commune.nom, Commune.id)
    ).all()


def quartiers_du_contrat(contrat_id: int) -> Sequence[Quartier]:
    """Quartiers with their communes (2 queries)."""
    return db.session.scalars(
        select(Quartier)
        .where(Quartier.contrat_id == contrat_id, Quartier.retire_le.is_(None))
        .order_by(Quartier.nom, Quartier.id)
        .options(selectinload(Quartier.communes))
    ).all()


def enveloppes_possibles_parents(
    campagne: Campagne, enveloppe: Enveloppe | None = None
) -> list[Enveloppe]:
    """Where an enveloppe may hang: same funder when it exists, never under itself."""
    requete = (
        select(Enveloppe)
        .where(Enveloppe.campagne_id == campagne.id)
        .order_by(Enveloppe.libelle, Enveloppe.id)
        .options(joinedload(Enveloppe.financeur))
    )
    if enveloppe is not None:
        requete = requete.where(
            Enveloppe.financeur_id == enveloppe.financeur_id,
            Enveloppe.id.not_in(descendants(enveloppe)),
        )
    return list(db.session.scalars(requete))


def code_propose(enveloppe: Enveloppe, libelle: str, financeur_id: int) -> str:
    """A code made from the name; « credits-2027 » of a second funder takes its name (2 queries).

    The same name twice for one funder gives the same code: it is refused as a form sent twice.
    """
    nom = slug(libelle)[:60]
    autres = select(Enveloppe.financeur_id).where(
        Enveloppe.campagne_id == enveloppe.campagne_id,
        Enveloppe.code == nom,
        Enveloppe.id != enveloppe.id,
    )
    prise = db.session.scalar(autres.limit(1))
    financeur = db.session.get(Financeur, financeur_id)
    if prise is None or prise == financeur_id or financeur is None:
        return nom
    return slug(f"{libelle} {financeur.sigle or financeur.nom}", 60)
