"""The paper of the funder's legal act: joined from any of the lines that it grants."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.texte import slug
from aap.extensions import db
from aap.models import Financement
from aap.requetes.actes_financeurs import acte_de, lignes_du_meme_acte
from aap.routes.exemplaires import limites_exemplaire
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.acte_financeur import joindre_acte as service
from aap.services.vote import TYPES_ACTE
from forms.pieces import FormulaireFichier


def _page(
    financement: Financement, form: FormulaireFichier, code: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "finance/acte_vote.html",
        ligne=financement,
        nature=TYPES_ACTE.get(financement.acte_type, "Acte"),
        actuel=acte_de(financement),
        combien=lignes_du_meme_acte(financement),
        form=form,
        limites=limites_exemplaire(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.route("/lignes/<int:financement_id>/acte-vote", methods=["GET", "POST"])
@garde("financement.joindre_acte", Financement)
def joindre_acte(financement: Financement) -> ResponseReturnValue:
    form = FormulaireFichier()
    if not form.is_submitted():
        return _page(financement, form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(financement, form, 422)
    try:
        recu = lire_fichier(form)
        nom = slug(f"{financement.acte_type} {financement.acte_numero}") or "acte"
        service(acteur_courant(), financement, nom, recu.controle)
    except Invalide as refus:
        db.session.rollback()
        form.refuser("fichier", refus.message)
        return _page(financement, form, 422)
    recu.servi()
    flash(f"L’acte est joint.{recu.phrase}", "succes")
    return redirect(url_for("finance.ligne", financement_id=financement.id), 303)
