"""Decide on a dossier, and take a decision back."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, PasLeMoment
from aap.extensions import db
from aap.models import Seance, SensDecision
from aap.routes.copil import bp
from aap.routes.copil.dossiers import dossier_de, lire_page, rendre_dossier
from aap.routes.garde import acteur_courant, garde
from aap.services.decision import decider, revenir_sur_decision
from forms.base import FormulaireVersionne
from forms.decision import DecisionForm


def _vers(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    return redirect(url_for("copil.dossier", seance_id=seance.id, dossier_id=dossier_id), 303)


DEJA_DECIDE = (
    "Une décision vient d’être enregistrée pour ce dossier\u00a0: elle est ci-dessous. Revenez "
    "d’abord sur elle si elle doit changer."
)


@bp.post("/seances/<int:seance_id>/dossiers/<int:dossier_id>/decision")
@garde("seance.decider", Seance)
def decision(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    dossier = dossier_de(seance, dossier_id)
    form = DecisionForm()
    if not form.validate():
        return rendre_dossier(seance, lire_page(seance, dossier), 422, decision=form)
    try:
        prise = decider(
            acteur_courant(),
            seance,
            dossier,
            SensDecision(form.sens.data),
            form.motif.data or "",
            rang_attente=form.rang_attente.data,
            version=form.version_lue(),
            versions=form.versions(),
        )
    except (Conflit, Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        return _rendre_refus(seance, dossier_id, form, erreur)
    flash(f"Décision enregistrée\u00a0: {prise.sens.libelle.lower()}.", "succes")
    return _vers(seance, dossier_id)


def _rendre_refus(
    seance: Seance, dossier_id: int, form: DecisionForm, erreur: ErreurMetier
) -> ResponseReturnValue:
    """The motif stays typed; a stale page is shown again with what is true now."""
    page = lire_page(seance, dossier_de(seance, dossier_id))
    if isinstance(erreur, Conflit):
        form.version.data = str(page.dossier.version)
        form.lignes_vues.data = ",".join(f"{x.id}:{x.version}" for x in page.ligne.lignes)
    refus = f"{erreur.message} {erreur.que_faire}".strip()
    if isinstance(erreur, Invalide) and erreur.problemes:
        form.reprendre(erreur.problemes)
        refus = ""
    elif page.decision is not None:
        refus = DEJA_DECIDE
    return rendre_dossier(seance, page, erreur.code_http, decision=form, refus=refus)


@bp.post("/seances/<int:seance_id>/dossiers/<int:dossier_id>/reprise")
@garde("seance.decider", Seance)
def reprise(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    """Take the decision back while the session is open."""
    dossier = dossier_de(seance, dossier_id)
    version = FormulaireVersionne().version_lue()
    revenir_sur_decision(acteur_courant(), seance, dossier, version=version)
    flash("La décision est retirée : le dossier est de nouveau en discussion.", "info")
    return _vers(seance, dossier_id)
