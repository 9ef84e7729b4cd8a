"""Scenarios of a campaign: list, creation, comparison, card, freezing, promotion."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import ErreurMetier, Invalide
from aap.domaine.partages import Partage
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Campagne, OrigineScenario, Scenario, Seance
from aap.permissions import may
from aap.requetes.enonce import Choix
from aap.requetes.lecture_objets import lire
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.scenarios import (
    COMPARES_MAX,
    comparer,
    liste_scenarios,
    scenarios_de,
    seances_ouvertes,
)
from aap.routes.copil import bp
from aap.routes.copil.accueil import page_formulaire, vers_seance
from aap.routes.garde import acteur_courant, garde
from aap.services.promotion import figer_scenario, promouvoir_scenario
from aap.services.proposition import arreter_calcul, creer_partage, relancer_calcul
from aap.services.scenario import creer_scenario, modifier_scenario, supprimer_scenario
from forms.base import FormulaireVersionne
from forms.champs import SelectChoice
from forms.scenario import (
    CopierScenarioForm,
    CreerScenarioForm,
    NomScenarioForm,
    RetenirScenarioForm,
)
from forms.seance import lire_ids

PARTAGES = {p.value for p in Partage}


def vers_scenario(scenario: Scenario) -> ResponseReturnValue:
    return redirect(url_for("copil.scenario", scenario_id=scenario.id), 303)


def vers_liste(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("copil.scenarios", campagne_id=campagne.id), 303)


def peut_modifier(campagne: Campagne) -> bool:
    return bool(may(acteur_courant(), "campagne.tenir_seance", campagne))


@bp.get("/campagnes/<int:campagne_id>/scenarios")
@garde("campagne.voir_scenarios", Campagne)
def scenarios(campagne: Campagne) -> ResponseReturnValue:
    tableau = lire_tableau(campagne, acteur_courant())
    return render_template(
        "copil/scenarios/liste.html",
        campagne=campagne,
        lignes=liste_scenarios(campagne, tableau),
        tableau=tableau,
        ecrit=peut_modifier(campagne),
        maximum=COMPARES_MAX,
    )


@bp.route("/campagnes/<int:campagne_id>/scenarios/nouveau", methods=["GET", "POST"])
@garde("campagne.tenir_seance", Campagne)
def nouveau_scenario(campagne: Campagne) -> ResponseReturnValue:
    form = CreerScenarioForm()
    if form.validate_on_submit():
        try:
            scenario = _creer(campagne, form)
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash(f"Le scénario « {scenario.nom} » est créé.", "succes")
            return vers_scenario(scenario)
    return page_formulaire("copil/scenarios/nouveau.html", form, campagne=campagne)


def _creer(campagne: Campagne, form: CreerScenarioForm) -> Scenario:
    acteur, nom, origine = acteur_courant(), form.nom.data or "", form.origine.data
    if origine in PARTAGES:
        choix = Choix.par_defaut(campagne)
        return creer_partage(acteur, campagne, nom, Partage(origine), choix)
    return creer_scenario(acteur, campagne, nom, OrigineScenario(origine))


@bp.get("/campagnes/<int:campagne_id>/scenarios/comparer")
@garde("campagne.voir_scenarios", Campagne)
def comparer_scenarios(campagne: Campagne) -> ResponseReturnValue:
    ids = lire_ids(request.args.getlist("s"))
    par_id = {s.id: s for s in scenarios_de(campagne)}
    choisis = [par_id[i] for i in dict.fromkeys(ids) if i in par_id]
    if not 2 <= len(choisis) <= COMPARES_MAX:
        flash(f"Cochez deux scénarios à comparer, {COMPARES_MAX} au plus.", "info")
        return vers_liste(campagne)
    return render_template(
        "copil/scenarios/comparer.html",
        campagne=campagne,
        c=comparer(campagne, lire_tableau(campagne, acteur_courant()), choisis),
        tout=request.args.get("tout") == "1",
    )


@bp.route("/scenarios/<int:scenario_id>/modifier", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def nommer_scenario(scenario: Scenario) -> ResponseReturnValue:
    form = NomScenarioForm(obj=scenario)
    if form.validate_on_submit():
        try:
            modifier_scenario(
                acteur_courant(),
                scenario,
                form.nom.data or "",
                form.commentaire.data or "",
                version=form.version_lue(),
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash("Le nom et le commentaire sont enregistrés.", "succes")
            return vers_scenario(scenario)
    return page_formulaire("copil/scenarios/nommer.html", form, scenario=scenario)


@bp.route("/scenarios/<int:scenario_id>/copier", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def copier_scenario(scenario: Scenario) -> ResponseReturnValue:
    form = CopierScenarioForm(data={"nom": f"{scenario.nom[:110]} (copie)"})
    if form.validate_on_submit():
        try:
            copie = creer_scenario(
                acteur_courant(),
                scenario.campagne,
                form.nom.data or "",
                OrigineScenario.COPIE,
                modele=scenario,
                commentaire=scenario.commentaire,
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash(f"Vous êtes sur la copie, « {copie.nom} ».", "succes")
            return vers_scenario(copie)
    return page_formulaire("copil/scenarios/copier.html", form, scenario=scenario)


@bp.route("/scenarios/<int:scenario_id>/figer", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def figer(scenario: Scenario) -> ResponseReturnValue:
    form = FormulaireVersionne(obj=scenario)
    if form.validate_on_submit():
        figer_scenario(acteur_courant(), scenario, version=form.version_lue())
        flash("Le scénario est figé : ses montants ne changeront plus.", "succes")
        return vers_scenario(scenario)
    return page_formulaire("copil/scenarios/figer.html", form, scenario=scenario)


@bp.route("/scenarios/<int:scenario_id>/supprimer", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def supprimer(scenario: Scenario) -> ResponseReturnValue:
    form, campagne = FormulaireVersionne(obj=scenario), scenario.campagne
    if form.validate_on_submit():
        nom = scenario.nom
        supprimer_scenario(acteur_courant(), scenario, version=form.version_lue())
        flash(f"Le scénario « {nom} » est supprimé.", "succes")
        return vers_liste(campagne)
    return page_formulaire("copil/scenarios/supprimer.html", form, scenario=scenario)


@bp.route("/scenarios/<int:scenario_id>/retenir", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def retenir(scenario: Scenario) -> ResponseReturnValue:
    form, campagne = RetenirScenarioForm(obj=scenario), scenario.campagne
    seances = seances_ouvertes(campagne)
    form.seance.choices = [SelectChoice("", "Choisissez")] + [
        SelectChoice(str(s.id), s.titre) for s in seances
    ]
    refus = ""
    if form.validate_on_submit():
        try:
            seance = next((s for s in seances if s.id == form.seance.data), None)
            if seance is None:
                raise Invalide("Cette séance n’est plus en préparation.")
            return _retenir(scenario, seance, form.version_lue())
        except ErreurMetier as erreur:
            db.session.rollback()
            refus = f"{erreur.message} {erreur.que_faire}".strip()
            scenario = lire(Scenario, scenario.id) or scenario
    return page_formulaire(
        "copil/scenarios/retenir.html", form, scenario=scenario, seances=seances, refus=refus
    )


def _retenir(scenario: Scenario, seance: Seance, version: int) -> ResponseReturnValue:
    nouveaux = promouvoir_scenario(acteur_courant(), scenario, seance, version=version)
    suite = (
        f" {accorder(nouveaux, 'dossier ajouté', 'dossiers ajoutés')} à l’ordre du jour."
        if nouveaux
        else ""
    )
    flash(f"Les montants du scénario sont ceux de la séance.{suite}", "succes")
    return vers_seance(seance)


@bp.post("/scenarios/<int:scenario_id>/arreter")
@garde("scenario.calculer", Scenario)
def arreter(scenario: Scenario) -> ResponseReturnValue:
    arreter_calcul(acteur_courant(), scenario)
    flash("Le calcul va s’arrêter et garder la meilleure répartition trouvée.", "info")
    return vers_scenario(scenario)


@bp.post("/scenarios/<int:scenario_id>/recalculer")
@garde("scenario.calculer", Scenario)
def recalculer(scenario: Scenario) -> ResponseReturnValue:
    relancer_calcul(acteur_courant(), scenario)
    flash("Le calcul est demandé de nouveau.", "succes")
    return vers_scenario(scenario)
