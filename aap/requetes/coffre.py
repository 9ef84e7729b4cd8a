"""The vault as its page shows it: what is asked of this organisme, what is there, until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import enumerer
from aap.models import FormeJuridique, Organisme, PieceOrganisme, TypePiece
from aap.requetes.porteur import pieces_organisme

BIENTOT = timedelta(days=30)


class EtatRayon(StrEnum):
    MANQUANT = "manquant"
    PERIME = "perime"
    BIENTOT = "bientot"
    PRESENT = "present"
    FACULTATIF = "facultatif"

    @property
    def libelle(self) -> str:
        return {
            "manquant": "À déposer",
            "perime": "Périmé",
            "bientot": "Bientôt périmé",
            "present": "Au coffre",
            "facultatif": "Si vous l’avez",
        }[self.value]

    @property
    def ton(self) -> str:
        return {
            "manquant": "attention",
            "perime": "refus",
            "bientot": "attente",
            "present": "succes",
            "facultatif": "neutre",
        }[self.value]


# Why each paper is asked (notice 51781 of the CERFA 12156; auditor: Code de commerce L612-4).
RAISONS = {
    TypePiece.STATUTS: "Déposés une fois\u202f; à remplacer seulement s’ils changent.",
    TypePiece.LISTE_DIRIGEANTS: "Le bureau ou le conseil d’administration, à jour.",
    TypePiece.COMPTES: "Bilan et compte de résultat du dernier exercice clos, approuvés.",
    TypePiece.RAPPORT_ACTIVITE: "Celui de la dernière assemblée générale.",
    TypePiece.RIB: "Le relevé lui-même, au nom et à l’adresse de l’organisme.",
    TypePiece.RAPPORT_CAC: "Exigé au-delà de 153\u202f000\u00a0€ d’aides publiques par an.",
    TypePiece.POUVOIR: "Si la personne qui signe n’est pas le représentant légal.",
    TypePiece.AUTRE: "Tout autre document utile à tous vos dossiers.",
}
EN_PHRASE = {
    TypePiece.STATUTS: "les statuts",
    TypePiece.LISTE_DIRIGEANTS: "la liste des dirigeants",
    TypePiece.RIB: "le RIB",
    TypePiece.COMPTES: "les derniers comptes approuvés",
    TypePiece.RAPPORT_ACTIVITE: "le dernier rapport d’activité",
    TypePiece.RAPPORT_CAC: "le rapport du commissaire aux comptes",
    TypePiece.POUVOIR: "le pouvoir de signature",
    TypePiece.AUTRE: "un autre document",
}
TOUS = (TypePiece.RIB,)
ASSOCIATIFS = (
    TypePiece.STATUTS,
    TypePiece.LISTE_DIRIGEANTS,
    TypePiece.COMPTES,
    TypePiece.RAPPORT_ACTIVITE,
    TypePiece.RIB,
)
# Papers that make no sense for a public body.
ASSOCIATIFS_SEULS = frozenset(
    {TypePiece.STATUTS, TypePiece.LISTE_DIRIGEANTS, TypePiece.RAPPORT_CAC}
)


@dataclass(frozen=True)
class Rayon:
    """One kind of paper: what is there (several for « autre »), and what to do about it."""

    type: TypePiece
    pieces: Sequence[PieceOrganisme]
    etat: EtatRayon
    raison: str


@dataclass(frozen=True)
class Coffre:
    rayons: Sequence[Rayon]

    @property
    def manquants(self) -> list[Rayon]:
        """What an instructor would ask for: missing or out of date."""
        return [r for r in self.rayons if r.etat in (EtatRayon.MANQUANT, EtatRayon.PERIME)]

    @property
    def manque_en_mots(self) -> str:
        """« les statuts et le RIB », out of date included; empty when nothing misses."""
        return enumerer([EN_PHRASE[r.type] for r in self.manquants])

    @property
    def presents(self) -> list[Rayon]:
        return [r for r in self.rayons if r.pieces]


def coffre(organisme: Organisme) -> Coffre:
    """The vault of an organisme (1 query)."""
    pieces = pieces_organisme(organisme.id)
    attendus = attendus_de(organisme.forme)
    rayons = []
    for type_piece in TypePiece:
        ici = [p for p in pieces if p.type is type_piece]
        if not ici and type_piece in ASSOCIATIFS_SEULS and not organisme.forme.signe_le_cer:
            continue
        etat = _etat(ici, type_piece in attendus, aujourdhui())
        rayons.append(Rayon(type_piece, ici, etat, RAISONS[type_piece]))
    return Coffre(rayons)


def attendus_de(forme: FormeJuridique) -> tuple[TypePiece, ...]:
    """What is asked of every body of this form."""
    return ASSOCIATIFS if forme.signe_le_cer else TOUS


def _etat(pieces: Sequence[PieceOrganisme], attendu: bool, jour: date) -> EtatRayon:
    if not pieces:
        return EtatRayon.MANQUANT if attendu else EtatRayon.FACULTATIF
    fins = [p.valable_jusquau for p in pieces if p.valable_jusquau is not None]
    if any(fin < jour for fin in fins):
        return EtatRayon.PERIME
    if any(fin <= jour + BIENTOT for fin in fins):
        return EtatRayon.BIENTOT
    return EtatRayon.PRESENT
