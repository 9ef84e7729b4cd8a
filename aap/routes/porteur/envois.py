"""Uploads by pieces, for the pages that have scripts."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.models import Televersement
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import televersement as service


def _etat(t: Televersement) -> ResponseReturnValue:
    return jsonify(
        id=t.id, morceau=t.morceau, nombre=t.nombre, recus=sorted(service.recus(t)), nom=t.nom
    )


@bp.post("/envois")
@garde("televersement.commencer")
def commencer_envoi() -> ResponseReturnValue:
    """Announce a file: JSON {nom, taille, empreinte}; answers what is already there."""
    lu = request.get_json(silent=True)
    lu = lu if isinstance(lu, dict) else {}
    nom, taille, empreinte = lu.get("nom"), lu.get("taille"), lu.get("empreinte")
    if not isinstance(nom, str) or not isinstance(taille, int) or not isinstance(empreinte, str):
        raise Invalide("L’annonce du fichier est illisible. Rechargez la page, puis recommencez.")
    return _etat(service.commencer(acteur_courant(), nom, taille, empreinte))


@bp.get("/envois/<int:televersement_id>")
@garde("televersement.continuer", Televersement)
def suivre_envoi(televersement: Televersement) -> ResponseReturnValue:
    return _etat(televersement)


@bp.post("/envois/<int:televersement_id>/morceaux/<int:rang>")
@garde("televersement.continuer", Televersement)
def recevoir_morceau(televersement: Televersement, rang: int) -> ResponseReturnValue:
    service.recevoir(acteur_courant(), televersement, rang, request.get_data())
    return jsonify(rang=rang)


@bp.post("/envois/<int:televersement_id>/abandon")
@garde("televersement.continuer", Televersement)
def abandonner_envoi(televersement: Televersement) -> ResponseReturnValue:
    service.abandonner(acteur_courant(), televersement)
    return jsonify(abandonne=True)
