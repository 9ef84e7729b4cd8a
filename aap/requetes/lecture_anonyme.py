"""Who reads a dossier without the name of its organisme, and what is then shown of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ScalarSelect, select

from aap.domaine.anonymat import Signes, masquer
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Dossier,
    EtatEvaluation,
    Evaluation,
    IndicateurDossier,
    Organisme,
    RegleCampagne,
    RoleHabilitation,
)
from aap.models.types import Json
from aap.permissions import Acteur, may
from aap.permissions.instruction import AVEUGLES
from aap.requetes.fiche_dossier import FicheDossier, LigneCompte, fiche
from workflows.dossier import EtatDossier

REGLE = "lecture_anonyme"


@dataclass(frozen=True)
class IndicateurMasque:
    libelle: str
    cible: str
    mode_mesure: str


@dataclass(frozen=True)
class LectureMasquee:
    """``fiche`` has no document and no name; ``documents`` says how many are left aside."""

    fiche: FicheDossier
    intitule: str
    indicateurs: list[IndicateurMasque]
    documents: int


def nom_masque(acteur: Acteur, dossier: Dossier) -> bool:
    """Does ``acteur`` still score this dossier, in a campaign that hides the porteur's name?

    One query at most, none when the campaign does not hide it.
    """
    if dossier.etat not in AVEUGLES or not valeur_regle(dossier.campagne, REGLE):
        return False
    return bool(may(acteur, "dossier.noter", dossier)) and not _a_envoye(acteur, dossier)


def regle_de_la_campagne() -> ScalarSelect[Any]:
    """What the dossier's campaign changed of the rule, as a column of a query on dossiers."""
    return (
        select(RegleCampagne.valeur)
        .where(RegleCampagne.campagne_id == Dossier.campagne_id, RegleCampagne.code == REGLE)
        .scalar_subquery()
    )


def nom_masque_en_liste(
    acteur: Acteur, fixee: Json | None, etat: EtatDossier, note: EtatEvaluation | None
) -> bool:
    """Is the name hidden in a list from who still scores? ``fixee``: the column above."""
    return (
        bool((fixee or {}).get("v"))
        and etat in AVEUGLES
        and note is not EtatEvaluation.ENVOYEE
        and acteur.est(RoleHabilitation.INSTRUCTEUR)
    )


def _a_envoye(acteur: Acteur, dossier: Dossier) -> bool:
    return (
        db.session.scalar(
            select(Evaluation.id).where(
                Evaluation.dossier_id == dossier.id,
                Evaluation.utilisateur_id == acteur.utilisateur_id,
                Evaluation.etat == EtatEvaluation.ENVOYEE,
            )
        )
        is not None
    )


def signes_de(organisme: Organisme) -> Signes:
    """Everything of the organisme's record that names it."""
    return Signes(
        noms=tuple(
            x
            for x in (
                organisme.nom,
                organisme.representant_nom,
                organisme.courriel,
                organisme.rna or "",
            )
            if x
        ),
        sigles=(organisme.sigle,) if organisme.sigle else (),
        numeros=tuple(
            x
            for x in (organisme.siret or "", (organisme.siret or "")[:9], organisme.telephone)
            if x
        ),
    )


def titre_masque(dossier: Dossier) -> str:
    """The title of the action without the name of its organisme."""
    return masquer(dossier.intitule or "", signes_de(dossier.organisme))


def lecture_masquee(dossier: Dossier) -> LectureMasquee:
    """The dossier as ``fiche`` gives it, without name, last year's reference nor documents."""
    lue, signes = fiche(dossier), signes_de(dossier.organisme)

    def net(texte: str | None) -> str:
        return masquer(texte or "", signes)

    def comptes(lignes: list[LigneCompte]) -> list[LigneCompte]:
        return [replace(x, libelle=net(x.libelle)) for x in lignes]

    def indicateur(i: IndicateurDossier) -> IndicateurMasque:
        return IndicateurMasque(net(i.libelle), net(i.cible), net(i.mode_mesure))

    sections = [
        replace(s, couples=[(q, net(reponse)) for q, reponse in s.couples]) for s in lue.sections
    ]
    budget = replace(
        lue.budget, charges=comptes(lue.budget.charges), produits=comptes(lue.budget.produits)
    )
    return LectureMasquee(
        replace(
            lue, precedent=None, sections=sections, budget=budget, pieces=[], coffre=[], comptes=[]
        ),
        net(dossier.intitule),
        [indicateur(i) for i in dossier.indicateurs],
        len(lue.pieces) + len(lue.coffre),
    )
