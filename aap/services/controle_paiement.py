"""What a payment must satisfy: who is paid, and what the accountant tells of it."""

from __future__ import annotations

from datetime import date

from aap.domaine.calendrier import payable_depuis
from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.models import TypeConvention, Versement
from aap.permissions import Acteur
from aap.services.gardes import garde_de


def depuis_quand(versement: Versement) -> date | None:
    """First day on which the payment may have been made (``domaine.calendrier``)."""
    financement, acte = versement.tranche.financement, versement.tranche.convention
    return payable_depuis(
        financement.acte_date if financement is not None else None,
        None if acte.type is TypeConvention.ARRETE else acte.signee_le,
    )


def exiger_date(versement: Versement, paye_le: date) -> None:
    """Raise Invalide for a payment to come, or older than the act that decided it."""
    if paye_le > aujourdhui():
        raise Invalide(
            "La date est à venir.", [Probleme("Indiquez la date réelle du paiement.", "paye_le")]
        )
    depuis = depuis_quand(versement)
    if depuis is not None and paye_le < depuis:
        raise Invalide(
            f"Le paiement ne peut pas précéder l’acte qui l’accorde, daté du {depuis:%d/%m/%Y}.",
            [Probleme(f"Indiquez un jour à partir du {depuis:%d/%m/%Y}.", "paye_le")],
        )


def montant_paye(versement: Versement, montant: int | None, motif: str) -> int:
    """Cents really paid: those of the mandate unless ``montant`` tells less, with its reason.

    Raises Invalide: nothing paid (it is a rejection), more than the mandate, no reason.
    """
    if montant is None or montant == versement.montant:
        return versement.montant
    mandate = en_euros(versement.montant)
    if montant <= 0:
        raise Invalide(
            "Rien n’a été payé.",
            [Probleme("Si le comptable n’a rien payé, rejetez le versement.", "montant")],
        )
    if montant > versement.montant:
        raise Invalide(
            "La somme dépasse le mandat.",
            [Probleme(f"Le mandat est de {mandate}\u00a0: vérifiez la somme payée.", "montant")],
        )
    if not motif.strip():
        phrase = f"La somme n’est pas celle du mandat ({mandate})\u00a0: dites pourquoi."
        raise Invalide("Le motif manque.", [Probleme(phrase, "motif")])
    return montant


@garde_de("versement", "siret_present")
def _siret(_acteur: Acteur, versement: Versement) -> str | None:
    if versement.tranche.convention.organisme.siret:
        return None
    return "Le SIRET de l’organisme manque : sans lui, aucun paiement n’est possible."


@garde_de("versement", "rib_present")
def _rib(_acteur: Acteur, versement: Versement) -> str | None:
    organisme = versement.tranche.convention.organisme
    if organisme.iban and organisme.titulaire_compte:
        return None
    return "Le RIB de l’organisme manque : demandez-lui de l’enregistrer."
