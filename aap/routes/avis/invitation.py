"""The mailed link of an opinion: no account, one dossier, one answer.

Whoever holds the link is the guest. Unknown links are counted by network address and slowed
down; nothing tells an unknown link from one that another date has replaced.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.authentification import adresse_visiteur
from aap.domaine.erreurs import Conflit, Interdit, Introuvable, Invalide
from aap.extensions import db, marquer_lecture
from aap.models import EtatAnalyse, InvitationAvis, ValeurAvis
from aap.permissions import may
from aap.permissions.avis import invitation_attend
from aap.requetes.invitations import (
    avis_rendu,
    invitation_par_cle,
    lecture_invitee,
    piece_invitee,
)
from aap.routes.avis import bp
from aap.routes.garde import acteur_courant, attend_du_json, publique
from aap.services import invitation as service
from aap.services.hachage import empreinte
from aap.services.tentative import PAR_LIEN, TropDEssais, attente, compter, duree_en_mots
from aap.stockage import stockage
from forms.invitation import ReponseInviteForm

LISIBLES = (EtatAnalyse.NON_ANALYSE, EtatAnalyse.SAIN)
VALEURS = {v.value: v for v in ValeurAvis if v in service.EXTERIEURES}
DEUX_FENETRES = (
    "Ce texte a changé depuis que cette page est ouverte, sans doute dans une autre fenêtre. "
    "Comparez avec ce qui est gardé, puis envoyez de nouveau."
)


def _form(*, vide: bool = False) -> ReponseInviteForm:
    form = ReponseInviteForm(formdata=None) if vide else ReponseInviteForm()
    return form.proposer((code, v.libelle) for code, v in VALEURS.items())


def _choisie(form: ReponseInviteForm) -> ValeurAvis | None:
    """The opinion ticked, None without any (or for a value slipped in)."""
    return VALEURS.get(form.valeur.data or "")


def _reserver(reponse: ResponseReturnValue) -> Response:
    """Neither indexed, nor kept, nor told to other sites (a form needs the same origin)."""
    faite = make_response(reponse)
    faite.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    faite.headers["Referrer-Policy"] = "same-origin"
    faite.headers["Cache-Control"] = "no-store"
    return faite


def _lire(cle: str) -> InvitationAvis | None:
    """The invitation of this link; None once the miss is counted. Raises TropDEssais."""
    adresse = adresse_visiteur()
    delai = attente(PAR_LIEN, adresse)
    if delai:
        raise TropDEssais(
            "Trop de liens inconnus ont été essayés depuis votre connexion.",
            f"Attendez {duree_en_mots(delai)}, puis ouvrez le lien de votre dernier courriel.",
        )
    invitation = invitation_par_cle(empreinte(cle)) if len(cle) < 100 else None
    if invitation is None:
        db.session.rollback()
        marquer_lecture(False)
        compter(PAR_LIEN, adresse)
    else:
        _refuser_autrui(invitation)
    return invitation


def _refuser_autrui(invitation: InvitationAvis) -> None:
    """Nobody answers in somebody else's name from her own account. Raises Interdit."""
    connecte = acteur_courant().utilisateur_id
    invite = invitation.demande.utilisateur
    if connecte is not None and connecte != invite.id:
        raise Interdit(
            f"Ce lien est personnel : l’avis est demandé à {invite.nom_complet}, "
            "et vous avez ouvert votre session sous un autre nom.",
            "S’il est bien le vôtre, fermez d’abord cette session, puis ouvrez-le de nouveau.",
        )


def _inconnu() -> Response:
    return _reserver((render_template("avis/invitation_fermee.html", invitation=None), 404))


def _fermee(invitation: InvitationAvis) -> Response:
    page = render_template(
        "avis/invitation_fermee.html",
        invitation=invitation,
        contact=invitation.demande.dossier.campagne.contact,
    )
    return _reserver((page, 410))


def _page(
    invitation: InvitationAvis, form: ReponseInviteForm | None = None, code: int = 200
) -> Response:
    """What the link shows, according to where the guest stands."""
    if invitation.rendue_le is not None:
        avis = avis_rendu(invitation)
        page = render_template("avis/invitation_recu.html", invitation=invitation, avis=avis)
        return _reserver(page)
    if not may(service.invite_de(invitation), "invitation.repondre", invitation):
        return _fermee(invitation)
    if invitation.acceptee_le is None:
        return _reserver(render_template("avis/invitation_accueil.html", invitation=invitation))
    if form is None:
        form = _form(vide=True)
        form.valeur.data = (
            invitation.brouillon_valeur.value if invitation.brouillon_valeur else None
        )
        form.commentaire.data = invitation.brouillon
    form.version.data = str(invitation.version)
    page = render_template(
        "avis/invitation.html",
        invitation=invitation,
        demande=invitation.demande,
        dossier=invitation.demande.dossier,
        sections=lecture_invitee(invitation),
        form=form,
        erreurs=form.problemes(),
        cle=request.view_args["cle"] if request.view_args else "",
    )
    return _reserver((page, code))


@bp.get("/invitation/<cle>")
@publique
def invitation(cle: str) -> ResponseReturnValue:
    lue = _lire(cle)
    return _inconnu() if lue is None else _page(lue)


def _retour(cle: str) -> ResponseReturnValue:
    return redirect(url_for("avis.invitation", cle=cle), 303)


@bp.post("/invitation/<cle>/accepter")
@publique
def accepter_invitation(cle: str) -> ResponseReturnValue:
    """« lien » = oui: the guest has a link with the organisme and steps out."""
    lue = _lire(cle)
    if lue is None:
        return _inconnu()
    if not invitation_attend(lue):
        return _retour(cle)
    acteur = service.invite_de(lue)
    if request.form.get("lien") == "oui":
        service.recuser(acteur, lue)
    elif request.form.get("lien") == "non":
        service.accepter(acteur, lue)
    else:
        flash("Dites d’abord si vous avez un lien avec l’organisme.", "erreur")
    return _retour(cle)


@bp.post("/invitation/<cle>/brouillon")
@publique
def brouillon_invitation(cle: str) -> ResponseReturnValue:
    """Autosave: answers 204 with the new version, or the reason in JSON."""
    lue = _lire(cle)
    if lue is None:
        return _inconnu()
    form = _form()
    if not form.validate():
        raise Invalide("Ce texte n’est pas gardé.", form.problemes())
    service.garder_brouillon(
        service.invite_de(lue), lue, _choisie(form), form.commentaire.data or "",
        version=form.version_lue(),
    )  # fmt: skip
    if request.headers.get("HX-Request") or attend_du_json():
        page = render_template("avis/_invitation_gardee.html", invitation=lue)
        return _reserver(page)
    flash("Votre brouillon est gardé. Il n’est pas encore envoyé.", "succes")
    return _retour(cle)


@bp.post("/invitation/<cle>")
@publique
def rendre_invitation(cle: str) -> ResponseReturnValue:
    """Send for good; what was typed comes back with every refusal."""
    lue = _lire(cle)
    if lue is None:
        return _inconnu()
    if not invitation_attend(lue):
        return _page(lue)
    form = _form()
    if not form.validate():
        return _page(lue, form, 422)
    valeur = _choisie(form)
    if valeur is None:
        form.refuser("valeur", "Choisissez l’un des avis proposés.")
        return _page(lue, form, 422)
    try:
        service.rendre(
            service.invite_de(lue), lue, valeur, form.commentaire.data or "",
            version=form.version_lue(),
        )  # fmt: skip
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes)
        return _page(lue, form, 422)
    except Conflit:
        db.session.rollback()
        form.form_errors = [*form.form_errors, DEUX_FENETRES]
        return _page(lue, form, 409)
    return _retour(cle)


@bp.get("/invitation/<cle>/documents/<int:fichier_id>")
@publique
def document_invitation(cle: str, fichier_id: int) -> ResponseReturnValue:
    """A paper that the asker let the guest read, as an attachment, while an answer is awaited."""
    lue = _lire(cle)
    if lue is None:
        return _inconnu()
    ouverte = lue.acceptee_le is not None
    if not ouverte or not may(service.invite_de(lue), "invitation.repondre", lue):
        return _fermee(lue)
    fichier = piece_invitee(lue, fichier_id)
    if fichier is None or fichier.analyse not in LISIBLES:
        raise Introuvable("Ce document ne vous est pas montré, ou n’est plus au dossier.")
    reponse = Response(stockage().morceaux(fichier.cle), mimetype=fichier.type_mime)
    reponse.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    reponse.headers["Content-Length"] = str(fichier.taille)
    reponse.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(fichier.nom)}"
    return _reserver(reponse)
