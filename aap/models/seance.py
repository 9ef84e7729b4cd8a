"""The COPIL: session, attendance, agenda, decisions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.campagne import Campagne
from aap.models.dossier import Dossier
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur
from workflows.seance import EtatSeance


class SensDecision(StrEnum):
    PROGRAMMER = "programmer"
    AJOURNER = "ajourner"
    REJETER = "rejeter"
    LISTE_ATTENTE = "liste_attente"

    @property
    def libelle(self) -> str:
        return {
            "programmer": "Programmé",
            "ajourner": "Ajourné",
            "rejeter": "Rejeté",
            "liste_attente": "Liste d’attente",
        }[self.value]


class Seance(Base, Horodate, Versionne):
    """``quorum`` is the number of members who must be present for a decision."""

    __tablename__ = "seance"
    __table_args__ = (CheckConstraint("quorum >= 1", name="quorum"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), index=True)
    titre: Mapped[str] = mapped_column(String(200))
    prevue_le: Mapped[datetime] = mapped_column(DateUTC)
    lieu: Mapped[str] = mapped_column(String(300), default="")
    quorum: Mapped[int] = mapped_column(default=1)
    etat: Mapped[EtatSeance] = mapped_column(enum_texte(EtatSeance), default=EtatSeance.PREPAREE)
    ouverte_le: Mapped[datetime | None] = mapped_column(DateUTC)
    close_le: Mapped[datetime | None] = mapped_column(DateUTC)
    dossier_courant_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))
    publiee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    pv_contenu: Mapped[Json | None] = mapped_column(JSON)
    pv_sha256: Mapped[str | None] = mapped_column(String(64))
    notes: Mapped[str] = mapped_column(Text, default="")

    campagne: Mapped[Campagne] = relationship()
    presences: Mapped[list[Presence]] = relationship(
        cascade="all, delete-orphan", back_populates="seance"
    )
    inscriptions: Mapped[list[Inscription]] = relationship(
        cascade="all, delete-orphan", back_populates="seance", order_by="Inscription.rang"
    )


class Presence(Base):
    """A convened member; ``present`` is marked at the session."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("seance_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seance_id: Mapped[int] = mapped_column(ForeignKey("seance.id", ondelete="CASCADE"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    qualite: Mapped[str] = mapped_column(String(200), default="")
    present: Mapped[bool] = mapped_column(default=False)

    seance: Mapped[Seance] = relationship(back_populates="presences")
    utilisateur: Mapped[Utilisateur] = relationship()


class Inscription(Base):
    """A dossier on the agenda."""

    __tablename__ = "inscription"
    __table_args__ = (UniqueConstraint("seance_id", "dossier_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seance_id: Mapped[int] = mapped_column(ForeignKey("seance.id", ondelete="CASCADE"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    rang: Mapped[int] = mapped_column(default=0)

    seance: Mapped[Seance] = relationship(back_populates="inscriptions")
    dossier: Mapped[Dossier] = relationship()


class Decision(Base, Horodate, Versionne):
    """What the COPIL decided on one dossier; amounts are on the financements.

    ``montants``: {financement_id: cents} as decided, kept for the PV. No ``seance``: taken
    outside a session, on the waiting list, and published at once.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("seance_id", "dossier_id"),
        CheckConstraint(
            "seance_id IS NOT NULL OR publiee_le IS NOT NULL", name="hors_seance_publiee"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seance_id: Mapped[int | None] = mapped_column(ForeignKey("seance.id"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    sens: Mapped[SensDecision] = mapped_column(enum_texte(SensDecision))
    motif: Mapped[str] = mapped_column(Text, default="")
    rang_attente: Mapped[int | None]
    montants: Mapped[Json] = mapped_column(JSON, default=dict)
    deportes: Mapped[list[int]] = mapped_column(JSON, default=list)
    decidee_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    saisie_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    publiee_le: Mapped[datetime | None] = mapped_column(DateUTC)

    seance: Mapped[Seance | None] = relationship()
    dossier: Mapped[Dossier] = relationship()
