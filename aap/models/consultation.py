"""Who has opened a dossier, and who has it open now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base
from aap.models.types import DateUTC
from aap.models.utilisateur import Utilisateur


class Consultation(Base):
    """An agent's reading of a dossier: ``vu_le`` the first time, ``present_le`` the last sign."""

    __tablename__ = "consultation"
    __table_args__ = (Index("ix_consultation_utilisateur_id", "utilisateur_id"),)

    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True
    )
    utilisateur_id: Mapped[int] = mapped_column(
        ForeignKey("utilisateur.id", ondelete="CASCADE"), primary_key=True
    )
    vu_le: Mapped[datetime] = mapped_column(DateUTC)
    present_le: Mapped[datetime] = mapped_column(DateUTC)

    utilisateur: Mapped[Utilisateur] = relationship()
