"""Stored files: the bytes live in the storage, this row says what they are."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from aap.domaine.horloge import maintenant
from aap.models.base import Base
from aap.models.types import DateUTC, enum_texte


class EtatAnalyse(StrEnum):
    """What the antivirus said of a file that somebody sent."""

    NON_ANALYSE = "non_analyse"
    EN_ATTENTE = "en_attente"
    SAIN = "sain"
    INFECTE = "infecte"

    @property
    def libelle(self) -> str:
        return {
            "non_analyse": "Non analysé",
            "en_attente": "En attente d’analyse",
            "sain": "Analysé",
            "infecte": "Refusé par l’antivirus",
        }[self.value]

    @property
    def ton(self) -> str:
        return {
            "non_analyse": "neutre",
            "en_attente": "attente",
            "sain": "succes",
            "infecte": "refus",
        }[self.value]


class Fichier(Base):
    """``cle``: unguessable storage key (URL-safe, 128 bits or more). ``sha256`` of the bytes.

    ``entite`` and ``entite_id`` say which object decides who may read it
    (``dossier``, ``organisme``, ``convention``, ``bilan``, ``campagne``).
    ``analyse``: a file that waits is read by its sender only; an infected one has no bytes left.
    ``sha256_recu``: of the bytes as sent, before cleaning (empty: made by the house).
    ``vignette_cle``: storage key of its small picture. Columns named ``cle`` or ``…_cle`` are
    what the purge of the storage takes for references (``aap.requetes.stockage``).
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
    sha256_recu: Mapped[str] = mapped_column(String(64), default="")
    analyse: Mapped[EtatAnalyse] = mapped_column(
        enum_texte(EtatAnalyse), default=EtatAnalyse.NON_ANALYSE, index=True
    )
    analyse_le: Mapped[datetime | None] = mapped_column(DateUTC)
    vignette_cle: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int | None]


class Televersement(Base):
    """A file that arrives piece by piece, before the form that will use it is sent.

    The pieces are in the storage under ``envois/<cle>/``; ``morceau`` is their size in bytes
    (the last one is shorter). ``empreinte``: SHA-256 of the whole when the browser could compute
    it, else what tells the file from another; the same person sending the same file again goes
    on where she stopped. Rows and pieces of more than a day are removed (``menage_stockage``).
    """

    __tablename__ = "televersement"
    __table_args__ = (CheckConstraint("taille > 0 AND morceau > 0", name="tailles"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cle: Mapped[str] = mapped_column(String(64), unique=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    nom: Mapped[str] = mapped_column(String(200))
    taille: Mapped[int] = mapped_column(BigInteger)
    morceau: Mapped[int]
    empreinte: Mapped[str] = mapped_column(String(128))
    cree_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    @property
    def nombre(self) -> int:
        """Pieces expected."""
        return -(-self.taille // self.morceau)

    def attendu(self, rang: int) -> int:
        """Bytes of the piece ``rang`` (from 0)."""
        return min(self.morceau, self.taille - rang * self.morceau)
