"""Stored files: the bytes live in the storage, this row says what they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from aap.domaine.horloge import maintenant
from aap.models.base import Base
from aap.models.types import DateUTC


class Fichier(Base):
    """``cle``: unguessable storage key (URL-safe, 128 bits or more). ``sha256`` of the bytes.

    ``entite`` and ``entite_id`` say which object decides who may read it
    (``dossier``, ``organisme``, ``convention``, ``bilan``, ``campagne``).
    """

    __tablename__ = "fichier"
    __table_args__ = (CheckConstraint("taille > 0", name="taille"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cle: Mapped[str] = mapped_column(String(64), unique=True)
    nom: Mapped[str] = mapped_column(String(200))
    type_mime: Mapped[str] = mapped_column(String(100))
    taille: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    entite: Mapped[str] = mapped_column(String(40))
    entite_id: Mapped[int]
    depose_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    depose_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
