"""Acts on many dossiers: preview, act, result of each one, undo where it is possible."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import ActeLot, Campagne, Lot
from aap.models.types import Json
from aap.permissions import may
from aap.requetes.affectations import instructeurs_de
from aap.requetes.filtres_dossiers import entier, lire_adresse
from aap.requetes.lots import (
    MONTREES,
    Cible,
    actes_offerts,
    apercu_lot,
    cibles_cochees,
    cibles_filtrees,
    suite_lot,
)
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction import bp
from aap.routes.instruction.selection import adresse_liste
from aap.services.lot import annulable, annuler_lot, lancer_lot
from forms.atelier import LotAffectationForm, LotComplementsForm, LotForm
from forms.champs import SelectChoice

FORMULAIRES: dict[ActeLot, type[LotForm]] = {
    ActeLot.AFFECTER: LotAffectationForm,
    ActeLot.PRENDRE_EN_INSTRUCTION: LotForm,
    ActeLot.DEMANDER_COMPLEMENTS: LotComplementsForm,
}
CHANGEE = "La sélection a changé depuis l’aperçu : relisez-la avant de confirmer."


def _acte(texte: str) -> ActeLot:
    """The act asked, among those that the reader is offered; 404 for anything else."""
    acte = next((a for a in actes_offerts(acteur_courant()) if a.value == texte), None)
    return acte or abort(404)


def _form(acte: ActeLot, cibles: list[Cible], **options: Any) -> LotForm:
    form = FORMULAIRES[acte](**options)
    if isinstance(form, LotAffectationForm):
        campagne = db.session.get(Campagne, cibles[0].campagne_id) if cibles else None
        personnes = instructeurs_de(campagne) if campagne else []
        form.personne.choices = [
            SelectChoice("", "Choisissez"),
            *(SelectChoice(p.cle, f"{p.libelle} ({p.charge})") for p in personnes),
        ]
    return form


def _page(acte: ActeLot, cibles: list[Cible], form: LotForm, code: int = 200) -> Any:
    page = render_template(
        "instruction/lot_apercu.html",
        acte=acte,
        apercu=apercu_lot(acte, cibles),
        form=form,
        erreurs=form.problemes(),
        montrees=MONTREES,
        retour=adresse_liste(form.adresse.data or ""),
    )
    return page, code


@bp.get("/lots/nouveau")
@garde("instruction.liste")
def lot_nouveau() -> ResponseReturnValue:
    """What the act would do, and to which dossiers; nothing is written."""
    acte = _acte(request.args.get("acte", ""))
    filtres = lire_adresse(request.args.get("sel", ""))
    tout = request.args.get("tout") == "1"
    if tout:
        cibles = cibles_filtrees(acteur_courant(), filtres)
    else:
        cochees = {i for i in map(entier, request.args.getlist("ids")[:200]) if i}
        cibles = cibles_cochees(acteur_courant(), cochees)
    if not cibles:
        flash("Cochez au moins un dossier avant de choisir un acte.", "attention")
        return redirect(adresse_liste(filtres.adresse), 303)
    depart = {
        "jeton": token_hex(16),
        "tout": "1" if tout else "",
        "adresse": filtres.adresse,
        "attendus": str(len(cibles)),
        "echeance": aujourdhui() + timedelta(days=15),
    }
    form = _form(acte, cibles, formdata=None, data=depart)
    return _page(acte, cibles, form)


def _cibles(form: LotForm) -> list[Cible]:
    """The dossiers that the form names, as they are now."""
    if form.tout.data == "1":
        return cibles_filtrees(acteur_courant(), lire_adresse(form.adresse.data or ""))
    return cibles_cochees(acteur_courant(), form.versions())


def _arguments(form: LotForm) -> Json:
    """What the act needs, as JSON."""
    if isinstance(form, LotAffectationForm):
        utilisateur, financeur = form.couple()
        return {"utilisateur": utilisateur, "financeur": financeur}
    if isinstance(form, LotComplementsForm):
        return {
            "texte": form.texte.data,
            "elements": form.elements(),
            "echeance": form.echeance.data.isoformat(),
            "bloquante": bool(form.bloquante.data),
        }
    return {}


@bp.post("/lots/<acte>")
@garde("instruction.liste")
def lot_lancer(acte: str) -> ResponseReturnValue:
    """Do it. The versions are those of the preview: what changed since is refused, with its
    reason."""
    choisi = _acte(acte)
    vues = LotForm()
    cibles = _cibles(vues)
    form = _form(choisi, cibles)
    if not form.validate_on_submit():
        return _page(choisi, cibles, form, 422)
    montrees = form.versions()
    if str(len(cibles)) != form.attendus.data:
        form.attendus.data = str(len(cibles))
        form.reprendre([Probleme(CHANGEE)])
        return _page(choisi, cibles, form, 422)
    versions = {c.id: montrees.get(c.id, c.version) for c in cibles}
    try:
        arguments = _arguments(form)
        lot = lancer_lot(acteur_courant(), choisi, arguments, versions, str(form.jeton.data))
    except Invalide as refus:
        db.session.rollback()
        form.reprendre(refus.problemes or [Probleme(refus.message)])
        return _page(choisi, cibles, form, 422)
    return redirect(url_for("instruction.lot", lot_id=lot.id, liste=form.adresse.data), 303)


@bp.get("/lots/<int:lot_id>", endpoint="lot")
@garde("lot.voir", Lot)
def lot_suite(lot: Lot) -> ResponseReturnValue:
    """How far it is, and what became of each dossier."""
    return render_template(
        "instruction/lot.html",
        suite=suite_lot(acteur_courant(), lot),
        lot=lot,
        annulable=bool(may(acteur_courant(), "lot.annuler", lot)) and not annulable(lot),
        raison=annulable(lot),
        retour=adresse_liste(lire_adresse(request.args.get("liste", "")).adresse),
    )


@bp.post("/lots/<int:lot_id>/annulation")
@garde("lot.annuler", Lot)
def lot_annuler(lot: Lot) -> ResponseReturnValue:
    annuler_lot(acteur_courant(), lot)
    flash("L’acte est annulé pour les dossiers qui le permettent.", "succes")
    return redirect(url_for("instruction.lot", lot_id=lot.id), 303)
