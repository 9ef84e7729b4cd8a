"""CPO rate of a funder's acts: both readings, the rows behind each figure (1 query)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from aap.domaine.cpo import OBJECTIF_CPO, Acte, FiltreCpo, TauxCpo, TypeActe, calculer_taux
from aap.domaine.horloge import aujourdhui
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Campagne,
    Contrat,
    Convention,
    Dossier,
    Financement,
    Financeur,
    FormeJuridique,
    Organisme,
    RoleHabilitation,
    Tranche,
    TypeCampagne,
    TypeDossier,
)
from aap.permissions import Acteur
from aap.requetes.finance import sans_deport
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

SIGNEES = (EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR, EtatConvention.ECHUE)


@dataclass(frozen=True)
class LigneCpo:
    """One act of the year: what the list behind the figures shows."""

    convention_id: int
    numero: str
    dossier: str
    acte: Acte
    compte: bool


@dataclass(frozen=True)
class VueCpo:
    """Rates, filter and rows; ``manque_nombre``/``manque_euros``: acts and cents still missing
    for ``objectif`` (0 when reached)."""

    taux: TauxCpo
    filtre: FiltreCpo
    lignes: list[LigneCpo]
    financeurs: list[tuple[int, str]]
    exercices: list[int]
    objectif: Fraction = OBJECTIF_CPO

    @property
    def manque_nombre(self) -> int:
        return max(0, ceil(self.taux.nombre * self.objectif) - self.taux.nombre_cpo)

    @property
    def manque_euros(self) -> int:
        return max(0, ceil(self.taux.montant * self.objectif) - self.taux.montant_cpo)


def _contrats(acteur: Acteur) -> set[int | None]:
    roles = (RoleHabilitation.FINANCE, RoleHabilitation.COORDINATEUR, RoleHabilitation.COPIL)
    return {h.contrat_id for r in roles for h in acteur.avec(r)}


def _dispositif(campagne: TypeCampagne, dossier: TypeDossier) -> str:
    if dossier is TypeDossier.PRE:
        return "pre"
    return campagne.value if campagne is TypeCampagne.QUARTIERS_ETE else ""


def vue_cpo(
    acteur: Acteur, filtre: FiltreCpo, exercice: int | None, financeur_id: int | None
) -> VueCpo:
    """The acts signed for one exercice in the reader's contrats, and the rates.

    A running CPO counts once per exercice, for its firm tranche.
    """
    contrats = _contrats(acteur)
    financeurs = _financeurs(contrats)
    annees = _exercices([i for i, _ in financeurs])
    annee = exercice or (annees[0] if annees else aujourdhui().year)
    conditions = [Financeur.id.in_([i for i, _ in financeurs]), Tranche.exercice == annee]
    if financeur_id:
        conditions.append(Financeur.id == financeur_id)
    requete = (
        select(
            Convention.id,
            Convention.numero,
            Convention.type,
            Tranche.montant,
            Financeur.nom,
            Organisme.nom,
            Organisme.forme,
            Dossier.numero,
            Dossier.type,
            Campagne.type,
        )
        .join(Tranche, Tranche.convention_id == Convention.id)
        .join(Financeur, Financeur.id == Convention.financeur_id)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .outerjoin(Financement, Financement.id == Tranche.financement_id)
        .join(Dossier, Dossier.id == func.coalesce(Financement.dossier_id, Convention.dossier_id))
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(
            Convention.etat.in_(SIGNEES),
            Tranche.etat.in_([EtatTranche.FERME, EtatTranche.CLOSE]),
            *conditions,
            *sans_deport(acteur),
        )
        .order_by(Financeur.nom, Convention.numero)
    )
    lignes = []
    for i, numero, genre, montant, f, o, forme, dossier, td, tc in db.session.execute(requete):
        acte = Acte(
            financeur=f,
            organisme=o,
            exercice=annee,
            type=TypeActe(genre.value),
            montant=montant,
            association=forme is FormeJuridique.ASSOCIATION,
            dispositif=_dispositif(tc, td),
        )
        lignes.append(LigneCpo(i, numero, dossier or "", acte, filtre.garde(acte)))
    taux = calculer_taux([x.acte for x in lignes], annee, filtre)
    return VueCpo(taux, filtre, lignes, financeurs, annees, objectif_de(contrats, annee))


def objectif_de(contrats: set[int | None], exercice: int) -> Fraction:
    """Target of the year's campaigns of these contrats, the highest when they differ."""
    requete = select(Campagne).where(Campagne.exercice == exercice, Campagne.bac_a_sable.is_(False))
    if None not in contrats:
        requete = requete.where(Campagne.contrat_id.in_([c for c in contrats if c is not None]))
    campagnes = db.session.scalars(requete.options(selectinload(Campagne.regles)))
    parts = [int(valeur_regle(c, "cpo_objectif")) for c in campagnes]
    return Fraction(max(parts), 1000) if parts else OBJECTIF_CPO


def _financeurs(contrats: set[int | None]) -> list[tuple[int, str]]:
    requete = select(Financeur.id, Financeur.nom).join(Contrat, Contrat.id == Financeur.contrat_id)
    if None not in contrats:
        requete = requete.where(Contrat.id.in_([c for c in contrats if c is not None]))
    return [(i, nom) for i, nom in db.session.execute(requete.order_by(Financeur.nom))]


def _exercices(financeurs: list[int]) -> list[int]:
    return list(
        db.session.scalars(
            select(Tranche.exercice)
            .join(Convention, Convention.id == Tranche.convention_id)
            .where(
                Convention.financeur_id.in_(financeurs),
                Convention.etat.in_(SIGNEES),
                Tranche.etat.in_([EtatTranche.FERME, EtatTranche.CLOSE]),
            )
            .distinct()
            .order_by(Tranche.exercice.desc())
        )
    )
