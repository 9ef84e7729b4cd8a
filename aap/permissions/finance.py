"""Rules of the finance rooms: acts, payments, bilans and enveloppes of one's own funder.

Transitions (``convention.signer_porteur``, ``versement.valider``…) follow their tables; only what
is not a transition is here. A déport closes everything that belongs to the organisme.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    Dossier,
    Enveloppe,
    Financement,
    Financeur,
    Liasse,
    LigneLiasse,
    LigneLotActes,
    LotActes,
    LotPages,
    ModeleActe,
    Reversement,
    RoleHabilitation,
    Scan,
    Tranche,
    Versement,
)
from aap.permissions.acteur import Acteur
from aap.permissions.contexte import roles_sur
from aap.permissions.socle import Verdict, may, regle, selon
from workflows.socle import Role

AGENTS = frozenset({Role.FINANCE, Role.COORDINATEUR, Role.INSTRUCTEUR})
PORTEURS = frozenset({Role.PORTEUR_REDACTEUR, Role.PORTEUR_SIGNATAIRE})
RESERVE = (
    "Cette page est réservée à la gestion financière. Votre habilitation se demande à la "
    "coordination du contrat."
)
AUTRE_FINANCEUR = (
    "Cet acte relève de la gestion financière d’un autre financeur, ou d’un organisme pour lequel "
    "vous êtes déporté."
)
PAS_CONCERNE = "Ce document ne concerne ni votre organisme, ni votre financeur."


def _gere(acteur: Acteur) -> bool:
    return acteur.est(RoleHabilitation.FINANCE)


@regle("finance.accueil")
@regle("finance.conventions")
@regle("finance.versements")
@regle("finance.bilans")
def _accueil(acteur: Acteur, _objet: Any) -> Verdict:
    """The rooms of those who manage the money of a funder."""
    return selon(_gere(acteur), RESERVE)


@regle("finance.cpo")
def _cpo(acteur: Acteur, _objet: Any) -> Verdict:
    """The CPO rate interests those who lead the contrat too."""
    return selon(
        _gere(acteur)
        or acteur.est(RoleHabilitation.COORDINATEUR)
        or acteur.est(RoleHabilitation.COPIL),
        "Le taux de CPO est réservé à la gestion financière, à la coordination et au comité de "
        "pilotage.",
    )


@regle("financeur.motiver_cpo")
def _motiver_cpo(acteur: Acteur, financeur: Financeur) -> Verdict:
    """Local circumstances are written by those who sign for the funder, or who coordinate."""
    return selon(
        bool(roles_sur(acteur, financeur) & {Role.FINANCE, Role.COORDINATEUR}),
        "Les circonstances locales sont écrites par la gestion financière de ce financeur ou par "
        "la coordination.",
    )


@regle("modele_acte.lister")
def _lister_modeles(acteur: Acteur, _objet: Any) -> Verdict:
    return selon(
        _gere(acteur) or acteur.est(RoleHabilitation.COORDINATEUR),
        "Les modèles d’actes sont réservés à la gestion financière et à la coordination.",
    )


@regle("modele_acte.commencer")
@regle("modele_acte.voir")
@regle("modele_acte.modifier")
@regle("modele_acte.abandonner")
@regle("modele_acte.apercevoir")
def _ecrire_modele(acteur: Acteur, objet: Financeur | ModeleActe | Financement) -> Verdict:
    """The funder's officers and the coordination write drafts and read them on real dossiers."""
    return selon(
        bool(roles_sur(acteur, objet) & {Role.FINANCE, Role.COORDINATEUR}),
        "Ce modèle est celui d’un autre financeur, ou ce dossier ne vous est pas ouvert.",
    )


@regle("modele_acte.mettre_en_vigueur")
@regle("modele_acte.retirer")
def _decider_modele(acteur: Acteur, modele: ModeleActe) -> Verdict:
    """What a funder signs is decided by the funder alone."""
    return selon(
        Role.FINANCE in roles_sur(acteur, modele),
        "Seule la gestion financière de ce financeur décide du texte de ses actes.",
    )


@regle("financement.conventionner")
@regle("financement.voir_finance")
def _financement(acteur: Acteur, financement: Financement) -> Verdict:
    return selon(Role.FINANCE in roles_sur(acteur, financement), AUTRE_FINANCEUR)


@regle("tranche.planifier")
def _planifier(acteur: Acteur, tranche: Tranche) -> Verdict:
    return selon(Role.FINANCE in roles_sur(acteur, tranche), AUTRE_FINANCEUR)


@regle("convention.voir")
def _voir_convention(acteur: Acteur, convention: Convention) -> Verdict:
    """Both parties, and those who follow the dossier."""
    return selon(bool(roles_sur(acteur, convention) & (AGENTS | PORTEURS)), PAS_CONCERNE)


@regle("convention.voir_finance")
def _convention_finance(acteur: Acteur, convention: Convention) -> Verdict:
    """The agents' page of the act."""
    return selon(bool(roles_sur(acteur, convention) & AGENTS), AUTRE_FINANCEUR)


@regle("convention.voir_porteur")
def _convention_porteur(acteur: Acteur, convention: Convention) -> Verdict:
    """The porteur's page, once the act was sent to it (a draft is the funder's)."""
    if not roles_sur(acteur, convention) & PORTEURS:
        return selon(False, "Vous ne faites pas partie de l’organisme concerné par cet acte.")
    return selon(
        convention.sha256 is not None,
        "Le financeur prépare encore cet acte. Vous serez averti quand il pourra être lu.",
    )


@regle("scan.deposer")
@regle("scan.traiter")
def _scan(acteur: Acteur, objet: Financeur | Scan) -> Verdict:
    """Scans of signed acts belong to those who manage the money of the funder."""
    return selon(Role.FINANCE in roles_sur(acteur, objet), AUTRE_FINANCEUR)


@regle("liasse.etablir")
def _etablir_liasse(acteur: Acteur, financeur: Financeur) -> Verdict:
    """Payments are handed over together by those who manage the money of their funder."""
    return selon(Role.FINANCE in roles_sur(acteur, financeur), AUTRE_FINANCEUR)


@regle("liasse.voir")
@regle("liasse.mandater")
@regle("liasse.annuler")
def _liasse(acteur: Acteur, liasse: Liasse) -> Verdict:
    """Nobody reads or moves a liasse that pays an organisme for which she is set aside."""
    if Role.FINANCE not in roles_sur(acteur, liasse):
        return selon(False, AUTRE_FINANCEUR)
    return selon(
        not (acteur.deports and _paie_un_de(liasse, acteur.deports)),
        "Cette liasse paie un organisme pour lequel vous êtes déporté\u00a0: une autre personne la "
        "suit.",
    )


def paie_un_de(organismes: Collection[int]) -> ColumnElement[bool]:
    """Condition on ``Liasse``: one of its lines, live or not, pays one of these organismes."""
    return exists().where(
        LigneLiasse.liasse_id == Liasse.id,
        Versement.id == LigneLiasse.versement_id,
        Tranche.id == Versement.tranche_id,
        Convention.id == Tranche.convention_id,
        Convention.organisme_id.in_(sorted(organismes)),
    )


def _paie_un_de(liasse: Liasse, organismes: Collection[int]) -> bool:
    requete = select(Liasse.id).where(Liasse.id == liasse.id, paie_un_de(organismes))
    return db.session.scalar(requete) is not None


@regle("lot_actes.preparer")
def _preparer_lot(acteur: Acteur, financeur: Financeur) -> Verdict:
    """Acts are prepared together by those who manage the money of their funder."""
    return selon(Role.FINANCE in roles_sur(acteur, financeur), AUTRE_FINANCEUR)


@regle("lot_actes.voir")
@regle("lot_actes.poursuivre")
def _lot_actes(acteur: Acteur, lot: LotActes) -> Verdict:
    """Nobody reads together acts of which one is for an organisme for which she is set aside."""
    if Role.FINANCE not in roles_sur(acteur, lot):
        return selon(False, AUTRE_FINANCEUR)
    return selon(
        not (acteur.deports and _aide_un_de(lot, acteur.deports)),
        "Ce lot aide un organisme pour lequel vous êtes déporté : une autre personne le suit.",
    )


def _aide_un_de(lot: LotActes, organismes: Collection[int]) -> bool:
    requete = (
        select(LigneLotActes.id)
        .join(Financement, Financement.id == LigneLotActes.financement_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(LigneLotActes.lot_id == lot.id, Dossier.organisme_id.in_(sorted(organismes)))
        .limit(1)
    )
    return db.session.scalar(requete) is not None


@regle("lot_pages.traiter")
def _lot_pages(acteur: Acteur, lot: LotPages) -> Verdict:
    """Pages of an act are read by those who may read the act."""
    if Role.FINANCE not in roles_sur(acteur, lot):
        return selon(False, AUTRE_FINANCEUR)
    return Verdict(True) if lot.acte is None else _convention_finance(acteur, lot.acte)


@regle("financement.renoncer_porteur")
def _renoncer(acteur: Acteur, financement: Financement) -> Verdict:
    """Only who signs for the organisme gives an aid up on its behalf."""
    return selon(
        Role.PORTEUR_SIGNATAIRE in roles_sur(acteur, financement),
        "Seule une personne qui signe pour l’organisme peut renoncer à une aide.",
    )


@regle("convention.amender")
def _amender(acteur: Acteur, convention: Convention) -> Verdict:
    return selon(Role.FINANCE in roles_sur(acteur, convention), AUTRE_FINANCEUR)


@regle("avenant.modifier")
def _modifier_avenant(acteur: Acteur, avenant: Avenant) -> Verdict:
    return selon(Role.FINANCE in roles_sur(acteur, avenant), AUTRE_FINANCEUR)


@regle("avenant.voir")
def _voir_avenant(acteur: Acteur, avenant: Avenant) -> Verdict:
    """Both parties, and those who follow the dossier."""
    return selon(bool(roles_sur(acteur, avenant) & (AGENTS | PORTEURS)), PAS_CONCERNE)


@regle("avenant.voir_finance")
def _avenant_finance(acteur: Acteur, avenant: Avenant) -> Verdict:
    """The agents' page of an avenant: those who follow the convention."""
    return selon(bool(roles_sur(acteur, avenant) & AGENTS), AUTRE_FINANCEUR)


@regle("avenant.voir_porteur")
def _avenant_porteur(acteur: Acteur, avenant: Avenant) -> Verdict:
    """The porteur's page, once the avenant was sent to it (a draft is the funder's)."""
    if not roles_sur(acteur, avenant) & PORTEURS:
        return selon(False, "Vous ne faites pas partie de l’organisme concerné par cet avenant.")
    return selon(
        avenant.sha256 is not None,
        "Le financeur prépare encore cet avenant. Vous serez averti quand il pourra être lu.",
    )


@regle("tranche.voir_finance")
def _tranche_finance(acteur: Acteur, tranche: Tranche) -> Verdict:
    return selon(bool(roles_sur(acteur, tranche) & AGENTS), AUTRE_FINANCEUR)


@regle("tranche.voir_porteur")
def _tranche_porteur(acteur: Acteur, tranche: Tranche) -> Verdict:
    """Both parties may keep the statement of an exercice whose money is granted."""
    if not roles_sur(acteur, tranche) & PORTEURS:
        return selon(False, "Vous ne faites pas partie de l’organisme concerné par cet acte.")
    return selon(
        tranche.convention.notifiee_le is not None and bool(tranche.versements),
        "Aucun versement n’est encore prévu pour cet exercice.",
    )


@regle("reversement.voir_porteur")
def _reversement_porteur(acteur: Acteur, reversement: Reversement) -> Verdict:
    return selon(
        bool(roles_sur(acteur, reversement) & PORTEURS),
        "Vous ne faites pas partie de l’organisme concerné par cette demande.",
    )


@regle("versement.voir")
def _voir_versement(acteur: Acteur, versement: Versement) -> Verdict:
    return selon(bool(roles_sur(acteur, versement) & (AGENTS | PORTEURS)), PAS_CONCERNE)


@regle("bilan.voir")
def _voir_bilan(acteur: Acteur, bilan: Bilan) -> Verdict:
    return selon(bool(roles_sur(acteur, bilan) & (AGENTS | PORTEURS)), PAS_CONCERNE)


@regle("bilan.voir_porteur")
def _bilan_porteur(acteur: Acteur, bilan: Bilan) -> Verdict:
    return selon(
        bool(roles_sur(acteur, bilan) & PORTEURS),
        "Vous ne faites pas partie de l’organisme concerné par ce bilan.",
    )


@regle("bilan.controler")
def _controler(acteur: Acteur, bilan: Bilan) -> Verdict:
    """Reading: who reads the dossier. The acts follow their table: only those who pay."""
    return selon(
        bool(roles_sur(acteur, bilan.dossier) & {Role.FINANCE, Role.INSTRUCTEUR}),
        "Le contrôle des bilans est réservé à la gestion financière et à l’instruction.",
    )


@regle("enveloppe.voir_finance")
def _enveloppe(acteur: Acteur, enveloppe: Enveloppe) -> Verdict:
    return selon(
        bool(roles_sur(acteur, enveloppe) & {Role.FINANCE, Role.COORDINATEUR}), AUTRE_FINANCEUR
    )


@regle("reversement.suivre")
def _suivre_reversement(acteur: Acteur, reversement: Reversement) -> Verdict:
    return selon(Role.FINANCE in roles_sur(acteur, reversement), AUTRE_FINANCEUR)


@regle("financement.suivre_votes")
def _suivre_votes(acteur: Acteur, _objet: Any) -> Verdict:
    """Late votes: each reads those of her contrats, or of her funder (the query says which)."""
    return selon(
        acteur.est(RoleHabilitation.COORDINATEUR) or acteur.est(RoleHabilitation.FINANCE),
        "Cette page est réservée à la coordination et aux finances des financeurs.",
    )


@regle("financement.joindre_acte")
def _joindre_acte(acteur: Acteur, ligne: Financement) -> Verdict:
    """Whoever reads the line in the finance rooms and may record the vote joins its paper."""
    lecture = may(acteur, "financement.voir_finance", ligne)
    return may(acteur, "financement.enregistrer_vote", ligne) if lecture else lecture
