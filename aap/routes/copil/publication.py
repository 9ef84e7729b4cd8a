"""Publication: what it will do, the confirmation with the count, the release of held mails."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import ErreurMetier, Invalide, PasLeMoment
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Seance
from aap.requetes.copil_publication import apercu_publication
from aap.routes.copil import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.publication import liberer_courriels
from aap.services.publication import publier as publier_seance
from forms.decision import LibererForm, PublierForm
from workflows.seance import EtatSeance


def _page(
    seance: Seance, form: PublierForm | None = None, code: int = 200, refus: str = ""
) -> ResponseReturnValue:
    apercu = apercu_publication(acteur_courant(), seance)
    form = form or PublierForm(formdata=None)
    corps = render_template(
        "copil/publication.html",
        seance=seance,
        apercu=apercu,
        form=form,
        liberer=LibererForm(formdata=None, data={"attendus": apercu.retenus}),
        possible=seance.etat is EtatSeance.PV_ARRETE,
        erreurs=form.problemes(),
        refus=refus,
    )
    return corps, code


def _vers(seance: Seance) -> ResponseReturnValue:
    return redirect(url_for("copil.publication", seance_id=seance.id), 303)


@bp.get("/seances/<int:seance_id>/publication")
@garde("seance.publier", Seance)
def publication(seance: Seance) -> ResponseReturnValue:
    return _page(seance)


@bp.post("/seances/<int:seance_id>/publication")
@garde("seance.publier", Seance)
def publier(seance: Seance) -> ResponseReturnValue:
    form = PublierForm()
    if not form.validate() or form.nombre.data is None:
        if form.nombre.data is None and not form.nombre.errors:
            form.refuser("nombre", "Recopiez le nombre de décisions pour confirmer.")
        return _page(seance, form, 422)
    try:
        nombre = publier_seance(
            acteur_courant(), seance, attendues=form.nombre.data, retenir=bool(form.retenir.data)
        )
    except (Invalide, PasLeMoment) as erreur:
        return _refus(seance, form, erreur)
    suite = " Les courriels attendent votre accord." if form.retenir.data else ""
    flash(f"{accorder(nombre, 'décision publiée', 'décisions publiées')}.{suite}", "succes")
    return _vers(seance)


def _refus(seance: Seance, form: PublierForm, erreur: ErreurMetier) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(erreur, Invalide):
        form.reprendre(erreur.problemes)
    return _page(seance, form, erreur.code_http, f"{erreur.message} {erreur.que_faire}".strip())


@bp.post("/seances/<int:seance_id>/courriels")
@garde("seance.publier", Seance)
def liberer(seance: Seance) -> ResponseReturnValue:
    """Let the held mails go."""
    nombre = liberer_courriels(acteur_courant(), seance, attendus=LibererForm().nombre())
    flash(f"{accorder(nombre, 'courriel part', 'courriels partent')} maintenant.", "succes")
    return _vers(seance)
