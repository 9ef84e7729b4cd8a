"""Where a campaign stands: counts by state, by funder, by orientation, delays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from aap.domaine.calendrier import (
    Suspension,
    ajouter_jours_ouvres,
    date_refus_implicite,
    limite_accuse_reception,
)
from aap.domaine.horloge import a_paris, aujourdhui
from aap.extensions import db
from aap.models import (
    Affectation,
    Campagne,
    DemandeComplement,
    Depot,
    Dossier,
    Financement,
    Financeur,
    Orientation,
)
from aap.requetes.affectations import A_INSTRUIRE
from aap.requetes.soldes import RETENU
from workflows.dossier import EtatDossier

# Working days before a legal date from which it is shown.
JOURS_ALERTE_ACCUSE = 3
JOURS_ALERTE_SILENCE = 10


@dataclass(frozen=True)
class CompteEtat:
    etat: EtatDossier
    nombre: int
    demande: int


@dataclass(frozen=True)
class CompteFinanceur:
    """Amounts in cents. ``rendus``: lines with an opinion, or put aside by the funder."""

    nom: str
    lignes: int
    rendus: int
    demande: int
    propose: int
    retenu: int


@dataclass(frozen=True)
class CompteOrientation:
    titre: str
    nombre: int
    demande: int


@dataclass(frozen=True)
class Retard:
    """A dossier whose legal date comes (or has passed) and why."""

    dossier_id: int
    reference: str
    raison: str
    echeance: date
    depasse: bool


@dataclass(frozen=True)
class Avancement:
    etats: list[CompteEtat]
    financeurs: list[CompteFinanceur]
    orientations: list[CompteOrientation]
    retards: list[Retard]
    sans_instructeur: int
    deposes: int
    demande: int


def avancement(campagne: Campagne) -> Avancement:
    """The whole page (7 queries whatever the number of dossiers)."""
    etats = _par_etat(campagne.id)
    return Avancement(
        etats=etats,
        financeurs=_par_financeur(campagne.id),
        orientations=_par_orientation(campagne.id),
        retards=_retards(campagne.id),
        sans_instructeur=_sans_instructeur(campagne.id),
        deposes=sum(e.nombre for e in etats if e.etat not in NON_DEPOSES),
        demande=sum(e.demande for e in etats if e.etat not in NON_DEPOSES),
    )


NON_DEPOSES = (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE, EtatDossier.CADUC)


def _par_etat(campagne_id: int) -> list[CompteEtat]:
    lus = {
        etat: (nombre, int(demande or 0))
        for etat, nombre, demande in db.session.execute(
            select(Dossier.etat, func.count(), func.sum(Dossier.montant_demande))
            .where(Dossier.campagne_id == campagne_id)
            .group_by(Dossier.etat)
        )
    }
    return [CompteEtat(e, *lus[e]) for e in EtatDossier if e in lus]


def _par_financeur(campagne_id: int) -> list[CompteFinanceur]:
    en_attente = ("sollicite", "pris_en_charge")
    lignes = db.session.execute(
        select(
            Financeur.nom,
            func.count(),
            func.sum(func.coalesce(Financement.montant_demande, 0)),
            func.sum(func.coalesce(Financement.montant_propose, 0)),
            func.sum(RETENU),
            func.count().filter(Financement.etat.not_in(en_attente)),
        )
        .join(Financement, Financement.financeur_id == Financeur.id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(Dossier.campagne_id == campagne_id, Dossier.depose_le.is_not(None))
        .group_by(Financeur.id, Financeur.nom)
        .order_by(Financeur.nom, Financeur.id)
    )
    return [
        CompteFinanceur(nom, nombre, rendus, int(demande), int(propose), int(retenu))
        for nom, nombre, demande, propose, retenu, rendus in lignes
    ]


def _par_orientation(campagne_id: int) -> list[CompteOrientation]:
    lignes = db.session.execute(
        select(Orientation.code, Orientation.titre, func.count(), func.sum(Dossier.montant_demande))
        .join(Dossier, Dossier.orientation_id == Orientation.id)
        .where(Dossier.campagne_id == campagne_id, Dossier.depose_le.is_not(None))
        .group_by(Orientation.id, Orientation.code, Orientation.titre, Orientation.ordre)
        .order_by(Orientation.ordre, Orientation.id)
    )
    return [CompteOrientation(f"{c}. {t}", n, int(m or 0)) for c, t, n, m in lignes]


def _sans_instructeur(campagne_id: int) -> int:
    affectes = select(Affectation.dossier_id)
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Dossier)
            .where(
                Dossier.campagne_id == campagne_id,
                Dossier.etat.in_(A_INSTRUIRE),
                Dossier.id.not_in(affectes),
            )
        )
        or 0
    )


def _suspensions(campagne_id: int) -> dict[int, list[Suspension]]:
    """Dossier id -> blocking requests for complements, which suspend the legal delay."""
    trouvees: dict[int, list[Suspension]] = {}
    for demande in db.session.scalars(
        select(DemandeComplement)
        .join(Dossier, Dossier.id == DemandeComplement.dossier_id)
        .where(Dossier.campagne_id == campagne_id, DemandeComplement.bloquante)
        .order_by(DemandeComplement.demandee_le)
    ):
        fin = a_paris(demande.repondue_le).date() if demande.repondue_le else None
        trouvees.setdefault(demande.dossier_id, []).append(
            Suspension(a_paris(demande.demandee_le).date(), fin)
        )
    return trouvees


def _retards(campagne_id: int) -> list[Retard]:
    """Silence that would soon be a refusal, and récépissés that are not there (3 queries)."""
    dossiers = db.session.execute(
        select(
            Dossier.id, Dossier.numero, func.min(Depot.depose_le), func.count(Depot.recepisse_id)
        )
        .join(Depot, Depot.dossier_id == Dossier.id)
        .where(Dossier.campagne_id == campagne_id, Dossier.etat.in_(A_INSTRUIRE))
        .group_by(Dossier.id, Dossier.numero)
        .order_by(Dossier.numero, Dossier.id)
    ).all()
    suspensions, jour = _suspensions(campagne_id), aujourdhui()
    accuse = ajouter_jours_ouvres(jour, JOURS_ALERTE_ACCUSE)
    silence = ajouter_jours_ouvres(jour, JOURS_ALERTE_SILENCE)
    retards: list[Retard] = []
    for ident, numero, depot, recepisses in dossiers:
        reference = numero or str(ident)
        if not recepisses:
            limite = limite_accuse_reception(depot)
            retards += _si_proche(ident, reference, "Accusé de réception", limite, jour, accuse)
        refus = date_refus_implicite(a_paris(depot).date(), suspensions.get(ident, ()))
        if refus is not None:
            retards += _si_proche(ident, reference, "Silence valant refus", refus, jour, silence)
    return sorted(retards, key=lambda r: (r.echeance, r.reference))


def _si_proche(
    ident: int, reference: str, raison: str, echeance: date, jour: date, alerte: date
) -> Sequence[Retard]:
    if echeance > alerte:
        return []
    return [Retard(ident, reference, raison, echeance, echeance < jour)]
