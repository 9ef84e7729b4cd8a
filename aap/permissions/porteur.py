"""Rights of the porteurs: members of an organisme, its signatories, and who reads its files."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, or_, select

from aap.extensions import db
from aap.models import (
    ActeFinanceur,
    Bilan,
    Campagne,
    Convention,
    DemandeRattachement,
    Depot,
    Dossier,
    EtatAnalyse,
    Fichier,
    Financeur,
    Mandat,
    Membre,
    Organisme,
    PieceBilan,
    PieceDossier,
    PieceOrganisme,
    Recours,
    Reversement,
    RevisionBudget,
    RoleHabilitation,
    RoleMembre,
    Seance,
    Televersement,
    Versement,
)
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.socle import REGLES, Verdict, may, non, regle, selon
from workflows.socle import Role

PAS_MEMBRE = (
    "Vous ne faites pas partie de cet organisme. Demandez à le rejoindre depuis votre accueil."
)
PAS_SIGNATAIRE = (
    "Seule une personne qui peut signer pour l’organisme peut faire cela. "
    "Demandez à l’un des signataires."
)
LECTEURS = frozenset({Role.INSTRUCTEUR, Role.COORDINATEUR, Role.FINANCE})
# entity of a stored file -> model whose rights decide
ENTITES: dict[str, type[Any]] = {
    "dossier": Dossier,
    "organisme": Organisme,
    "convention": Convention,
    "versement": Versement,
    "bilan": Bilan,
    "reversement": Reversement,
    "campagne": Campagne,
    "financeur": Financeur,
    "seance": Seance,
}


def est_membre(acteur: Acteur, organisme_id: int) -> bool:
    return organisme_id in acteur.membres


def est_signataire(acteur: Acteur, organisme_id: int) -> bool:
    return acteur.membres.get(organisme_id) is RoleMembre.SIGNATAIRE


@regle("porteur.accueil")
def _accueil(acteur: Acteur, _objet: Any) -> Verdict:
    """Agents who belong to no organisme have rooms of their own."""
    return selon(
        acteur.utilisateur_id is not None and (acteur.est_porteur or not acteur.est_agent),
        "Cet espace est celui des organismes qui déposent des dossiers.",
    )


@regle("organisme.creer")
def _creer(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(acteur.utilisateur_id is not None, "Connectez-vous pour créer un organisme.")


@regle("organisme.rejoindre")
def _rejoindre(acteur: Acteur, organisme: Organisme) -> Verdict:
    if acteur.utilisateur_id is None:
        return non("Connectez-vous pour rejoindre un organisme.")
    return selon(not est_membre(acteur, organisme.id), "Vous faites déjà partie de cet organisme.")


@regle("organisme.modifier")
@regle("organisme.rediger")
@regle("organisme.voir_porteur")
@regle("organisme.quitter")
def _membre(acteur: Acteur, organisme: Organisme) -> Verdict:
    return selon(est_membre(acteur, organisme.id), PAS_MEMBRE)


@regle("organisme.signer")
@regle("organisme.gerer_membres")
@regle("organisme.fixer_rib")
def _signataire(acteur: Acteur, organisme: Organisme) -> Verdict:
    if not est_membre(acteur, organisme.id):
        return non(PAS_MEMBRE)
    return selon(est_signataire(acteur, organisme.id), PAS_SIGNATAIRE)


@regle("organisme.voir")
def _voir_organisme(acteur: Acteur, organisme: Organisme) -> Verdict:
    """Members, and agents who read one of its deposited dossiers (déports apart)."""
    if est_membre(acteur, organisme.id):
        return Verdict(True)
    if organisme.id in acteur.deports:
        return non("Vous avez déclaré un lien avec cet organisme : sa fiche vous est fermée.")
    return selon(_agent_concerne(acteur, organisme), PAS_MEMBRE)


def _agent_concerne(acteur: Acteur, organisme: Organisme) -> bool:
    """Perimeter and funder count, dossier by dossier: the vault holds its bank details."""
    if not acteur.est_agent:
        return False
    deposes = db.session.scalars(
        select(Dossier)
        .where(Dossier.organisme_id == organisme.id, Dossier.depose_le.is_not(None))
        .order_by(Dossier.id.desc())
    )
    return any(roles_sur(acteur, d) & LECTEURS for d in deposes)


@regle("membre.gerer")
def _gerer_membre(acteur: Acteur, membre: Membre) -> Verdict:
    return selon(est_signataire(acteur, membre.organisme_id), PAS_SIGNATAIRE)


@regle("mandat.reprendre")
def _reprendre_mandat(acteur: Acteur, mandat: Mandat) -> Verdict:
    return selon(est_signataire(acteur, mandat.membre.organisme_id), PAS_SIGNATAIRE)


@regle("demande_rattachement.repondre")
def _repondre(acteur: Acteur, demande: DemandeRattachement) -> Verdict:
    return selon(est_signataire(acteur, demande.organisme_id), PAS_SIGNATAIRE)


@regle("dossier.voir_porteur")
@regle("dossier.rediger")
def _dossier_porteur(acteur: Acteur, dossier: Dossier) -> Verdict:
    return selon(est_membre(acteur, dossier.organisme_id), PAS_MEMBRE)


@regle("revision_budget.rediger")
def _rediger_budget(acteur: Acteur, revision: RevisionBudget) -> Verdict:
    return _dossier_porteur(acteur, revision.dossier)


@regle("revision_budget.rendre")
def _rendre_budget(acteur: Acteur, revision: RevisionBudget) -> Verdict:
    """A revised budget binds the organisme: one of its signatories gives it back."""
    return selon(Role.PORTEUR_SIGNATAIRE in roles_sur(acteur, revision.dossier), PAS_SIGNATAIRE)


@regle("dossier.ecrire_message")
def _message(acteur: Acteur, dossier: Dossier) -> Verdict:
    """Members; and the agents who examine or follow the dossier, once it was deposited."""
    if est_membre(acteur, dossier.organisme_id):
        return Verdict(True)
    return selon(
        dossier.depose_le is not None and bool(roles_sur(acteur, dossier) & LECTEURS),
        "Seuls le porteur et les personnes qui suivent ce dossier peuvent y écrire.",
    )


@regle("fichier.lire")
def lire_fichier(acteur: Acteur, fichier: Fichier) -> Verdict:
    """A file is read by whoever may see the object it belongs to, once the antivirus let it."""
    refus = non("Vous n’avez pas accès à ce document.")
    attente = _analyse(acteur, fichier)
    if attente is not None:
        return attente
    modele = ENTITES.get(fichier.entite)
    objet = db.session.get(modele, fichier.entite_id) if modele else None
    if objet is None or acteur.utilisateur_id is None:
        return refus
    if isinstance(objet, Organisme):
        return _lire_papier(acteur, objet, fichier, refus)
    if isinstance(objet, Dossier):
        return _lire_piece(acteur, objet, fichier, refus)
    if isinstance(objet, Bilan):
        return _lire_piece_bilan(acteur, objet, fichier, refus)
    return _lire_autre(acteur, objet, fichier, refus)


def _lire_autre(acteur: Acteur, objet: Any, fichier: Fichier, refus: Verdict) -> Verdict:
    """Files of a session, a campaign, a funder, an act, a payment."""
    roles = roles_sur(acteur, objet)
    if isinstance(objet, Financeur):
        papier = exists().where(ActeFinanceur.fichier_id == fichier.id)  # never a pile of scans
        lecteur = bool(roles & {Role.FINANCE, Role.COORDINATEUR})
        return selon(lecteur and _vrai(papier), refus.raison)
    if isinstance(objet, Seance):
        return may(acteur, "seance.lire_pv", objet)
    if isinstance(objet, Campagne):
        return Verdict(True)
    return selon(bool(roles & (LECTEURS | {Role.PORTEUR_REDACTEUR})), refus.raison)


def _analyse(acteur: Acteur, fichier: Fichier) -> Verdict | None:
    """A file that waits is read by its sender only, a refused one by nobody; else None."""
    if fichier.analyse is EtatAnalyse.INFECTE:
        return non("L’antivirus a refusé ce document\u00a0: il a été effacé.")
    if fichier.analyse is EtatAnalyse.EN_ATTENTE and (
        acteur.utilisateur_id is None or fichier.depose_par_id != acteur.utilisateur_id
    ):
        return non("Ce document attend l’analyse de l’antivirus. Revenez dans quelques minutes.")
    return None


def _remis(fichier: Fichier, retire: Any, *depots: Any) -> Any:
    """Still joined, or joined at the time of a deposit: what was withdrawn before is private."""
    return or_(
        retire.is_(None),
        exists().where(*depots, Depot.depose_le >= fichier.depose_le, Depot.depose_le <= retire),
    )


def _vrai(condition: Any) -> bool:
    return bool(db.session.scalar(select(condition)))


def _lire_papier(acteur: Acteur, organisme: Organisme, fichier: Fichier, refus: Verdict) -> Verdict:
    lecture = _voir_organisme(acteur, organisme)
    if not lecture or est_membre(acteur, organisme.id):
        return lecture
    siens = (Depot.dossier_id == Dossier.id, Dossier.organisme_id == organisme.id)
    remis = exists().where(
        PieceOrganisme.fichier_id == fichier.id,
        _remis(fichier, PieceOrganisme.remplacee_le, *siens),
    )
    return selon(_vrai(remis), refus.raison)


def _lire_piece_bilan(acteur: Acteur, bilan: Bilan, fichier: Fichier, refus: Verdict) -> Verdict:
    """A bilan that is being written belongs to its porteur alone."""
    if est_membre(acteur, bilan.dossier.organisme_id):
        return Verdict(True)
    if bilan.depose_le is None or not roles_sur(acteur, bilan.dossier) & LECTEURS:
        return refus
    jointe = exists().where(
        PieceBilan.fichier_id == fichier.id,
        or_(PieceBilan.retiree_le.is_(None), PieceBilan.retiree_le >= bilan.depose_le),
    )
    return selon(_vrai(jointe), refus.raison)


def _lire_piece(acteur: Acteur, dossier: Dossier, fichier: Fichier, refus: Verdict) -> Verdict:
    if est_membre(acteur, dossier.organisme_id):
        return Verdict(True)
    remise = exists().where(
        PieceDossier.fichier_id == fichier.id,
        _remis(fichier, PieceDossier.retiree_le, Depot.dossier_id == dossier.id),
    )
    recepisse = exists().where(Depot.recepisse_id == fichier.id)
    recours = db.session.scalar(select(Recours).where(Recours.fichier_id == fichier.id))
    if recours is not None:
        return may(acteur, "recours.voir", recours)
    if dossier.depose_le is None or not _vrai(or_(remise, recepisse)):
        return refus
    if "dossier.voir" in REGLES and Role.OBSERVATEUR not in roles_sur(acteur, dossier):
        return may(acteur, "dossier.voir", dossier)
    return selon(bool(roles_sur(acteur, dossier) & LECTEURS), refus.raison)


@regle("televersement.commencer")
def _commencer_envoi(acteur: Acteur, _objet: Any) -> Verdict:
    """Members of an organisme, who manages the money of a funder (signed papers), and the
    coordination (appeals that came by post): nobody else has a place where a file may go."""
    return selon(
        acteur.est_porteur
        or acteur.est(RoleHabilitation.FINANCE)
        or acteur.est(RoleHabilitation.COORDINATEUR),
        "Rejoignez ou inscrivez un organisme avant d’envoyer un fichier.",
    )


@regle("televersement.continuer")
def _continuer_envoi(acteur: Acteur, envoi: Televersement) -> Verdict:
    return selon(
        acteur.utilisateur_id is not None and envoi.utilisateur_id == acteur.utilisateur_id,
        "Cet envoi est celui d’une autre personne.",
    )


@regle("piece_organisme.retirer")
def _retirer_papier(acteur: Acteur, piece: PieceOrganisme) -> Verdict:
    return selon(est_membre(acteur, piece.organisme_id), PAS_MEMBRE)


@regle("piece_dossier.retirer")
def _retirer_piece(acteur: Acteur, piece: PieceDossier) -> Verdict:
    dossier = db.session.get_one(Dossier, piece.dossier_id)
    return selon(est_membre(acteur, dossier.organisme_id), PAS_MEMBRE)
