"""One line of a funder: its amounts, its acts, its history; the draft of the act that binds."""

from __future__ import annotations

from fractions import Fraction

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.cpo import SEUIL_COMPTES, SEUIL_CONVENTION
from aap.models import Financement, TypeConvention, TypeVersement
from aap.permissions import may
from aap.requetes.actes_financeurs import acte_de
from aap.requetes.chemin_argent import chemin_de
from aap.requetes.cumuls import cumul_organisme, parts_cumul
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import (
    REFUS,
    Acte,
    actions,
    motive,
    page_acte,
    reprendre_refus,
    simple,
)
from aap.routes.garde import acteur_courant, garde
from aap.services import convention as service
from aap.services import reversement, vote
from aap.services.echeancier import ECHEANCIER_PAR_DEFAUT, Echeance
from forms.convention import FormulaireActe
from forms.vote import FormulaireVote


def _montant_arbitre(financement: Financement, form: FormulaireVote) -> None:
    """The vote usually confirms what the committee decided."""
    form.montant.data = financement.montant_arbitre


ACTES: dict[str, Acte] = {
    "enregistrer_vote": Acte(
        lambda a, o, f, v: vote.enregistrer_vote(
            a,
            o,
            f.montant.data,
            f.acte_type.data,
            f.acte_numero.data,
            f.acte_date.data,
            version=v,
        ),
        FormulaireVote,
        principal=True,
        preremplir=_montant_arbitre,
    ),
    "refuser_vote": motive(vote.refuser_vote),
    "corriger_vote": motive(vote.corriger_vote),
    "notifier": simple(vote.notifier, principal=True),
    "justifier": motive(reversement.justifier),
}


def url_ligne(financement: Financement) -> str:
    return url_for("finance.ligne", financement_id=financement.id)


@bp.get("/lignes/<int:financement_id>")
@garde("financement.voir_finance", Financement)
def ligne(financement: Financement) -> ResponseReturnValue:
    acteur = acteur_courant()
    acte = service.acte_vivant(financement)
    return render_template(
        "finance/ligne.html",
        ligne=financement,
        acte=acte,
        preparer=acte is None and financement.etat in service.CONVENTIONNABLES,
        papier=acte_de(financement),
        peut_joindre=financement.montant_vote is not None
        and may(acteur, "financement.joindre_acte", financement),
        chemin=chemin_de(financement, vote.TYPES_ACTE.get(financement.acte_type, "Acte")),
        voir_dossier=bool(may(acteur, "dossier.examiner", financement.dossier)),
        actions=actions(
            acteur,
            financement,
            ACTES,
            lambda d: url_for("finance.agir_ligne", financement_id=financement.id, declencheur=d),
            {"enregistrer_vote": frozenset({"montant_vote_saisi", "acte_renseigne"})},
        ),
        traces=historique(financement),
    )


@bp.route("/lignes/<int:financement_id>/<declencheur>", methods=["GET", "POST"])
@garde("financement.voir_finance", Financement)
def agir_ligne(financement: Financement, declencheur: str) -> ResponseReturnValue:
    fil = [(f"Aide {financement.dossier.reference}", url_ligne(financement))]
    return page_acte(financement, declencheur, ACTES, url_ligne(financement), fil)


def _form_initial(financement: Financement) -> FormulaireActe:
    form = FormulaireActe()
    if not form.is_submitted():
        pluri = financement.dossier.duree_annees > 1
        form.type.data = service.type_propose(financement, pluriannuel=pluri).value
        form.version.data = str(financement.version)
        for entree, defaut in zip(form.echeances.entries, ECHEANCIER_PAR_DEFAUT, strict=False):
            entree.form.type.data = defaut.type.value
            entree.form.part.data = Fraction(defaut.pour_mille, 1000)
            entree.form.mois.data = str(defaut.mois)
    return form


def _preparer(financement: Financement, form: FormulaireActe) -> ResponseReturnValue | int:
    """Create the draft; the HTTP code (with the problems on the form) when it is refused."""
    suites = {
        financement.exercice + i: montant
        for i, montant in enumerate(form.montants_suivants(), start=1)
    }
    try:
        convention = service.preparer_convention(
            acteur_courant(),
            financement,
            TypeConvention(form.type.data),
            exercices=suites,
            echeancier=tuple(Echeance(TypeVersement(t), p, m) for t, p, m in form.parts()),
            motif_circonstances=form.motif_circonstances.data or "",
            version=form.version_lue(),
        )
    except REFUS as refus:
        return reprendre_refus(form, financement, refus)
    flash(f"Le projet n° {convention.numero} est prêt. Relisez-le, puis envoyez-le.", "succes")
    return redirect(url_for("finance.convention", convention_id=convention.id), 303)


@bp.route("/lignes/<int:financement_id>/acte", methods=["GET", "POST"])
@garde("financement.conventionner", Financement)
def preparer(financement: Financement) -> ResponseReturnValue:
    """The type proposed by the 23 000 € rule, with the sum explained."""
    form = _form_initial(financement)
    code = 200
    if form.is_submitted():
        reponse = _preparer(financement, form) if form.validate() else 422
        if not isinstance(reponse, int):
            return reponse
        code = reponse
    organisme_id = financement.dossier.organisme_id
    page = render_template(
        "finance/preparer.html",
        ligne=financement,
        form=form,
        propose=service.type_propose(financement),
        seuil=SEUIL_CONVENTION,
        seuil_comptes=SEUIL_COMPTES,
        parts=parts_cumul(financement.financeur_id, organisme_id, financement.exercice),
        total_organisme=cumul_organisme(organisme_id, financement.exercice),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code
