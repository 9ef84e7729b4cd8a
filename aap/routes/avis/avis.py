"""Opinions asked from an outside person: the list, the action, the answer.

Neither scores, nor amounts proposed, nor anybody else's opinion is read here.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import DemandeAvis, ValeurAvis
from aap.requetes.avis_demandes import avis_demandes
from aap.requetes.fiche_dossier import fiche
from aap.routes.avis import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.avis import ATTENDENT_AVIS, EXTERIEURES, avis_de_la_demande, rendre_avis_externe
from forms.avis import AvisExterieurForm

VALEURS = [(v.value, v.libelle) for v in ValeurAvis if v in EXTERIEURES]


def _page(demande: DemandeAvis, form: AvisExterieurForm, code: int = 200) -> ResponseReturnValue:
    avis = avis_de_la_demande(demande)
    if not form.is_submitted():
        form.version.data = str(avis.version if avis else 0)
        if avis is not None:
            form.valeur.data, form.commentaire.data = avis.valeur.value, avis.commentaire
    page = render_template(
        "avis/voir.html",
        demande=demande,
        fiche=fiche(demande.dossier, avec_pieces=False),
        avis=avis,
        ouvert=demande.dossier.etat in ATTENDENT_AVIS,
        form=form,
        erreurs=form.problemes(),
    )
    return page, code


@bp.get("/", endpoint="liste")
@garde("avis.liste")
def voir_liste() -> ResponseReturnValue:
    return render_template("avis/liste.html", demandes=avis_demandes(acteur_courant()))


@bp.get("/<int:demande_avis_id>")
@garde("avis.voir", DemandeAvis)
def voir(demande_avis: DemandeAvis) -> ResponseReturnValue:
    return _page(demande_avis, AvisExterieurForm().proposer(VALEURS))


@bp.post("/<int:demande_avis_id>")
@garde("avis.rendre", DemandeAvis)
def rendre(demande_avis: DemandeAvis) -> ResponseReturnValue:
    form = AvisExterieurForm().proposer(VALEURS)
    if not form.validate_on_submit():
        return _page(demande_avis, form, 422)
    try:
        rendre_avis_externe(
            acteur_courant(),
            demande_avis,
            ValeurAvis(form.valeur.data),
            form.commentaire.data,
            version=form.version_lue(),
        )
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(demande_avis, form, 422)
    flash("Votre avis est enregistré. Merci.", "succes")
    return redirect(url_for("avis.voir", demande_avis_id=demande_avis.id), 303)
