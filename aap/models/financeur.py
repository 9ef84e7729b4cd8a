"""Those who pay, and their enveloppes."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.referentiel import Commune, Contrat, Orientation, Quartier
from aap.models.types import Centimes, Json, enum_texte


class TypeFinanceur(StrEnum):
    ETAT = "etat"
    EPT = "ept"
    COMMUNE = "commune"
    DEPARTEMENT = "departement"
    CAF = "caf"
    CPAM = "cpam"
    ARS = "ars"
    DRAC = "drac"
    BAILLEUR = "bailleur"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "etat": "État",
            "ept": "Établissement public territorial",
            "commune": "Commune",
            "departement": "Département",
            "caf": "Caisse d’allocations familiales",
            "cpam": "Assurance maladie",
            "ars": "Agence régionale de santé",
            "drac": "Affaires culturelles",
            "bailleur": "Bailleur social",
            "autre": "Autre financeur",
        }[self.value]


class OrigineCredits(StrEnum):
    SPECIFIQUES = "credits_specifiques"
    DROIT_COMMUN = "droit_commun"

    @property
    def libelle(self) -> str:
        return {
            "credits_specifiques": "Crédits spécifiques politique de la ville",
            "droit_commun": "Droit commun",
        }[self.value]


class Financeur(Base, Horodate):
    """A funder of a contrat. ``engagements``: list of {titre, texte, reference}."""

    __tablename__ = "financeur"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    nom: Mapped[str] = mapped_column(String(200))
    sigle: Mapped[str] = mapped_column(String(40), default="")
    type: Mapped[TypeFinanceur] = mapped_column(enum_texte(TypeFinanceur))
    departement: Mapped[str | None] = mapped_column(String(3))
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("commune.id"))
    siret: Mapped[str | None] = mapped_column(String(14))
    service: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(254), default="")
    engagements: Mapped[list[Json]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(1000), default="")
    actif: Mapped[bool] = mapped_column(default=True)

    contrat: Mapped[Contrat] = relationship()
    commune: Mapped[Commune | None] = relationship()


enveloppe_commune = Table(
    "enveloppe_commune",
    Base.metadata,
    Column("enveloppe_id", ForeignKey("enveloppe.id", ondelete="CASCADE"), primary_key=True),
    Column("commune_id", ForeignKey("commune.id"), primary_key=True),
)
enveloppe_quartier = Table(
    "enveloppe_quartier",
    Base.metadata,
    Column("enveloppe_id", ForeignKey("enveloppe.id", ondelete="CASCADE"), primary_key=True),
    Column("quartier_id", ForeignKey("quartier.id"), primary_key=True),
)
enveloppe_orientation = Table(
    "enveloppe_orientation",
    Base.metadata,
    Column("enveloppe_id", ForeignKey("enveloppe.id", ondelete="CASCADE"), primary_key=True),
    Column("orientation_id", ForeignKey("orientation.id"), primary_key=True),
)


class Enveloppe(Base, Horodate, Versionne):
    """Money of one financeur for one campagne; a tree by ``parent_id``.

    Σ children + Σ lines drawn on it <= ``montant``: refused by triggers on both databases
    (migrations), not only here. Eligibility lists that are empty do not restrict.
    ``taux_max_pour_mille`` is the highest share of the action's budget, in thousandths.
    """

    __tablename__ = "enveloppe"
    __table_args__ = (
        UniqueConstraint("campagne_id", "code"),
        CheckConstraint("montant >= 0", name="montant_positif"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent_autre"),
        CheckConstraint(
            "montant_min IS NULL OR montant_max IS NULL OR montant_min <= montant_max",
            name="bornes",
        ),
        CheckConstraint(
            "taux_max_pour_mille IS NULL OR taux_max_pour_mille BETWEEN 1 AND 1000", name="taux"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"), index=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("enveloppe.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    libelle: Mapped[str] = mapped_column(String(200))
    montant: Mapped[int] = mapped_column(Centimes)
    origine: Mapped[OrigineCredits] = mapped_column(
        enum_texte(OrigineCredits), default=OrigineCredits.SPECIFIQUES
    )
    programme: Mapped[str] = mapped_column(String(40), default="")
    departement: Mapped[str | None] = mapped_column(String(3))
    formes_juridiques: Mapped[list[str]] = mapped_column(JSON, default=list)
    montant_min: Mapped[int | None] = mapped_column(Centimes)
    montant_max: Mapped[int | None] = mapped_column(Centimes)
    taux_max_pour_mille: Mapped[int | None]

    financeur: Mapped[Financeur] = relationship()
    parent: Mapped[Enveloppe | None] = relationship(remote_side=[id], back_populates="enfants")
    enfants: Mapped[list[Enveloppe]] = relationship(back_populates="parent")
    communes: Mapped[list[Commune]] = relationship(secondary=enveloppe_commune)
    quartiers: Mapped[list[Quartier]] = relationship(secondary=enveloppe_quartier)
    orientations: Mapped[list[Orientation]] = relationship(secondary=enveloppe_orientation)
