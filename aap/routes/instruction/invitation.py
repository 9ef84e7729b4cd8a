"""Asking an opinion from somebody without account; extending, revoking what was asked."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import Dossier, InvitationAvis, NatureInvite
from aap.requetes.invitations import avis_rendu, pieces_a_montrer
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.services import invitation as service
from forms.invitation import InvitationForm, ProlongationForm

NATURES = [(n.value, n.libelle) for n in NatureInvite]


def _page_invitation(
    dossier: Dossier, form: InvitationForm, code: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "instruction/invitation.html", dossier=dossier, form=form, erreurs=form.problemes()
    )
    return page, code


@bp.route("/dossiers/<int:dossier_id>/invitation", methods=["GET", "POST"])
@garde("dossier.demander_avis", Dossier)
def inviter(dossier: Dossier) -> ResponseReturnValue:
    form = InvitationForm().proposer(NATURES, pieces_a_montrer(dossier))
    if not form.is_submitted():
        return _page_invitation(dossier, form)
    if not form.validate():
        return _page_invitation(dossier, form, 422)
    donnees = service.DonneesInvitation(
        form.courriel.data,
        form.prenom.data,
        form.nom.data,
        NatureInvite(form.nature.data),
        form.qualite.data,
        form.question.data or "",
        form.echeance.data,
        form.pieces.data or (),
    )
    try:
        service.inviter(acteur_courant(), dossier, donnees)
    except (Invalide, PasLeMoment) as refus:
        db.session.rollback()
        form.reprendre(getattr(refus, "problemes", None) or [Probleme(refus.message)])
        return _page_invitation(dossier, form, 422)
    flash("L’invitation part par courriel.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id) + "#avis", 303)


@bp.route("/invitations/<int:invitation_avis_id>", methods=["GET", "POST"])
@garde("invitation.gerer", InvitationAvis)
def invitation(invitation_avis: InvitationAvis) -> ResponseReturnValue:
    """Where an invitation stands; another date may be given."""
    form = ProlongationForm()
    code = 200
    if form.is_submitted():
        try:
            if form.validate():
                service.prolonger(acteur_courant(), invitation_avis, form.echeance.data)
                flash("Un nouveau lien part par courriel. L’ancien ne marche plus.", "succes")
                cle = invitation_avis.demande_avis_id
                adresse = url_for("instruction.invitation", invitation_avis_id=cle)
                return redirect(adresse, 303)
        except (Invalide, PasLeMoment) as refus:
            db.session.rollback()
            form.reprendre(getattr(refus, "problemes", None) or [Probleme(refus.message)])
        code = 422
    page = render_template(
        "instruction/invitation_suivi.html",
        invitation=invitation_avis,
        demande=invitation_avis.demande,
        dossier=invitation_avis.demande.dossier,
        avis=avis_rendu(invitation_avis),
        form=form,
        erreurs=form.problemes(),
    )
    return page, code


@bp.post("/invitations/<int:invitation_avis_id>/retirer")
@garde("invitation.gerer", InvitationAvis)
def retirer_invitation(invitation_avis: InvitationAvis) -> ResponseReturnValue:
    cle = invitation_avis.demande_avis_id
    service.revoquer(acteur_courant(), invitation_avis)
    flash("L’invitation est retirée : le lien n’ouvre plus rien.", "succes")
    return redirect(url_for("instruction.invitation", invitation_avis_id=cle), 303)
