"""People of an organisme: requests, invitations, roles, leaving."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import DemandeRattachement, Mandat, Membre, Organisme, RoleMembre
from aap.permissions import may
from aap.requetes import porteur as lire
from aap.requetes.mandats import mandats_vivants
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import mandat as mandater
from aap.services import organisme as service
from aap.services.tentative import TropDEssais
from forms.membre import FormulaireMandat
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
        mandats=_par_membre(organisme.id),
    )
    return page, code


def _par_membre(organisme_id: int) -> dict[int, list[Mandat]]:
    """Mandates in force or to come, by member."""
    ranges: dict[int, list[Mandat]] = {}
    for m in mandats_vivants(organisme_id):
        ranges.setdefault(m.membre_id, []).append(m)
    return ranges


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
    except (Conflit, Invalide, TropDEssais) as erreur:
        db.session.rollback()
        form.refuser("courriel", f"{erreur.message} {erreur.que_faire}".strip())
        return _montrer(organisme, form, 429 if isinstance(erreur, TropDEssais) else 422)
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


def _page_mandat(membre: Membre, form: FormulaireMandat, code: int = 200) -> ResponseReturnValue:
    page = render_template(
        "porteur/organisme/mandat.html",
        membre=membre,
        organisme=membre.organisme,
        form=form,
        erreurs=form.problemes(),
    )
    return page, code


@bp.get("/membres/<int:membre_id>/mandat")
@garde("membre.gerer", Membre)
def mandat(membre: Membre) -> ResponseReturnValue:
    """Let a writer sign between two dates."""
    return _page_mandat(membre, FormulaireMandat(formdata=None, du=aujourdhui()))


@bp.post("/membres/<int:membre_id>/mandat")
@garde("membre.gerer", Membre)
def donner_mandat(membre: Membre) -> ResponseReturnValue:
    form = FormulaireMandat()
    if not form.validate_on_submit():
        return _page_mandat(membre, form, 422)
    try:
        mandater.donner_mandat(
            acteur_courant(), membre, form.du.data, form.au.data, form.precision.data or ""
        )
    except (Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        phrase = Probleme(f"{erreur.message} {erreur.que_faire}".strip())
        form.reprendre(getattr(erreur, "problemes", None) or [phrase])
        return _page_mandat(membre, form, 422 if isinstance(erreur, Invalide) else 409)
    flash("Le mandat est donné. Il prend fin de lui-même à sa date.", "succes")
    return _retour(membre.organisme_id)


@bp.post("/mandats/<int:mandat_id>/reprendre")
@garde("mandat.reprendre", Mandat)
def reprendre_mandat(mandat: Mandat) -> ResponseReturnValue:
    mandater.reprendre_mandat(acteur_courant(), mandat)
    flash("Le mandat est retiré. Cette personne ne signe plus.", "succes")
    return _retour(mandat.membre.organisme_id)


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
