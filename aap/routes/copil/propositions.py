"""Ask for a proposal, on one page, in plain words."""

from __future__ import annotations

from fractions import Fraction

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Campagne
from aap.requetes.enonce import AXES, BorneChoisie, Choix
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.scenarios import scenarios_de
from aap.requetes.tableau import Tableau
from aap.routes.copil import bp
from aap.routes.copil.scenarios import vers_scenario
from aap.routes.garde import acteur_courant, garde
from aap.services.proposition import demander_proposition
from forms.champs import SelectChoice
from forms.scenario import PropositionForm

LIGNES_VIDES = 3


@bp.route("/campagnes/<int:campagne_id>/proposition", methods=["GET", "POST"])
@garde("campagne.tenir_seance", Campagne)
def proposition(campagne: Campagne) -> ResponseReturnValue:
    form = PropositionForm(data=None if request.form else _depart(campagne))
    tableau = lire_tableau(campagne, acteur_courant())
    scenarios = scenarios_de(campagne)
    _garnir(form, tableau, {s.id: s.nom for s in scenarios})
    if "ajouter" in request.form:
        form.bornes.append_entry()
        _garnir(form, tableau, {s.id: s.nom for s in scenarios})
        return _rendre(campagne, form, tableau), 200
    if form.validate_on_submit():
        try:
            scenario = demander_proposition(
                acteur_courant(),
                campagne,
                form.nom.data or "",
                _choix(form),
                modele=next((s for s in scenarios if s.id == form.modele.data), None),
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Le calcul est demandé : cette page se met à jour toute seule.", "succes")
            return vers_scenario(scenario)
    return _rendre(campagne, form, tableau), 422 if form.is_submitted() else 200


def _rendre(campagne: Campagne, form: PropositionForm, tableau: Tableau) -> str:
    return render_template(
        "copil/scenarios/proposition.html",
        campagne=campagne,
        form=form,
        erreurs=form.problemes(),
        tableau=tableau,
    )


def _depart(campagne: Campagne) -> dict[str, object]:
    """The rules of the campaign, and a few empty limits."""
    choix = Choix.par_defaut(campagne)
    return {
        "nom": "Proposition calculée",
        "part_minimale": Fraction(choix.part_minimale, 1000),
        "part_budget": Fraction(choix.part_budget or 0, 1000),
        "selon_avis": choix.selon_avis,
        "ecartes_exclus": choix.ecartes_exclus,
        "bornes": [{} for _ in range(LIGNES_VIDES)],
    }


def _garnir(form: PropositionForm, tableau: Tableau, modeles: dict[int, str]) -> None:
    form.modele.choices = [SelectChoice("", "Aucun scénario")] + [
        SelectChoice(str(cle), nom) for cle, nom in modeles.items()
    ]
    lieux = [
        SelectChoice(f"{axe}:{valeur}", f"{nom}\u00a0: {valeur}")
        for axe, (nom, lire) in AXES.items()
        for valeur in sorted({v for r in tableau.rangees for v in lire(r)})
    ]
    for borne in form.bornes:
        borne.form.ou.choices = [SelectChoice("", "Choisissez"), *lieux]


def _choix(form: PropositionForm) -> Choix:
    """An empty line is no limit; a limit without place is told by the service."""
    bornes = []
    for borne in form.bornes:
        b = borne.form
        if b.ou.data or b.minimum.data is not None or b.maximum.data is not None:
            axe, _, valeur = (b.ou.data or "").partition(":")
            bornes.append(BorneChoisie(axe, valeur, b.minimum.data, b.maximum.data))
    return Choix(
        part_minimale=_pour_mille(form.part_minimale.data) or 0,
        part_budget=_pour_mille(form.part_budget.data),
        selon_avis=bool(form.selon_avis.data),
        part_premieres=_pour_mille(form.part_premieres.data) or 0,
        cpo_nombre=_pour_mille(form.cpo_nombre.data) or 0,
        cpo_montant=_pour_mille(form.cpo_montant.data) or 0,
        ecartes_exclus=bool(form.ecartes_exclus.data),
        bornes=tuple(bornes),
    )


def _pour_mille(part: Fraction | None) -> int | None:
    return None if part is None else int(part * 1000)
