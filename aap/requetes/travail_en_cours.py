"""What an account, or one right, leaves behind when it is taken away: said before it is done."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import accorder, enumerer
from aap.extensions import db
from aap.models import (
    Affectation,
    Avis,
    Campagne,
    DemandeAvis,
    Dossier,
    Financeur,
    Habilitation,
    Membre,
    Organisme,
    Presence,
    RoleHabilitation,
    RoleMembre,
    Seance,
    Utilisateur,
)
from aap.requetes.affectations_vacantes import A_INSTRUIRE
from aap.requetes.comptes import en_vigueur
from workflows.seance import EtatSeance

R = RoleHabilitation
SEANCES_FINIES = (EtatSeance.CLOSE, EtatSeance.PV_ARRETE)


def travail_en_cours(
    utilisateur: Utilisateur, habilitation: Habilitation | None = None
) -> list[str]:
    """What would be left behind, in sentences: by the account, or by one right of the person."""
    phrases = _dossiers_confies(utilisateur, habilitation)
    if habilitation is None:
        phrases += [*_avis_attendus(utilisateur), *_seances(utilisateur), *_signatures(utilisateur)]
    return phrases + _droits_seuls(utilisateur, habilitation)


def _dossiers_confies(utilisateur: Utilisateur, habilitation: Habilitation | None) -> list[str]:
    if habilitation is not None and habilitation.role is not R.INSTRUCTEUR:
        return []
    requete = (
        select(Campagne.nom, func.count(Dossier.id.distinct()))
        .join(Dossier, Dossier.campagne_id == Campagne.id)
        .join(Affectation, Affectation.dossier_id == Dossier.id)
        .where(
            Affectation.utilisateur_id == utilisateur.id,
            Dossier.etat.in_(A_INSTRUIRE),
        )
        .group_by(Campagne.id, Campagne.nom)
        .order_by(Campagne.id)
    )
    if habilitation is not None:
        requete = requete.where(
            Affectation.financeur_id == habilitation.financeur_id,
            Campagne.contrat_id == habilitation.contrat_id,
        )
    un, des = "dossier à instruire lui est confié", "dossiers à instruire lui sont confiés"
    return [
        f"{accorder(n, un, des)} ({nom}). La coordination peut les passer à quelqu’un d’autre, "
        "avant ou après, sur la page Affectation."
        for nom, n in db.session.execute(requete)
    ]


def _avis_attendus(utilisateur: Utilisateur) -> list[str]:
    n = db.session.scalar(
        select(func.count(DemandeAvis.id))
        .join(Dossier, Dossier.id == DemandeAvis.dossier_id)
        .where(
            DemandeAvis.utilisateur_id == utilisateur.id,
            Dossier.etat.in_(A_INSTRUIRE),
            ~exists().where(Avis.demande_avis_id == DemandeAvis.id),
        )
    )
    if not n:
        return []
    un, des = "avis lui est demandé et reste", "avis lui sont demandés et restent"
    return [f"{accorder(n, un, des)} à rendre."]


def _seances(utilisateur: Utilisateur) -> list[str]:
    titres = db.session.scalars(
        select(Seance.titre)
        .join(Presence, Presence.seance_id == Seance.id)
        .where(Presence.utilisateur_id == utilisateur.id, Seance.etat.not_in(SEANCES_FINIES))
        .order_by(Seance.prevue_le)
    ).all()
    if not titres:
        return []
    noms = enumerer([f"« {t} »" for t in titres])
    return [f"Cette personne est convoquée au comité de pilotage : {noms}."]


def _signatures(utilisateur: Utilisateur) -> list[str]:
    autre, compte = aliased(Membre), aliased(Utilisateur)
    noms = db.session.scalars(
        select(Organisme.nom)
        .join(Membre, Membre.organisme_id == Organisme.id)
        .where(
            Membre.utilisateur_id == utilisateur.id,
            Membre.parti_le.is_(None),
            Membre.role == RoleMembre.SIGNATAIRE,
            ~exists().where(
                autre.organisme_id == Organisme.id,
                autre.utilisateur_id != utilisateur.id,
                autre.parti_le.is_(None),
                autre.role == RoleMembre.SIGNATAIRE,
                compte.id == autre.utilisateur_id,
                compte.desactive_le.is_(None),
            ),
        )
        .order_by(Organisme.nom_recherche)
    ).all()
    return [f"C’est la seule personne qui peut signer pour {nom}." for nom in noms]


def _droits_seuls(utilisateur: Utilisateur, habilitation: Habilitation | None) -> list[str]:
    """The rights that nobody else holds on the same contrat, for the same funder."""
    autre, compte = aliased(Habilitation), aliased(Utilisateur)
    requete = (
        select(Habilitation, Financeur.nom)
        .outerjoin(Financeur, Financeur.id == Habilitation.financeur_id)
        .where(
            Habilitation.utilisateur_id == utilisateur.id,
            Habilitation.delegue_par_id.is_(None),
            Habilitation.role.not_in((R.COPIL, R.OBSERVATEUR)),
            *en_vigueur(),
            ~exists().where(
                autre.utilisateur_id != utilisateur.id,
                autre.role == Habilitation.role,
                autre.contrat_id.is_not_distinct_from(Habilitation.contrat_id),
                autre.financeur_id.is_not_distinct_from(Habilitation.financeur_id),
                autre.retiree_le.is_(None),
                autre.delegue_par_id.is_(None),
                autre.du <= aujourdhui(),
                or_(autre.au.is_(None), autre.au >= aujourdhui()),
                compte.id == autre.utilisateur_id,
                compte.desactive_le.is_(None),
            ),
        )
        .order_by(Habilitation.id)
    )
    if habilitation is not None:
        requete = requete.where(Habilitation.id == habilitation.id)
    return [
        f"Plus personne n’aurait le droit « {h.role.libelle} »"
        + (f" pour {financeur}." if financeur else ".")
        for h, financeur in db.session.execute(requete)
    ]
