"""Amounts of a dossier: one form for all its lines, as a page or as JSON."""

from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Depassement, ErreurMetier, Invalide
from aap.extensions import db
from aap.filtres import euros
from aap.models import Dossier, Seance
from aap.requetes.copil_dossier import plan_de
from aap.requetes.copil_liste import enveloppes_vues
from aap.routes.copil import bp
from aap.routes.copil.dossiers import dossier_de, lire_page, rendre_dossier
from aap.routes.copil.formulaires import garnir, prefixe, recaler, saisies
from aap.routes.garde import acteur_courant, attend_du_json, garde
from aap.services.arbitrage import arbitrer_dossier
from forms.decision import MontantsForm


@bp.post("/seances/<int:seance_id>/dossiers/<int:dossier_id>/montants")
@garde("seance.decider", Seance)
def montants(seance: Seance, dossier_id: int) -> ResponseReturnValue:
    dossier = dossier_de(seance, dossier_id)
    form = MontantsForm(prefix=prefixe(dossier.id))
    try:
        if not form.validate():
            raise Invalide("Ces montants ne peuvent pas être lus.", form.problemes())
        arbitrer_dossier(acteur_courant(), dossier, saisies(form, dossier))
    except (Conflit, Depassement, Invalide) as erreur:
        if attend_du_json():
            raise
        db.session.rollback()
        return _rendre_refus(seance, dossier_id, form, erreur)
    if attend_du_json():
        return _json(seance, dossier)
    flash("Les montants sont enregistrés.", "succes")
    return redirect(url_for("copil.dossier", seance_id=seance.id, dossier_id=dossier.id), 303)


def _json(seance: Seance, dossier: Dossier) -> ResponseReturnValue:
    """New versions, the total, the plan and the remainders drawn again."""
    _, vues = enveloppes_vues(seance.campagne_id)
    total = sum(f.montant_arbitre or 0 for f in dossier.financements)
    plan = plan_de(seance.campagne, sum(f.montant_demande for f in dossier.financements), total)
    return jsonify(
        message="Enregistré.",
        lignes={str(f.id): f.version for f in dossier.financements},
        total=euros(total),
        retenu=total > 0,
        plan=render_template("copil/_plan.html", plan=plan, saisi=total > 0),
        soldes={v.id: render_template("copil/_solde.html", e=v) for v in vues},
    )


def _rendre_refus(
    seance: Seance, dossier_id: int, form: MontantsForm, erreur: ErreurMetier
) -> ResponseReturnValue:
    """What was typed stays in the fields; a conflict tells both values."""
    page = lire_page(seance, dossier_de(seance, dossier_id))
    garnir(form, page.ligne, rafraichir=isinstance(erreur, Conflit))
    if isinstance(erreur, Invalide) and not form.problemes():
        recaler(form, erreur.problemes, prefixe(dossier_id))
    refus = "" if isinstance(erreur, Invalide) else f"{erreur.message} {erreur.que_faire}".strip()
    return rendre_dossier(seance, page, erreur.code_http, montants=form, refus=refus)
