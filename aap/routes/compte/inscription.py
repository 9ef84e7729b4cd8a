"""Opening an account, confirming its address, getting it back."""

from __future__ import annotations

import time

from flask import (
    Response,
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from aap.authentification import adresse_visiteur, connecter
from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import UsageJeton
from aap.requetes.comptes import jeton_valable
from aap.routes.compte import bp
from aap.routes.compte.connexion import accueil_de, refus, suite_sure
from aap.routes.garde import acteur_courant, publique
from aap.services import compte as service
from aap.services.hachage import empreinte
from forms.base import Formulaire
from forms.compte import (
    FormulaireAdresse,
    FormulaireConfirmation,
    FormulaireInscription,
    FormulaireNouveauMotDePasse,
)

SUITE_MAX = 300  # characters of the wanted page that a mail carries


def page_formulaire(gabarit: str, form: Formulaire, **valeurs: object) -> ResponseReturnValue:
    """A form, with 422 when it comes back with its faults."""
    page = render_template(gabarit, form=form, erreurs=form.problemes(), **valeurs)
    return page, 422 if form.is_submitted() else 200


def _a_duree_egale() -> None:
    """Answer after the same time whatever was found: the time must not tell it either.

    The wait is spent once the transaction is over: nobody else waits.
    """
    debut = time.monotonic()

    @after_this_request
    def attendre(reponse: Response) -> Response:
        reste = current_app.config["DUREE_DEMANDE_COURRIEL"] - (time.monotonic() - debut)
        if request.method == "POST" and reste > 0:
            time.sleep(reste)
        return reponse


def _retenir_demande(courriel: str, suite: str = "") -> None:
    """In the visitor's own cookie: the address she typed, the page she wanted."""
    session["demande"] = {"courriel": courriel, "suite": suite}


def _demande(quoi: str) -> str:
    return str((session.get("demande") or {}).get(quoi, ""))


def _lien_mort(autre: str) -> ResponseReturnValue:
    """410; somebody already signed in is shown her own pages, not the sign-in."""
    chez_soi = accueil_de(acteur_courant()) if current_user.is_authenticated else ""
    return render_template("compte/lien_mort.html", url=autre, chez_soi=chez_soi), 410


@bp.route("/inscription", methods=["GET", "POST"])
@publique
def inscription() -> ResponseReturnValue:
    """Ask for an account; the answer is the same whether or not the address has one."""
    _a_duree_egale()
    form = FormulaireInscription(suite=request.args.get("suite", ""))
    suite = (suite_sure(form.suite.data) or "")[:SUITE_MAX]
    if form.validate_on_submit():
        try:
            service.inscrire(
                acteur_courant(),
                form.courriel.data,
                form.prenom.data,
                form.nom.data,
                form.mot_de_passe.data,
                adresse=adresse_visiteur(),
                suite=suite,
            )
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            _retenir_demande(form.courriel.data, suite)
            return redirect(url_for("compte.envoye", quoi="inscription"), 303)
    return page_formulaire("compte/inscription.html", form)


@bp.get("/courriel-envoye/<any(inscription, confirmation, motdepasse):quoi>")
@publique
def envoye(quoi: str) -> ResponseReturnValue:
    """« Look at your mail »: says what was asked, never what was found."""
    return render_template("compte/envoye.html", quoi=quoi, courriel=_demande("courriel"))


@bp.route("/confirmer", methods=["GET", "POST"])
@publique
def renvoyer() -> ResponseReturnValue:
    """Ask for the confirmation mail again."""
    _a_duree_egale()
    form = FormulaireAdresse(courriel=_demande("courriel"))
    if form.validate_on_submit():
        suite = _demande("suite")
        service.renvoyer_confirmation(
            acteur_courant(), form.courriel.data, adresse=adresse_visiteur(), suite=suite
        )
        _retenir_demande(form.courriel.data, suite)
        return redirect(url_for("compte.envoye", quoi="confirmation"), 303)
    return page_formulaire("compte/renvoyer.html", form)


@bp.route("/confirmer/<cle>", methods=["GET", "POST"])
@publique
def confirmer(cle: str) -> ResponseReturnValue:
    """Confirm one's address with the mailed link and the chosen password, and come in."""
    jeton = jeton_valable(empreinte(cle), [UsageJeton.CONFIRMATION])
    if jeton is None:
        return _lien_mort(url_for("compte.renvoyer"))
    form = FormulaireConfirmation()
    if form.validate_on_submit():
        verdict = service.confirmer(
            acteur_courant(), cle, form.mot_de_passe.data, adresse=adresse_visiteur()
        )
        if verdict.utilisateur is not None and verdict.ouverte:
            acteur = connecter(acteur_courant(), verdict.utilisateur)
            flash("Votre adresse est confirmée et votre compte est ouvert.", "succes")
            return redirect(suite_sure(request.args.get("suite")) or accueil_de(acteur), 303)
        form.refuser("mot_de_passe", _refus_confirmation(refus(verdict)))
    return page_formulaire("compte/confirmer.html", form, courriel=jeton.utilisateur.courriel)


def _refus_confirmation(dit: tuple[str, int]) -> str:
    message, code = dit
    if code == 429:
        return message
    return "Ce n’est pas le mot de passe choisi à l’inscription."


@bp.route("/mot-de-passe-oublie", methods=["GET", "POST"])
@publique
def mot_de_passe_oublie() -> ResponseReturnValue:
    """Ask for a link to choose another password."""
    _a_duree_egale()
    form = FormulaireAdresse(courriel=_demande("courriel"))
    if form.validate_on_submit():
        service.demander_reinitialisation(
            acteur_courant(), form.courriel.data, adresse=adresse_visiteur()
        )
        _retenir_demande(form.courriel.data, _demande("suite"))
        return redirect(url_for("compte.envoye", quoi="motdepasse"), 303)
    return page_formulaire("compte/mot_de_passe_oublie.html", form)


@bp.route("/mot-de-passe/<cle>", methods=["GET", "POST"])
@publique
def reinitialiser(cle: str) -> ResponseReturnValue:
    """Choose a password with a mailed link (forgotten password, invitation), and come in."""
    jeton = jeton_valable(empreinte(cle), service.CHOISIR)
    if jeton is None:
        return _lien_mort(url_for("compte.mot_de_passe_oublie"))
    form = FormulaireNouveauMotDePasse()
    courriel = jeton.utilisateur.courriel
    if form.validate_on_submit():
        try:
            utilisateur = service.reinitialiser(acteur_courant(), cle, form.mot_de_passe.data)
        except Invalide as erreur:
            db.session.rollback()
            form.reprendre(erreur.problemes)
        else:
            acteur = connecter(acteur_courant(), utilisateur)
            flash("Votre mot de passe est enregistré et vous êtes connecté.", "succes")
            return redirect(accueil_de(acteur), 303)
    return page_formulaire("compte/reinitialiser.html", form, courriel=courriel)
