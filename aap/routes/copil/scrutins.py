"""Votes in session: put a question, voice, note the voices, close, cancel."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, PasLeMoment
from aap.domaine.scrutin import ModeScrutin, Voix
from aap.extensions import db
from aap.models import Scrutin, Seance
from aap.routes.copil import bp
from aap.routes.copil.dossiers import dossier_de, lire_page, rendre_dossier
from aap.routes.garde import acteur_courant, garde
from aap.services import scrutin as service
from aap.services.scrutin import Comptes
from forms.base import Formulaire
from forms.scrutin import AnnulationScrutinForm, ComptesForm, ScrutinForm, VoixForm


def _vers(seance_id: int, dossier_id: int) -> ResponseReturnValue:
    adresse = url_for("copil.dossier", seance_id=seance_id, dossier_id=dossier_id)
    return redirect(f"{adresse}#vote", 303)


def _refus(
    seance: Seance, dossier_id: int, form: Formulaire, erreur: ErreurMetier | None = None
) -> ResponseReturnValue:
    """The page again, what was typed kept, and why it was refused."""
    if erreur is not None:
        db.session.rollback()
    phrase = f"{erreur.message} {erreur.que_faire}".strip() if erreur else ""
    if isinstance(erreur, Invalide) and erreur.problemes:
        form.reprendre(erreur.problemes)
        phrase = ""
    page = lire_page(seance, dossier_de(seance, dossier_id))
    code = erreur.code_http if erreur else 422
    return rendre_dossier(seance, page, code, scrutin=form, refus=phrase)


@bp.post("/seances/<int:seance_id>/dossiers/<int:dossier_id>/vote")
@garde("seance.decider", Seance)
def ouvrir_vote(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    dossier = dossier_de(seance, dossier_id)
    form = ScrutinForm()
    if not form.validate():
        return _refus(seance, dossier_id, form)
    try:
        service.ouvrir_scrutin(
            acteur_courant(),
            seance,
            dossier,
            form.question.data or "",
            ModeScrutin(form.mode.data),
            form.president.data,
        )
    except (Invalide, PasLeMoment) as erreur:
        return _refus(seance, dossier_id, form, erreur)
    flash("Le vote est ouvert.", "succes")
    return _vers(seance.id, dossier_id)


@bp.post("/votes/<int:scrutin_id>/voix")
@garde("scrutin.voter", Scrutin)
def donner_voix(scrutin: Scrutin) -> ResponseReturnValue:
    """A member, on her own screen."""
    seance, dossier_id = scrutin.seance, scrutin.dossier_id
    form = VoixForm()
    if not form.validate():
        return _refus(seance, dossier_id, form)
    try:
        service.voter(acteur_courant(), scrutin, Voix(form.voix.data))
    except Conflit:
        db.session.rollback()
        flash(service.DEJA, "info")
        return _vers(seance.id, dossier_id)
    except PasLeMoment as erreur:
        return _refus(seance, dossier_id, form, erreur)
    flash("Votre voix est enregistrée.", "succes")
    return _vers(seance.id, dossier_id)


@bp.post("/votes/<int:scrutin_id>/releve")
@garde("scrutin.tenir", Scrutin)
def relever_voix(scrutin: Scrutin) -> ResponseReturnValue:
    """The voices told aloud, one by one."""
    seance, dossier_id = scrutin.seance, scrutin.dossier_id
    connues = {v.value: v for v in Voix}
    voix = {
        i: connues[texte]
        for i in scrutin.electeurs
        if (texte := request.form.get(f"voix-{i}", "")) in connues
    }
    try:
        nombre = service.noter_voix(acteur_courant(), scrutin, voix)
    except (Conflit, PasLeMoment) as erreur:
        return _refus(seance, dossier_id, Formulaire(), erreur)
    flash(f"Voix notées\u00a0: {nombre}.", "succes" if nombre else "info")
    return _vers(seance.id, dossier_id)


@bp.post("/votes/<int:scrutin_id>/cloture")
@garde("scrutin.tenir", Scrutin)
def clore_vote(scrutin: Scrutin) -> ResponseReturnValue:
    seance, dossier_id = scrutin.seance, scrutin.dossier_id
    form, comptes = ComptesForm(), None
    if scrutin.mode is ModeScrutin.MAIN_LEVEE:
        if not form.validate():
            return _refus(seance, dossier_id, form)
        comptes = Comptes(form.pour.data or 0, form.contre.data or 0, form.abstention.data or 0)
    try:
        issue = service.clore_scrutin(acteur_courant(), scrutin, comptes)
    except (Invalide, PasLeMoment) as erreur:
        return _refus(seance, dossier_id, form, erreur)
    flash(f"Le vote est terminé\u00a0: {issue.libelle.lower()}.", "succes")
    return _vers(seance.id, dossier_id)


@bp.post("/votes/<int:scrutin_id>/annulation")
@garde("scrutin.tenir", Scrutin)
def annuler_vote(scrutin: Scrutin) -> ResponseReturnValue:
    seance, dossier_id = scrutin.seance, scrutin.dossier_id
    form = AnnulationScrutinForm()
    if not form.validate():
        return _refus(seance, dossier_id, form)
    try:
        service.annuler_scrutin(acteur_courant(), scrutin, form.motif.data or "")
    except (Invalide, PasLeMoment) as erreur:
        return _refus(seance, dossier_id, form, erreur)
    flash("Le vote est annulé\u00a0: aucune voix n’est comptée.", "info")
    return _vers(seance.id, dossier_id)
