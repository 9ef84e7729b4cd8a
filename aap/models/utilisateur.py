"""People, their sessions and their rights."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate
from aap.models.referentiel import Commune, Contrat, Orientation, Quartier, Secteur
from aap.models.types import DateUTC, enum_texte


class RoleHabilitation(StrEnum):
    """Roles given by an administrator (porteurs hold theirs through ``Membre``)."""

    INSTRUCTEUR = "instructeur"
    COORDINATEUR = "coordinateur"
    COPIL = "copil"
    FINANCE = "finance"
    OBSERVATEUR = "observateur"
    ADMINISTRATEUR = "administrateur"

    @property
    def libelle(self) -> str:
        return {
            "instructeur": "Instruction",
            "coordinateur": "Coordination",
            "copil": "Comité de pilotage",
            "finance": "Gestion financière",
            "observateur": "Avis extérieur",
            "administrateur": "Administration technique",
        }[self.value]


class UsageJeton(StrEnum):
    CONFIRMATION = "confirmation"
    REINITIALISATION = "reinitialisation"
    INVITATION = "invitation"


class Utilisateur(Base, Horodate):
    """A person. ``courriel`` is stored in its comparison form (lower case)."""

    __tablename__ = "utilisateur"

    id: Mapped[int] = mapped_column(primary_key=True)
    courriel: Mapped[str] = mapped_column(String(254), unique=True)
    nom: Mapped[str] = mapped_column(String(120))
    prenom: Mapped[str] = mapped_column(String(120))
    telephone: Mapped[str] = mapped_column(String(30), default="")
    mot_de_passe: Mapped[str | None] = mapped_column(String(255))
    confirme_le: Mapped[datetime | None] = mapped_column(DateUTC)
    desactive_le: Mapped[datetime | None] = mapped_column(DateUTC)

    habilitations: Mapped[list[Habilitation]] = relationship(
        back_populates="utilisateur", foreign_keys="Habilitation.utilisateur_id"
    )

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}".strip()


class SessionConnexion(Base):
    """A server-side session; the cookie only holds ``cle`` (hashed here)."""

    __tablename__ = "session_connexion"

    id: Mapped[int] = mapped_column(primary_key=True)
    cle_hachee: Mapped[str] = mapped_column(String(64), unique=True)
    utilisateur_id: Mapped[int] = mapped_column(
        ForeignKey("utilisateur.id", ondelete="CASCADE"), index=True
    )
    ouverte_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    vue_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    revoquee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    agent: Mapped[str] = mapped_column(String(200), default="")
    adresse: Mapped[str] = mapped_column(String(45), default="")

    utilisateur: Mapped[Utilisateur] = relationship()


class Jeton(Base):
    """A single-use secret sent by mail; only its SHA-256 is kept."""

    __tablename__ = "jeton"

    id: Mapped[int] = mapped_column(primary_key=True)
    cle_hachee: Mapped[str] = mapped_column(String(64), unique=True)
    utilisateur_id: Mapped[int] = mapped_column(
        ForeignKey("utilisateur.id", ondelete="CASCADE"), index=True
    )
    usage: Mapped[UsageJeton] = mapped_column(enum_texte(UsageJeton))
    cree_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    expire_le: Mapped[datetime] = mapped_column(DateUTC)
    utilise_le: Mapped[datetime | None] = mapped_column(DateUTC)

    utilisateur: Mapped[Utilisateur] = relationship()


class TentativeConnexion(Base):
    """One failed attempt (sign-in, reset…), to slow down whoever repeats them."""

    __tablename__ = "tentative_connexion"
    __table_args__ = (Index("ix_tentative_cle_le", "cle", "le"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cle: Mapped[str] = mapped_column(String(300))
    le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)


class Habilitation(Base, Horodate):
    """role × contrat × financeur × perimeter × dates. A delegation has ``delegue_par_id``.

    An empty perimeter means the whole contrat.
    """

    __tablename__ = "habilitation"
    __table_args__ = (
        CheckConstraint("au IS NULL OR au >= du", name="dates"),
        CheckConstraint(
            "role <> 'instructeur' OR financeur_id IS NOT NULL", name="instructeur_financeur"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    role: Mapped[RoleHabilitation] = mapped_column(enum_texte(RoleHabilitation))
    contrat_id: Mapped[int | None] = mapped_column(ForeignKey("contrat.id"), index=True)
    financeur_id: Mapped[int | None] = mapped_column(ForeignKey("financeur.id"), index=True)
    du: Mapped[date]
    au: Mapped[date | None]
    delegue_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    retiree_le: Mapped[datetime | None] = mapped_column(DateUTC)

    utilisateur: Mapped[Utilisateur] = relationship(
        back_populates="habilitations", foreign_keys=[utilisateur_id]
    )
    delegue_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[delegue_par_id])
    contrat: Mapped[Contrat | None] = relationship()
    perimetre: Mapped[list[PerimetreHabilitation]] = relationship(
        back_populates="habilitation", cascade="all, delete-orphan"
    )


class PerimetreHabilitation(Base):
    """One element of a perimeter: exactly one of the four references is set."""

    __tablename__ = "perimetre_habilitation"
    __table_args__ = (
        UniqueConstraint(
            "habilitation_id", "commune_id", "secteur_id", "quartier_id", "orientation_id"
        ),
        CheckConstraint(
            "(CASE WHEN commune_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN secteur_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN quartier_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN orientation_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="un_seul_element",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    habilitation_id: Mapped[int] = mapped_column(
        ForeignKey("habilitation.id", ondelete="CASCADE"), index=True
    )
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("commune.id"))
    secteur_id: Mapped[int | None] = mapped_column(ForeignKey("secteur.id"))
    quartier_id: Mapped[int | None] = mapped_column(ForeignKey("quartier.id"))
    orientation_id: Mapped[int | None] = mapped_column(ForeignKey("orientation.id"))

    habilitation: Mapped[Habilitation] = relationship(back_populates="perimetre")
    commune: Mapped[Commune | None] = relationship()
    secteur: Mapped[Secteur | None] = relationship()
    quartier: Mapped[Quartier | None] = relationship()
    orientation: Mapped[Orientation | None] = relationship()
