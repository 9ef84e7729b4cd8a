"""Acts on the dossier and on the lines: reason and confirmation on their own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.motifs_recevabilite import MotifIrrecevabilite, MotifLigne
from aap.extensions import db
from aap.models import Dossier, Financement
from aap.permissions import exiger
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.actes import ACTES_DOSSIER, ACTES_LIGNE, Acte
from aap.services.recevabilite import declarer_irrecevable, declarer_ligne_non_recevable
from aap.services.transition import machine_de
from forms.recevabilite import ActeForm, MotifForm, MotifTypeForm
from workflows.socle import Transition


def _transition(objet: Any, declencheur: str, actes: Mapping[str, Acte]) -> Transition:
    """The row of the table, 404 for an act of another room, PasLeMoment in another state."""
    if declencheur not in actes:
        abort(404)
    machine = machine_de(objet)
    exiger(acteur_courant(), f"{machine.nom}.{declencheur}", objet)
    transition = machine.trouver(declencheur, objet.etat)
    if transition is None:
        raise PasLeMoment(
            f"Cet acte n’est pas possible dans l’état « {objet.etat.libelle('agent')} ».",
            "Rechargez la page du dossier pour voir les actes possibles maintenant.",
        )
    return transition


def _page(
    objet: Any,
    dossier: Dossier,
    transition: Transition,
    form: MotifForm | ActeForm,
    code: int = 200,
) -> ResponseReturnValue:
    if not form.version.data:
        form.version.data = str(objet.version)
    page = render_template(
        "instruction/acte.html",
        objet=objet,
        dossier=dossier,
        ligne=objet if isinstance(objet, Financement) else None,
        t=transition,
        form=form,
        url=request.path,
        erreurs=form.problemes(),
    )
    return page, code


# The acts whose reason is typed: the choices, and the service that takes the choice.
TYPES: dict[str, type[MotifIrrecevabilite] | type[MotifLigne]] = {
    "declarer_irrecevable": MotifIrrecevabilite,
    "declarer_non_recevable": MotifLigne,
}


def _form(t: Transition) -> MotifForm | ActeForm:
    types = TYPES.get(t.declencheur)
    if types is not None:
        return MotifTypeForm().proposer((x.value, x.libelle) for x in types)
    return MotifForm() if t.motif_requis else ActeForm()


def _avec_type(form: MotifTypeForm, t: Transition, acte: Acte) -> Acte:
    """The same act with the type chosen."""
    if t.declencheur == "declarer_irrecevable":
        motif = MotifIrrecevabilite(form.type_motif.data)
        return lambda a, o, m, v: declarer_irrecevable(a, o, m, type_motif=motif, version=v)
    ligne = MotifLigne(form.type_motif.data)
    return lambda a, o, m, v: declarer_ligne_non_recevable(a, o, m, type_motif=ligne, version=v)


def _executer(objet: Any, dossier: Dossier, t: Transition, acte: Acte) -> ResponseReturnValue:
    form = _form(t)
    if not form.validate_on_submit():
        return _page(objet, dossier, t, form, 422)
    motif = form.motif.data if isinstance(form, MotifForm) else ""
    if isinstance(form, MotifTypeForm):
        acte = _avec_type(form, t, acte)
    try:
        acte(acteur_courant(), objet, motif, form.version_lue())
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(objet, dossier, t, form, 422)
    flash(f"{t.passe}.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id), 303)


@bp.get("/dossiers/<int:dossier_id>/actes/<declencheur>")
@garde("dossier.examiner", Dossier)
def acte_dossier(dossier: Dossier, declencheur: str) -> ResponseReturnValue:
    """What the act brings about, and its reason."""
    transition = _transition(dossier, declencheur, ACTES_DOSSIER)
    return _page(dossier, dossier, transition, _form(transition))


@bp.post("/dossiers/<int:dossier_id>/actes/<declencheur>")
@garde("dossier.examiner", Dossier)
def faire_acte_dossier(dossier: Dossier, declencheur: str) -> ResponseReturnValue:
    transition = _transition(dossier, declencheur, ACTES_DOSSIER)
    return _executer(dossier, dossier, transition, ACTES_DOSSIER[declencheur])


@bp.get("/financements/<int:financement_id>/actes/<declencheur>")
@garde("financement.examiner", Financement)
def acte_ligne(financement: Financement, declencheur: str) -> ResponseReturnValue:
    """The same for one funder's line."""
    transition = _transition(financement, declencheur, ACTES_LIGNE)
    return _page(financement, financement.dossier, transition, _form(transition))


@bp.post("/financements/<int:financement_id>/actes/<declencheur>")
@garde("financement.examiner", Financement)
def faire_acte_ligne(financement: Financement, declencheur: str) -> ResponseReturnValue:
    transition = _transition(financement, declencheur, ACTES_LIGNE)
    return _executer(financement, financement.dossier, transition, ACTES_LIGNE[declencheur])
