"""The line dossier × financeur × exercice, where the real state of the money lives."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Dossier
from aap.models.financeur import Enveloppe, Financeur, OrigineCredits
from aap.models.types import Centimes, enum_texte
from workflows.financement import EtatFinancement

# States in which a line draws nothing from its enveloppe (used by the triggers too). What is
# given back after a payment goes to the Treasury, never back to the enveloppe.
ETATS_SANS_CREDIT = ("non_recevable", "refuse", "ajourne", "renonce")


class Financement(Base, Horodate, Versionne):
    """Amounts are cents. ``engage`` is the amount of the signed acts; what is paid and
    justified is derived from versements and bilans, never stored here."""

    __tablename__ = "financement"
    __table_args__ = (
        UniqueConstraint("dossier_id", "financeur_id", "exercice", "origine"),
        CheckConstraint("montant_demande >= 0", name="demande_positif"),
        CheckConstraint("montant_propose IS NULL OR montant_propose >= 0", name="propose"),
        CheckConstraint("montant_arbitre IS NULL OR montant_arbitre >= 0", name="arbitre"),
        CheckConstraint("montant_vote IS NULL OR montant_vote >= 0", name="vote"),
        CheckConstraint(
            "(montant_arbitre IS NULL AND montant_vote IS NULL) OR enveloppe_id IS NOT NULL",
            name="enveloppe_requise",
        ),
        CheckConstraint(
            "montant_arbitre IS NULL OR montant_arbitre <= montant_demande OR motif_ecart <> ''",
            name="arbitre_motif",
        ),
        CheckConstraint(
            "etat NOT IN ('vote','notifie','engage','verse_partiel','verse','justifie')"
            " OR montant_vote IS NOT NULL",
            name="vote_montant",
        ),
        Index("ix_financement_financeur_etat", "financeur_id", "etat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    exercice: Mapped[int]
    origine: Mapped[OrigineCredits] = mapped_column(
        enum_texte(OrigineCredits), default=OrigineCredits.SPECIFIQUES
    )
    etat: Mapped[EtatFinancement] = mapped_column(
        enum_texte(EtatFinancement), default=EtatFinancement.SOLLICITE
    )
    enveloppe_id: Mapped[int | None] = mapped_column(ForeignKey("enveloppe.id"), index=True)
    montant_demande: Mapped[int] = mapped_column(Centimes)
    montant_propose: Mapped[int | None] = mapped_column(Centimes)
    montant_arbitre: Mapped[int | None] = mapped_column(Centimes)
    montant_vote: Mapped[int | None] = mapped_column(Centimes)
    motif_ecart: Mapped[str] = mapped_column(String(500), default="")
    motif_refus: Mapped[str] = mapped_column(String(1000), default="")
    acte_type: Mapped[str] = mapped_column(String(40), default="")
    acte_numero: Mapped[str] = mapped_column(String(60), default="")
    acte_date: Mapped[date | None]
    notifie_le: Mapped[date | None]

    dossier: Mapped[Dossier] = relationship(back_populates="financements")
    financeur: Mapped[Financeur] = relationship()
    enveloppe: Mapped[Enveloppe | None] = relationship()

    @property
    def montant_retenu(self) -> int:
        """Cents drawn on the enveloppe now: voted, else arbitrated, else nothing."""
        if self.etat.value in ETATS_SANS_CREDIT:
            return 0
        if self.montant_vote is not None:
            return self.montant_vote
        return self.montant_arbitre or 0
