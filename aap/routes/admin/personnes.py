"""People: find, invite, close and open accounts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Utilisateur
from aap.permissions import may
from aap.requetes.administration import compte_sessions, lignes_habilitations, personnes
from aap.requetes.comptes import habilitations_de
from aap.requetes.travail_en_cours import travail_en_cours
from aap.routes.admin import bp
from aap.routes.admin.accueil import page_demandee
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import compte as service
from aap.services.session import revoquer_autres
from forms.administration import FormulaireDesactivation, FormulairePersonne


def vers(utilisateur: Utilisateur) -> ResponseReturnValue:
    return redirect(url_for("admin.personne", utilisateur_id=utilisateur.id), 303)


@bp.get("/personnes")
@garde("admin.comptes")
def liste_personnes() -> ResponseReturnValue:
    recherche = request.args.get("q", "")[:100]
    return render_template(
        "admin/personnes.html", page=personnes(recherche, page_demandee()), recherche=recherche
    )


@bp.route("/personnes/nouvelle", methods=["GET", "POST"])
@garde("admin.comptes")
def nouvelle_personne() -> ResponseReturnValue:
    """Create an account; its owner receives an invitation."""
    form = FormulairePersonne()
    if form.validate_on_submit():
        try:
            utilisateur = service.creer_utilisateur(
                acteur_courant(), form.courriel.data, form.prenom.data, form.nom.data
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            flash(f"Le compte est créé et une invitation part à {utilisateur.courriel}.", "succes")
            return vers(utilisateur)
    return page_formulaire("admin/nouvelle_personne.html", form)


@bp.get("/personnes/<int:utilisateur_id>")
@garde("admin.comptes", Utilisateur)
def personne(utilisateur: Utilisateur) -> ResponseReturnValue:
    acteur = acteur_courant()
    return render_template(
        "admin/personne.html",
        utilisateur=utilisateur,
        lignes=lignes_habilitations(habilitations_de(utilisateur.id)),
        sessions=compte_sessions([utilisateur.id]).get(utilisateur.id, 0),
        desactivable=may(acteur, "admin.desactiver", utilisateur),
        habilitable=may(acteur, "admin.habiliter", utilisateur),
    )


@bp.post("/personnes/<int:utilisateur_id>/inviter")
@garde("admin.comptes", Utilisateur)
def inviter(utilisateur: Utilisateur) -> ResponseReturnValue:
    service.inviter(acteur_courant(), utilisateur)
    flash(f"Une nouvelle invitation part à {utilisateur.courriel}.", "succes")
    return vers(utilisateur)


@bp.post("/personnes/<int:utilisateur_id>/fermer-sessions")
@garde("admin.comptes", Utilisateur)
def fermer_sessions(utilisateur: Utilisateur) -> ResponseReturnValue:
    revoquer_autres(acteur_courant(), utilisateur)
    flash("Ses sessions sont fermées.", "succes")
    return vers(utilisateur)


@bp.route("/personnes/<int:utilisateur_id>/desactiver", methods=["GET", "POST"])
@garde("admin.desactiver", Utilisateur)
def desactiver(utilisateur: Utilisateur) -> ResponseReturnValue:
    """Ask before closing an account."""
    if utilisateur.desactive_le is not None:
        flash("Ce compte est déjà désactivé.", "info")
        return vers(utilisateur)
    form = FormulaireDesactivation()
    if form.validate_on_submit():
        service.desactiver(acteur_courant(), utilisateur, form.motif.data)
        flash("Le compte est désactivé et ses sessions sont fermées.", "succes")
        return vers(utilisateur)
    return page_formulaire(
        "admin/desactiver.html",
        form,
        utilisateur=utilisateur,
        laisses=travail_en_cours(utilisateur),
    )


@bp.post("/personnes/<int:utilisateur_id>/reactiver")
@garde("admin.comptes", Utilisateur)
def reactiver(utilisateur: Utilisateur) -> ResponseReturnValue:
    service.reactiver(acteur_courant(), utilisateur)
    flash("Le compte est réactivé.", "succes")
    return vers(utilisateur)
