"""Local circumstances that explain why an aid is not granted by a CPO."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.financeur import Financeur
from aap.models.organisme import Organisme
from aap.models.utilisateur import Utilisateur


class MotifCpo(Base, Horodate, Versionne):
    """The reason of one funder for one year: for one organisme, or for its whole rate (None).

    ``texte`` empty: the reason was withdrawn; the journal keeps what it said.
    """

    __tablename__ = "motif_cpo"
    __table_args__ = (
        UniqueConstraint("financeur_id", "exercice", "organisme_id"),
        CheckConstraint("exercice BETWEEN 2000 AND 2100", name="exercice"),
        Index(
            "ix_motif_cpo_general",
            "financeur_id",
            "exercice",
            unique=True,
            sqlite_where=text("organisme_id IS NULL"),
            postgresql_where=text("organisme_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    exercice: Mapped[int]
    organisme_id: Mapped[int | None] = mapped_column(ForeignKey("organisme.id"), index=True)
    texte: Mapped[str] = mapped_column(String(1000))
    pose_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))

    financeur: Mapped[Financeur] = relationship()
    organisme: Mapped[Organisme | None] = relationship()
    pose_par: Mapped[Utilisateur] = relationship()
