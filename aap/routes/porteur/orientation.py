"""The orientation and the objectifs of the contrat that the action aims at."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from aap.models import Dossier
from aap.requetes.choix_dossier import orientations_de
from aap.requetes.lecture_contrat import lire_par_le_contrat
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import choisir_objectifs
from forms.dossier import FormulaireEmpreinte

CODE = "orientation"


def entiers_envoyes(nom: str) -> list[int]:
    """Identifiers (or ranks) sent under this name; anything else is dropped."""
    recus = request.form.getlist(nom)
    return [int(v) for v in recus if v.isascii() and v.isdigit() and len(v) < 10][:200]


def _montrer(
    dossier: Dossier,
    form: FormulaireEmpreinte,
    orientation_id: int | None,
    objectifs: set[int],
    code: int = 200,
) -> ResponseReturnValue:
    return montrer_section(
        dossier,
        CODE,
        "orientation",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        orientations=orientations_de(dossier.campagne.contrat_id),
        choisie=orientation_id,
        objectifs=objectifs,
        lecture=lire_par_le_contrat(dossier),
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/orientation")
@garde("dossier.voir_porteur", Dossier)
def orientation(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    form = FormulaireEmpreinte(empreinte=empreinte_rubrique(dossier, CODE))
    choisie = request.args.get("orientation", type=int) or dossier.orientation_id
    return _montrer(dossier, form, choisie, {o.id for o in dossier.objectifs})


@bp.post("/dossiers/<int:dossier_id>/rubriques/orientation")
@garde("dossier.rediger", Dossier)
def enregistrer_orientation(dossier: Dossier) -> ResponseReturnValue:
    """Objectifs of another orientation than the one chosen are dropped."""
    form = FormulaireEmpreinte()
    choisie = next(iter(entiers_envoyes("orientation")), None)
    coches = set(entiers_envoyes("objectifs"))
    if not form.validate_on_submit():
        return _montrer(dossier, form, choisie, coches, 422)
    permis = {
        o.id
        for x in orientations_de(dossier.campagne.contrat_id)
        if x.id == choisie
        for s in x.objectifs_strategiques
        for o in s.objectifs_operationnels
    }
    empreinte = form.empreinte.data or ""
    refus = tenter(
        dossier,
        form,
        CODE,
        lambda: choisir_objectifs(
            acteur_courant(), dossier, choisie, sorted(coches & permis), empreinte=empreinte
        ),
    )
    if refus is not None:
        return _montrer(dossier, form, choisie, coches, 422)
    return suite(dossier, CODE)
