"""The only place where rights are decided. One file of rules per audience."""

from aap.permissions import (
    admin,
    atelier,
    avis,
    compte,
    coordination,
    copil,
    finance,
    instruction,
    porteur,
    recours,
    resultats,
)
from aap.permissions.acteur import ANONYME, SYSTEME, Acteur, charger_acteur
from aap.permissions.contexte import contexte_de, dans_perimetre, roles_sur
from aap.permissions.socle import REGLES, Verdict, exiger, may, non, oui, regle, selon

__all__ = [
    "ANONYME",
    "REGLES",
    "SYSTEME",
    "Acteur",
    "Verdict",
    "admin",
    "atelier",
    "avis",
    "charger_acteur",
    "compte",
    "contexte_de",
    "coordination",
    "copil",
    "dans_perimetre",
    "exiger",
    "finance",
    "instruction",
    "may",
    "non",
    "oui",
    "porteur",
    "recours",
    "regle",
    "resultats",
    "roles_sur",
    "selon",
]
