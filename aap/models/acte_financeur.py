"""The paper of a funder's legal act (deliberation, arrêté…): one file for every line it grants."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate
from aap.models.fichier import Fichier
from aap.models.financeur import Financeur
from aap.models.types import DateUTC
from aap.models.utilisateur import Utilisateur


class ActeFinanceur(Base, Horodate):
    """Known by what the lines say of it (type, number, date). A replaced file stays, withdrawn."""

    __tablename__ = "acte_financeur"
    __table_args__ = (
        Index(
            "ix_acte_financeur_vivant",
            "financeur_id",
            "type",
            "numero",
            "date_acte",
            unique=True,
            sqlite_where=text("retire_le IS NULL"),
            postgresql_where=text("retire_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    type: Mapped[str] = mapped_column(String(40))
    numero: Mapped[str] = mapped_column(String(60))
    date_acte: Mapped[date]
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"), unique=True)
    joint_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    retire_le: Mapped[datetime | None] = mapped_column(DateUTC)

    financeur: Mapped[Financeur] = relationship()
    fichier: Mapped[Fichier] = relationship()
    joint_par: Mapped[Utilisateur] = relationship()
