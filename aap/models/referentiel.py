"""The contrat de ville as data: orientations, quartiers, fiches, indicators."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base
from aap.models.types import DateUTC, Json


class Retirable:
    """Rows that dossiers may use are never deleted: they are retired."""

    retire_le: Mapped[datetime | None] = mapped_column(DateUTC)


class Contrat(Base, Retirable):
    """One contrat de ville. ``regles``: contract-wide rules (objectif_cpo, poches, fpcc)."""

    __tablename__ = "contrat"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    nom: Mapped[str] = mapped_column(String(300))
    pilote_nom: Mapped[str] = mapped_column(String(300), default="")
    pilote_siren: Mapped[str] = mapped_column(String(9), default="")
    debut: Mapped[int]
    fin: Mapped[int]
    regles: Mapped[Json] = mapped_column(JSON, default=dict)
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    empreinte: Mapped[str] = mapped_column(String(64), default="")

    orientations: Mapped[list[Orientation]] = relationship(
        back_populates="contrat", order_by="Orientation.ordre"
    )
    secteurs: Mapped[list[Secteur]] = relationship(back_populates="contrat")
    communes: Mapped[list[Commune]] = relationship(back_populates="contrat")
    quartiers: Mapped[list[Quartier]] = relationship(back_populates="contrat")
    themes: Mapped[list[Theme]] = relationship(back_populates="contrat")


class Secteur(Base, Retirable):
    __tablename__ = "secteur"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    nom: Mapped[str] = mapped_column(String(120))

    contrat: Mapped[Contrat] = relationship(back_populates="secteurs")


quartier_commune = Table(
    "quartier_commune",
    Base.metadata,
    Column("quartier_id", ForeignKey("quartier.id"), primary_key=True),
    Column("commune_id", ForeignKey("commune.id"), primary_key=True, index=True),
)
theme_orientation = Table(
    "theme_orientation",
    Base.metadata,
    Column("theme_id", ForeignKey("theme.id"), primary_key=True),
    Column("orientation_id", ForeignKey("orientation.id"), primary_key=True),
)
fiche_quartier = Table(
    "fiche_quartier",
    Base.metadata,
    Column("fiche_id", ForeignKey("fiche.id"), primary_key=True),
    Column("quartier_id", ForeignKey("quartier.id"), primary_key=True, index=True),
)


class Commune(Base, Retirable):
    """``code`` is the slug used in addresses; ``hors_perimetre``: outside the EPT."""

    __tablename__ = "commune"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    nom: Mapped[str] = mapped_column(String(120))
    code_insee: Mapped[str] = mapped_column(String(5), default="")
    departement: Mapped[str] = mapped_column(String(3), default="")
    hors_perimetre: Mapped[bool] = mapped_column(default=False)
    secteur_id: Mapped[int | None] = mapped_column(ForeignKey("secteur.id"))
    recherche: Mapped[str] = mapped_column(String(500), default="")

    contrat: Mapped[Contrat] = relationship(back_populates="communes")
    secteur: Mapped[Secteur | None] = relationship()
    quartiers: Mapped[list[Quartier]] = relationship(
        secondary=quartier_commune, back_populates="communes"
    )


class Orientation(Base, Retirable):
    __tablename__ = "orientation"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(20))
    ordre: Mapped[int]
    titre: Mapped[str] = mapped_column(String(500))
    axe: Mapped[str] = mapped_column(String(300), default="")
    transversale: Mapped[bool] = mapped_column(default=False)
    recherche: Mapped[str] = mapped_column(Text, default="")

    contrat: Mapped[Contrat] = relationship(back_populates="orientations")
    objectifs_strategiques: Mapped[list[ObjectifStrategique]] = relationship(
        back_populates="orientation", order_by="ObjectifStrategique.ordre"
    )


class ObjectifStrategique(Base, Retirable):
    __tablename__ = "objectif_strategique"
    __table_args__ = (UniqueConstraint("orientation_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    orientation_id: Mapped[int] = mapped_column(ForeignKey("orientation.id"))
    code: Mapped[str] = mapped_column(String(20))
    ordre: Mapped[int]
    titre: Mapped[str] = mapped_column(Text)

    orientation: Mapped[Orientation] = relationship(back_populates="objectifs_strategiques")
    objectifs_operationnels: Mapped[list[ObjectifOperationnel]] = relationship(
        back_populates="objectif_strategique", order_by="ObjectifOperationnel.ordre"
    )
    dispositifs: Mapped[list[Dispositif]] = relationship(order_by="Dispositif.ordre")


class ObjectifOperationnel(Base, Retirable):
    __tablename__ = "objectif_operationnel"
    __table_args__ = (UniqueConstraint("objectif_strategique_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    objectif_strategique_id: Mapped[int] = mapped_column(ForeignKey("objectif_strategique.id"))
    code: Mapped[str] = mapped_column(String(20))
    ordre: Mapped[int]
    titre: Mapped[str] = mapped_column(Text)

    objectif_strategique: Mapped[ObjectifStrategique] = relationship(
        back_populates="objectifs_operationnels"
    )


class Dispositif(Base, Retirable):
    __tablename__ = "dispositif"

    id: Mapped[int] = mapped_column(primary_key=True)
    objectif_strategique_id: Mapped[int] = mapped_column(
        ForeignKey("objectif_strategique.id"), index=True
    )
    ordre: Mapped[int]
    nom: Mapped[str] = mapped_column(Text)


class Theme(Base, Retirable):
    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    ordre: Mapped[int] = mapped_column(default=0)
    titre: Mapped[str] = mapped_column(String(300))

    contrat: Mapped[Contrat] = relationship(back_populates="themes")
    orientations: Mapped[list[Orientation]] = relationship(
        secondary=theme_orientation, order_by="Orientation.ordre"
    )


class Quartier(Base, Retirable):
    """``type``: qpv, poche (poche de pauvreté) or autre. ``note``: a doubt shown on screen."""

    __tablename__ = "quartier"
    __table_args__ = (
        UniqueConstraint("contrat_id", "code"),
        Index("ix_quartier_secteur", "secteur_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(60))
    code_qpv: Mapped[str | None] = mapped_column(String(8))
    nom: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20), default="qpv")
    secteur_id: Mapped[int | None] = mapped_column(ForeignKey("secteur.id"))
    departement: Mapped[str] = mapped_column(String(3), default="")
    intercommunal: Mapped[bool] = mapped_column(default=False)
    statut_2024: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    recherche: Mapped[str] = mapped_column(Text, default="")

    contrat: Mapped[Contrat] = relationship(back_populates="quartiers")
    secteur: Mapped[Secteur | None] = relationship()
    communes: Mapped[list[Commune]] = relationship(
        secondary=quartier_commune, back_populates="quartiers", order_by="Commune.nom"
    )
    fiches: Mapped[list[Fiche]] = relationship(
        secondary=fiche_quartier, back_populates="quartiers", order_by="Fiche.code"
    )


class ContourQuartier(Base):
    """The outline of a quartier. ``surfaces``: polygons, each a list of rings (the first is the
    outer one), each a list of [longitude, latitude] in millionths of a degree (WGS 84).
    ``source``: file that gave it.
    """

    __tablename__ = "contour_quartier"

    quartier_id: Mapped[int] = mapped_column(
        ForeignKey("quartier.id", ondelete="CASCADE"), primary_key=True
    )
    surfaces: Mapped[list[list[list[list[int]]]]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(200), default="")
    charge_le: Mapped[datetime] = mapped_column(DateUTC)


class Fiche(Base, Retirable):
    """A fiche of the contract. ``themes_fiche_id``: the (commune) fiche that holds its themes."""

    __tablename__ = "fiche"
    __table_args__ = (UniqueConstraint("contrat_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contrat_id: Mapped[int] = mapped_column(ForeignKey("contrat.id"))
    code: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(20))
    titre: Mapped[str] = mapped_column(String(300))
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("commune.id"))
    themes_fiche_id: Mapped[int | None] = mapped_column(ForeignKey("fiche.id"))
    ambitions: Mapped[list[str]] = mapped_column(JSON, default=list)
    axes: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="")

    commune: Mapped[Commune | None] = relationship()
    themes_fiche: Mapped[Fiche | None] = relationship(remote_side=[id])
    quartiers: Mapped[list[Quartier]] = relationship(
        secondary=fiche_quartier, back_populates="fiches"
    )
    indicateurs: Mapped[list[IndicateurQuartier]] = relationship(back_populates="fiche")
    sections: Mapped[list[SectionTheme]] = relationship(back_populates="fiche")


class IndicateurQuartier(Base, Retirable):
    """One figure of a fiche, in exact thousandths of ``unite``. ``ecarte``: printed in the
    contract but set aside as doubtful; never used in a computation, ``note`` says why."""

    __tablename__ = "indicateur_quartier"
    __table_args__ = (UniqueConstraint("fiche_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiche.id"))
    code: Mapped[str] = mapped_column(String(60))
    valeur_milliemes: Mapped[int]
    unite: Mapped[str] = mapped_column(String(30))
    annee: Mapped[int | None]
    ecarte: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")

    fiche: Mapped[Fiche] = relationship(back_populates="indicateurs")


class SectionTheme(Base, Retirable):
    """One theme of one fiche."""

    __tablename__ = "section_theme"
    __table_args__ = (UniqueConstraint("fiche_id", "theme_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiche.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"))
    note: Mapped[str] = mapped_column(Text, default="")

    fiche: Mapped[Fiche] = relationship(back_populates="sections")
    theme: Mapped[Theme] = relationship()
    objectifs: Mapped[list[ObjectifLocal]] = relationship(
        back_populates="section", order_by="ObjectifLocal.ordre"
    )
    indicateurs_evaluation: Mapped[list[IndicateurEvaluation]] = relationship(
        back_populates="section", order_by="IndicateurEvaluation.ordre"
    )


class ObjectifLocal(Base, Retirable):
    """A local objective, as printed. ``niveau``: strategique or operationnel. ``groupe``: the
    table row of the fiche: operational objectives answer the strategic ones of their group."""

    __tablename__ = "objectif_local"
    __table_args__ = (Index("ix_objectif_local_section", "section_id", "ordre"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section_theme.id"))
    niveau: Mapped[str] = mapped_column(String(20))
    groupe: Mapped[int]
    ordre: Mapped[int]
    texte: Mapped[str] = mapped_column(Text)

    section: Mapped[SectionTheme] = relationship(back_populates="objectifs")


class IndicateurEvaluation(Base, Retirable):
    __tablename__ = "indicateur_evaluation"
    __table_args__ = (Index("ix_indicateur_evaluation_section", "section_id", "ordre"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section_theme.id"))
    ordre: Mapped[int]
    texte: Mapped[str] = mapped_column(Text)

    section: Mapped[SectionTheme] = relationship(back_populates="indicateurs_evaluation")
