"""Signed copies of acts on paper, and the scans in which they arrive several at once."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.convention import Avenant, Convention
from aap.models.fichier import Fichier
from aap.models.financeur import Financeur
from aap.models.types import DateUTC, enum_texte
from aap.models.utilisateur import Utilisateur


class PartieSignataire(StrEnum):
    PORTEUR = "porteur"
    FINANCEUR = "financeur"
    DEUX = "deux"

    @property
    def libelle(self) -> str:
        return {
            "porteur": "Le porteur",
            "financeur": "Le financeur",
            "deux": "Les deux parties",
        }[self.value]

    @property
    def porteur(self) -> bool:
        return self is not PartieSignataire.FINANCEUR

    @property
    def financeur(self) -> bool:
        return self is not PartieSignataire.PORTEUR


class CopieSignee(Base, Horodate):
    """One signed paper of an act or of an avenant. ``sha256``: hash of the text that was signed.

    ``signee_le``: day written on the paper. ``*_nom``: who signed for each party. ``code_lu``:
    the code printed on its pages was read and names this act and this text. ``signature``: the
    paper is the signature itself, not the archive of one given by click. ``retiree_le``: the
    text was sent back to be corrected, the copy proves nothing any more.
    """

    __tablename__ = "copie_signee"
    __table_args__ = (
        CheckConstraint("partie = 'financeur' OR porteur_nom <> ''", name="porteur_nomme"),
        CheckConstraint("partie = 'porteur' OR financeur_nom <> ''", name="financeur_nomme"),
        CheckConstraint(
            "(convention_id IS NULL) <> (avenant_id IS NULL)", name="un_acte_ou_un_avenant"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    convention_id: Mapped[int | None] = mapped_column(ForeignKey("convention.id"), index=True)
    avenant_id: Mapped[int | None] = mapped_column(ForeignKey("avenant.id"), index=True)
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"), unique=True)
    partie: Mapped[PartieSignataire] = mapped_column(enum_texte(PartieSignataire))
    signee_le: Mapped[date]
    porteur_nom: Mapped[str] = mapped_column(String(150), default="")
    financeur_nom: Mapped[str] = mapped_column(String(150), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    code_lu: Mapped[bool] = mapped_column(default=False)
    signature: Mapped[bool] = mapped_column(default=False)
    deposee_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    retiree_le: Mapped[datetime | None] = mapped_column(DateUTC)

    convention: Mapped[Convention | None] = relationship(back_populates="copies")
    avenant: Mapped[Avenant | None] = relationship(back_populates="copies")
    fichier: Mapped[Fichier] = relationship()
    deposee_par: Mapped[Utilisateur] = relationship()

    @property
    def tient_lieu(self) -> bool:
        """The paper is a signature in force."""
        return self.signature and self.retiree_le is None


class EtatScan(StrEnum):
    A_LIRE = "a_lire"
    LU = "lu"
    ILLISIBLE = "illisible"

    @property
    def libelle(self) -> str:
        return {
            "a_lire": "Lecture en cours",
            "lu": "Lu",
            "illisible": "Illisible",
        }[self.value]


class Scan(Base, Horodate):
    """One file that holds the signed pages of several acts of a funder."""

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"), index=True)
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"), unique=True)
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    etat: Mapped[EtatScan] = mapped_column(enum_texte(EtatScan), default=EtatScan.A_LIRE)
    pages: Mapped[int] = mapped_column(default=0)

    financeur: Mapped[Financeur] = relationship()
    fichier: Mapped[Fichier] = relationship()
    auteur: Mapped[Utilisateur] = relationship()
    lots: Mapped[list[LotPages]] = relationship(back_populates="scan", order_by="LotPages.rang")


class LotPages(Base, Horodate, Versionne):
    """Pages (from 1) of a scan that go together. ``convention_id`` or ``avenant_id``: what they
    are of, None while nobody knows. ``absentes``: pages of the act that the scan does not hold.
    ``empreinte``: start of the hash read on them. ``copie_id``: what was made of them.
    """

    __tablename__ = "lot_pages"
    __table_args__ = (
        UniqueConstraint("scan_id", "rang"),
        CheckConstraint("convention_id IS NULL OR avenant_id IS NULL", name="un_seul_acte"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"))
    rang: Mapped[int]
    pages: Mapped[list[int]] = mapped_column(JSON, default=list)
    absentes: Mapped[list[int]] = mapped_column(JSON, default=list)
    empreinte: Mapped[str] = mapped_column(String(16), default="")
    convention_id: Mapped[int | None] = mapped_column(ForeignKey("convention.id"), index=True)
    avenant_id: Mapped[int | None] = mapped_column(ForeignKey("avenant.id"), index=True)
    copie_id: Mapped[int | None] = mapped_column(ForeignKey("copie_signee.id"), unique=True)
    message: Mapped[str] = mapped_column(String(500), default="")

    scan: Mapped[Scan] = relationship(back_populates="lots")
    convention: Mapped[Convention | None] = relationship()
    avenant: Mapped[Avenant | None] = relationship()
    copie: Mapped[CopieSignee | None] = relationship()

    @property
    def objet(self) -> Convention | Avenant | None:
        """What these pages are of."""
        return self.avenant if self.avenant_id is not None else self.convention

    @property
    def acte(self) -> Convention | None:
        """The act that they concern: theirs, or the one that their avenant changes."""
        return self.avenant.convention if self.avenant is not None else self.convention

    def ranger(self, objet: Convention | Avenant) -> None:
        """Say what these pages are of."""
        self.avenant = objet if isinstance(objet, Avenant) else None
        self.convention = objet if isinstance(objet, Convention) else None
