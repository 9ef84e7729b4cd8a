"""Signing in again without leaving the page that is being written (JSON)."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from aap.authentification import adresse_visiteur, appareil_connu, connecter
from aap.domaine.erreurs import Invalide
from aap.routes.compte import bp
from aap.routes.compte.connexion import refus
from aap.routes.garde import acteur_courant, publique
from aap.services.session import verifier_identifiants

AUTRE = (
    "Ce compte n’est pas celui qui écrivait cette page. Personne n’a été connecté : les réponses "
    "restent gardées sur cet appareil, pour la personne qui les a écrites. Utilisez son compte, "
    "ou ouvrez l’accueil pour entrer avec le vôtre."
)


@bp.get("/connexion/sur-place")
@publique
def jeton_sur_place() -> ResponseReturnValue:
    """The token that the sign-in form of a page left open needs."""
    return jsonify(jeton=generate_csrf())


def _corps() -> tuple[str, str, int]:
    """(address, password, id of the person who was writing). Raises Invalide."""
    brut: Any = request.get_json(silent=True)
    brut = brut if isinstance(brut, dict) else {}
    courriel, passe, attendu = (brut.get(c) for c in ("courriel", "mot_de_passe", "utilisateur"))
    if not (isinstance(courriel, str) and isinstance(passe, str) and type(attendu) is int):
        raise Invalide("Ce que votre navigateur a envoyé est illisible.")
    return courriel[:254], passe[:1000], attendu


@bp.post("/connexion/sur-place")
@publique
def connexion_sur_place() -> ResponseReturnValue:
    """Open a session for the person who was writing, for nobody else (409).

    A page shown to one person is never continued under the account of another.
    """
    courriel, passe, attendu = _corps()
    verdict = verifier_identifiants(
        acteur_courant(),
        courriel,
        passe,
        adresse=adresse_visiteur(),
        appareil=appareil_connu(courriel),
    )
    if verdict.utilisateur is None or not verdict.ouverte:
        message, code = refus(verdict)
        return jsonify(message=message), code, {"Retry-After": "60"} if code == 429 else {}
    if verdict.utilisateur.id != attendu:
        return jsonify(message=AUTRE), 409
    connecter(acteur_courant(), verdict.utilisateur)
    return jsonify(jeton=generate_csrf())
