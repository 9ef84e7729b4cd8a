"""The board of a scenario as a spreadsheet: given out, compared when it comes back, applied by
choice.

The file that comes back is not kept: the page carries what it said, line by line, so that a
refusal loses nothing of what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from aap.domaine.erreurs import ErreurMetier, Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import MONTANT_MAX
from aap.domaine.texte import accorder, nettoyer, slug
from aap.exports.scenario import classeur_scenario
from aap.extensions import db, reglages
from aap.models import Scenario
from aap.requetes.lecture_objets import lire
from aap.requetes.lecture_tableau import lire_tableau
from aap.requetes.retour_tableau import (
    MONTREES,
    MOTIF_MAX,
    Comparaison,
    Constat,
    LigneRendue,
    Somme,
    comparer_tableau,
    lire_lignes,
)
from aap.requetes.scenarios import cellules_de, est_modifiable, scenarios_de
from aap.requetes.tableau import Tableau
from aap.routes.copil import bp
from aap.routes.copil.scenarios import peut_modifier
from aap.routes.copil.tableau import en_calcul
from aap.routes.garde import acteur_courant, garde
from aap.services.retour_scenario import appliquer_tableur
from aap.services.scenario import exiger_brouillon
from aap.services.scenario_montants import SaisieScenario
from aap.tableur.depart import Depart, lire_depart
from aap.tableur.lecture import TYPE_ODS, ClasseurLu, ouvrir_classeur
from aap.tableur.ods import ecrire_ods
from aap.tableur.tableau_lecture import (
    BORNES,
    Remarque,
    TableauRendu,
    lire_tableau_rendu,
    remarques_montrees,
)
from aap.tableur.xlsx import ecrire_xlsx
from forms.scenario import RetourTableurForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PILES = (
    (Constat.CHANGE, "Changés dans le fichier"),
    (Constat.DEUX_FOIS, "Changés des deux côtés"),
    (Constat.A_CORRIGER, "À corriger dans le fichier"),
    (Constat.SCENARIO_SEUL, "Changés dans le scénario seulement"),
)


def _cle() -> bytes:
    return f"tableur:{reglages().cle_secrete}".encode()


@bp.get("/scenarios/<int:scenario_id>/tableau.<any(xlsx,ods):forme>")
@garde("scenario.voir", Scenario)
def exporter_scenario(scenario: Scenario, forme: str) -> ResponseReturnValue:
    """The whole board, as the reader sees it: her déports are left out."""
    classeur = classeur_scenario(
        scenario,
        lire_tableau(scenario.campagne, acteur_courant()),
        cellules_de(scenario),
        modifiable=peut_modifier(scenario.campagne)
        and est_modifiable(scenario)
        and not en_calcul(scenario),
        jour=aujourdhui(),
        cle=_cle(),
    )
    octets = ecrire_xlsx(classeur) if forme == "xlsx" else ecrire_ods(classeur)
    nom = f"scenario-{slug(scenario.nom) or scenario.id}-{aujourdhui().isoformat()}.{forme}"
    entetes = {"Content-Disposition": f"attachment; filename={nom}", "Cache-Control": "no-store"}
    genre = XLSX if forme == "xlsx" else TYPE_ODS.decode()
    return Response(octets, content_type=genre, headers=entetes)


@bp.route("/scenarios/<int:scenario_id>/retour", methods=["GET", "POST"])
@garde("scenario.modifier", Scenario)
def retour_scenario(scenario: Scenario) -> ResponseReturnValue:
    """Send the file; the answer is the comparison, and nothing is written."""
    exiger_brouillon(scenario)
    form = RetourTableurForm()
    if request.method == "GET":
        return _page_envoi(scenario, form, [])
    if not form.validate():
        return _page_envoi(scenario, form, form.problemes())
    try:
        nom, classeur = _ouvrir(form)
        return _comparer_fichier(lire(Scenario, scenario.id) or scenario, nom, classeur)
    except Invalide as refus:
        problemes = refus.problemes or [Probleme(refus.message, "fichier")]
        return _page_envoi(scenario, form, problemes)


def _page_envoi(
    scenario: Scenario, form: RetourTableurForm, erreurs: Sequence[Probleme]
) -> ResponseReturnValue:
    page = render_template(
        "copil/scenarios/retour.html", scenario=scenario, form=form, erreurs=list(erreurs)
    )
    return page, 422 if erreurs else 200


def _ouvrir(form: RetourTableurForm) -> tuple[str, ClasseurLu]:
    """Name and sheets of the file, read with no transaction open. Raises Invalide."""
    fichier = form.fichier.data
    if not isinstance(fichier, FileStorage) or not fichier.filename:
        phrase = "Choisissez le tableur à renvoyer."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    octets = fichier.stream.read(BORNES.octets + 1)
    db.session.rollback()
    return nettoyer(fichier.filename, lignes=False)[:120], ouvrir_classeur(octets, BORNES)


def _comparer_fichier(scenario: Scenario, nom: str, classeur: ClasseurLu) -> ResponseReturnValue:
    tableau = lire_tableau(scenario.campagne, acteur_courant())
    depart, avis = _provenance(scenario, lire_depart(classeur.feuilles, _cle()))
    cellules = cellules_de(scenario)
    rendu: TableauRendu = lire_tableau_rendu(
        classeur,
        {r.reference: r.id for r in tableau.rangees},
        {c.code: c.id for c in tableau.caisses},
    )
    lues = lire_lignes(tableau, rendu, depart, cellules)
    bilan = comparer_tableau(
        tableau, cellules, lues, douteux=rendu.douteux, dossiers=rendu.dossiers
    )
    remarques = list(remarques_montrees(rendu))
    return _page_comparaison(scenario, tableau, bilan, nom, avis=avis, remarques=remarques)


def _provenance(scenario: Scenario, depart: Depart | None) -> tuple[Depart | None, list[str]]:
    """What may be compared with what was sent, and what the reader must know of it.

    Raises Invalide for the board of another campaign.
    """
    sans = "Rien n’est donc coché d’avance\u00a0: cochez ce que vous voulez reprendre."
    if depart is None:
        return None, [
            "Ce fichier ne dit plus de quel envoi il vient (feuille cachée «\u00a0Départ\u00a0» "
            f"absente ou changée)\u00a0: il est comparé au scénario tel qu’il est. {sans}"
        ]
    if depart.campagne_id != scenario.campagne_id:
        phrase = "Ce fichier vient d’une autre campagne\u00a0: il ne peut pas changer ce scénario."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    if depart.scenario_id != scenario.id:
        autre = {s.id: s.nom for s in scenarios_de(scenario.campagne)}.get(depart.scenario_id)
        quel = f"du scénario «\u00a0{autre}\u00a0»" if autre else "d’un scénario supprimé"
        return None, [f"Ce fichier vient {quel}, pas de celui-ci. {sans}"]
    if depart.numero < scenario.numero:
        le = date.fromisoformat(depart.envoye_le)
        return depart, [
            f"Le scénario a changé depuis que ce fichier a été téléchargé, le {le:%d/%m/%Y}. Ce "
            "que d’autres ont écrit depuis est montré et n’est pas remplacé sans votre accord."
        ]
    return depart, []


def _page_comparaison(
    scenario: Scenario,
    tableau: Tableau,
    bilan: Comparaison,
    nom: str,
    *,
    code: int = 200,
    avis: Sequence[str] = (),
    remarques: Sequence[Remarque] = (),
    refus: str = "",
    erreurs: Sequence[Probleme] = (),
) -> ResponseReturnValue:
    piles = [(c, titre, bilan.de(c)) for c, titre in PILES]
    page = render_template(
        "copil/scenarios/retour_comparer.html",
        scenario=scenario,
        bilan=bilan,
        nom=nom,
        piles=[(c, titre, len(p), p[:MONTREES]) for c, titre, p in piles if p],
        applicable=any(p and c in (Constat.CHANGE, Constat.DEUX_FOIS) for c, _, p in piles),
        caisses={c.id: f"{c.financeur}, {c.libelle}" for c in tableau.caisses},
        avis=avis,
        remarques=remarques,
        refus=refus,
        erreurs=list(erreurs),
    )
    return page, code


@bp.post("/scenarios/<int:scenario_id>/retour/appliquer")
@garde("scenario.modifier", Scenario)
def appliquer_retour_scenario(scenario: Scenario) -> ResponseReturnValue:
    """Write what was ticked, all or none; a second click finds it written and changes nothing."""
    rendues, vus = _lignes_du_formulaire()
    nom = nettoyer(request.form.get("fichier", ""), lignes=False)[:120]
    choisies = [c for c in map(_entier, request.form.getlist("choix")[:MONTREES]) if c in rendues]
    if not choisies:
        phrase = "Aucune ligne n’était cochée\u00a0: rien n’a changé."
        return _reprendre(scenario, rendues, nom, 422, phrase)
    cellules = cellules_de(scenario)
    saisies = []
    for ligne in choisies:
        rendue, m = rendues[ligne], cellules.get(ligne)
        enveloppe, montant = rendue.somme or (None, None)
        motif = rendue.motif if rendue.motif is not None else (m.motif_ecart if m else "")
        verrou = bool(m and m.verrouille)
        saisies.append(SaisieScenario(ligne, montant, enveloppe, verrou, motif, vus[ligne]))
    try:
        changees = appliquer_tableur(acteur_courant(), scenario, saisies, nom)
    except ErreurMetier as erreur:
        db.session.rollback()
        details = list(erreur.problemes) if isinstance(erreur, Invalide) else []
        phrase = "" if details else f"{erreur.message} {erreur.que_faire}".strip()
        relu = lire(Scenario, scenario.id) or scenario
        exiger_brouillon(relu)
        return _reprendre(relu, rendues, nom, erreur.code_http, phrase, details)
    if changees:
        flash(
            f"Enregistré\u00a0: {accorder(changees, 'montant changé', 'montants changés')}.",
            "succes",
        )
    else:
        flash("Ces montants étaient déjà enregistrés\u00a0: rien n’a changé.", "info")
    return redirect(url_for("copil.scenario", scenario_id=scenario.id), 303)


def _reprendre(
    scenario: Scenario,
    rendues: dict[int, LigneRendue],
    nom: str,
    code: int,
    refus: str,
    erreurs: Sequence[Probleme] = (),
) -> ResponseReturnValue:
    """The same lines of the file, beside the scenario as it is now."""
    tableau = lire_tableau(scenario.campagne, acteur_courant())
    bilan = comparer_tableau(tableau, cellules_de(scenario), rendues)
    return _page_comparaison(scenario, tableau, bilan, nom, code=code, refus=refus, erreurs=erreurs)


def _entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 16 else -1


def _lignes_du_formulaire() -> tuple[dict[int, LigneRendue], dict[int, int]]:
    """What the page carried: « l-<line> » = rendered, sent, whether it is known, number seen."""
    rendues: dict[int, LigneRendue] = {}
    vus: dict[int, int] = {}
    for nom, texte in request.form.items():
        ligne = _entier(nom[2:]) if nom.startswith("l-") else -1
        nombres = [_entier(x) for x in texte.split(":")]
        if not 0 <= ligne < 2**31 or len(nombres) != 6 or min(nombres) < 0:
            continue
        motif = request.form.get(f"t-{ligne}")
        propre = None if motif is None else nettoyer(motif, lignes=False)[:MOTIF_MAX]
        rendues[ligne] = LigneRendue(
            _somme(*nombres[0:2]), propre, "", (), _somme(*nombres[2:4]), bool(nombres[4])
        )
        vus[ligne] = nombres[5]
    return rendues, vus


def _somme(enveloppe: int, montant: int) -> Somme:
    juste = 0 < montant <= MONTANT_MAX and 0 < enveloppe < 2**31
    return (enveloppe, montant) if juste else None
