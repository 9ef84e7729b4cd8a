"""The instructor's workbench: saved views, words to search, acts done on many dossiers at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate
from aap.models.dossier import Dossier
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class VueListe(Base, Horodate):
    """A selection of dossiers that somebody named; ``adresse`` is the query string of the list."""

    __tablename__ = "vue_liste"
    __table_args__ = (
        UniqueConstraint("utilisateur_id", "nom"),
        Index(  # one default view for each person
            "ix_vue_liste_defaut",
            "utilisateur_id",
            unique=True,
            sqlite_where=text("par_defaut"),
            postgresql_where=text("par_defaut"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    nom: Mapped[str] = mapped_column(String(60))
    adresse: Mapped[str] = mapped_column(String(1000), default="")
    par_defaut: Mapped[bool] = mapped_column(default=False)


class RechercheDossier(Base):
    """What a dossier says, as search keys (no accent, no case); written when it is transmitted."""

    __tablename__ = "recherche_dossier"

    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True
    )
    texte: Mapped[str] = mapped_column(Text, default="")


class ActeLot(StrEnum):
    AFFECTER = "affecter"
    PRENDRE_EN_INSTRUCTION = "prendre_en_instruction"
    DEMANDER_COMPLEMENTS = "demander_complements"

    @property
    def libelle(self) -> str:
        return {
            "affecter": "Confier à une personne",
            "prendre_en_instruction": "Déclarer recevables",
            "demander_complements": "Demander des compléments",
        }[self.value]


class EtatLigneLot(StrEnum):
    ATTENTE = "attente"
    FAITE = "faite"
    REFUSEE = "refusee"
    ANNULEE = "annulee"

    @property
    def libelle(self) -> str:
        return {
            "attente": "En attente",
            "faite": "Fait",
            "refusee": "Non fait",
            "annulee": "Annulé",
        }[self.value]


class Lot(Base, Horodate):
    """One act asked on many dossiers. ``jeton`` comes from the preview: sent twice, done once."""

    __tablename__ = "lot"

    id: Mapped[int] = mapped_column(primary_key=True)
    jeton: Mapped[str] = mapped_column(String(40), unique=True)
    acte: Mapped[ActeLot] = mapped_column(enum_texte(ActeLot))
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    arguments: Mapped[Json] = mapped_column(JSON, default=dict)
    annule_le: Mapped[datetime | None] = mapped_column(DateUTC)

    auteur: Mapped[Utilisateur] = relationship()


class LigneLot(Base):
    """What became of one dossier; ``version``: the one that the preview showed."""

    __tablename__ = "ligne_lot"
    __table_args__ = (
        UniqueConstraint("lot_id", "dossier_id"),
        Index("ix_ligne_lot_etat", "lot_id", "etat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id", ondelete="CASCADE"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    version: Mapped[int]
    etat: Mapped[EtatLigneLot] = mapped_column(
        enum_texte(EtatLigneLot), default=EtatLigneLot.ATTENTE
    )
    message: Mapped[str] = mapped_column(String(500), default="")

    lot: Mapped[Lot] = relationship()
    dossier: Mapped[Dossier] = relationship()
