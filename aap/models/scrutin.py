"""Votes of the committee on a dossier, during a session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.scrutin import Issue, ModeScrutin, Voix
from aap.models.base import Base, Horodate
from aap.models.dossier import Dossier
from aap.models.seance import Seance
from aap.models.types import DateUTC, enum_texte
from aap.models.utilisateur import Utilisateur


class Scrutin(Base, Horodate):
    """A question put to the vote; one is open at most in a session.

    ``electeurs``: users in the room, without conflict, when it was opened. ``president_id``: whose
    voice decides on a tie. The counts are written at the end; those of a secret vote as voices
    come, since nothing else keeps them. Closed or cancelled, it never changes again.
    """

    __tablename__ = "scrutin"
    __table_args__ = (
        CheckConstraint("pour >= 0 AND contre >= 0 AND abstention >= 0", name="voix"),
        CheckConstraint("(clos_le IS NULL) = (issue IS NULL)", name="close_issue"),
        CheckConstraint("(annule_le IS NULL) = (motif_annulation = '')", name="annulation"),
        CheckConstraint("clos_le IS NULL OR annule_le IS NULL", name="une_fin"),
        Index(
            "ix_scrutin_ouvert",
            "seance_id",
            unique=True,
            sqlite_where=text("clos_le IS NULL AND annule_le IS NULL"),
            postgresql_where=text("clos_le IS NULL AND annule_le IS NULL"),
        ),
        Index("ix_scrutin_seance_dossier", "seance_id", "dossier_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seance_id: Mapped[int] = mapped_column(ForeignKey("seance.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    question: Mapped[str] = mapped_column(String(300))
    mode: Mapped[ModeScrutin] = mapped_column(enum_texte(ModeScrutin))
    electeurs: Mapped[list[int]] = mapped_column(JSON, default=list)
    president_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    pour: Mapped[int] = mapped_column(default=0)
    contre: Mapped[int] = mapped_column(default=0)
    abstention: Mapped[int] = mapped_column(default=0)
    issue: Mapped[Issue | None] = mapped_column(enum_texte(Issue))
    clos_le: Mapped[datetime | None] = mapped_column(DateUTC)
    annule_le: Mapped[datetime | None] = mapped_column(DateUTC)
    motif_annulation: Mapped[str] = mapped_column(String(500), default="")

    seance: Mapped[Seance] = relationship()
    dossier: Mapped[Dossier] = relationship()
    president: Mapped[Utilisateur | None] = relationship()
    bulletins: Mapped[list[Bulletin]] = relationship(
        back_populates="scrutin", order_by="Bulletin.utilisateur_id"
    )

    @property
    def ouvert(self) -> bool:
        return self.clos_le is None and self.annule_le is None

    @property
    def exprimees(self) -> int:
        """Voices that count."""
        return self.pour + self.contre


class Bulletin(Base):
    """That a member voted; ``voix``: how, None in a secret vote (nowhere else either)."""

    __tablename__ = "bulletin"
    __table_args__ = (UniqueConstraint("scrutin_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scrutin_id: Mapped[int] = mapped_column(ForeignKey("scrutin.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    voix: Mapped[Voix | None] = mapped_column(enum_texte(Voix))

    scrutin: Mapped[Scrutin] = relationship(back_populates="bulletins")
    utilisateur: Mapped[Utilisateur] = relationship()
