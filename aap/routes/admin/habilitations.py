"""Rights: who may do what, given by whom, delegated to whom."""

from __future__ import annotations

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Contrat, Financeur, Habilitation, RoleHabilitation, Utilisateur
from aap.requetes.administration import (
    contrats,
    elements_contrat,
    habilitations,
    lignes_habilitations,
)
from aap.requetes.travail_en_cours import travail_en_cours
from aap.routes.admin import bp
from aap.routes.admin.accueil import page_demandee
from aap.routes.admin.personnes import vers
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import habilitation as service
from forms.administration import FormulaireHabilitation
from forms.champs import SelectChoice

PERIMETRE = ("communes", "secteurs", "quartiers", "orientations")
ADMINISTRATEUR = RoleHabilitation.ADMINISTRATEUR


@bp.get("/habilitations")
@garde("admin.habilitations")
def liste_habilitations() -> ResponseReturnValue:
    toutes = request.args.get("toutes") == "1"
    page = habilitations(page_demandee(), toutes=toutes)
    return render_template("admin/habilitations.html", page=page, toutes=toutes)


def _role_et_contrat() -> tuple[RoleHabilitation | None, Contrat | None]:
    """What the first step has chosen (in the address); None while it is not chosen."""
    role = request.args.get("role", "")
    if role not in RoleHabilitation.__members__.values():
        return None, None
    if role == ADMINISTRATEUR:
        return ADMINISTRATEUR, None
    voulu = request.args.get("contrat", "")
    contrat = next((c for c in contrats() if str(c.id) == voulu), None)
    return RoleHabilitation(role), contrat


def _preparer(role: RoleHabilitation, contrat: Contrat | None) -> FormulaireHabilitation:
    """The second step, with only what this role needs."""
    form = FormulaireHabilitation(du=aujourdhui())
    elements = elements_contrat(contrat.id) if contrat is not None else None
    if elements is None or role not in service.AVEC_FINANCEUR:
        del form.financeur
    else:
        vide = "Choisissez" if role is RoleHabilitation.INSTRUCTEUR else "Tous les financeurs"
        form.financeur.choices = [
            SelectChoice("", vide),
            *(SelectChoice(f.id, f.nom) for f in elements.financeurs),
        ]
    for nom in PERIMETRE:
        if elements is None or role is not RoleHabilitation.INSTRUCTEUR:
            del form[nom]
            continue
        form[nom].choices = [
            SelectChoice(e.id, e.titre if nom == "orientations" else e.nom)
            for e in getattr(elements, nom)
        ]
    return form


def _enregistrer(
    form: FormulaireHabilitation,
    utilisateur: Utilisateur,
    role: RoleHabilitation,
    contrat: Contrat | None,
) -> bool:
    choisi = form["financeur"].data if "financeur" in form else None
    financeur = db.session.get(Financeur, choisi) if choisi else None
    perimetre = service.Perimetre(*((form[n].data or ()) if n in form else () for n in PERIMETRE))
    try:
        service.habiliter(
            acteur_courant(),
            utilisateur,
            role,
            contrat,
            financeur,
            perimetre,
            du=form.du.data,
            au=form.au.data,
        )
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return False
    return True


@bp.route("/personnes/<int:utilisateur_id>/habiliter", methods=["GET", "POST"])
@garde("admin.habiliter", Utilisateur)
def habiliter(utilisateur: Utilisateur) -> ResponseReturnValue:
    """First the role and the contrat, then what they need."""
    role, contrat = _role_et_contrat()
    if role is None or (contrat is None and role is not ADMINISTRATEUR):
        if request.method == "POST":
            abort(400)
        return render_template(
            "admin/choisir_role.html",
            utilisateur=utilisateur,
            choix_roles=[(r.value, r.libelle) for r in RoleHabilitation],
            contrats=contrats(),
            choix_contrats=[(c.id, c.nom) for c in contrats()],
            role=request.args.get("role", ""),
            incomplet="role" in request.args,
        )
    form = _preparer(role, contrat)
    if form.validate_on_submit() and _enregistrer(form, utilisateur, role, contrat):
        flash("Le droit est donné.", "succes")
        return vers(utilisateur)
    return page_formulaire(
        "admin/habiliter.html", form, utilisateur=utilisateur, role=role, contrat=contrat
    )


@bp.route("/habilitations/<int:habilitation_id>/retirer", methods=["GET", "POST"])
@garde("admin.retirer_habilitation", Habilitation)
def retirer_habilitation(habilitation: Habilitation) -> ResponseReturnValue:
    """Ask, then withdraw at once."""
    if habilitation.retiree_le is not None:
        flash("Ce droit est déjà retiré.", "info")
        return vers(habilitation.utilisateur)
    if request.method == "POST":
        service.retirer_habilitation(acteur_courant(), habilitation)
        flash("Le droit est retiré.", "succes")
        return vers(habilitation.utilisateur)
    ligne = lignes_habilitations([habilitation])[0]
    retour = url_for("admin.personne", utilisateur_id=habilitation.utilisateur_id)
    laisses = travail_en_cours(habilitation.utilisateur, habilitation)
    return render_template(
        "admin/retirer_habilitation.html", ligne=ligne, retour=retour, laisses=laisses
    )
