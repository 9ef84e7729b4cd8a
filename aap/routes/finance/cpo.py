"""The CPO rate: two readings, their formula, the acts behind each figure."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from aap.domaine.cpo import FiltreCpo
from aap.models import RoleHabilitation
from aap.permissions import may
from aap.requetes.finance import choix_financeurs, lire_filtres
from aap.requetes.taux_cpo import vue_cpo
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde

# box of the page -> what it keeps in the denominator
CASES = ("arretes", "autres", "pre", "ete")


def lire_filtre() -> FiltreCpo:
    """First visit: the default of the house; afterwards, the boxes that are ticked."""
    if "filtre" not in request.args:
        return FiltreCpo()
    coche = {c for c in CASES if request.args.get(c)}
    exclus = {"pre": "pre", "ete": "quartiers_ete"}
    return FiltreCpo(
        associations_seulement="autres" not in coche,
        sans_dispositifs=frozenset(d for c, d in exclus.items() if c not in coche),
        conventions_seulement="arretes" not in coche,
    )


@bp.get("/cpo")
@garde("finance.cpo")
def cpo() -> ResponseReturnValue:
    acteur = acteur_courant()
    f = lire_filtres(request.args)
    vue = vue_cpo(acteur, lire_filtre(), f.exercice, f.financeur)
    coordonne = acteur.est(RoleHabilitation.COORDINATEUR)
    miens = {x.nom for x in choix_financeurs(acteur)}
    return render_template(
        "finance/cpo.html",
        vue=vue,
        filtres=f,
        objectif=vue.objectif,
        gere=bool(may(acteur, "finance.accueil")),
        ouvrables={x.convention_id for x in vue.lignes if coordonne or x.acte.financeur in miens},
    )
