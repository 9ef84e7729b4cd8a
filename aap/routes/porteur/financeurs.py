"""The aids asked from each funder of the call."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import lire_montant
from aap.models import Dossier, OrigineCredits
from aap.requetes import choix_dossier as choix
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import fixer_demandes
from forms.dossier import FormulaireEmpreinte

CODE = "financeurs"
Cle = tuple[int, OrigineCredits]


def _nom(cle: Cle) -> str:
    return f"aide-{cle[0]}-{cle[1].value}"


def _montrer(
    dossier: Dossier,
    form: FormulaireEmpreinte,
    saisies: dict[str, str] | None = None,
    fautes: dict[str, str] | None = None,
    code: int = 200,
) -> ResponseReturnValue:
    montants = {_nom((f.financeur_id, f.origine)): f.montant_demande for f in dossier.financements}
    return montrer_section(
        dossier,
        CODE,
        "financeurs",
        statut=code,
        form=form,
        erreurs=form.problemes()
        + [Probleme(message, champ) for champ, message in (fautes or {}).items()],
        choix=choix.financeurs_possibles(dossier),
        montants=montants,
        saisies=saisies,
        fautes=fautes or {},
        origines=list(OrigineCredits),
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/financeurs")
@garde("dossier.voir_porteur", Dossier)
def financeurs(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    return _montrer(dossier, FormulaireEmpreinte(empreinte=empreinte_rubrique(dossier, CODE)))


def _lire(dossier: Dossier) -> tuple[dict[Cle, int], dict[str, str], dict[str, str]]:
    """(amounts in cents, what was typed, what cannot be read). Zero and nothing ask nothing."""
    possibles = choix.financeurs_possibles(dossier)
    demandes: dict[Cle, int] = {}
    saisies: dict[str, str] = {}
    fautes: dict[str, str] = {}
    for f in [*possibles.plausibles, *possibles.autres]:
        for origine in OrigineCredits:
            nom = _nom((f.id, origine))
            brut = request.form.get(nom, "").strip()[:40]
            saisies[nom] = brut
            if not brut:
                continue
            try:
                montant = lire_montant(brut)
            except ValueError as erreur:
                fautes[nom] = f"{f.nom}\u00a0: {erreur}"
                continue
            if montant:
                demandes[f.id, origine] = montant
    return demandes, saisies, fautes


@bp.post("/dossiers/<int:dossier_id>/rubriques/financeurs")
@garde("dossier.rediger", Dossier)
def enregistrer_financeurs(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireEmpreinte()
    charger_redaction(dossier)
    demandes, saisies, fautes = _lire(dossier)
    if not form.validate_on_submit() or fautes:
        return _montrer(dossier, form, saisies, fautes, 422)
    empreinte = form.empreinte.data or ""
    refus = tenter(
        dossier,
        form,
        CODE,
        lambda: fixer_demandes(acteur_courant(), dossier, demandes, empreinte=empreinte),
    )
    if refus is not None:
        return _montrer(dossier, form, saisies, code=422)
    return suite(dossier, CODE)
