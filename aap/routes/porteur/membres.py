"""People of an organisme: requests, invitations, roles, leaving."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide
from aap.extensions import db
from aap.models import DemandeRattachement, Membre, Organisme, RoleMembre
from aap.permissions import may
from aap.requetes import porteur as lire
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import organisme as service
from forms.organisme import FormulaireInvitation

ROLES = [(r.value, r.libelle) for r in RoleMembre]


def _montrer(
    organisme: Organisme, form: FormulaireInvitation | None = None, code: int = 200
) -> ResponseReturnValue:
    form = form or FormulaireInvitation(formdata=None, roles=ROLES)
    page = render_template(
        "porteur/organisme/membres.html",
        organisme=organisme,
        form=form,
        erreurs=form.problemes(),
        membres=lire.membres_de(organisme),
        demandes=lire.rattachements_de(organisme),
        gere=bool(may(acteur_courant(), "organisme.gerer_membres", organisme)),
        moi=acteur_courant().utilisateur_id,
        roles=ROLES,
    )
    return page, code


def _retour(organisme_id: int) -> ResponseReturnValue:
    return redirect(url_for("porteur.membres", organisme_id=organisme_id), 303)


@bp.get("/organismes/<int:organisme_id>/membres")
@garde("organisme.voir_porteur", Organisme)
def membres(organisme: Organisme) -> ResponseReturnValue:
    return _montrer(organisme)


@bp.post("/organismes/<int:organisme_id>/membres")
@garde("organisme.gerer_membres", Organisme)
def inviter_membre(organisme: Organisme) -> ResponseReturnValue:
    form = FormulaireInvitation(roles=ROLES)
    if not form.validate_on_submit():
        return _montrer(organisme, form, 422)
    try:
        service.inviter_membre(
            acteur_courant(),
            organisme,
            form.courriel.data,
            RoleMembre(form.role.data),
            prenom=form.prenom.data,
            nom=form.nom.data,
        )
    except (Conflit, Invalide) as erreur:
        db.session.rollback()
        form.refuser("courriel", erreur.message)
        return _montrer(organisme, form, 422)
    flash("La personne est ajoutée. Elle reçoit un courriel.", "succes")
    return _retour(organisme.id)


@bp.post("/membres/<int:membre_id>/role")
@garde("membre.gerer", Membre)
def changer_role(membre: Membre) -> ResponseReturnValue:
    vers = request.form.get("role", "")
    if vers not in {r.value for r in RoleMembre}:
        raise Invalide("Choisissez un rôle de la liste.")
    service.changer_role_membre(acteur_courant(), membre, RoleMembre(vers))
    flash("Le rôle est changé.", "succes")
    return _retour(membre.organisme_id)


@bp.post("/membres/<int:membre_id>/retirer")
@garde("membre.gerer", Membre)
def retirer_membre(membre: Membre) -> ResponseReturnValue:
    service.retirer_membre(acteur_courant(), membre)
    flash("Cette personne n’a plus accès aux dossiers de l’organisme.", "succes")
    if membre.utilisateur_id == acteur_courant().utilisateur_id:
        return redirect(url_for("porteur.accueil"), 303)
    return _retour(membre.organisme_id)


@bp.post("/rattachements/<int:demande_rattachement_id>")
@garde("demande_rattachement.repondre", DemandeRattachement)
def repondre_rattachement(demande_rattachement: DemandeRattachement) -> ResponseReturnValue:
    reponse = request.form.get("reponse", "")
    if reponse not in ("refuser", *(r.value for r in RoleMembre)):
        raise Invalide("Acceptez ou refusez la demande.")
    role = RoleMembre.REDACTEUR if reponse == "refuser" else RoleMembre(reponse)
    service.repondre_rattachement(
        acteur_courant(), demande_rattachement, reponse != "refuser", role
    )
    flash("Votre réponse est envoyée.", "succes")
    return _retour(demande_rattachement.organisme_id)


@bp.get("/organismes/<int:organisme_id>/quitter")
@garde("organisme.quitter", Organisme)
def quitter(organisme: Organisme) -> ResponseReturnValue:
    return render_template("porteur/organisme/quitter.html", organisme=organisme)


@bp.post("/organismes/<int:organisme_id>/quitter")
@garde("organisme.quitter", Organisme)
def quitter_organisme(organisme: Organisme) -> ResponseReturnValue:
    service.quitter_organisme(acteur_courant(), organisme)
    flash(f"Vous avez quitté « {organisme.nom} ».", "succes")
    return redirect(url_for("porteur.accueil"), 303)
