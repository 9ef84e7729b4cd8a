"""The bilan: what the money did (compte rendu financier, CERFA 15059)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.convention import Tranche
from aap.models.dossier import CoteBudget, Dossier, IndicateurDossier
from aap.models.fichier import Fichier
from aap.models.financement import Financement
from aap.models.types import Centimes, DateUTC, Json, enum_texte
from workflows.bilan import EtatBilan


class Bilan(Base, Horodate, Versionne):
    """One per dossier and exercice. Texts typed are in ``textes`` (field -> text):
    mise_en_oeuvre, publics, lieux, objectifs_atteints, ecarts, charges_indirectes,
    contributions, observations. ``contenu``/``sha256``: what was deposited.
    """

    __tablename__ = "bilan"
    __table_args__ = (
        UniqueConstraint("dossier_id", "exercice"),
        CheckConstraint(
            # A bilan never handed in may lead to a reversement (workflows/bilan.py).
            "etat IN ('attendu','en_saisie','en_defaut','reversement_demande','reverse')"
            " OR depose_le IS NOT NULL",
            name="depose",
        ),
        CheckConstraint("beneficiaires_reels IS NULL OR beneficiaires_reels >= 0", name="publics"),
        Index("ix_bilan_etat_echeance", "etat", "echeance"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    exercice: Mapped[int]
    tranche_id: Mapped[int | None] = mapped_column(ForeignKey("tranche.id"))
    etat: Mapped[EtatBilan] = mapped_column(enum_texte(EtatBilan), default=EtatBilan.ATTENDU)
    echeance: Mapped[date]
    textes: Mapped[Json] = mapped_column(JSON, default=dict)
    beneficiaires_reels: Mapped[int | None]
    beneficiaires_femmes: Mapped[int | None]
    beneficiaires_qpv: Mapped[int | None]
    depose_le: Mapped[datetime | None] = mapped_column(DateUTC)
    depose_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    contenu: Mapped[Json | None] = mapped_column(JSON)
    sha256: Mapped[str | None] = mapped_column(String(64))
    demande_modification: Mapped[str] = mapped_column(Text, default="")

    dossier: Mapped[Dossier] = relationship()
    tranche: Mapped[Tranche | None] = relationship()
    lignes: Mapped[list[LigneBilan]] = relationship(
        cascade="all, delete-orphan", back_populates="bilan", order_by="LigneBilan.rang"
    )
    mesures: Mapped[list[MesureIndicateur]] = relationship(
        cascade="all, delete-orphan", back_populates="bilan"
    )


class LigneBilan(Base):
    """Planned (copied from the budget) and realised, in cents; ``saisie`` as typed."""

    __tablename__ = "ligne_bilan"
    __table_args__ = (
        CheckConstraint("prevu >= 0", name="prevu"),
        CheckConstraint("realise IS NULL OR realise >= 0", name="realise"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bilan_id: Mapped[int] = mapped_column(ForeignKey("bilan.id", ondelete="CASCADE"), index=True)
    rang: Mapped[int] = mapped_column(default=0)
    cote: Mapped[CoteBudget] = mapped_column(enum_texte(CoteBudget, "cote_bilan"))
    compte: Mapped[str] = mapped_column(String(20))
    libelle: Mapped[str] = mapped_column(String(200), default="")
    prevu: Mapped[int] = mapped_column(Centimes, default=0)
    saisie: Mapped[str] = mapped_column(String(40), default="")
    realise: Mapped[int | None] = mapped_column(Centimes)
    explication: Mapped[str] = mapped_column(String(1000), default="")

    bilan: Mapped[Bilan] = relationship(back_populates="lignes")


class MesureIndicateur(Base):
    """The value reached for an indicator of the dossier, and how it was measured."""

    __tablename__ = "mesure_indicateur"
    __table_args__ = (UniqueConstraint("bilan_id", "indicateur_dossier_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bilan_id: Mapped[int] = mapped_column(ForeignKey("bilan.id", ondelete="CASCADE"))
    indicateur_dossier_id: Mapped[int] = mapped_column(ForeignKey("indicateur_dossier.id"))
    valeur: Mapped[str] = mapped_column(String(200), default="")
    mode_mesure: Mapped[str] = mapped_column(String(500), default="")

    bilan: Mapped[Bilan] = relationship(back_populates="mesures")
    indicateur: Mapped[IndicateurDossier] = relationship()


class PieceBilan(Base):
    __tablename__ = "piece_bilan"

    id: Mapped[int] = mapped_column(primary_key=True)
    bilan_id: Mapped[int] = mapped_column(ForeignKey("bilan.id"), index=True)
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"))
    retiree_le: Mapped[datetime | None] = mapped_column(DateUTC)

    fichier: Mapped[Fichier] = relationship()


class Reversement(Base, Horodate):
    """Money to give back to one financeur; ``etapes`` shows the computation line by line."""

    __tablename__ = "reversement"
    __table_args__ = (
        UniqueConstraint("bilan_id", "financement_id"),
        CheckConstraint("montant > 0", name="montant_positif"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bilan_id: Mapped[int] = mapped_column(ForeignKey("bilan.id"))
    financement_id: Mapped[int] = mapped_column(ForeignKey("financement.id"), index=True)
    montant: Mapped[int] = mapped_column(Centimes)
    motif: Mapped[str] = mapped_column(Text)
    etapes: Mapped[list[str]] = mapped_column(JSON, default=list)
    numero_titre: Mapped[str] = mapped_column(String(60), default="")
    recu_le: Mapped[date | None]

    bilan: Mapped[Bilan] = relationship()
    financement: Mapped[Financement] = relationship()
