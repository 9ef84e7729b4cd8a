"""A pile of signed acts scanned together: sent, read by a job, checked, joined act by act."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide
from aap.extensions import db
from aap.models import EtatScan, LotPages, PartieSignataire, Scan
from aap.requetes.finance import choix_financeurs
from aap.requetes.scans import lots_choisis, lots_vus, scans
from aap.routes.exemplaires import limites_exemplaire
from aap.routes.fichier_recu import deja_recu, garder_pour_la_suite, lire_fichier
from aap.routes.finance import bp
from aap.routes.finance.actes import reprendre_refus
from aap.routes.finance.documents import reponse_pdf
from aap.routes.garde import acteur_courant, garde
from aap.services import scan as service
from forms.scan import FormulaireAttribution, FormulaireJointure, FormulaireScan


def _page_liste(form: FormulaireScan, code: int = 200) -> ResponseReturnValue:
    page = render_template(
        "finance/scans.html",
        form=form,
        scans=scans(acteur_courant()),
        limites=limites_exemplaire(photo=False),
        deja=deja_recu(form),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.route("/scans", methods=["GET", "POST"])
@garde("finance.conventions")
def exemplaires_numerises() -> ResponseReturnValue:
    """Send one PDF; the job reads the code of each page."""
    choix = {f.id: f.nom for f in choix_financeurs(acteur_courant())}
    form = FormulaireScan()
    form.proposer(list(choix.items()))
    if not form.is_submitted():
        return _page_liste(form)
    if not form.validate():
        garder_pour_la_suite(form)
        return _page_liste(form, 422)
    try:
        recu = lire_fichier(form)
        financeur = next(
            f for f in choix_financeurs(acteur_courant()) if str(f.id) == form.financeur.data
        )
        scan = service.deposer_scan(acteur_courant(), financeur, recu.controle)
    except Invalide as refus:
        db.session.rollback()
        form.refuser("fichier", refus.message)
        return _page_liste(form, 422)
    recu.servi()
    return redirect(url_for("finance.exemplaire_numerise", scan_id=scan.id), 303)


def _page(
    scan: Scan,
    form: FormulaireJointure,
    attribution: FormulaireAttribution,
    code: int = 200,
    coches: frozenset[int] | None = None,
) -> ResponseReturnValue:
    vus = lots_vus(acteur_courant(), scan)
    if coches is None:
        coches = frozenset(v.lot.id for v in vus if v.joignable and not v.lot.message)
    page = render_template(
        "finance/scan.html",
        scan=scan,
        lots=vus,
        coches=coches,
        form=form,
        attribution=attribution,
        en_cours=scan.etat is EtatScan.A_LIRE,
        illisible=scan.etat is EtatScan.ILLISIBLE,
        erreurs=[*form.problemes(), *attribution.problemes()] if code != 200 else [],
    )
    return page, code


@bp.get("/scans/<int:scan_id>")
@garde("scan.traiter", Scan)
def exemplaire_numerise(scan: Scan) -> ResponseReturnValue:
    return _page(scan, FormulaireJointure(), FormulaireAttribution())


def _coches() -> frozenset[int]:
    bruts = request.form.getlist("lots")[:1000]
    return frozenset(int(x) for x in bruts if x.isascii() and x.isdigit() and len(x) < 10)


def _couper(scan: Scan, lots: Sequence[LotPages]) -> dict[int, service.Extrait]:
    """Their pages, cut out with no transaction open."""
    decoupe = service.decoupe(scan, lots)
    db.session.rollback()
    return decoupe.couper()


@bp.post("/scans/<int:scan_id>/joindre")
@garde("scan.traiter", Scan)
def joindre_exemplaires(scan: Scan) -> ResponseReturnValue:
    """The ticked piles, signed by the same parties on the same day."""
    form, vide = FormulaireJointure(), FormulaireAttribution(formdata=None)
    coches = _coches()
    juste = form.validate()
    if form.partie.data in ("financeur", "deux") and not (form.financeur_nom.data or "").strip():
        form.refuser("financeur_nom", "Indiquez qui a signé pour le financeur.")
        juste = False
    if not coches:
        form.form_errors = ["Cochez au moins un acte."]
        juste = False
    if not juste:
        return _page(scan, form, vide, 422, coches)
    modele = service.Modele(
        PartieSignataire(form.partie.data), form.signee_le.data, form.financeur_nom.data or ""
    )
    connus = [x for x in lots_choisis(scan, coches) if x.objet and x.copie_id is None]
    extraits = _couper(scan, connus)
    lots = lots_choisis(scan, coches)
    joints = service.joindre_lots(acteur_courant(), scan, lots, modele, extraits)
    if joints:
        s = "s" if joints > 1 else ""
        flash(
            f"{joints} exemplaire{s} joint{s} à {'leur' if joints > 1 else 'son'} acte.", "succes"
        )
    if joints < len(lots):
        flash("Tout n’a pas pu être joint\u00a0: la raison est dite à côté des pages.", "attention")
    return redirect(url_for("finance.exemplaire_numerise", scan_id=scan.id), 303)


@bp.post("/pages-numerisees/<int:lot_pages_id>/acte")
@garde("lot_pages.traiter", LotPages)
def attribuer_pages(lot_pages: LotPages) -> ResponseReturnValue:
    """Pages whose code could not be read: the officer says what act they are of."""
    form = FormulaireAttribution()
    scan = lot_pages.scan
    if not form.validate():
        return _page(scan, FormulaireJointure(formdata=None), form, 422)
    try:
        objet = service.attribuer_pages(
            acteur_courant(), lot_pages, form.numero.data or "", version=form.version_lue()
        )
    except (Conflit, Invalide) as refus:
        code = reprendre_refus(form, lot_pages, refus)
        return _page(scan, FormulaireJointure(formdata=None), form, code)
    flash(f"Ces pages sont rangées avec l’{objet.designation}.", "succes")
    return redirect(url_for("finance.exemplaire_numerise", scan_id=scan.id), 303)


@bp.post("/pages-numerisees/<int:lot_pages_id>/ecarter")
@garde("lot_pages.traiter", LotPages)
def ecarter_pages(lot_pages: LotPages) -> ResponseReturnValue:
    """A blank page, a letter: nothing to join."""
    scan_id = lot_pages.scan_id
    service.ecarter_pages(acteur_courant(), lot_pages)
    flash("Ces pages sont écartées. Le document envoyé est gardé en entier.", "succes")
    return redirect(url_for("finance.exemplaire_numerise", scan_id=scan_id), 303)


@bp.get("/pages-numerisees/<int:lot_pages_id>.pdf")
@garde("lot_pages.traiter", LotPages)
def pages_numerisees(lot_pages: LotPages) -> ResponseReturnValue:
    """The pages of one pile, to be looked at before they are joined."""
    [extrait] = _couper(lot_pages.scan, [lot_pages]).values()
    return reponse_pdf(extrait.octets, f"pages-{extrait.pages[0]}.pdf")
