"""The porteur gives one aid up after the decision: what falls with it, who is told.

The line ends and its credits go back to the enveloppe. A draft act falls at once. A signed act is
not undone by one party: its payments stop (guard ``tranche_ferme``) and the funder, told by mail,
gives the exercice up or ends the act.
"""

from __future__ import annotations

from aap.domaine.determinant import du
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.montants import en_euros
from aap.models import Convention, Dossier, Financement
from aap.permissions import SYSTEME, Acteur, exiger, may
from aap.requetes.publication import decision_publiee
from aap.services.avertissement import avertir_finance
from aap.services.convention import abandonner_projet, acte_vivant
from aap.services.gardes import raisons_contre
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.versement import terminer
from aap.services.vote import renoncer
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement

DECIDEES = (
    EtatFinancement.ARBITRE,
    EtatFinancement.VOTE,
    EtatFinancement.NOTIFIE,
    EtatFinancement.ENGAGE,
)
PROJETS = (
    EtatConvention.PROJET,
    EtatConvention.SIGNATURE_PORTEUR,
    EtatConvention.SIGNATURE_FINANCEUR,
)


def raison_pas_renoncable(acteur: Acteur, financement: Financement) -> str:
    """Why the porteur cannot give this aid up now, or empty."""
    if financement.etat not in DECIDEES or not decision_publiee(financement.dossier):
        return (
            "On renonce à une aide accordée, après la publication de la décision et avant tout "
            "paiement."
        )
    if financement.etat is EtatFinancement.ENGAGE:
        return " ".join(raisons_contre("financement", ("aucun_versement",), acteur, financement))
    return ""


def renoncables(acteur: Acteur, dossier: Dossier) -> set[int]:
    """Ids of the aids of a dossier that this person may give up now."""
    lignes = [f for f in dossier.financements if f.etat in DECIDEES]
    return {
        f.id
        for f in lignes
        if may(acteur, "financement.renoncer_porteur", f) and not raison_pas_renoncable(acteur, f)
    }


def renoncer_aide(
    acteur: Acteur, financement: Financement, motif: str, *, version: int | None = None
) -> Convention | None:
    """The signatory gives an aid up; the act that the funder must still end, when one is signed.

    Raises Interdit, Conflit, PasLeMoment, Invalide (no motif).
    """
    exiger(acteur, "financement.renoncer_porteur", financement)
    prendre_son_tour(financement)
    if raison := raison_pas_renoncable(acteur, financement):
        raise PasLeMoment(raison)
    if not motif.strip():
        raise Invalide(
            "Indiquez le motif\u00a0: le financeur le lira.",
            [Probleme("Indiquez le motif.", "motif")],
        )
    montant, acte = financement.montant_retenu, acte_vivant(financement)
    renoncer(acteur, financement, motif, version=version)
    if acte is not None and acte.etat in PROJETS:
        abandonner_projet(SYSTEME, acte, f"Le porteur renonce à l’aide\u00a0: {motif.strip()}")
        acte = None
    dossier = financement.dossier
    consigner(
        acteur,
        dossier,
        "dossier.renoncer_aide",
        f"Renoncement à l’aide {du(financement.financeur.nom)} ({en_euros(montant)})",
        motif=motif.strip(),
        donnees={"financement": financement.id, "montant": montant},
        visible_porteur=True,
    )
    avertir_finance(
        dossier,
        financement.financeur_id,
        "aide_renoncee",
        chemin=f"/finance/lignes/{financement.id}",
        financement=financement,
        montant=en_euros(montant),
        motif=motif.strip(),
        acte=acte,
    )
    terminer(financement)
    return acte
