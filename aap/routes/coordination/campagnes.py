"""List of campaigns, creation, copy, what a campaign says, what is missing before opening."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.models import Campagne, TypeCampagne
from aap.requetes.campagnes import (
    campagnes_suivies,
    contrats_coordonnes,
    jumelles_suivantes,
    problemes_campagne,
)
from aap.requetes.campagnes_doubles import derniere_copie
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser, relier
from aap.routes.coordination.etapes import actes_possibles, attente
from aap.routes.garde import acteur_courant, garde
from aap.services import campagne as service
from forms.campagne import FormulaireCampagne, FormulaireCopie
from forms.champs import SelectChoice


@bp.get("/")
@garde("coordination.accueil")
def accueil() -> ResponseReturnValue:
    return render_template(
        "coordination/accueil.html",
        lignes=campagnes_suivies(acteur_courant()),
        contrats=contrats_coordonnes(acteur_courant()),
    )


def _donnees(form: FormulaireCampagne) -> service.DonneesCampagne:
    return service.DonneesCampagne(
        nom=form.nom.data,
        type=TypeCampagne(form.type.data),
        exercice=form.exercice.data,
        ouverture_le=form.ouverture_le.data,
        cloture_le=form.cloture_le.data,
        grace_minutes=form.grace_minutes.data,
        service=form.service.data or "",
        contact=form.contact.data or "",
        note_cadrage=form.note_cadrage.data or "",
        bac_a_sable=bool("bac_a_sable" in form and form.bac_a_sable.data),
    )


@bp.route("/campagnes/nouvelle", methods=["GET", "POST"])
@garde("campagne.preparer")
def nouvelle_campagne() -> ResponseReturnValue:
    contrats = {c.id: c for c in contrats_coordonnes(acteur_courant())}
    defauts = {"exercice": aujourdhui().year + 1, "grace_minutes": 0}
    form = FormulaireCampagne(data=defauts)
    form.type.choices = [SelectChoice(t.value, t.libelle) for t in TypeCampagne]
    form.contrat.choices = [SelectChoice(c.id, c.nom) for c in contrats.values()]
    if form.validate_on_submit():
        try:
            creee = service.creer_campagne(
                acteur_courant(), contrats[form.contrat.data], _donnees(form)
            )
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("La campagne est créée. Il reste à la préparer.", "succes")
            return redirect(url_for("coordination.campagne", campagne_id=creee.id), 303)
    erreurs = form.problemes()
    rendu = render_template(
        "coordination/campagne_nouvelle.html", form=form, erreurs=erreurs, contrats=contrats
    )
    return rendu, 422 if erreurs else 200


@bp.get("/campagnes/<int:campagne_id>")
@garde("campagne.suivre", Campagne)
def campagne(campagne: Campagne) -> ResponseReturnValue:
    """What is missing, what comes next, and the acts that are possible now."""
    problemes = relier(campagne, problemes_campagne(campagne))
    return page(
        "campagne.html",
        campagne,
        bloquants=[p for p in problemes if p.bloquant],
        conseils=[p for p in problemes if not p.bloquant],
        actes=actes_possibles(campagne),
        attente=attente(campagne),
        tolerance=campagne.grace_minutes,
    )


@bp.route("/campagnes/<int:campagne_id>/modifier", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def modifier_campagne(campagne: Campagne) -> ResponseReturnValue:
    form = FormulaireCampagne(data={**_valeurs(campagne), "version": str(campagne.version)})
    del form.contrat, form.bac_a_sable
    form.type.choices = [SelectChoice(t.value, t.libelle) for t in TypeCampagne]
    if form.validate_on_submit():
        prete = campagne.prete_le is not None
        try:
            service.modifier_campagne(
                acteur_courant(), campagne, _donnees(form), version=form.version_lue()
            )
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            _dire_enregistre(campagne, prete)
            return redirect(url_for("coordination.campagne", campagne_id=campagne.id), 303)
    return page("campagne_modifier.html", campagne, form)


def _valeurs(c: Campagne) -> dict[str, object]:
    noms = "nom exercice ouverture_le cloture_le grace_minutes service contact note_cadrage"
    return {**{nom: getattr(c, nom) for nom in noms.split()}, "type": c.type.value}


def _dire_enregistre(campagne: Campagne, prete: bool) -> None:
    if prete and campagne.prete_le is None:
        flash(
            "C’est enregistré, mais la campagne n’est plus prête : il manque quelque chose.",
            "attention",
        )
    else:
        flash("La campagne est enregistrée.", "succes")


@bp.route("/campagnes/<int:campagne_id>/copier", methods=["GET", "POST"])
@garde("campagne.modifier", Campagne)
def copier_campagne(campagne: Campagne) -> ResponseReturnValue:
    """Confirmation, then next year's campaign."""
    form = FormulaireCopie(data={"derniere": str(derniere_copie(campagne))})
    if request.method == "POST" and form.validate():
        copie = service.copier_campagne(acteur_courant(), campagne, derniere=form.derniere_lue())
        flash(
            "La campagne suivante est créée. Vérifiez ses dates, puis confirmez le montant de "
            "chaque enveloppe.",
            "succes",
        )
        return redirect(url_for("coordination.campagne", campagne_id=copie.id), 303)
    return page("campagne_copier.html", campagne, form, jumelles=jumelles_suivantes(campagne))
