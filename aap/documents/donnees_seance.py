"""Inputs of the instruction sheet and of the minutes; see ``donnees`` for the conventions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from aap.documents.donnees import (
    Action,
    Beneficiaire,
    Cartouche,
    MontantFinanceur,
    Signataire,
    Territoire,
)

Sens = Literal["programmer", "ajourner", "rejeter", "liste_attente"]


@dataclass(frozen=True)
class LigneNote:
    """One criterion: weight in points, mean and extremes on the scale 0 to 4, None unscored."""

    critere: str
    poids: int
    moyenne: Fraction | None
    mini: int | None = None
    maxi: int | None = None
    commentaires: tuple[str, ...] = ()
    calcule: bool = False


@dataclass(frozen=True)
class LigneAvis:
    auteur: str
    valeur: str
    commentaire: str = ""
    montant_propose: int | None = None


@dataclass(frozen=True)
class DonneesFiche:
    """Fiche d'instruction. ``score``: weighted score out of 100, exact, None unscored."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    resume: str
    montants: tuple[MontantFinanceur, ...]
    score: Fraction | None
    evaluateurs: int
    notes: tuple[LigneNote, ...]
    avis: tuple[LigneAvis, ...]
    reperes: tuple[tuple[str, str], ...] = ()
    alertes: tuple[str, ...] = ()
    synthese: str = ""


@dataclass(frozen=True)
class Convoque:
    nom: str
    qualite: str
    present: bool


@dataclass(frozen=True)
class DecisionPV:
    """One dossier decided. ``deportes``: names of those who left the room. ``votes``: what was
    put to the vote and its result, one sentence or two each."""

    action: Action
    organisme: str
    sens: Sens
    montants: tuple[MontantFinanceur, ...]
    motif: str = ""
    deportes: tuple[str, ...] = ()
    rang_attente: int | None = None
    votes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DonneesPV:
    """Minutes of a COPIL session; times are aware instants."""

    territoire: Territoire
    cartouche: Cartouche
    titre: str
    campagne: str
    lieu: str
    ouverte_le: datetime
    close_le: datetime
    quorum: int
    convoques: tuple[Convoque, ...]
    decisions: tuple[DecisionPV, ...]
    president: Signataire
    secretaire: Signataire | None = None
    notes: str = ""


@dataclass(frozen=True)
class PointConvocation:
    """One dossier of the agenda; ``demande`` in cents."""

    rang: int
    numero: str
    intitule: str
    organisme: str
    demande: int


@dataclass(frozen=True)
class DonneesConvocation:
    """Convocation of a COPIL session. ``masques``: dossiers that the reader may not see."""

    territoire: Territoire
    cartouche: Cartouche
    titre: str
    campagne: str
    lieu: str
    prevue_le: datetime
    quorum: int
    points: tuple[PointConvocation, ...]
    masques: int = 0
    destinataire: str = ""
