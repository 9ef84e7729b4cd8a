"""How the porteur will know that the action succeeded: indicators, from the fiches or her own."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.models import Dossier, IndicateurEvaluation, SectionTheme
from aap.requetes import choix_dossier as choix
from aap.requetes.filtres_dossiers import entier
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.orientation import entiers_envoyes
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import IndicateurSaisi, fixer_indicateurs
from aap.services.plan_financement import INDICATEURS_MAX
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


def _sections_proches(dossier: Dossier) -> list[SectionTheme]:
    """Themes of the local objectives chosen (all the themes of the fiches when none is)."""
    sections = [s for v in choix.fiches_visees(dossier) for s in v.sections]
    retenues = {o.section_id for o in dossier.objectifs_locaux}
    return [s for s in sections if s.id in retenues] or sections


def _proposes(dossier: Dossier) -> dict[int, IndicateurEvaluation]:
    """Indicators that the fiches give for what the action answers."""
    proches = _sections_proches(dossier)
    return {i.id: i for s in proches for i in s.indicateurs_evaluation if i.retire_le is None}


def _par_theme(dossier: Dossier) -> list[tuple[str, list[IndicateurEvaluation]]]:
    """Title of the fiche and theme -> proposals that the dossier does not hold yet."""
    deja = {i.indicateur_evaluation_id for i in dossier.indicateurs}
    groupes = []
    for s in _sections_proches(dossier):
        neufs = [i for i in s.indicateurs_evaluation if i.retire_le is None and i.id not in deja]
        if neufs:
            groupes.append((f"{s.fiche.titre} – {s.theme.titre}", neufs))
    return groupes


def _montrer(dossier: Dossier, form: FormulaireIndicateurs, code: int = 200) -> ResponseReturnValue:
    return montrer_section(
        dossier,
        CODE,
        "indicateurs",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        proposes=_par_theme(dossier),
        plein=len(dossier.indicateurs) >= INDICATEURS_MAX,
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
            entier(ligne.source.data),
        )
        for rang, ligne in enumerate(form.lignes)
        if rang not in retires
    ]
    proposes = _proposes(dossier)
    voulus = dict.fromkeys(entiers_envoyes("proposer") + entiers_envoyes("ajouter"))
    deja = {s.indicateur_evaluation_id for s in saisis}
    ajoutes = [proposes[i] for i in voulus if i in proposes and i not in deja]
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
    if "ajouter" in request.form:
        flash("L’indicateur est ajouté : dites le résultat que vous visez.", "succes")
        page = url_for("porteur.indicateurs", dossier_id=dossier.id)
        return redirect(f"{page}#indicateur-{len(dossier.indicateurs)}", 303)
    return suite(dossier, CODE)
