"""What an object belongs to, and the roles a person has on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, select

from aap.extensions import db
from aap.models import (
    Affectation,
    Avenant,
    Avis,
    Bilan,
    Campagne,
    Convention,
    Decision,
    DemandeAvis,
    Dossier,
    Enveloppe,
    Evaluation,
    Financement,
    Financeur,
    Liasse,
    LotActes,
    LotPages,
    ModeleActe,
    MotifCpo,
    NoteInterne,
    Organisme,
    Recours,
    Reversement,
    RevisionBudget,
    RoleHabilitation,
    RoleMembre,
    Scan,
    Scenario,
    Scrutin,
    Seance,
    Tranche,
    Versement,
)
from aap.permissions.acteur import Acteur, HabilitationActive
from workflows.financement import EtatFinancement
from workflows.socle import Role


@dataclass(frozen=True)
class Contexte:
    """Where an object stands. ``racine``: (entity, id) of the journal chain it writes to.

    ``payeurs``: the only funders whose agents act on it, when not all of the contrat's may.
    """

    racine: tuple[str, int]
    contrat_id: int | None = None
    organisme_id: int | None = None
    financeur_id: int | None = None
    dossier: Dossier | None = None
    payeurs: frozenset[int] | None = None


# Lines whose funder has nothing (more) to do with what becomes of the action.
_ECARTEES = (EtatFinancement.NON_RECEVABLE, EtatFinancement.REFUSE, EtatFinancement.RENONCE)


def _de_bilan(bilan: Bilan) -> Contexte:
    """A bilan is accepted by those who pay for the action, not by any funder of the contrat."""
    lignes = bilan.dossier.financements
    payeurs = frozenset(f.financeur_id for f in lignes if f.etat not in _ECARTEES)
    return replace(_de_dossier(bilan.dossier), payeurs=payeurs)


def _de_dossier(dossier: Dossier, financeur_id: int | None = None) -> Contexte:
    return Contexte(
        racine=("dossier", dossier.id),
        contrat_id=dossier.campagne.contrat_id,
        organisme_id=dossier.organisme_id,
        financeur_id=financeur_id,
        dossier=dossier,
    )


def _de_convention(convention: Convention) -> Contexte:
    return _de_dossier(convention.dossier, convention.financeur_id)


def contexte_de(objet: Any) -> Contexte:  # noqa: C901 – one line per kind of object
    """Where ``objet`` stands. Raises TypeError for a kind that carries no right."""
    match objet:
        case Dossier():
            return _de_dossier(objet)
        case Financement():
            return _de_dossier(objet.dossier, objet.financeur_id)
        case Evaluation() | Affectation() | NoteInterne():
            return _de_dossier(objet.dossier, objet.financeur_id)
        case Bilan():
            return _de_bilan(objet)
        case DemandeAvis() | Decision() | Recours() | RevisionBudget():
            return _de_dossier(objet.dossier)
        case Avis():
            dossier = db.session.get_one(Dossier, objet.dossier_id)
            return _de_dossier(dossier, objet.financeur_id)
        case Reversement():
            return _de_dossier(objet.bilan.dossier, objet.financement.financeur_id)
        case Convention():
            return _de_convention(objet)
        case Tranche() | Avenant():
            return _de_convention(objet.convention)
        case Versement():
            return _de_convention(objet.tranche.convention)
        case Campagne():
            return Contexte(("campagne", objet.id), contrat_id=objet.contrat_id)
        case Seance() | Scenario():
            return Contexte((objet.__tablename__, objet.id), contrat_id=objet.campagne.contrat_id)
        case Scrutin():
            return contexte_de(objet.seance)
        case Financeur():
            return Contexte(
                ("financeur", objet.id), contrat_id=objet.contrat_id, financeur_id=objet.id
            )
        case Liasse() | LotActes() | ModeleActe() | MotifCpo():
            return Contexte(
                ("financeur", objet.financeur_id),
                contrat_id=objet.financeur.contrat_id,
                financeur_id=objet.financeur_id,
            )
        case Enveloppe():
            return Contexte(
                ("enveloppe", objet.id),
                contrat_id=objet.financeur.contrat_id,
                financeur_id=objet.financeur_id,
            )
        case Scan() | LotPages():
            scan = objet if isinstance(objet, Scan) else objet.scan
            return Contexte(
                ("financeur", scan.financeur_id),
                contrat_id=scan.financeur.contrat_id,
                financeur_id=scan.financeur_id,
            )
        case Organisme():
            return Contexte(("organisme", objet.id), organisme_id=objet.id)
        case _:
            nom = getattr(objet, "__tablename__", None)
            if nom is None or not hasattr(objet, "id"):
                raise TypeError(f"objet sans contexte de droits : {type(objet).__name__}")
            return Contexte((nom, objet.id), contrat_id=getattr(objet, "contrat_id", None))


def dans_perimetre(habilitation: HabilitationActive, dossier: Dossier) -> bool:
    """Does the dossier touch the perimeter? The SQL twin is ``requetes.perimetre``."""
    if habilitation.sans_limite:
        return True
    if dossier.orientation_id in habilitation.orientations:
        return True
    for lien in dossier.quartiers:
        quartier = lien.quartier
        if quartier.id in habilitation.quartiers or quartier.secteur_id in habilitation.secteurs:
            return True
        if any(c.id in habilitation.communes for c in quartier.communes):
            return True
    return False


_AGENTS = {
    RoleHabilitation.INSTRUCTEUR: Role.INSTRUCTEUR,
    RoleHabilitation.COORDINATEUR: Role.COORDINATEUR,
    RoleHabilitation.COPIL: Role.COPIL,
    RoleHabilitation.FINANCE: Role.FINANCE,
}


_D_UN_FINANCEUR = frozenset({RoleHabilitation.INSTRUCTEUR, RoleHabilitation.FINANCE})


def _pour_son_financeur(h: HabilitationActive, c: Contexte) -> bool:
    """Does the object concern the funder of this right? (a right without funder: every one)

    Whoever manages the money of one funder reads the dossiers that ask it for some; an
    instructor reads those of her perimeter, whoever is asked.
    """
    if h.financeur_id is None:
        return True
    if c.financeur_id is not None:
        return h.financeur_id == c.financeur_id
    if c.payeurs is not None:
        return h.financeur_id in c.payeurs
    if h.role is RoleHabilitation.FINANCE and c.dossier is not None:
        return any(f.financeur_id == h.financeur_id for f in c.dossier.financements)
    return True


def _vaut(h: HabilitationActive, c: Contexte) -> bool:
    """Is this right valid on this object (contrat, financeur, perimeter)?"""
    if h.contrat_id is not None and c.contrat_id != h.contrat_id:
        return False
    if h.role in _D_UN_FINANCEUR and not _pour_son_financeur(h, c):
        return False
    if h.role is RoleHabilitation.INSTRUCTEUR and c.dossier is not None:
        return dans_perimetre(h, c.dossier)
    return True


def avis_demande(acteur: Acteur, dossier: Dossier) -> bool:
    """Was this person's opinion asked on this dossier?"""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    DemandeAvis.dossier_id == dossier.id,
                    DemandeAvis.utilisateur_id == acteur.utilisateur_id,
                )
            )
        )
    )


def _par_mandat(acteur: Acteur, objet: Any, contexte: Contexte) -> bool:
    """A mandate lets a writer sign dossiers and bilans, nothing else."""
    return isinstance(objet, (Dossier, Bilan)) and contexte.organisme_id in acteur.mandats


def roles_sur(acteur: Acteur, objet: Any) -> frozenset[Role]:
    """Every workflow role the person holds on this object.

    A déport takes away every agent role on what belongs to the organisme.
    """
    if acteur.systeme:
        return frozenset({Role.SYSTEME})
    contexte = contexte_de(objet)
    roles: set[Role] = set()
    membre = acteur.membres.get(contexte.organisme_id or 0)
    if membre is not None:
        roles.add(Role.PORTEUR_REDACTEUR)
        if membre is RoleMembre.SIGNATAIRE or _par_mandat(acteur, objet, contexte):
            roles.add(Role.PORTEUR_SIGNATAIRE)
    if contexte.organisme_id is None or contexte.organisme_id not in acteur.deports:
        roles |= _roles_agent(acteur, contexte)
    return frozenset(roles)


# On a draft (never transmitted) the coordination alone has acts: late deposits.
_SUR_BROUILLON = frozenset({RoleHabilitation.COORDINATEUR, RoleHabilitation.ADMINISTRATEUR})


def _roles_agent(acteur: Acteur, contexte: Contexte) -> set[Role]:
    roles = set()
    brouillon = contexte.dossier is not None and contexte.dossier.depose_le is None
    for h in acteur.habilitations:
        if brouillon and h.role not in _SUR_BROUILLON:
            continue
        if h.role is RoleHabilitation.ADMINISTRATEUR:
            roles.add(Role.ADMINISTRATEUR)
        elif h.role is RoleHabilitation.OBSERVATEUR:
            if contexte.dossier is not None and avis_demande(acteur, contexte.dossier):
                roles.add(Role.OBSERVATEUR)
        elif _vaut(h, contexte):
            roles.add(_AGENTS[h.role])
    return roles
