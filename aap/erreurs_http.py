"""Every refusal and every fault, told in the house style; the transaction is rolled back."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Flask, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from aap.domaine.erreurs import (
    Conflit,
    Depassement,
    ErreurMetier,
    Indisponible,
    Invalide,
    PasLeMoment,
)
from aap.domaine.liens_secrets import sans_lien_secret
from aap.extensions import db, reglages
from aap.routes.garde import attend_du_json
from aap.saisie_gardee import debut_trop_lourd, textes_envoyes

journal = logging.getLogger("aap.erreurs")
# What a database cannot hold: a NUL, a number past 64 bits, half of a character. PostgreSQL
# says DataError; the SQLite driver and the encoders raise Python's own errors.
ILLISIBLES = (DataError, OverflowError, UnicodeEncodeError)
# Two writers crossed and PostgreSQL chose one: deadlock, serialization failure.
# Fields of the forms that carry a file, which their pages take back from their address.
REPRIS = frozenset({"type_piece", "valable_jusquau", "libelle"})
CROISEES = frozenset({"40P01", "40001"})

TEXTES: dict[int, tuple[str, str, str]] = {
    400: (
        "Votre demande n’a pas pu être lue",
        "Ce que votre navigateur a envoyé est incomplet ou illisible.",
        "Revenez à la page précédente, rechargez-la, puis recommencez.",
    ),
    403: (
        "Vous n’avez pas accès à cette page",
        "Votre compte ne donne pas accès à cette page.",
        "Si vous pensez que c’est une erreur, écrivez à la coordination du contrat.",
    ),
    404: (
        "Page introuvable",
        "Cette page n’existe pas, ou n’existe plus.",
        "Vérifiez l’adresse, ou revenez à l’accueil.",
    ),
    405: (
        "Cette action passe par un formulaire",
        "L’adresse ne peut pas être ouverte directement.",
        "Revenez à la page précédente et utilisez son bouton.",
    ),
    409: (
        "La page a changé entre-temps",
        "Cette fiche a changé pendant que vous travailliez\u00a0: quelqu’un l’a modifiée, ou votre "
        "premier clic est déjà passé.",
        "Rechargez la page pour voir où elle en est, puis recommencez si besoin.",
    ),
    413: (
        "Votre envoi est trop lourd",
        "Ce que vous avez envoyé dépasse la taille permise.",
        "Réduisez le fichier (par exemple en numérisant en moins fine qualité) ou le texte, "
        "puis renvoyez-le.",
    ),
    429: (
        "Trop d’essais",
        "Trop d’essais ont été faits en peu de temps.",
        "Attendez quelques minutes avant de recommencer.",
    ),
    500: (
        "Une erreur s’est produite de notre côté",
        "Rien n’a été modifié. L’équipe technique est prévenue par le journal du serveur.",
        "Réessayez dans quelques minutes. Si cela continue, signalez l’heure de l’erreur.",
    ),
    503: (
        "Le service est momentanément indisponible",
        "Rien n’a été modifié : votre demande n’a pas été commencée.",
        "Gardez cette page ouverte et réessayez dans une minute.",
    ),
}


def page_erreur(
    code: int,
    titre: str,
    message: str,
    que_faire: str = "",
    problemes: list | None = None,
    *,
    ecrits: bool = False,
    retour: str | None = None,
) -> ResponseReturnValue:
    """Render one refusal, as a page or as JSON. ``ecrits``: give back what was written;
    ``retour``: address to go back to, the page of the form when None.
    """
    if attend_du_json():
        reponse = jsonify(
            titre=titre,
            message=message,
            que_faire=que_faire,
            problemes=[{"message": p.message, "champ": p.champ} for p in problemes or []],
        )
        reponse.status_code = code
    else:
        valeurs = {
            "code": code,
            "titre": titre,
            "message": message,
            "que_faire": que_faire,
            "problemes": problemes or [],
            "ecrits": textes_envoyes() if ecrits else [],
            "retour": retour or (request.referrer if request.method == "POST" else None),
        }
        reponse = make_response(_corps(code, valeurs), code)
    if code in (429, 503):
        reponse.headers["Retry-After"] = "60"
    return reponse


def _corps(code: int, valeurs: dict[str, Any]) -> str:
    """HTML of the page; for 500 and 503, outside the context processors (they read the base)."""
    if code in (500, 503):
        return current_app.jinja_env.get_template("erreurs/base_nue.html").render(**valeurs)
    return render_template("erreurs/erreur.html", **valeurs)


def _metier(erreur: ErreurMetier) -> ResponseReturnValue:
    db.session.rollback()
    problemes = erreur.problemes if isinstance(erreur, Invalide) else []
    return page_erreur(
        erreur.code_http, erreur.titre, erreur.message, erreur.que_faire, problemes, ecrits=True
    )


def _http(erreur: HTTPException) -> ResponseReturnValue:
    db.session.rollback()
    code = erreur.code or 500
    if code < 400:
        return erreur.get_response()
    titre, message, que_faire = TEXTES.get(code, TEXTES[500] if code >= 500 else TEXTES[400])
    if isinstance(erreur, RequestEntityTooLarge):
        message += f" La limite est de {reglages().taille_piece_mo} Mo par fichier."
        return page_erreur(code, titre, message, que_faire, retour=_retour_trop_lourd())
    return page_erreur(code, titre, message, que_faire)


def _retour_trop_lourd() -> str | None:
    """The page of the form, with what was chosen before the file."""
    if request.method != "POST" or not request.referrer:
        return None
    gardes = {n: v for n, v in debut_trop_lourd() if n in REPRIS and 0 < len(v) <= 200}
    venu = urlsplit(request.referrer)
    anciens = {n: v for n, v in parse_qsl(venu.query) if n not in REPRIS}
    return urlunsplit(venu._replace(query=urlencode(anciens | gardes)))


def _csrf(erreur: CSRFError) -> ResponseReturnValue:
    db.session.rollback()
    return page_erreur(
        400,
        "Le formulaire n’est plus valable",
        "Votre session a changé depuis que la page a été ouverte. Rien n’a été enregistré.",
        "Ce que vous aviez écrit est ci-dessous : copiez-le, rechargez la page, puis envoyez de "
        "nouveau."
        if textes_envoyes()
        else "Revenez à la page précédente, rechargez-la, puis envoyez de nouveau.",
        ecrits=True,
    )


def _refus_du_declencheur(texte: str) -> ErreurMetier | None:
    """What a trigger of ours refused, by its name in the message of the database."""
    if "enveloppe_depassee" in texte:
        return Depassement(
            "Le montant dépasse ce qui reste dans l’enveloppe. Rien n’a été enregistré.",
            "Réduisez le montant, ou choisissez une autre enveloppe.",
        )
    if "grille_figee" in texte:
        return PasLeMoment(
            "Cette grille vient d’être figée : elle sert déjà à noter. Rien n’a été enregistré.",
            "Créez une nouvelle version pour la changer.",
        )
    return None


def traduire(erreur: Exception) -> ErreurMetier | None:
    """The business meaning of a database refusal, when it has one."""
    if isinstance(erreur, StaleDataError):
        return Conflit(TEXTES[409][1], TEXTES[409][2])
    if isinstance(erreur, ILLISIBLES):
        return Invalide(
            "Un des champs contient un nombre trop grand ou un caractère qui ne peut pas être "
            "enregistré. Rien n’a été modifié. Revenez à la page précédente, corrigez ce champ, "
            "puis recommencez."
        )
    texte = str(getattr(erreur, "orig", erreur))
    if isinstance(erreur, DBAPIError) and (refus := _refus_du_declencheur(texte)):
        return refus
    if getattr(getattr(erreur, "orig", None), "sqlstate", None) in CROISEES:
        return Conflit(TEXTES[409][1], TEXTES[409][2])
    if isinstance(erreur, OperationalError):
        return Indisponible(TEXTES[503][1], TEXTES[503][2])
    if isinstance(erreur, IntegrityError):
        return Conflit(
            "Ces informations se contredisent avec ce qui est déjà enregistré "
            "(souvent : le même envoi fait deux fois). Rien n’a été modifié.",
            "Rechargez la page : si votre action y figure, elle a bien été prise en compte.",
        )
    return None


def _base(erreur: Exception) -> ResponseReturnValue:
    try:
        db.session.rollback()
    except DBAPIError:
        db.session.remove()
    sens = traduire(erreur)
    journal.warning("refus de la base : %s", erreur)
    if sens is None:
        journal.exception("erreur de base non traduite", exc_info=erreur)
        return page_erreur(500, *TEXTES[500])
    return page_erreur(sens.code_http, sens.titre, sens.message, sens.que_faire, ecrits=True)


def _imprevue(erreur: Exception) -> ResponseReturnValue:
    try:
        db.session.rollback()
    except DBAPIError:
        db.session.remove()
    chemin = sans_lien_secret(request.url_root.rstrip("/") + request.path)
    journal.exception("erreur imprévue sur %r", chemin, exc_info=erreur)
    return page_erreur(500, *TEXTES[500])


def brancher_erreurs(app: Flask) -> None:
    """Register the handlers; in tests an unforeseen exception is raised, not hidden."""
    app.register_error_handler(ErreurMetier, _metier)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StaleDataError, _base)
    app.register_error_handler(DBAPIError, _base)
    app.register_error_handler(OverflowError, _base)
    app.register_error_handler(UnicodeEncodeError, _base)
    if not app.config["TESTING"]:
        app.register_error_handler(Exception, _imprevue)
