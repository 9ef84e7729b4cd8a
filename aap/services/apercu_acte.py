"""An act that exists nowhere, to try the text of a model on a real aid."""

from __future__ import annotations

from aap.domaine.horloge import maintenant
from aap.models import Convention, Financement, TypeConvention
from aap.permissions import Acteur, exiger
from aap.services.convention import batir_projet

ANNEES_CPO = 3
NUMERO = "APERÇU"


def acte_d_essai(acteur: Acteur, financement: Financement, type_acte: TypeConvention) -> Convention:
    """An act of this type for a voted aid, kept by nobody; a CPO repeats the aid over three years.

    Raises Interdit.
    """
    exiger(acteur, "modele_acte.apercevoir", financement)
    annees = range(1, ANNEES_CPO) if type_acte is TypeConvention.CPO else ()
    vote = financement.montant_vote or 0
    acte = batir_projet(
        financement, type_acte, NUMERO, {financement.exercice + n: vote for n in annees}
    )
    acte.cree_le = maintenant()
    return acte
