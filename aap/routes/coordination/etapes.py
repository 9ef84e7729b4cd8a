"""Steps of a campaign: ready, reopening, instruction, committee, end."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.calendrier import StatutDepot
from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.models import Campagne
from aap.permissions import exiger
from aap.requetes.campagne_ouverte import statut_de
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services import campagne_etapes as service
from aap.services.transition import Bouton, boutons
from forms.campagne import FormulaireEtape, FormulaireEtapeMotif, FormulaireRouvrir
from workflows.campagne import MACHINE, EtatCampagne

# Reopening has a date of its own: its guard is only true once that date is chosen.
AVEC_DATE = "rouvrir"


@dataclass(frozen=True)
class Acte:
    """A button of the campaign's page; ``raison`` says why it cannot be done now."""

    libelle: str
    url: str
    aide: str
    danger: bool
    raison: str = ""


def actes_possibles(campagne: Campagne) -> list[Acte]:
    """What the coordination may do now, from the same table that accepts the click."""
    return [
        _acte(campagne, b)
        for b in boutons(acteur_courant(), campagne)
        if b.transition.declencheur in (*service.ETAPES, AVEC_DATE)
    ]


def _acte(campagne: Campagne, bouton: Bouton) -> Acte:
    t = bouton.transition
    raison = "" if t.declencheur == AVEC_DATE else " ".join(bouton.raisons)
    url = url_for("coordination.etape", campagne_id=campagne.id, declencheur=t.declencheur)
    return Acte(t.libelle, url, t.aide, t.danger, raison)


def attente(campagne: Campagne) -> str:
    """What the clock will do next, in words; empty when it has nothing to do."""
    if campagne.etat is EtatCampagne.PREPARATION and campagne.prete_le is not None:
        return "ouverture"
    if campagne.etat is EtatCampagne.OUVERTE:
        return "tolerance" if statut_de(campagne) is StatutDepot.TOLERANCE else "cloture"
    return ""


def _retour(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("coordination.campagne", campagne_id=campagne.id), 303)


@bp.post("/campagnes/<int:campagne_id>/prete")
@garde("campagne.declarer_prete", Campagne)
def declarer_prete(campagne: Campagne) -> ResponseReturnValue:
    form = FormulaireEtape()
    if form.validate():
        service.declarer_prete(acteur_courant(), campagne, version=form.version_lue())
        passee = campagne.ouverture_le <= maintenant()
        quand = "elle ouvre dans la minute" if passee else "elle ouvrira seule, à l’heure annoncée"
        flash(f"La campagne est prête\u00a0: {quand}.", "succes")
    return _retour(campagne)


@bp.post("/campagnes/<int:campagne_id>/preparation")
@garde("campagne.declarer_prete", Campagne)
def reprendre_preparation(campagne: Campagne) -> ResponseReturnValue:
    form = FormulaireEtape()
    if form.validate():
        service.reprendre_preparation(acteur_courant(), campagne, version=form.version_lue())
        flash("La campagne n’est plus prête : elle n’ouvrira pas seule.", "info")
    return _retour(campagne)


@bp.route("/campagnes/<int:campagne_id>/etapes/<declencheur>", methods=["GET", "POST"])
@garde("campagne.suivre", Campagne)
def etape(campagne: Campagne, declencheur: str) -> ResponseReturnValue:
    """Confirmation page of a step, with its reason (and its date) when it has one."""
    if declencheur not in (*service.ETAPES, AVEC_DATE):
        abort(404)
    exiger(acteur_courant(), f"campagne.{declencheur}", campagne)
    transition = MACHINE.trouver(declencheur, campagne.etat)
    if transition is None:
        raise PasLeMoment("Cette étape n’est pas possible maintenant.", "Revenez à la campagne.")
    form = _formulaire(declencheur, transition.motif_requis)
    if request.method == "POST" and form.validate():
        try:
            _executer(campagne, declencheur, form)
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash(f"{transition.passe}.", "succes")
            return _retour(campagne)
    return page("etape.html", campagne, form, t=transition)


def _formulaire(
    declencheur: str, motif: bool
) -> FormulaireEtape | FormulaireEtapeMotif | FormulaireRouvrir:
    if declencheur == AVEC_DATE:
        return FormulaireRouvrir()
    return FormulaireEtapeMotif() if motif else FormulaireEtape()


def _executer(
    campagne: Campagne,
    declencheur: str,
    form: FormulaireEtape | FormulaireEtapeMotif | FormulaireRouvrir,
) -> None:
    acteur, version = acteur_courant(), form.version_lue()
    if isinstance(form, FormulaireRouvrir):
        service.rouvrir(acteur, campagne, form.cloture_le.data, form.motif.data, version=version)
        return
    motif = form.motif.data if isinstance(form, FormulaireEtapeMotif) else ""
    service.avancer(acteur, campagne, declencheur, motif=motif, version=version)
