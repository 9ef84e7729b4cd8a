"""Scoring grids: versioned, frozen once used."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate
from aap.models.types import DateUTC, enum_texte


class ModeCritere(StrEnum):
    CALCULE = "calcule"
    APPRECIE = "apprecie"

    @property
    def libelle(self) -> str:
        return {"calcule": "Calculé", "apprecie": "Apprécié"}[self.value]


class Grille(Base, Horodate):
    """A grid version. ``figee_le`` is set at first use: nothing changes afterwards."""

    __tablename__ = "grille"
    __table_args__ = (UniqueConstraint("contrat_id", "nom", "numero_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    nom: Mapped[str] = mapped_column(String(120))
    numero_version: Mapped[int] = mapped_column(default=1)
    figee_le: Mapped[datetime | None] = mapped_column(DateUTC)

    criteres: Mapped[list[Critere]] = relationship(
        back_populates="grille", cascade="all, delete-orphan", order_by="Critere.ordre"
    )


class Critere(Base):
    """One criterion: weight in percent points (sum of a grid = 100), scale 0-4.

    ``ancres``: five texts, one per value from 0 to 4. ``reserve_a``: values of ``TypeFinanceur``
    whose instructors score it (« commune »…); empty: everybody. A computed one is never reserved.
    """

    __tablename__ = "critere"
    __table_args__ = (
        UniqueConstraint("grille_id", "code"),
        CheckConstraint("poids BETWEEN 1 AND 100", name="poids"),
        CheckConstraint(
            "eliminatoire_sous IS NULL OR eliminatoire_sous BETWEEN 1 AND 4", name="seuil"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grille_id: Mapped[int] = mapped_column(ForeignKey("grille.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    ordre: Mapped[int]
    libelle: Mapped[str] = mapped_column(String(200))
    aide: Mapped[str] = mapped_column(String(1000), default="")
    poids: Mapped[int]
    mode: Mapped[ModeCritere] = mapped_column(enum_texte(ModeCritere))
    ancres: Mapped[list[str]] = mapped_column(JSON, default=list)
    eliminatoire_sous: Mapped[int | None]
    sans_objet_permis: Mapped[bool] = mapped_column(default=False)
    reserve_a: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")

    grille: Mapped[Grille] = relationship(back_populates="criteres")
