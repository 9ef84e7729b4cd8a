"""After the transmission: state in words, per funder, history, messages, documents, PDF."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.texte import slug
from aap.models import Dossier
from aap.requetes import porteur as lire
from aap.requetes.contenu_depose import contenu_depose
from aap.requetes.delais import delais
from aap.requetes.notification import decision_notifiable, fiche_offerte
from aap.requetes.plan_recalcule import plan_du_porteur
from aap.requetes.publication import etat_dossier_porteur, lignes_porteur
from aap.requetes.recours import recours_de, refus_contestable
from aap.requetes.revisions_budget import revisions
from aap.requetes.versements_porteur import lignes_historique, paiements_de
from aap.requetes.versions import contenu_lisible, depot_demande, versions
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services.message import ecrire_message
from aap.services.renoncement import renoncables
from aap.services.transition import boutons
from forms.pieces import FormulaireMessage
from workflows.dossier import EtatDossier

# Rank of each state in the five phases of the screen (macros/progression.html).
E = EtatDossier
PHASE = {
    E.DEPOSE: 1,
    E.A_COMPLETER: 1,
    E.EN_INSTRUCTION: 1,
    E.AJOURNE: 2,
    E.LISTE_ATTENTE: 2,
    E.PROGRAMME: 3,
    E.EN_EXECUTION: 4,
    E.CLOS: 5,
}


def montrer_suivi(
    dossier: Dossier, form: FormulaireMessage | None = None, code: int = 200
) -> ResponseReturnValue:
    """The follow-up page of a dossier that is no longer a draft."""
    lire.charger_redaction(dossier)
    etat = etat_dossier_porteur(dossier)
    form = form or FormulaireMessage(formdata=None)
    retirer = next(
        (b for b in boutons(acteur_courant(), dossier) if b.transition.declencheur == "retirer"),
        None,
    )
    lignes = lignes_porteur(dossier)
    suivi, paiements = lire.suivi(dossier), paiements_de(dossier)
    page = render_template(
        "porteur/dossier/suivi.html",
        dossier=dossier,
        etat=etat,
        lignes=lignes,
        plan=plan_du_porteur(dossier, lignes),
        revisions=revisions(dossier),
        phase=PHASE.get(etat),
        suivi=suivi,
        paiements=paiements,
        historique=lignes_historique(suivi.evenements, paiements, suivi.conventions),
        # The state that she may read: a delay that vanishes would tell that a decision is taken.
        delai=delais({dossier.id: etat}).get(dossier.id),
        pieces=lire.pieces_dossier(dossier),
        decision=decision_notifiable(dossier),
        fiche_notation=fiche_offerte(dossier),
        refus=refus_contestable(dossier),
        recours=recours_de(dossier),
        renoncables=renoncables(acteur_courant(), dossier),
        retirable=retirer is not None and retirer.possible,
        form=form,
        erreurs=form.problemes(),
        moi=acteur_courant().utilisateur_id,
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/suivi")
@garde("dossier.voir_porteur", Dossier)
def suivre(dossier: Dossier) -> ResponseReturnValue:
    """The same page while complements are awaited."""
    if dossier.depose_le is None:
        return redirect(url_for("porteur.dossier", dossier_id=dossier.id), 303)
    return montrer_suivi(dossier)


@bp.post("/dossiers/<int:dossier_id>/messages")
@garde("dossier.rediger", Dossier)
def envoyer_message(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireMessage()
    if not form.validate_on_submit():
        return montrer_suivi(dossier, form, 422)
    ecrire_message(acteur_courant(), dossier, form.texte.data)
    flash("Votre message est envoyé.", "succes")
    return redirect(url_for("porteur.suivre", dossier_id=dossier.id, _anchor="messages"), 303)


@bp.get("/dossiers/<int:dossier_id>/versions")
@garde("dossier.voir_porteur", Dossier)
def versions_deposees(dossier: Dossier) -> ResponseReturnValue:
    """What was signed each time, and what changed from one deposit to the next."""
    return render_template(
        "porteur/dossier/versions.html", dossier=dossier, versions=versions(dossier)
    )


@bp.get("/dossiers/<int:dossier_id>/contenu")
@garde("dossier.voir_porteur", Dossier)
def contenu(dossier: Dossier) -> ResponseReturnValue:
    """The whole content on one page, read only: also of a draft that lapsed at the closing."""
    lire.charger_redaction(dossier)
    return render_template(
        "porteur/dossier/contenu.html",
        dossier=dossier,
        rubriques=contenu_lisible(dossier, contenu_depose(dossier)),
    )


@bp.get("/dossiers/<int:dossier_id>/dossier.pdf")
@garde("dossier.voir_porteur", Dossier)
def pdf(dossier: Dossier) -> ResponseReturnValue:
    """The dossier in the order of the CERFA: as signed (``?version=2``: the second deposit).

    While it can still be written, the text of the moment, which is what will be signed.
    """
    lire.charger_redaction(dossier)
    depot = depot_demande(dossier, request.args.get("version", ""))
    contenu = depot.contenu if depot else contenu_depose(dossier)
    suffixe = f"-version-{depot.numero_depot}" if depot and len(dossier.depots) > 1 else ""
    nom = slug(f"dossier-{dossier.reference}{suffixe}-{dossier.intitule}", 80)
    return _pdf(documents.pdf_dossier(dossier, contenu, depot), nom)


@bp.get("/dossiers/<int:dossier_id>/notification.pdf")
@garde("dossier.voir_porteur", Dossier)
def notification(dossier: Dossier) -> ResponseReturnValue:
    """The letter of the last published decision; unknown before any publication."""
    return _pdf(documents.lettre_notification(dossier), f"notification-{slug(dossier.reference)}")


@bp.get("/dossiers/<int:dossier_id>/fiche-notation.pdf")
@garde("dossier.voir_porteur", Dossier)
def fiche_notation(dossier: Dossier) -> ResponseReturnValue:
    """Reasons and own notes, once the final decision is published; unknown before."""
    return _pdf(documents.pdf_fiche_notation(dossier), f"fiche-notation-{slug(dossier.reference)}")


def _pdf(octets: bytes, nom: str) -> Response:
    return Response(
        octets,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{nom}.pdf"',
            "Content-Security-Policy": "sandbox",
        },
    )
