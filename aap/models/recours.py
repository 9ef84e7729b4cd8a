"""Recours gracieux of a porteur against a refusal: received, examined again, decided."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import aujourdhui
from aap.domaine.recours import CanalRecours, MotifRecours, ObjetRecours, SensRecours
from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Dossier
from aap.models.fichier import Fichier
from aap.models.types import DateUTC, enum_texte
from aap.models.utilisateur import Utilisateur


class Recours(Base, Horodate, Versionne):
    """One appeal. Triggers refuse any change of what was received, and of a decision.

    ``rang``: 1, 2… in the dossier; one at most is open. ``notifiee_le``: day on which the porteur
    was told the refusal; ``limite_le``: last day of the legal delay counted from it.
    ``envoye_le``: postmark of a letter. ``silence_le``: day on which silence refuses the appeal.
    """

    __tablename__ = "recours"
    __table_args__ = (
        UniqueConstraint("dossier_id", "rang"),
        CheckConstraint("rang > 0", name="rang_positif"),
        CheckConstraint(
            "(decide_le IS NULL) = (sens IS NULL) AND (decide_le IS NULL) = (decide_par_id IS NULL)"
            " AND (decide_le IS NULL) = (motif = '')",
            name="decision",
        ),
        CheckConstraint("sens IS NULL OR sens <> 'rejete' OR type_motif IS NOT NULL", name="motif"),
        CheckConstraint("(examine_le IS NULL) = (proposition IS NULL)", name="examen"),
        Index(
            "ix_recours_ouvert",
            "dossier_id",
            unique=True,
            sqlite_where=text("decide_le IS NULL"),
            postgresql_where=text("decide_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    rang: Mapped[int]
    objet: Mapped[ObjetRecours] = mapped_column(enum_texte(ObjetRecours))
    canal: Mapped[CanalRecours] = mapped_column(enum_texte(CanalRecours))
    notifiee_le: Mapped[date]
    limite_le: Mapped[date]
    envoye_le: Mapped[date | None]
    recu_le: Mapped[date]
    silence_le: Mapped[date]
    texte: Mapped[str] = mapped_column(Text)
    enregistre_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    fichier_id: Mapped[int | None] = mapped_column(ForeignKey("fichier.id"))
    examinateur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    confie_le: Mapped[datetime | None] = mapped_column(DateUTC)
    proposition: Mapped[SensRecours | None] = mapped_column(
        enum_texte(SensRecours, "propositionrecours")
    )
    rapport: Mapped[str] = mapped_column(Text, default="")
    examine_le: Mapped[datetime | None] = mapped_column(DateUTC)
    sens: Mapped[SensRecours | None] = mapped_column(enum_texte(SensRecours))
    type_motif: Mapped[MotifRecours | None] = mapped_column(enum_texte(MotifRecours))
    motif: Mapped[str] = mapped_column(Text, default="")
    decide_le: Mapped[datetime | None] = mapped_column(DateUTC)
    decide_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))

    dossier: Mapped[Dossier] = relationship()
    fichier: Mapped[Fichier | None] = relationship()
    enregistre_par: Mapped[Utilisateur] = relationship(foreign_keys=[enregistre_par_id])
    examinateur: Mapped[Utilisateur | None] = relationship(foreign_keys=[examinateur_id])
    decide_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[decide_par_id])

    @property
    def ouvert(self) -> bool:
        """Is a decision still awaited (or, after silence, still possible)?"""
        return self.decide_le is None

    @property
    def tardif(self) -> bool:
        """Sent after the legal delay: recorded all the same, and said."""
        return (self.envoye_le or self.recu_le) > self.limite_le

    @property
    def silence(self) -> bool:
        """Is it refused by silence today?"""
        return self.ouvert and aujourdhui() >= self.silence_le

    @property
    def situation(self) -> str:
        """Where it stands, in words, for everybody."""
        if self.sens is not None:
            return self.sens.passe
        return "Rejeté par silence" if self.silence else "En cours d’examen"
