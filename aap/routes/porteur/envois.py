"""Uploads by pieces, for the pages that have scripts; and what a form received, however it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from aap.domaine.erreurs import Indisponible, Introuvable, Invalide, PasLeMoment
from aap.extensions import db, reglages
from aap.models import Televersement
from aap.pieces.commun import Controle
from aap.pieces.controle import controler
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.services import televersement as service
from forms.pieces import FormulaireFichier


def _etat(t: Televersement) -> ResponseReturnValue:
    return jsonify(
        id=t.id, morceau=t.morceau, nombre=t.nombre, recus=sorted(service.recus(t)), nom=t.nom
    )


@bp.post("/envois")
@garde("televersement.commencer")
def commencer_envoi() -> ResponseReturnValue:
    """Announce a file: JSON {nom, taille, empreinte}; answers what is already there."""
    lu = request.get_json(silent=True)
    lu = lu if isinstance(lu, dict) else {}
    nom, taille, empreinte = lu.get("nom"), lu.get("taille"), lu.get("empreinte")
    if not isinstance(nom, str) or not isinstance(taille, int) or not isinstance(empreinte, str):
        raise Invalide("L’annonce du fichier est illisible. Rechargez la page, puis recommencez.")
    return _etat(service.commencer(acteur_courant(), nom, taille, empreinte))


@bp.get("/envois/<int:televersement_id>")
@garde("televersement.continuer", Televersement)
def suivre_envoi(televersement: Televersement) -> ResponseReturnValue:
    return _etat(televersement)


@bp.post("/envois/<int:televersement_id>/morceaux/<int:rang>")
@garde("televersement.continuer", Televersement)
def recevoir_morceau(televersement: Televersement, rang: int) -> ResponseReturnValue:
    service.recevoir(acteur_courant(), televersement, rang, request.get_data())
    return jsonify(rang=rang)


@bp.post("/envois/<int:televersement_id>/abandon")
@garde("televersement.continuer", Televersement)
def abandonner_envoi(televersement: Televersement) -> ResponseReturnValue:
    service.abandonner(acteur_courant(), televersement)
    return jsonify(abandonne=True)


@dataclass(frozen=True)
class Recu:
    """A checked file, and the upload it came by (None: sent with the form)."""

    controle: Controle
    envoi_id: int | None

    def servi(self) -> None:
        """To be called once the file is where it had to go."""
        envoi = db.session.get(Televersement, self.envoi_id) if self.envoi_id else None
        if envoi is not None:
            service.servi(envoi)

    @property
    def phrase(self) -> str:
        """What the cleaning removed, for the message that follows; empty when nothing."""
        retires = " et ".join(self.controle.retires)
        return f" Par sécurité, nous en avons retiré {retires}." if retires else ""


def lire_fichier(form: FormulaireFichier) -> Recu:
    """The file of a form, checked while no transaction is open. Raises Invalide, Indisponible.

    What the view loaded before is read again at its next use.
    """
    acteur = acteur_courant()
    try:
        envoi = service.du_formulaire(acteur, form.envoi.data or "")
    except Introuvable as erreur:
        if not isinstance(form.fichier.data, FileStorage):
            form.envoi.data = ""
            raise Invalide(f"{erreur.message} {erreur.que_faire}") from erreur
        envoi = None
    if envoi is not None:
        db.session.expunge(envoi)
    db.session.rollback()
    fichier = form.fichier.data
    if isinstance(fichier, FileStorage) and fichier.filename:
        limite = reglages().taille_piece_mo
        return Recu(controler(fichier.filename, cast(BinaryIO, fichier.stream), limite), None)
    if envoi is None:
        raise Invalide("Choisissez un document sur votre appareil.")
    return Recu(service.assembler(acteur, envoi), envoi.id)


def garder_pour_la_suite(form: FormulaireFichier) -> None:
    """The form comes back to be corrected: its file is kept, it is not to be chosen again."""
    fichier = form.fichier.data
    if form.fichier.errors or not isinstance(fichier, FileStorage) or not fichier.filename:
        return
    try:
        recu = lire_fichier(form)
        form.envoi.data = str(service.mettre_de_cote(acteur_courant(), recu.controle).id)
    except Invalide as erreur:
        form.refuser("fichier", erreur.message)
    except (Indisponible, PasLeMoment):
        db.session.rollback()


def deja_recu(form: FormulaireFichier) -> str:
    """Name of the file that the form already holds, for the page; empty when none."""
    try:
        envoi = service.du_formulaire(acteur_courant(), str(form.envoi.data or ""))
    except Introuvable:
        form.envoi.data = ""
        return ""
    return envoi.nom if envoi is not None else ""
