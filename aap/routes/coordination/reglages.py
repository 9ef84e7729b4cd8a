"""Priorities and rules of a campaign."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.regles import (
    Regle,
    constantes,
    effet_regle,
    jour_de_reference,
    valeur_regle,
)
from aap.domaine.regles import regles as toutes_les_regles
from aap.models import Campagne
from aap.requetes.campagnes import orientations_du_contrat
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services.campagne import Priorite, fixer_priorites, fixer_regles, retablir_regle
from forms.campagne import (
    EFFETS_EN_MOTS,
    depuis_champ,
    formulaire_priorites,
    formulaire_regles,
    vers_champ,
)
from workflows.campagne import EtatCampagne


@bp.route("/campagnes/<int:campagne_id>/priorites", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def priorites(campagne: Campagne) -> ResponseReturnValue:
    orientations = orientations_du_contrat(campagne.contrat_id)
    fixees = {p.orientation_id: p for p in campagne.priorites}
    classe = formulaire_priorites([(o.id, o.titre) for o in orientations])
    valeurs: dict[str, Any] = {}
    for ident, p in fixees.items():
        valeurs |= {f"poids_{ident}": p.poids, f"commentaire_{ident}": p.commentaire}
    form = classe(data=valeurs)
    if form.validate_on_submit():
        voulues = {
            o.id: Priorite(form[f"poids_{o.id}"].data, form[f"commentaire_{o.id}"].data or "")
            for o in orientations
        }
        fixer_priorites(acteur_courant(), campagne, voulues, version=form.version_lue())
        flash("Les priorités sont enregistrées.", "succes")
        return redirect(url_for("coordination.priorites", campagne_id=campagne.id), 303)
    return page(
        "priorites.html",
        campagne,
        form,
        orientations=orientations,
        modifiable=campagne.etat is EtatCampagne.PREPARATION,
    )


def _vues(campagne: Campagne) -> dict[str, list[dict[str, Any]]]:
    """Group -> rules with their sentence, their default, and whether the campaign changed it."""
    jour = jour_de_reference(campagne)
    vues: dict[str, list[dict[str, Any]]] = {}
    for r in toutes_les_regles():
        valeur, version = valeur_regle(campagne, r.code), r.version_au(jour)
        effet = effet_regle(campagne, r.code)
        vues.setdefault(r.groupe, []).append(
            {
                "regle": r,
                "phrase": r.dire(valeur),
                "effet": EFFETS_EN_MOTS[effet],
                "ton": "refus" if effet == "bloque" else "attention",
                "defaut": r.dire(version.valeur),
                "source": version.source,
                "changee": (valeur, effet) != (version.valeur, r.effets[0]),
            }
        )
    return vues


@bp.route("/campagnes/<int:campagne_id>/regles", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def regles(campagne: Campagne) -> ResponseReturnValue:
    valeurs: dict[str, Any] = {}
    for r in toutes_les_regles():
        valeurs[f"valeur_{r.code}"] = vers_champ(r, valeur_regle(campagne, r.code))
        valeurs[f"effet_{r.code}"] = effet_regle(campagne, r.code)
    form = formulaire_regles(toutes_les_regles())(data=valeurs)
    if form.validate_on_submit():
        voulues = {r.code: _lue(form, r) for r in toutes_les_regles()}
        try:
            fixer_regles(acteur_courant(), campagne, voulues, version=form.version_lue())
        except Invalide as erreur:
            problemes = [Probleme(p.message, f"valeur_{p.champ}") for p in erreur.problemes]
            refuser(form, Invalide(erreur.message, problemes))
        else:
            flash("Les règles sont enregistrées.", "succes")
            return redirect(url_for("coordination.regles", campagne_id=campagne.id), 303)
    return page("regles.html", campagne, form, vues=_vues(campagne), constantes=constantes())


def _lue(form: Any, r: Regle) -> tuple[Any, str]:
    effet = form[f"effet_{r.code}"].data if len(r.effets) > 1 else r.effets[0]
    return depuis_champ(r, form[f"valeur_{r.code}"].data), effet


@bp.post("/campagnes/<int:campagne_id>/regles/retablir")
@garde("campagne.modifier", Campagne)
def retablir(campagne: Campagne) -> ResponseReturnValue:
    """Back to the default of one rule."""
    version = request.form.get("version", type=int)
    retablir_regle(acteur_courant(), campagne, request.form.get("code", ""), version=version or 0)
    flash("La règle a retrouvé sa valeur par défaut.", "succes")
    return redirect(url_for("coordination.regles", campagne_id=campagne.id), 303)
