"""One's own account: name, password, open sessions, rights."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from aap.authentification import adresse_visiteur
from aap.domaine.appareil import nom_appareil
from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import SessionConnexion
from aap.requetes.administration import lignes_habilitations
from aap.requetes.comptes import delegations_donnees, habilitations_de, sessions_ouvertes
from aap.requetes.porteur import organismes_de
from aap.routes.compte import bp
from aap.routes.compte.connexion import refus
from aap.routes.compte.inscription import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import compte as service
from aap.services.session import revoquer_autres, revoquer_session
from forms.compte import FormulaireChangement, FormulaireProfil


@bp.get("/compte")
@garde("compte.voir")
def profil() -> ResponseReturnValue:
    """My account: who I am here, what I may do, what I have delegated."""
    utilisateur = current_user.utilisateur
    return render_template(
        "compte/profil.html",
        utilisateur=utilisateur,
        habilitations=lignes_habilitations(habilitations_de(utilisateur.id)),
        organismes=organismes_de(acteur_courant()),
        delegations=lignes_habilitations(delegations_donnees(utilisateur.id)),
    )


@bp.route("/compte/modifier", methods=["GET", "POST"])
@garde("compte.modifier")
def modifier() -> ResponseReturnValue:
    utilisateur = current_user.utilisateur
    actuel = {"prenom": utilisateur.prenom, "nom": utilisateur.nom}
    form = FormulaireProfil(data={**actuel, "telephone": utilisateur.telephone or None})
    if form.validate_on_submit():
        service.modifier_profil(
            acteur_courant(),
            utilisateur,
            prenom=form.prenom.data,
            nom=form.nom.data,
            telephone=form.telephone.data or "",
        )
        flash("Vos coordonnées sont enregistrées.", "succes")
        return redirect(url_for("compte.profil"), 303)
    return page_formulaire("compte/modifier.html", form)


@bp.route("/compte/mot-de-passe", methods=["GET", "POST"])
@garde("compte.modifier")
def changer_mot_de_passe() -> ResponseReturnValue:
    """Change one's password; the other sessions are closed."""
    form = FormulaireChangement()
    if form.validate_on_submit():
        try:
            verdict = service.changer_mot_de_passe(
                acteur_courant(),
                current_user.utilisateur,
                form.ancien.data,
                form.mot_de_passe.data,
                session_id=current_user.session_id,
                adresse=adresse_visiteur(),
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            if verdict.utilisateur is not None:
                flash("Mot de passe changé. Vos autres sessions sont fermées.", "succes")
                return redirect(url_for("compte.profil"), 303)
            faux = "Ce n’est pas votre mot de passe actuel."
            form.refuser("ancien", refus(verdict)[0] if verdict.attendre else faux)
    return page_formulaire("compte/mot_de_passe.html", form)


@bp.get("/compte/sessions")
@garde("compte.voir")
def sessions() -> ResponseReturnValue:
    """Where I am signed in."""
    return render_template(
        "compte/sessions.html",
        sessions=sessions_ouvertes(current_user.utilisateur.id),
        courante=current_user.session_id,
        nom_appareil=nom_appareil,
    )


@bp.post("/compte/sessions/<int:session_connexion_id>/fermer")
@garde("compte.revoquer_session", SessionConnexion)
def fermer_session(session_connexion: SessionConnexion) -> ResponseReturnValue:
    revoquer_session(acteur_courant(), session_connexion)
    flash("La session est fermée.", "succes")
    return redirect(url_for("compte.sessions"), 303)


@bp.post("/compte/sessions/fermer-les-autres")
@garde("compte.voir")
def fermer_autres() -> ResponseReturnValue:
    revoquer_autres(acteur_courant(), current_user.utilisateur, current_user.session_id)
    flash("Vos autres sessions sont fermées.", "succes")
    return redirect(url_for("compte.sessions"), 303)
