"""Avenants: prepared and signed by both sides; nothing of the convention moves before.

Acts: ``preparer_avenant``, ``modifier_avenant``, ``envoyer_a_la_signature``, ``signer_porteur``,
``signer_financeur``, ``renvoyer_en_projet``, ``abandonner``. What the last signature writes is in
``effets_avenant``; what is shown before it, in ``requetes.avenants``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Avenant, Convention, TypeConvention
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.avenants import (
    OUVERTES,
    avenant_vivant,
    raisons_credits,
    raisons_texte,
    tranche_de,
    tranches_apres,
)
from aap.services.avertissement import avertir_porteur
from aap.services.cachet import demander_cachet
from aap.services.contenu_avenant import contenu_avenant
from aap.services.effets_avenant import appliquer
from aap.services.empreinte import empreinte
from aap.services.faits_organisme import raison_cer, raison_signataire
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.signature import retirer_papiers
from aap.services.tour import prendre_son_tour
from aap.services.transition import effet, franchir, verifier_version
from aap.services.vote import TYPES_ACTE
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention

OBJET_MAX, OBJECTIFS_MAX = 500, 2000


@dataclass(frozen=True)
class ChangementTranche:
    """New amount (cents) and objectives of one exercice; None leaves the objectives as they are."""

    exercice: int
    montant: int
    objectifs: str | None = None


@dataclass(frozen=True)
class SaisieAvenant:
    """What the officer typed. ``fin``: new end of the action; ``acte_*``: vote of a raise."""

    objet: str
    tranches: tuple[ChangementTranche, ...] = ()
    fin: date | None = None
    acte_type: str = ""
    acte_numero: str = ""
    acte_date: date | None = None


def _effets(convention: Convention, tranches: tuple[ChangementTranche, ...]) -> list[Json]:
    """Only what differs from the convention as it is now."""
    sortie: list[Json] = []
    for saisie in sorted(tranches, key=lambda x: x.exercice):
        tranche = tranche_de(convention, saisie.exercice)
        avant = tranche.montant if tranche else None
        ligne: Json = {"exercice": saisie.exercice, "avant": avant, "apres": saisie.montant}
        actuels = tranche.objectifs if tranche else ""
        voulus = nettoyer(saisie.objectifs or "").strip()[:OBJECTIFS_MAX]
        if saisie.objectifs is not None and voulus != actuels:
            ligne |= {"objectifs_avant": actuels, "objectifs": voulus}
        if avant != saisie.montant or "objectifs" in ligne:
            sortie.append(ligne)
    return sortie


def _problemes_saisie(saisie: SaisieAvenant, exercice: int) -> list[Probleme]:
    """``exercice``: first year of the convention, that no vote precedes by two years."""
    problemes = []
    if len({t.exercice for t in saisie.tranches}) < len(saisie.tranches):
        problemes.append(Probleme("Un exercice est écrit deux fois\u00a0: rechargez la page."))
    if len(saisie.objet.strip()) < 3:
        problemes.append(Probleme("Dites pourquoi cet avenant.", "objet"))
    if saisie.acte_type and saisie.acte_type not in TYPES_ACTE:
        problemes.append(Probleme("Choisissez la nature de l’acte.", "acte_type"))
    if saisie.acte_date is not None and saisie.acte_date > aujourdhui():
        problemes.append(Probleme("La date de l’acte ne peut pas être à venir.", "acte_date"))
    if saisie.acte_date is not None and saisie.acte_date.year < exercice - 1:
        phrase = "Cette date est trop ancienne pour cette convention\u00a0: vérifiez l’année."
        problemes.append(Probleme(phrase, "acte_date"))
    return problemes


def _ecrire(avenant: Avenant, saisie: SaisieAvenant) -> None:
    """Put what was typed on the draft. Raises Invalide when the text cannot be."""
    problemes = _problemes_saisie(saisie, avenant.convention.exercice)
    avenant.objet = nettoyer(saisie.objet).strip()[:OBJET_MAX]
    avenant.effets = _effets(avenant.convention, saisie.tranches)
    avenant.fin = saisie.fin
    avenant.acte_type = saisie.acte_type if saisie.acte_type in TYPES_ACTE else ""
    avenant.acte_numero = nettoyer(saisie.acte_numero, lignes=False).strip()[:60]
    avenant.acte_date = saisie.acte_date
    problemes += [Probleme(r) for r in raisons_texte(avenant)]
    if problemes:
        raise Invalide("L’avenant n’est pas complet.", problemes)


def preparer_avenant(
    acteur: Acteur, convention: Convention, saisie: SaisieAvenant, *, version: int | None = None
) -> Avenant:
    """A draft avenant, with the next number of the convention (abandoned ones keep theirs).

    Raises Interdit, Conflit, PasLeMoment (not in force, another one under way), Invalide.
    """
    exiger(acteur, "convention.amender", convention)
    prendre_son_tour(convention)
    verifier_version(convention, version)
    if raison := raison_pas_amendable(convention):
        raise PasLeMoment(raison)
    rang = db.session.scalar(
        select(func.count()).select_from(Avenant).where(Avenant.convention_id == convention.id)
    )
    with db.session.no_autoflush:
        avenant = Avenant(
            convention=convention, numero_avenant=(rang or 0) + 1, etat=EtatAvenant.PROJET
        )
        try:
            _ecrire(avenant, saisie)
        except Invalide:
            avenant.convention = None  # type: ignore[assignment]
            raise
    db.session.add(avenant)
    db.session.flush()
    _consigner_projet(acteur, avenant, "avenant.preparer", "préparé")
    return avenant


def modifier_avenant(
    acteur: Acteur, avenant: Avenant, saisie: SaisieAvenant, *, version: int | None = None
) -> None:
    """Write a draft again, from the amounts of today. Raises Conflit, PasLeMoment, Invalide."""
    exiger(acteur, "avenant.modifier", avenant)
    prendre_son_tour(avenant)
    verifier_version(avenant, version)
    if avenant.etat is not EtatAvenant.PROJET:
        raise PasLeMoment("Seul un projet se modifie\u00a0: demandez d’abord une correction.")
    with db.session.no_autoflush:
        _ecrire(avenant, saisie)
    db.session.flush()
    _consigner_projet(acteur, avenant, "avenant.modifier", "modifié")


def _consigner_projet(acteur: Acteur, avenant: Avenant, acte: str, participe: str) -> None:
    lignes = tranches_apres(avenant)
    avant, apres = sum(t.avant or 0 for t in lignes), sum(t.apres for t in lignes)
    consigner(
        acteur,
        avenant,
        acte,
        f"Avenant n° {avenant.numero_avenant} {participe}\u00a0: total de {en_euros(avant)} à "
        f"{en_euros(apres)}",
        donnees={
            "effets": list(avenant.effets),
            "fin": avenant.fin.isoformat() if avenant.fin else None,
        },
    )


def raison_pas_amendable(convention: Convention) -> str:
    """Why no avenant can be prepared now, or empty."""
    if convention.type is TypeConvention.ARRETE:
        return (
            "Un arrêté n’a pas d’avenant, puisque le financeur le signe seul\u00a0: résiliez-le et "
            "préparez une convention."
        )
    if convention.etat is not EtatConvention.EN_VIGUEUR:
        return "Un avenant se prépare sur une convention en vigueur."
    vivant = avenant_vivant(convention)
    if vivant is not None:
        return (
            f"L’avenant n° {vivant.numero_avenant} est en cours\u00a0: terminez-le ou "
            "abandonnez-le d’abord."
        )
    if not any(t.etat in OUVERTES for t in convention.tranches):
        return "Aucun exercice de cette convention n’est encore ouvert."
    return ""


def envoyer_a_la_signature(acteur: Acteur, avenant: Avenant, *, version: int | None = None) -> None:
    """Freeze the text and its hash, send it to the signatory of the porteur."""
    exiger(acteur, "avenant.envoyer_a_la_signature", avenant)
    prendre_son_tour(avenant)
    verifier_version(avenant, version)
    contenu = contenu_avenant(avenant)
    sha256 = empreinte(contenu)
    franchir(acteur, avenant, "envoyer_a_la_signature", donnees={"sha256": sha256})
    avenant.contenu, avenant.sha256 = contenu, sha256
    db.session.flush()
    avertir_porteur(
        avenant.convention.dossier, "avenant_a_signer", signataires=True, avenant=avenant
    )


def signer_porteur(acteur: Acteur, avenant: Avenant, *, version: int | None = None) -> None:
    """The signatory of the organisme signs by click: identity, time and hash are journaled."""
    franchir(acteur, avenant, "signer_porteur", version=version, donnees={"sha256": avenant.sha256})
    avenant.signature_porteur_le = maintenant()
    avenant.signature_porteur_par_id = acteur.utilisateur_id
    db.session.flush()


def signer_financeur(acteur: Acteur, avenant: Avenant, *, version: int | None = None) -> None:
    """The last signature: the effects are written at once, the porteur is told.

    Raises PasLeMoment when something moved since the text was frozen; the database refuses an
    enveloppe overrun that a concurrent writer would cause.
    """
    exiger(acteur, "avenant.signer_financeur", avenant)
    prendre_son_tour(avenant)
    verifier_version(avenant, version)
    sceller(acteur, avenant, maintenant(), {"sha256": avenant.sha256})


def sceller(acteur: Acteur, avenant: Avenant, instant: datetime, preuve: Json) -> None:
    """The last signature, given at ``instant``, and its effects. The caller holds the turn of the
    organisme and has checked right and version."""
    avenant.signature_financeur_le = instant
    avenant.signature_financeur_par_id = acteur.utilisateur_id
    avenant.signe_le = a_paris(max(instant, avenant.signature_porteur_le or instant)).date()
    franchir(acteur, avenant, "signer_financeur", donnees=preuve)
    appliquer(acteur, avenant)
    demander_cachet(avenant)
    avertir_porteur(avenant.convention.dossier, "avenant_signe", avenant=avenant)


def renvoyer_en_projet(
    acteur: Acteur, avenant: Avenant, motif: str, *, version: int | None = None
) -> None:
    """Back to draft before the last signature, with a reason; signatures given are dropped."""
    franchir(acteur, avenant, "renvoyer_en_projet", motif=motif, version=version)
    avenant.signature_porteur_le = None
    avenant.signature_porteur_par_id = None
    avenant.contenu = avenant.sha256 = None
    retirer_papiers(avenant)


def abandonner(acteur: Acteur, avenant: Avenant, motif: str, *, version: int | None = None) -> None:
    """Give the avenant up; the convention is as it was, the number stays taken."""
    franchir(acteur, avenant, "abandonner", motif=motif, version=version)


@effet("convention", "resilier")
@effet("convention", "constater_echeance")
def _tombe_avec_la_convention(_acteur: Acteur, convention: Convention, motif: str) -> None:
    vivant = avenant_vivant(convention)
    if vivant is not None:
        abandonner(SYSTEME, vivant, motif or "La convention est arrivée à son terme.")


@garde_de("avenant", "convention_en_vigueur")
def _en_vigueur(_acteur: Acteur, avenant: Avenant) -> str | None:
    if avenant.convention.etat is EtatConvention.EN_VIGUEUR:
        return None
    return "La convention n’est plus en vigueur."


@garde_de("avenant", "effets_possibles")
def _effets_possibles(_acteur: Acteur, avenant: Avenant) -> str | None:
    raisons = raisons_texte(avenant) or raisons_credits(avenant)
    return " ".join(raisons) or None


@garde_de("avenant", "texte_inchange")
def _texte_inchange(_acteur: Acteur, avenant: Avenant) -> str | None:
    fige = avenant.contenu
    if (
        fige is not None
        and empreinte(fige) == avenant.sha256
        and empreinte(contenu_avenant(avenant)) == avenant.sha256
    ):
        return None
    return (
        "Le texte ou les montants ont changé depuis l’envoi\u00a0: renvoyez l’avenant en projet, "
        "puis de nouveau à la signature."
    )


@garde_de("avenant", "copie_jointe")
def _copie_jointe(_acteur: Acteur, avenant: Avenant) -> str | None:
    if any(c.tient_lieu and c.partie.porteur for c in avenant.copies):
        return None
    return "L’exemplaire signé par le porteur n’est pas joint à l’avenant."


@garde_de("avenant", "signataire_habilite")
def _signataire(acteur: Acteur, avenant: Avenant) -> str | None:
    return raison_signataire(acteur, avenant.convention.organisme_id)


@garde_de("avenant", "cer_signe")
def _cer(_acteur: Acteur, avenant: Avenant) -> str | None:
    return raison_cer(avenant.convention.organisme, pour_porteur=True)
