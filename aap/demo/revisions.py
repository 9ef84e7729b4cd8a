"""Revised budgets of the running year: one awaited, one given back, one accepted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from aap.demo.monde import Monde
from aap.demo.vies import signataire
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Campagne, Dossier, RevisionBudget
from aap.requetes.plan_recalcule import plan_apres_decisions
from aap.requetes.revisions_budget import totaux_de
from aap.services.revision_budget import (
    accepter_revision,
    demander_budget_revise,
    enregistrer_revision,
    raison_pas_revisable,
    rendre_revision,
)
from workflows.dossier import EtatDossier

POURQUOI = (
    "Les aides décidées sont en dessous de ce que vous demandiez. Dites-nous ce que l’action "
    "devient à ce montant\u00a0: séances, encadrement, achats."
)
CHANGE = "Un groupe de moins et des achats reportés\u00a0; l’encadrement reste le même."


def reviser_budgets(monde: Monde, campagne: Campagne) -> None:
    """The first dossiers whose plan no longer holds, in the order of their numbers."""
    coordination = monde.acteur("coordination")
    decides = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat == EtatDossier.PROGRAMME)
        .order_by(Dossier.id)
    )
    etape = 0
    for dossier in decides:
        plan = plan_apres_decisions(dossier)
        if plan is None or not plan.budget_a_revoir or raison_pas_revisable(dossier):
            continue
        revision = demander_budget_revise(
            coordination, dossier, POURQUOI, aujourdhui() + timedelta(days=15)
        )
        if etape and _equilibrer(revision):
            rendre_revision(signataire(dossier), revision)
            if etape == 2:
                accepter_revision(coordination, revision)
        etape += 1
        if etape == 3:
            return


def _equilibrer(revision: RevisionBudget) -> bool:
    """Take what is missing off the largest expenses; False when nothing is missing."""
    manque = totaux_de(revision).ecart
    saisies: dict[int, str] = {}
    charges = [
        x for x in revision.lignes if x["cote"] == "charge" and not x["compte"].startswith("86")
    ]
    for x in sorted(charges, key=lambda x: -x["prevu"]):
        retire = min(max(manque, 0), x["prevu"])
        manque -= retire
        centimes = x["prevu"] - retire
        saisies[x["cle"]] = f"{centimes // 100},{centimes % 100:02d}"
    acteur = signataire(revision.dossier)
    enregistrer_revision(acteur, revision, saisies, [], CHANGE)
    return totaux_de(revision).ecart == 0
