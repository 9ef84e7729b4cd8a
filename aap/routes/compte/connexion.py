"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from aap.authentification import (
    adresse_visiteur,
    appareil_connu,
    connecter,
    fermer_session,
    session_terminee,
)
from aap.models import RoleHabilitation
from aap.permissions import Acteur, may
from aap.routes.compte import bp
from aap.routes.garde import acteur_courant, publique
from aap.routes.navigation import ENTREES
from aap.saisie_gardee import reprendre
from aap.services.session import Verification, verifier_identifiants
from aap.services.tentative import duree_en_mots
from forms.compte import FormulaireConnexion

INCONNU = "Cette adresse et ce mot de passe ne correspondent à aucun compte ouvert."
NON_CONFIRME = (
    "Votre adresse n’est pas encore confirmée : ouvrez le lien reçu par courriel, "
    "ou demandez-en un autre ci-dessous."
)
DESACTIVE = (
    "Votre compte a été désactivé. Écrivez à la coordination du contrat si c’est une erreur."
)
PIECE_DU_METIER = {
    RoleHabilitation.COPIL: "copil.accueil",
    RoleHabilitation.FINANCE: "finance.accueil",
}


def suite_sure(adresse: str | None) -> str | None:
    """The page to go back to: a path of this site, or nothing."""
    if not adresse or len(adresse) > 2000 or not adresse.startswith("/"):
        return None
    if adresse[1:2] in ("/", "\\") or "\\" in adresse or any(ord(c) < 33 for c in adresse):
        return None
    try:
        morceaux = urlsplit(adresse)
    except ValueError:
        return None
    return None if morceaux.scheme or morceaux.netloc else adresse


def accueil_de(acteur: Acteur) -> str:
    """The room of her trade when she has one trade only; else the first that opens to her.

    Committee members and finance officers also read the dossiers, but do not start there.
    """
    metiers = {h.role for h in acteur.habilitations}
    if len(metiers) == 1 and not acteur.est_porteur and metiers <= set(PIECE_DU_METIER):
        return url_for(PIECE_DU_METIER[metiers.pop()])
    for _libelle, endpoint, acte in ENTREES:
        if acte and endpoint in current_app.view_functions and may(acteur, acte):
            return url_for(endpoint)
    return url_for("compte.profil")


def refus(verdict: Verification) -> tuple[str, int]:
    """What to say of an attempt that does not open a session, and the HTTP code."""
    if verdict.attendre:
        delai = duree_en_mots(verdict.attendre)
        return f"Trop d’essais : attendez {delai} avant de recommencer.", 429
    if verdict.utilisateur is None:
        return INCONNU, 422
    return (DESACTIVE if verdict.utilisateur.desactive_le else NON_CONFIRME), 422


@bp.route("/connexion", methods=["GET", "POST"])
@publique
def connexion() -> ResponseReturnValue:
    """Sign in, then go back to the page that asked for it."""
    form = FormulaireConnexion(suite=request.args.get("suite", ""))
    suite = suite_sure(form.suite.data)
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(suite or accueil_de(acteur_courant()), 303)
    code = 200
    if form.validate_on_submit():
        verdict = verifier_identifiants(
            acteur_courant(),
            form.courriel.data,
            form.mot_de_passe.data,
            adresse=adresse_visiteur(),
            appareil=appareil_connu(form.courriel.data),
        )
        if verdict.utilisateur is not None and verdict.ouverte:
            acteur = connecter(acteur_courant(), verdict.utilisateur)
            saisie = reprendre(form.saisie.data, verdict.utilisateur.id)
            if saisie is not None:
                return render_template("compte/reprendre.html", saisie=saisie)
            return redirect(suite or accueil_de(acteur), 303)
        message, code = refus(verdict)
        form.form_errors.append(message)
    elif form.is_submitted():
        code = 422
    return _page(form, code, terminee=session_terminee())


def _page(form: FormulaireConnexion, code: int, *, terminee: bool) -> ResponseReturnValue:
    confirmer = NON_CONFIRME in form.form_errors
    page = render_template(
        "compte/connexion.html",
        form=form,
        erreurs=form.problemes(),
        terminee=terminee,
        confirmer=confirmer,
        suite=suite_sure(form.suite.data),
        gardee=bool(form.saisie.data),
    )
    return page, code, {"Retry-After": "60"} if code == 429 else {}


@bp.post("/deconnexion")
@publique
def deconnexion() -> ResponseReturnValue:
    """Close the session on the server, then empty the cookie."""
    fermer_session()
    flash("Vous êtes déconnecté.", "succes")
    return redirect(url_for("compte.connexion"), 303)
