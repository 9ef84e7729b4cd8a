"""The budget that the porteur revises after the decisions, version after version."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import aujourdhui, maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Dossier
from aap.models.types import DateUTC, enum_texte
from aap.models.utilisateur import Utilisateur


class IssueRevision(StrEnum):
    """How a revision ended. ``RENVOYEE``: asked again, in the next one."""

    ACCEPTEE = "acceptee"
    RENVOYEE = "renvoyee"
    ANNULEE = "annulee"

    @property
    def libelle(self) -> str:
        return {
            "acceptee": "Budget révisé accepté",
            "renvoyee": "À corriger",
            "annulee": "Demande retirée",
        }[self.value]


class RevisionBudget(Base, Horodate, Versionne):
    """One revised budget of the first year; one live at a time, the closed ones are kept.

    ``lignes``: ``{cle, cote, compte, libelle, etat, prevu, saisie, montant}`` (cents, ``montant``
    None when unreadable), the aids of the call apart. ``aides``: ``[financement id, name, cents]``,
    frozen with ``sha256`` when the porteur gives it back.
    """

    __tablename__ = "revision_budget"
    __table_args__ = (
        UniqueConstraint("dossier_id", "rang"),
        CheckConstraint("rang > 0", name="rang_positif"),
        CheckConstraint("(rendue_le IS NULL) = (sha256 = '')", name="rendue"),
        CheckConstraint("(close_le IS NULL) = (issue IS NULL)", name="close"),
        CheckConstraint(
            "issue IS NULL OR issue = 'annulee' OR rendue_le IS NOT NULL", name="issue"
        ),
        Index(
            "ix_revision_budget_vivante",
            "dossier_id",
            unique=True,
            sqlite_where=text("close_le IS NULL"),
            postgresql_where=text("close_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    rang: Mapped[int]
    demandee_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    demandee_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    echeance: Mapped[date]
    texte: Mapped[str] = mapped_column(Text)
    lignes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    aides: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    explication: Mapped[str] = mapped_column(Text, default="")
    rappelee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rendue_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rendue_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    issue: Mapped[IssueRevision | None] = mapped_column(enum_texte(IssueRevision))
    close_le: Mapped[datetime | None] = mapped_column(DateUTC)
    close_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    motif: Mapped[str] = mapped_column(Text, default="")

    dossier: Mapped[Dossier] = relationship()
    demandee_par: Mapped[Utilisateur] = relationship(foreign_keys=[demandee_par_id])
    rendue_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[rendue_par_id])

    @property
    def chez_le_porteur(self) -> bool:
        return self.close_le is None and self.rendue_le is None

    @property
    def a_examiner(self) -> bool:
        return self.close_le is None and self.rendue_le is not None

    @property
    def en_retard(self) -> bool:
        """The last day to answer is over (Paris), and nothing came."""
        return self.chez_le_porteur and aujourdhui() > self.echeance
