"""Acts prepared together: choose the aids, follow, send to signature, print in booklets."""

from __future__ import annotations

from secrets import token_hex

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Interdit, Introuvable, Invalide, Probleme
from aap.domaine.montants import lire_montant
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Financement, Financeur, LotActes
from aap.requetes.finance import Filtres, choix_financeurs, exercices, lire_filtres, recherche
from aap.requetes.lot_actes import (
    AidePreparable,
    aides_a_preparer,
    attentes,
    lots_actes,
    suite_actes,
)
from aap.requetes.traces import historique
from aap.routes.finance import bp
from aap.routes.finance.actes import problemes_de
from aap.routes.garde import acteur_courant, garde
from aap.services import lot_actes as service
from aap.services.lot_actes import LOT_MAX, Visee
from aap.stockage import stockage

SAISIE_MAX = 40


def _entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 10 else 0


def _financeur() -> Financeur | None:
    """The funder asked for, or the only one; None while it is to be chosen. 404 out of reach."""
    siens = choix_financeurs(acteur_courant())
    demande = request.values.get("financeur", "")
    if not demande:
        return siens[0] if len(siens) == 1 else None
    return next((f for f in siens if str(f.id) == demande), None) or abort(404)


def _aides(financeur: Financeur, filtres: Filtres) -> list[AidePreparable]:
    conditions = [Financement.financeur_id == financeur.id, *recherche(filtres.q)]
    if filtres.exercice:
        conditions.append(Financement.exercice == filtres.exercice)
    return aides_a_preparer(acteur_courant(), *conditions, limite=LOT_MAX)


def _page(
    financeur: Financeur | None, coches: set[int] | None = None, erreurs: tuple[Probleme, ...] = ()
) -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    page = render_template(
        "finance/a_preparer.html",
        financeur=financeur,
        financeurs=choix_financeurs(acteur),
        exercices=exercices(acteur),
        filtres=filtres,
        aides=_aides(financeur, filtres) if financeur else [],
        attentes=[] if financeur else attentes(acteur),
        lots=lots_actes(acteur),
        coches=coches,
        saisies=request.form,
        jeton=request.form.get("jeton") or token_hex(16),
        maximum=LOT_MAX,
        erreurs=list(erreurs),
        fautes={p.champ: p.message for p in erreurs},
    )
    return page, 422 if erreurs else 200


@bp.get("/actes-a-preparer")
@garde("finance.accueil")
def a_preparer() -> ResponseReturnValue:
    """Lines told to the porteur that no act covers yet."""
    return _page(_financeur())


def _suites(aide: AidePreparable) -> tuple[tuple[int, ...], list[Probleme]]:
    """Cents of the later years as typed; all empty: this aid gets an act of one year."""
    montants: list[int] = []
    problemes = []
    textes = [
        request.form.get(f"annee-{aide.ligne.id}-{annee}", "").strip()[:SAISIE_MAX]
        for annee in aide.annees
    ]
    while textes and not textes[-1]:
        textes.pop()
    for annee, texte in zip(aide.annees, textes, strict=False):
        champ = f"annee-{aide.ligne.id}-{annee}"
        qui = f"{aide.ligne.dossier.organisme.nom}, {annee}\u00a0:"
        try:
            montant = lire_montant(texte) if texte else 0
        except ValueError:
            problemes.append(Probleme(f"{qui} écrivez un montant, par exemple 1 200.", champ))
            continue
        if montant <= 0:
            problemes.append(
                Probleme(f"{qui} indiquez ce montant, les années d’une CPO se suivent.", champ)
            )
        montants.append(montant)
    return tuple(montants), problemes


@bp.post("/actes-a-preparer")
@garde("finance.accueil")
def preparer_lot() -> ResponseReturnValue:
    """The acts of the aids ticked, as far as they are still within reach."""
    financeur = _financeur() or abort(404)
    coches = {cle for x in request.form.getlist("aides")[: LOT_MAX + 1] if (cle := _entier(x))}
    visees, problemes = [], []
    lues = aides_a_preparer(acteur_courant(), Financement.financeur_id == financeur.id)
    for aide in lues:
        if aide.ligne.id in coches:
            suites, fautes = _suites(aide)
            problemes += fautes
            version = _entier(request.form.get(f"version-{aide.ligne.id}", ""))
            visees.append(Visee(aide.ligne.id, version, suites))
    if problemes:
        return _page(financeur, coches, tuple(problemes))
    jeton = request.form.get("jeton", "")[:40] or token_hex(16)
    try:
        lot = service.lancer_lot_actes(acteur_courant(), financeur, visees, jeton)
    except (Conflit, Interdit, Invalide) as refus:
        db.session.rollback()
        return _page(financeur, coches, tuple(problemes_de(refus)))
    if absentes := service.hors_du_lot(lot, coches):
        mots = accorder(absentes, "aide cochée n’attend", "aides cochées n’attendent")
        flash(
            f"{mots} plus d’acte\u00a0: rien n’a été fait pour elle{'s'[: absentes - 1]}.", "info"
        )
    return redirect(url_for("finance.suivre_lot_actes", lot_actes_id=lot.id), 303)


@bp.get("/lots-actes/<int:lot_actes_id>")
@garde("lot_actes.voir", LotActes)
def suivre_lot_actes(lot_actes: LotActes) -> ResponseReturnValue:
    """How far it is, what became of each aid, the booklets."""
    return render_template(
        "finance/lot_actes.html",
        lot=lot_actes,
        suite=suite_actes(lot_actes),
        traces=historique(lot_actes),
    )


@bp.post("/lots-actes/<int:lot_actes_id>/envoi")
@garde("lot_actes.poursuivre", LotActes)
def envoyer_lot_actes(lot_actes: LotActes) -> ResponseReturnValue:
    service.envoyer_lot_actes(acteur_courant(), lot_actes)
    flash("Les actes partent à la signature.", "succes")
    return redirect(url_for("finance.suivre_lot_actes", lot_actes_id=lot_actes.id), 303)


@bp.post("/lots-actes/<int:lot_actes_id>/impression")
@garde("lot_actes.poursuivre", LotActes)
def imprimer_lot_actes(lot_actes: LotActes) -> ResponseReturnValue:
    service.imprimer_lot_actes(acteur_courant(), lot_actes)
    return redirect(url_for("finance.suivre_lot_actes", lot_actes_id=lot_actes.id), 303)


@bp.get("/lots-actes/<int:lot_actes_id>/cahiers/<int:rang>.pdf")
@garde("lot_actes.voir", LotActes)
def cahier_actes(lot_actes: LotActes, rang: int) -> ResponseReturnValue:
    cahier = next((c for c in lot_actes.cahiers if c.rang == rang), None)
    if cahier is None:
        raise Introuvable("Ce cahier a été refait ou n’existe pas.", "Revenez à la page du lot.")
    reponse = Response(stockage().morceaux(cahier.cle), mimetype="application/pdf")
    nom = f"actes-{cahier.premier}-a-{cahier.dernier}.pdf"
    reponse.headers["Content-Disposition"] = f"inline; filename={nom}"
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse
