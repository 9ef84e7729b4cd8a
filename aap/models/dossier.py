"""The dossier: one action asked for one exercice (or several)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.questionnaire_socle import PLURIANNUELS, Profil
from aap.models.base import Base, Horodate, Versionne
from aap.models.campagne import Campagne, TypeCampagne
from aap.models.fichier import Fichier
from aap.models.financeur import OrigineCredits
from aap.models.organisme import Organisme
from aap.models.referentiel import (
    IndicateurEvaluation,
    ObjectifLocal,
    ObjectifOperationnel,
    Orientation,
    Quartier,
    Theme,
)
from aap.models.types import Centimes, DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur
from workflows.dossier import EtatDossier

if TYPE_CHECKING:
    from aap.models.financement import Financement


class TypeDossier(StrEnum):
    ACTION = "action"
    FONCTIONNEMENT = "fonctionnement"
    PRE = "pre"
    ADULTE_RELAIS = "adulte_relais"
    MICRO_PROJET = "micro_projet"

    @property
    def libelle(self) -> str:
        return {
            "action": "Action",
            "fonctionnement": "Fonctionnement d’une petite association",
            "pre": "Programme de réussite éducative",
            "adulte_relais": "Adulte-relais",
            "micro_projet": "Micro-projet (fonds participatif)",
        }[self.value]


dossier_objectif = Table(
    "dossier_objectif",
    Base.metadata,
    Column("dossier_id", ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True),
    Column("objectif_operationnel_id", ForeignKey("objectif_operationnel.id"), primary_key=True),
)
dossier_objectif_local = Table(
    "dossier_objectif_local",
    Base.metadata,
    Column("dossier_id", ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True),
    Column("objectif_local_id", ForeignKey("objectif_local.id"), primary_key=True),
)


class Dossier(Base, Horodate, Versionne):
    """What is asked. Texts typed by the porteur are in ``Reponse`` (one row per field, kept as
    typed even when not valid); the columns here are their readable projection, used by lists,
    refreshed at each save and checked by ``flask verifier``.

    ``numero``: given at the first transmission, e.g. ``2027-0042``.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        UniqueConstraint("campagne_id", "numero"),
        CheckConstraint("duree_annees BETWEEN 1 AND 4", name="duree"),
        CheckConstraint("montant_demande >= 0", name="montant_positif"),
        CheckConstraint(
            "etat IN ('brouillon','en_attente_signature','caduc','retire','sans_suite')"
            " OR depose_le IS NOT NULL",
            name="depose_date",
        ),
        Index("ix_dossier_campagne_etat", "campagne_id", "etat"),
        Index("ix_dossier_campagne_intitule", "campagne_id", "intitule_recherche"),
        Index(  # counts, totals and sorts of the agents' lists, without reading the rows
            "ix_dossier_liste",
            "campagne_id",
            "etat",
            "montant_demande",
            "depose_le",
            "orientation_id",
            "organisme_id",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campagne_id: Mapped[int] = mapped_column(ForeignKey("campagne.id"))
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"), index=True)
    precedent_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))
    # The dossier whose CPO in force this one continues for one year (light form).
    cpo_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"))
    type: Mapped[TypeDossier] = mapped_column(enum_texte(TypeDossier), default=TypeDossier.ACTION)
    etat: Mapped[EtatDossier] = mapped_column(
        enum_texte(EtatDossier), default=EtatDossier.BROUILLON
    )
    numero: Mapped[str | None] = mapped_column(String(20))
    intitule: Mapped[str] = mapped_column(String(200), default="")
    intitule_recherche: Mapped[str] = mapped_column(String(500), default="")
    orientation_id: Mapped[int | None] = mapped_column(ForeignKey("orientation.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    date_debut: Mapped[date | None]
    date_fin: Mapped[date | None]
    beneficiaires: Mapped[int | None]
    part_qpv: Mapped[int | None]  # percent of the public living in a QPV
    duree_annees: Mapped[int] = mapped_column(default=1)
    montant_demande: Mapped[int] = mapped_column(Centimes, default=0)
    total_charges: Mapped[int] = mapped_column(Centimes, default=0)
    depose_le: Mapped[datetime | None] = mapped_column(DateUTC)
    depose_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    instructeur_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    accepte_hors_delai_motif: Mapped[str] = mapped_column(String(500), default="")

    campagne: Mapped[Campagne] = relationship()
    organisme: Mapped[Organisme] = relationship()
    precedent: Mapped[Dossier | None] = relationship(foreign_keys=[precedent_id], remote_side=[id])
    cpo: Mapped[Dossier | None] = relationship(foreign_keys=[cpo_id], remote_side=[id])
    orientation: Mapped[Orientation | None] = relationship()
    theme: Mapped[Theme | None] = relationship()
    depose_par: Mapped[Utilisateur | None] = relationship(foreign_keys=[depose_par_id])
    instructeur: Mapped[Utilisateur | None] = relationship(foreign_keys=[instructeur_id])
    objectifs: Mapped[list[ObjectifOperationnel]] = relationship(secondary=dossier_objectif)
    objectifs_locaux: Mapped[list[ObjectifLocal]] = relationship(secondary=dossier_objectif_local)
    reponses: Mapped[list[Reponse]] = relationship(cascade="all, delete-orphan")
    quartiers: Mapped[list[DossierQuartier]] = relationship(
        cascade="all, delete-orphan", back_populates="dossier"
    )
    lignes: Mapped[list[LigneBudget]] = relationship(
        cascade="all, delete-orphan", back_populates="dossier", order_by="LigneBudget.rang"
    )
    indicateurs: Mapped[list[IndicateurDossier]] = relationship(cascade="all, delete-orphan")
    financements: Mapped[list[Financement]] = relationship(
        back_populates="dossier", order_by="Financement.id"
    )
    depots: Mapped[list[Depot]] = relationship(
        back_populates="dossier", order_by="Depot.numero_depot"
    )

    @property
    def reference(self) -> str:
        return self.numero or f"brouillon {self.id}"

    @property
    def profil(self) -> Profil:
        """Which form this dossier has; only the annual call takes requests for several years."""
        pluriannuel = (
            self.cpo_id is None
            and self.type.value in PLURIANNUELS
            and self.campagne.type is TypeCampagne.AAP_ANNUEL
        )
        return Profil(
            self.type.value,
            annees=(self.duree_annees or 1) if pluriannuel else 1,
            pluriannuel=pluriannuel,
            tranche=self.cpo_id is not None,
        )


class Reponse(Base):
    """One answer, as typed. ``version`` grows at each save: two writers are told apart."""

    __tablename__ = "reponse"

    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True
    )
    champ: Mapped[str] = mapped_column(String(60), primary_key=True)
    valeur: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    modifie_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant, onupdate=maintenant)
    modifie_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))


class DossierQuartier(Base):
    """A quartier aimed at, with the share of the public (percent) when known."""

    __tablename__ = "dossier_quartier"
    __table_args__ = (CheckConstraint("part IS NULL OR part BETWEEN 0 AND 100", name="part"),)

    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True
    )
    quartier_id: Mapped[int] = mapped_column(
        ForeignKey("quartier.id"), primary_key=True, index=True
    )
    part: Mapped[int | None]

    dossier: Mapped[Dossier] = relationship(back_populates="quartiers")
    quartier: Mapped[Quartier] = relationship()


class CoteBudget(StrEnum):
    CHARGE = "charge"
    PRODUIT = "produit"


class EtatProduit(StrEnum):
    DEMANDE = "demande"
    ACQUIS = "acquis"
    ENVISAGE = "envisage"

    @property
    def libelle(self) -> str:
        return {"demande": "Demandé", "acquis": "Acquis", "envisage": "Envisagé"}[self.value]


class LigneBudget(Base):
    """One line of the budget. ``saisie`` keeps what was typed; ``montant`` is it in cents.

    ``annee`` is 1 for the year of the dossier, 2 to 4 for a CPO's following years.
    A produit 74 asked from a funder of this call has ``financement_id``; for another funder
    ``origine`` says, when it is known, whether its credits are those of the politique de la ville.
    """

    __tablename__ = "ligne_budget"
    __table_args__ = (
        CheckConstraint("montant IS NULL OR montant >= 0", name="montant_positif"),
        Index("ix_ligne_budget_dossier", "dossier_id", "annee"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id", ondelete="CASCADE"))
    annee: Mapped[int] = mapped_column(default=1)
    cote: Mapped[CoteBudget] = mapped_column(enum_texte(CoteBudget))
    compte: Mapped[str] = mapped_column(String(20))
    libelle: Mapped[str] = mapped_column(String(200), default="")
    rang: Mapped[int] = mapped_column(default=0)
    saisie: Mapped[str] = mapped_column(String(40), default="")
    montant: Mapped[int | None] = mapped_column(Centimes)
    etat_produit: Mapped[EtatProduit | None] = mapped_column(enum_texte(EtatProduit))
    origine: Mapped[OrigineCredits | None] = mapped_column(enum_texte(OrigineCredits))
    financement_id: Mapped[int | None] = mapped_column(
        ForeignKey("financement.id", ondelete="SET NULL")
    )

    dossier: Mapped[Dossier] = relationship(back_populates="lignes")


class IndicateurDossier(Base):
    """An evaluation indicator the porteur commits to, from a fiche or own words."""

    __tablename__ = "indicateur_dossier"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossier.id", ondelete="CASCADE"), index=True
    )
    indicateur_evaluation_id: Mapped[int | None] = mapped_column(
        ForeignKey("indicateur_evaluation.id")
    )
    libelle: Mapped[str] = mapped_column(String(500))
    cible: Mapped[str] = mapped_column(String(200), default="")
    mode_mesure: Mapped[str] = mapped_column(String(500), default="")

    indicateur_evaluation: Mapped[IndicateurEvaluation | None] = relationship()


class PieceDossier(Base):
    """A file joined to the dossier; a removed one stays readable in the depots."""

    __tablename__ = "piece_dossier"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"))
    libelle: Mapped[str] = mapped_column(String(200), default="")
    retiree_le: Mapped[datetime | None] = mapped_column(DateUTC)

    fichier: Mapped[Fichier] = relationship()


class Depot(Base):
    """What was deposited, for ever: canonical JSON and its SHA-256."""

    __tablename__ = "depot"
    __table_args__ = (UniqueConstraint("dossier_id", "numero_depot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    numero_depot: Mapped[int]
    contenu: Mapped[Json] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    depose_le: Mapped[datetime] = mapped_column(DateUTC)
    depose_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    recepisse_id: Mapped[int | None] = mapped_column(ForeignKey("fichier.id"))

    dossier: Mapped[Dossier] = relationship(back_populates="depots")
    depose_par: Mapped[Utilisateur] = relationship()


class DemandeComplement(Base):
    """What an instructor asks for; the legal delay is suspended until it is answered.

    ``reponses``: one text per entry of ``elements``, kept while the porteur writes them.
    ``renvois``: where each entry is answered (``requetes.renvois``), « » when it is not said.
    """

    __tablename__ = "demande_complement"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    demandee_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    demandee_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    echeance: Mapped[date]
    texte: Mapped[str] = mapped_column(Text)
    elements: Mapped[list[str]] = mapped_column(JSON, default=list)
    bloquante: Mapped[bool] = mapped_column(default=True)
    repondue_le: Mapped[datetime | None] = mapped_column(DateUTC)
    reponse: Mapped[str] = mapped_column(Text, default="")
    reponses: Mapped[list[str]] = mapped_column(JSON, default=list)
    renvois: Mapped[list[str]] = mapped_column(JSON, default=list)

    demandee_par: Mapped[Utilisateur] = relationship()

    @property
    def en_retard(self) -> bool:
        """The last day to answer is over (Paris), and nothing came."""
        return self.repondue_le is None and aujourdhui() > self.echeance


class Message(Base):
    """The thread between the porteur and the instructors (never scores)."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    du_porteur: Mapped[bool]
    texte: Mapped[str] = mapped_column(Text)
    le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    auteur: Mapped[Utilisateur] = relationship()
