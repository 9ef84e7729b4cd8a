"""Scoring: a draft saved as often as wanted, one sending, then the others' scores."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Introuvable, Invalide
from aap.extensions import db
from aap.models import Dossier, EtatEvaluation, Evaluation
from aap.permissions import may
from aap.requetes.lecture_anonyme import nom_masque, titre_masque
from aap.requetes.page_evaluation import page_evaluation
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.abstention import abstention_de, reprendre_notation
from aap.services.abstention import s_abstenir as abstenir
from aap.services.evaluation import (
    NoteSaisie,
    enregistrer_evaluation,
    envoyer_evaluation,
    evaluation_de,
    problemes_evaluation,
)
from forms.evaluation import EvaluationForm, lire_notes
from forms.resultats import AbstentionForm

DEPASSE = (
    "Votre brouillon a changé ailleurs (un autre onglet, un autre appareil) pendant que vous "
    "écriviez. Votre saisie est ci-dessous, ce qui est enregistré est à côté : enregistrez encore "
    "pour garder votre saisie."
)


def _page(
    dossier: Dossier, form: EvaluationForm, code: int = 200, heurt: bool = False
) -> ResponseReturnValue:
    """``heurt``: what is stored is shown beside what was typed."""
    acteur = acteur_courant()
    evaluation = evaluation_de(acteur, dossier)
    if not form.is_submitted():
        form.version.data = _version(evaluation)
        form.commentaire.data = evaluation.commentaire if evaluation else ""
    page = render_template(
        "instruction/evaluation.html",
        dossier=dossier,
        page=page_evaluation(acteur, dossier, evaluation),
        form=form,
        saisie=request.form if form.is_submitted() else {},
        peut_noter=may(acteur, "dossier.noter", dossier),
        abstention=abstention_de(acteur, dossier),
        erreurs=form.problemes(),
        titre_masque=titre_masque,
        heurt=heurt,
    )
    return page, code


def _version(evaluation: Evaluation | None) -> str:
    return str(evaluation.version if evaluation else 0)


def _enregistrer(dossier: Dossier, form: EvaluationForm) -> Evaluation:
    acteur = acteur_courant()
    evaluation = evaluation_de(acteur, dossier)
    grille = evaluation.grille if evaluation else dossier.campagne.grille
    criteres = [c.id for c in grille.criteres] if grille else []
    notes = {
        cle: NoteSaisie(n.valeur, n.sans_objet, n.commentaire)
        for cle, n in lire_notes(request.form, criteres).items()
    }
    return enregistrer_evaluation(
        acteur, dossier, notes, form.commentaire.data or "", version=form.version_lue()
    )


@bp.get("/dossiers/<int:dossier_id>/evaluation")
@garde("dossier.examiner", Dossier)
def evaluation(dossier: Dossier) -> ResponseReturnValue:
    """The grid for those who score; the scores sent for those who may read them."""
    return _page(dossier, EvaluationForm())


@bp.post("/dossiers/<int:dossier_id>/evaluation")
@garde("dossier.noter", Dossier)
def noter(dossier: Dossier) -> ResponseReturnValue:
    """Save the draft; ``suite=envoyer`` then leads to the sending page."""
    form = EvaluationForm()
    if not form.validate_on_submit():
        return _page(dossier, form, 422)
    try:
        _enregistrer(dossier, form)
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(dossier, form, 422)
    except Conflit:
        db.session.rollback()
        form.form_errors = [*form.form_errors, DEPASSE]
        form.version.data = _version(evaluation_de(acteur_courant(), dossier))
        return _page(dossier, form, 409, heurt=True)
    if request.form.get("suite") == "envoyer":
        return redirect(url_for("instruction.envoi", dossier_id=dossier.id), 303)
    flash("Votre brouillon est enregistré. Il ne compte pas tant qu’il n’est pas envoyé.", "succes")
    return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)


@bp.post("/dossiers/<int:dossier_id>/evaluation/brouillon")
@garde("dossier.noter", Dossier)
def brouillon(dossier: Dossier) -> ResponseReturnValue:
    """Save while typing: answers the new version and the time, for the page to keep."""
    form = EvaluationForm()
    if not form.validate_on_submit():
        raise Invalide("Votre brouillon n’est pas enregistré.", form.problemes())
    return render_template("instruction/_brouillon.html", evaluation=_enregistrer(dossier, form))


def _mienne(dossier: Dossier) -> Evaluation:
    evaluation = evaluation_de(acteur_courant(), dossier)
    if evaluation is None:
        raise Introuvable(
            "Vous n’avez pas encore commencé à noter ce dossier.",
            "Ouvrez sa page, puis « Noter le dossier ».",
        )
    return evaluation


@bp.get("/dossiers/<int:dossier_id>/evaluation/envoi")
@garde("dossier.noter", Dossier)
def envoi(dossier: Dossier) -> ResponseReturnValue:
    """Read again before the final act; what is missing is listed with its link."""
    evaluation = _mienne(dossier)
    if evaluation.etat is EtatEvaluation.ENVOYEE:
        return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)
    problemes = problemes_evaluation(evaluation)
    return render_template(
        "instruction/envoi.html",
        dossier=dossier,
        page=page_evaluation(acteur_courant(), dossier, evaluation),
        erreurs=problemes,
        titre_masque=titre_masque,
    )


@bp.post("/dossiers/<int:dossier_id>/evaluation/envoi")
@garde("dossier.noter", Dossier)
def envoyer(dossier: Dossier) -> ResponseReturnValue:
    form = EvaluationForm()
    envoyer_evaluation(acteur_courant(), _mienne(dossier), version=form.version_lue())
    flash("Votre notation est envoyée. Les autres notations sont maintenant visibles.", "succes")
    return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)


@bp.route("/dossiers/<int:dossier_id>/evaluation/abstention", methods=["GET", "POST"])
@garde("dossier.noter", Dossier)
def s_abstenir(dossier: Dossier) -> ResponseReturnValue:
    """Say that one does not score this dossier, and why; not offered once the score is sent."""
    mienne = evaluation_de(acteur_courant(), dossier)
    if request.method == "GET" and mienne and mienne.etat is EtatEvaluation.ENVOYEE:
        return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)
    form = AbstentionForm()
    if form.validate_on_submit():
        try:
            abstenir(acteur_courant(), dossier, form.motif.data)
        except Invalide as refus:
            db.session.rollback()
            form.reprendre(refus.problemes)
        else:
            flash("Votre notation n’est plus attendue pour ce dossier.", "succes")
            return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)
    page = render_template(
        "instruction/abstention.html",
        dossier=dossier,
        form=form,
        erreurs=form.problemes(),
        anonyme=nom_masque(acteur_courant(), dossier),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/dossiers/<int:dossier_id>/evaluation/reprendre")
@garde("dossier.noter", Dossier)
def reprendre_evaluation(dossier: Dossier) -> ResponseReturnValue:
    """Score after all: the draft is there as it was left."""
    reprendre_notation(acteur_courant(), dossier)
    flash("Vous pouvez de nouveau noter ce dossier.", "succes")
    return redirect(url_for("instruction.evaluation", dossier_id=dossier.id), 303)
