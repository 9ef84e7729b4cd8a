"""The session's page: ranked list, remainders, course of the session, totals, projection."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Dossier, Seance
from aap.permissions import may
from aap.requetes.copil import choix_filtres, fichier_pv
from aap.requetes.copil_dossier import page_dossier, premier_a_decider
from aap.requetes.copil_liste import FiltresSeance, enveloppes_vues, vue_seance
from aap.requetes.copil_totaux import totaux_seance
from aap.requetes.lecture_objets import lire
from aap.requetes.scrutins import ScrutinVu, vote_en_cours, votes_du_dossier
from aap.routes.copil import bp
from aap.routes.copil.accueil import page_formulaire, vers_seance
from aap.routes.copil.formulaires import formulaire_vierge
from aap.routes.garde import acteur_courant, garde
from aap.services import seance as service
from aap.services.transition import boutons
from forms.base import FormulaireVersionne
from forms.seance import ReouvertureForm, entier_ou_rien
from workflows.seance import EtatSeance

ACTES = {
    "ouvrir": (service.ouvrir, "La séance est ouverte."),
    "suspendre": (service.suspendre, "La séance est suspendue."),
    "reprendre": (service.reprendre, "La séance reprend."),
    "clore": (service.clore, "La séance est close. Relisez le procès-verbal, puis arrêtez-le."),
}


def lire_filtres() -> FiltresSeance:
    """The filters of the address; anything unreadable in it is ignored."""
    a = request.args
    decision = a.get("decision", "")
    return FiltresSeance(
        commune=entier_ou_rien(a.get("commune")),
        orientation=entier_ou_rien(a.get("orientation")),
        decision=decision if decision in ("a_decider", "decides") else "",
        ordre="seance" if a.get("ordre") == "seance" else "classement",
        page=max(1, entier_ou_rien(a.get("page")) or 1),
    )


@bp.get("/seances/<int:seance_id>")
@garde("seance.voir", Seance)
def seance(seance: Seance) -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres()
    vue = vue_seance(acteur, seance, filtres)
    ecrit = bool(may(acteur, "seance.preparer", seance))
    return render_template(
        "copil/seance.html",
        seance=seance,
        vue=vue,
        filtres=filtres,
        choix=choix_filtres(seance.campagne.contrat),
        ecrit=ecrit,
        formulaires={d.id: formulaire_vierge(d) for d in vue.lignes} if ecrit else {},
        boutons=boutons(acteur, seance) if ecrit else [],
        premier=premier_a_decider(acteur, seance),
        vote=vote_en_cours(acteur, seance),
        pv=seance.etat is EtatSeance.PV_ARRETE and fichier_pv(seance),
    )


@bp.post("/seances/<int:seance_id>/<any(ouvrir,suspendre,reprendre,clore):acte>")
@garde("seance.preparer", Seance)
def conduire(seance: Seance, acte: str) -> ResponseReturnValue:
    faire, phrase = ACTES[acte]
    faire(acteur_courant(), seance, version=FormulaireVersionne().version_lue())
    flash(phrase, "succes")
    return vers_seance(seance)


@bp.get("/seances/<int:seance_id>/clore")
@garde("seance.preparer", Seance)
def confirmer_cloture(seance: Seance) -> ResponseReturnValue:
    return render_template(
        "copil/clore.html",
        seance=seance,
        bouton=next(
            (b for b in boutons(acteur_courant(), seance) if b.transition.declencheur == "clore"),
            None,
        ),
    )


@bp.route("/seances/<int:seance_id>/rouvrir", methods=["GET", "POST"])
@garde("seance.preparer", Seance)
def rouvrir(seance: Seance) -> ResponseReturnValue:
    form = ReouvertureForm(obj=seance)
    if form.validate_on_submit():
        service.rouvrir(acteur_courant(), seance, form.motif.data, version=form.version_lue())
        flash("La séance est rouverte.", "succes")
        return vers_seance(seance)
    return page_formulaire("copil/rouvrir.html", form, seance=seance)


@bp.get("/seances/<int:seance_id>/totaux")
@garde("seance.voir", Seance)
def totaux(seance: Seance) -> ResponseReturnValue:
    return render_template(
        "copil/totaux.html",
        objectif=bool(may(acteur_courant(), "finance.cpo")),
        seance=seance,
        totaux=totaux_seance(acteur_courant(), seance),
        ecrit=bool(may(acteur_courant(), "seance.preparer", seance)),
    )


def _vote_projete(seance: Seance, dossier: Dossier | None) -> ScrutinVu | None:
    """The last vote on the dossier that the room sees."""
    votes = votes_du_dossier(acteur_courant(), seance, dossier.id) if dossier else []
    return votes[-1] if votes else None


@bp.get("/seances/<int:seance_id>/projection")
@garde("seance.projeter", Seance)
def projection(seance: Seance) -> ResponseReturnValue:
    """What the room sees: the current dossier, its amounts, nothing else of the examination."""
    acteur = acteur_courant()
    dossier = lire(Dossier, seance.dossier_courant_id)
    conflit = dossier is not None and dossier.organisme_id in acteur.deports
    page = page_dossier(acteur, seance, dossier) if dossier is not None and not conflit else None
    return render_template(
        "copil/projection.html",
        seance=seance,
        page=page,
        conflit=conflit,
        vote=_vote_projete(seance, dossier) if page else None,
        enveloppes=page.enveloppes if page else enveloppes_vues(seance.campagne_id)[1],
        retour=url_for("copil.seance", seance_id=seance.id),
    )
