"""What is expected of a porteur, and by when: one list for all her organismes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.cer import VERSION_TEXTE
from aap.domaine.horloge import aujourdhui, depuis_paris, maintenant
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    DemandeComplement,
    DemandeRattachement,
    Dossier,
    EngagementRepublicain,
    EtatRattachement,
    Organisme,
    PieceOrganisme,
    RoleMembre,
)
from aap.permissions import Acteur
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier

BILANS_DUS = (
    EtatBilan.ATTENDU,
    EtatBilan.EN_SAISIE,
    EtatBilan.A_MODIFIER,
    EtatBilan.EN_DEFAUT,
)
PRESSANTS = 60  # days before its date that a bilan is announced


@dataclass(frozen=True)
class Attendu:
    """``endpoint`` and ``valeurs``: where to do it; ``a_vous`` False: somebody else must act."""

    quoi: str
    endpoint: str
    valeurs: dict[str, Any] = field(default_factory=dict)
    le: date | datetime | None = None
    bouton: str = "Ouvrir"
    a_vous: bool = True
    qui: str = ""

    @property
    def depassee(self) -> bool:
        if isinstance(self.le, datetime):
            return self.le < maintenant()
        return self.le is not None and self.le < aujourdhui()

    def rang(self) -> tuple[bool, datetime]:
        """What one must do oneself first, then the nearest date."""
        if self.le is None:
            return (not self.a_vous, datetime.max.replace(tzinfo=UTC))
        if isinstance(self.le, datetime):
            return (not self.a_vous, self.le)
        return (not self.a_vous, depuis_paris(datetime(*self.le.timetuple()[:3], 23, 59)))


def attendus(
    acteur: Acteur, organismes: Sequence[Organisme], dossiers: Iterable[Dossier]
) -> list[Attendu]:
    """Everything expected, the most pressing first (6 queries whatever their number)."""
    par_id = {d.id: d for d in dossiers}
    liste = [
        *_signatures(acteur, par_id.values()),
        *_complements(par_id),
        *_engagements(acteur, organismes, par_id.values()),
        *_rattachements(acteur),
        *_conventions(acteur, organismes),
        *_bilans(organismes),
        *_pieces(organismes),
    ]
    return sorted(liste, key=Attendu.rang)


def _signe(acteur: Acteur, organisme_id: int) -> bool:
    return acteur.membres.get(organisme_id) is RoleMembre.SIGNATAIRE


def _titre(d: Dossier) -> str:
    return d.intitule or "dossier sans titre"


def _signatures(acteur: Acteur, dossiers: Iterable[Dossier]) -> Iterable[Attendu]:
    for d in dossiers:
        if d.etat is EtatDossier.EN_ATTENTE_SIGNATURE:
            oui = _signe(acteur, d.organisme_id)
            yield Attendu(
                f"Signer et transmettre « {_titre(d)} »",
                "porteur.verifier",
                {"dossier_id": d.id},
                d.campagne.cloture_le,
                "Relire et signer" if oui else "Voir le dossier",
                oui,
                "d’un signataire",
            )


def _complements(par_id: dict[int, Dossier]) -> Iterable[Attendu]:
    ids = [i for i, d in par_id.items() if d.etat is EtatDossier.A_COMPLETER]
    demandes = db.session.scalars(
        select(DemandeComplement)
        .where(DemandeComplement.dossier_id.in_(ids), DemandeComplement.repondue_le.is_(None))
        .order_by(DemandeComplement.id)
    )
    for demande in {x.dossier_id: x for x in demandes}.values():
        yield Attendu(
            f"Répondre à la demande de compléments sur « {_titre(par_id[demande.dossier_id])} »",
            "porteur.dossier",
            {"dossier_id": demande.dossier_id},
            demande.echeance,
            "Voir la demande",
        )


def _engagements(
    acteur: Acteur, organismes: Sequence[Organisme], dossiers: Iterable[Dossier]
) -> Iterable[Attendu]:
    concernes = {o.id: o for o in organismes if o.forme.signe_le_cer}
    signes = set(
        db.session.scalars(
            select(EngagementRepublicain.organisme_id).where(
                EngagementRepublicain.organisme_id.in_(concernes),
                EngagementRepublicain.version_texte == VERSION_TEXTE,
            )
        )
    )
    for o in concernes.values():
        if o.id not in signes:
            yield Attendu(
                f"Signer le contrat d’engagement républicain pour « {o.nom} »",
                "porteur.engagement",
                {"organisme_id": o.id},
                bouton="Lire et signer" if _signe(acteur, o.id) else "Lire",
                a_vous=_signe(acteur, o.id),
                qui="d’un signataire",
            )


def _rattachements(acteur: Acteur) -> Iterable[Attendu]:
    signes = [i for i, role in acteur.membres.items() if role is RoleMembre.SIGNATAIRE]
    demandes = db.session.scalars(
        select(DemandeRattachement)
        .where(
            DemandeRattachement.organisme_id.in_(signes),
            DemandeRattachement.etat == EtatRattachement.DEMANDE,
        )
        .options(
            joinedload(DemandeRattachement.utilisateur), joinedload(DemandeRattachement.organisme)
        )
        .order_by(DemandeRattachement.id)
    )
    for x in demandes:
        yield Attendu(
            f"Répondre à {x.utilisateur.nom_complet}, qui demande à rejoindre "
            f"« {x.organisme.nom} »",
            "porteur.membres",
            {"organisme_id": x.organisme_id},
            bouton="Répondre",
        )


def _conventions(acteur: Acteur, organismes: Sequence[Organisme]) -> Iterable[Attendu]:
    conventions = db.session.scalars(
        select(Convention)
        .where(
            Convention.organisme_id.in_([o.id for o in organismes]),
            Convention.etat == EtatConvention.SIGNATURE_PORTEUR,
        )
        .options(joinedload(Convention.financeur))
        .order_by(Convention.id)
    )
    for c in conventions:
        oui = _signe(acteur, c.organisme_id)
        yield Attendu(
            f"Signer la convention avec {c.financeur.nom}",
            "porteur.convention",
            {"convention_id": c.id},
            bouton="Lire et signer" if oui else "Lire",
            a_vous=oui,
            qui="d’un signataire",
        )


def _bilans(organismes: Sequence[Organisme]) -> Iterable[Attendu]:
    bilans = db.session.scalars(
        select(Bilan)
        .join(Dossier)
        .where(Dossier.organisme_id.in_([o.id for o in organismes]), Bilan.etat.in_(BILANS_DUS))
        .options(joinedload(Bilan.dossier))
        .order_by(Bilan.echeance, Bilan.id)
    )
    for b in bilans:
        if b.etat is EtatBilan.ATTENDU and (b.echeance - aujourdhui()).days > PRESSANTS:
            continue
        verbe = "Corriger" if b.etat is EtatBilan.A_MODIFIER else "Rendre"
        yield Attendu(
            f"{verbe} le bilan {b.exercice} de « {_titre(b.dossier)} »",
            "porteur.bilan",
            {"bilan_id": b.id},
            b.echeance,
            "Ouvrir le bilan",
        )


def _pieces(organismes: Sequence[Organisme]) -> Iterable[Attendu]:
    noms = {o.id: o.nom for o in organismes}
    perimees = db.session.scalars(
        select(PieceOrganisme)
        .where(
            PieceOrganisme.organisme_id.in_(noms),
            PieceOrganisme.remplacee_le.is_(None),
            PieceOrganisme.valable_jusquau < aujourdhui(),
        )
        .order_by(PieceOrganisme.id)
    )
    for p in perimees:
        yield Attendu(
            f"Remplacer un document dont la validité est passée : {p.type.libelle.lower()} "
            f"(« {noms[p.organisme_id]} »)",
            "porteur.documents",
            {"organisme_id": p.organisme_id},
            p.valable_jusquau,
            "Voir les documents",
        )
