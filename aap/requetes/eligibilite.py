"""May this enveloppe pay this line? The pure rules of ``domaine.enveloppe`` fed from the rows."""

from __future__ import annotations

from fractions import Fraction

from aap.domaine.enveloppe import Conditions, Demande, raisons_ineligible, raisons_montant
from aap.models import Dossier, Enveloppe, Financement, OrigineCredits


def conditions_de(enveloppe: Enveloppe) -> Conditions:
    """The pure form of the enveloppe's eligibility."""
    return Conditions(
        communes=frozenset(c.code for c in enveloppe.communes),
        quartiers=frozenset(q.code for q in enveloppe.quartiers),
        orientations=frozenset(o.code for o in enveloppe.orientations),
        departement=enveloppe.departement,
        formes_juridiques=frozenset(enveloppe.formes_juridiques),
        montant_min=enveloppe.montant_min,
        montant_max=enveloppe.montant_max,
        taux_max=Fraction(enveloppe.taux_max_pour_mille, 1000)
        if enveloppe.taux_max_pour_mille
        else None,
    )


def demande_de(dossier: Dossier) -> Demande:
    """The pure form of what an enveloppe looks at in a dossier."""
    quartiers = [lien.quartier for lien in dossier.quartiers]
    return Demande(
        communes=frozenset(c.code for q in quartiers for c in q.communes),
        quartiers=frozenset(q.code for q in quartiers),
        orientation=dossier.orientation.code if dossier.orientation else "",
        forme_juridique=dossier.organisme.forme.value,
        departements=frozenset(q.departement for q in quartiers),
        budget=dossier.total_charges,
    )


NATURES = {
    OrigineCredits.SPECIFIQUES: "des crédits spécifiques de la politique de la ville",
    OrigineCredits.DROIT_COMMUN: "des crédits de droit commun",
}


def raisons_nature(enveloppe: Enveloppe, financement: Financement) -> list[str]:
    """Credits of one nature do not answer a request for the other (parcours.md §2, origin)."""
    if enveloppe.origine is financement.origine:
        return []
    return [
        f"Cette enveloppe porte {NATURES[enveloppe.origine]}, alors que la demande porte sur "
        f"{NATURES[financement.origine]}."
    ]


def raisons_contre_enveloppe(
    enveloppe: Enveloppe, financement: Financement, montant: int
) -> list[str]:
    """Why this enveloppe may not pay this amount (cents) on this line; empty: it may."""
    if enveloppe.financeur_id != financement.financeur_id:
        return ["Cette enveloppe est celle d’un autre financeur."]
    if enveloppe.campagne_id != financement.dossier.campagne_id:
        return ["Cette enveloppe est celle d’une autre campagne."]
    conditions, demande = conditions_de(enveloppe), demande_de(financement.dossier)
    return (
        raisons_nature(enveloppe, financement)
        + raisons_ineligible(conditions, demande)
        + raisons_montant(conditions, demande, montant)
    )
