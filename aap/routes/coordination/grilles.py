"""The grid of a campaign: choice, full reading, weights, words, versions."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable, Invalide, Probleme
from aap.models import Campagne, Critere, Grille
from aap.permissions import exiger
from aap.requetes.campagnes import grilles_du_contrat, problemes_grille
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import grille as service
from aap.services.campagne import choisir_grille
from forms.grille import FormulaireChoixGrille, FormulaireCritere, formulaire_poids
from workflows.campagne import EtatCampagne


def _vers(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("coordination.grille", campagne_id=campagne.id), 303)


def _choix(campagne: Campagne) -> FormulaireChoixGrille:
    form = FormulaireChoixGrille(data={"grille": campagne.grille_id})
    form.grille.choices = [("", "Choisissez")] + [
        (g.id, f"{g.nom}, version {g.numero_version}{' (figée)' if g.figee_le else ''}")
        for g in grilles_du_contrat(campagne.contrat_id)
    ]
    return form


@bp.route("/campagnes/<int:campagne_id>/grille", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def grille(campagne: Campagne) -> ResponseReturnValue:
    """The grid in full, and the choice of another one while the campaign is prepared."""
    form = _choix(campagne)
    if form.validate_on_submit():
        choisie = _du_contrat(campagne, form.grille.data)
        choisir_grille(acteur_courant(), campagne, choisie)
        flash("La grille de la campagne est choisie.", "succes")
        return _vers(campagne)
    return page(
        "grille.html",
        campagne,
        form,
        problemes=problemes_grille(campagne.grille) if campagne.grille else [],
        modifiable=campagne.etat is EtatCampagne.PREPARATION,
    )


def _du_contrat(campagne: Campagne, ident: int | None) -> Grille:
    for g in grilles_du_contrat(campagne.contrat_id):
        if g.id == ident:
            return g
    raise Introuvable("Cette grille n’existe pas.")


def _de_la_campagne(campagne: Campagne) -> Grille:
    if campagne.grille is None:
        raise Introuvable("Cette campagne n’a pas encore de grille.", "Choisissez-en une.")
    return campagne.grille


@bp.post("/campagnes/<int:campagne_id>/grille/defaut")
@garde("campagne.modifier", Campagne)
def grille_par_defaut(campagne: Campagne) -> ResponseReturnValue:
    neuve = service.creer_grille_par_defaut(acteur_courant(), campagne.contrat)
    choisir_grille(acteur_courant(), campagne, neuve)
    flash("La grille proposée est choisie : relisez-la.", "succes")
    return _vers(campagne)


@bp.post("/campagnes/<int:campagne_id>/grille/version")
@garde("campagne.modifier", Campagne)
def nouvelle_version(campagne: Campagne) -> ResponseReturnValue:
    """A copy that may be changed, chosen at once."""
    copie = service.nouvelle_version(acteur_courant(), _de_la_campagne(campagne))
    choisir_grille(acteur_courant(), campagne, copie)
    flash(f"La version {copie.numero_version} est créée et choisie.", "succes")
    return _vers(campagne)


@bp.route("/campagnes/<int:campagne_id>/grille/poids", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def poids_grille(campagne: Campagne) -> ResponseReturnValue:
    choisie = _de_la_campagne(campagne)
    exiger(acteur_courant(), "grille.modifier", choisie)
    valeurs: dict[str, Any] = {}
    for c in choisie.criteres:
        valeurs |= {
            f"poids_{c.id}": c.poids,
            f"seuil_{c.id}": c.eliminatoire_sous,
            f"sans_objet_{c.id}": c.sans_objet_permis,
        }
    form = formulaire_poids([(c.id, c.libelle) for c in choisie.criteres])(data=valeurs)
    if form.validate_on_submit():
        voulus = {
            c.id: service.ReglageCritere(
                form[f"poids_{c.id}"].data,
                form[f"seuil_{c.id}"].data,
                form[f"sans_objet_{c.id}"].data,
            )
            for c in choisie.criteres
        }
        try:
            service.regler_criteres(acteur_courant(), choisie, voulus)
        except Invalide as erreur:
            situes = [Probleme(p.message, p.champ.replace("-", "_")) for p in erreur.problemes]
            refuser(form, Invalide(erreur.message, situes))
        else:
            flash("Les poids sont enregistrés.", "succes")
            return _vers(campagne)
    return page("grille_poids.html", campagne, form, grille=choisie)


@bp.route("/campagnes/<int:campagne_id>/grille/criteres/<code>", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def critere_grille(campagne: Campagne, code: str) -> ResponseReturnValue:
    """Words of one criterion and of its five values."""
    choisie = _de_la_campagne(campagne)
    exiger(acteur_courant(), "grille.modifier", choisie)
    critere: Critere | None = next((c for c in choisie.criteres if c.code == code), None)
    if critere is None:
        raise Introuvable("Ce critère n’existe pas dans la grille de la campagne.")
    ancres = {f"ancre_{i}": texte for i, texte in enumerate(critere.ancres)}
    form = FormulaireCritere(data={"libelle": critere.libelle, "aide": critere.aide, **ancres})
    if form.validate_on_submit():
        a0, a1, a2, a3, a4 = (form[f"ancre_{i}"].data for i in range(5))
        texte = service.TexteCritere(form.libelle.data, form.aide.data or "", (a0, a1, a2, a3, a4))
        try:
            service.ecrire_critere(acteur_courant(), critere, texte)
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("Le critère est enregistré.", "succes")
            return _vers(campagne)
    return page("grille_critere.html", campagne, form, critere=critere, grille=choisie)
