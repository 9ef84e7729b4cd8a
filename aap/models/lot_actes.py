"""Acts prepared, sent and printed together by the officers of one funder."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.atelier import EtatLigneLot
from aap.models.base import Base, Horodate
from aap.models.convention import Convention
from aap.models.financement import Financement
from aap.models.financeur import Financeur
from aap.models.types import DateUTC, enum_texte
from aap.models.utilisateur import Utilisateur


class LotActes(Base, Horodate):
    """Aids whose acts are prepared in one go. ``jeton``: sent twice, done once.

    ``envoi_le``: when somebody asked that the drafts go to signature. ``impression_le``: when the
    booklets were asked for last; those asked before are gone.
    """

    __tablename__ = "lot_actes"

    id: Mapped[int] = mapped_column(primary_key=True)
    jeton: Mapped[str] = mapped_column(String(40), unique=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"), index=True)
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    envoi_le: Mapped[datetime | None] = mapped_column(DateUTC)
    impression_le: Mapped[datetime | None] = mapped_column(DateUTC)

    financeur: Mapped[Financeur] = relationship()
    auteur: Mapped[Utilisateur] = relationship()
    cahiers: Mapped[list[CahierActes]] = relationship(
        order_by="CahierActes.rang", cascade="all, delete-orphan"
    )


class LigneLotActes(Base):
    """One aid. ``version``: the one that the page showed; ``suites``: cents of the later years of
    a CPO, in order. ``etat`` of the draft; ``envoi``: of its sending, None while nobody asked."""

    __tablename__ = "ligne_lot_actes"
    __table_args__ = (
        UniqueConstraint("lot_id", "financement_id"),
        Index("ix_ligne_lot_actes_etat", "lot_id", "etat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot_actes.id"))
    financement_id: Mapped[int] = mapped_column(ForeignKey("financement.id"))
    version: Mapped[int]
    suites: Mapped[list[int]] = mapped_column(JSON, default=list)
    convention_id: Mapped[int | None] = mapped_column(ForeignKey("convention.id"))
    etat: Mapped[EtatLigneLot] = mapped_column(
        enum_texte(EtatLigneLot, "etat_acte"), default=EtatLigneLot.ATTENTE
    )
    envoi: Mapped[EtatLigneLot | None] = mapped_column(enum_texte(EtatLigneLot, "envoi_acte"))
    message: Mapped[str] = mapped_column(String(500), default="")

    lot: Mapped[LotActes] = relationship()
    financement: Mapped[Financement] = relationship()
    convention: Mapped[Convention | None] = relationship()


class CahierActes(Base):
    """Some acts as one PDF to print: ``actes`` of them on ``pages`` pages, ``cle`` in the storage.

    ``premier`` and ``dernier``: numbers of the acts at both ends.
    """

    __tablename__ = "cahier_actes"
    __table_args__ = (
        UniqueConstraint("lot_id", "rang"),
        CheckConstraint("pages > 0 AND actes > 0", name="plein"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot_actes.id"))
    rang: Mapped[int]
    cle: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    actes: Mapped[int]
    pages: Mapped[int]
    premier: Mapped[str] = mapped_column(String(20))
    dernier: Mapped[str] = mapped_column(String(20))
