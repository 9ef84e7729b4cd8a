"""Acts of the CPO objective, one row per act and exercice, with what they are chosen by.

A row is a tranche of an act (drafts included), or a line that is decided and has no act yet. The
stages and their words are in ``domaine.objectif_cpo``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    String,
    Subquery,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from aap.domaine.cpo import SEUIL_CONVENTION, FiltreCpo, TypeActe
from aap.domaine.objectif_cpo import Stade
from aap.models import (
    ETATS_SANS_CREDIT,
    Campagne,
    Convention,
    Dossier,
    DossierQuartier,
    Financement,
    Financeur,
    FormeJuridique,
    Organisme,
    RoleHabilitation,
    Tranche,
    TypeCampagne,
    TypeDossier,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur
from aap.requetes.choix_cpo import ChoixCpo
from aap.requetes.essai import hors_essai
from aap.requetes.finance import (
    decision_publiee_sql,
    financeurs_de,
    sans_acte,
)
from aap.requetes.soldes import RETENU
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

FERMES = (EtatTranche.FERME, EtatTranche.CLOSE)
DECIDEES = (EtatFinancement.ARBITRE, EtatFinancement.VOTE, EtatFinancement.NOTIFIE)
SIGNEES = (EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR, EtatConvention.ECHUE)


def contrats_suivis(acteur: Acteur) -> set[int | None]:
    """Contrats whose every act the reader sees: coordination and committee."""
    roles = (RoleHabilitation.COORDINATEUR, RoleHabilitation.COPIL)
    return {h.contrat_id for r in roles for h in acteur.avec(r)}


def financeurs_lus(acteur: Acteur) -> ColumnElement[bool]:
    """Condition on ``Financeur``: one's own for a finance officer, all of the contrat's for the
    coordination and the committee."""
    contrats = contrats_suivis(acteur)
    if None in contrats:
        return Financeur.id.is_not(None)
    entiers = sorted(c for c in contrats if c is not None)
    suivis = Financeur.contrat_id.in_(entiers) if entiers else false()
    return or_(financeurs_de(acteur), suivis)


def _tranches() -> Select[Any]:
    """Exercices of the acts; a given up one is not, nor what an ended act had not begun to pay."""
    ferme = Tranche.etat.in_(FERMES)
    stade = case(
        (and_(ferme, Convention.etat == EtatConvention.SIGNEE), Stade.SIGNE.value),
        (ferme, Stade.EN_VIGUEUR.value),
        else_=Stade.PREPARE.value,
    )
    return (
        select(
            Convention.id.label("convention_id"),
            Convention.numero.label("numero"),
            Tranche.financement_id.label("financement_id"),
            Tranche.exercice.label("exercice"),
            Tranche.montant.label("montant"),
            type_coerce(Convention.type, String).label("type"),
            stade.label("stade"),
            Convention.financeur_id.label("financeur_id"),
            Convention.organisme_id.label("organisme_id"),
            func.coalesce(Financement.dossier_id, Convention.dossier_id).label("dossier_id"),
        )
        .join(Convention, Convention.id == Tranche.convention_id)
        .outerjoin(Financement, Financement.id == Tranche.financement_id)
        .where(
            Tranche.etat != EtatTranche.ABANDONNEE,
            or_(Convention.etat != EtatConvention.RESILIEE, ferme),
        )
    )


def _attend_son_affermissement() -> Exists:
    """The line is the one of a CPO's provisional exercice, already counted with its act."""
    acte, tranche = aliased(Convention), aliased(Tranche)
    return (
        exists()
        .where(
            acte.dossier_id == Dossier.cpo_id,
            acte.financeur_id == Financement.financeur_id,
            acte.etat.in_(SIGNEES),
            tranche.convention_id == acte.id,
            tranche.exercice == Financement.exercice,
            tranche.etat == EtatTranche.PREVISIONNELLE,
        )
        .correlate(Dossier, Financement)
    )


def _cumul() -> ColumnElement[int]:
    """Cents that the funder grants to the organisme in the year, all dossiers summed."""
    d, f, c = aliased(Dossier), aliased(Financement), aliased(Campagne)
    retenu = case(
        (f.etat.in_(ETATS_SANS_CREDIT), 0),
        else_=func.coalesce(f.montant_vote, f.montant_arbitre, 0),
    )
    return (
        select(func.coalesce(func.sum(retenu), 0))
        .join(d, d.id == f.dossier_id)
        .join(c, c.id == d.campagne_id)
        .where(
            f.financeur_id == Financement.financeur_id,
            f.exercice == Financement.exercice,
            d.organisme_id == Dossier.organisme_id,
            c.bac_a_sable.is_(False),
        )
        .correlate(Dossier, Financement)
        .scalar_subquery()
    )


def _lignes() -> Select[Any]:
    """Lines decided, without an act: what ``choisir_acte`` would propose for each."""
    decidee = or_(
        Financement.etat.in_((EtatFinancement.VOTE, EtatFinancement.NOTIFIE)),
        and_(Financement.etat == EtatFinancement.ARBITRE, decision_publiee_sql()),
    )
    genre = case(
        (Dossier.duree_annees > 1, TypeActe.CPO.value),
        (_cumul() > SEUIL_CONVENTION, TypeActe.ANNUELLE.value),
        else_=TypeActe.ARRETE.value,
    )
    return (
        select(
            null().label("convention_id"),
            literal("").label("numero"),
            Financement.id.label("financement_id"),
            Financement.exercice.label("exercice"),
            RETENU.label("montant"),
            genre.label("type"),
            literal(Stade.PREVU.value).label("stade"),
            Financement.financeur_id.label("financeur_id"),
            Dossier.organisme_id.label("organisme_id"),
            Dossier.id.label("dossier_id"),
        )
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Financement.etat.in_(DECIDEES),  # said again, for the index on funder and state
            decidee,
            RETENU > 0,
            sans_acte(),
            not_(_attend_son_affermissement()),
        )
    )


def actes_et_lignes() -> Subquery:
    """Every row of the objective, no filter set yet."""
    return union_all(_tranches(), _lignes()).subquery("acte_cpo")


def sources() -> list[tuple[Subquery, ColumnElement[int]]]:
    """The same rows in two sets, to be added up apart (SQLite would write a union down before
    joining it), each with its funder as it is best compared.

    Tranches: « + 0 » keeps SQLite away from the index of the conventions' funders, three times
    slower than reading the tranches in their order. Lines: their index is what is wanted.
    """
    tranches, lignes = _tranches().subquery("acte_cpo"), _lignes().subquery("ligne_cpo")
    return [(tranches, tranches.c.financeur_id + 0), (lignes, lignes.c.financeur_id)]


def depuis(a: Subquery, requete: Select[Any]) -> Select[Any]:
    """``requete`` over the rows with their funder, organisme, dossier and campaign."""
    return (
        requete.select_from(a)
        .join(Financeur, Financeur.id == a.c.financeur_id)
        .join(Organisme, Organisme.id == a.c.organisme_id)
        .join(Dossier, Dossier.id == a.c.dossier_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
    )


def compte_sql(a: Subquery, filtre: FiltreCpo) -> ColumnElement[bool]:
    """The row is in the denominator (SQL twin of ``FiltreCpo.garde``)."""
    associations = select(Organisme.id).where(Organisme.forme == FormeJuridique.ASSOCIATION)
    ete = select(Campagne.id).where(Campagne.type == TypeCampagne.QUARTIERS_ETE)
    dispositif = case(
        (Dossier.type == TypeDossier.PRE, "pre"),
        (Dossier.campagne_id.in_(ete), "quartiers_ete"),
        else_="",
    )
    conditions: list[ColumnElement[bool]] = [literal(1) == 1]
    if filtre.associations_seulement:
        conditions.append(a.c.organisme_id.in_(associations))
    if filtre.conventions_seulement:
        conditions.append(a.c.type != TypeActe.ARRETE.value)
    if filtre.sans_dispositifs:
        conditions.append(dispositif.not_in(sorted(filtre.sans_dispositifs)))
    return and_(*conditions)


def _dans_commune(commune_id: int) -> ColumnElement[bool]:
    """The action aims at a quartier of this commune; 0: at none."""
    lien = exists().where(
        DossierQuartier.dossier_id == Dossier.id,
        DossierQuartier.quartier_id == quartier_commune.c.quartier_id,
    )
    if commune_id == 0:
        return ~lien
    return lien.where(quartier_commune.c.commune_id == commune_id)


def conditions_actes(acteur: Acteur, choix: ChoixCpo, a: Subquery) -> list[ColumnElement[bool]]:
    """Rights of the reader, funder, campaign, commune, orientation; neither year nor boxes."""
    return [financeurs_lus(acteur), *conditions_sans_financeur(acteur, choix, a)]


def conditions_sans_financeur(
    acteur: Acteur, choix: ChoixCpo, a: Subquery
) -> list[ColumnElement[bool]]:
    """The same, for who adds the funders read by their ids."""
    conditions = [hors_essai()]
    if acteur.deports:
        conditions.append(a.c.organisme_id.not_in(sorted(acteur.deports)))
    if choix.financeur:
        conditions.append(a.c.financeur_id == choix.financeur)
    if choix.campagne:
        conditions.append(Dossier.campagne_id == choix.campagne)
    if choix.commune is not None:
        conditions.append(_dans_commune(choix.commune))
    if choix.orientation == 0:
        conditions.append(Dossier.orientation_id.is_(None))
    elif choix.orientation:
        conditions.append(Dossier.orientation_id == choix.orientation)
    return conditions


def conditions_liste(acteur: Acteur, choix: ChoixCpo, a: Subquery) -> list[ColumnElement[bool]]:
    """What the list behind a figure holds: the year, the stage, the part asked for."""
    compte, est_cpo = compte_sql(a, choix.filtre), a.c.type == TypeActe.CPO.value
    parts = {
        "tous": [compte],
        "cpo": [compte, est_cpo],
        "autres": [compte, not_(est_cpo)],
        "ecartes": [not_(compte)],
    }
    return [
        *conditions_actes(acteur, choix, a),
        a.c.exercice == choix.exercice,
        a.c.stade <= choix.stade.value,
        *parts[choix.part],
    ]
