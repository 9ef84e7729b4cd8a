"""The vault of an organisme: papers given once, in force until replaced, recalled in time."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import db
from aap.models import Fichier, Organisme, PieceOrganisme, TypePiece
from aap.permissions import Acteur, exiger
from aap.services.avertissement import membres
from aap.services.courriel import deposer_courriel
from aap.services.fichier import Contenu, enregistrer_fichier, verifier_fichier
from aap.services.journal import consigner
from aap.services.redaction import verrouiller

RAPPEL = timedelta(days=30)


def deposer_piece(
    acteur: Acteur,
    organisme: Organisme,
    type_piece: TypePiece,
    nom: str,
    contenu: Contenu,
    valable_jusquau: date | None = None,
) -> PieceOrganisme:
    """Put a paper in the vault; it replaces the former one of its type (« autre » apart).

    The same file given twice for the same type is one paper, with the last validity.
    Raises Invalide (file, or a validity already over), Indisponible (storage).
    """
    exiger(acteur, "organisme.modifier", organisme)
    if valable_jusquau is not None and valable_jusquau < aujourdhui():
        raise Invalide(
            "Ce document n’est plus valable.",
            [Probleme("Indiquez une date de validité à venir.", "valable_jusquau")],
        )
    contenu = verifier_fichier(nom, contenu)
    verrouiller(organisme)  # two people, two versions of one paper: one after the other
    double = _meme_papier(organisme, type_piece, contenu.sha256_recu)
    if double is not None:
        if double.valable_jusquau != valable_jusquau:
            double.valable_jusquau, double.rappelee_le = valable_jusquau, None
        return double
    fichier = enregistrer_fichier(acteur, nom, contenu, entite="organisme", entite_id=organisme.id)
    if type_piece is not TypePiece.AUTRE:
        for ancienne in pieces_valables(organisme):
            if ancienne.type is type_piece:
                ancienne.remplacee_le = maintenant()
    piece = PieceOrganisme(
        organisme_id=organisme.id,
        type=type_piece,
        fichier=fichier,
        valable_jusquau=valable_jusquau,
    )
    db.session.add(piece)
    consigner(
        acteur,
        organisme,
        "organisme.deposer_piece",
        f"Document déposé : {type_piece.libelle}",
        donnees={"sha256": fichier.sha256, "retires": list(contenu.retires)},
        visible_porteur=True,
    )
    return piece


def _meme_papier(
    organisme: Organisme, type_piece: TypePiece, sha256_recu: str
) -> PieceOrganisme | None:
    return db.session.scalar(
        select(PieceOrganisme)
        .join(Fichier, Fichier.id == PieceOrganisme.fichier_id)
        .where(
            PieceOrganisme.organisme_id == organisme.id,
            PieceOrganisme.type == type_piece,
            PieceOrganisme.remplacee_le.is_(None),
            Fichier.sha256_recu == sha256_recu,
        )
        .limit(1)
    )


def retirer_piece_organisme(acteur: Acteur, organisme: Organisme, piece: PieceOrganisme) -> None:
    """Take a paper out of the vault; its bytes stay for the dossiers that cited it."""
    exiger(acteur, "organisme.modifier", organisme)
    if piece.organisme_id != organisme.id:
        raise Invalide("Ce document appartient à un autre organisme.")
    if piece.remplacee_le is None:
        piece.remplacee_le = maintenant()
        consigner(
            acteur,
            organisme,
            "organisme.retirer_piece",
            f"Document retiré : {piece.type.libelle}",
            visible_porteur=True,
        )


def pieces_valables(organisme: Organisme) -> list[PieceOrganisme]:
    """Papers of the vault that nothing replaced, oldest first (validity may be over)."""
    return list(
        db.session.scalars(
            select(PieceOrganisme)
            .where(
                PieceOrganisme.organisme_id == organisme.id,
                PieceOrganisme.remplacee_le.is_(None),
            )
            .order_by(PieceOrganisme.id)
        )
    )


def rappeler_pieces() -> int:
    """Mail to the members, once per paper, 30 days before its validity ends (or as soon as seen).

    Papers that end together make one mail. Returns the number of papers recalled.
    """
    pieces = db.session.scalars(
        select(PieceOrganisme)
        .where(
            PieceOrganisme.remplacee_le.is_(None),
            PieceOrganisme.rappelee_le.is_(None),
            PieceOrganisme.valable_jusquau.is_not(None),
            PieceOrganisme.valable_jusquau <= aujourdhui() + RAPPEL,
        )
        .order_by(PieceOrganisme.organisme_id, PieceOrganisme.valable_jusquau, PieceOrganisme.id)
    ).all()
    par_organisme: dict[int, list[PieceOrganisme]] = {}
    for piece in pieces:
        piece.rappelee_le = maintenant()
        par_organisme.setdefault(piece.organisme_id, []).append(piece)
    for lot in par_organisme.values():
        organisme = lot[0].organisme
        for personne in membres(organisme):
            deposer_courriel(
                personne,
                "piece_rappel",
                entite="organisme",
                entite_id=organisme.id,
                organisme=organisme,
                pieces=lot,
                chemin=f"/porteur/organismes/{organisme.id}/documents",
            )
    db.session.flush()
    return len(pieces)
