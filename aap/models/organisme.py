"""The bodies that ask for money, their members and what they have given once."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.models.base import Base, Horodate, Versionne
from aap.models.fichier import Fichier
from aap.models.types import Centimes, DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class FormeJuridique(StrEnum):
    ASSOCIATION = "association"
    FONDATION = "fondation"
    COMMUNE = "commune"
    ETABLISSEMENT_SCOLAIRE = "etablissement_scolaire"
    ETABLISSEMENT_PUBLIC = "etablissement_public"
    BAILLEUR = "bailleur"
    GIP = "gip"
    COOPERATIVE = "cooperative"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "association": "Association",
            "fondation": "Fondation",
            "commune": "Commune, CCAS ou caisse des écoles",
            "etablissement_scolaire": "Collège, lycée ou école",
            "etablissement_public": "Autre établissement public",
            "bailleur": "Bailleur social",
            "gip": "Groupement d’intérêt public (GIP)",
            "cooperative": "Coopérative (SCIC, SCOP)",
            "autre": "Autre organisme",
        }[self.value]

    @property
    def signe_le_cer(self) -> bool:
        """Loi 2000-321 art. 10-1: only associations and foundations sign the CER."""
        return self in (FormeJuridique.ASSOCIATION, FormeJuridique.FONDATION)


class RoleMembre(StrEnum):
    REDACTEUR = "redacteur"
    SIGNATAIRE = "signataire"

    @property
    def libelle(self) -> str:
        return {"redacteur": "Rédaction", "signataire": "Rédaction et signature"}[self.value]


class EtatRattachement(StrEnum):
    DEMANDE = "demande"
    ACCEPTE = "accepte"
    REFUSE = "refuse"


class TypePiece(StrEnum):
    STATUTS = "statuts"
    LISTE_DIRIGEANTS = "liste_dirigeants"
    RIB = "rib"
    COMPTES = "comptes"
    RAPPORT_CAC = "rapport_cac"
    RAPPORT_ACTIVITE = "rapport_activite"
    POUVOIR = "pouvoir"
    AUTRE = "autre"

    @property
    def libelle(self) -> str:
        return {
            "statuts": "Statuts",
            "liste_dirigeants": "Liste des dirigeants",
            "rib": "RIB au nom de l’organisme",
            "comptes": "Derniers comptes approuvés",
            "rapport_cac": "Rapport du commissaire aux comptes",
            "rapport_activite": "Dernier rapport d’activité",
            "pouvoir": "Pouvoir de signature",
            "autre": "Autre document",
        }[self.value]


class Organisme(Base, Horodate, Versionne):
    """A porteur. ``identite`` holds the CERFA §1-4 answers that need no query:
    adresse_gestion, site, sigle_reseau, agrements, rup, impots_commerciaux, affiliations,
    moyens humains (benevoles, volontaires, salaries, etpt, adherents…).
    ``nom_recherche`` is the normalised name (search and sort on both databases).
    """

    __tablename__ = "organisme"

    id: Mapped[int] = mapped_column(primary_key=True)
    nom: Mapped[str] = mapped_column(String(200))
    sigle: Mapped[str] = mapped_column(String(40), default="")
    nom_recherche: Mapped[str] = mapped_column(String(300), index=True)
    forme: Mapped[FormeJuridique] = mapped_column(enum_texte(FormeJuridique))
    siret: Mapped[str | None] = mapped_column(String(14), unique=True)
    rna: Mapped[str | None] = mapped_column(String(10), unique=True)
    adresse: Mapped[str] = mapped_column(String(300), default="")
    code_postal: Mapped[str] = mapped_column(String(5), default="")
    ville: Mapped[str] = mapped_column(String(120), default="")
    courriel: Mapped[str] = mapped_column(String(254), default="")
    telephone: Mapped[str] = mapped_column(String(30), default="")
    representant_nom: Mapped[str] = mapped_column(String(160), default="")
    representant_fonction: Mapped[str] = mapped_column(String(120), default="")
    objet: Mapped[str] = mapped_column(String(2000), default="")
    date_creation: Mapped[date | None]
    fin_exercice_mois: Mapped[int] = mapped_column(default=12)
    budget_annuel: Mapped[int | None] = mapped_column(Centimes)
    tresorerie: Mapped[int | None] = mapped_column(Centimes)
    identite: Mapped[Json] = mapped_column(JSON, default=dict)
    iban: Mapped[str | None] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    titulaire_compte: Mapped[str] = mapped_column(String(200), default="")
    fictif: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint("fin_exercice_mois BETWEEN 1 AND 12", name="exercice"),)

    membres: Mapped[list[Membre]] = relationship(back_populates="organisme")
    pieces: Mapped[list[PieceOrganisme]] = relationship(back_populates="organisme")
    engagements: Mapped[list[EngagementRepublicain]] = relationship(back_populates="organisme")


class Membre(Base, Horodate):
    """A person's place in an organisme; ``parti_le`` closes it, nothing is deleted."""

    __tablename__ = "membre"
    __table_args__ = (UniqueConstraint("organisme_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    role: Mapped[RoleMembre] = mapped_column(enum_texte(RoleMembre))
    fonction: Mapped[str] = mapped_column(String(120), default="")
    parti_le: Mapped[datetime | None] = mapped_column(DateUTC)

    organisme: Mapped[Organisme] = relationship(back_populates="membres")
    utilisateur: Mapped[Utilisateur] = relationship()


class Mandat(Base, Horodate):
    """A member may sign dossiers and bilans in the name of the organisme from ``du`` to ``au``
    (both included, Europe/Paris); ``repris_le`` ends it before its term.
    """

    __tablename__ = "mandat"
    __table_args__ = (CheckConstraint("au >= du", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membre_id: Mapped[int] = mapped_column(ForeignKey("membre.id"), index=True)
    donne_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    du: Mapped[date]
    au: Mapped[date]
    precision: Mapped[str] = mapped_column(String(300), default="")
    repris_le: Mapped[datetime | None] = mapped_column(DateUTC)

    membre: Mapped[Membre] = relationship()
    donne_par: Mapped[Utilisateur] = relationship()


class DemandeRattachement(Base, Horodate):
    """Somebody asks to join an organisme that already has members; one of them answers."""

    __tablename__ = "demande_rattachement"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"), index=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    message: Mapped[str] = mapped_column(String(500), default="")
    etat: Mapped[EtatRattachement] = mapped_column(
        enum_texte(EtatRattachement), default=EtatRattachement.DEMANDE
    )
    repondu_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))
    repondu_le: Mapped[datetime | None] = mapped_column(DateUTC)

    organisme: Mapped[Organisme] = relationship()
    utilisateur: Mapped[Utilisateur] = relationship(foreign_keys=[utilisateur_id])


class PieceOrganisme(Base, Horodate):
    """A document of the vault: given once, used by every dossier while it is valid.

    ``rappelee_le``: when the members were told that its end comes near (once).
    """

    __tablename__ = "piece_organisme"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"), index=True)
    type: Mapped[TypePiece] = mapped_column(enum_texte(TypePiece))
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"))
    valable_jusquau: Mapped[date | None]
    remplacee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rappelee_le: Mapped[datetime | None] = mapped_column(DateUTC)

    organisme: Mapped[Organisme] = relationship(back_populates="pieces")
    fichier: Mapped[Fichier] = relationship()


class EngagementRepublicain(Base):
    """The contrat d'engagement républicain, signed once per version of its text."""

    __tablename__ = "engagement_republicain"
    __table_args__ = (UniqueConstraint("organisme_id", "version_texte"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"))
    version_texte: Mapped[str] = mapped_column(String(40))
    signe_le: Mapped[datetime] = mapped_column(DateUTC)
    signe_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))

    organisme: Mapped[Organisme] = relationship(back_populates="engagements")
    signe_par: Mapped[Utilisateur] = relationship()
