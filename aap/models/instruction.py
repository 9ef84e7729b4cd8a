"""Instruction: who reads, scores and gives an opinion."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Dossier
from aap.models.financeur import Financeur
from aap.models.grille import Critere, Grille
from aap.models.types import DateUTC, Json, enum_texte
from aap.models.utilisateur import Utilisateur


class ValeurAvis(StrEnum):
    FAVORABLE = "favorable"
    FAVORABLE_RESERVE = "favorable_reserve"
    RESERVE = "reserve"
    DEFAVORABLE = "defavorable"
    AJOURNE = "ajourne"
    HORS_COMPETENCE = "hors_competence"
    DROIT_COMMUN = "droit_commun"

    @property
    def libelle(self) -> str:
        return {
            "favorable": "Favorable",
            "favorable_reserve": "Favorable avec réserve",
            "reserve": "Réservé",
            "defavorable": "Défavorable",
            "ajourne": "Ajourné",
            "hors_competence": "Hors de notre compétence",
            "droit_commun": "À renvoyer vers le droit commun",
        }[self.value]


class EtatEvaluation(StrEnum):
    BROUILLON = "brouillon"
    ENVOYEE = "envoyee"


class Affectation(Base, Horodate):
    """A dossier given to one instructor of one financeur."""

    __tablename__ = "affectation"
    __table_args__ = (UniqueConstraint("dossier_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    affecte_par_id: Mapped[int | None] = mapped_column(ForeignKey("utilisateur.id"))

    dossier: Mapped[Dossier] = relationship()
    utilisateur: Mapped[Utilisateur] = relationship(foreign_keys=[utilisateur_id])
    financeur: Mapped[Financeur] = relationship()


class Evaluation(Base, Horodate, Versionne):
    """One assessor's scores on one dossier; a draft never counts.

    ``calcules``: the computed criteria as they were when the scores were sent, so that a ranking
    can be made again years later: {code: {"valeur": "7/3" or None, "lignes": [[sentence, value,
    weight]], "reserves": [sentence]}} (``requetes.notation``).
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("dossier_id", "utilisateur_id"),
        CheckConstraint("etat <> 'envoyee' OR envoyee_le IS NOT NULL", name="envoyee"),
        Index("ix_evaluation_etat", "etat"),  # how many are sent, without reading the rows
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    financeur_id: Mapped[int] = mapped_column(ForeignKey("financeur.id"))
    grille_id: Mapped[int] = mapped_column(ForeignKey("grille.id"))
    etat: Mapped[EtatEvaluation] = mapped_column(
        enum_texte(EtatEvaluation), default=EtatEvaluation.BROUILLON
    )
    commentaire: Mapped[str] = mapped_column(Text, default="")
    calcules: Mapped[Json] = mapped_column(JSON, default=dict)
    envoyee_le: Mapped[datetime | None] = mapped_column(DateUTC)

    dossier: Mapped[Dossier] = relationship()
    utilisateur: Mapped[Utilisateur] = relationship()
    financeur: Mapped[Financeur] = relationship()
    grille: Mapped[Grille] = relationship()
    notes: Mapped[list[NoteCritere]] = relationship(
        cascade="all, delete-orphan", back_populates="evaluation"
    )


class NoteCritere(Base):
    """0 to 4, or « sans objet »; ``valeur`` NULL without sans_objet = not scored yet."""

    __tablename__ = "note_critere"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "critere_id"),
        CheckConstraint("valeur IS NULL OR valeur BETWEEN 0 AND 4", name="echelle"),
        CheckConstraint("NOT (sans_objet AND valeur IS NOT NULL)", name="sans_objet"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"))
    critere_id: Mapped[int] = mapped_column(ForeignKey("critere.id"))
    valeur: Mapped[int | None]
    sans_objet: Mapped[bool] = mapped_column(default=False)
    commentaire: Mapped[str] = mapped_column(Text, default="")

    evaluation: Mapped[Evaluation] = relationship(back_populates="notes")
    critere: Mapped[Critere] = relationship()


class DemandeAvis(Base, Horodate):
    """An outside opinion asked from an observateur (conseil citoyen, expert, service)."""

    __tablename__ = "demande_avis"
    __table_args__ = (UniqueConstraint("dossier_id", "utilisateur_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    qualite: Mapped[str] = mapped_column(String(200), default="")
    question: Mapped[str] = mapped_column(Text, default="")
    demandee_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    echeance: Mapped[date]

    dossier: Mapped[Dossier] = relationship()
    utilisateur: Mapped[Utilisateur] = relationship(foreign_keys=[utilisateur_id])


class Avis(Base, Horodate, Versionne):
    """An opinion: of a financeur (financeur_id) or of an observateur (demande_avis_id)."""

    __tablename__ = "avis"
    __table_args__ = (
        UniqueConstraint("dossier_id", "financeur_id"),
        UniqueConstraint("demande_avis_id"),
        CheckConstraint(
            "(financeur_id IS NULL) <> (demande_avis_id IS NULL)", name="financeur_ou_demande"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    financeur_id: Mapped[int | None] = mapped_column(ForeignKey("financeur.id"))
    demande_avis_id: Mapped[int | None] = mapped_column(ForeignKey("demande_avis.id"))
    auteur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    valeur: Mapped[ValeurAvis] = mapped_column(enum_texte(ValeurAvis))
    commentaire: Mapped[str] = mapped_column(Text, default="")
    rendu_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)

    financeur: Mapped[Financeur | None] = relationship()
    demande: Mapped[DemandeAvis | None] = relationship()
    auteur: Mapped[Utilisateur] = relationship()


class Deport(Base, Horodate):
    """Conflict of interest: this person must not see, score or vote on this organisme."""

    __tablename__ = "deport"
    __table_args__ = (UniqueConstraint("utilisateur_id", "organisme_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    utilisateur_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"), index=True)
    organisme_id: Mapped[int] = mapped_column(ForeignKey("organisme.id"), index=True)
    motif: Mapped[str] = mapped_column(String(500))
    declare_par_id: Mapped[int] = mapped_column(ForeignKey("utilisateur.id"))
    leve_le: Mapped[datetime | None] = mapped_column(DateUTC)

    utilisateur: Mapped[Utilisateur] = relationship(foreign_keys=[utilisateur_id])
