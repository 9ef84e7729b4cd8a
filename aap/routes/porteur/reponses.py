"""Autosave: one field at a time, as JSON."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import maintenant
from aap.domaine.questionnaire import QUESTIONS, lire
from aap.filtres import heure, moment
from aap.models import Dossier, Reponse
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.reponse import ReponseModifiee, enregistrer_reponse


def _corps() -> tuple[str, int]:
    """(text, version that the page showed). Raises Invalide."""
    brut: Any = request.get_json(silent=True)
    valeur = brut.get("valeur") if isinstance(brut, dict) else None
    version = brut.get("version") if isinstance(brut, dict) else None
    if not isinstance(valeur, str) or type(version) is not int or not 0 <= version < 2**31:
        raise Invalide("Ce que votre navigateur a envoyé est illisible.")
    return valeur, version


def _conseil(champ: str, reponse: Reponse) -> str | None:
    try:
        lire(QUESTIONS[champ], reponse.valeur)
    except ValueError as erreur:
        return str(erreur)
    return None


@bp.post("/dossiers/<int:dossier_id>/reponses/<champ>")
@garde("dossier.rediger", Dossier)
def enregistrer_champ(dossier: Dossier, champ: str) -> ResponseReturnValue:
    """Keep the text; 409 with the other text when somebody else wrote meanwhile."""
    valeur, version = _corps()
    try:
        reponse = enregistrer_reponse(acteur_courant(), dossier, champ, valeur, version=version)
    except ReponseModifiee as conflit:
        return jsonify(
            conflit=True,
            message="Cette réponse a été modifiée ailleurs pendant que vous écriviez.",
            auteur=conflit.auteur,
            quand=moment(conflit.actuelle.modifie_le),
            autre=conflit.actuelle.valeur,
            version=conflit.actuelle.version,
        ), 409
    return jsonify(
        version=reponse.version,
        message=f"Enregistré à {heure(maintenant())}",
        conseil=_conseil(champ, reponse),
    )
