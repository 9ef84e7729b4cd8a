"""The porteur contests a refusal: until when, in her words, and where it stands."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from aap import documents
from aap.domaine.erreurs import Introuvable, Invalide
from aap.extensions import db
from aap.models import Dossier, Recours
from aap.permissions import may
from aap.requetes.recours import recours_de, refus_contestable
from aap.routes.fichier_recu import Recu, deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.garde import acteur_courant, garde
from aap.routes.instruction.lettres import reponse_pdf
from aap.routes.porteur import bp
from aap.services.fichier import limites
from aap.services.recours import former_recours
from forms.recours import FormulaireRecours
from workflows.dossier import EtatDossier


def _page(dossier: Dossier, form: FormulaireRecours, code: int = 200) -> ResponseReturnValue:
    tous = recours_de(dossier)
    page = render_template(
        "porteur/dossier/recours.html",
        dossier=dossier,
        refus=refus_contestable(dossier),
        tous=tous,
        ouvert=any(r.ouvert for r in tous),
        droit=may(acteur_courant(), "dossier.former_recours", dossier),
        form=form,
        limites=limites(),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/recours")
@garde("dossier.voir_porteur", Dossier)
def recours(dossier: Dossier) -> ResponseReturnValue:
    return _page(dossier, FormulaireRecours(formdata=None))


@bp.post("/dossiers/<int:dossier_id>/recours")
@garde("dossier.former_recours", Dossier)
def contester(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireRecours()
    if not form.validate():
        garder_pour_la_suite(form)
        return _page(dossier, form, 422)
    try:
        recu = _fichier(form)
        piece = (f"recours-{dossier.reference}", recu.controle) if recu else None
        former_recours(acteur_courant(), dossier, form.texte.data, piece)
    except Invalide as refus:
        db.session.rollback()
        if refus.problemes:
            form.reprendre(refus.problemes)
        else:
            form.refuser("fichier", refus.message)
        return _page(dossier, form, 422)
    if recu:
        recu.servi()
    flash("Votre recours est envoyé. L’accusé de réception est sur cette page.", "succes")
    return redirect(url_for("porteur.recours", dossier_id=dossier.id), 303)


def _fichier(form: FormulaireRecours) -> Recu | None:
    """The document, when there is one. Raises Invalide."""
    choisi = form.fichier.data
    if form.envoi.data or (isinstance(choisi, FileStorage) and choisi.filename):
        return lire_fichier(form)
    return None


@bp.get("/dossiers/<int:dossier_id>/lettre-irrecevabilite.pdf")
@garde("dossier.voir_porteur", Dossier)
def lettre_irrecevabilite(dossier: Dossier) -> ResponseReturnValue:
    """The letter that refuses the dossier as not admissible; unknown when it was not refused."""
    if dossier.etat is not EtatDossier.IRRECEVABLE:
        raise Introuvable("Ce dossier n’est pas déclaré irrecevable.")
    nom = f"irrecevabilite-{dossier.reference}.pdf"
    return reponse_pdf(documents.lettre_recevabilite(dossier), nom)


@bp.get("/recours/<int:recours_id>/accuse.pdf")
@garde("recours.voir_porteur", Recours)
def accuse_recours(recours: Recours) -> ResponseReturnValue:
    nom = f"recours-{recours.dossier.reference}-accuse.pdf"
    return reponse_pdf(documents.accuse_recours(recours), nom)


@bp.get("/recours/<int:recours_id>/decision.pdf")
@garde("recours.voir_porteur", Recours)
def lettre_recours(recours: Recours) -> ResponseReturnValue:
    nom = f"recours-{recours.dossier.reference}-decision.pdf"
    return reponse_pdf(documents.lettre_recours(recours), nom)
