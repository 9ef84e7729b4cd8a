"""The money of each step, by organisme, enveloppe or act, and the lines behind each figure."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from aap.domaine.horloge import aujourdhui
from aap.exports.comptes import table_comptes
from aap.requetes.comptes_argent import (
    ETAPES,
    Vue,
    comptes,
    lignes_du_compte,
    nom_du_compte,
    toutes_les_lignes,
)
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres
from aap.routes.finance import bp
from aap.routes.finance.exports import envoyer
from aap.routes.garde import acteur_courant, garde


def _vue() -> Vue:
    demandee = request.args.get("par", "")
    return next((v for v in Vue if v.value == demandee), Vue.ORGANISME)


@bp.get("/comptes")
@garde("finance.versements")
def comptes_argent() -> ResponseReturnValue:
    acteur, filtres = acteur_courant(), lire_filtres(request.args)
    return render_template(
        "finance/comptes.html",
        filtres=filtres,
        vue=_vue(),
        vues=list(Vue),
        etapes=ETAPES,
        comptes=comptes(acteur, filtres, _vue()),
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
    )


@bp.get("/comptes/lignes")
@garde("finance.versements")
def compte_lignes() -> ResponseReturnValue:
    """The lines of one group: ``cle`` is its id, absent for those that have none."""
    acteur, filtres, vue = acteur_courant(), lire_filtres(request.args), _vue()
    brut = request.args.get("cle", "")
    if brut and not (brut.isascii() and brut.isdigit() and len(brut) < 10):
        abort(404)
    cle = int(brut) if brut else None
    liste = lignes_du_compte(acteur, filtres, vue, cle)
    nom, precision = nom_du_compte(vue, cle) if liste.total else ("", "")
    if not nom:
        abort(404)
    return render_template(
        "finance/comptes_lignes.html",
        filtres=filtres,
        vue=vue,
        etapes=ETAPES,
        liste=liste,
        nom=nom,
        precision=precision,
    )


@bp.get("/comptes.<any(csv,xlsx):forme>")
@garde("finance.versements")
def exporter_comptes(forme: str) -> ResponseReturnValue:
    lues = toutes_les_lignes(acteur_courant(), lire_filtres(request.args))
    return envoyer(table_comptes(lues, aujourdhui()), forme)
