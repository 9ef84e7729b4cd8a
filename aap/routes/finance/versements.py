"""Payments: list, page, proposal, second person, mandate, payment."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Versement
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres, liste_versements
from aap.requetes.liasses import lignes_vivantes
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import Acte, actions, motive, page_acte, simple
from aap.routes.garde import acteur_courant, garde
from aap.services import versement as service
from aap.services.rejet_paiement import constater_rejet
from aap.services.verification_versement import a_verifier
from forms.versement import FormulaireMandat, FormulairePaiement
from forms.vote import FormulaireMotifCourt
from workflows.versement import EtatVersement


def _montant_mandate(versement: Versement, form: FormulairePaiement) -> None:
    form.montant.data = versement.montant


def _engagement_remis(versement: Versement, form: FormulaireMandat) -> None:
    """The engagement that the liasse told the finance software, else the one typed before."""
    ligne = lignes_vivantes([versement.id]).get(versement.id)
    form.numero_ej.data = ligne.numero_ej if ligne is not None else versement.numero_ej


ACTES: dict[str, Acte] = {
    "proposer": simple(service.proposer, principal=True, avertir=a_verifier),
    "valider": simple(service.valider, principal=True, avertir=a_verifier),
    "mandater": Acte(
        lambda a, o, f, v: service.mandater(
            a, o, f.numero_mandat.data, f.numero_ej.data or "", version=v
        ),
        FormulaireMandat,
        principal=True,
        preremplir=_engagement_remis,
    ),
    "constater_paiement": Acte(
        lambda a, o, f, v: service.constater_paiement(
            a, o, f.paye_le.data, f.montant.data, f.motif.data or "", version=v
        ),
        FormulairePaiement,
        principal=True,
        preremplir=_montant_mandate,
    ),
    "rejeter": motive(service.rejeter, FormulaireMotifCourt),
    "constater_rejet": motive(constater_rejet, FormulaireMotifCourt),
    "reprendre": simple(service.reprendre, principal=True),
    "annuler": motive(service.annuler, FormulaireMotifCourt),
}
# Facts that the form of the act itself will give: they do not close its button.
DANS_LE_FORMULAIRE = {
    "mandater": frozenset({"mandat_numerote"}),
    "constater_paiement": frozenset({"paiement_date"}),
}


@bp.get("/versements")
@garde("finance.versements")
def versements() -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    return render_template(
        "finance/versements.html",
        filtres=filtres,
        liste=liste_versements(acteur, filtres),
        etats=list(EtatVersement),
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
    )


@bp.get("/versements/<int:versement_id>")
@garde("versement.proposer", Versement)
def versement(versement: Versement) -> ResponseReturnValue:
    return render_template(
        "finance/versement.html",
        versement=versement,
        acte=versement.tranche.convention,
        avertissement=a_verifier(versement),
        ligne_liasse=lignes_vivantes([versement.id]).get(versement.id),
        actions=actions(
            acteur_courant(),
            versement,
            ACTES,
            lambda d: url_for("finance.agir_versement", versement_id=versement.id, declencheur=d),
            DANS_LE_FORMULAIRE,
        ),
        traces=historique(versement),
    )


@bp.route("/versements/<int:versement_id>/<declencheur>", methods=["GET", "POST"])
@garde("versement.proposer", Versement)
def agir_versement(versement: Versement, declencheur: str) -> ResponseReturnValue:
    url = url_for("finance.versement", versement_id=versement.id)
    fil = [("Versements", url_for("finance.versements")), ("Versement", url)]
    return page_acte(versement, declencheur, ACTES, url, fil)
