"""Results of the scoring: consensus, frozen ranked list, abstention, calibration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.campagne import Campagne
from aap.models.dossier import Dossier
from aap.models.grille import Critere, Grille
from aap.models.types import DateUTC, Json
from aap.models.utilisateur import Utilisateur


class Consensus(Base, Horodate, Versionne):
    """The notes agreed on for a dossier, once its evaluations are sent; they rank instead of the
    mean. Revised with its trace in the journal until the list is frozen.

    ``calcules``: the computed criteria as they were then (same form as ``Evaluation.calcules``).
    """

    __tablename__ = "consensus"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), unique=True)
    grille_id: Mapped[int] = mapped_column(ForeignKey("grille.id"))
    motif: Mapped[str] = mapped_column(Text)
    calcules: Mapped[Json] = mapped_column(JSON, default=dict)
    pose_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    pose_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    dossier: Mapped[Dossier] = relationship()
    grille: Mapped[Grille] = relationship()
    pose_par: Mapped[Utilisateur] = relationship()
    notes: Mapped[list[NoteConsensus]] = relationship(
        cascade="all, delete-orphan", back_populates="consensus"
    )


class NoteConsensus(Base):
    """0 to 4 or « sans objet », with its reason."""

    __tablename__ = "note_consensus"
    __table_args__ = (
        UniqueConstraint("consensus_id", "critere_id"),
        CheckConstraint("valeur IS NULL OR valeur BETWEEN 0 AND 4", name="echelle"),
        CheckConstraint("(valeur IS NULL) = sans_objet", name="sans_objet"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consensus_id: Mapped[int] = mapped_column(ForeignKey("consensus.id", ondelete="CASCADE"))
    critere_id: Mapped[int] = mapped_column(ForeignKey("critere.id"))
    valeur: Mapped[int | None]
    sans_objet: Mapped[bool] = mapped_column(default=False)
    motif: Mapped[str] = mapped_column(Text, default="")

    consensus: Mapped[Consensus] = relationship(back_populates="notes")
    critere: Mapped[Critere] = relationship()


class Classement(Base):
    """The frozen ranked list of a campaign (``aap.domaine.classement_fige``); never changed, and
    never deleted (triggers). Reopening it with a motif leaves it as it is: the next one is number
    ``numero`` + 1. At most one is in force.
    """

    __tablename__ = "classement"
    __table_args__ = (
        UniqueConstraint("campagne_id", "numero"),
        CheckConstraint(
            "(rouvert_le IS NULL) = (rouvert_par_id IS NULL)"
            " AND (rouvert_le IS NULL OR rouvert_motif <> '')",
            name="rouvert",
        ),
        Index(
            "uq_classement_en_vigueur",
            "campagne_id",
            unique=True,
            sqlite_where=text("rouvert_le IS NULL"),
            postgresql_where=text("rouvert_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"))
    numero: Mapped[int]
    contenu: Mapped[Json] = mapped_column(JSON, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    dossiers: Mapped[int]
    fige_le: Mapped[datetime] = mapped_column(DateUTC)
    fige_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    rouvert_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rouvert_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    rouvert_motif: Mapped[str] = mapped_column(Text, default="")

    campagne: Mapped[Campagne] = relationship()
    fige_par: Mapped[Utilisateur] = relationship(foreign_keys=[fige_par_id])
    rouvert_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[rouvert_par_id])


class Abstention(Base):
    """Somebody who should score this dossier and says why she does not."""

    __tablename__ = "abstention"
    __table_args__ = (UniqueConstraint("dossier_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    motif: Mapped[str] = mapped_column(Text)
    le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    utilisateur: Mapped[Utilisateur] = relationship()


class Etalonnage(Base):
    """The calibration round of a campaign: while it is open, only its dossiers are scored."""

    __tablename__ = "etalonnage"

    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), primary_key=True)
    ouvert_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    clos_le: Mapped[datetime | None] = mapped_column(DateUTC)
    compte_rendu: Mapped[str] = mapped_column(Text, default="")

    dossiers: Mapped[list[EtalonnageDossier]] = relationship(cascade="all, delete-orphan")


class EtalonnageDossier(Base):
    """A dossier that everybody scores during the calibration round."""

    __tablename__ = "etalonnage_dossier"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    campagne_id: Mapped[int] = mapped_column(
        ForeignKey("etalonnage.campagne_id", ondelete="CASCADE"), index=True
    )

    dossier: Mapped[Dossier] = relationship()
