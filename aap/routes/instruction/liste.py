"""The dossiers that the reader may instruct or follow, and the views kept of this list."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import VueListe
from aap.requetes.filtres_dossiers import COLONNES, lire_adresse
from aap.requetes.instruction import lire_filtres, liste
from aap.requetes.lots import actes_offerts
from aap.requetes.vues import vues
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.selection import adresse_liste
from aap.services.vues import choisir_par_defaut, garder_vue, supprimer_vue
from forms.atelier import VueForm


@bp.get("/", endpoint="liste")
@garde("instruction.liste")
def voir_liste() -> ResponseReturnValue:
    """Filters, columns, sort and place are in the address: it can be kept and sent.

    Without anything in the address, the default view of the reader opens.
    """
    gardees = vues(acteur_courant())
    if not request.args:
        defaut = next((v for v in gardees if v.par_defaut), None)
        if defaut is not None:
            return redirect(adresse_liste(defaut.adresse), 303)
    return _page(VueForm(formdata=None), gardees)


def _page(form: VueForm, gardees: list[VueListe], code: int = 200) -> ResponseReturnValue:
    arguments = request.args if code == 200 else None
    filtres = lire_adresse(form.adresse.data or "") if arguments is None else None
    page = liste(acteur_courant(), filtres or lire_filtres(request.args))
    form.adresse.data = page.filtres.adresse
    rendu = render_template(
        "instruction/liste.html",
        page=page,
        f=page.filtres,
        form=form,
        erreurs=form.problemes(),
        colonnes=COLONNES,
        actes=actes_offerts(acteur_courant()),
        vues=[(v, adresse_liste(v.adresse)) for v in gardees],
    )
    return rendu, code


@bp.post("/vues")
@garde("instruction.liste")
def garder_la_vue() -> ResponseReturnValue:
    form = VueForm()
    if not form.validate_on_submit():
        return _page(form, vues(acteur_courant()), 422)
    try:
        vue = garder_vue(
            acteur_courant(),
            form.nom.data,
            form.adresse.data or "",
            bool(form.par_defaut.data),
        )
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        if not refus.problemes:
            form.refuser("nom", refus.message)
        return _page(form, vues(acteur_courant()), 422)
    flash(f"La vue « {vue.nom} » est gardée.", "succes")
    return redirect(adresse_liste(vue.adresse), 303)


@bp.post("/vues/<int:vue_liste_id>/defaut")
@garde("vue_liste.modifier", VueListe)
def vue_par_defaut(vue_liste: VueListe) -> ResponseReturnValue:
    """Open this view at first from now on, or no more."""
    choisir_par_defaut(acteur_courant(), vue_liste, not vue_liste.par_defaut)
    flash(
        f"La vue « {vue_liste.nom} » s’ouvrira en premier."
        if vue_liste.par_defaut
        else "La liste s’ouvrira sans filtre.",
        "succes",
    )
    return redirect(adresse_liste(vue_liste.adresse), 303)


@bp.post("/vues/<int:vue_liste_id>/suppression")
@garde("vue_liste.modifier", VueListe)
def supprimer_la_vue(vue_liste: VueListe) -> ResponseReturnValue:
    supprimer_vue(acteur_courant(), vue_liste)
    flash(f"La vue « {vue_liste.nom} » est supprimée.", "succes")
    return redirect(url_for("instruction.liste", tri="depot"), 303)
