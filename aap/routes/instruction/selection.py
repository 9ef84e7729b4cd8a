"""The list that a dossier was opened from follows it from page to page, in the address (``sel``).

So « dossier suivant » stays in the same selection after an act, and the way back leads to it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.permissions import may
from aap.requetes.filtres_dossiers import Filtres, lire_adresse
from aap.requetes.voisins import Voisins, voisins
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.actes import LIGNES_A_AVIS

PORTEURS_DE_SEL = ("dossier_id", "financement_id")


def selection_ouverte() -> Filtres | None:
    """The list this page was reached from, when the address says so."""
    brut = request.args.get("sel")
    return lire_adresse(brut) if brut else None


def adresse_liste(adresse: str) -> str:
    """Address of the list for a kept query string."""
    arguments: dict[str, Any] = dict(parse_qs(adresse))
    return url_for("instruction.liste", **(arguments or {"tri": "depot"}))


@bp.url_defaults
def _garder_la_selection(endpoint: str, valeurs: dict[str, Any]) -> None:
    ouverte = selection_ouverte() if request else None
    if ouverte is None or "sel" in valeurs:
        return
    if any(nom in valeurs for nom in PORTEURS_DE_SEL):
        valeurs["sel"] = ouverte.adresse
    elif endpoint == "instruction.liste" and not valeurs:
        valeurs.update(parse_qs(ouverte.adresse))


@bp.app_template_global()
def dossiers_voisins(dossier: Dossier) -> Voisins | None:
    """Around this dossier in the list it was opened from (1 query; None: opened by itself)."""
    ouverte = selection_ouverte()
    return None if ouverte is None else voisins(acteur_courant(), ouverte, dossier)


@bp.get("/dossiers/<int:dossier_id>/mon-avis")
@garde("dossier.examiner", Dossier)
def mon_avis(dossier: Dossier) -> ResponseReturnValue:
    """The opinion that the reader may give: of her funder; else the funders of the dossier."""
    acteur = acteur_courant()
    for ligne in dossier.financements:
        if ligne.etat in LIGNES_A_AVIS and may(acteur, "financement.rendre_avis", ligne):
            return redirect(url_for("instruction.avis_ligne", financement_id=ligne.id), 303)
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id) + "#financeurs", 303)
