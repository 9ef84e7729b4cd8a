"""The acts offered on the finance screens: form, service, words; one page confirms them all.

The same table of transitions draws the buttons and accepts the click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import (
    Conflit,
    Depassement,
    ErreurMetier,
    Invalide,
    PasLeMoment,
    Probleme,
)
from aap.extensions import db
from aap.permissions import Acteur, exiger
from aap.routes.garde import acteur_courant
from aap.services.gardes import raisons_contre
from aap.services.transition import Bouton, boutons, machine_de
from forms.base import FormulaireVersionne
from forms.vote import FormulaireMotif, FormulaireSimple
from workflows.socle import Transition

# Refusals that leave the person on her page, with what she typed.
REFUS = (Conflit, Depassement, Invalide, PasLeMoment)
Execution = Callable[[Acteur, Any, Any, int], object]


@dataclass(frozen=True)
class Acte:
    """How one transition is asked and done. ``executer`` gets acteur, object, form, version.

    ``preremplir``: what is already known of the object, written in the fields of a new page.
    ``avertir``: what to weigh before doing it, said on the page; empty when there is nothing.
    """

    executer: Execution
    formulaire: type[FormulaireVersionne] | None = None
    principal: bool = False
    preremplir: Callable[[Any, Any], None] | None = None
    avertir: Callable[[Any], str] | None = None

    def form(self, transition: Transition) -> FormulaireVersionne:
        if self.formulaire is not None:
            return self.formulaire()
        return FormulaireMotif() if transition.motif_requis else FormulaireSimple()


def simple(
    service: Callable[..., object],
    *,
    principal: bool = False,
    avertir: Callable[[Any], str] | None = None,
) -> Acte:
    """An act that only needs to be confirmed."""
    return Acte(lambda a, o, _f, v: service(a, o, version=v), principal=principal, avertir=avertir)


def motive(
    service: Callable[..., object], formulaire: type[FormulaireVersionne] = FormulaireMotif
) -> Acte:
    """An act that carries a reason."""
    return Acte(lambda a, o, f, v: service(a, o, f.motif.data, version=v), formulaire)


@dataclass(frozen=True)
class Action:
    """One button, with the reason that refuses it now."""

    libelle: str
    url: str
    possible: bool
    raison: str
    genre: str


def _raisons(
    objet: Any, bouton: Bouton, acteur: Acteur, saisi: Mapping[str, frozenset[str]]
) -> str:
    """Reasons against the act, less the fact that its own form will give."""
    attendus = saisi.get(bouton.transition.declencheur)
    if attendus is None:
        return " ".join(bouton.raisons)
    gardes = tuple(g for g in bouton.transition.gardes if g not in attendus)
    return " ".join(raisons_contre(machine_de(objet).nom, gardes, acteur, objet))


def actions(
    acteur: Acteur,
    objet: Any,
    actes: Mapping[str, Acte],
    url: Callable[[str], str],
    saisi: Mapping[str, frozenset[str]] | None = None,
) -> list[Action]:
    """Buttons of this room for this person. ``saisi``: act -> guards that its form answers."""
    offerts: list[Bouton] = [b for b in boutons(acteur, objet) if b.transition.declencheur in actes]
    sortie = []
    for b in offerts:
        t = b.transition
        genre = "danger" if t.danger else "secondaire"
        raison = _raisons(objet, b, acteur, saisi or {})
        if actes[t.declencheur].principal and not raison:
            genre = "principal"
        sortie.append(Action(t.libelle, url(t.declencheur), not raison, raison, genre))
    return sortie


def transition_de(objet: Any, declencheur: str, actes: Mapping[str, Acte]) -> Transition:
    """The row of the table: 404 for an act of another room, PasLeMoment in another state."""
    if declencheur not in actes:
        abort(404)
    machine = machine_de(objet)
    exiger(acteur_courant(), f"{machine.nom}.{declencheur}", objet)
    transition = machine.trouver(declencheur, objet.etat)
    if transition is None:
        raise PasLeMoment(
            f"Cet acte n’est pas possible dans l’état «\u00a0{objet.etat.libelle('agent')}\u00a0».",
            "Rechargez la page pour voir les actes possibles maintenant.",
        )
    return transition


def problemes_de(refus: ErreurMetier) -> list[Probleme]:
    """What a refusal says, as the lines of a summary."""
    if isinstance(refus, Invalide) and refus.problemes:
        return refus.problemes
    return [Probleme(f"{refus.message} {refus.que_faire}".strip())]


def reprendre_refus(form: FormulaireVersionne, objet: Any, refus: ErreurMetier) -> int:
    """Undo, say why on the form, which keeps what was typed; returns the HTTP code.

    After a conflict the page shows ``objet`` as it is now and carries its version: the reader
    has been told, she may send again.
    """
    db.session.rollback()
    form.reprendre(problemes_de(refus))
    if isinstance(refus, Conflit):
        form.version.data = str(objet.version)
    return refus.code_http


def page_acte(
    objet: Any, declencheur: str, actes: Mapping[str, Acte], retour: str, fil: list[tuple[str, str]]
) -> ResponseReturnValue:
    """GET asks for confirmation, POST does the act and goes back to ``retour``."""
    transition = transition_de(objet, declencheur, actes)
    acte = actes[declencheur]
    form = acte.form(transition)
    code = 200
    if request.method == "POST":
        code = 422
        if form.validate():
            try:
                acte.executer(acteur_courant(), objet, form, form.version_lue())
            except REFUS as refus:
                code = reprendre_refus(form, objet, refus)
            else:
                flash(f"{transition.passe}.", "succes")
                return redirect(retour, 303)
    else:
        form.version.data = str(objet.version)
        if acte.preremplir is not None:
            acte.preremplir(objet, form)
    page = render_template(
        "finance/acte.html",
        objet=objet,
        t=transition,
        form=form,
        champs=[f for f in form if f.type not in ("HiddenField", "CSRFTokenField")],
        retour=retour,
        fil_liens=fil,
        avertissement=acte.avertir(objet) if acte.avertir else "",
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code
