"""What a funder writes for itself on a dossier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base
from aap.models.dossier import Dossier
from aap.models.financeur import Financeur
from aap.models.types import DateUTC
from aap.models.utilisateur import Utilisateur


class NoteInterne(Base):
    """Read by the people who instruct in the name of ``financeur`` only; never by the porteur."""

    __tablename__ = "note_interne"
    __table_args__ = (Index("ix_note_interne_dossier_financeur", "dossier_id", "financeur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    texte: Mapped[str] = mapped_column(Text)
    ecrite_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    retiree_le: Mapped[datetime | None] = mapped_column(DateUTC)

    dossier: Mapped[Dossier] = relationship()
    financeur: Mapped[Financeur] = relationship()
    auteur: Mapped[Utilisateur] = relationship()
