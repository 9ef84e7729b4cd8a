"""Rules of the workbench: saved views and acts on many dossiers belong to who made them."""

from __future__ import annotations

from aap.models import Dossier, Lot, VueListe
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.instruction import INSTRUCTION, lecture_agent
from aap.permissions.socle import Verdict, regle, selon


@regle("vue_liste.modifier")
def _vue(acteur: Acteur, vue: VueListe) -> Verdict:
    return selon(
        vue.utilisateur_id == acteur.utilisateur_id,
        "Cette vue est celle d’une autre personne.",
    )


@regle("lot.voir")
@regle("lot.annuler")
def _lot(acteur: Acteur, lot: Lot) -> Verdict:
    """Its author; what is done to each dossier is decided dossier by dossier."""
    return selon(
        lot.auteur_id == acteur.utilisateur_id,
        "Cet acte groupé est celui d’une autre personne.",
    )


@regle("dossier.signaler_presence")
def _presence(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Those who work on it see each other; the committee and the finances read unseen."""
    lecture = lecture_agent(acteur, dossier)
    if not lecture:
        return lecture
    return selon(
        bool(roles_sur(acteur, dossier) & INSTRUCTION),
        "Seules l’instruction et la coordination travaillent à plusieurs sur un dossier.",
    )
