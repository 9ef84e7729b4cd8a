"""How the porteur will know that the action succeeded: indicators, from the fiches or her own."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from aap.models import Dossier, IndicateurEvaluation
from aap.requetes import choix_dossier as choix
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.orientation import entiers_envoyes
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import IndicateurSaisi, fixer_indicateurs
from forms.dossier import FormulaireIndicateurs

CODE = "indicateurs"
VIDES = 2


def _lignes(dossier: Dossier) -> list[dict[str, str]]:
    lignes = [
        {
            "libelle": i.libelle,
            "cible": i.cible,
            "mode_mesure": i.mode_mesure,
            "source": str(i.indicateur_evaluation_id or ""),
        }
        for i in sorted(dossier.indicateurs, key=lambda i: i.id)
    ]
    return lignes + [{}] * (VIDES if len(lignes) < 11 else 0)


def _proposes(dossier: Dossier) -> dict[int, IndicateurEvaluation]:
    """Indicators of the themes of the local objectives chosen (all themes when none is)."""
    sections = [s for v in choix.fiches_visees(dossier) for s in v.sections]
    retenues = {o.section_id for o in dossier.objectifs_locaux}
    proches = [s for s in sections if s.id in retenues] or sections
    return {i.id: i for s in proches for i in s.indicateurs_evaluation if i.retire_le is None}


def _montrer(dossier: Dossier, form: FormulaireIndicateurs, code: int = 200) -> ResponseReturnValue:
    deja = {i.indicateur_evaluation_id for i in dossier.indicateurs}
    return montrer_section(
        dossier,
        CODE,
        "indicateurs",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        proposes=[i for i in _proposes(dossier).values() if i.id not in deja],
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/indicateurs")
@garde("dossier.voir_porteur", Dossier)
def indicateurs(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireIndicateurs(
        empreinte=empreinte_rubrique(dossier, CODE), lignes=_lignes(dossier)
    )
    return _montrer(dossier, form)


def _saisis(dossier: Dossier, form: FormulaireIndicateurs) -> list[IndicateurSaisi]:
    """Rows of the page (ticked « retirer » ones dropped), then the proposals ticked."""
    retires = set(entiers_envoyes("retirer"))
    saisis = [
        IndicateurSaisi(
            ligne.libelle.data or "",
            ligne.cible.data or "",
            ligne.mode_mesure.data or "",
            int(source) if (source := str(ligne.source.data or "")).isdecimal() else None,
        )
        for rang, ligne in enumerate(form.lignes)
        if rang not in retires
    ]
    proposes = _proposes(dossier)
    ajoutes = [proposes[i] for i in entiers_envoyes("proposer") if i in proposes]
    return saisis + [IndicateurSaisi(i.texte[:500], indicateur_evaluation_id=i.id) for i in ajoutes]


@bp.post("/dossiers/<int:dossier_id>/rubriques/indicateurs")
@garde("dossier.rediger", Dossier)
def enregistrer_indicateurs(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireIndicateurs()
    if not form.validate_on_submit():
        return _montrer(dossier, form, 422)
    saisis, empreinte = _saisis(dossier, form), form.empreinte.data or ""
    refus = tenter(
        dossier,
        form,
        CODE,
        lambda: fixer_indicateurs(acteur_courant(), dossier, saisis, empreinte=empreinte),
    )
    if refus is not None:
        return _montrer(dossier, form, 422)
    return suite(dossier, CODE)
