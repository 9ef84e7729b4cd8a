"""Create an organisme, keep its record page by page; ask to join one that exists."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.annuaire import FicheEntreprise, chercher
from aap.domaine.erreurs import Conflit, Indisponible, Invalide
from aap.domaine.identifiants import lire_rna, lire_siret
from aap.extensions import db, reglages
from aap.models import FormeJuridique, Organisme
from aap.requetes import organisme as fiche_de
from aap.requetes import porteur as lire
from aap.requetes.coffre import coffre
from aap.routes.compte.connexion import suite_sure
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import organisme as service
from forms.organisme import (
    CREATION,
    RUBRIQUES,
    FormulaireOrganisme,
    FormulaireRattachement,
    Rubrique,
)

FORMES = [(f.value, f.libelle) for f in FormeJuridique]
PAR_CODE = {r.code: r for r in RUBRIQUES}
INCONNU = "L’annuaire des entreprises ne connaît pas ce numéro. Remplissez le formulaire à la main."
FERME = "L’annuaire dit que cet établissement est fermé\u00a0: vérifiez le numéro."


def _formulaire(
    rubrique: Rubrique, organisme: Organisme | None = None, proposes: dict[str, Any] | None = None
) -> FormulaireOrganisme:
    connues = fiche_de.valeurs(organisme, rubrique.champs) if organisme is not None else {}
    if "forme" in connues:
        connues["forme"] = connues["forme"].value
    form = FormulaireOrganisme(
        data={**connues, **(proposes or {})}, formes=FORMES, rubrique=rubrique
    )
    if organisme is not None:
        form.version.data = form.version.data or str(organisme.version)
    return form


def _donnees(form: FormulaireOrganisme, organisme: Organisme | None) -> service.DonneesOrganisme:
    """The whole record: what this page says, the rest as it is stored."""
    noms = [f.name for f in fields(service.DonneesOrganisme)]
    directs = [n for n in noms if n not in ("identite", "forme")]
    valeurs = fiche_de.valeurs(organisme, noms) if organisme is not None else {}
    vides = {"siret", "rna", "date_creation", "budget_annuel", "tresorerie"}
    for nom in directs:
        if nom in form:
            valeurs[nom] = form[nom].data if nom in vides else (form[nom].data or "")
    if "forme" in form:
        valeurs["forme"] = FormeJuridique(form.forme.data)
    gardees = {**(organisme.identite if organisme else {}), **form.identite()}
    valeurs["identite"] = {n: v for n, v in gardees.items() if v is not None}
    return service.DonneesOrganisme(**valeurs)


def _montrer(
    form: FormulaireOrganisme,
    organisme: Organisme | None,
    code: int = 200,
    **complements: Any,
) -> ResponseReturnValue:
    page = render_template(
        "porteur/organisme/formulaire.html",
        form=form,
        rubrique=form.rubrique,
        organisme=organisme,
        erreurs=form.problemes(),
        annuaire=bool(reglages().annuaire),
        suite=suite_sure(request.args.get("suite")),
        **complements,
    )
    return page, code


def _consulter(numero: str) -> FicheEntreprise | None:
    """Ask the register. Raises ValueError (number), Indisponible."""
    r = reglages()
    if numero.strip().upper().startswith("W"):
        return chercher(r.annuaire, r.annuaire_delai_secondes, rna=lire_rna(numero))
    return chercher(r.annuaire, r.annuaire_delai_secondes, siret=lire_siret(numero))


@bp.get("/organismes/nouveau")
@garde("organisme.creer")
def nouvel_organisme() -> ResponseReturnValue:
    """The form; with ``?numero=`` and the register switched on, filled by the register."""
    numero = request.args.get("numero", "")[:40]
    if not numero.strip() or not reglages().annuaire:
        return _montrer(_formulaire(CREATION), None, numero=numero)
    try:
        fiche = _consulter(numero)
    except ValueError as erreur:
        form = _formulaire(CREATION)
        return _montrer(form, None, 422, numero=numero, refus_numero=str(erreur))
    except Indisponible as panne:
        dit = f"{panne.message} {panne.que_faire}"
        form = _formulaire(CREATION, proposes=_numero_seul(numero))
        return _montrer(form, None, numero=numero, note=dit)
    if fiche is None:
        form = _formulaire(CREATION, proposes=_numero_seul(numero))
        return _montrer(form, None, numero=numero, note=INCONNU)
    form = _formulaire(CREATION, proposes=fiche_de.depuis_annuaire(fiche))
    return _montrer(form, None, numero=numero, trouve=fiche, note="" if fiche.active else FERME)


def _numero_seul(numero: str) -> dict[str, Any]:
    """What was typed is not to be typed again."""
    return {"rna" if numero.strip().upper().startswith("W") else "siret": numero.strip()}


@bp.post("/organismes/nouveau")
@garde("organisme.creer")
def creer_organisme() -> ResponseReturnValue:
    form = _formulaire(CREATION)
    if not form.validate_on_submit():
        return _montrer(form, None, 422)
    try:
        organisme = service.creer_organisme(acteur_courant(), _donnees(form, None))
    except service.OrganismeExistant as existe:
        identifiant, sien = existe.organisme.id, existe.organisme.id in acteur_courant().membres
        db.session.rollback()
        if sien:
            flash("Cet organisme est déjà inscrit, et vous en faites partie.", "info")
        page = "porteur.organisme" if sien else "porteur.rejoindre"
        return redirect(url_for(page, organisme_id=identifiant), 303)
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _montrer(form, None, 422)
    flash(f"« {organisme.nom} » est inscrit. Vous pouvez signer pour lui.", "succes")
    fiche = url_for("porteur.organisme", organisme_id=organisme.id)
    return redirect(suite_sure(request.args.get("suite")) or fiche, 303)


@bp.get("/organismes/<int:organisme_id>")
@garde("organisme.voir_porteur", Organisme)
def organisme(organisme: Organisme) -> ResponseReturnValue:
    return render_template(
        "porteur/organisme/voir.html",
        organisme=organisme,
        rubriques=[(r, fiche_de.avancement(organisme, r.champs)) for r in RUBRIQUES],
        engagement=service.engagement_en_vigueur(organisme),
        membres=lire.membres_de(organisme),
        coffre=coffre(organisme),
        exercices=fiche_de.exercices_connus(organisme.id),
    )


@bp.get("/organismes/<int:organisme_id>/modifier")
@bp.get("/organismes/<int:organisme_id>/modifier/<code>")
@garde("organisme.modifier", Organisme)
def modifier_organisme(organisme: Organisme, code: str = "identite") -> ResponseReturnValue:
    """One page of the record; with ``?annuaire=oui``, beside what the register says."""
    rubrique = PAR_CODE.get(code) or abort(404)
    form = _formulaire(rubrique, organisme)
    if request.args.get("annuaire") != "oui" or not reglages().annuaire:
        return _montrer(form, organisme)
    try:
        fiche = _consulter(organisme.siret or organisme.rna or "")
    except ValueError:
        return _montrer(form, organisme, note="Indiquez d’abord un numéro SIRET ou RNA.")
    except Indisponible as panne:
        return _montrer(form, organisme, note=panne.message)
    if fiche is None:
        return _montrer(form, organisme, note="L’annuaire ne connaît pas ce numéro.")
    ici = fiche_de.valeurs(organisme, rubrique.champs)
    return _montrer(
        form,
        organisme,
        trouve=fiche,
        note="" if fiche.active else FERME,
        ecarts=fiche_de.ecarts(ici, fiche_de.depuis_annuaire(fiche)),
    )


@bp.post("/organismes/<int:organisme_id>/modifier")
@bp.post("/organismes/<int:organisme_id>/modifier/<code>")
@garde("organisme.modifier", Organisme)
def enregistrer_organisme(organisme: Organisme, code: str = "identite") -> ResponseReturnValue:
    rubrique = PAR_CODE.get(code) or abort(404)
    form = _formulaire(rubrique, organisme)
    if not form.validate_on_submit():
        return _montrer(form, organisme, 422)
    try:
        service.modifier_organisme(
            acteur_courant(), organisme, _donnees(form, organisme), version=form.version_lue()
        )
    except service.OrganismeExistant as existe:
        db.session.rollback()
        form.refuser("siret" if form.siret.data else "rna", existe.message)
        return _montrer(form, organisme, 422)
    except Conflit:
        return _conflit(form, organisme)
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _montrer(form, organisme, 422)
    flash(f"La page « {rubrique.titre} » est enregistrée.", "succes")
    return redirect(url_for("porteur.organisme", organisme_id=organisme.id), 303)


def _conflit(form: FormulaireOrganisme, organisme: Organisme) -> ResponseReturnValue:
    """Somebody saved meanwhile: what was typed stays, what she wrote is shown beside."""
    db.session.rollback()
    form.version.data = str(organisme.version)
    ici = fiche_de.valeurs(organisme, form.rubrique.champs)
    tapes = {n: form[n].data for n in form.rubrique.champs}
    return _montrer(form, organisme, 409, conflits=fiche_de.ecarts(ici, tapes))


@bp.get("/organismes/<int:organisme_id>/rejoindre")
@garde("organisme.rejoindre", Organisme)
def rejoindre(organisme: Organisme) -> ResponseReturnValue:
    return render_template(
        "porteur/organisme/rejoindre.html",
        organisme=organisme,
        form=FormulaireRattachement(),
        deja=lire.rattachement_en_cours(acteur_courant(), organisme),
    )


@bp.post("/organismes/<int:organisme_id>/rejoindre")
@garde("organisme.rejoindre", Organisme)
def demander_a_rejoindre(organisme: Organisme) -> ResponseReturnValue:
    form = FormulaireRattachement()
    if not form.validate_on_submit():
        page = render_template(
            "porteur/organisme/rejoindre.html",
            organisme=organisme,
            form=form,
            deja=False,
            erreurs=form.problemes(),
        )
        return page, 422
    service.demander_rattachement(acteur_courant(), organisme, form.message.data or "")
    flash("Votre demande est envoyée. Vous recevrez la réponse par courriel.", "succes")
    return redirect(url_for("porteur.accueil"), 303)
