"""Sharing the dossiers of a campaign out: rules, working time, absences, computed proposals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate
from aap.models.campagne import Campagne
from aap.models.dossier import Dossier
from aap.models.financeur import Financeur
from aap.models.referentiel import Commune, Orientation, Secteur
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class RegleAffectation(Base, Horodate):
    """Dossiers that match every criterion given go to this person of this funder.

    ``obligatoire``: nobody else of that funder while one such person is possible; else a
    preference. ``sollicite_id``: a funder that the dossier asks.
    """

    __tablename__ = "regle_affectation"

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), index=True)
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("commune.id"))
    secteur_id: Mapped[int | None] = mapped_column(ForeignKey("secteur.id"))
    orientation_id: Mapped[int | None] = mapped_column(ForeignKey("orientation.id"))
    sollicite_id: Mapped[int | None] = mapped_column(ForeignKey("financeur.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    obligatoire: Mapped[bool] = mapped_column(default=False)

    campagne: Mapped[Campagne] = relationship()
    commune: Mapped[Commune | None] = relationship()
    secteur: Mapped[Secteur | None] = relationship()
    orientation: Mapped[Orientation | None] = relationship()
    sollicite: Mapped[Financeur | None] = relationship(foreign_keys=[sollicite_id])
    utilisateur: Mapped[Utilisateur] = relationship()
    financeur: Mapped[Financeur] = relationship(foreign_keys=[financeur_id])


class CapaciteInstruction(Base):
    """Working time of an instructor on a campaign: ``part`` in percent of a full time, and the
    most dossiers she may be given (None: no limit)."""

    __tablename__ = "capacite_instruction"
    __table_args__ = (
        CheckConstraint("part BETWEEN 5 AND 100", name="part"),
        CheckConstraint("plafond IS NULL OR plafond >= 0", name="plafond"),
    )

    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), primary_key=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"), primary_key=True)
    part: Mapped[int] = mapped_column(default=100)
    plafond: Mapped[int | None]


class Absence(Base, Horodate):
    """Days (both included, Europe/Paris) when somebody is away; who sees her work meanwhile."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("au >= du", name="dates"),
        CheckConstraint(
            "remplacant_id IS NULL OR remplacant_id <> utilisateur_id", name="remplacant"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    du: Mapped[date]
    au: Mapped[date]
    remplacant_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    declaree_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    annulee_le: Mapped[datetime | None] = mapped_column(DateUTC)

    utilisateur: Mapped[Utilisateur] = relationship(foreign_keys=[utilisateur_id])
    remplacant: Mapped[Utilisateur | None] = relationship(foreign_keys=[remplacant_id])


class Passation(Base):
    """A dossier passed from one instructor of a funder to another, with the work begun."""

    __tablename__ = "passation"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    de_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    a_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    motif: Mapped[str] = mapped_column(String(500), default="")
    le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    de: Mapped[Utilisateur] = relationship(foreign_keys=[de_id])


class EtatRepartition(StrEnum):
    CALCUL = "calcul"
    PROPOSEE = "proposee"
    APPLICATION = "application"
    APPLIQUEE = "appliquee"
    ANNULATION = "annulation"
    ANNULEE = "annulee"
    ECHEC = "echec"

    @property
    def libelle(self) -> str:
        return {
            "calcul": "En calcul",
            "proposee": "Proposition à examiner",
            "application": "En cours d’application",
            "appliquee": "Appliquée",
            "annulation": "En cours d’annulation",
            "annulee": "Annulée",
            "echec": "Non calculée",
        }[self.value]


class EtatLigneRepartition(StrEnum):
    PROPOSEE = "proposee"
    FAITE = "faite"
    REFUSEE = "refusee"
    ANNULEE = "annulee"
    PERSONNE = "personne"

    @property
    def libelle(self) -> str:
        return {
            "proposee": "Proposé",
            "faite": "Confié",
            "refusee": "Non fait",
            "annulee": "Annulé",
            "personne": "Personne",
        }[self.value]


class Repartition(Base, Horodate):
    """A computed sharing out. ``par_financeur``: one person of each funder asked; else one person
    for each dossier that nobody has. ``bilan``: what the calculation says of itself."""

    __tablename__ = "repartition"

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), index=True)
    par_financeur: Mapped[bool] = mapped_column(default=False)
    etat: Mapped[EtatRepartition] = mapped_column(
        enum_texte(EtatRepartition), default=EtatRepartition.CALCUL
    )
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    bilan: Mapped[Json] = mapped_column(JSON, default=dict)

    campagne: Mapped[Campagne] = relationship()
    auteur: Mapped[Utilisateur] = relationship()


class LigneRepartition(Base):
    """One dossier of a proposal; ``raison``: why this person, in plain words."""

    __tablename__ = "ligne_repartition"
    __table_args__ = (Index("ix_ligne_repartition_etat", "repartition_id", "etat"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    repartition_id: Mapped[int] = mapped_column(ForeignKey("repartition.id", ondelete="CASCADE"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    utilisateur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    financeur_id: Mapped[int | None] = mapped_column(ForeignKey("financeur.id"))
    raison: Mapped[str] = mapped_column(Text, default="")
    etat: Mapped[EtatLigneRepartition] = mapped_column(
        enum_texte(EtatLigneRepartition), default=EtatLigneRepartition.PROPOSEE
    )
    message: Mapped[str] = mapped_column(String(500), default="")

    repartition: Mapped[Repartition] = relationship()
    dossier: Mapped[Dossier] = relationship()
    utilisateur: Mapped[Utilisateur | None] = relationship()
    financeur: Mapped[Financeur | None] = relationship()
