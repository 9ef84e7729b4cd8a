"""Votes of one deliberation over several lines, and notifications, in two steps: see, then do."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Probleme
from aap.domaine.montants import lire_montant
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Financement
from aap.requetes.finance import (
    choix_financeurs,
    lignes,
    lignes_a_voter,
    lignes_choisies,
    lire_filtres,
)
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, problemes_de
from aap.routes.garde import acteur_courant, garde
from aap.services import vote
from forms.vote import FormulaireDeliberation
from workflows.financement import EtatFinancement

LIGNES_MAX = 500


@dataclass(frozen=True)
class Saisie:
    """One ticked row, as typed: ``montant`` is None when it cannot be read."""

    ligne: Financement
    brut: str
    montant: int | None
    version: int


def _entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) < 10 else 0


def _saisies() -> list[Saisie]:
    """The rows ticked on the page, within the reader's funders."""
    ids = [_entier(x) for x in request.form.getlist("lignes")[:LIGNES_MAX]]
    sortie = []
    for ligne in lignes_choisies(acteur_courant(), ids) if ids else []:
        brut = request.form.get(f"montant-{ligne.id}", "")[:40]
        try:
            montant = lire_montant(brut)
        except ValueError:
            montant = None
        version = _entier(request.form.get(f"version-{ligne.id}", ""))
        sortie.append(Saisie(ligne, brut, montant, version))
    return sortie


def _problemes(saisies: list[Saisie]) -> list[Probleme]:
    if not saisies:
        return [Probleme("Cochez au moins une ligne.", "liste-lignes")]
    return [
        Probleme(
            f"Dossier {s.ligne.dossier.reference}\u00a0: le montant n’est pas lisible.",
            f"montant-{s.ligne.id}",
        )
        for s in saisies
        if s.montant is None
    ]


def _liste(
    form: FormulaireDeliberation,
    saisies: list[Saisie],
    erreurs: list[Probleme],
    code: int = 422,
) -> ResponseReturnValue:
    acteur = acteur_courant()
    filtres = lire_filtres(request.args)
    page = render_template(
        "finance/votes.html",
        form=form,
        filtres=filtres,
        lignes=lignes_a_voter(acteur, filtres),
        financeurs=choix_financeurs(acteur),
        saisies={s.ligne.id: s for s in saisies},
        erreurs=erreurs,
    )
    return page, code if erreurs else 200


@bp.route("/votes", methods=["GET", "POST"])
@garde("finance.accueil")
def votes() -> ResponseReturnValue:
    """List, then preview with the count and the sum, then record all or nothing."""
    form = FormulaireDeliberation()
    if not form.is_submitted():
        return _liste(form, [], [])
    saisies = _saisies()
    juste = form.validate()
    erreurs = _problemes(saisies) + ([] if juste else form.problemes())
    if erreurs or request.form.get("etape") == "corriger":
        return _liste(form, saisies, erreurs)
    if request.form.get("etape") != "enregistrer":
        return render_template(
            "finance/votes_apercu.html",
            form=form,
            saisies=saisies,
            total=sum(s.montant or 0 for s in saisies),
            nature=vote.TYPES_ACTE[form.acte_type.data],
        )
    return _enregistrer(form, saisies)


def _enregistrer(form: FormulaireDeliberation, saisies: list[Saisie]) -> ResponseReturnValue:
    acte = vote.ActeFinanceur(form.acte_type.data, form.acte_numero.data or "", form.acte_date.data)
    votees = [vote.LigneVotee(s.ligne, s.montant or 0, s.version) for s in saisies]
    try:
        faits = vote.enregistrer_votes(acteur_courant(), votees, acte)
    except REFUS as refus:
        db.session.rollback()
        return _liste(form, _saisies(), problemes_de(refus), refus.code_http)
    pluriel = "s" if len(faits) > 1 else ""
    if faits:
        flash(
            f"{len(faits)} vote{pluriel} enregistré{pluriel}. "
            "Notifiez maintenant la décision aux porteurs.",
            "succes",
        )
    else:
        flash("Ces votes étaient déjà enregistrés\u00a0: rien n’a été changé.", "info")
    return redirect(url_for("finance.notifications"), 303)


@bp.route("/notifications", methods=["GET", "POST"])
@garde("finance.accueil")
def notifications() -> ResponseReturnValue:
    """Tell the voted decisions to the porteurs, several at once."""
    if request.method == "GET":
        return _page_notifications([])
    choisies = [(s.ligne, s.version) for s in _saisies()]
    if not choisies:
        return _page_notifications(_problemes([]))
    try:
        fait = vote.notifier_plusieurs(acteur_courant(), choisies)
    except REFUS as refus:
        db.session.rollback()
        return _page_notifications(problemes_de(refus), refus.code_http)
    pluriel = "s" if fait.faites > 1 else ""
    if fait.faites:
        flash(
            f"{fait.faites} décision{pluriel} notifiée{pluriel}\u00a0: "
            "les porteurs reçoivent un courriel.",
            "succes",
        )
    if fait.deja:
        dites = accorder(
            fait.deja, "décision était déjà notifiée", "décisions étaient déjà notifiées"
        )
        flash(f"{dites}\u00a0: aucun second courriel ne part.", "info")
    return redirect(url_for("finance.accueil"), 303)


def _page_notifications(erreurs: list[Probleme], code: int = 422) -> ResponseReturnValue:
    requete = lignes(acteur_courant(), Financement.etat == EtatFinancement.VOTE)
    page = render_template(
        "finance/notifications.html",
        lignes=db.session.scalars(requete).all(),
        erreurs=erreurs,
    )
    return page, code if erreurs else 200
