"""The lists given out as CSV or XLSX with the filters of the page; sums asked back, as a list."""

from __future__ import annotations

from tempfile import TemporaryFile

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from aap.domaine.horloge import aujourdhui
from aap.exports.classeur import Table, ecrire_csv, ecrire_xlsx
from aap.exports.finances import table_conventions, table_titres, table_versements
from aap.requetes.exports_finance import (
    TITRES,
    lire_conventions,
    lire_titres,
    lire_versements,
    liste_titres,
)
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde

GENRES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def envoyer(table: Table, forme: str) -> ResponseReturnValue:
    """The file is written on the disk first: bounded memory, and no answer cut by a fault."""
    fichier = TemporaryFile()  # noqa: SIM115 – closed by the answer once it is sent
    (ecrire_csv if forme == "csv" else ecrire_xlsx)(fichier, table)
    fichier.seek(0)
    nom = f"{table.nom.lower()}-{aujourdhui().isoformat()}.{forme}"
    reponse = send_file(fichier, mimetype=GENRES[forme], as_attachment=True, download_name=nom)
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse


@bp.get("/conventions.<any(csv,xlsx):forme>")
@garde("finance.conventions")
def exporter_conventions(forme: str) -> ResponseReturnValue:
    lues = lire_conventions(acteur_courant(), lire_filtres(request.args))
    return envoyer(table_conventions(lues, aujourdhui()), forme)


@bp.get("/versements.<any(csv,xlsx):forme>")
@garde("finance.versements")
def exporter_versements(forme: str) -> ResponseReturnValue:
    lues = lire_versements(acteur_courant(), lire_filtres(request.args))
    return envoyer(table_versements(lues, aujourdhui()), forme)


@bp.get("/reversements")
@garde("finance.bilans")
def titres() -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    return render_template(
        "finance/titres.html",
        filtres=filtres,
        liste=liste_titres(acteur, filtres),
        etats=TITRES,
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
    )


@bp.get("/reversements.<any(csv,xlsx):forme>")
@garde("finance.bilans")
def exporter_titres(forme: str) -> ResponseReturnValue:
    lues = lire_titres(acteur_courant(), lire_filtres(request.args))
    return envoyer(table_titres(lues, aujourdhui()), forme)
