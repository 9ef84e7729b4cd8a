"""The editor of grids: list, one grid, versions, copy, comparison, preview, removal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Introuvable, Invalide
from aap.models import Grille, TypeFinanceur
from aap.requetes import grilles as lire
from aap.routes.coordination import bp
from aap.routes.coordination.commun import refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import grille as service
from forms.base import Formulaire
from forms.grille import FormulaireCopieGrille


def page_grille(
    gabarit: str, grille: Grille, form: Formulaire | None = None, **contexte: Any
) -> ResponseReturnValue:
    """A page of one grid; 422 when its form came back refused."""
    erreurs = form.problemes() if form is not None else []
    rendu = render_template(
        f"coordination/grilles/{gabarit}", grille=grille, form=form, erreurs=erreurs, **contexte
    )
    return rendu, 422 if erreurs else 200


def vers_grille(grille: Grille) -> ResponseReturnValue:
    return redirect(url_for("coordination.voir_grille", grille_id=grille.id), 303)


@bp.get("/grilles")
@garde("coordination.accueil")
def grilles() -> ResponseReturnValue:
    """Every grid of the contrats that one coordinates, by name then version."""
    contrats, familles = lire.familles(acteur_courant())
    return render_template("coordination/grilles/liste.html", contrats=contrats, familles=familles)


@bp.get("/grilles/<int:grille_id>")
@garde("grille.voir", Grille)
def voir_grille(grille: Grille) -> ResponseReturnValue:
    return page_grille(
        "grille.html",
        grille,
        problemes=lire.problemes_de(grille),
        campagnes=lire.campagnes_de(grille),
        comparables=lire.comparables(grille),
        noms_des_types=lire.noms_des_types,
    )


@bp.post("/grilles/<int:grille_id>/version")
@garde("grille.modifier", Grille)
def versionner_grille(grille: Grille) -> ResponseReturnValue:
    copie = service.nouvelle_version(acteur_courant(), grille)
    flash(
        f"La version {copie.numero_version} est créée. Elle ne sert à aucune campagne tant que "
        "vous ne la choisissez pas.",
        "succes",
    )
    return vers_grille(copie)


@bp.route("/grilles/<int:grille_id>/copie", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def copier_grille(grille: Grille) -> ResponseReturnValue:
    """The same criteria under another name."""
    form = FormulaireCopieGrille(data={"nom": f"{grille.nom} (copie)"[:120]})
    if form.validate_on_submit():
        try:
            copie = service.dupliquer_grille(acteur_courant(), grille, form.nom.data)
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("La copie est créée.", "succes")
            return vers_grille(copie)
    return page_grille("copie.html", grille, form)


@bp.route("/grilles/<int:grille_id>/suppression", methods=["GET", "POST"])
@garde("grille.modifier", Grille)
def supprimer_grille(grille: Grille) -> ResponseReturnValue:
    """Asked on its own page; refused when the grid has been used."""
    form = Formulaire()
    if form.validate_on_submit():
        service.supprimer_grille(acteur_courant(), grille)
        flash("La grille est supprimée.", "succes")
        return redirect(url_for("coordination.grilles"), 303)
    return page_grille("suppression.html", grille, form, campagnes=lire.campagnes_de(grille))


@bp.get("/grilles/<int:grille_id>/comparer")
@garde("grille.voir", Grille)
def comparer_grilles(grille: Grille) -> ResponseReturnValue:
    """Side by side with another grid of the contrat (``avec``), by default the version before."""
    autres = lire.comparables(grille)
    choisie = next((g for g in autres if str(g.id) == request.args.get("avec")), None)
    if choisie is None and request.args.get("avec"):
        raise Introuvable("Cette grille n’existe pas dans ce contrat.")
    avant = choisie or next(iter(autres), None)
    return page_grille(
        "comparaison.html",
        grille,
        comparables=autres,
        avant=avant,
        comparaison=lire.comparer_grilles(avant, grille) if avant else None,
    )


@bp.get("/grilles/<int:grille_id>/apercu")
@garde("grille.voir", Grille)
def apercu_grille(grille: Grille) -> ResponseReturnValue:
    """The grid as an assessor will read it; nothing can be sent from here."""
    types = {t.value: t for t in TypeFinanceur}
    pour = types.get(request.args.get("pour", ""))
    return page_grille(
        "apercu.html", grille, lignes=lire.vue_evaluateur(grille, pour), types=types, pour=pour
    )
