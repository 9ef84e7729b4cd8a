"""The one question: may this person do this act on this object, and if not, why?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aap.domaine.erreurs import Interdit
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from workflows import MACHINES

Regle = Callable[[Acteur, Any], "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Answer with its reason (French, says what to do)."""

    oui: bool
    raison: str = ""

    def __bool__(self) -> bool:
        return self.oui


REGLES: dict[str, Regle] = {}


def oui() -> Verdict:
    return Verdict(True)


def non(raison: str) -> Verdict:
    return Verdict(False, raison)


def selon(condition: bool, raison: str) -> Verdict:
    return Verdict(True) if condition else Verdict(False, raison)


def regle(acte: str) -> Callable[[Regle], Regle]:
    """Register the rule of an act; two rules for one act are a fault."""

    def inscrire(fonction: Regle) -> Regle:
        if acte in REGLES:
            raise RuntimeError(f"deux règles pour l’acte {acte}")
        REGLES[acte] = fonction
        return fonction

    return inscrire


def _par_machine(acteur: Acteur, acte: str, objet: Any) -> Verdict | None:
    """Right of a transition: one of its rows must list a role held on the object."""
    nom, _, declencheur = acte.partition(".")
    machine = MACHINES.get(nom)
    if machine is None or declencheur not in machine.declencheurs():
        return None
    permis: set[Any] = set()
    for transition in machine.transitions:
        if transition.declencheur == declencheur:
            permis |= transition.roles
    return selon(
        bool(permis & roles_sur(acteur, objet)),
        "Votre rôle ne permet pas cet acte sur cet objet. "
        "Adressez-vous à la coordination du contrat si vous pensez que c’est une erreur.",
    )


def may(acteur: Acteur, acte: str, objet: Any = None) -> Verdict:
    """May ``acteur`` do ``acte`` (« dossier.voir ») on ``objet``? Unknown acts are a fault."""
    fonction = REGLES.get(acte)
    if fonction is not None:
        return fonction(acteur, objet)
    verdict = _par_machine(acteur, acte, objet)
    if verdict is None:
        raise KeyError(f"acte sans règle : {acte}")
    return verdict


def exiger(acteur: Acteur, acte: str, objet: Any = None) -> None:
    """Raise ``Interdit`` with the reason when the answer is no."""
    verdict = may(acteur, acte, objet)
    if not verdict:
        raise Interdit(verdict.raison)
