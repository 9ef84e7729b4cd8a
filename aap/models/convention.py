"""Acts that bind the money: conventions, tranches, avenants, versements."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Dossier
from aap.models.fichier import Fichier
from aap.models.financement import Financement
from aap.models.financeur import Financeur
from aap.models.organisme import Organisme
from aap.models.types import Centimes, DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

if TYPE_CHECKING:
    from aap.models.cachet import Cachet
    from aap.models.copie_signee import CopieSignee
    from aap.models.modele_acte import TexteActe


class TypeConvention(StrEnum):
    ARRETE = "arrete"
    ANNUELLE = "annuelle"
    CPO = "cpo"

    @property
    def libelle(self) -> str:
        return {
            "arrete": "Arrêté attributif",
            "annuelle": "Convention annuelle",
            "cpo": "Convention pluriannuelle d’objectifs (CPO)",
        }[self.value]


class TypeVersement(StrEnum):
    AVANCE = "avance"
    ACOMPTE = "acompte"
    SOLDE = "solde"
    UNIQUE = "unique"

    @property
    def libelle(self) -> str:
        return {
            "avance": "Avance",
            "acompte": "Acompte",
            "solde": "Solde",
            "unique": "Versement unique",
        }[self.value]


class SurPapier:
    """What may be signed on paper: which signed copy is the signature of each party.

    ``designation``: what it is called in a sentence, « acte n° 2027-012 »; a vowel comes first.
    """

    if TYPE_CHECKING:
        copies: Mapped[list[CopieSignee]]
        signature_porteur_le: Mapped[datetime | None]
        signature_financeur_le: Mapped[datetime | None]

    @property
    def papier_porteur(self) -> CopieSignee | None:
        """The signed paper that is the porteur's signature, None when it was given by click."""
        if self.signature_porteur_le is None:
            return None
        return next((c for c in self.copies if c.tient_lieu and c.partie.porteur), None)

    @property
    def papier_financeur(self) -> CopieSignee | None:
        """The signed paper that is the funder's signature, None when it was given by click."""
        if self.signature_financeur_le is None:
            return None
        return next((c for c in self.copies if c.tient_lieu and c.partie.financeur), None)


class Convention(Base, Horodate, Versionne, SurPapier):
    """An act between one financeur and one organisme. Its total is the sum of its tranches.

    ``numero``: per financeur and year, without holes (e.g. ``2027-012``).
    """

    __tablename__ = "convention"
    __table_args__ = (
        UniqueConstraint("financeur_id", "exercice", "numero"),
        CheckConstraint("dernier_exercice >= exercice", name="exercices"),
        CheckConstraint("dernier_exercice - exercice <= 3", name="quatre_ans"),
        CheckConstraint("type = 'cpo' OR dernier_exercice = exercice", name="annuelle_un_exercice"),
        CheckConstraint(
            "etat NOT IN ('signee','en_vigueur','echue') OR signee_le IS NOT NULL", name="signee"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[TypeConvention] = mapped_column(enum_texte(TypeConvention))
    etat: Mapped[EtatConvention] = mapped_column(
        enum_texte(EtatConvention), default=EtatConvention.PROJET
    )
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    exercice: Mapped[int]
    dernier_exercice: Mapped[int]
    numero: Mapped[str] = mapped_column(String(20))
    objet: Mapped[str] = mapped_column(String(500), default="")
    echeancier: Mapped[list[Json]] = mapped_column(JSON, default=list)
    contenu: Mapped[Json | None] = mapped_column(JSON)
    sha256: Mapped[str | None] = mapped_column(String(64))
    signature_porteur_le: Mapped[datetime | None] = mapped_column(DateUTC)
    signature_porteur_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    signature_financeur_le: Mapped[datetime | None] = mapped_column(DateUTC)
    signature_financeur_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    signee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    notifiee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    motif_circonstances: Mapped[str] = mapped_column(String(1000), default="")
    fichier_id: Mapped[int | None] = mapped_column(ForeignKey("fichier.id"))

    financeur: Mapped[Financeur] = relationship()
    organisme: Mapped[Organisme] = relationship()
    dossier: Mapped[Dossier] = relationship()
    fichier: Mapped[Fichier | None] = relationship()
    signature_porteur_par: Mapped[Utilisateur | None] = relationship(
        foreign_keys=[signature_porteur_par_id]
    )
    signature_financeur_par: Mapped[Utilisateur | None] = relationship(
        foreign_keys=[signature_financeur_par_id]
    )
    tranches: Mapped[list[Tranche]] = relationship(
        back_populates="convention", order_by="Tranche.exercice"
    )
    avenants: Mapped[list[Avenant]] = relationship(
        back_populates="convention", order_by="Avenant.numero_avenant"
    )
    copies: Mapped[list[CopieSignee]] = relationship(
        "CopieSignee", back_populates="convention", order_by="CopieSignee.id"
    )
    cachet: Mapped[Cachet | None] = relationship("Cachet", back_populates="convention")
    texte: Mapped[TexteActe | None] = relationship(
        "TexteActe", back_populates="convention", cascade="all, delete-orphan"
    )

    @property
    def montant(self) -> int:
        """Cents of its exercices, those given up left out."""
        return sum(t.montant for t in self.tranches if t.etat is not EtatTranche.ABANDONNEE)

    @property
    def designation(self) -> str:
        return f"acte n° {self.numero}"


class Tranche(Base, Horodate, Versionne):
    """One exercice of a convention. A firm tranche is tied to its financement."""

    __tablename__ = "tranche"
    __table_args__ = (
        UniqueConstraint("convention_id", "exercice"),
        CheckConstraint("montant >= 0", name="montant_positif"),
        CheckConstraint("etat <> 'ferme' OR financement_id IS NOT NULL", name="ferme_financement"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    convention_id: Mapped[int] = mapped_column(ForeignKey("convention.id"))
    exercice: Mapped[int]
    montant: Mapped[int] = mapped_column(Centimes)
    etat: Mapped[EtatTranche] = mapped_column(
        enum_texte(EtatTranche), default=EtatTranche.PREVISIONNELLE
    )
    financement_id: Mapped[int | None] = mapped_column(ForeignKey("financement.id"), index=True)
    objectifs: Mapped[str] = mapped_column(Text, default="")

    convention: Mapped[Convention] = relationship(back_populates="tranches")
    financement: Mapped[Financement | None] = relationship()
    versements: Mapped[list[Versement]] = relationship(back_populates="tranche")


class Avenant(Base, Horodate, Versionne, SurPapier):
    """An amendment: what both parties change in a convention in force, once both have signed.

    ``numero_avenant``: per convention, without holes. ``objet``: why. ``effets``: one entry per
    exercice changed, ``{exercice, avant, apres[, objectifs_avant, objectifs]}`` in cents (``avant``
    is null for an exercice that the avenant adds). ``fin``: new end of the action, or None.
    ``acte_*``: the funder's vote of what the avenant adds to a firm exercice.
    """

    __tablename__ = "avenant"
    __table_args__ = (
        UniqueConstraint("convention_id", "numero_avenant"),
        CheckConstraint("numero_avenant > 0", name="numero_positif"),
        CheckConstraint("etat <> 'signe' OR signe_le IS NOT NULL", name="signe_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    convention_id: Mapped[int] = mapped_column(ForeignKey("convention.id"))
    numero_avenant: Mapped[int]
    etat: Mapped[EtatAvenant] = mapped_column(enum_texte(EtatAvenant), default=EtatAvenant.PROJET)
    objet: Mapped[str] = mapped_column(String(500))
    effets: Mapped[list[Json]] = mapped_column(JSON, default=list)
    fin: Mapped[date | None]
    acte_type: Mapped[str] = mapped_column(String(40), default="")
    acte_numero: Mapped[str] = mapped_column(String(60), default="")
    acte_date: Mapped[date | None]
    contenu: Mapped[Json | None] = mapped_column(JSON)
    sha256: Mapped[str | None] = mapped_column(String(64))
    signature_porteur_le: Mapped[datetime | None] = mapped_column(DateUTC)
    signature_porteur_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    signature_financeur_le: Mapped[datetime | None] = mapped_column(DateUTC)
    signature_financeur_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    signe_le: Mapped[date | None]

    convention: Mapped[Convention] = relationship(back_populates="avenants")
    signature_porteur_par: Mapped[Utilisateur | None] = relationship(
        foreign_keys=[signature_porteur_par_id]
    )
    signature_financeur_par: Mapped[Utilisateur | None] = relationship(
        foreign_keys=[signature_financeur_par_id]
    )
    copies: Mapped[list[CopieSignee]] = relationship(
        "CopieSignee", back_populates="avenant", order_by="CopieSignee.id"
    )
    cachet: Mapped[Cachet | None] = relationship("Cachet", back_populates="avenant")

    @property
    def designation(self) -> str:
        return f"avenant n° {self.numero_avenant} à la convention n° {self.convention.numero}"


class Versement(Base, Horodate, Versionne):
    """One payment of a tranche. The person who validates is not the one who proposed."""

    __tablename__ = "versement"
    __table_args__ = (
        UniqueConstraint("tranche_id", "rang"),
        CheckConstraint("montant > 0", name="montant_positif"),
        CheckConstraint(
            "valide_par_id IS NULL OR propose_par_id IS NULL OR valide_par_id <> propose_par_id",
            name="deux_personnes",
        ),
        CheckConstraint("etat <> 'paye' OR paye_le IS NOT NULL", name="paye_date"),
        Index("ix_versement_etat", "etat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tranche_id: Mapped[int] = mapped_column(ForeignKey("tranche.id"))
    rang: Mapped[int]
    type: Mapped[TypeVersement] = mapped_column(enum_texte(TypeVersement))
    montant: Mapped[int] = mapped_column(Centimes)
    prevu_le: Mapped[date]
    etat: Mapped[EtatVersement] = mapped_column(
        enum_texte(EtatVersement), default=EtatVersement.PREVU
    )
    propose_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    valide_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    numero_mandat: Mapped[str] = mapped_column(String(60), default="")
    numero_ej: Mapped[str] = mapped_column(String(20), default="")
    paye_le: Mapped[date | None]
    motif: Mapped[str] = mapped_column(String(500), default="")

    tranche: Mapped[Tranche] = relationship(back_populates="versements")
    propose_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[propose_par_id])
    valide_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[valide_par_id])
