"""The application with two bare views beside: the floors that pages are compared with."""

from __future__ import annotations

from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, case, func, select, text

from aap import create_app
from aap.extensions import csrf, db
from aap.models import (
    Convention,
    Dossier,
    Enveloppe,
    Financement,
    Financeur,
    MontantScenario,
    Tranche,
)
from aap.permissions import regle, selon
from aap.permissions.socle import REGLES
from aap.requetes import memoire_tableau
from aap.routes.garde import garde

TABLE = """<!doctype html><title>Plancher</title><table>{% for d in lignes %}<tr>
<td>{{ d.numero }}</td><td>{{ d.intitule }}</td><td>{{ d.etat.value }}</td>
<td>{{ d.montant_demande }}</td></tr>{% endfor %}</table>"""


GRILLE = """<!doctype html><title>Plancher</title><table>
{% for numero, intitule, champs in rangees %}<tr><th>{{ numero }}</th><td>{{ intitule }}</td>
{% for _, ligne, enveloppe, montant in champs %}<td>
<input name="m-{{ ligne }}-{{ enveloppe }}" value="{{ montant or '' }}"></td>{% endfor %}</tr>
{% endfor %}</table>"""


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
def plancher_tableau() -> ResponseReturnValue:
    """The rows of a board, bare: each dossier, and a field per line and enveloppe of its funder."""
    rangees: dict[int, tuple[str, str, list[Row[int, int, int, int | None]]]] = {
        cle: (numero, intitule, [])
        for cle, numero, intitule in db.session.execute(
            select(Dossier.id, Dossier.numero, Dossier.intitule).order_by(Dossier.id)
        )
    }
    for ligne in db.session.execute(
        select(
            Financement.dossier_id,
            Financement.id,
            Enveloppe.id,
            case((MontantScenario.enveloppe_id == Enveloppe.id, MontantScenario.montant)),
        )
        .join(Enveloppe, Enveloppe.financeur_id == Financement.financeur_id)
        .outerjoin(MontantScenario, MontantScenario.financement_id == Financement.id)
        .order_by(Enveloppe.id)
    ):
        rangees[ligne[0]][2].append(ligne)
    return render_template_string(GRILLE, rangees=rangees.values())


TABLE_CPO = """<!doctype html><title>Plancher</title><table>{% for l in lignes %}<tr>
{% for v in l %}<td>{{ v }}</td>{% endfor %}</tr>{% endfor %}</table>"""


@garde("mesure.plancher")
def plancher_cpo() -> ResponseReturnValue:
    """What any dashboard of the CPO rates adds up: by year and type, then by funder."""
    mesures = (Convention.type, func.count(), func.sum(Tranche.montant))
    jointes = select(Tranche.exercice, *mesures).join(Convention)
    annees = db.session.execute(jointes.group_by(Tranche.exercice, Convention.type)).all()
    derniere = db.session.scalar(select(func.max(Tranche.exercice)))
    par_financeur = (
        select(Financeur.nom, *mesures)
        .select_from(Tranche)
        .join(Convention)
        .join(Financeur)
        .where(Tranche.exercice == (derniere or 0) - 2)
        .group_by(Financeur.nom, Convention.type)
    )
    lignes = [*annees, *db.session.execute(par_financeur).all()]
    return render_template_string(TABLE_CPO, lignes=lignes)


@garde("mesure.plancher")
def ecriture() -> ResponseReturnValue:
    """One row updated and committed: the floor of an autosave."""
    db.session.execute(
        text("UPDATE reponse SET valeur = :v WHERE dossier_id = :d AND champ = 'objectifs'"),
        {"v": request.get_data(as_text=True)[:200], "d": int(request.args["dossier"])},
    )
    return {"fait": True}


@garde("mesure.plancher")
def oubli() -> ResponseReturnValue:
    """What the process keeps of the boards is forgotten: the next page is made from nothing."""
    memoire_tableau.oublier()
    return {"fait": True}


def creer() -> Flask:
    """The measured application (never the production one)."""
    app = create_app()
    app.add_url_rule("/plancher", view_func=plancher)
    app.add_url_rule("/plancher/tableau", view_func=plancher_tableau)
    app.add_url_rule("/plancher/cpo", view_func=plancher_cpo)
    app.add_url_rule("/plancher/oubli", view_func=oubli)
    app.add_url_rule("/plancher/ecriture", view_func=ecriture, methods=["POST"])
    csrf.exempt(ecriture)
    return app
