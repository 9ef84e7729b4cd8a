"""The common ground of every state machine: states with wording, rows of a table, the engine.

A machine is a table of ``Transition`` rows. The same rows draw the buttons, check the click and
draw the diagrams; what is not in the table does not exist. ``MachineTable`` proves the table at
import and builds one shared ``transitions.Machine`` from it: no object is ever registered in the
library, states are plain strings there, and no condition or callback is given to it (a name given
as text would be resolved, even imported, at fire time). Guards are facts checked outside, by
``aap.services.gardes``, so that a refusal always carries its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from transitions import Machine, MachineError

Audience = Literal["agent", "porteur", "public"]
AUDIENCES: tuple[Audience, ...] = ("agent", "porteur", "public")


class Role(StrEnum):
    """Who may fire a transition; ``aap.permissions`` says which ones a person holds on an object.

    ``SYSTEME`` is the clock and the consequences of other acts, never a person.
    """

    PORTEUR_REDACTEUR = "porteur_redacteur"
    PORTEUR_SIGNATAIRE = "porteur_signataire"
    INSTRUCTEUR = "instructeur"
    COORDINATEUR = "coordinateur"
    COPIL = "copil"
    FINANCE = "finance"
    OBSERVATEUR = "observateur"
    ADMINISTRATEUR = "administrateur"
    SYSTEME = "systeme"

    @property
    def libelle(self) -> str:
        return _LIBELLES_ROLES[self]


_LIBELLES_ROLES = {
    Role.PORTEUR_REDACTEUR: "Rédacteur du porteur",
    Role.PORTEUR_SIGNATAIRE: "Signataire du porteur",
    Role.INSTRUCTEUR: "Instructeur",
    Role.COORDINATEUR: "Coordination",
    Role.COPIL: "Membre du COPIL",
    Role.FINANCE: "Gestion financière",
    Role.OBSERVATEUR: "Observateur",
    Role.ADMINISTRATEUR: "Administration technique",
    Role.SYSTEME: "Automatique",
}


class Ton(StrEnum):
    """The tone of a state: one colour and one icon each, chosen by one template macro."""

    NEUTRE = "neutre"
    ATTENTE = "attente"
    ACTION = "action"
    SUCCES = "succes"
    ATTENTION = "attention"
    REFUS = "refus"
    FIN = "fin"


@dataclass(frozen=True)
class Fiche:
    """What a state says: per audience (label, what is expected of whom), in French.

    ``final``: the life of the object is over; only a recours, a control or a reopening,
    when the table has one, brings it back. ``ton_porteur``: when it is not what agents see; by
    itself, a state in which agents act is one in which the porteur waits.
    """

    ton: Ton
    agent: tuple[str, str]
    porteur: tuple[str, str]
    public: tuple[str, str]
    final: bool = False
    ton_porteur: Ton | None = None


class EtatBase(StrEnum):
    """Base of the states: a member is ``"code", Fiche(...)``; without a Fiche it cannot exist."""

    _value_: str

    def __new__(cls, code: str, fiche: Fiche) -> Self:
        membre = str.__new__(cls, code)
        membre._value_ = code
        return membre

    def __init__(self, code: str, fiche: Fiche) -> None:
        # Not an assignment: mypy takes any attribute set on an enum for a final member.
        vars(self)["_fiche_etat"] = fiche

    @property
    def fiche(self) -> Fiche:
        return vars(self)["_fiche_etat"]

    @property
    def ton(self) -> Ton:
        return self.fiche.ton

    def ton_pour(self, audience: Audience = "agent") -> Ton:
        """Tone for ``audience``: « action » only where that audience has something to do."""
        if audience == "agent":
            return self.ton
        if self.fiche.ton_porteur is not None:
            return self.fiche.ton_porteur
        return Ton.ATTENTE if self.ton is Ton.ACTION else self.ton

    @property
    def final(self) -> bool:
        return self.fiche.final

    def libelle(self, audience: Audience = "agent") -> str:
        """Label of the state for ``audience``. Raises KeyError for an unknown audience."""
        return self._textes(audience)[0]

    def attendu(self, audience: Audience = "agent") -> str:
        """What is expected now, and of whom. Raises KeyError for an unknown audience."""
        return self._textes(audience)[1]

    def _textes(self, audience: Audience) -> tuple[str, str]:
        fiche = self.fiche
        return {"agent": fiche.agent, "porteur": fiche.porteur, "public": fiche.public}[audience]


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One row: ``declencheur`` brings any of ``sources`` to ``cible``.

    ``libelle``: text of the button (infinitive); ``passe``: wording of the journal;
    ``danger``: the screen asks for a confirmation; ``aide``: what the act brings about.
    """

    declencheur: str
    sources: tuple[EtatBase, ...]
    cible: EtatBase
    roles: frozenset[Role]
    libelle: str
    passe: str
    gardes: tuple[str, ...] = ()
    motif_requis: bool = False
    danger: bool = False
    aide: str = ""


class MachineInvalide(ValueError):
    """The table contradicts itself; raised at import, so never seen by a user."""


class TransitionImpossible(Exception):
    """The act does not exist in this state; ``raison`` is French and can be shown."""

    def __init__(self, raison: str) -> None:
        super().__init__(raison)
        self.raison = raison


class _Jeton:
    """Throwaway bearer of a state: the library moves it, the caller reads it."""

    __slots__ = ("etat",)

    def __init__(self, etat: str) -> None:
        self.etat = etat


class MachineTable:
    """A proved table and its engine.

    ``gardes``: the allow-list of the machine, name -> fact that must be true (French).
    Raises MachineInvalide when the table is wrong.
    """

    def __init__(
        self,
        nom: str,
        etats: type[EtatBase],
        initial: EtatBase,
        transitions: Iterable[Transition],
        gardes: Mapping[str, str],
    ) -> None:
        self.nom = nom
        self.etats = etats
        self.initial = initial
        self.transitions = tuple(transitions)
        self.gardes = dict(gardes)
        verifier(self)
        self._par_source = {
            etat: tuple(t for t in self.transitions if etat in t.sources) for etat in etats
        }
        self._moteur = Machine(
            model=None,
            states=[etat.value for etat in etats],
            transitions=[
                {
                    "trigger": t.declencheur,
                    "source": [source.value for source in t.sources],
                    "dest": t.cible.value,
                }
                for t in self.transitions
            ],
            initial=None,
            auto_transitions=False,
            send_event=True,
            model_attribute="etat",
            queued=False,
        )

    def __repr__(self) -> str:
        return f"MachineTable({self.nom!r})"

    def depuis(self, etat: EtatBase) -> tuple[Transition, ...]:
        """The rows that leave ``etat``, in the order of the table."""
        return self._par_source[etat]

    def trouver(self, declencheur: str, etat: EtatBase) -> Transition | None:
        """The only row of ``declencheur`` that leaves ``etat``, if there is one."""
        return next((t for t in self.depuis(etat) if t.declencheur == declencheur), None)

    def possibles(self, etat: EtatBase, roles: Iterable[Role]) -> tuple[Transition, ...]:
        """The rows that leave ``etat`` for somebody who holds ``roles``; guards not evaluated."""
        detenus = frozenset(roles)
        return tuple(t for t in self.depuis(etat) if t.roles & detenus)

    def declencheurs(self) -> tuple[str, ...]:
        """Every trigger once, in the order of the table."""
        return tuple(dict.fromkeys(t.declencheur for t in self.transitions))

    def terminaux(self) -> frozenset[EtatBase]:
        """The states that nothing leaves."""
        return frozenset(etat for etat in self.etats if not self.depuis(etat))

    def suivant(self, declencheur: str, etat: EtatBase) -> EtatBase:
        """The state after ``declencheur``. Neither role nor guard is checked here.

        Raises TransitionImpossible with a reason in French.
        """
        jeton = _Jeton(etat.value)
        try:
            self._moteur.events[declencheur].trigger(jeton)
        except (KeyError, MachineError, ValueError) as erreur:
            raise TransitionImpossible(
                f"Cet acte n’est pas possible dans l’état « {etat.libelle('agent')} »."
            ) from erreur
        return next(membre for membre in self.etats if membre.value == jeton.etat)


# --- proofs made at import ---------------------------------------------------


def _refuser(table: MachineTable, probleme: str) -> None:
    raise MachineInvalide(f"machine {table.nom!r}: {probleme}")


def verifier(table: MachineTable) -> None:
    """Prove the table; raises MachineInvalide with what is wrong and where."""
    if not isinstance(table.initial, table.etats):
        _refuser(table, f"unknown initial state {table.initial!r}")
    for ligne in table.transitions:
        _verifier_ligne(table, ligne)
    _verifier_fiches(table)
    _verifier_unicite(table)
    _verifier_gardes_utiles(table)
    _verifier_atteignables(table)


def _verifier_fiches(table: MachineTable) -> None:
    for etat in table.etats:
        for audience in AUDIENCES:
            if not (etat.libelle(audience).strip() and etat.attendu(audience).strip()):
                _refuser(table, f"state {etat.value!r} has no wording for {audience}")
        if not etat.final and not any(etat in t.sources for t in table.transitions):
            _refuser(table, f"state {etat.value!r} has no exit but is not declared final")


def _verifier_ligne(table: MachineTable, ligne: Transition) -> None:
    ou = f"transition {ligne.declencheur!r}"
    _verifier_etats(table, ligne, ou)
    if not ligne.declencheur.isidentifier() or ligne.declencheur.lower() != ligne.declencheur:
        _refuser(table, f"{ou}: a trigger is a lower-case identifier")
    if not ligne.roles or not all(isinstance(role, Role) for role in ligne.roles):
        _refuser(table, f"{ou}: needs known roles")
    if not (ligne.libelle.strip() and ligne.passe.strip()):
        _refuser(table, f"{ou}: needs a button text and a journal wording")
    for garde in ligne.gardes:
        if garde not in table.gardes:
            _refuser(table, f"{ou}: unknown guard {garde!r}")


def _verifier_etats(table: MachineTable, ligne: Transition, ou: str) -> None:
    for etat in (*ligne.sources, ligne.cible):
        if not isinstance(etat, table.etats):
            _refuser(table, f"{ou}: unknown state {etat!r}")
    if not ligne.sources or ligne.cible in ligne.sources:
        _refuser(table, f"{ou}: needs sources, all different from its target")


def _verifier_unicite(table: MachineTable) -> None:
    vus: set[tuple[str, EtatBase]] = set()
    for ligne in table.transitions:
        for source in ligne.sources:
            if (ligne.declencheur, source) in vus:
                _refuser(table, f"two rows for {ligne.declencheur!r} from {source.value!r}")
            vus.add((ligne.declencheur, source))


def _verifier_gardes_utiles(table: MachineTable) -> None:
    employees = {garde for ligne in table.transitions for garde in ligne.gardes}
    for nom, fait in table.gardes.items():
        if nom not in employees:
            _refuser(table, f"guard {nom!r} is used by no transition")
        if not fait.strip():
            _refuser(table, f"guard {nom!r} does not say its fact")


def _verifier_atteignables(table: MachineTable) -> None:
    atteints = {table.initial}
    a_suivre = [table.initial]
    while a_suivre:
        etat = a_suivre.pop()
        for ligne in table.transitions:
            if etat in ligne.sources and ligne.cible not in atteints:
                atteints.add(ligne.cible)
                a_suivre.append(ligne.cible)
    perdus = [etat.value for etat in table.etats if etat not in atteints]
    if perdus:
        _refuser(table, f"states that nothing reaches: {', '.join(perdus)}")
