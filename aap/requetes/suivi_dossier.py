"""Life of a dossier for its instructors: opinions, requests, messages, history, what is awaited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from aap.domaine.determinant import du
from aap.domaine.horloge import aujourdhui
from aap.ensemble import Ensemble, Part
from aap.extensions import db
from aap.models import (
    Absence,
    Affectation,
    Avis,
    DemandeAvis,
    DemandeComplement,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Evenement,
    Message,
    Passation,
    RoleHabilitation,
    Utilisateur,
)
from aap.permissions import Acteur, may
from aap.requetes.delais import Delai
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

E = EtatDossier
HISTORIQUE_MAX = 200


@dataclass(frozen=True)
class Attendu:
    """What is expected, from whom, by when; ``a_vous``: from the reader."""

    quoi: str
    qui: str = ""
    le: date | None = None
    a_vous: bool = False
    depassee: bool = False


@dataclass(frozen=True)
class Etape:
    """A line of the history, as the macro ``chronologie`` reads it."""

    quand: datetime
    qui: str
    quoi: str
    motif: str


@dataclass(frozen=True)
class Vie:
    """What was said on a dossier; ``instructeurs``: (person, funder) to whom it is given.

    ``notateurs``: ids of the people whose scores are sent (never the scores themselves).
    ``transmis``: ids of the people who have the work of somebody else to read (taken over, or
    standing in today).
    """

    avis: list[Avis]
    demandes_avis: list[DemandeAvis]
    complements: list[DemandeComplement]
    messages: list[Message]
    instructeurs: list[tuple[str, str]]
    notateurs: frozenset[int]
    transmis: frozenset[int] = frozenset()


@cache
def _chargement() -> tuple[ORMOption, ...]:
    """Built at the first query: it needs every mapper, and the start does not."""
    return (
        joinedload(Avis.financeur),
        joinedload(Avis.demande),
        joinedload(Avis.auteur),
        joinedload(DemandeAvis.utilisateur),
        joinedload(DemandeComplement.demandee_par),
        joinedload(Message.auteur),
        joinedload(Affectation.utilisateur),
        joinedload(Affectation.financeur),
    )


def _parts() -> tuple[Part, ...]:
    """What happens around the dossier ``d`` on the day ``jour``."""
    d: BindParameter[int] = bindparam("d")
    return (
        (Avis, Avis.dossier_id == d),
        (DemandeAvis, DemandeAvis.dossier_id == d),
        (DemandeComplement, DemandeComplement.dossier_id == d),
        (Message, Message.dossier_id == d),
        (Affectation, Affectation.dossier_id == d),
        (Evaluation, Evaluation.dossier_id == d),
        (Passation, Passation.dossier_id == d),
        (Absence, _absences_sur(d)),
    )


VIE = Ensemble(_parts, _chargement)


def vie(dossier: Dossier) -> Vie:
    """Opinions and messages in the order in which they came, complements newest first (1 query)."""
    avis, demandes, complements, messages, affectations, evaluations, *autres = VIE.lire(
        d=dossier.id, jour=aujourdhui()
    )
    passations, absences = autres
    return Vie(
        avis=sorted(avis, key=lambda a: (a.rendu_le, a.id)),
        demandes_avis=sorted(demandes, key=lambda x: x.id),
        complements=sorted(complements, key=lambda x: -x.id),
        messages=sorted(messages, key=lambda m: (m.le, m.id)),
        instructeurs=[
            (a.utilisateur.nom_complet, a.financeur.sigle or a.financeur.nom)
            for a in sorted(affectations, key=lambda a: a.id)
        ],
        notateurs=frozenset(
            e.utilisateur_id for e in evaluations if e.etat is EtatEvaluation.ENVOYEE
        ),
        transmis=frozenset(
            [p.a_id for p in passations] + [a.remplacant_id for a in absences if a.remplacant_id]
        ),
    )


def _absences_sur(dossier_id: BindParameter[Any]) -> ColumnElement[bool]:
    """Absences of the day among the people to whom this dossier is given."""
    jour: BindParameter[date] = bindparam("jour")
    return and_(
        Absence.utilisateur_id.in_(
            select(Affectation.utilisateur_id).where(Affectation.dossier_id == dossier_id)
        ),
        Absence.annulee_le.is_(None),
        Absence.du <= jour,
        Absence.au >= jour,
    )


def avis_du_dossier(dossier: Dossier) -> list[Avis]:
    """Opinions of the funders and of outside people, in the order in which they came."""
    return list(
        db.session.scalars(
            select(Avis)
            .where(Avis.dossier_id == dossier.id)
            .options(joinedload(Avis.financeur), joinedload(Avis.demande), joinedload(Avis.auteur))
            .order_by(Avis.rendu_le, Avis.id)
        )
    )


def historique(dossier: Dossier) -> list[Etape]:
    """The chain of the dossier, newest first, names read through the accounts."""
    lignes = db.session.execute(
        select(Evenement, Utilisateur.prenom, Utilisateur.nom)
        .outerjoin(Utilisateur, Utilisateur.id == Evenement.acteur_id)
        .where(Evenement.chaine == f"dossier:{dossier.id}")
        .order_by(Evenement.rang.desc())
        .limit(HISTORIQUE_MAX)
    )
    return [
        Etape(e.le, f"{prenom or ''} {nom or ''}".strip() or e.qualite, e.libelle, e.motif)
        for e, prenom, nom in lignes
    ]


def attendus(acteur: Acteur, dossier: Dossier, vie: Vie, delai: Delai | None) -> list[Attendu]:
    """Everything that somebody must do for the dossier to go on, the reader’s part first."""
    jour = aujourdhui()
    liste = []
    if dossier.etat is E.A_COMPLETER:
        le = delai.complements if delai else None
        liste.append(
            Attendu(
                "Le porteur complète son dossier et le transmet de nouveau.",
                "du porteur",
                le,
                depassee=le is not None and le < jour,
            )
        )
    elif dossier.etat is E.DEPOSE:
        le = delai.silence if delai else None
        liste.append(
            Attendu(
                "Vérifier que le dossier est recevable, ou demander ce qui manque.",
                "de l’instruction",
                le,
                a_vous=bool(may(acteur, "dossier.prendre_en_instruction", dossier)),
                depassee=le is not None and le <= jour,
            )
        )
    elif dossier.etat is E.EN_INSTRUCTION:
        avis = _avis_des_financeurs(acteur, dossier)
        liste += [*avis, *_notation(acteur, dossier, vie)]
        if vie.notateurs and not avis:
            liste.append(
                Attendu(
                    "Clore l’instruction\u00a0: les avis des financeurs sont rendus.",
                    "de l’instruction",
                    a_vous=bool(may(acteur, "dossier.clore_instruction", dossier)),
                )
            )
    rendus = {a.demande_avis_id for a in vie.avis}
    if dossier.etat in (E.DEPOSE, E.A_COMPLETER, E.EN_INSTRUCTION):
        liste += [
            Attendu(
                "Avis extérieur demandé.",
                du(d.utilisateur.nom_complet),
                d.echeance,
                depassee=d.echeance < jour,
            )
            for d in vie.demandes_avis
            if d.id not in rendus
        ]
    liste.sort(key=lambda a: not a.a_vous)
    return liste or [Attendu(dossier.etat.attendu("agent"))]


def _avis_des_financeurs(acteur: Acteur, dossier: Dossier) -> list[Attendu]:
    """The opinions not given yet; « à vous » for one's own funder only."""
    miens = {h.financeur_id for h in acteur.avec(RoleHabilitation.INSTRUCTEUR)}
    return [
        Attendu(
            f"Rendre l’avis {du(f.financeur.nom)} et le montant proposé.",
            du(f.financeur.sigle or f.financeur.nom),
            a_vous=f.financeur_id in miens,
        )
        for f in dossier.financements
        if f.etat in (EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE)
    ]


def _notation(acteur: Acteur, dossier: Dossier, vie: Vie) -> list[Attendu]:
    """One's own scores when not sent yet; otherwise a reminder as long as nobody sent any."""
    if acteur.utilisateur_id not in vie.notateurs and may(acteur, "dossier.noter", dossier):
        return [Attendu("Noter le dossier sur la grille, puis envoyer la notation.", a_vous=True)]
    if vie.notateurs:
        return []
    return [Attendu("Noter le dossier sur la grille.", "de l’instruction")]
