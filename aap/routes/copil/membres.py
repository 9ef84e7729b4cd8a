"""Members of a session: the list, the mails, who is in the room."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.agenda import ecrire_agenda
from aap.domaine.erreurs import Introuvable, Invalide
from aap.domaine.horloge import maintenant
from aap.domaine.texte import accorder, slug
from aap.extensions import db
from aap.models import Presence, Seance
from aap.requetes.convocation import convoques, reunion
from aap.requetes.copil import membres_convocables, presences_de, utilisateur_par_id
from aap.requetes.lecture_objets import lire
from aap.routes.copil import bp
from aap.routes.copil.accueil import page_formulaire, vers_seance
from aap.routes.garde import acteur_courant, garde
from aap.services import seance as service
from forms.champs import SelectChoice
from forms.seance import ConvoquerForm, lire_ids


def piece_jointe(octets: bytes, genre: str, nom: str) -> Response:
    """A file made for this reader, that no cache keeps."""
    entetes = {
        "Content-Disposition": f'attachment; filename="{nom}"',
        "Cache-Control": "private, no-store",
    }
    return Response(octets, content_type=genre, headers=entetes)


def _vers(seance: Seance) -> ResponseReturnValue:
    return redirect(url_for("copil.membres", seance_id=seance.id), 303)


def _page(seance: Seance, form: ConvoquerForm) -> ResponseReturnValue:
    gens = membres_convocables(seance)
    form.membre.choices = [SelectChoice("", "Choisissez")] + [
        SelectChoice(u.id, u.nom_complet) for u in gens
    ]
    return page_formulaire(
        "copil/membres.html",
        form,
        seance=seance,
        presences=presences_de(seance),
        reste=len(gens),
        convoques=convoques(seance),
    )


@bp.get("/seances/<int:seance_id>/membres")
@garde("seance.preparer", Seance)
def membres(seance: Seance) -> ResponseReturnValue:
    return _page(seance, ConvoquerForm(formdata=None))


@bp.post("/seances/<int:seance_id>/membres")
@garde("seance.preparer", Seance)
def convoquer(seance: Seance) -> ResponseReturnValue:
    form = ConvoquerForm()
    personne = utilisateur_par_id(form.membre.data or 0)
    if not form.validate() or personne is None:
        return _page(seance, form)
    try:
        service.convoquer(acteur_courant(), seance, personne, form.qualite.data or "")
    except Invalide as erreur:
        db.session.rollback()
        form.refuser("membre", erreur.message)
        return _page(seance, form)
    flash(f"{personne.nom_complet} est sur la liste des membres.", "succes")
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/membres/<int:presence_id>/retirer")
@garde("seance.preparer", Seance)
def retirer_membre(seance: Seance, presence_id: int) -> ResponseReturnValue:
    presence = lire(Presence, presence_id)
    if presence is None or presence.seance_id != seance.id:
        raise Introuvable("Cette personne n’est pas sur la liste de la séance.")
    prevenue = service.decommander(acteur_courant(), presence)
    suite = " Un courriel annule sa convocation." if prevenue else ""
    flash(f"La personne est retirée de la liste.{suite}", "succes")
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/convocations")
@garde("seance.preparer", Seance)
def convocations(seance: Seance) -> ResponseReturnValue:
    nombre = service.envoyer_convocations(acteur_courant(), seance)
    flash(f"{accorder(nombre, 'convocation part', 'convocations partent')} par courriel.", "succes")
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/convocations/annuler")
@garde("seance.preparer", Seance)
def annuler_convocations(seance: Seance) -> ResponseReturnValue:
    """The meeting is called off: the list and the agenda stay."""
    nombre = service.annuler_convocations(acteur_courant(), seance, request.form.get("motif", ""))
    flash(f"{accorder(nombre, 'membre prévenu', 'membres prévenus')} par courriel.", "succes")
    return _vers(seance)


@bp.get("/seances/<int:seance_id>/convocation.pdf")
@garde("seance.voir", Seance)
def convocation_pdf(seance: Seance) -> ResponseReturnValue:
    """Convocation and agenda, without the organismes that the reader has a link with."""
    deports = acteur_courant().deports
    return piece_jointe(
        documents.pdf_convocation(seance, deports, maintenant()),
        "application/pdf",
        f"convocation-{slug(seance.titre) or seance.id}.pdf",
    )


@bp.get("/seances/<int:seance_id>/seance.ics")
@garde("seance.voir", Seance)
def agenda_seance(seance: Seance) -> ResponseReturnValue:
    """The meeting, for whoever adds it to her agenda."""
    octets = ecrire_agenda(reunion(seance, maintenant()))
    return piece_jointe(
        octets, "text/calendar; charset=utf-8", f"{slug(seance.titre) or 'seance'}.ics"
    )


@bp.post("/seances/<int:seance_id>/presences")
@garde("seance.preparer", Seance)
def presences(seance: Seance) -> ResponseReturnValue:
    """The whole attendance list at once."""
    presents = set(lire_ids(request.form.getlist("present")))
    service.marquer_presences(acteur_courant(), seance, presents)
    flash("Les présences sont notées.", "succes")
    return vers_seance(seance) if request.form.get("retour") == "seance" else _vers(seance)
