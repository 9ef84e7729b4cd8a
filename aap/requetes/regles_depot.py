"""The rules of a call as its porteurs read them, before they transmit."""

from __future__ import annotations

from dataclasses import dataclass

from aap.domaine.regles import effet_regle, regles, valeur_regle
from aap.models import Dossier, TypeDossier

GROUPE = "Au dépôt"
# Rules that concern one type of dossier only.
PROPRES = {"fpcc_plafond": TypeDossier.MICRO_PROJET}
# Rules that are a yes or a no: nothing is said of a rule that this call does not apply.
RENOUVELLEMENT = "Pour un renouvellement, le bilan de l’action déjà financée doit être déposé."


@dataclass(frozen=True)
class RegleDite:
    """``bloque``: the dossier cannot be transmitted against it; otherwise it is only pointed at."""

    phrase: str
    bloque: bool


def regles_du_depot(dossier: Dossier) -> list[RegleDite]:
    """What the call asks of this dossier, in words (no query when its rules are loaded)."""
    dites = []
    for r in regles():
        if r.groupe != GROUPE or PROPRES.get(r.code, dossier.type) is not dossier.type:
            continue
        valeur = valeur_regle(dossier.campagne, r.code)
        if isinstance(valeur, bool):
            if not valeur:
                continue
            phrase = RENOUVELLEMENT if r.code == "bilan_precedent" else r.dire(valeur)
        else:
            phrase = r.dire(valeur)
        dites.append(RegleDite(phrase, effet_regle(dossier.campagne, r.code) == "bloque"))
    return dites
