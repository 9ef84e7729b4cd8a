"""Liasses de mandatement: payments handed over together to the finance software."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.liasse import numero_liasse, reference_ligne
from aap.models.base import Base, Horodate, Versionne
from aap.models.convention import Versement
from aap.models.financeur import Financeur
from aap.models.types import Centimes, DateUTC
from aap.models.utilisateur import Utilisateur


class Liasse(Base, Horodate, Versionne):
    """Payments of one funder handed over together. Triggers refuse any change of what is frozen.

    ``rang``: per funder and calendar year, without holes; a cancelled liasse keeps its own.
    ``octets``: the CSV file as it was first given (its IBAN are whole, nowhere else), ``sha256``
    its hash. ``annulee_le``: dated, with a reason, for ever.
    """

    __tablename__ = "liasse"
    __table_args__ = (
        UniqueConstraint("financeur_id", "annee", "rang"),
        CheckConstraint("rang > 0", name="rang_positif"),
        CheckConstraint(
            "(annulee_le IS NULL) = (annulee_par_id IS NULL)"
            " AND (annulee_le IS NULL) = (motif_annulation = '')",
            name="annulation",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    annee: Mapped[int]
    rang: Mapped[int]
    etablie_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    octets: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    annulee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    annulee_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    motif_annulation: Mapped[str] = mapped_column(String(500), default="")

    financeur: Mapped[Financeur] = relationship()
    etablie_par: Mapped[Utilisateur] = relationship(foreign_keys=[etablie_par_id])
    annulee_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[annulee_par_id])
    lignes: Mapped[list[LigneLiasse]] = relationship(
        back_populates="liasse", order_by="LigneLiasse.rang"
    )

    @property
    def numero(self) -> str:
        """« 2027-L003 »."""
        return numero_liasse(self.annee, self.rang)


class LigneLiasse(Base, Horodate):
    """One payment of a liasse, as it was handed over (``montant``: cents).

    ``compte``: holder and masked IBAN. ``rib_verifie``: the officer said that she had checked an
    account whose holder does not look like the organisme. ``sortie_le``: the payment was rejected
    or cancelled, or the liasse was: it may enter another one. A payment has one live line at
    most. ``message``: why the last mandate asked for it was refused.
    """

    __tablename__ = "ligne_liasse"
    __table_args__ = (
        UniqueConstraint("liasse_id", "rang"),
        CheckConstraint("montant > 0", name="montant_positif"),
        CheckConstraint("(sortie_le IS NULL) = (sortie_motif = '')", name="sortie"),
        Index(
            "ix_ligne_liasse_vivante",
            "versement_id",
            unique=True,
            sqlite_where=text("sortie_le IS NULL"),
            postgresql_where=text("sortie_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    liasse_id: Mapped[int] = mapped_column(ForeignKey("liasse.id"))
    rang: Mapped[int]
    versement_id: Mapped[int] = mapped_column(ForeignKey("versement.id"))
    montant: Mapped[int] = mapped_column(Centimes)
    exercice: Mapped[int]
    siret: Mapped[str] = mapped_column(String(14))
    beneficiaire: Mapped[str] = mapped_column(String(200))
    compte: Mapped[str] = mapped_column(String(260))
    acte_numero: Mapped[str] = mapped_column(String(20))
    numero_ej: Mapped[str] = mapped_column(String(20), default="")
    objet: Mapped[str] = mapped_column(String(300))
    rib_verifie: Mapped[bool] = mapped_column(default=False)
    sortie_le: Mapped[datetime | None] = mapped_column(DateUTC)
    sortie_motif: Mapped[str] = mapped_column(String(500), default="")
    message: Mapped[str] = mapped_column(String(500), default="")

    liasse: Mapped[Liasse] = relationship(back_populates="lignes")
    versement: Mapped[Versement] = relationship()

    @property
    def vivante(self) -> bool:
        return self.sortie_le is None

    @property
    def reference(self) -> str:
        """« 2027-L003-012 »."""
        return reference_ligne(self.liasse.numero, self.rang)
