"""Files received or made by the house: checked (``aap.pieces``), stored, scanned, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import BinaryIO

from sqlalchemy import select, update

from aap.domaine.horloge import maintenant
from aap.domaine.texte import nom_fichier_sur
from aap.extensions import db, reglages
from aap.models import (
    ActeFinanceur,
    Bilan,
    Dossier,
    EtatAnalyse,
    Fichier,
    Organisme,
    PieceBilan,
    PieceDossier,
    PieceOrganisme,
    Utilisateur,
)
from aap.permissions import SYSTEME, Acteur
from aap.pieces.commun import Controle
from aap.pieces.controle import ACCEPTE, EXTENSIONS, TYPES_EN_MOTS, controler
from aap.services.courriel import deposer_courriel
from aap.services.journal import consigner
from aap.services.taches import enfiler
from aap.stockage import stockage

__all__ = [
    "ACCEPTE",
    "EXTENSIONS",
    "TYPES_EN_MOTS",
    "Contenu",
    "Limites",
    "declarer_infecte",
    "declarer_sain",
    "enregistrer_fichier",
    "fixer_vignette",
    "limites",
    "ranger_fichier",
    "verifier_fichier",
]
Contenu = bytes | BinaryIO | Controle


@dataclass(frozen=True)
class Limites:
    """What may be sent, said before a file is chosen. ``octets``: most bytes of one file."""

    phrase: str
    octets: int
    types: str


def limites() -> Limites:
    """Limits of this installation."""
    mo = reglages().taille_piece_mo
    return Limites(
        f"{TYPES_EN_MOTS}. {mo}\u00a0Mo au plus. "
        "Une photo prise avec un téléphone convient\u00a0: elle est redressée et réduite.",
        mo * 1024 * 1024,
        ACCEPTE,
    )


def verifier_fichier(nom: str, contenu: Contenu) -> Controle:
    """Check and clean under the limit of this installation. Raises Invalide."""
    if isinstance(contenu, Controle):
        return contenu
    return controler(nom, contenu, reglages().taille_piece_mo)


def enregistrer_fichier(
    acteur: Acteur, nom: str, contenu: Contenu, *, entite: str, entite_id: int
) -> Fichier:
    """Check, clean and store a file that somebody sends; its scan and its picture follow.

    Raises Invalide (empty, too big, wrong or protected type) or Indisponible (storage).
    """
    controle = verifier_fichier(nom, contenu)
    fichier = _ranger(
        acteur,
        nom,
        controle.flux,
        controle.type_mime,
        entite=entite,
        entite_id=entite_id,
        sha256_recu=controle.sha256_recu,
        analyse=EtatAnalyse.EN_ATTENTE if reglages().antivirus else EtatAnalyse.NON_ANALYSE,
    )
    if fichier.analyse is EtatAnalyse.EN_ATTENTE:
        enfiler("analyser_fichier", {"fichier_id": fichier.id})
    else:
        _demander_vignette(fichier)
    return fichier


def ranger_fichier(
    acteur: Acteur, nom: str, octets: bytes, type_mime: str, *, entite: str, entite_id: int
) -> Fichier:
    """Store bytes that the house itself made: nothing to check, nothing to scan."""
    return _ranger(acteur, nom, BytesIO(octets), type_mime, entite=entite, entite_id=entite_id)


def _ranger(
    acteur: Acteur,
    nom: str,
    flux: BinaryIO,
    type_mime: str,
    *,
    entite: str,
    entite_id: int,
    sha256_recu: str = "",
    analyse: EtatAnalyse = EtatAnalyse.NON_ANALYSE,
) -> Fichier:
    cle, sha256, taille = stockage().ecrire_flux(flux)
    fichier = Fichier(
        cle=cle,
        nom=_nom_de_fichier(nom, EXTENSIONS[type_mime]),
        type_mime=type_mime,
        taille=taille,
        sha256=sha256,
        sha256_recu=sha256_recu,
        analyse=analyse,
        entite=entite,
        entite_id=entite_id,
        depose_par_id=acteur.utilisateur_id,
    )
    db.session.add(fichier)
    db.session.flush()
    return fichier


def _nom_de_fichier(nom: str, extension: str) -> str:
    """Safe on every system, with the extension of the real type."""
    base = nom_fichier_sur(nom)
    tronc, point, fin = base.rpartition(".")
    if point and (fin in ("webp", "avif") or (extension == "jpg" and fin == "jpeg")):
        base = tronc
    if not base.endswith(f".{extension}"):
        base = f"{base}.{extension}"
    return base[-200:]


def _demander_vignette(fichier: Fichier) -> None:
    if fichier.type_mime == "application/pdf" or fichier.type_mime.startswith("image/"):
        enfiler("produire_vignette", {"fichier_id": fichier.id})


def fixer_vignette(fichier: Fichier, octets: bytes, pages: int | None) -> None:
    """Keep the small picture (JPEG) that the job made, and the number of pages of a PDF."""
    fichier.vignette_cle = stockage().ecrire(octets)[0]
    fichier.pages = pages
    db.session.flush()


def declarer_sain(fichier: Fichier, *, analyse: bool = True) -> None:
    """The scanner saw nothing (or scanning was turned off): the file may be read."""
    if fichier.analyse is not EtatAnalyse.EN_ATTENTE:
        return
    fichier.analyse = EtatAnalyse.SAIN if analyse else EtatAnalyse.NON_ANALYSE
    fichier.analyse_le = maintenant()
    _demander_vignette(fichier)


def declarer_infecte(fichier: Fichier, signature: str) -> None:
    """The scanner found something: piece withdrawn, sender told by mail, bytes erased."""
    if fichier.analyse is not EtatAnalyse.EN_ATTENTE:
        return
    fichier.analyse = EtatAnalyse.INFECTE
    fichier.analyse_le = maintenant()
    _retirer_partout(fichier)
    objet = _objet(fichier)
    if objet is not None:
        consigner(
            SYSTEME,
            objet,
            "fichier.refuser",
            f"Document refusé par l’antivirus\u00a0: {fichier.nom}",
            donnees={"sha256": fichier.sha256, "signature": signature[:200]},
            visible_porteur=True,
        )
    personne = db.session.get(Utilisateur, fichier.depose_par_id) if fichier.depose_par_id else None
    if personne is not None:
        deposer_courriel(
            personne,
            "fichier_refuse",
            entite=fichier.entite,
            entite_id=fichier.entite_id,
            fichier=fichier,
            chemin="/finance/" if fichier.entite == "financeur" else _chemin(objet),
        )
    db.session.flush()
    enfiler("effacer_infecte", {"fichier_id": fichier.id})


def _retirer_partout(fichier: Fichier) -> None:
    _rendre_le_precedent(fichier)
    instant = maintenant()
    for modele, colonne in (
        (PieceDossier, PieceDossier.retiree_le),
        (PieceOrganisme, PieceOrganisme.remplacee_le),
        (PieceBilan, PieceBilan.retiree_le),
        (ActeFinanceur, ActeFinanceur.retire_le),
    ):
        db.session.execute(
            update(modele)
            .where(modele.fichier_id == fichier.id, colonne.is_(None))
            .values({colonne.key: instant})
        )


def _rendre_le_precedent(fichier: Fichier) -> None:
    """The paper that the refused one had replaced in the vault is in force again."""
    piece = db.session.scalar(
        select(PieceOrganisme).where(
            PieceOrganisme.fichier_id == fichier.id, PieceOrganisme.remplacee_le.is_(None)
        )
    )
    if piece is None:
        return
    precedente = db.session.scalar(
        select(PieceOrganisme)
        .where(
            PieceOrganisme.organisme_id == piece.organisme_id,
            PieceOrganisme.type == piece.type,
            PieceOrganisme.id < piece.id,
            PieceOrganisme.remplacee_le >= piece.cree_le - timedelta(seconds=10),
        )
        .order_by(PieceOrganisme.id.desc())
        .limit(1)
    )
    if precedente is not None:
        precedente.remplacee_le = None


def _objet(fichier: Fichier) -> Dossier | Organisme | Bilan | None:
    """What the file was sent for, when it is one of the porteur's objects."""
    if fichier.entite == "dossier":
        return db.session.get(Dossier, fichier.entite_id)
    if fichier.entite == "organisme":
        return db.session.get(Organisme, fichier.entite_id)
    if fichier.entite == "bilan":
        return db.session.get(Bilan, fichier.entite_id)
    return None


def _chemin(objet: Dossier | Organisme | Bilan | None) -> str:
    """Page where another file can be sent."""
    if isinstance(objet, Dossier):
        return f"/porteur/dossiers/{objet.id}/rubriques/pieces"
    if isinstance(objet, Organisme):
        return f"/porteur/organismes/{objet.id}/documents"
    if isinstance(objet, Bilan):
        return f"/porteur/dossiers/{objet.dossier_id}"
    return "/porteur/"


def en_attente() -> list[int]:
    """Ids of the files that await the scanner, oldest first (1000 at most)."""
    return list(
        db.session.scalars(
            select(Fichier.id)
            .where(Fichier.analyse == EtatAnalyse.EN_ATTENTE)
            .order_by(Fichier.id)
            .limit(1000)
        )
    )
