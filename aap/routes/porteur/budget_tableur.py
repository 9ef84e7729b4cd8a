"""The budget through a spreadsheet: a model to fill in, a file or copied cells to read back.

Nothing is written here: the preview carries the lines it understood, and sends them to the page
of the budget when the porteur says so.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.budget import Ligne, PlanComptable, calculer_totaux
from aap.domaine.budget_bloc import Lecture, LigneLue, lire_bloc
from aap.domaine.budget_phrases import phrase_equilibre
from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.montants import pour_saisie
from aap.domaine.texte import normaliser, slug
from aap.models import Dossier
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import garde
from aap.routes.porteur import bp
from aap.routes.porteur.budget_page import plan_du_dossier
from aap.routes.porteur.redaction import montrer_section
from aap.services.redaction import MODIFIABLES
from aap.tableur.budget_lecture import lire_budget
from aap.tableur.budget_modele import LigneModele, ecrire_modele
from aap.tableur.lecture import BUDGET
from forms.budget import BLOC_MAX, FormulaireTableur

TYPE_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RIEN = "Choisissez un fichier, ou collez les cellules de votre tableau."
SANS_COMPTE = (
    "Aucun numéro de compte n’a été reconnu dans ces cellules. Chaque ligne doit commencer par un "
    "numéro, comme 604 ou 641."
)
TROP_LONG = "Ce bloc est trop long pour un budget\u00a0: copiez seulement les lignes du tableau."


def _page(dossier: Dossier, form: FormulaireTableur, code: int = 200, **valeurs: Any) -> Any:
    reglages = {"erreurs": form.problemes(), "lecture": None, **valeurs}
    return montrer_section(dossier, "budget", "budget_tableur", statut=code, form=form, **reglages)


@bp.get("/dossiers/<int:dossier_id>/rubriques/budget/tableur")
@garde("dossier.rediger", Dossier)
def budget_tableur(dossier: Dossier) -> ResponseReturnValue:
    """Download of the model, and the form that takes a file or copied cells."""
    if dossier.etat not in MODIFIABLES:
        return redirect(url_for("porteur.budget", dossier_id=dossier.id), 303)
    return _page(dossier, FormulaireTableur())


@bp.get("/dossiers/<int:dossier_id>/rubriques/budget/modele.xlsx")
@garde("dossier.voir_porteur", Dossier)
def budget_modele(dossier: Dossier) -> ResponseReturnValue:
    """The model, with what the budget holds already."""
    contenu: dict[tuple[str, str], list[LigneModele]] = {}
    origines = {f.id: f.origine.value for f in dossier.financements}
    for x in sorted(dossier.lignes, key=lambda x: x.rang):
        if x.annee != 1:
            continue
        aide = x.financement_id is not None
        origine = origines.get(x.financement_id or 0) or (x.origine.value if x.origine else "")
        etat = x.etat_produit.value if x.etat_produit else ""
        ligne = LigneModele(x.montant, x.libelle, etat, origine, aide)
        contenu.setdefault((x.cote.value, x.compte), []).append(ligne)
    titre = f"Budget {dossier.campagne.exercice} – {dossier.intitule or 'action sans nom'}"
    octets = ecrire_modele(plan_du_dossier(dossier), contenu, titre)
    nom = f"budget-{slug(dossier.intitule) or dossier.id}.xlsx"
    return send_file(BytesIO(octets), TYPE_XLSX, as_attachment=True, download_name=nom)


def _lire(plan: PlanComptable, form: FormulaireTableur) -> Lecture:
    """The lines of the file, else of the copied cells. Raises Invalide."""
    fichier = form.fichier.data
    if fichier is not None and fichier.filename:
        return lire_budget(plan, fichier.stream.read(BUDGET.octets + 1))
    texte = request.form.get("bloc", "")
    if not texte.strip():
        raise Invalide(RIEN, [Probleme(RIEN, "fichier")])
    if len(texte) > BLOC_MAX:
        raise Invalide(TROP_LONG, [Probleme(TROP_LONG, "bloc")])
    lecture = lire_bloc(plan, texte)
    if not lecture.lignes and lecture.juste:
        lecture.problemes.append(Probleme(SANS_COMPTE, "bloc"))
    return lecture


def _doubles(dossier: Dossier, lignes: list[LigneLue]) -> list[Probleme]:
    """A funder asked in this call and written again in the file would count twice."""
    demandes = {normaliser(f.financeur.nom): f for f in dossier.financements}
    problemes = []
    for x in lignes:
        if x.compte.subvention and normaliser(x.libelle) in demandes:
            phrase = (
                f"{x.adresse}\u00a0: «\u00a0{x.libelle}\u00a0» est déjà demandé dans cet appel. "
                "Retirez cette ligne si c’est la même aide."
            )
            problemes.append(Probleme(phrase, bloquant=False))
    return problemes


@bp.post("/dossiers/<int:dossier_id>/rubriques/budget/tableur")
@garde("dossier.rediger", Dossier)
def lire_tableur(dossier: Dossier) -> ResponseReturnValue:
    """Preview of what was understood; nothing is changed."""
    form = FormulaireTableur()
    charger_redaction(dossier)
    if not form.validate_on_submit():
        return _page(dossier, form, 422)
    plan = plan_du_dossier(dossier)
    try:
        lecture = _lire(plan, form)
    except Invalide as erreur:
        form.reprendre(erreur.problemes or [Probleme(erreur.message)])
        return _page(dossier, form, 422)
    if not lecture.juste:
        return _page(dossier, form, 422, erreurs=lecture.problemes)
    return _apercu(dossier, plan, form, lecture)


def _apercu(
    dossier: Dossier, plan: PlanComptable, form: FormulaireTableur, lecture: Lecture
) -> ResponseReturnValue:
    aides = [x for x in dossier.lignes if x.financement_id is not None and x.annee == 1]
    lignes = [Ligne(x.compte.compte, x.compte.cote, x.montant) for x in lecture.lignes]
    lignes += [Ligne(x.compte, "produit", x.montant) for x in aides]
    totaux = calculer_totaux(plan, lignes)
    presentes = [x for x in dossier.lignes if x.financement_id is None and x.annee == 1]
    return _page(
        dossier,
        form,
        lecture=lecture,
        conseils=lecture.problemes + _doubles(dossier, lecture.lignes),
        saisie_de=pour_saisie,
        aides=aides,
        totaux=totaux,
        phrase=phrase_equilibre(totaux),
        remplacees=len(presentes),
        empreinte=empreinte_rubrique(dossier, "budget"),
    )


@bp.post("/dossiers/<int:dossier_id>/rubriques/budget/coller")
@garde("dossier.rediger", Dossier)
def lire_bloc_budget(dossier: Dossier) -> ResponseReturnValue:
    """What copied cells mean, for the page to place them; nothing is changed.

    JSON in: ``{"texte": …}``. JSON out: lines with their account, amounts that only follow each
    other (``suite``), problems in words.
    """
    corps = request.get_json(silent=True)
    texte = corps.get("texte") if isinstance(corps, dict) else None
    if not isinstance(texte, str) or len(texte) > BLOC_MAX:
        raise Invalide(TROP_LONG if isinstance(texte, str) else RIEN)
    lecture = lire_bloc(plan_du_dossier(dossier), texte)
    return jsonify(
        lignes=[
            {
                "rang": f"{x.compte.cote}:{x.compte.compte}",
                "nom": x.compte.nom,
                "libelle": x.libelle,
                "montant": pour_saisie(x.montant),
                "etat": x.etat,
                "origine": x.origine,
            }
            for x in lecture.lignes
        ],
        suite=[None if m is None else pour_saisie(m) for m in lecture.suite],
        problemes=[p.message for p in lecture.problemes],
    )
