"""The guard of every view: right, object, and the one commit of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import abort, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from aap.domaine.erreurs import Introuvable
from aap.extensions import db
from aap.permissions import ANONYME, Acteur, exiger
from aap.requetes.objet import objet
from aap.saisie_gardee import sceller
from forms.compte import FormulaireConnexion

Vue = Callable[..., ResponseReturnValue]
METHODES_SURES = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Declaration:
    """What a route declares: ``acte`` None means public."""

    acte: str | None
    modele: type[Any] | None = None
    parametre: str = ""


def acteur_courant() -> Acteur:
    """The person of this request, with her rights (ANONYME when not signed in)."""
    if not current_user.is_authenticated:
        return ANONYME
    acteur: Acteur = current_user.acteur
    return acteur


def attend_du_json() -> bool:
    """Does the caller read JSON (autosave, live totals) rather than a page?"""
    meilleur = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return meilleur == "application/json" or request.is_json


def demander_connexion() -> ResponseReturnValue:
    """Send an anonymous visitor to sign in, and bring her back afterwards."""
    if attend_du_json():
        reponse = jsonify(
            titre="Votre session est terminée",
            message="Reconnectez-vous pour continuer. Ce que vous avez saisi reste à l’écran.",
        )
        return reponse, 401
    saisie = "" if request.method in METHODES_SURES else sceller()
    if saisie:
        form = FormulaireConnexion(formdata=None, saisie=saisie)
        page = render_template("compte/connexion.html", form=form, erreurs=[], gardee=True)
        return page, 401
    suite = request.full_path.rstrip("?") if request.method in METHODES_SURES else ""
    return redirect(url_for("compte.connexion", suite=suite or None), 303)


def _valider(reponse: ResponseReturnValue) -> ResponseReturnValue:
    """One commit per request, inside the error-handled part.

    A reading request ends by COMMIT too, though it wrote nothing: psycopg forgets its prepared
    statements at each ROLLBACK, and planning them again costs more than running them.
    """
    en_cours = db.session.new or db.session.dirty or db.session.deleted
    if request.method not in METHODES_SURES or not en_cours:
        db.session.commit()
    return reponse


def publique(vue: Vue) -> Vue:
    """A page that anybody may read (or a form that anybody may send)."""

    @wraps(vue)
    def enveloppe(**arguments: Any) -> ResponseReturnValue:
        return _valider(vue(**arguments))

    enveloppe.garde = Declaration(None)  # type: ignore[attr-defined]
    return enveloppe


def garde(
    acte: str, modele: type[Any] | None = None, *, parametre: str | None = None
) -> Callable[[Vue], Vue]:
    """Require ``acte``; with ``modele``, load ``<table>_id`` and pass it as ``<table>``.

    Anonymous: sign-in page (401 in JSON). Unknown object: 404. Refusal: 403 with its reason.
    """
    nom = getattr(modele, "__tablename__", "")
    cle = parametre or (f"{nom}_id" if nom else "")

    def decorer(vue: Vue) -> Vue:
        @wraps(vue)
        def enveloppe(**arguments: Any) -> ResponseReturnValue:
            acteur = acteur_courant()
            if acteur.utilisateur_id is None:
                return demander_connexion()
            objet = None
            if modele is not None:
                objet = _charger(modele, arguments.pop(cle))
                arguments[nom] = g.objet = objet  # the pages say when it is a sandbox
            exiger(acteur, acte, objet)
            return _valider(vue(**arguments))

        enveloppe.garde = Declaration(acte, modele, cle)  # type: ignore[attr-defined]
        return enveloppe

    return decorer


def _charger(modele: type[Any], cle: Any) -> Any:
    if not isinstance(cle, int):
        abort(404)
    if cle > 2**31 - 1:
        raise Introuvable("Cette page n’existe pas.")
    trouve = objet(modele, cle)
    if trouve is None:
        raise Introuvable(
            "Cette page n’existe pas, ou n’existe plus.",
            "Vérifiez l’adresse, ou revenez à l’accueil.",
        )
    return trouve
