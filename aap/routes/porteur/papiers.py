"""Papers of an organisme, given once: engagement républicain, RIB, vault."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine import cer
from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.identifiants import masquer_iban
from aap.extensions import db
from aap.models import Organisme, PieceOrganisme, TypePiece
from aap.permissions import exiger, may
from aap.requetes.coffre import coffre
from aap.routes.fichier_recu import Recu, deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import organisme as service
from aap.services.fichier import limites
from forms.organisme import FormulaireEngagement, FormulairePieceCoffre, FormulaireRib

TYPES = [(t.value, t.libelle) for t in TypePiece]


def _montrer_engagement(
    organisme: Organisme, form: FormulaireEngagement, code: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "porteur/organisme/engagement.html",
        organisme=organisme,
        form=form,
        erreurs=form.problemes(),
        engagements=cer.ENGAGEMENTS,
        reference=cer.REFERENCE,
        signe=service.engagement_en_vigueur(organisme),
        droit=may(acteur_courant(), "organisme.signer", organisme),
    )
    return page, code


@bp.get("/organismes/<int:organisme_id>/engagement")
@garde("organisme.voir_porteur", Organisme)
def engagement(organisme: Organisme) -> ResponseReturnValue:
    return _montrer_engagement(organisme, FormulaireEngagement())


@bp.post("/organismes/<int:organisme_id>/engagement")
@garde("organisme.signer", Organisme)
def signer_engagement(organisme: Organisme) -> ResponseReturnValue:
    form = FormulaireEngagement()
    if not form.validate_on_submit():
        return _montrer_engagement(organisme, form, 422)
    service.signer_cer(acteur_courant(), organisme)
    flash("Le contrat d’engagement républicain est signé.", "succes")
    return redirect(url_for("porteur.organisme", organisme_id=organisme.id), 303)


def _montrer_documents(
    organisme: Organisme,
    rib: FormulaireRib | None = None,
    piece: FormulairePieceCoffre | None = None,
    code: int = 200,
) -> ResponseReturnValue:
    rib = rib or FormulaireRib(formdata=None, titulaire=organisme.titulaire_compte)
    rib.version.data = str(organisme.version)
    piece = piece or _piece_vide()
    page = render_template(
        "porteur/organisme/documents.html",
        organisme=organisme,
        rib=rib,
        piece=piece,
        erreurs=[*rib.problemes(), *piece.problemes()],
        coffre=coffre(organisme),
        iban=masquer_iban(organisme.iban) if organisme.iban else "",
        droit=may(acteur_courant(), "organisme.fixer_rib", organisme),
        limites=limites(),
        deja=deja_recu(piece),
    )
    return page, code


def _piece_vide() -> FormulairePieceCoffre:
    """The form, on what its address says: « Déposer » of a shelf, return from a file too heavy."""
    voulu = request.args.get("type_piece") or request.args.get("type", "")
    choisi: dict[str, Any] = {"type_piece": voulu} if voulu in dict(TYPES) else {}
    with suppress(ValueError):
        choisi["valable_jusquau"] = date.fromisoformat(request.args.get("valable_jusquau", ""))
    return FormulairePieceCoffre(formdata=None, data=choisi, types=TYPES)


@bp.get("/organismes/<int:organisme_id>/documents")
@garde("organisme.voir_porteur", Organisme)
def documents(organisme: Organisme) -> ResponseReturnValue:
    return _montrer_documents(organisme)


@bp.post("/organismes/<int:organisme_id>/rib")
@garde("organisme.fixer_rib", Organisme)
def enregistrer_rib(organisme: Organisme) -> ResponseReturnValue:
    form = FormulaireRib()
    if not form.validate_on_submit():
        return _montrer_documents(organisme, rib=form, code=422)
    service.enregistrer_rib(
        acteur_courant(),
        organisme,
        form.iban.data,
        form.bic.data or "",
        form.titulaire.data,
        version=form.version_lue(),
    )
    flash("Le RIB est enregistré.", "succes")
    return redirect(url_for("porteur.documents", organisme_id=organisme.id), 303)


@bp.post("/organismes/<int:organisme_id>/documents")
@garde("organisme.modifier", Organisme)
def deposer_document(organisme: Organisme) -> ResponseReturnValue:
    form = FormulairePieceCoffre(types=TYPES)
    if not form.validate_on_submit():
        garder_pour_la_suite(form)
        return _montrer_documents(organisme, piece=form, code=422)
    recu: Recu | None = None
    try:
        recu = lire_fichier(form)
        service.deposer_piece(
            acteur_courant(),
            organisme,
            TypePiece(form.type_piece.data),
            recu.controle.nom,
            recu.controle,
            form.valable_jusquau.data,
        )
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes or [Probleme(erreur.message, "fichier")])
        if recu is not None:
            garder_pour_la_suite(form)
        return _montrer_documents(organisme, piece=form, code=422)
    recu.servi()
    flash(f"Le document est rangé.{recu.phrase}", "succes")
    return redirect(url_for("porteur.documents", organisme_id=organisme.id), 303)


@bp.post("/documents/<int:piece_organisme_id>/retirer")
@garde("piece_organisme.retirer", PieceOrganisme)
def retirer_document(piece_organisme: PieceOrganisme) -> ResponseReturnValue:
    organisme = piece_organisme.organisme
    exiger(acteur_courant(), "organisme.modifier", organisme)
    service.retirer_piece_organisme(acteur_courant(), organisme, piece_organisme)
    flash("Le document est retiré.", "succes")
    return redirect(url_for("porteur.documents", organisme_id=organisme.id), 303)
