"""Files joined to the dossier; the vault of the organisme is shown beside."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import Dossier, PieceDossier
from aap.requetes import porteur as lire
from aap.requetes.coffre import coffre
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import montrer_section
from aap.services.dossier import joindre_piece, retirer_piece
from aap.services.fichier import limites
from forms.pieces import FormulairePiece

CODE = "pieces"


def _montrer(dossier: Dossier, form: FormulairePiece, code: int = 200) -> ResponseReturnValue:
    return montrer_section(
        dossier,
        CODE,
        "pieces",
        statut=code,
        form=form,
        erreurs=form.problemes(),
        jointes=lire.pieces_dossier(dossier),
        coffre=coffre(dossier.organisme),
        limites=limites(),
        deja=deja_recu(form),
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/pieces")
@garde("dossier.voir_porteur", Dossier)
def pieces(dossier: Dossier) -> ResponseReturnValue:
    return _montrer(dossier, FormulairePiece(libelle=request.args.get("libelle", "")[:200]))


@bp.post("/dossiers/<int:dossier_id>/rubriques/pieces")
@garde("dossier.rediger", Dossier)
def joindre(dossier: Dossier) -> ResponseReturnValue:
    form = FormulairePiece()
    if not form.validate_on_submit():
        garder_pour_la_suite(form)
        return _montrer(dossier, form, 422)
    try:
        recu = lire_fichier(form)
        joindre_piece(
            acteur_courant(), dossier, recu.controle.nom, recu.controle, form.libelle.data
        )
    except Invalide as erreur:
        db.session.rollback()
        form.refuser("fichier", erreur.message)
        return _montrer(dossier, form, 422)
    recu.servi()
    flash(f"Le document est joint au dossier.{recu.phrase}", "succes")
    return redirect(url_for("porteur.pieces", dossier_id=dossier.id), 303)


@bp.post("/pieces/<int:piece_dossier_id>/retirer")
@garde("piece_dossier.retirer", PieceDossier)
def retirer(piece_dossier: PieceDossier) -> ResponseReturnValue:
    dossier = lire.dossier_par_id(piece_dossier.dossier_id)
    assert dossier is not None
    retirer_piece(acteur_courant(), dossier, piece_dossier)
    flash("Le document est retiré du dossier.", "succes")
    return redirect(url_for("porteur.pieces", dossier_id=dossier.id), 303)
