"""Append-only journal, outbox and background jobs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class Evenement(Base):
    """One line of the journal. Chained per ``chaine`` (``dossier:12``), see decision 0005:
    ``hachage`` = SHA-256 of the canonical line and of the previous line's hash.
    Triggers refuse UPDATE and DELETE.
    """

    __tablename__ = "evenement"
    __table_args__ = (
        UniqueConstraint("chaine", "rang"),
        Index("ix_evenement_entite", "entite", "entite_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chaine: Mapped[str] = mapped_column(String(60))
    rang: Mapped[int]
    le: Mapped[datetime] = mapped_column(DateUTC)
    acteur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    # The quality in which the person acted ("Instruction – Ville de Valenton"); names are
    # read through acteur_id, so that a person can be erased without breaking the chain.
    qualite: Mapped[str] = mapped_column(String(250))
    acte: Mapped[str] = mapped_column(String(80))
    entite: Mapped[str] = mapped_column(String(40))
    entite_id: Mapped[int]
    libelle: Mapped[str] = mapped_column(String(300))
    motif: Mapped[str] = mapped_column(Text, default="")
    donnees: Mapped[Json] = mapped_column(JSON, default=dict)
    # Shown to the porteur in the history of the dossier (never scores nor opinions).
    visible_porteur: Mapped[bool] = mapped_column(default=False)
    precedent: Mapped[str] = mapped_column(String(64))
    hachage: Mapped[str] = mapped_column(String(64))


class EtatCourriel(StrEnum):
    RETENU = "retenu"
    A_ENVOYER = "a_envoyer"
    ENVOYE = "envoye"
    ECHEC = "echec"

    @property
    def libelle(self) -> str:
        return {
            "retenu": "Retenu",
            "a_envoyer": "À envoyer",
            "envoye": "Envoyé",
            "echec": "Échec",
        }[self.value]


class Courriel(Base):
    """Outbox. ``message_id`` is stable: a resend after a crash is recognised."""

    __tablename__ = "courriel"
    __table_args__ = (Index("ix_courriel_etat", "etat"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    destinataire: Mapped[str] = mapped_column(String(254))
    utilisateur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    sujet: Mapped[str] = mapped_column(String(200))
    texte: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    modele: Mapped[str] = mapped_column(String(60))
    entite: Mapped[str] = mapped_column(String(40), default="")
    entite_id: Mapped[int | None]
    etat: Mapped[EtatCourriel] = mapped_column(
        enum_texte(EtatCourriel), default=EtatCourriel.A_ENVOYER
    )
    cree_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    envoye_le: Mapped[datetime | None] = mapped_column(DateUTC)
    erreur: Mapped[str] = mapped_column(String(500), default="")

    utilisateur: Mapped[Utilisateur | None] = relationship()


class EtatTache(StrEnum):
    PRETE = "prete"
    EN_COURS = "en_cours"
    FAITE = "faite"
    ECHOUEE = "echouee"


class Tache(Base):
    """A background job, enqueued in the transaction of the act (bibliotheques 3.5)."""

    __tablename__ = "tache"
    __table_args__ = (Index("ix_tache_etat_quand", "etat", "quand"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nom: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[Json] = mapped_column(JSON, default=dict)
    etat: Mapped[EtatTache] = mapped_column(enum_texte(EtatTache), default=EtatTache.PRETE)
    quand: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    bail_jusqua: Mapped[datetime | None] = mapped_column(DateUTC)
    ouvrier: Mapped[str] = mapped_column(String(80), default="")
    essais: Mapped[int] = mapped_column(default=0)
    cle_unique: Mapped[str | None] = mapped_column(String(120), unique=True)
    erreur: Mapped[str] = mapped_column(Text, default="")
    cree_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    finie_le: Mapped[datetime | None] = mapped_column(DateUTC)


class SigneDeVie(Base):
    """Last time a worker was seen (page /sante)."""

    __tablename__ = "signe_de_vie"

    ouvrier: Mapped[str] = mapped_column(String(80), primary_key=True)
    vu_le: Mapped[datetime] = mapped_column(DateUTC)


class Parametre(Base):
    """A setting of the installation, edited on screen (territory's name, logo, colours…)."""

    __tablename__ = "parametre"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    valeur: Mapped[Json] = mapped_column(JSON)
    modifie_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant, onupdate=maintenant)
