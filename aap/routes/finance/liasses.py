"""Liasses de mandatement: choose, see what can go, hand over, mandate, cancel."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap import documents
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.liasse import COLONNES, VERSEMENTS_MAX
from aap.extensions import db
from aap.models import Financeur, Liasse, TypeVersement
from aap.requetes.finance import choix_financeurs, exercices, lire_filtres
from aap.requetes.liasses import (
    ETATS,
    a_mandater,
    annees,
    attentes,
    choisis,
    lignes_de,
    liste_liasses,
    octets_de,
)
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import problemes_de, reprendre_refus
from aap.routes.finance.documents import reponse_pdf
from aap.routes.garde import acteur_courant, garde
from aap.services import liasse as service
from aap.services.liasse import Choisi
from aap.services.mandatement import Mandates, MandatSaisi, mandater_liasse
from forms.vote import FormulaireMotifCourt
from workflows.versement import EtatVersement

# A little more than the columns hold: what is too long is told, not cut.
SAISIE_MAX = 80


@bp.get("/liasses")
@garde("finance.versements")
def liasses() -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    return render_template(
        "finance/liasses.html",
        filtres=filtres,
        liste=liste_liasses(acteur, filtres),
        etats=ETATS,
        financeurs=choix_financeurs(acteur),
        annees=annees(acteur),
    )


def _financeur() -> Financeur | None:
    """The funder asked for, or the only one; None while it is to be chosen. 404 out of reach."""
    siens = choix_financeurs(acteur_courant())
    demande = request.values.get("financeur", "")
    if not demande:
        return siens[0] if len(siens) == 1 else None
    return next((f for f in siens if str(f.id) == demande), None) or abort(404)


def _page_choix(
    financeur: Financeur | None, coches: set[int] | None, erreurs: list[Probleme]
) -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    page = render_template(
        "finance/liasse_choix.html",
        financeur=financeur,
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
        types=list(TypeVersement),
        filtres=filtres,
        liste=a_mandater(acteur, financeur.id, filtres) if financeur else None,
        attentes=[] if financeur else attentes(acteur),
        coches=coches,
        maximum=VERSEMENTS_MAX,
        erreurs=erreurs,
    )
    return page, 422 if erreurs else 200


def _entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 10 else 0


def _texte(nom: str) -> str:
    return request.form.get(nom, "").strip()[:SAISIE_MAX]


def _coches() -> set[int]:
    bruts = request.form.getlist("versements")[:VERSEMENTS_MAX]
    return {cle for x in bruts if (cle := _entier(x))}


def _choisis(financeur: Financeur) -> list[Choisi]:
    """The payments ticked, with the engagement numbers typed or, at first, those of their act."""
    coches = _coches()
    lus = choisis(acteur_courant(), financeur.id, coches) if coches else []
    proposes = service.engagements_proposes(lus) if lus else {}
    return [
        Choisi(
            v,
            _entier(request.form.get(f"version-{v.id}", "")),
            _texte(f"ej-{v.id}") if f"ej-{v.id}" in request.form else proposes[v.id],
            f"rib-{v.id}" in request.form,
        )
        for v in lus
    ]


@bp.route("/liasses/preparer", methods=["GET", "POST"])
@garde("finance.versements")
def preparer_liasse() -> ResponseReturnValue:
    """List, then what can go and what cannot, then the liasse: all of what was seen or nothing."""
    financeur = _financeur()
    if request.method == "GET" or financeur is None:
        return _page_choix(financeur, None, [])
    pris = _choisis(financeur)
    if not pris:
        phrase = "Cochez au moins un versement."
        return _page_choix(financeur, set(), [Probleme(phrase, "liste-versements")])
    etape = request.form.get("etape")
    if etape == "choisir":
        return _page_choix(financeur, _coches(), [])
    if etape == "etablir":
        return _etablir(financeur, pris)
    return _page_apercu(financeur, pris, [])


def _page_apercu(
    financeur: Financeur, pris: list[Choisi], erreurs: list[Probleme], code: int = 200
) -> ResponseReturnValue:
    examens = service.examiner(acteur_courant(), pris)
    partent = [e for e in examens if e.part]
    page = render_template(
        "finance/liasse_apercu.html",
        financeur=financeur,
        partent=partent,
        restent=[e for e in examens if not e.part],
        total=sum(e.choisi.versement.montant for e in partent),
        erreurs=erreurs,
    )
    return page, code


def _attendus(pris: list[Choisi]) -> list[Choisi]:
    """Those that the page showed as going; what it showed as staying is not asked for."""
    vus = {_entier(x) for x in request.form.getlist("partent")[:VERSEMENTS_MAX]}
    return [c for c in pris if c.versement.id in vus]


def _etablir(financeur: Financeur, pris: list[Choisi]) -> ResponseReturnValue:
    try:
        liasse = service.etablir_liasse(acteur_courant(), financeur, _attendus(pris))
    except (Conflit, Invalide) as refus:
        db.session.rollback()
        return _page_apercu(financeur, _choisis(financeur), problemes_de(refus), refus.code_http)
    flash(
        f"La liasse n° {liasse.numero} est établie\u00a0: remettez son fichier, puis enregistrez "
        "les mandats.",
        "succes",
    )
    return redirect(url_for("finance.liasse", liasse_id=liasse.id), 303)


def _page(
    liasse: Liasse, erreurs: list[Probleme], fait: Mandates | None = None, code: int = 200
) -> ResponseReturnValue:
    lignes = lignes_de(liasse)
    vivantes = [x for x in lignes if x.vivante]
    attendent = [x for x in vivantes if x.versement.etat is EtatVersement.VALIDE]
    page = render_template(
        "finance/liasse.html",
        liasse=liasse,
        lignes=lignes,
        total=sum(x.montant for x in lignes),
        attendent=attendent if liasse.annulee_le is None else [],
        mandates=len(vivantes) - len(attendent),
        annulable=liasse.annulee_le is None and len(attendent) == len(vivantes),
        saisies=request.form,
        fait=fait,
        erreurs=erreurs,
        colonnes=COLONNES,
        traces=historique(liasse),
    )
    return page, code


@bp.get("/liasses/<int:liasse_id>")
@garde("liasse.voir", Liasse)
def liasse(liasse: Liasse) -> ResponseReturnValue:
    return _page(liasse, [])


@bp.post("/liasses/<int:liasse_id>/mandater")
@garde("liasse.mandater", Liasse)
def mandater_lignes(liasse: Liasse) -> ResponseReturnValue:
    """Each line with its number, or with the one typed for all; refusals are told beside them."""
    commun = _texte("numero_commun")
    mandats = {
        x.id: MandatSaisi(_texte(f"mandat-{x.id}") or commun, _texte(f"ej-{x.id}"))
        for x in lignes_de(liasse)
    }
    try:
        fait = mandater_liasse(acteur_courant(), liasse, mandats)
    except (Invalide, PasLeMoment) as refus:
        db.session.rollback()
        return _page(liasse, problemes_de(refus), code=refus.code_http)
    if fait.refuses:
        return _page(liasse, [], fait)
    _annoncer(fait)
    return redirect(url_for("finance.liasse", liasse_id=liasse.id), 303)


def _annoncer(fait: Mandates) -> None:
    if fait.faits:
        s = "s" if fait.faits > 1 else ""
        flash(f"{fait.faits} versement{s} mandaté{s}.", "succes")
    elif fait.deja:
        flash("Ces versements étaient déjà mandatés\u00a0: rien n’a été changé.", "info")


@bp.route("/liasses/<int:liasse_id>/annuler", methods=["GET", "POST"])
@garde("liasse.annuler", Liasse)
def annuler_liasse(liasse: Liasse) -> ResponseReturnValue:
    form, code = FormulaireMotifCourt(), 200
    if request.method == "GET":
        form.version.data = str(liasse.version)
    elif form.validate():
        try:
            service.annuler_liasse(
                acteur_courant(), liasse, form.motif.data or "", version=form.version_lue()
            )
        except (Conflit, Invalide, PasLeMoment) as refus:
            code = reprendre_refus(form, liasse, refus)
        else:
            flash(f"La liasse n° {liasse.numero} est annulée. Elle garde son numéro.", "succes")
            return redirect(url_for("finance.liasse", liasse_id=liasse.id), 303)
    else:
        code = 422
    page = render_template(
        "finance/liasse_annuler.html",
        liasse=liasse,
        form=form,
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


@bp.get("/liasses/<int:liasse_id>/fichier.csv")
@garde("liasse.voir", Liasse)
def fichier_liasse(liasse: Liasse) -> ResponseReturnValue:
    """The very bytes that were handed over the first time."""
    entetes = {
        "Content-Disposition": f"attachment; filename=liasse-{liasse.numero}.csv",
        "Cache-Control": "private, no-store",
    }
    return Response(octets_de(liasse), content_type="text/csv; charset=utf-8", headers=entetes)


@bp.get("/liasses/<int:liasse_id>/bordereau.pdf")
@garde("liasse.voir", Liasse)
def bordereau_liasse(liasse: Liasse) -> ResponseReturnValue:
    return reponse_pdf(documents.pdf_bordereau(liasse), f"bordereau-{liasse.numero}.pdf")
