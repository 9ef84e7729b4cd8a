"""Opinion of a funder on its own line; request of an outside opinion."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import Avis, Dossier, Financement, ValeurAvis
from aap.permissions import exiger
from aap.requetes.suivi_dossier import avis_du_dossier
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services.avis import demander_avis, personnes_sollicitables, rendre_avis
from forms.avis import AvisFinanceurForm, DemandeAvisForm

DEPASSE = (
    "Quelqu’un a changé cet avis pendant que vous écriviez. Comparez les deux : enregistrez encore "
    "pour remplacer le sien par le vôtre."
)
VALEURS = [(v.value, v.libelle) for v in ValeurAvis]


def _page_ligne(
    financement: Financement,
    form: AvisFinanceurForm,
    code: int = 200,
    enregistre: Avis | None = None,
) -> ResponseReturnValue:
    """``enregistre``: the opinion saved meanwhile, shown beside what was typed."""
    if not form.version.data:
        form.version.data = str(financement.version)
    page = render_template(
        "instruction/avis_ligne.html",
        enregistre=enregistre,
        ligne=financement,
        dossier=financement.dossier,
        form=form,
        erreurs=form.problemes(),
    )
    return page, code


def _avis_de(financement: Financement) -> Avis | None:
    tous = avis_du_dossier(financement.dossier)
    return next((a for a in tous if a.financeur_id == financement.financeur_id), None)


@bp.get("/financements/<int:financement_id>/avis")
@garde("financement.rendre_avis", Financement)
def avis_ligne(financement: Financement) -> ResponseReturnValue:
    exiger(acteur_courant(), "dossier.examiner", financement.dossier)  # the page shows it
    form = AvisFinanceurForm().proposer(VALEURS)
    avis = _avis_de(financement)
    if avis is not None:
        form.valeur.data, form.commentaire.data = avis.valeur.value, avis.commentaire
        form.montant_propose.data = financement.montant_propose
    return _page_ligne(financement, form)


@bp.post("/financements/<int:financement_id>/avis")
@garde("financement.rendre_avis", Financement)
def rendre_avis_ligne(financement: Financement) -> ResponseReturnValue:
    exiger(acteur_courant(), "dossier.examiner", financement.dossier)
    form = AvisFinanceurForm().proposer(VALEURS)
    if not form.validate_on_submit():
        return _page_ligne(financement, form, 422)
    try:
        rendre_avis(
            acteur_courant(),
            financement,
            ValeurAvis(form.valeur.data),
            form.commentaire.data or "",
            form.montant_propose.data,
            version=form.version_lue(),
        )
    except Conflit:
        db.session.rollback()
        form.form_errors = [*form.form_errors, DEPASSE]
        form.version.data = str(financement.version)
        return _page_ligne(financement, form, 409, _avis_de(financement))
    except PasLeMoment as refus:
        db.session.rollback()
        form.form_errors = [*form.form_errors, refus.message]
        return _page_ligne(financement, form, 409)
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page_ligne(financement, form, 422)
    flash("L’avis est enregistré.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=financement.dossier_id), 303)


def _page_demande(dossier: Dossier, form: DemandeAvisForm, code: int = 200) -> ResponseReturnValue:
    page = render_template(
        "instruction/demande_avis.html", dossier=dossier, form=form, erreurs=form.problemes()
    )
    return page, code


def _form_demande(dossier: Dossier) -> DemandeAvisForm:
    personnes = personnes_sollicitables(dossier)
    return DemandeAvisForm().proposer([(u.id, u.nom_complet) for u in personnes])


@bp.get("/dossiers/<int:dossier_id>/demande-avis")
@garde("dossier.demander_avis", Dossier)
def demande_avis(dossier: Dossier) -> ResponseReturnValue:
    return _page_demande(dossier, _form_demande(dossier))


@bp.post("/dossiers/<int:dossier_id>/demande-avis")
@garde("dossier.demander_avis", Dossier)
def envoyer_demande_avis(dossier: Dossier) -> ResponseReturnValue:
    form = _form_demande(dossier)
    if not form.validate_on_submit():
        return _page_demande(dossier, form, 422)
    choisie = next(u for u in personnes_sollicitables(dossier) if u.id == form.utilisateur_id.data)
    try:
        demander_avis(
            acteur_courant(),
            dossier,
            choisie,
            form.qualite.data,
            form.question.data or "",
            form.echeance.data,
        )
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes or [Probleme(refus.message)])
        return _page_demande(dossier, form, 422)
    flash("La demande d’avis est envoyée.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id) + "#avis", 303)
