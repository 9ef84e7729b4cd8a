"""Signatures of an act: the text is frozen with its hash, both parties sign that hash."""

from __future__ import annotations

from datetime import datetime

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Avenant, Convention, TypeConvention
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger
from aap.services.avertissement import avertir_porteur
from aap.services.cachet import demander_cachet
from aap.services.contenu_convention import contenu_convention
from aap.services.empreinte import empreinte
from aap.services.texte_acte import prendre_texte
from aap.services.tour import prendre_son_tour
from aap.services.tranche import engager_ligne
from aap.services.transition import franchir, verifier_version


def envoyer_a_la_signature(
    acteur: Acteur, convention: Convention, *, version: int | None = None
) -> None:
    """Freeze the text and its hash, then send it: to the porteur, or straight to the funder
    for an arrêté. Raises Interdit, Conflit, PasLeMoment."""
    exiger(acteur, "convention.envoyer_a_la_signature", convention)
    prendre_son_tour(convention)
    verifier_version(convention, version)
    arrete = convention.type is TypeConvention.ARRETE
    prendre_texte(convention)
    convention.contenu = contenu_convention(convention)
    convention.sha256 = empreinte(convention.contenu)
    franchir(
        acteur,
        convention,
        "soumettre_arrete" if arrete else "envoyer_a_la_signature",
        donnees={"sha256": convention.sha256},
    )
    if not arrete:
        avertir_porteur(
            convention.dossier, "convention_a_signer", signataires=True, convention=convention
        )


def signer_porteur(acteur: Acteur, convention: Convention, *, version: int | None = None) -> None:
    """The signatory of the organisme signs by click: identity, time and hash are journaled."""
    franchir(
        acteur,
        convention,
        "signer_porteur",
        version=version,
        donnees={"sha256": convention.sha256},
    )
    convention.signature_porteur_le = maintenant()
    convention.signature_porteur_par_id = acteur.utilisateur_id
    db.session.flush()


def signer_financeur(acteur: Acteur, convention: Convention, *, version: int | None = None) -> None:
    """The funder's signature: credits are engaged, the first tranche becomes firm, the dossier
    goes into execution and its bilan is awaited."""
    exiger(acteur, "convention.signer_financeur", convention)
    prendre_son_tour(convention)
    verifier_version(convention, version)
    sceller(acteur, convention, maintenant(), {"sha256": convention.sha256})


def sceller(acteur: Acteur, convention: Convention, instant: datetime, preuve: Json) -> None:
    """The last signature, given at ``instant``, and what it brings about. The caller holds the
    turn of the organisme and has checked right and version."""
    convention.signature_financeur_le = instant
    convention.signee_le = max(instant, convention.signature_porteur_le or instant)
    convention.signature_financeur_par_id = acteur.utilisateur_id
    franchir(acteur, convention, "signer_financeur", donnees=preuve)
    premiere = convention.tranches[0]
    franchir(SYSTEME, premiere, "affermir")
    engager_ligne(premiere)
    demander_cachet(convention)


def mettre_en_vigueur(
    acteur: Acteur, convention: Convention, *, version: int | None = None
) -> None:
    """Notify the signed act to the porteur: payments may start."""
    exiger(acteur, "convention.mettre_en_vigueur", convention)
    prendre_son_tour(convention)
    verifier_version(convention, version)
    convention.notifiee_le = maintenant()
    franchir(acteur, convention, "mettre_en_vigueur")
    avertir_porteur(convention.dossier, "convention_en_vigueur", convention=convention)


def renvoyer_en_projet(
    acteur: Acteur, convention: Convention, motif: str, *, version: int | None = None
) -> None:
    """Back to draft before the last signature, with a reason; signatures given are dropped."""
    franchir(acteur, convention, "renvoyer_en_projet", motif=motif, version=version)
    convention.signature_porteur_le = None
    convention.signature_porteur_par_id = None
    convention.contenu = convention.sha256 = convention.texte = None
    retirer_papiers(convention)


def retirer_papiers(objet: Convention | Avenant) -> None:
    """The text is taken back: the papers signed so far prove nothing any more."""
    for copie in objet.copies:
        copie.retiree_le = copie.retiree_le or maintenant()
    db.session.flush()
