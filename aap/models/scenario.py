"""Scenarios: named allocations of a campaign, beside the real amounts, never mixed with them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.campagne import Campagne
from aap.models.financement import Financement
from aap.models.financeur import Enveloppe
from aap.models.seance import Seance
from aap.models.types import Centimes, DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur
from workflows.scenario import EtatScenario


class OrigineScenario(StrEnum):
    VIDE = "vide"
    AVIS = "avis"
    SEANCE = "seance"
    COPIE = "copie"
    CALCUL = "calcul"
    PARTAGE = "partage"

    @property
    def libelle(self) -> str:
        return {
            "vide": "Aucun montant au départ",
            "avis": "Montants proposés par les financeurs",
            "seance": "Montants saisis pour la séance",
            "copie": "Copie d’un scénario",
            "calcul": "Proposition calculée",
            "partage": "Règle de partage simple",
        }[self.value]


class EtatCalcul(StrEnum):
    AUCUN = "aucun"
    DEMANDE = "demande"
    EN_COURS = "en_cours"
    ARRET_DEMANDE = "arret_demande"
    FINI = "fini"
    ECHOUE = "echoue"


class Scenario(Base, Horodate, Versionne):
    """``numero`` grows by one at each change of an amount: who follows the page asks what came
    after the number it knows. ``parametres``: what was asked of the calculation;
    ``resultat``: what it answered (value, gap, reasons), for ever."""

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("campagne_id", "nom"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), index=True)
    nom: Mapped[str] = mapped_column(String(120))
    commentaire: Mapped[str] = mapped_column(Text, default="")
    etat: Mapped[EtatScenario] = mapped_column(
        enum_texte(EtatScenario), default=EtatScenario.BROUILLON
    )
    origine: Mapped[OrigineScenario] = mapped_column(enum_texte(OrigineScenario))
    modele_id: Mapped[int | None] = mapped_column(ForeignKey("scenario.id", ondelete="SET NULL"))
    auteur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    seance_id: Mapped[int | None] = mapped_column(ForeignKey("seance.id"))
    fige_le: Mapped[datetime | None] = mapped_column(DateUTC)
    empreinte: Mapped[str | None] = mapped_column(String(64))
    numero: Mapped[int] = mapped_column(default=0)
    calcul: Mapped[EtatCalcul] = mapped_column(enum_texte(EtatCalcul), default=EtatCalcul.AUCUN)
    avancement: Mapped[str] = mapped_column(String(200), default="")
    parametres: Mapped[Json] = mapped_column(JSON, default=dict)
    resultat: Mapped[Json | None] = mapped_column(JSON)

    campagne: Mapped[Campagne] = relationship()
    auteur: Mapped[Utilisateur | None] = relationship()
    seance: Mapped[Seance | None] = relationship()
    montants: Mapped[list[MontantScenario]] = relationship(
        cascade="all, delete-orphan", back_populates="scenario"
    )


class MontantScenario(Base):
    """Cents that a scenario gives to a line, from one enveloppe.

    ``numero``: that of the scenario at the last change (also the version of the cell);
    ``verrouille``: a calculation may not change it. A cell that was emptied keeps its row with
    no amount, so that those who follow learn it.
    """

    __tablename__ = "montant_scenario"
    __table_args__ = (
        CheckConstraint("montant IS NULL OR montant >= 0", name="montant_positif"),
        CheckConstraint("montant IS NULL OR enveloppe_id IS NOT NULL", name="enveloppe_requise"),
        Index("ix_montant_scenario_numero", "scenario_id", "numero"),
    )

    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenario.id", ondelete="CASCADE"), primary_key=True
    )
    financement_id: Mapped[int] = mapped_column(ForeignKey("financement.id"), primary_key=True)
    enveloppe_id: Mapped[int | None] = mapped_column(ForeignKey("enveloppe.id"))
    montant: Mapped[int | None] = mapped_column(Centimes)
    motif_ecart: Mapped[str] = mapped_column(String(500), default="")
    verrouille: Mapped[bool] = mapped_column(default=False)
    numero: Mapped[int] = mapped_column(default=0)
    modifie_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    modifie_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant, onupdate=maintenant)

    scenario: Mapped[Scenario] = relationship(back_populates="montants")
    financement: Mapped[Financement] = relationship()
    enveloppe: Mapped[Enveloppe | None] = relationship()
