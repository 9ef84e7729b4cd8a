"""Acts: list, page, signatures, document."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Convention, TypeConvention
from aap.permissions import may
from aap.requetes.avenants import avenants_de, fin_action
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres, liste_conventions
from aap.requetes.modeles_actes import texte_de
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import Acte, actions, motive, page_acte, simple
from aap.routes.finance.documents import reponse_acte
from aap.routes.garde import acteur_courant, garde
from aap.services import convention as service
from aap.services import signature
from aap.services.avenant import raison_pas_amendable
from aap.services.copie_signee import parties_possibles
from aap.services.tranche import planifie
from aap.services.versement import bilans_en_retard
from forms.convention import FormulaireSignatureFinanceur
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

_envoyer = simple(signature.envoyer_a_la_signature, principal=True)
ACTES: dict[str, Acte] = {
    "envoyer_a_la_signature": _envoyer,
    "soumettre_arrete": _envoyer,
    "signer_financeur": Acte(
        lambda a, o, _f, v: signature.signer_financeur(a, o, version=v),
        FormulaireSignatureFinanceur,
        principal=True,
    ),
    "mettre_en_vigueur": simple(signature.mettre_en_vigueur, principal=True),
    "renvoyer_en_projet": motive(signature.renvoyer_en_projet),
    "abandonner": motive(service.abandonner_projet),
    "resilier": motive(service.resilier),
    "constater_echeance": simple(service.constater_echeance),
}
# The guard that makes a transition the wrong one for this type of act: no button at all.
_SANS_OBJET = {
    TypeConvention.ARRETE: "envoyer_a_la_signature",
    TypeConvention.ANNUELLE: "soumettre_arrete",
    TypeConvention.CPO: "soumettre_arrete",
}


@bp.get("/conventions")
@garde("finance.conventions")
def conventions() -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    return render_template(
        "finance/conventions.html",
        filtres=filtres,
        liste=liste_conventions(acteur, filtres),
        etats=list(EtatConvention),
        types=list(TypeConvention),
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
    )


@bp.get("/conventions/<int:convention_id>")
@garde("convention.voir_finance", Convention)
def convention(convention: Convention) -> ResponseReturnValue:
    acteur = acteur_courant()
    retenus = {d: a for d, a in ACTES.items() if d != _SANS_OBJET[convention.type]}
    return render_template(
        "finance/convention.html",
        acte=convention,
        gere=bool(may(acteur, "convention.envoyer_a_la_signature", convention)),
        amendable=not raison_pas_amendable(convention)
        and bool(may(acteur, "convention.amender", convention)),
        papier=bool(parties_possibles(convention))
        and bool(may(acteur, "convention.signer_financeur", convention)),
        avenants=avenants_de(convention),
        fin=fin_action(convention),
        retards=bilans_en_retard(convention.financeur_id, convention.organisme_id),
        previsionnelle=EtatTranche.PREVISIONNELLE,
        ferme=EtatTranche.FERME,
        planifiables={
            t.id
            for t in convention.tranches
            if t.etat is EtatTranche.FERME and t.montant > planifie(t)
        },
        actions=actions(
            acteur,
            convention,
            retenus,
            lambda d: url_for(
                "finance.agir_convention", convention_id=convention.id, declencheur=d
            ),
            {"mettre_en_vigueur": frozenset({"acte_notifie"})},
        ),
        texte=texte_de(convention),
        traces=historique(convention),
    )


@bp.route("/conventions/<int:convention_id>/<declencheur>", methods=["GET", "POST"])
@garde("convention.voir_finance", Convention)
def agir_convention(convention: Convention, declencheur: str) -> ResponseReturnValue:
    url = url_for("finance.convention", convention_id=convention.id)
    fil = [("Actes", url_for("finance.conventions")), (f"Acte {convention.numero}", url)]
    return page_acte(convention, declencheur, ACTES, url, fil)


@bp.get("/conventions/<int:convention_id>/document.pdf")
@garde("convention.voir_finance", Convention)
def convention_pdf(convention: Convention) -> ResponseReturnValue:
    return reponse_acte(convention)
