"""The committee's session: convocation, agenda, attendance, order, end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Campagne,
    Decision,
    Deport,
    Dossier,
    Inscription,
    Presence,
    Seance,
    Utilisateur,
)
from aap.permissions import Acteur, exiger
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.transition import effet, franchir
from workflows.seance import EtatSeance

EN_PREPARATION = frozenset({EtatSeance.PREPAREE, EtatSeance.OUVERTE, EtatSeance.SUSPENDUE})


@dataclass(frozen=True)
class DonneesSeance:
    """``quorum``: members who must be present (at least 1)."""

    titre: str
    prevue_le: datetime
    lieu: str = ""
    quorum: int = 1


def _verifier(donnees: DonneesSeance) -> None:
    problemes = []
    if not donnees.titre.strip():
        problemes.append(Probleme("Donnez un titre à la séance.", "titre"))
    if donnees.quorum < 1:
        problemes.append(Probleme("Le quorum est d’au moins une personne.", "quorum"))
    if problemes:
        raise Invalide("La séance n’est pas complète.", problemes)


def creer_seance(acteur: Acteur, campagne: Campagne, donnees: DonneesSeance) -> Seance:
    """A session in preparation."""
    exiger(acteur, "campagne.tenir_seance", campagne)
    _verifier(donnees)
    seance = Seance(
        campagne=campagne,
        titre=nettoyer(donnees.titre, lignes=False)[:200],
        prevue_le=donnees.prevue_le,
        lieu=nettoyer(donnees.lieu, lignes=False)[:300],
        quorum=donnees.quorum,
    )
    db.session.add(seance)
    db.session.flush()
    consigner(acteur, seance, "seance.creer", "Séance créée")
    return seance


def _exiger_preparation(acteur: Acteur, seance: Seance) -> None:
    exiger(acteur, "seance.preparer", seance)
    if seance.etat not in EN_PREPARATION:
        raise PasLeMoment("La séance est close : son ordre du jour ne change plus.")


def convoquer(
    acteur: Acteur, seance: Seance, utilisateur: Utilisateur, qualite: str = ""
) -> Presence:
    """Convene a member; convened twice, counted once."""
    _exiger_preparation(acteur, seance)
    presence = next((p for p in seance.presences if p.utilisateur_id == utilisateur.id), None)
    if presence is None:
        presence = Presence(utilisateur=utilisateur)
        seance.presences.append(presence)
    presence.qualite = nettoyer(qualite, lignes=False)[:200]
    db.session.flush()
    return presence


def inscrire(acteur: Acteur, seance: Seance, dossier: Dossier) -> Inscription:
    """Put a dossier at the end of the agenda. Raises PasLeMoment when it is on another one."""
    _exiger_preparation(acteur, seance)
    if dossier.campagne_id != seance.campagne_id:
        raise Invalide("Ce dossier relève d’une autre campagne.")
    if any(i.dossier_id == dossier.id for i in seance.inscriptions):
        raise PasLeMoment("Ce dossier est déjà à l’ordre du jour.")
    rang = 1 + max((i.rang for i in seance.inscriptions), default=0)
    inscription = Inscription(dossier=dossier, rang=rang)
    seance.inscriptions.append(inscription)
    db.session.flush()
    franchir(acteur, dossier, "inscrire", donnees={"seance": seance.id})
    return inscription


def desinscrire(acteur: Acteur, seance: Seance, dossier: Dossier) -> None:
    """Take a dossier off the agenda."""
    _exiger_preparation(acteur, seance)
    inscription = next((i for i in seance.inscriptions if i.dossier_id == dossier.id), None)
    if inscription is None:
        raise PasLeMoment("Ce dossier n’est pas à l’ordre du jour.")
    franchir(acteur, dossier, "desinscrire", donnees={"seance": seance.id})
    seance.inscriptions.remove(inscription)
    if seance.dossier_courant_id == dossier.id:
        seance.dossier_courant_id = None
    db.session.flush()


def ordonner(acteur: Acteur, seance: Seance, ids: Sequence[int]) -> None:
    """Fix the order of the agenda: every dossier inscribed, once."""
    _exiger_preparation(acteur, seance)
    par_dossier = {i.dossier_id: i for i in seance.inscriptions}
    if sorted(ids) != sorted(par_dossier):
        raise Invalide("L’ordre doit citer chaque dossier inscrit, une fois.")
    for rang, dossier_id in enumerate(ids, 1):
        par_dossier[dossier_id].rang = rang
    db.session.flush()
    db.session.expire(seance, ["inscriptions"])


def marquer_presence(acteur: Acteur, presence: Presence, present: bool) -> None:
    """Note who is in the room; journaled, since the quorum depends on it."""
    seance = presence.seance
    exiger(acteur, "seance.preparer", seance)
    if seance.etat in (EtatSeance.CLOSE, EtatSeance.PV_ARRETE):
        raise PasLeMoment("La séance est close : les présences ne changent plus.")
    if presence.present is present:
        return
    presence.present = present
    consigner(
        acteur,
        seance,
        "seance.marquer_presence",
        f"{presence.utilisateur.nom_complet} {'présent(e)' if present else 'absent(e)'}",
        donnees={"utilisateur": presence.utilisateur_id, "present": present},
    )


def passer_au_dossier(acteur: Acteur, seance: Seance, dossier: Dossier) -> None:
    """Make it the current dossier of the session."""
    exiger(acteur, "seance.preparer", seance)
    if seance.etat is not EtatSeance.OUVERTE:
        raise PasLeMoment("Ouvrez ou reprenez d’abord la séance.")
    if all(i.dossier_id != dossier.id for i in seance.inscriptions):
        raise Invalide("Ce dossier n’est pas à l’ordre du jour.")
    seance.dossier_courant_id = dossier.id
    db.session.flush()


def ouvrir(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "ouvrir", version=version)


def suspendre(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "suspendre", version=version)


def reprendre(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "reprendre", version=version)


def clore(acteur: Acteur, seance: Seance, *, version: int | None = None) -> None:
    franchir(acteur, seance, "clore", version=version)


def deportes(seance: Seance, dossier: Dossier) -> set[int]:
    """Members of the session who must step out for this dossier."""
    convoques = {p.utilisateur_id for p in seance.presences}
    return set(
        db.session.scalars(
            select(Deport.utilisateur_id).where(
                Deport.organisme_id == dossier.organisme_id,
                Deport.leve_le.is_(None),
                Deport.utilisateur_id.in_(convoques),
            )
        )
    )


def seance_du_dossier(dossier: Dossier) -> Seance | None:
    """The latest session whose agenda holds this dossier."""
    return db.session.scalar(
        select(Seance)
        .join(Inscription, Inscription.seance_id == Seance.id)
        .where(Inscription.dossier_id == dossier.id)
        .order_by(Seance.id.desc())
        .limit(1)
    )


@effet("seance", "ouvrir")
def _dater_ouverture(_acteur: Acteur, seance: Seance, _motif: str) -> None:
    seance.ouverte_le = maintenant()


@effet("seance", "clore")
def _dater_cloture(_acteur: Acteur, seance: Seance, _motif: str) -> None:
    seance.close_le = maintenant()
    seance.dossier_courant_id = None


@garde_de("seance", "ordre_du_jour_etabli")
def _ordre_du_jour(_acteur: Acteur, seance: Seance) -> str | None:
    return None if seance.inscriptions else "Aucun dossier n’est à l’ordre du jour."


@garde_de("seance", "membres_convoques")
def _membres(_acteur: Acteur, seance: Seance) -> str | None:
    if len(seance.presences) >= seance.quorum:
        return None
    return f"Convoquez au moins {seance.quorum} membre(s) : c’est le quorum."


@garde_de("seance", "dossiers_tous_traites")
def _tous_traites(_acteur: Acteur, seance: Seance) -> str | None:
    decides = set(
        db.session.scalars(select(Decision.dossier_id).where(Decision.seance_id == seance.id))
    )
    reste = sum(1 for i in seance.inscriptions if i.dossier_id not in decides)
    if not reste:
        return None
    return f"{reste} dossier(s) sans décision : décidez-les ou retirez-les de l’ordre du jour."


@garde_de("seance", "decisions_non_publiees")
def _non_publiees(_acteur: Acteur, seance: Seance) -> str | None:
    return "Les décisions de cette séance sont publiées." if seance.publiee_le else None


@garde_de("dossier", "a_l_ordre_du_jour")
def _a_l_ordre_du_jour(_acteur: Acteur, dossier: Dossier) -> str | None:
    seance = seance_du_dossier(dossier)
    if seance is not None and seance.etat in EN_PREPARATION:
        return None
    return "Mettez d’abord le dossier à l’ordre du jour d’une séance."


@garde_de("dossier", "seance_ouverte")
def _seance_ouverte(_acteur: Acteur, dossier: Dossier) -> str | None:
    seance = seance_du_dossier(dossier)
    if seance is not None and seance.etat is EtatSeance.OUVERTE:
        return None
    return "La séance n’est pas ouverte."


@garde_de("dossier", "quorum_atteint")
def _quorum(_acteur: Acteur, dossier: Dossier) -> str | None:
    """Members present who do not have to step out (CGCT L2131-11) reach the quorum."""
    seance = seance_du_dossier(dossier)
    if seance is None:
        return "Ce dossier n’est à l’ordre du jour d’aucune séance."
    sortis = deportes(seance, dossier)
    presents = sum(1 for p in seance.presences if p.present and p.utilisateur_id not in sortis)
    if presents >= seance.quorum:
        return None
    return (
        f"Le quorum n’est pas atteint : {presents} présent(s) sans conflit d’intérêts, "
        f"{seance.quorum} nécessaire(s)."
    )


@garde_de("campagne", "seance_prevue")
def _seance_prevue(_acteur: Acteur, campagne: Campagne) -> str | None:
    nombre = db.session.scalar(
        select(func.count()).select_from(Seance).where(Seance.campagne_id == campagne.id)
    )
    return None if nombre else "Créez d’abord une séance du comité de pilotage."


@garde_de("campagne", "decisions_publiees")
def _decisions_publiees(_acteur: Acteur, campagne: Campagne) -> str | None:
    en_attente = db.session.scalar(
        select(func.count())
        .select_from(Decision)
        .join(Seance, Seance.id == Decision.seance_id)
        .where(Seance.campagne_id == campagne.id, Decision.publiee_le.is_(None))
    )
    publiees = db.session.scalar(
        select(func.count())
        .select_from(Seance)
        .where(Seance.campagne_id == campagne.id, Seance.publiee_le.is_not(None))
    )
    if en_attente:
        return f"{en_attente} décision(s) restent à publier."
    return None if publiees else "Aucune séance n’est publiée."
