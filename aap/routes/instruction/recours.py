"""Appeals for the agents: recorded from a letter, entrusted, examined again, decided."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.erreurs import Invalide
from aap.domaine.recours import CanalRecours, MotifRecours, SensRecours
from aap.extensions import db
from aap.models import Dossier, Recours, Utilisateur
from aap.permissions import may
from aap.requetes.recours import examinateurs, recours_de, refus_contestable
from aap.requetes.traces import historique
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.actes import lien_fichier
from aap.routes.instruction.lettres import reponse_pdf
from aap.services import recours as service
from aap.services.fichier import limites
from forms.base import FormulaireVersionne
from forms.recours import (
    FormulaireConfier,
    FormulaireDecision,
    FormulaireRapport,
    FormulaireRecoursRecu,
)


def _page_reception(
    dossier: Dossier, form: FormulaireRecoursRecu, code: int = 200
) -> ResponseReturnValue:
    tous = recours_de(dossier)
    page = render_template(
        "instruction/recours_recu.html",
        dossier=dossier,
        refus=refus_contestable(dossier),
        ouvert=next((r for r in tous if r.ouvert), None),
        form=form,
        limites=limites(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.route("/dossiers/<int:dossier_id>/recours", methods=["GET", "POST"])
@garde("dossier.enregistrer_recours", Dossier)
def enregistrer_recours(dossier: Dossier) -> ResponseReturnValue:
    """Record an appeal that came outside the platform, with its dates and its paper."""
    form = FormulaireRecoursRecu()
    if not form.is_submitted():
        return _page_reception(dossier, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page_reception(dossier, form, 422)
    try:
        recu = lire_fichier(form)
        donnees = service.DonneesRecours(
            CanalRecours(form.canal.data), form.recu_le.data, form.texte.data, form.envoye_le.data
        )
        piece = (f"recours-{dossier.reference}", recu.controle)
        recours = service.enregistrer_recours(acteur_courant(), dossier, donnees, piece)
    except Invalide as refus:
        db.session.rollback()
        if refus.problemes:
            form.reprendre(refus.problemes)
            garder_pour_la_suite(form)
        else:
            form.refuser("fichier", refus.message)
        return _page_reception(dossier, form, 422)
    recu.servi()
    flash("Le recours est enregistré. Le porteur reçoit l’accusé de réception.", "succes")
    return redirect(url_for("instruction.recours", recours_id=recours.id), 303)


def _page(
    recours: Recours, rempli: FormulaireVersionne | None = None, code: int = 200
) -> ResponseReturnValue:
    acteur = acteur_courant()
    offerts = {
        "confier": FormulaireConfier,
        "examiner": FormulaireRapport,
        "decider": FormulaireDecision,
    }
    forms: dict[str, FormulaireVersionne] = {}
    for acte, classe in offerts.items():
        if recours.ouvert and may(acteur, f"recours.{acte}", recours):
            forms[acte] = rempli if isinstance(rempli, classe) else classe(formdata=None)
            forms[acte].version.data = forms[acte].version.data or str(recours.version)
    if (confier := forms.get("confier")) and isinstance(confier, FormulaireConfier):
        confier.proposer((e.utilisateur.id, e.libelle) for e in examinateurs(recours))
    page = render_template(
        "instruction/recours.html",
        recours=recours,
        dossier=recours.dossier,
        forms=forms,
        lien_fichier=lien_fichier,
        traces=historique(recours),
        erreurs=rempli.problemes() if rempli is not None else [],
    )
    return page, code


@bp.get("/recours/<int:recours_id>")
@garde("recours.voir", Recours)
def recours(recours: Recours) -> ResponseReturnValue:
    return _page(recours)


def _suite(recours: Recours, message: str) -> ResponseReturnValue:
    flash(message, "succes")
    return redirect(url_for("instruction.recours", recours_id=recours.id), 303)


def _refuse(recours: Recours, form: FormulaireVersionne, refus: Invalide) -> ResponseReturnValue:
    db.session.rollback()
    form.reprendre(refus.problemes)
    return _page(recours, form, 422)


@bp.post("/recours/<int:recours_id>/examinateur")
@garde("recours.confier", Recours)
def confier_recours(recours: Recours) -> ResponseReturnValue:
    form = FormulaireConfier()
    form.proposer((e.utilisateur.id, e.libelle) for e in examinateurs(recours))
    if not form.validate():
        return _page(recours, form, 422)
    qui = db.session.get_one(Utilisateur, int(form.examinateur.data))
    try:
        service.confier_examen(
            acteur_courant(), recours, qui, form.raison.data or "", version=form.version_lue()
        )
    except Invalide as refus:
        return _refuse(recours, form, refus)
    return _suite(recours, "L’examen est confié. La personne est prévenue par courriel.")


@bp.post("/recours/<int:recours_id>/rapport")
@garde("recours.examiner", Recours)
def examiner_recours(recours: Recours) -> ResponseReturnValue:
    form = FormulaireRapport()
    if not form.validate():
        return _page(recours, form, 422)
    try:
        service.rendre_rapport(
            acteur_courant(),
            recours,
            SensRecours(form.proposition.data),
            form.rapport.data,
            version=form.version_lue(),
        )
    except Invalide as refus:
        return _refuse(recours, form, refus)
    return _suite(recours, "Votre rapport est transmis à la coordination.")


@bp.post("/recours/<int:recours_id>/decision")
@garde("recours.decider", Recours)
def decider_recours(recours: Recours) -> ResponseReturnValue:
    form = FormulaireDecision()
    if not form.validate():
        return _page(recours, form, 422)
    motif = MotifRecours(form.type_motif.data) if form.type_motif.data else None
    try:
        service.decider_recours(
            acteur_courant(),
            recours,
            SensRecours(form.sens.data),
            form.motif.data,
            motif,
            version=form.version_lue(),
        )
    except Invalide as refus:
        return _refuse(recours, form, refus)
    return _suite(recours, "La décision est enregistrée. Le porteur est prévenu par courriel.")


@bp.get("/recours/<int:recours_id>/accuse.pdf")
@garde("recours.voir", Recours)
def accuse_recours(recours: Recours) -> ResponseReturnValue:
    nom = f"recours-{recours.dossier.reference}-accuse.pdf"
    return reponse_pdf(documents.accuse_recours(recours), nom)


@bp.get("/recours/<int:recours_id>/decision.pdf")
@garde("recours.voir", Recours)
def lettre_recours(recours: Recours) -> ResponseReturnValue:
    nom = f"recours-{recours.dossier.reference}-decision.pdf"
    return reponse_pdf(documents.lettre_recours(recours), nom)
