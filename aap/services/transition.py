"""The one place where a state changes: right, moment, guards, move, journal, mails."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models.types import Json
from aap.permissions import Acteur, exiger, roles_sur
from aap.services.gardes import raisons_contre
from aap.services.journal import consigner
from aap.services.tour import est_d_argent, prendre_son_tour
from workflows import MACHINES
from workflows.socle import MachineTable, Transition

# (machine, trigger) -> what else becomes true in the same transaction (dates, mails…).
Effet = Callable[[Acteur, Any, str], None]
EFFETS: dict[tuple[str, str], list[Effet]] = {}

# Acts whose journal line the porteur reads in the history of the dossier.
VISIBLES_PORTEUR = frozenset({"dossier", "convention", "avenant", "versement", "bilan"})
# …except what happens before publication or is internal (parcours.md §4, capacity 39).
INVISIBLES_PORTEUR = frozenset(
    {
        "dossier.clore_instruction",
        "dossier.reprendre_instruction",
        "dossier.inscrire",
        "dossier.desinscrire",
        "dossier.programmer",
        "dossier.ajourner",
        "dossier.rejeter",
        "dossier.mettre_en_liste_attente",
        "dossier.repecher",
        "dossier.revenir_sur_decision",
        "versement.proposer",
    }
)


def effet(machine: str, declencheur: str) -> Callable[[Effet], Effet]:
    """Register what a transition brings along; runs before the flush, in the transaction."""

    def inscrire(fonction: Effet) -> Effet:
        EFFETS.setdefault((machine, declencheur), []).append(fonction)
        return fonction

    return inscrire


@dataclass(frozen=True)
class Bouton:
    """What a screen offers: the act, and why it cannot be done now when it cannot."""

    transition: Transition
    raisons: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.raisons


def machine_de(objet: Any) -> MachineTable:
    """The table that governs this object. Raises KeyError for an object without states."""
    return MACHINES[objet.__tablename__]


def boutons(acteur: Acteur, objet: Any, parmi: Container[str] | None = None) -> list[Bouton]:
    """The acts that the same table would accept from this person, guards evaluated.

    ``parmi``: only these triggers (the guards of the others are not asked).
    """
    machine = machine_de(objet)
    roles = roles_sur(acteur, objet)
    return [
        Bouton(t, tuple(raisons_contre(machine.nom, t.gardes, acteur, objet)))
        for t in machine.possibles(objet.etat, roles)
        if parmi is None or t.declencheur in parmi
    ]


def verifier_version(objet: Any, version: int | None) -> None:
    """Raise Conflit when the page shows an older version (None: not checked)."""
    if version is not None and getattr(objet, "version", version) != version:
        raise Conflit(
            "Cette fiche a changé depuis que vous l’avez ouverte\u00a0: quelqu’un l’a modifiée, ou "
            "votre premier clic est déjà passé.",
            "Rechargez la page pour voir où elle en est, puis recommencez si besoin.",
        )


def _ligne(machine: MachineTable, objet: Any, declencheur: str) -> Transition:
    transition = machine.trouver(declencheur, objet.etat)
    if transition is None:
        raise PasLeMoment(
            f"Cet acte n’est pas possible dans l’état « {objet.etat.libelle('agent')} ».",
            "Rechargez la page pour voir les actes possibles maintenant.",
        )
    return transition


def franchir(
    acteur: Acteur,
    objet: Any,
    declencheur: str,
    *,
    motif: str = "",
    version: int | None = None,
    donnees: Json | None = None,
) -> Transition:
    """Fire ``declencheur`` on ``objet``; flushes, never commits.

    Raises Interdit (role), Conflit (stale page), PasLeMoment (state or guards),
    Invalide (missing motif).
    """
    machine = machine_de(objet)
    exiger(acteur, f"{machine.nom}.{declencheur}", objet)
    if est_d_argent(objet):
        prendre_son_tour(objet)
    verifier_version(objet, version)
    transition = _ligne(machine, objet, declencheur)
    if not (transition.roles & roles_sur(acteur, objet)):
        raise Interdit("Votre rôle ne permet pas cet acte dans l’état actuel.")
    motif = motif.strip()
    if transition.motif_requis and not motif:
        raise Invalide(
            "Indiquez le motif : il sera lu par les personnes concernées.",
            [Probleme("Indiquez le motif.", "motif")],
        )
    raisons = raisons_contre(machine.nom, transition.gardes, acteur, objet)
    if raisons:
        raise PasLeMoment(" ".join(raisons))
    avant = objet.etat
    objet.etat = machine.suivant(declencheur, avant)
    for suite in EFFETS.get((machine.nom, declencheur), ()):
        suite(acteur, objet, motif)
    acte = f"{machine.nom}.{declencheur}"
    consigner(
        acteur,
        objet,
        acte,
        transition.passe,
        motif=motif,
        donnees={"avant": avant.value, "apres": objet.etat.value, **(donnees or {})},
        visible_porteur=machine.nom in VISIBLES_PORTEUR and acte not in INVISIBLES_PORTEUR,
    )
    db.session.flush()
    return transition
