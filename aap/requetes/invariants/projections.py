"""Columns kept for lists: each one still says what its source says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, not_, or_, select

from aap.domaine.montants import en_euros
from aap.domaine.texte import normaliser
from aap.models import CoteBudget, Dossier, Financement, LigneBudget, Organisme
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes


@invariant("dossier.totaux", "Charges et montant demandé du dossier sont la somme de leurs lignes")
def _totaux(suivre: Suivre) -> Iterator[Ecart]:
    """A dossier without budget lines or without lines asked is compared with zero."""
    charges = (
        select(func.coalesce(func.sum(LigneBudget.montant), 0))
        .where(
            LigneBudget.dossier_id == Dossier.id,
            and_(LigneBudget.annee == 1, LigneBudget.cote == CoteBudget.CHARGE),
            not_(LigneBudget.compte.startswith("86")),
        )
        .scalar_subquery()
    )
    demandes = (
        select(func.coalesce(func.sum(Financement.montant_demande), 0))
        .where(Financement.dossier_id == Dossier.id)
        .scalar_subquery()
    )
    requete = (
        select(Dossier.id, Dossier.total_charges, charges, Dossier.montant_demande, demandes)
        .where(or_(Dossier.total_charges != charges, Dossier.montant_demande != demandes))
        .order_by(Dossier.id)
    )
    for i, total, lues, demande, somme in suivre(lignes(requete)):
        if total != lues:
            message = f"charges : {en_euros(total)} affichés, {en_euros(int(lues))} au budget"
            yield Ecart(f"dossier {i}", message)
        if demande != somme:
            message = f"demande : {en_euros(demande)} affichés, {en_euros(int(somme))} aux lignes"
            yield Ecart(f"dossier {i}", message)


@invariant("recherche.texte", "Les textes de recherche suivent les textes affichés")
def _recherche(suivre: Suivre) -> Iterator[Ecart]:
    for i, texte, index in suivre(
        lignes(select(Dossier.id, Dossier.intitule, Dossier.intitule_recherche))
    ):
        if index and not index.startswith(normaliser(texte)[:200]):
            yield Ecart(f"dossier {i}", "l’intitulé de recherche n’est pas celui du dossier")
        elif texte and not index:
            yield Ecart(f"dossier {i}", "l’intitulé de recherche manque")
    for i, nom, index in suivre(
        lignes(select(Organisme.id, Organisme.nom, Organisme.nom_recherche))
    ):
        if normaliser(nom)[:300] not in index:
            yield Ecart(f"organisme {i}", "le nom de recherche n’est pas celui de l’organisme")
