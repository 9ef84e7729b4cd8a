"""What publishing a session will do: decisions, mails, what is missing. Constant queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Exists, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from aap.domaine.erreurs import Introuvable
from aap.extensions import db
from aap.models import (
    Courriel,
    Decision,
    Dossier,
    EtatCourriel,
    Membre,
    Organisme,
    Seance,
    SensDecision,
    Utilisateur,
)
from aap.permissions import Acteur
from aap.requetes.administration import PAR_PAGE, Page
from aap.requetes.comptes_etats import phrase_des_etats
from aap.requetes.essai import s_entraine
from workflows.dossier import EtatDossier

MODELES = {
    SensDecision.PROGRAMMER: "decision_programmer",
    SensDecision.AJOURNER: "decision_ajourner",
    SensDecision.REJETER: "decision_rejeter",
    SensDecision.LISTE_ATTENTE: "decision_liste_attente",
}
ETATS = {
    SensDecision.PROGRAMMER: EtatDossier.PROGRAMME,
    SensDecision.AJOURNER: EtatDossier.AJOURNE,
    SensDecision.REJETER: EtatDossier.REJETE,
    SensDecision.LISTE_ATTENTE: EtatDossier.LISTE_ATTENTE,
}
# Ends that make the decision pointless: the porteur has already been told something else.
ARRETES = frozenset({EtatDossier.RETIRE, EtatDossier.SANS_SUITE})


@dataclass(frozen=True)
class EnvoiPrevu:
    """One decision to publish and who will be told (names and addresses)."""

    dossier_id: int
    reference: str
    intitule: str
    organisme: str
    sens: SensDecision
    motif: str
    montant: int
    destinataires: tuple[tuple[str, str], ...]
    sans_objet: bool
    motif_manque: bool


@dataclass(frozen=True)
class ApercuPublication:
    """``par_sens``: (kind, count) of what is to publish. ``retenus``: mails held until released.

    ``masquees``: decisions that go out too, on organismes for which the reader steps out: neither
    their words nor their kind are shown, only that they are there.
    """

    envois: tuple[EnvoiPrevu, ...]
    par_sens: tuple[tuple[SensDecision, int], ...]
    retenus: int
    masquees: int = 0

    @property
    def nombre(self) -> int:
        return len(self.envois) + self.masquees

    @property
    def phrase(self) -> str:
        """« 24 programmés, 1 ajourné »."""
        return phrase_des_etats((ETATS[s], n) for s, n in self.par_sens)

    @property
    def courriels(self) -> int:
        return sum(len(e.destinataires) for e in self.envois)

    @property
    def sans_motif(self) -> tuple[EnvoiPrevu, ...]:
        return tuple(e for e in self.envois if e.motif_manque)

    @property
    def sans_destinataire(self) -> tuple[EnvoiPrevu, ...]:
        return tuple(e for e in self.envois if not e.destinataires and not e.sans_objet)


def sans_objet(etat: EtatDossier) -> bool:
    """Was the dossier withdrawn or dropped since the decision?"""
    return etat in ARRETES


def decisions_a_publier(seance: Seance) -> list[Decision]:
    """Decisions of the session that porteurs do not see yet (1 query)."""
    return list(
        db.session.scalars(
            select(Decision)
            .where(Decision.seance_id == seance.id, Decision.publiee_le.is_(None))
            .options(joinedload(Decision.dossier).joinedload(Dossier.organisme))
            .order_by(Decision.id)
        )
    )


def _annoncent(seance: Seance) -> Exists:
    """Mails that announce a decision of this session, and not one taken later on the dossier."""
    suivante = aliased(Decision)
    relayee = (
        exists()
        .where(
            suivante.dossier_id == Decision.dossier_id,
            suivante.id > Decision.id,
            suivante.publiee_le <= Courriel.cree_le,
        )
        .correlate(Decision, Courriel)
    )
    return (
        exists()
        .where(
            Decision.seance_id == seance.id,
            Decision.dossier_id == Courriel.entite_id,
            Decision.publiee_le <= Courriel.cree_le,
            ~relayee,
        )
        .correlate(Courriel)
    )


def _courriels(seance: Seance) -> tuple[ColumnElement[bool], ...]:
    return (
        Courriel.entite == "dossier",
        Courriel.modele.in_(list(MODELES.values())),
        _annoncent(seance),
    )


def courriels_retenus(seance: Seance) -> list[int]:
    """Ids of the mails prepared at publication and not yet let go (1 query).

    Those of a sandbox campaign that go to nobody who trains never leave: they are not counted.
    """
    lignes = db.session.execute(
        select(Courriel.id, Courriel.utilisateur_id)
        .where(Courriel.etat == EtatCourriel.RETENU, *_courriels(seance))
        .order_by(Courriel.id)
    )
    return [cle for cle, qui in lignes if peut_partir(seance, qui)]


def peut_partir(seance: Seance, utilisateur_id: int | None) -> bool:
    """False in a sandbox campaign for who does not train."""
    campagne = seance.campagne
    return not campagne.bac_a_sable or s_entraine(utilisateur_id, campagne)


@dataclass(frozen=True)
class CourrielDecision:
    """A mail that announces a decision, as the list of the session shows it."""

    id: int
    sujet: str
    destinataire: str
    reference: str
    organisme: str
    etat: EtatCourriel
    envoye_le: datetime | None
    erreur: str


def courriels_de_decision(
    acteur: Acteur, seance: Seance, etat: EtatCourriel | None, page: int
) -> tuple[Page, dict[EtatCourriel, int]]:
    """One page of the mails of a session, and how many of each state (2 queries).

    Those of the organismes with which the reader has a link are left out of both.
    """
    visibles = (*_courriels(seance), Dossier.organisme_id.not_in(sorted(acteur.deports)))
    comptes: dict[EtatCourriel, int] = {
        cle: nombre
        for cle, nombre in db.session.execute(
            select(Courriel.etat, func.count())
            .join(Dossier, Dossier.id == Courriel.entite_id)
            .where(*visibles)
            .group_by(Courriel.etat)
        )
    }
    total = comptes.get(etat, 0) if etat else sum(comptes.values())
    page = min(max(1, page), max(1, -(-total // PAR_PAGE)))
    lignes = db.session.execute(
        select(
            Courriel.id,
            Courriel.sujet,
            Courriel.destinataire,
            func.coalesce(Dossier.numero, ""),
            Organisme.nom,
            Courriel.etat,
            Courriel.envoye_le,
            Courriel.erreur,
        )
        .join(Dossier, Dossier.id == Courriel.entite_id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .where(*visibles, *([Courriel.etat == etat] if etat else []))
        .order_by(Courriel.id)
        .limit(PAR_PAGE)
        .offset((page - 1) * PAR_PAGE)
    )
    vues = [
        CourrielDecision(cle, sujet, adresse, numero, organisme, etat_lu, parti_le, erreur)
        for cle, sujet, adresse, numero, organisme, etat_lu, parti_le, erreur in lignes
    ]
    return Page(vues, page, total, PAR_PAGE), comptes


def courriel_de_decision(acteur: Acteur, seance: Seance, courriel_id: int) -> Courriel:
    """One of these mails. Raises Introuvable for any other, and in a conflict of interest."""
    courriel = db.session.scalar(
        select(Courriel)
        .join(Dossier, Dossier.id == Courriel.entite_id)
        .where(
            Courriel.id == (courriel_id if courriel_id < 2**31 else 0),
            *_courriels(seance),
            Dossier.organisme_id.not_in(sorted(acteur.deports)),
        )
    )
    if courriel is None:
        raise Introuvable("Ce courriel n’annonce aucune décision de cette séance.")
    return courriel


def _destinataires(organismes: set[int]) -> dict[int, list[tuple[str, str]]]:
    lignes = db.session.execute(
        select(Membre.organisme_id, Utilisateur.prenom, Utilisateur.nom, Utilisateur.courriel)
        .join(Utilisateur, Utilisateur.id == Membre.utilisateur_id)
        .where(
            Membre.organisme_id.in_(sorted(organismes)),
            Membre.parti_le.is_(None),
            Utilisateur.desactive_le.is_(None),
        )
        .order_by(Utilisateur.id)
    )
    sortie: dict[int, list[tuple[str, str]]] = {}
    for organisme_id, prenom, nom, courriel in lignes:
        sortie.setdefault(organisme_id, []).append((f"{prenom} {nom}".strip(), courriel))
    return sortie


def apercu_publication(acteur: Acteur, seance: Seance) -> ApercuPublication:
    """The page shown before confirming (3 queries)."""
    toutes = decisions_a_publier(seance)
    decisions = [d for d in toutes if d.dossier.organisme_id not in acteur.deports]
    gens = _destinataires({d.dossier.organisme_id for d in decisions})
    envois = tuple(_envoi(d, d.dossier.organisme, gens) for d in decisions)
    compte = Counter(e.sens for e in envois)
    return ApercuPublication(
        envois=envois,
        par_sens=tuple((s, compte[s]) for s in SensDecision if compte[s]),
        retenus=len(courriels_retenus(seance)),
        masquees=len(toutes) - len(decisions),
    )


def _envoi(d: Decision, organisme: Organisme, gens: dict[int, list[tuple[str, str]]]) -> EnvoiPrevu:
    arrete = sans_objet(d.dossier.etat)
    exige = d.sens in (SensDecision.AJOURNER, SensDecision.REJETER)
    return EnvoiPrevu(
        dossier_id=d.dossier_id,
        reference=d.dossier.reference,
        intitule=d.dossier.intitule,
        organisme=organisme.nom,
        sens=d.sens,
        motif=d.motif,
        montant=sum(d.montants.values()),
        destinataires=() if arrete else tuple(gens.get(organisme.id, ())),
        sans_objet=arrete,
        motif_manque=exige and not d.motif.strip(),
    )
