"""The bilan, written section by section: saving keeps everything, the deposit checks everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import Bilan, CoteBudget, PieceBilan
from aap.requetes.bilan_saisie import champs_bilan, deux_textes, saisie_nombre
from aap.requetes.traces import historique
from aap.routes.fichier_recu import lire_fichier
from aap.routes.finance.bilans import ecarts
from aap.routes.finance.documents import lien_fichier, reponse_bilan
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.automatique import automatique, marquer
from aap.services import bilan as service
from aap.services.fichier import limites
from aap.services.reversement import reversements_de
from aap.services.transition import boutons
from forms.bilan import FormulaireDepotBilan, lire_bilan
from forms.pieces import FormulaireFichier
from forms.vote import FormulaireSimple
from workflows.bilan import EtatBilan


def _url(bilan: Bilan, ancre: str = "") -> str:
    return url_for("porteur.bilan", bilan_id=bilan.id, _anchor=ancre or None)


def _saisie(bilan: Bilan) -> service.SaisieBilan:
    """What was typed, or the stored text where « keep the other one » was chosen."""
    enregistres = champs_bilan(bilan, service.TEXTES, service.NOMBRES)
    envoi = {
        nom: enregistres[nom].valeur
        if nom in enregistres and request.form.get(f"garder_{nom}") == "autre"
        else valeur
        for nom, valeur in request.form.items()
    }
    brut = lire_bilan(envoi, service.TEXTES, service.NOMBRES)
    return service.SaisieBilan(brut.textes, brut.nombres, brut.realises, brut.mesures)


@bp.get("/bilans/<int:bilan_id>")
@garde("bilan.voir_porteur", Bilan)
def bilan(bilan: Bilan) -> ResponseReturnValue:
    return render_template(
        "porteur/bilan/saisie.html"
        if bilan.etat in service.MODIFIABLES
        else "porteur/bilan/lecture.html",
        bilan=bilan,
        textes=service.TEXTES,
        nombres=service.NOMBRES,
        saisie_nombre=saisie_nombre,
        charges=ecarts(bilan, CoteBudget.CHARGE),
        produits=ecarts(bilan, CoteBudget.PRODUIT),
        pieces=service.pieces_bilan(bilan),
        form_piece=FormulaireFichier(formdata=None),
        limites=limites(),
        reversements=reversements_de(bilan),
        lien_fichier=lien_fichier,
        url_dossier=url_for("porteur.dossier", dossier_id=bilan.dossier_id),
        retard=bilan.etat is EtatBilan.EN_DEFAUT,
        traces=historique(bilan, porteur=True),
    )


@bp.post("/bilans/<int:bilan_id>")
@garde("bilan.commencer_saisie", Bilan)
def enregistrer_bilan(bilan: Bilan) -> ResponseReturnValue:
    """Save as typed; nothing is refused for being incomplete."""
    version = FormulaireSimple().version_lue()
    try:
        service.enregistrer_bilan(acteur_courant(), bilan, _saisie(bilan), version=version)
    except Conflit as conflit:
        db.session.rollback()
        return _opposer(bilan, conflit)
    marquer(version=bilan.version)
    if request.form.get("suite") == "verifier":
        return redirect(url_for("porteur.verifier_bilan", bilan_id=bilan.id), 303)
    flash("Votre saisie est enregistrée. Rien n’est encore déposé.", "succes")
    return redirect(_url(bilan), 303)


def _opposer(bilan: Bilan, conflit: Conflit) -> ResponseReturnValue:
    """Somebody else saved since the page was shown: both texts, nothing is overwritten."""
    if automatique():
        return jsonify(conflit=True, message=conflit.message), 409
    champs = champs_bilan(bilan, service.TEXTES, service.NOMBRES)
    ecarts = deux_textes(champs, request.form)
    if not ecarts:
        flash("Ce que vous avez écrit est déjà enregistré.", "succes")
        return redirect(_url(bilan), 303)
    en_cause = {e.champ.nom for e in ecarts}
    paires = {"ligne": "explication", "explication": "ligne", "mesure": "mode", "mode": "mesure"}
    compagnons: dict[str, Any] = {}
    for nom in en_cause:
        tete, _, reste = nom.partition("-")
        voisin = f"{paires.get(tete, '')}-{reste}"
        if voisin in champs and voisin not in en_cause:
            compagnons[voisin] = champs[voisin].valeur
    page = render_template(
        "porteur/bilan/conflit.html", bilan=bilan, ecarts=ecarts, compagnons=compagnons.items()
    )
    return page, 409


def _verification(
    bilan: Bilan, form: FormulaireDepotBilan, erreurs: list[Probleme]
) -> ResponseReturnValue:
    problemes = [
        replace(p, lien=_url(bilan)) if p.champ else p for p in service.problemes_bilan(bilan)
    ]
    offerts = {b.transition.declencheur: b for b in boutons(acteur_courant(), bilan)}
    form.version.data = str(bilan.version)
    page = render_template(
        "porteur/bilan/verification.html",
        bilan=bilan,
        form=form,
        problemes=problemes,
        deposer=offerts.get("deposer"),
        erreurs=erreurs,
    )
    return page, 422 if erreurs else 200


@bp.get("/bilans/<int:bilan_id>/verification")
@garde("bilan.voir_porteur", Bilan)
def verifier_bilan(bilan: Bilan) -> ResponseReturnValue:
    """Everything that is missing, each with its link; the deposit when nothing is.

    A bilan still awaited (nothing typed) is checked too; one that was deposited is read.
    """
    if bilan.etat not in service.MODIFIABLES:
        return redirect(_url(bilan), 303)
    return _verification(bilan, FormulaireDepotBilan(), [])


@bp.post("/bilans/<int:bilan_id>/deposer")
@garde("bilan.deposer", Bilan)
def deposer_bilan(bilan: Bilan) -> ResponseReturnValue:
    if bilan.etat not in (EtatBilan.EN_SAISIE, EtatBilan.A_MODIFIER):
        raise PasLeMoment("Ce bilan n’attend pas de dépôt.", "Rechargez sa page.")
    form = FormulaireDepotBilan()
    if not form.validate():
        return _verification(bilan, form, form.problemes())
    try:
        service.deposer_bilan(acteur_courant(), bilan, version=form.version_lue())
    except Invalide:
        db.session.rollback()
        flash("Il reste des points à compléter\u00a0: rien n’a été déposé.", "erreur")
        return redirect(url_for("porteur.verifier_bilan", bilan_id=bilan.id), 303)
    flash("Votre bilan est déposé. Le financeur le contrôle.", "succes")
    return redirect(_url(bilan), 303)


@bp.post("/bilans/<int:bilan_id>/pieces")
@garde("bilan.commencer_saisie", Bilan)
def joindre_piece_bilan(bilan: Bilan) -> ResponseReturnValue:
    """The file comes by pieces or with the form; it is never held whole in memory."""
    form = FormulaireFichier()
    retour = redirect(_url(bilan, "pieces"), 303)
    if not form.validate_on_submit():
        flash("Choisissez un fichier à joindre.", "erreur")
        return retour
    try:
        recu = lire_fichier(form)
        service.joindre_piece_bilan(acteur_courant(), bilan, recu.controle.nom, recu.controle)
    except Invalide as refus:
        db.session.rollback()
        detail = " ".join(p.message for p in refus.problemes)
        flash(f"{refus.message} {detail}".strip(), "erreur")
        return retour
    recu.servi()
    flash(f"Le fichier est joint au bilan.{recu.phrase}", "succes")
    return retour


@bp.post("/bilans/<int:bilan_id>/pieces/<int:piece_id>/retirer")
@garde("bilan.commencer_saisie", Bilan)
def retirer_piece_bilan(bilan: Bilan, piece_id: int) -> ResponseReturnValue:
    piece = db.session.get(PieceBilan, piece_id)
    if piece is not None:
        service.retirer_piece_bilan(acteur_courant(), bilan, piece)
    flash("Le fichier est retiré.", "succes")
    return redirect(_url(bilan, "pieces"), 303)


@bp.get("/bilans/<int:bilan_id>/document.pdf")
@garde("bilan.voir_porteur", Bilan)
def bilan_pdf(bilan: Bilan) -> ResponseReturnValue:
    return reponse_bilan(bilan)
