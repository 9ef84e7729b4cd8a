"""An outside opinion asked by a mailed link, from somebody who has no account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from aap.domaine.horloge import maintenant
from aap.models.base import Base, Horodate, Versionne
from aap.models.dossier import Depot, Dossier
from aap.models.fichier import Fichier
from aap.models.instruction import DemandeAvis, ValeurAvis
from aap.models.types import DateUTC, enum_texte


class NatureInvite(StrEnum):
    CONSEIL_CITOYEN = "conseil_citoyen"
    EXPERT = "expert"
    SERVICE = "service"

    @property
    def libelle(self) -> str:
        return {
            "conseil_citoyen": "Conseil citoyen",
            "expert": "Expert",
            "service": "Service ou partenaire",
        }[self.value]


class InvitationAvis(Base, Horodate, Versionne):
    """What the link of a request opens: one deposit, the papers chosen, one answer.

    Only the SHA-256 of the key is kept. ``expire_le``: the link answers no more from then on.
    ``acceptee_le``: the guest declared to have no link with the organisme, and opened the dossier.
    ``empreinte``: SHA-256 of the answer, frozen with it by triggers.
    """

    __tablename__ = "invitation_avis"
    __table_args__ = (CheckConstraint("rendue_le IS NULL OR empreinte <> ''", name="rendue"),)

    demande_avis_id: Mapped[int] = mapped_column(ForeignKey("demande_avis.id"), primary_key=True)
    id: Mapped[int] = synonym("demande_avis_id")
    nature: Mapped[NatureInvite] = mapped_column(enum_texte(NatureInvite))
    depot_id: Mapped[int] = mapped_column(ForeignKey("depot.id"))
    cle_hachee: Mapped[str] = mapped_column(String(64), unique=True)
    expire_le: Mapped[datetime] = mapped_column(DateUTC)
    acceptee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    recusee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    revoquee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rappelee_le: Mapped[datetime | None] = mapped_column(DateUTC)
    brouillon_valeur: Mapped[ValeurAvis | None] = mapped_column(enum_texte(ValeurAvis))
    brouillon: Mapped[str] = mapped_column(Text, default="")
    brouillon_le: Mapped[datetime | None] = mapped_column(DateUTC)
    rendue_le: Mapped[datetime | None] = mapped_column(DateUTC)
    empreinte: Mapped[str] = mapped_column(String(64), default="")

    @property
    def dossier(self) -> Dossier:
        """The dossier on which the opinion is asked."""
        return self.demande.dossier

    @property
    def expiree(self) -> bool:
        """Is its date past?"""
        return self.expire_le <= maintenant()

    demande: Mapped[DemandeAvis] = relationship()
    depot: Mapped[Depot] = relationship()
    pieces: Mapped[list[PieceInvitation]] = relationship(
        cascade="all, delete-orphan", order_by="PieceInvitation.fichier_id"
    )


class PieceInvitation(Base):
    """A file that the asker let the guest read."""

    __tablename__ = "piece_invitation"

    demande_avis_id: Mapped[int] = mapped_column(
        ForeignKey("invitation_avis.demande_avis_id", ondelete="CASCADE"), primary_key=True
    )
    fichier_id: Mapped[int] = mapped_column(ForeignKey("fichier.id"), primary_key=True)
    libelle: Mapped[str] = mapped_column(String(200), default="")

    fichier: Mapped[Fichier] = relationship()
