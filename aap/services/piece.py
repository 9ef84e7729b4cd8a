"""Files joined to a dossier."""

from __future__ import annotations

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, Fichier, PieceDossier
from aap.permissions import Acteur
from aap.services.fichier import Contenu, enregistrer_fichier, verifier_fichier
from aap.services.journal import consigner
from aap.services.redaction import exiger_redaction

PIECES_MAX = 40


def joindre_piece(
    acteur: Acteur, dossier: Dossier, nom: str, contenu: Contenu, libelle: str | None = ""
) -> PieceDossier:
    """Join a file (type verified by opening it). Raises Invalide, Indisponible.

    The same file joined twice (same bytes) is one piece: the first is returned, with the words
    given last.
    """
    exiger_redaction(acteur, dossier)
    contenu = verifier_fichier(nom, contenu)
    mots = nettoyer(libelle or "", lignes=False)[:200]
    double = _meme_piece(dossier, contenu.sha256_recu)
    if double is not None:
        double.libelle = mots or double.libelle
        return double
    deja = db.session.scalar(
        select(func.count(PieceDossier.id)).where(
            PieceDossier.dossier_id == dossier.id, PieceDossier.retiree_le.is_(None)
        )
    )
    if (deja or 0) >= PIECES_MAX:
        raise Invalide(f"Un dossier compte {PIECES_MAX} documents au plus.")
    fichier = enregistrer_fichier(acteur, nom, contenu, entite="dossier", entite_id=dossier.id)
    piece = PieceDossier(
        dossier_id=dossier.id,
        fichier=fichier,
        libelle=mots or fichier.nom,
    )
    db.session.add(piece)
    consigner(
        acteur,
        dossier,
        "dossier.joindre_piece",
        f"Document joint : {piece.libelle}",
        donnees={"sha256": fichier.sha256, "retires": list(contenu.retires)},
        visible_porteur=True,
    )
    return piece


def _meme_piece(dossier: Dossier, sha256_recu: str) -> PieceDossier | None:
    return db.session.scalar(
        select(PieceDossier)
        .join(Fichier, Fichier.id == PieceDossier.fichier_id)
        .where(
            PieceDossier.dossier_id == dossier.id,
            PieceDossier.retiree_le.is_(None),
            Fichier.sha256_recu == sha256_recu,
        )
        .order_by(PieceDossier.id)
        .limit(1)
    )


def retirer_piece(acteur: Acteur, dossier: Dossier, piece: PieceDossier) -> None:
    """Take a file off the dossier; the bytes stay, past deposits cite them."""
    exiger_redaction(acteur, dossier)
    if piece.dossier_id != dossier.id:
        raise Invalide("Ce document appartient à un autre dossier.")
    if piece.retiree_le is None:
        piece.retiree_le = maintenant()
        consigner(
            acteur,
            dossier,
            "dossier.retirer_piece",
            f"Document retiré : {piece.libelle}",
            visible_porteur=True,
        )
