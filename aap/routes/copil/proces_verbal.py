"""The minutes: page, settlement, PDF; and the letters of a published decision."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.erreurs import Invalide
from aap.domaine.texte import slug
from aap.extensions import db
from aap.models import Dossier, Seance
from aap.permissions import may
from aap.requetes.copil import fichier_pv, presences_de
from aap.requetes.faits_seance import decisions_lisibles
from aap.routes.copil import bp
from aap.routes.garde import acteur_courant, garde
from aap.services import pv as service
from aap.services import seance as service_seance
from aap.stockage import stockage
from forms.seance import NotesForm, PvForm


def _pdf(octets: bytes, nom: str) -> ResponseReturnValue:
    reponse = Response(octets, mimetype="application/pdf")
    reponse.headers["Content-Disposition"] = f'inline; filename="{nom}"'
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse


def _page(
    seance: Seance,
    form: PvForm | None = None,
    code: int = 200,
    notes: NotesForm | None = None,
) -> ResponseReturnValue:
    acteur = acteur_courant()
    if form is None:
        nom, qualite = service.presidence_par_defaut(seance)
        form = PvForm(
            formdata=None,
            data={
                "version": seance.version,
                "president": nom,
                "qualite": qualite,
                "notes": seance.notes,
            },
        )
    lisibles = decisions_lisibles(seance, acteur.deports)
    corps = render_template(
        "copil/pv.html",
        seance=seance,
        form=form,
        erreurs=(notes or form).problemes(),
        notes=notes or NotesForm(formdata=None, obj=seance),
        presences=presences_de(seance),
        decisions=lisibles,
        masquees=len(decisions_lisibles(seance, frozenset())) - len(lisibles),
        ecrit=bool(may(acteur, "seance.preparer", seance)),
        telechargeable=may(acteur, "seance.lire_pv", seance),
    )
    return corps, code


@bp.get("/seances/<int:seance_id>/proces-verbal")
@garde("seance.voir", Seance)
def pv(seance: Seance) -> ResponseReturnValue:
    return _page(seance)


@bp.post("/seances/<int:seance_id>/proces-verbal")
@garde("seance.preparer", Seance)
def arreter_pv(seance: Seance) -> ResponseReturnValue:
    """Settle the minutes with the observations of the same form, which are never lost."""
    form = PvForm()
    juste = form.validate()
    if request.form.get("suite") == "observations" and not form.notes.errors:
        return _observer(seance, form)
    if not juste:
        return _page(seance, form, 422)
    acteur, version = acteur_courant(), form.version_lue()
    try:
        if form.notes.name in request.form:
            service_seance.noter(acteur, seance, form.notes.data or "", version=version)
            version = seance.version
        service.arreter_pv(
            acteur, seance, form.president.data, form.qualite.data or "", version=version
        )
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _page(seance, form, 422)
    flash("Le procès-verbal est arrêté. Vous pouvez publier les décisions.", "succes")
    return redirect(url_for("copil.pv", seance_id=seance.id), 303)


@bp.post("/seances/<int:seance_id>/observations")
@garde("seance.preparer", Seance)
def observations(seance: Seance) -> ResponseReturnValue:
    form = NotesForm()
    if not form.validate():
        return _page(seance, code=422, notes=form)
    return _observer(seance, form)


def _observer(seance: Seance, form: NotesForm) -> ResponseReturnValue:
    service_seance.noter(
        acteur_courant(), seance, form.notes.data or "", version=form.version_lue()
    )
    flash("Les observations sont enregistrées.", "succes")
    return redirect(url_for("copil.pv", seance_id=seance.id), 303)


@bp.get("/seances/<int:seance_id>/proces-verbal.pdf")
@garde("seance.lire_pv", Seance)
def pv_pdf(seance: Seance) -> ResponseReturnValue:
    """The stored file, or the same pages made now while the worker has not stored them."""
    fichier = fichier_pv(seance)
    octets = stockage().lire(fichier.cle) if fichier is not None else documents.pdf_pv(seance)
    return _pdf(octets, f"proces-verbal-{slug(seance.titre) or seance.id}.pdf")


@bp.get("/dossiers/<int:dossier_id>/notification.pdf")
@garde("dossier.examiner", Dossier)
def notification(dossier: Dossier) -> ResponseReturnValue:
    """The letter of the last published decision, for the agents."""
    return _pdf(documents.lettre_notification(dossier), f"notification-{dossier.reference}.pdf")
