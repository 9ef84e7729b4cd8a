"""What is expected of a porteur, and by when: one list for all her organismes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from aap.domaine.cer import VERSION_TEXTE
from aap.domaine.determinant import le
from aap.domaine.horloge import aujourdhui, depuis_paris, maintenant
from aap.ensemble import lire_ensemble
from aap.models import (
    Avenant,
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
from workflows.avenant import EtatAvenant
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


@cache
def _chargement() -> tuple[ORMOption, ...]:
    """Built at the first query: it needs every mapper, and the start does not."""
    return (
        joinedload(DemandeRattachement.utilisateur),
        joinedload(DemandeRattachement.organisme),
        joinedload(Convention.financeur),
        joinedload(Avenant.convention).joinedload(Convention.financeur),
        joinedload(Bilan.dossier),
    )


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
    """Everything expected, the most pressing first (1 query whatever their number)."""
    par_id = {d.id: d for d in dossiers}
    noms = [o.id for o in organismes]
    signes = [i for i, role in acteur.membres.items() if role is RoleMembre.SIGNATAIRE]
    demandes, engagements, rattachements, conventions, avenants, bilans, pieces = lire_ensemble(
        (DemandeComplement, _demandes_ouvertes(par_id.values())),
        (
            EngagementRepublicain,
            and_(
                EngagementRepublicain.organisme_id.in_(noms),
                EngagementRepublicain.version_texte == VERSION_TEXTE,
            ),
        ),
        (
            DemandeRattachement,
            and_(
                DemandeRattachement.organisme_id.in_(signes),
                DemandeRattachement.etat == EtatRattachement.DEMANDE,
            ),
        ),
        (
            Convention,
            and_(
                Convention.organisme_id.in_(noms),
                Convention.etat == EtatConvention.SIGNATURE_PORTEUR,
            ),
        ),
        (
            Avenant,
            and_(
                Avenant.convention_id.in_(_conventions_des(noms)),
                Avenant.etat == EtatAvenant.SIGNATURE_PORTEUR,
            ),
        ),
        (Bilan, and_(Bilan.dossier_id.in_(_dossiers_des(noms)), Bilan.etat.in_(BILANS_DUS))),
        (
            PieceOrganisme,
            and_(
                PieceOrganisme.organisme_id.in_(noms),
                PieceOrganisme.remplacee_le.is_(None),
                PieceOrganisme.valable_jusquau < aujourdhui(),
            ),
        ),
        options=_chargement(),
    )
    liste = [
        *_signatures(acteur, par_id.values()),
        *_complements(par_id, sorted(demandes, key=_id)),
        *_engagements(acteur, organismes, {e.organisme_id for e in engagements}),
        *_rattachements(sorted(rattachements, key=_id)),
        *_conventions(acteur, sorted(conventions, key=_id)),
        *_avenants(acteur, sorted(avenants, key=_id)),
        *_bilans(sorted(bilans, key=lambda b: (b.echeance, b.id))),
        *_pieces(organismes, sorted(pieces, key=_id)),
    ]
    return sorted(liste, key=Attendu.rang)


def _id(objet: Any) -> int:
    return int(objet.id)


def _demandes_ouvertes(dossiers: Iterable[Dossier]) -> ColumnElement[bool]:
    ids = [d.id for d in dossiers if d.etat is EtatDossier.A_COMPLETER]
    return and_(DemandeComplement.dossier_id.in_(ids), DemandeComplement.repondue_le.is_(None))


def _dossiers_des(organismes: Sequence[int]) -> Select[Any]:
    return select(Dossier.id).where(Dossier.organisme_id.in_(organismes))


def _conventions_des(organismes: Sequence[int]) -> Select[Any]:
    return select(Convention.id).where(Convention.organisme_id.in_(organismes))


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


def _complements(
    par_id: dict[int, Dossier], demandes: Iterable[DemandeComplement]
) -> Iterable[Attendu]:
    for demande in {x.dossier_id: x for x in demandes}.values():
        yield Attendu(
            f"Répondre à la demande de compléments sur « {_titre(par_id[demande.dossier_id])} »",
            "porteur.dossier",
            {"dossier_id": demande.dossier_id},
            demande.echeance,
            "Voir la demande",
        )


def _engagements(
    acteur: Acteur, organismes: Sequence[Organisme], signes: set[int]
) -> Iterable[Attendu]:
    concernes = {o.id: o for o in organismes if o.forme.signe_le_cer}
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


def _rattachements(demandes: Iterable[DemandeRattachement]) -> Iterable[Attendu]:
    for x in demandes:
        yield Attendu(
            f"Répondre à {x.utilisateur.nom_complet}, qui demande à rejoindre "
            f"« {x.organisme.nom} »",
            "porteur.membres",
            {"organisme_id": x.organisme_id},
            bouton="Répondre",
        )


def _conventions(acteur: Acteur, conventions: Iterable[Convention]) -> Iterable[Attendu]:
    for c in conventions:
        oui = _signe(acteur, c.organisme_id)
        yield Attendu(
            f"Signer la convention avec {le(c.financeur.nom)}",
            "porteur.convention",
            {"convention_id": c.id},
            bouton="Lire et signer" if oui else "Lire",
            a_vous=oui,
            qui="d’un signataire",
        )


def _avenants(acteur: Acteur, avenants: Iterable[Avenant]) -> Iterable[Attendu]:
    for a in avenants:
        oui = _signe(acteur, a.convention.organisme_id)
        yield Attendu(
            f"Signer l’avenant n° {a.numero_avenant} à la convention avec "
            f"{le(a.convention.financeur.nom)}",
            "porteur.avenant",
            {"avenant_id": a.id},
            bouton="Lire et signer" if oui else "Lire",
            a_vous=oui,
            qui="d’un signataire",
        )


def _bilans(bilans: Iterable[Bilan]) -> Iterable[Attendu]:
    for b in bilans:
        if b.dossier.etat is EtatDossier.CLOS:
            continue
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


def _pieces(
    organismes: Sequence[Organisme], perimees: Iterable[PieceOrganisme]
) -> Iterable[Attendu]:
    noms = {o.id: o.nom for o in organismes}
    for p in perimees:
        yield Attendu(
            f"Remplacer un document dont la validité est passée : {p.type.libelle.lower()} "
            f"(« {noms[p.organisme_id]} »)",
            "porteur.documents",
            {"organisme_id": p.organisme_id},
            p.valable_jusquau,
            "Voir les documents",
        )
