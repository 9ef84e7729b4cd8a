"""The quartiers aimed at, found by name or commune; then their local objectives."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Probleme
from aap.models import Dossier
from aap.requetes import choix_dossier as choix
from aap.requetes.adresse import chercher_lieu
from aap.requetes.carte import carte_des_quartiers
from aap.requetes.hors_quartier import guide_hors_quartier
from aap.requetes.lecture_contrat import lire_par_le_contrat
from aap.requetes.porteur import charger_redaction
from aap.requetes.rubriques import empreinte_rubrique
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.orientation import entiers_envoyes
from aap.routes.porteur.redaction import montrer_section, suite, tenter
from aap.services.dossier import choisir_objectifs_locaux, choisir_quartiers
from forms.dossier import FormulaireEmpreinte

CODE = "quartiers"


def _montrer(
    dossier: Dossier,
    form: FormulaireEmpreinte,
    saisies: dict[int, str] | None = None,
    code: int = 200,
) -> ResponseReturnValue:
    texte = request.args.get("q", "")[:100]
    commune = request.args.get("commune", "")[:60]
    contrat_id = dossier.campagne.contrat_id
    choisis = {q.quartier_id for q in dossier.quartiers}
    lieu = chercher_lieu(contrat_id, texte, commune)
    return montrer_section(
        dossier,
        CODE,
        "quartiers",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        choisis=choix.quartiers_choisis(dossier),
        parts={q.quartier_id: q.part for q in dossier.quartiers},
        saisies=saisies or {},
        communes=choix.communes_de(contrat_id),
        lieu=lieu,
        plan=carte_des_quartiers(contrat_id, choisis),
        sur_la_carte=lambda x: url_for("porteur.quartiers", dossier_id=dossier.id, q=x.nom),
        resultats=[q for q in lieu.quartiers if q.id not in choisis],
        guide=guide_hors_quartier(dossier.campagne, lieu.communes if lieu.hors_quartier else ()),
        q=texte,
        commune=commune,
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/quartiers")
@garde("dossier.voir_porteur", Dossier)
def quartiers(dossier: Dossier) -> ResponseReturnValue:
    charger_redaction(dossier)
    return _montrer(dossier, FormulaireEmpreinte(empreinte=empreinte_rubrique(dossier, CODE)))


def _parts(dossier: Dossier, form: FormulaireEmpreinte) -> tuple[dict[int, int | None], dict]:
    """(quartier -> percent, what was typed); an unreadable share is told in the form."""
    retires, ajoutes = set(entiers_envoyes("retirer")), entiers_envoyes("ajouter")
    parts: dict[int, int | None] = dict.fromkeys(ajoutes)
    saisies: dict[int, str] = {}
    for lien in dossier.quartiers:
        brut = request.form.get(f"part_{lien.quartier_id}", "").strip()[:10]
        saisies[lien.quartier_id] = brut
        compact = brut.replace("%", "").strip()
        if lien.quartier_id in retires:
            continue
        lisible = compact.isascii() and compact.isdigit() and int(compact) <= 100
        if compact and not lisible:
            phrase = f"{lien.quartier.nom}\u00a0: écrivez une part entre 0 et 100."
            form.reprendre([Probleme(phrase)])
        parts[lien.quartier_id] = int(compact) if compact and lisible else None
    return parts, saisies


@bp.post("/dossiers/<int:dossier_id>/rubriques/quartiers")
@garde("dossier.rediger", Dossier)
def enregistrer_quartiers(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireEmpreinte()
    if not form.validate_on_submit():
        return _montrer(dossier, form, code=422)
    charger_redaction(dossier)
    parts, saisies = _parts(dossier, form)
    if form.problemes():
        return _montrer(dossier, form, saisies, 422)
    empreinte = form.empreinte.data or ""
    refus = tenter(
        dossier,
        form,
        CODE,
        lambda: choisir_quartiers(acteur_courant(), dossier, parts, empreinte=empreinte),
    )
    if refus is not None:
        return _montrer(dossier, form, saisies, 422)
    if request.form.get("action") == "continuer" and parts:
        return redirect(url_for("porteur.besoins", dossier_id=dossier.id), 303)
    flash("Les quartiers sont enregistrés.", "succes")
    return redirect(
        url_for(
            "porteur.quartiers",
            dossier_id=dossier.id,
            q=request.args.get("q") or None,
            commune=request.args.get("commune") or None,
        ),
        303,
    )


def _montrer_besoins(
    dossier: Dossier, form: FormulaireEmpreinte, coches: set[int], code: int = 200
) -> ResponseReturnValue:
    return montrer_section(
        dossier,
        CODE,
        "besoins",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        visees=choix.fiches_visees(dossier),
        lies=choix.themes_lies(dossier),
        lecture=lire_par_le_contrat(dossier),
        coches=coches,
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/besoins")
@garde("dossier.voir_porteur", Dossier)
def besoins(dossier: Dossier) -> ResponseReturnValue:
    """Local objectives of the fiches of the quartiers aimed at, with their key figures."""
    charger_redaction(dossier)
    form = FormulaireEmpreinte(empreinte=empreinte_rubrique(dossier, "besoins"))
    return _montrer_besoins(dossier, form, {o.id for o in dossier.objectifs_locaux})


@bp.post("/dossiers/<int:dossier_id>/rubriques/besoins")
@garde("dossier.rediger", Dossier)
def enregistrer_besoins(dossier: Dossier) -> ResponseReturnValue:
    form, coches = FormulaireEmpreinte(), set(entiers_envoyes("objectifs"))
    if not form.validate_on_submit():
        return _montrer_besoins(dossier, form, coches, 422)
    empreinte = form.empreinte.data or ""
    refus = tenter(
        dossier,
        form,
        "besoins",
        lambda: choisir_objectifs_locaux(
            acteur_courant(), dossier, sorted(coches), empreinte=empreinte
        ),
    )
    if refus is not None:
        return _montrer_besoins(dossier, form, coches, 422)
    if request.form.get("action") == "continuer":
        return suite(dossier, CODE)
    flash("Les objectifs locaux sont enregistrés.", "succes")
    return redirect(url_for("porteur.besoins", dossier_id=dossier.id), 303)
