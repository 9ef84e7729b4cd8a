"""What a form received as its file, however it came: with the form, or by pieces before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from werkzeug.datastructures import FileStorage

from aap.domaine.erreurs import Indisponible, Introuvable, Invalide, PasLeMoment
from aap.extensions import db, reglages
from aap.models import Televersement
from aap.pieces.commun import Controle
from aap.pieces.controle import controler
from aap.routes.garde import acteur_courant
from aap.services import televersement as service
from forms.pieces import FormulaireFichier


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
