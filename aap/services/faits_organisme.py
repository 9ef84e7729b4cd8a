"""Facts about the organisme that acts, payments and bilans require."""

from __future__ import annotations

from sqlalchemy import exists, select

from aap.domaine.cer import VERSION_TEXTE
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    EngagementRepublicain,
    Membre,
    Organisme,
    RoleMembre,
    Versement,
)
from aap.permissions import Acteur
from aap.requetes.mandats import mandat_au
from aap.services.gardes import garde_de


def raison_signataire(acteur: Acteur, organisme_id: int, *, mandat: bool = False) -> str | None:
    """None when the person signs for the organisme today (read again in the database).

    ``mandat``: a mandate in force is enough (dossiers and bilans).
    """
    place = db.session.scalar(
        select(Membre.id).where(
            Membre.organisme_id == organisme_id,
            Membre.utilisateur_id == acteur.utilisateur_id,
            Membre.role == RoleMembre.SIGNATAIRE,
            Membre.parti_le.is_(None),
        )
    )
    if place is not None:
        return None
    if mandat and mandat_au(organisme_id, acteur.utilisateur_id, aujourdhui()) is not None:
        return None
    return "Vous ne pouvez plus signer pour cet organisme."


def raison_cer(organisme: Organisme, *, pour_porteur: bool = False) -> str | None:
    """None when the CER is signed or not required (loi 2000-321 art. 10-1)."""
    if not organisme.forme.signe_le_cer:
        return None
    signe = db.session.scalar(
        select(
            exists().where(
                EngagementRepublicain.organisme_id == organisme.id,
                EngagementRepublicain.version_texte == VERSION_TEXTE,
            )
        )
    )
    if signe:
        return None
    suite = (
        "un signataire peut le faire depuis la page de l’organisme."
        if pour_porteur
        else "demandez au porteur de le signer depuis la page de son organisme."
    )
    return f"Le contrat d’engagement républicain n’est pas signé\u00a0: {suite}"


@garde_de("convention", "signataire_habilite")
def _signataire_convention(acteur: Acteur, convention: Convention) -> str | None:
    return raison_signataire(acteur, convention.organisme_id)


@garde_de("bilan", "signataire_habilite")
def _signataire_bilan(acteur: Acteur, bilan: Bilan) -> str | None:
    return raison_signataire(acteur, bilan.dossier.organisme_id, mandat=True)


@garde_de("convention", "cer_signe")
def _cer_convention(_acteur: Acteur, convention: Convention) -> str | None:
    return raison_cer(convention.organisme, pour_porteur=True)


@garde_de("versement", "cer_signe")
def _cer_versement(_acteur: Acteur, versement: Versement) -> str | None:
    return raison_cer(versement.tranche.convention.organisme)
