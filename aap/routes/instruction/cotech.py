"""Technical committee: opinions and amounts of every funder, edited line by line."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, Probleme
from aap.extensions import db
from aap.models import Financement, ValeurAvis
from aap.requetes.cotech import choix_cotech, lire_filtres_cotech, page_cotech
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.avis import VALEURS
from aap.services.avis import rendre_avis
from forms.avis import AvisFinanceurForm

DEPASSE = (
    "Quelqu’un a changé cet avis pendant que vous écriviez. Son texte est montré ci-dessous ; "
    "enregistrez encore pour le remplacer par le vôtre."
)
# field of the form -> start of the id that it bears on its line
CHAMPS = {"valeur": "valeur", "montant_propose": "montant", "commentaire": "commentaire"}


def _situer(form: AvisFinanceurForm, ligne_id: int) -> list[Probleme]:
    """The same problems, each leading to its field on the line, else to the first one."""
    return [
        Probleme(p.message, f"{CHAMPS.get(p.champ, 'valeur')}-{ligne_id}") for p in form.problemes()
    ]


def _page(
    refusee: int = 0, form: AvisFinanceurForm | None = None, code: int = 200
) -> ResponseReturnValue:
    """``refusee``: the line whose form came back, with what was typed."""
    filtres = lire_filtres_cotech(request.args)
    rendu = render_template(
        "instruction/cotech.html",
        page=page_cotech(acteur_courant(), filtres),
        f=filtres,
        choix=choix_cotech(acteur_courant()),
        valeurs=VALEURS,
        refusee=refusee,
        form=form,
        erreurs=_situer(form, refusee) if form else [],
    )
    return rendu, code


@bp.get("/cotech")
@garde("instruction.liste")
def cotech() -> ResponseReturnValue:
    return _page()


@bp.post("/cotech/<int:financement_id>")
@garde("financement.rendre_avis", Financement)
def cotech_avis(financement: Financement) -> ResponseReturnValue:
    """Save one line; refused, it comes back with what was typed and why.

    A line that is no longer to be written leads to the page of refusals, which gives the text
    back: the list would show it without its form.
    """
    form = AvisFinanceurForm().proposer(VALEURS)
    ligne_id = financement.id
    if not form.validate_on_submit():
        return _page(ligne_id, form, 422)
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
        return _page(ligne_id, form, 409)
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(ligne_id, form, 422)
    flash("L’avis est enregistré.", "succes")
    retour = lire_filtres_cotech(request.args).adresse
    return redirect(f"{url_for('instruction.cotech')}?{retour}#ligne-{ligne_id}", 303)
