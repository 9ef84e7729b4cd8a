"""The public explorer; addresses hold codes, so that they can be shared."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Contrat
from aap.requetes import explorateur as lire
from aap.requetes.appels import appels_publics, prend_des_propositions
from aap.requetes.recherche_contrat import RESULTATS_MAX, chercher
from aap.routes.garde import publique
from aap.routes.public import bp

GABARITS = "public/explorateur"


def _contrat(code: str) -> Contrat:
    contrat = lire.trouver_contrat(code)
    if contrat is None:
        abort(404)
    return contrat


@bp.get("/")
@publique
def accueil() -> ResponseReturnValue:
    """Open calls and the contracts of this installation."""
    return render_template(
        "public/accueil.html", contrats=lire.lister_contrats(), appels=appels_publics()
    )


@bp.get("/contrats/<contrat_code>/")
@publique
def contrat(contrat_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    recherche = request.args.get("q", "")[:200]
    orientations = lire.arbre(contrat)
    return render_template(
        f"{GABARITS}/contrat.html",
        contrat=contrat,
        recherche=recherche,
        trouvailles=chercher(contrat, recherche, orientations) if recherche.strip() else None,
        limite=RESULTATS_MAX,
        orientations=orientations,
        communes=lire.lister_communes(contrat),
    )


@bp.get("/contrats/<contrat_code>/orientations/<orientation_code>")
@publique
def orientation(contrat_code: str, orientation_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    orientation = lire.trouver_orientation(contrat, orientation_code)
    if orientation is None:
        abort(404)
    return render_template(
        f"{GABARITS}/orientation.html",
        contrat=contrat,
        orientation=orientation,
        themes=lire.themes_de(orientation),
        notes=lire.notes_de(contrat, orientation),
    )


@bp.get("/contrats/<contrat_code>/quartiers")
@publique
def quartiers(contrat_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    filtres = {k: request.args.get(k, "")[:200] for k in ("commune", "secteur", "recherche")}
    return render_template(
        f"{GABARITS}/quartiers.html",
        contrat=contrat,
        filtres_actifs=filtres,
        quartiers=lire.lister_quartiers(contrat, **filtres),
        communes=lire.lister_communes(contrat),
        secteurs=lire.lister_secteurs(contrat),
    )


@bp.get("/contrats/<contrat_code>/quartiers/<quartier_code>")
@publique
def quartier(contrat_code: str, quartier_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    page = lire.page_quartier(contrat, quartier_code)
    if page is None:
        abort(404)
    return render_template(
        f"{GABARITS}/quartier.html",
        contrat=contrat,
        page=page,
        ouvert=prend_des_propositions(contrat),
    )


@bp.get("/contrats/<contrat_code>/communes/<commune_code>")
@publique
def commune(contrat_code: str, commune_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    page = lire.page_commune(contrat, commune_code)
    if page is None:
        abort(404)
    commune, fiches, sections = page
    return render_template(
        f"{GABARITS}/commune.html",
        contrat=contrat,
        commune=commune,
        fiches=fiches,
        sections=sections,
    )


@bp.get("/contrats/<contrat_code>/financeurs")
@publique
def financeurs(contrat_code: str) -> ResponseReturnValue:
    contrat = _contrat(contrat_code)
    return render_template(
        f"{GABARITS}/financeurs.html",
        contrat=contrat,
        financeurs=lire.lister_financeurs(contrat),
    )


@bp.get("/quartiers")
@publique
def raccourci_quartiers() -> ResponseReturnValue:
    """Short address: the quartiers of the only contrat, or the list of contrats."""
    contrats = lire.lister_contrats()
    if len(contrats) == 1:
        return redirect(url_for("public.quartiers", contrat_code=contrats[0].code))
    return redirect(url_for("public.accueil"))
