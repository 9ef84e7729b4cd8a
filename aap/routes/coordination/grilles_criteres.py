"""What is inside a grid: criteria, weights, order."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from aap.domaine.calculs import REGLES_CALCUL, regle_de
from aap.domaine.erreurs import Introuvable, Invalide, Probleme
from aap.models import Critere, Grille, ModeCritere, TypeFinanceur
from aap.routes.coordination import bp
from aap.routes.coordination.commun import refuser
from aap.routes.coordination.grilles_editeur import page_grille, vers_grille
from aap.routes.garde import acteur_courant, garde
from aap.services import critere as service
from forms.base import Formulaire
from forms.champs import SelectChoice
from forms.grille import FormulaireCritere, formulaire_poids


def _valeurs_poids(grille: Grille) -> dict[str, Any]:
    valeurs: dict[str, Any] = {}
    for c in grille.criteres:
        valeurs |= {
            f"poids_{c.id}": c.poids,
            f"seuil_{c.id}": c.eliminatoire_sous,
            f"sans_objet_{c.id}": c.sans_objet_permis,
        }
    return valeurs


@bp.route("/grilles/<int:grille_id>/poids", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def poids_grille(grille: Grille) -> ResponseReturnValue:
    """Weights, thresholds, « sans objet » of every criterion at once."""
    classe = formulaire_poids([(c.id, c.libelle) for c in grille.criteres])
    form = classe(data=_valeurs_poids(grille))
    if form.validate_on_submit():
        voulus = {
            c.id: service.ReglageCritere(
                form[f"poids_{c.id}"].data,
                form[f"seuil_{c.id}"].data,
                form[f"sans_objet_{c.id}"].data,
            )
            for c in grille.criteres
        }
        try:
            service.regler_criteres(acteur_courant(), grille, voulus)
        except Invalide as erreur:
            situes = [Probleme(p.message, p.champ.replace("-", "_")) for p in erreur.problemes]
            refuser(form, Invalide(erreur.message, situes))
        else:
            flash("Les poids sont enregistrés.", "succes")
            return vers_grille(grille)
    return page_grille("poids.html", grille, form)


def _formulaire(critere: Critere | None = None) -> FormulaireCritere:
    valeurs: dict[str, Any] = {}
    if critere is not None:
        regle = regle_de(critere.code) if critere.mode is ModeCritere.CALCULE else None
        valeurs = {
            "libelle": critere.libelle,
            "aide": critere.aide,
            "code": critere.code,
            "mode": regle.cle if regle else "",
            "reserve_a": list(critere.reserve_a),
            **{f"ancre_{i}": texte for i, texte in enumerate(critere.ancres)},
        }
    form = FormulaireCritere(data=valeurs)
    form.mode.choices = [SelectChoice("", "Apprécié par les évaluateurs")] + [
        SelectChoice(r.cle, f"Calculé : {r.libelle.lower()}") for r in REGLES_CALCUL.values()
    ]
    form.reserve_a.choices = [SelectChoice(t.value, t.libelle) for t in TypeFinanceur]
    return form


def _saisie(form: FormulaireCritere) -> service.SaisieCritere:
    return service.SaisieCritere(
        libelle=form.libelle.data,
        aide=form.aide.data or "",
        ancres=tuple(form[f"ancre_{i}"].data for i in range(5)),
        code=form.code.data or "",
        regle=form.mode.data or "",
        reserve_a=tuple(form.reserve_a.data or ()),
    )


@bp.route("/grilles/<int:grille_id>/nouveau-critere", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def nouveau_critere(grille: Grille) -> ResponseReturnValue:
    form = _formulaire()
    if form.validate_on_submit():
        try:
            service.ajouter_critere(acteur_courant(), grille, _saisie(form))
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash(
                "Le critère est ajouté, avec un poids de 1 : réglez maintenant les poids.", "succes"
            )
            return vers_grille(grille)
    return page_grille("critere.html", grille, form, critere=None, regles=REGLES_CALCUL)


def critere_de(grille: Grille, code: str) -> Critere:
    for c in grille.criteres:
        if c.code == code:
            return c
    raise Introuvable("Ce critère n’existe pas, ou plus, dans cette grille.")


@bp.route("/grilles/<int:grille_id>/criteres/<code>", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def critere_grille(grille: Grille, code: str) -> ResponseReturnValue:
    """Words of one criterion and of its five values."""
    critere = critere_de(grille, code)
    form = _formulaire(critere)
    if form.validate_on_submit():
        try:
            service.ecrire_critere(acteur_courant(), critere, _saisie(form))
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("Le critère est enregistré.", "succes")
            return vers_grille(grille)
    return page_grille("critere.html", grille, form, critere=critere, regles=REGLES_CALCUL)


@bp.post("/grilles/<int:grille_id>/criteres/<code>/ordre")
@garde("grille.modifier", Grille)
def deplacer_critere(grille: Grille, code: str) -> ResponseReturnValue:
    """One place up (``sens=monter``) or down."""
    critere = critere_de(grille, code)
    service.deplacer_critere(acteur_courant(), critere, request.form.get("sens") == "monter")
    return vers_grille(grille)


@bp.route("/grilles/<int:grille_id>/criteres/<code>/suppression", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def supprimer_critere(grille: Grille, code: str) -> ResponseReturnValue:
    """Asked on its own page."""
    critere = critere_de(grille, code)
    form = Formulaire()
    if form.validate_on_submit():
        service.supprimer_critere(acteur_courant(), critere)
        flash("Le critère est supprimé. Réglez maintenant les poids.", "succes")
        return vers_grille(grille)
    return page_grille("critere_suppression.html", grille, form, critere=critere)
