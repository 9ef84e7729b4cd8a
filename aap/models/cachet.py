"""Electronic seals of the acts and avenants that are wholly signed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate
from aap.models.convention import Avenant, Convention
from aap.models.fichier import Fichier
from aap.models.types import DateUTC


class Cachet(Base, Horodate):
    """The seal asked for when an act was signed. ``fichier``: the sealed PDF, None until then.

    ``titulaire``, ``serie``, ``expire_le``: name, serial number and last day of the certificate.
    ``echec``: why the last try failed, a French sentence; empty once sealed.
    """

    __tablename__ = "cachet"
    __table_args__ = (
        CheckConstraint("(convention_id IS NULL) <> (avenant_id IS NULL)", name="un_acte"),
        CheckConstraint(
            "fichier_id IS NULL OR (appose_le IS NOT NULL AND echec = '')", name="appose"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    convention_id: Mapped[int | None] = mapped_column(ForeignKey("convention.id"), unique=True)
    avenant_id: Mapped[int | None] = mapped_column(ForeignKey("avenant.id"), unique=True)
    fichier_id: Mapped[int | None] = mapped_column(ForeignKey("fichier.id"), unique=True)
    appose_le: Mapped[datetime | None] = mapped_column(DateUTC)
    titulaire: Mapped[str] = mapped_column(String(200), default="")
    serie: Mapped[str] = mapped_column(String(64), default="")
    expire_le: Mapped[date | None]
    echec: Mapped[str] = mapped_column(String(300), default="")

    convention: Mapped[Convention | None] = relationship(back_populates="cachet")
    avenant: Mapped[Avenant | None] = relationship(back_populates="cachet")
    fichier: Mapped[Fichier | None] = relationship()

    @property
    def objet(self) -> Convention | Avenant:
        """What is sealed."""
        objet = self.avenant if self.avenant_id is not None else self.convention
        assert objet is not None
        return objet

    @property
    def acte(self) -> Convention:
        """The act sealed, or the one that the sealed avenant changes."""
        objet = self.objet
        return objet.convention if isinstance(objet, Avenant) else objet
