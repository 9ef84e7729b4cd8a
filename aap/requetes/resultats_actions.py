"""What the bilans of a contrat say, added up: people and indicators (7 queries at most)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from aap.domaine.resultats_actions import (
    Fait,
    Groupe,
    Mesure,
    Part,
    Qualite,
    SommeIndicateur,
    additionner,
    additionner_indicateurs,
)
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    Dossier,
    DossierQuartier,
    Financement,
    Financeur,
    IndicateurDossier,
    IndicateurEvaluation,
    MesureIndicateur,
    ObjectifOperationnel,
    Orientation,
    Quartier,
)
from aap.models.dossier import dossier_objectif
from aap.models.financement import ETATS_SANS_CREDIT
from workflows.bilan import EtatBilan

VUES = {
    "quartier": "Quartier",
    "orientation": "Orientation",
    "objectif": "Objectif opérationnel",
    "financeur": "Financeur",
    "annee": "Année",
}
CONTROLES = (EtatBilan.VALIDE, EtatBilan.REVERSEMENT_DEMANDE, EtatBilan.REVERSE)
RENDUS = (EtatBilan.DEPOSE, EtatBilan.A_MODIFIER)
# The groups of these views do not overlap: their sum is the total.
SANS_DOUBLE = frozenset({"quartier", "orientation", "annee"})


@dataclass(frozen=True)
class ResultatsActions:
    groupes: list[Groupe]
    total: Groupe
    indicateurs: list[SommeIndicateur]
    exercices: list[int]


def qualite_de(etat: EtatBilan, depose: bool) -> Qualite:
    """A bilan never handed in is missing, whatever it led to."""
    if not depose:
        return Qualite.MANQUANTE
    if etat in CONTROLES:
        return Qualite.CONTROLEE
    return Qualite.DECLAREE if etat in RENDUS else Qualite.MANQUANTE


def resultats_actions(
    contrats: Sequence[int], vue: str, exercice: int | None = None
) -> ResultatsActions:
    """Bilans expected in these contrats (trials apart), grouped by ``vue``."""
    ou: list[ColumnElement[bool]] = [
        Campagne.contrat_id.in_(contrats),
        Campagne.bac_a_sable.is_(False),
    ]
    exercices = list(
        db.session.scalars(
            select(Bilan.exercice)
            .join(Dossier, Dossier.id == Bilan.dossier_id)
            .join(Campagne, Campagne.id == Dossier.campagne_id)
            .where(*ou)
            .distinct()
            .order_by(Bilan.exercice.desc())
        )
    )
    if exercice is not None:
        ou.append(Bilan.exercice == exercice)
    groupes, total = additionner(_faits(ou, vue), partage=vue == "quartier")
    return ResultatsActions(groupes, total, additionner_indicateurs(_mesures(ou)), exercices)


def _faits(ou: list[ColumnElement[bool]], vue: str) -> list[Fait]:
    lignes = db.session.execute(
        select(
            Dossier.id,
            Bilan.exercice,
            Bilan.etat,
            Bilan.depose_le,
            Dossier.beneficiaires,
            Bilan.beneficiaires_reels,
            Bilan.beneficiaires_femmes,
            Bilan.beneficiaires_qpv,
        )
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(*ou)
        .order_by(Bilan.id)
    ).all()
    parts = {} if vue == "annee" else _parts(ou, vue)
    return [
        Fait(
            qualite_de(etat, depose is not None),
            prevus,
            reels,
            femmes,
            qpv,
            (Part(str(annee), str(annee)),) if vue == "annee" else tuple(parts.get(i, ())),
        )
        for i, annee, etat, depose, prevus, reels, femmes, qpv in lignes
    ]


def _parts(ou: list[ColumnElement[bool]], vue: str) -> dict[int, list[Part]]:
    """The groups of each dossier (1 query)."""
    dossiers = (
        select(Dossier.id)
        .join(Bilan, Bilan.dossier_id == Dossier.id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(*ou)
    )
    requetes = {
        "quartier": select(
            DossierQuartier.dossier_id, Quartier.id, Quartier.nom, DossierQuartier.part
        )
        .join(Quartier, Quartier.id == DossierQuartier.quartier_id)
        .where(DossierQuartier.dossier_id.in_(dossiers)),
        "orientation": select(
            Dossier.id, Orientation.id, Orientation.code + " – " + Orientation.titre, Dossier.id
        )
        .join(Orientation, Orientation.id == Dossier.orientation_id)
        .where(Dossier.id.in_(dossiers)),
        "objectif": select(
            dossier_objectif.c.dossier_id,
            ObjectifOperationnel.id,
            ObjectifOperationnel.code + " – " + ObjectifOperationnel.titre,
            dossier_objectif.c.dossier_id,
        )
        .join(
            ObjectifOperationnel,
            ObjectifOperationnel.id == dossier_objectif.c.objectif_operationnel_id,
        )
        .where(dossier_objectif.c.dossier_id.in_(dossiers)),
        "financeur": select(
            Financement.dossier_id, Financeur.id, Financeur.nom, Financement.dossier_id
        )
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .where(
            Financement.dossier_id.in_(dossiers),
            Financement.etat.not_in(ETATS_SANS_CREDIT),
            Financement.montant_vote > 0,
        )
        .distinct(),
    }
    parts: dict[int, list[Part]] = defaultdict(list)
    for dossier, cle, libelle, poids in db.session.execute(requetes[vue]):
        parts[dossier].append(Part(str(cle), libelle, _poids(poids) if vue == "quartier" else 1))
    return parts


def _poids(part: int | None) -> int:
    return part or 0


def _mesures(ou: list[ColumnElement[bool]]) -> list[Mesure]:
    """Values of the indicators of the fiches; own words of a porteur are not comparable."""
    lignes = db.session.execute(
        select(IndicateurEvaluation.texte, Bilan.etat, Bilan.depose_le, MesureIndicateur.valeur)
        .join(Bilan, Bilan.id == MesureIndicateur.bilan_id)
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .join(IndicateurDossier, IndicateurDossier.id == MesureIndicateur.indicateur_dossier_id)
        .join(
            IndicateurEvaluation,
            IndicateurEvaluation.id == IndicateurDossier.indicateur_evaluation_id,
        )
        .where(*ou)
        .order_by(MesureIndicateur.id)
    )
    return [Mesure(texte, qualite_de(etat, d is not None), v) for texte, etat, d, v in lignes]
