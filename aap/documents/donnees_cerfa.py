"""What the whole dossier is made of as a document (CERFA 12156*06); see ``donnees``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aap.documents.donnees import (
    Action,
    Beneficiaire,
    Budget,
    Cartouche,
    Indicateur,
    MontantFinanceur,
    Piece,
    Rubrique,
    Signataire,
    Territoire,
)


@dataclass(frozen=True)
class BudgetDate:
    """A budget and the exercice it is for, in words."""

    titre: str
    budget: Budget


@dataclass(frozen=True)
class LignePersonnes:
    """Row of the table of persons (CERFA §6): how many, and their full-time equivalent."""

    libelle: str
    nombre: str = ""
    etpt: str = ""


@dataclass(frozen=True)
class AidePassee:
    """Cents granted by a funder over a past exercice, as it was notified."""

    exercice: int
    financeur: str
    montant: int


@dataclass(frozen=True)
class DonneesDossier:
    """Whole dossier in the order of the CERFA 12156*06. A part left empty is not printed."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    identification: tuple[tuple[str, str], ...]
    relations: tuple[tuple[str, str], ...]
    moyens: tuple[tuple[str, str], ...]
    projet: tuple[Rubrique, ...]
    indicateurs: tuple[Indicateur, ...]
    budget: Budget
    montants: tuple[MontantFinanceur, ...]
    attestations: tuple[str, ...]
    pieces: tuple[Piece, ...]
    signataire: Signataire | None = None
    depose_le: datetime | None = None
    entete: tuple[tuple[str, str], ...] = ()
    reseaux: tuple[tuple[str, str], ...] = ()
    comptes: tuple[tuple[str, str], ...] = ()
    budget_organisme: BudgetDate | None = None
    personnes: tuple[LignePersonnes, ...] = ()
    budgets_suivants: tuple[BudgetDate, ...] = ()
    aides_passees: tuple[AidePassee, ...] = ()
