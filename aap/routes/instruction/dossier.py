"""The dossier as its instructors read it, and the thread with the porteur."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Dossier, Recours
from aap.permissions import Acteur, exiger, may
from aap.permissions.instruction import NOTABLES
from aap.requetes import suivi_dossier as suivi
from aap.requetes.alertes import alertes
from aap.requetes.delais import delai_du, explication
from aap.requetes.examen import examen_ouvert
from aap.requetes.fiche_dossier import fiche
from aap.requetes.invitations import invitations_des
from aap.requetes.lecture_anonyme import nom_masque
from aap.requetes.plan_recalcule import plan_apres_decisions
from aap.requetes.recours import OBJETS, recours_de, refus_contestable
from aap.requetes.renvois import elements_demandes
from aap.requetes.revisions_budget import revisions
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.actes import actions_dossier, actions_ligne, lien_fichier
from aap.routes.instruction.lecture import a_lire_sans_nom
from aap.services.avis import ATTENDENT_AVIS
from aap.services.message import ecrire_message
from aap.services.revision_budget import raison_pas_revisable
from forms.recevabilite import MessageForm


def afficher(dossier: Dossier, message: MessageForm, code: int = 200) -> ResponseReturnValue:
    """The whole page; ``message`` keeps what was typed on the thread."""
    acteur = acteur_courant()
    lue = fiche(dossier)
    vie = suivi.vie(dossier)
    delai = delai_du(lue.dossier, vie.complements)
    valeurs = {
        "fiche": lue,
        "dossier": lue.dossier,
        "delai": delai,
        "explication_delai": explication(lue.dossier, vie.complements) if delai else [],
        "attendus": suivi.attendus(acteur, lue.dossier, vie, delai),
        "alertes": alertes(lue.dossier, lue.comptes),
        "actions": actions_dossier(acteur, lue.dossier),
        "lignes": [(x, actions_ligne(acteur, x)) for x in lue.dossier.financements],
        "avis": vie.avis,
        "avis_par_financeur": {a.financeur_id: a for a in vie.avis if a.financeur_id},
        "demandes_avis": vie.demandes_avis,
        "invitations": invitations_des(vie.demandes_avis),
        "complements": vie.complements,
        "elements_demandes": elements_demandes,
        "messages": vie.messages,
        "historique": suivi.historique(dossier),
        "instructeurs": vie.instructeurs,
        "travail_transmis": acteur.utilisateur_id in vie.transmis,
        "peut_demander_avis": dossier.etat in ATTENDENT_AVIS
        and may(acteur, "dossier.demander_avis", dossier),
        "a_noter": acteur.utilisateur_id not in vie.notateurs
        and (dossier.etat in NOTABLES or examen_ouvert(dossier))
        and may(acteur, "dossier.noter", dossier),
        "peut_ecrire": may(acteur, "dossier.ecrire_message", dossier),
        "form_message": message,
        "lien_fichier": lien_fichier,
        **_plan(acteur, lue.dossier),
        "nom_masque": nom_masque(acteur, lue.dossier),
        "recours": _recours(dossier),
        "peut_enregistrer_recours": dossier.etat in OBJETS
        and may(acteur, "dossier.enregistrer_recours", dossier)
        and refus_contestable(dossier) is not None,
    }
    return render_template("instruction/dossier.html", **valeurs), code


def _recours(dossier: Dossier) -> list[Recours]:
    """The appeals that the reader may open, newest first."""
    lus = recours_de(dossier) if dossier.depose_le else []
    return [r for r in lus if may(acteur_courant(), "recours.voir", r)]


def _plan(acteur: Acteur, dossier: Dossier) -> dict[str, object]:
    """What the decisions made of the budget; nothing is read before them."""
    plan = plan_apres_decisions(dossier)
    if plan is None:
        return {"plan": None}
    return {
        "plan": plan,
        "revisions": revisions(dossier),
        "revisable": bool(may(acteur, "dossier.demander_budget_revise", dossier)),
        "pas_revisable": raison_pas_revisable(dossier),
    }


@bp.get("/dossiers/<int:dossier_id>", endpoint="dossier")
@garde("dossier.examiner", Dossier)
def voir(dossier: Dossier) -> ResponseReturnValue:
    if a_lire_sans_nom(dossier):
        return redirect(url_for("instruction.lecture_sans_nom", dossier_id=dossier.id), 303)
    return afficher(dossier, MessageForm())


@bp.post("/dossiers/<int:dossier_id>/messages")
@garde("dossier.examiner", Dossier)
def message(dossier: Dossier) -> ResponseReturnValue:
    """Write to the porteur. The guard is that of the page: a refused form shows it again; who
    only reads the page (the committee) is refused first."""
    exiger(acteur_courant(), "dossier.ecrire_message", dossier)
    form = MessageForm()
    if not form.validate_on_submit():
        return afficher(dossier, form, 422)
    try:
        ecrire_message(acteur_courant(), dossier, form.texte.data)
    except Invalide as refus:
        db.session.rollback()
        form.refuser("texte", refus.message)
        return afficher(dossier, form, 422)
    flash("Votre message est envoyé au porteur.", "succes")
    return redirect(url_for("instruction.dossier", dossier_id=dossier.id) + "#messages", 303)
