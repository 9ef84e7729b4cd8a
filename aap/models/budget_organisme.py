"""The organisme's own budget, exercice by exercice: typed once, printed in every dossier."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aap.models.base import Base
from aap.models.dossier import CoteBudget
from aap.models.types import Centimes, enum_texte


class LigneBudgetOrganisme(Base):
    """One account of the organisme's own budget for an exercice (CERFA §5). Amounts in cents.

    ``saisie`` keeps what was typed; ``montant`` is None when it cannot be read.
    """

    __tablename__ = "ligne_budget_organisme"
    __table_args__ = (
        CheckConstraint("montant IS NULL OR montant >= 0", name="montant_positif"),
        UniqueConstraint("organisme_id", "exercice", "cote", "compte"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id", ondelete="CASCADE"))
    exercice: Mapped[int]
    cote: Mapped[CoteBudget] = mapped_column(enum_texte(CoteBudget))
    compte: Mapped[str] = mapped_column(String(20))
    saisie: Mapped[str] = mapped_column(String(40), default="")
    montant: Mapped[int | None] = mapped_column(Centimes)
