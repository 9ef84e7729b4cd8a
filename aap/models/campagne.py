"""The yearly call: dates, priorities, rules, grille."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.grille import Grille
from aap.models.referentiel import Contrat, Orientation
from aap.models.types import DateUTC, Json, enum_texte
from workflows.campagne import EtatCampagne


class TypeCampagne(StrEnum):
    AAP_ANNUEL = "aap_annuel"
    FPCC = "fpcc"
    QUARTIERS_ETE = "quartiers_ete"
    FIL_DE_L_EAU = "fil_de_l_eau"

    @property
    def libelle(self) -> str:
        return {
            "aap_annuel": "Appel à projets annuel",
            "fpcc": "Fonds participatif des conseils citoyens",
            "quartiers_ete": "Quartiers d’été",
            "fil_de_l_eau": "Au fil de l’eau",
        }[self.value]

    @property
    def serie(self) -> str:
        """What the numbers of its dossiers begin with, so that no two calls of a year mix."""
        return {"aap_annuel": "", "fpcc": "FPCC", "quartiers_ete": "ETE", "fil_de_l_eau": "FIL"}[
            self.value
        ]


class EffetRegle(StrEnum):
    BLOQUE = "bloque"
    AVERTIT = "avertit"

    @property
    def libelle(self) -> str:
        return {"bloque": "Bloque", "avertit": "Avertit et demande un motif"}[self.value]


class Campagne(Base, Horodate, Versionne):
    """One call of one contrat for one exercice. ``grace_minutes`` is stated on screen."""

    __tablename__ = "campagne"
    __table_args__ = (
        UniqueConstraint("contrat_id", "code"),
        CheckConstraint("cloture_le > ouverture_le", name="dates"),
        CheckConstraint("grace_minutes BETWEEN 0 AND 1440", name="grace"),
        CheckConstraint("exercice BETWEEN 2000 AND 2100", name="exercice"),
        Index("ix_campagne_etat_dates", "etat", "ouverture_le", "cloture_le"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    nom: Mapped[str] = mapped_column(String(200))
    type: Mapped[TypeCampagne] = mapped_column(enum_texte(TypeCampagne))
    exercice: Mapped[int]
    etat: Mapped[EtatCampagne] = mapped_column(
        enum_texte(EtatCampagne), default=EtatCampagne.PREPARATION
    )
    ouverture_le: Mapped[datetime] = mapped_column(DateUTC)
    cloture_le: Mapped[datetime] = mapped_column(DateUTC)
    grace_minutes: Mapped[int] = mapped_column(default=0)
    note_cadrage: Mapped[str] = mapped_column(Text, default="")
    service: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(254), default="")
    grille_id: Mapped[int | None] = mapped_column(ForeignKey("grille.id"))
    prete_le: Mapped[datetime | None] = mapped_column(DateUTC)
    bac_a_sable: Mapped[bool] = mapped_column(default=False)
    precedente_id: Mapped[int | None] = mapped_column(ForeignKey("campagne.id"))
    # Next number of a deposited dossier, taken under a row lock (no hole, no double).
    dernier_numero: Mapped[int] = mapped_column(default=0)

    contrat: Mapped[Contrat] = relationship()
    grille: Mapped[Grille | None] = relationship()
    priorites: Mapped[list[PrioriteOrientation]] = relationship(
        back_populates="campagne", cascade="all, delete-orphan"
    )
    regles: Mapped[list[RegleCampagne]] = relationship(
        back_populates="campagne", cascade="all, delete-orphan"
    )


class PrioriteOrientation(Base):
    """Weight (0 to 4) of an orientation for this call, and why."""

    __tablename__ = "priorite_orientation"
    __table_args__ = (
        UniqueConstraint("campagne_id", "orientation_id"),
        CheckConstraint("poids BETWEEN 0 AND 4", name="poids"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id", ondelete="CASCADE"))
    orientation_id: Mapped[int] = mapped_column(ForeignKey("orientation.id"))
    poids: Mapped[int] = mapped_column(default=2)
    commentaire: Mapped[str] = mapped_column(String(500), default="")

    campagne: Mapped[Campagne] = relationship(back_populates="priorites")
    orientation: Mapped[Orientation] = relationship()


class RegleCampagne(Base, Horodate):
    """A dated parameter (``aap.domaine.regles`` lists the codes, units and defaults).

    ``valeur`` is {"v": int|bool|str}; amounts in cents, rates in thousandths.
    """

    __tablename__ = "regle_campagne"
    __table_args__ = (UniqueConstraint("campagne_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    valeur: Mapped[Json] = mapped_column(JSON)
    effet: Mapped[EffetRegle] = mapped_column(enum_texte(EffetRegle))

    campagne: Mapped[Campagne] = relationship(back_populates="regles")
