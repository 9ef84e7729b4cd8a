"""The board of a scenario: amounts by dossier and enveloppe, as a page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, ErreurMetier, Invalide, Probleme
from aap.domaine.montants import lire_montant
from aap.extensions import db
from aap.models import Scenario
from aap.permissions import may
from aap.requetes.grille_scenario import grille
from aap.requetes.lecture_objets import lire
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.scenarios import (
    cellules_de,
    changements,
    decrire,
    en_montants,
    est_modifiable,
    resultat_visible,
)
from aap.requetes.tableau import CelluleLue, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import coupes, totaliser
from aap.routes.copil import bp
from aap.routes.copil.scenarios import peut_modifier
from aap.routes.garde import acteur_courant, attend_du_json, garde
from aap.services.scenario import CALCUL_EN_ROUTE
from aap.services.scenario_montants import SaisieScenario, poser_montants
from forms.seance import entier_ou_rien

ILLISIBLE = "Ce montant ne peut pas être lu : écrivez par exemple 1 200 ou 1 200,50."


@bp.get("/scenarios/<int:scenario_id>")
@garde("scenario.voir", Scenario)
def scenario(scenario: Scenario) -> ResponseReturnValue:
    return _rendre(scenario)


def _rendre(
    scenario: Scenario,
    code: int = 200,
    refus: str = "",
    problemes: Iterable[Probleme] = (),
    saisis: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """``saisis``: what was typed and refused, by field: it stays on the page."""
    tableau = lire_tableau(scenario.campagne, acteur_courant())
    cellules = cellules_de(scenario)
    ecrit = peut_modifier(scenario.campagne)
    modifiable = ecrit and est_modifiable(scenario) and not en_calcul(scenario)
    lien = _lien_dossiers()
    corps = render_template(
        "copil/scenarios/tableau.html",
        scenario=scenario,
        campagne=scenario.campagne,
        tableau=tableau,
        rangees=grille(tableau, filtrer(tableau), cellules, (scenario.id, modifiable, lien)),
        choix=_choix_filtres(tableau),
        f=request.args,
        cellules=cellules,
        totaux=totaliser(tableau, en_montants(cellules)),
        coupes=coupes(tableau),
        ecrit=ecrit,
        lien_dossiers=lien,
        modifiable=modifiable,
        calcul=en_calcul(scenario),
        refus=refus,
        erreurs=list(problemes),
        saisis=saisis or {},
        initiales=_initiales(tableau, cellules),
        resultat=resultat_visible(scenario, tableau),
    )
    return corps, code


def _lien_dossiers() -> tuple[str, str] | None:
    """Address of a dossier, before and after its number: built once for a thousand rows."""
    if not may(acteur_courant(), "instruction.liste"):
        return None
    repere = 2**31 - 1
    avant, _, apres = url_for("instruction.dossier", dossier_id=repere).partition(str(repere))
    return avant, apres


def en_calcul(scenario: Scenario) -> bool:
    return scenario.calcul in CALCUL_EN_ROUTE


def filtrer(tableau: Tableau) -> list[RangeeTableau]:
    """Rows kept by the address; totals stay those of the whole scenario."""
    orientation, commune, financeur = map(request.args.get, ("orientation", "commune", "financeur"))
    return [
        r
        for r in tableau.rangees
        if (not orientation or r.orientation == orientation)
        and (not commune or commune in r.communes)
        and (not financeur or any(v.financeur == financeur for v in r.lignes))
    ]


def _choix_filtres(tableau: Tableau) -> dict[str, list[tuple[str, str]]]:
    valeurs = {
        "orientation": {r.orientation for r in tableau.rangees if r.orientation},
        "commune": {c for r in tableau.rangees for c in r.communes},
        "financeur": {v.financeur for r in tableau.rangees for v in r.lignes},
    }
    return {cle: [(v, v) for v in sorted(noms)] for cle, noms in valeurs.items()}


def _initiales(tableau: Tableau, cellules: Mapping[int, CelluleLue]) -> str:
    """What the page shows, for the form that is sent without script."""
    montrees = {v.id for r in tableau.rangees for v in r.lignes}
    lues = {
        str(c): [m.enveloppe_id, m.montant]
        for c, m in cellules.items()
        if m.montant is not None and c in montrees
    }
    return json.dumps(lues, separators=(",", ":"))


@bp.get("/scenarios/<int:scenario_id>/changements")
@garde("scenario.voir", Scenario)
def changements_scenario(scenario: Scenario) -> ResponseReturnValue:
    """Cells changed since a number, for those who have the board open."""
    depuis = entier_ou_rien(request.args.get("depuis")) or 0
    return jsonify(
        numero=scenario.numero,
        etat=scenario.etat.value,
        calcul=scenario.calcul.value,
        avancement=scenario.avancement,
        cellules=changements(acteur_courant(), scenario, depuis),
    )


@bp.post("/scenarios/<int:scenario_id>/montants")
@garde("scenario.modifier", Scenario)
def poser(scenario: Scenario) -> ResponseReturnValue:
    """JSON: some cells, each with the number it had. Form: the page, where what differs is kept."""
    if request.is_json:
        posees = poser_montants(acteur_courant(), scenario, _saisies_json(request.get_json()))
        return jsonify(
            message="Enregistré.", numero=scenario.numero, cellules=[decrire(m) for m in posees]
        )
    return _poser_page(scenario)


def _poser_page(scenario: Scenario) -> ResponseReturnValue:
    saisies, problemes = _saisies_page(scenario)
    if problemes:
        saisis = request.form.to_dict()
        return _rendre(scenario, 422, problemes=problemes, saisis=saisis)
    if not saisies:
        flash("Aucun montant n’a changé.", "info")
        return _retour(scenario)
    try:
        posees = poser_montants(acteur_courant(), scenario, saisies)
    except ErreurMetier as erreur:
        if attend_du_json():
            raise
        db.session.rollback()
        details = list(erreur.problemes) if isinstance(erreur, Invalide) else []
        refus = "" if details else f"{erreur.message} {erreur.que_faire}".strip()
        saisis = {} if isinstance(erreur, Conflit) else request.form.to_dict()
        relu = lire(Scenario, scenario.id) or scenario
        return _rendre(relu, erreur.code_http, refus, details, saisis)
    flash(f"Enregistré : {len(posees)} montants changés.", "succes")
    return _retour(scenario)


def _retour(scenario: Scenario) -> ResponseReturnValue:
    filtres: dict[str, Any] = request.args.to_dict()
    return redirect(url_for("copil.scenario", scenario_id=scenario.id, **filtres), 303)


def _saisies_json(corps: Any) -> list[SaisieScenario]:
    """Raises Invalide for anything that no page of ours sends."""
    lues = corps.get("cellules") if isinstance(corps, dict) else None
    if not isinstance(lues, list):
        raise Invalide("Cette demande ne peut pas être lue.")
    return [_saisie_json(c) for c in lues]


def _saisie_json(c: Any) -> SaisieScenario:
    if not isinstance(c, dict):
        raise Invalide("Cette demande ne peut pas être lue.")
    ligne, vu = c.get("ligne"), c.get("vu")
    enveloppe, brut = c.get("enveloppe"), c.get("montant")
    entiers = all(type(x) is int and 0 <= x < 2**31 for x in (ligne, vu))
    if not entiers or not (enveloppe is None or (type(enveloppe) is int and enveloppe < 2**31)):
        raise Invalide("Cette demande ne peut pas être lue.")
    montant = _montant(str(brut), f"ligne-{ligne}") if brut not in (None, "") else None
    motif = c.get("motif")
    return SaisieScenario(
        int(ligne or 0),
        montant,
        enveloppe if montant is not None else None,
        verrouille=c.get("verrou") is True,
        motif_ecart=motif if isinstance(motif, str) else "",
        vu=vu,
    )


def _montant(texte: str, champ: str) -> int:
    try:
        return lire_montant(texte[:60])
    except ValueError as erreur:
        raise Invalide(ILLISIBLE, [Probleme(ILLISIBLE, champ)]) from erreur


def _saisies_page(scenario: Scenario) -> tuple[list[SaisieScenario], list[Probleme]]:
    """Without script: ``m-<line>-<enveloppe>`` fields, compared with what the page showed."""
    initiales = _lire_initiales()
    depuis = entier_ou_rien(request.form.get("depuis")) or 0
    cellules = cellules_de(scenario)
    par_ligne: dict[int, list[tuple[int, str]]] = {}
    for nom, texte in request.form.items():
        morceaux = nom.split("-")
        if len(morceaux) == 3 and morceaux[0] == "m":
            ligne, enveloppe = entier_ou_rien(morceaux[1]), entier_ou_rien(morceaux[2])
            if ligne is not None and enveloppe is not None:
                par_ligne.setdefault(ligne, []).append((enveloppe, texte.strip()))
    saisies, problemes = [], []
    for ligne, champs in par_ligne.items():
        try:
            nouveau = _lire_ligne(ligne, champs)
        except Invalide as erreur:
            problemes += erreur.problemes
            continue
        if nouveau == initiales.get(ligne):
            continue
        cellule = cellules.get(ligne)
        actuel = cellule.numero if cellule else 0
        saisies.append(
            SaisieScenario(
                ligne,
                nouveau[1] if nouveau else None,
                nouveau[0] if nouveau else None,
                verrouille=bool(cellule and cellule.verrouille),
                motif_ecart=cellule.motif_ecart if cellule else "",
                vu=actuel if actuel <= depuis else -1,
            )
        )
    return saisies, problemes


def _lire_ligne(ligne: int, champs: list[tuple[int, str]]) -> tuple[int, int] | None:
    """One enveloppe pays a line: two amounts are a fault, told beside the second."""
    remplis = [(e, _montant(texte, f"m-{ligne}-{e}")) for e, texte in champs if texte]
    if len(remplis) > 1:
        phrase = "Une seule enveloppe paie cette demande : videz l’un des deux montants."
        raise Invalide(phrase, [Probleme(phrase, f"m-{ligne}-{remplis[1][0]}")])
    return remplis[0] if remplis else None


def _lire_initiales() -> dict[int, tuple[int, int]]:
    try:
        lues = json.loads(request.form.get("initiales", "{}"))
        return {int(c): (int(e), int(m)) for c, (e, m) in lues.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
