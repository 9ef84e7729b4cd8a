"""Late deposits: drafts that were not transmitted, and the act that accepts one."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.calendrier import StatutDepot
from aap.domaine.erreurs import Invalide
from aap.models import Campagne, Dossier
from aap.requetes.affectations import brouillons_hors_delai
from aap.requetes.campagne_ouverte import statut_de
from aap.routes.coordination import bp
from aap.routes.coordination.commun import page, refuser
from aap.routes.garde import acteur_courant, garde
from aap.services.affectation import accepter_hors_delai
from aap.services.campagne_horloge import HORS_DELAI_POSSIBLE
from forms.affectation import FormulaireHorsDelai


@bp.get("/campagnes/<int:campagne_id>/hors-delai")
@garde("campagne.affecter", Campagne)
def hors_delai(campagne: Campagne) -> ResponseReturnValue:
    """Who had begun and has not transmitted (their contents stay theirs)."""
    clos = statut_de(campagne) is StatutDepot.CLOS
    return page(
        "hors_delai.html",
        campagne,
        dossiers=brouillons_hors_delai(acteur_courant(), campagne),
        possible=clos and campagne.etat in HORS_DELAI_POSSIBLE,
        clos=clos,
    )


@bp.route("/dossiers/<int:dossier_id>/hors-delai", methods=["GET", "POST"])
@garde("dossier.accepter_hors_delai", Dossier)
def accepter(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireHorsDelai(data={"version": str(dossier.version)})
    if form.validate_on_submit():
        try:
            accepter_hors_delai(
                acteur_courant(), dossier, form.motif.data, version=form.version_lue()
            )
        except Invalide as erreur:
            refuser(form, erreur)
        else:
            flash("Le dépôt hors délai est accepté : le porteur est prévenu.", "succes")
            retour = url_for("coordination.hors_delai", campagne_id=dossier.campagne_id)
            return redirect(retour, 303)
    return page("hors_delai_accepter.html", dossier.campagne, form, dossier=dossier)
