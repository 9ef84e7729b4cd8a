"""The legal act of each funder: the committee's decision is political, this one binds."""

from __future__ import annotations

from datetime import date

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financement
from aap.permissions import Acteur, exiger
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.transition import franchir

TYPES_ACTE = {
    "arrete": "Arrêté",
    "deliberation": "Délibération",
    "decision": "Décision",
    "commission": "Décision de commission",
}


def enregistrer_vote(
    acteur: Acteur,
    financement: Financement,
    montant: int,
    acte_type: str,
    acte_numero: str,
    acte_date: date,
    *,
    version: int | None = None,
) -> None:
    """Record what the funder voted (cents; may differ from the committee's amount).

    Raises Invalide, Depassement through the triggers, PasLeMoment before publication.
    """
    exiger(acteur, "financement.enregistrer_vote", financement)
    problemes = []
    if montant <= 0:
        problemes.append(Probleme("Le montant voté est supérieur à zéro.", "montant"))
    if acte_type not in TYPES_ACTE:
        problemes.append(Probleme("Choisissez la nature de l’acte.", "acte_type"))
    if not acte_numero.strip():
        problemes.append(Probleme("Indiquez le numéro de l’acte.", "acte_numero"))
    if acte_date > aujourdhui():
        problemes.append(Probleme("La date de l’acte ne peut pas être à venir.", "acte_date"))
    if problemes:
        raise Invalide("Le vote n’est pas complet.", problemes)
    financement.montant_vote = montant
    financement.acte_type = acte_type
    financement.acte_numero = nettoyer(acte_numero, lignes=False).strip()[:60]
    financement.acte_date = acte_date
    franchir(
        acteur,
        financement,
        "enregistrer_vote",
        version=version,
        donnees={"montant": montant, "acte": financement.acte_numero},
    )


def refuser_vote(
    acteur: Acteur, financement: Financement, motif: str, *, version: int | None = None
) -> None:
    """The funder did not follow the committee; the porteur is told with the motif."""
    franchir(acteur, financement, "refuser_vote", motif=motif, version=version)
    financement.motif_refus = motif.strip()[:1000]
    avertir_porteur(financement.dossier, "vote_refuse", financement=financement)


def notifier(acteur: Acteur, financement: Financement, *, version: int | None = None) -> None:
    """Tell the porteur the funder's decision (starts the 60-day payment counter)."""
    financement.notifie_le = aujourdhui()
    franchir(acteur, financement, "notifier", version=version)
    avertir_porteur(
        financement.dossier,
        "financement_notifie",
        financement=financement,
        montant=en_euros(financement.montant_vote or 0),
    )


def renoncer(
    acteur: Acteur, financement: Financement, motif: str = "", *, version: int | None = None
) -> None:
    """The porteur gives this aid up; the money goes back to the enveloppe."""
    franchir(acteur, financement, "renoncer", motif=motif, version=version)
    db.session.flush()


@garde_de("financement", "montant_vote_saisi")
def _montant_vote(_acteur: Acteur, financement: Financement) -> str | None:
    return None if financement.montant_vote else "Saisissez le montant voté."


@garde_de("financement", "acte_renseigne")
def _acte(_acteur: Acteur, financement: Financement) -> str | None:
    if financement.acte_type and financement.acte_numero and financement.acte_date:
        return None
    return "Indiquez la nature, le numéro et la date de l’acte du financeur."
