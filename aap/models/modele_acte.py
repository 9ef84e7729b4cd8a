"""The models of acts of a funder, version by version, and which one an act was made with."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.cpo import TypeActe
from aap.domaine.horloge import aujourdhui
from aap.domaine.modele_acte import Article, de_json
from aap.models.base import Base, Horodate, Versionne
from aap.models.convention import Convention, TypeConvention
from aap.models.financeur import Financeur
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class EtatModele(StrEnum):
    BROUILLON = "brouillon"
    A_VENIR = "a_venir"
    APPLICABLE = "applicable"
    RETIRE = "retire"

    @property
    def libelle(self) -> str:
        return {
            "brouillon": "Brouillon",
            "a_venir": "À venir",
            "applicable": "Mise en vigueur",
            "retire": "Retirée",
        }[self.value]

    @property
    def ton(self) -> str:
        return {
            "brouillon": "attente",
            "a_venir": "attente",
            "applicable": "succes",
            "retire": "neutre",
        }[self.value]


class ModeleActe(Base, Horodate, Versionne):
    """One numbered version of the text of a funder for a type of act.

    A draft until ``effet_le``; from then on triggers refuse any change of its text.
    ``articles``: see ``domaine.modele_acte``; ``sha256`` is theirs once in force.
    ``retire_le``: a draft given up, or a version that no new act takes any more.
    """

    __tablename__ = "modele_acte"
    __table_args__ = (
        UniqueConstraint("financeur_id", "type", "numero"),
        CheckConstraint("numero > 0", name="numero_positif"),
        CheckConstraint(
            "(effet_le IS NULL) = (sha256 = '') AND "
            "(effet_le IS NULL) = (mis_en_vigueur_le IS NULL)",
            name="effet",
        ),
        Index(
            "ix_modele_acte_brouillon",
            "financeur_id",
            "type",
            unique=True,
            sqlite_where=text("effet_le IS NULL AND retire_le IS NULL"),
            postgresql_where=text("effet_le IS NULL AND retire_le IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    type: Mapped[TypeConvention] = mapped_column(enum_texte(TypeConvention))
    numero: Mapped[int]
    articles: Mapped[list[Json]] = mapped_column(JSON, default=list)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    effet_le: Mapped[date | None]
    mis_en_vigueur_le: Mapped[datetime | None] = mapped_column(DateUTC)
    retire_le: Mapped[datetime | None] = mapped_column(DateUTC)
    ecrit_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))

    financeur: Mapped[Financeur] = relationship()
    ecrit_par: Mapped[Utilisateur] = relationship()

    @property
    def type_acte(self) -> TypeActe:
        return TypeActe(self.type.value)

    @property
    def texte(self) -> list[Article]:
        return de_json(self.articles)

    @property
    def modifiable(self) -> bool:
        return self.effet_le is None and self.retire_le is None

    @property
    def etat(self) -> EtatModele:
        if self.retire_le is not None:
            return EtatModele.RETIRE
        if self.effet_le is None:
            return EtatModele.BROUILLON
        return EtatModele.A_VENIR if self.effet_le > aujourdhui() else EtatModele.APPLICABLE


class TexteActe(Base):
    """The version that an act sent to signature was made with; no row: the standard text.

    ``jour``: the day whose dated articles were taken.
    """

    __tablename__ = "texte_acte"

    convention_id: Mapped[int] = mapped_column(ForeignKey("convention.id"), primary_key=True)
    modele_id: Mapped[int] = mapped_column(ForeignKey("modele_acte.id"), index=True)
    jour: Mapped[date]

    convention: Mapped[Convention] = relationship(back_populates="texte")
    modele: Mapped[ModeleActe] = relationship()
