"""Home of the porteur."""

from __future__ import annotations

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from aap.domaine.calendrier import temps_restant
from aap.domaine.horloge import maintenant
from aap.requetes import porteur as lire
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp


@bp.get("/")
@garde("porteur.accueil")
def accueil() -> ResponseReturnValue:
    """Organismes, drafts to go on with, open calls, what is expected; ``?organisme=``: of one."""
    page = lire.accueil(acteur_courant(), request.args.get("organisme", type=int))
    restant = {c.id: temps_restant(c.cloture_le, maintenant()) for c in page.campagnes}
    return render_template("porteur/accueil.html", page=page, restant=restant)


@bp.get("/jeton")
@garde("porteur.accueil")
def jeton() -> ResponseReturnValue:
    """A fresh form token, for a page left open while its session was renewed elsewhere."""
    return jsonify(jeton=generate_csrf(), utilisateur=acteur_courant().utilisateur_id)
