"""The application with two bare views beside: the floors that pages are compared with."""

from __future__ import annotations

from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select, text

from aap import create_app
from aap.extensions import csrf, db
from aap.models import Dossier
from aap.permissions import regle, selon
from aap.permissions.socle import REGLES
from aap.routes.garde import garde

TABLE = """<!doctype html><title>Plancher</title><table>{% for d in lignes %}<tr>
<td>{{ d.numero }}</td><td>{{ d.intitule }}</td><td>{{ d.etat.value }}</td>
<td>{{ d.montant_demande }}</td></tr>{% endfor %}</table>"""


if "mesure.plancher" not in REGLES:
    regle("mesure.plancher")(lambda acteur, _o: selon(acteur.utilisateur_id is not None, ""))


@garde("mesure.plancher")
def plancher() -> ResponseReturnValue:
    """Fifty rows (or ``?lignes=``) of the table that the lists show, in a bare page."""
    lignes = db.session.execute(
        select(Dossier.numero, Dossier.intitule, Dossier.etat, Dossier.montant_demande)
        .order_by(Dossier.id)
        .limit(min(5000, request.args.get("lignes", 50, type=int)))
    ).all()
    return render_template_string(TABLE, lignes=lignes)


@garde("mesure.plancher")
def ecriture() -> ResponseReturnValue:
    """One row updated and committed: the floor of an autosave."""
    db.session.execute(
        text("UPDATE reponse SET valeur = :v WHERE dossier_id = :d AND champ = 'objectifs'"),
        {"v": request.get_data(as_text=True)[:200], "d": int(request.args["dossier"])},
    )
    return {"fait": True}


def creer() -> Flask:
    """The measured application (never the production one)."""
    app = create_app()
    app.add_url_rule("/plancher", view_func=plancher)
    app.add_url_rule("/plancher/ecriture", view_func=ecriture, methods=["POST"])
    csrf.exempt(ecriture)
    return app
