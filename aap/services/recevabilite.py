"""Admissibility: of the dossier for everybody, of one line for its funder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import zip_longest

from sqlalchemy import update

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.motifs_recevabilite import (
    MotifIrrecevabilite,
    MotifLigne,
    TypeMotif,
    composer_motif,
)
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import DemandeComplement, Dossier, Financement
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger, may
from aap.requetes.examen import deja_recevable, derniere_demande
from aap.requetes.renvois import renvois_possibles
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.transition import effet, franchir
from workflows.dossier import EtatDossier
from workflows.financement import MACHINE as MACHINE_LIGNE

DEPOSES = frozenset(EtatDossier) - {
    EtatDossier.BROUILLON,
    EtatDossier.EN_ATTENTE_SIGNATURE,
    EtatDossier.CADUC,
}


def demander_complements(
    acteur: Acteur,
    dossier: Dossier,
    texte: str,
    elements: list[str],
    echeance: date,
    *,
    bloquante: bool = True,
    renvois: Sequence[str] = (),
    version: int | None = None,
) -> DemandeComplement:
    """Ask the porteur for what is missing, by a date.

    ``renvois``: where each element is answered (``requetes.renvois``), in the same order; an
    element without words takes those of its renvoi.

    ``bloquante``: the missing pieces are indispensable, so the legal delay is suspended until
    they come (CRPA L114-5); otherwise it keeps running. Raises Invalide without text, without
    any element, or with a date that is not in the future.
    """
    exiger(acteur, "dossier.demander_complements", dossier)
    propre = nettoyer(texte).strip()
    couples = _elements(dossier, elements, renvois)
    demandes = [texte for texte, _ in couples]
    problemes = []
    if not propre:
        problemes.append(Probleme("Dites ce qui manque et pourquoi.", "texte"))
    if not demandes:
        problemes.append(Probleme("Listez au moins un élément à fournir.", "elements"))
    if echeance <= aujourdhui():
        problemes.append(Probleme("Fixez une date de réponse dans le futur.", "echeance"))
    if problemes:
        raise Invalide("La demande n’est pas complète.", problemes)
    franchir(acteur, dossier, "demander_complements", motif=propre, version=version)
    demande = DemandeComplement(
        dossier_id=dossier.id,
        demandee_par_id=acteur.utilisateur_id,
        echeance=echeance,
        texte=propre,
        elements=demandes,
        renvois=[renvoi for _, renvoi in couples] if any(r for _, r in couples) else [],
        bloquante=bloquante,
    )
    db.session.add(demande)
    db.session.flush()
    avertir_porteur(dossier, "complements_demandes", demande=demande)
    return demande


def _elements(
    dossier: Dossier, elements: Sequence[str], renvois: Sequence[str]
) -> list[tuple[str, str]]:
    """(words, renvoi) of each element asked; empty ones dropped. Raises Invalide."""
    libelles = {r.code: r.libelle for r in renvois_possibles(dossier)} if any(renvois) else {}
    if any(r and r not in libelles for r in renvois):
        raise Invalide(
            "La demande n’est pas complète.",
            [Probleme("Choisissez un endroit du dossier parmi ceux proposés.", "precis")],
        )
    couples = []
    for texte, renvoi in zip_longest(elements, renvois[: len(elements)], fillvalue=""):
        mots = nettoyer(texte, lignes=False)[:300] or libelles.get(renvoi, "")
        if mots:
            couples.append((mots, renvoi))
    return couples


def lever_la_demande(
    acteur: Acteur, dossier: Dossier, motif: str, *, version: int | None = None
) -> None:
    """Go on without the complements (CRPA L114-5-1); the porteur is told."""
    franchir(acteur, dossier, "lever_la_demande", motif=motif, version=version)
    poursuivre_examen(dossier)
    avertir_porteur(dossier, "complements_leves", motif=motif.strip())


def poursuivre_examen(dossier: Dossier) -> None:
    """A piece that is not indispensable stops nothing: the examination takes its course again.

    Does nothing when the dossier was not yet admissible, or when what was asked was
    indispensable: it is then looked at anew.
    """
    demande = derniere_demande(dossier)
    if demande is not None and not demande.bloquante and deja_recevable(dossier):
        franchir(SYSTEME, dossier, "poursuivre_examen")


@garde_de("dossier", "deja_recevable")
def _deja_recevable(_acteur: Acteur, dossier: Dossier) -> str | None:
    if deja_recevable(dossier):
        return None
    return "Le dossier n’a pas encore été déclaré recevable."


@garde_de("dossier", "rien_d_indispensable")
def _rien_d_indispensable(_acteur: Acteur, dossier: Dossier) -> str | None:
    demande = derniere_demande(dossier)
    if demande is not None and not demande.bloquante:
        return None
    return "Les compléments demandés étaient indispensables."


def declarer_irrecevable(
    acteur: Acteur,
    dossier: Dossier,
    motif: str,
    *,
    type_motif: MotifIrrecevabilite | None = None,
    version: int | None = None,
) -> None:
    """Refuse the dossier as not admissible, with its motif; its lines follow.

    ``type_motif`` opens the text that people read and is kept in the journal for the counts.
    """
    _exiger_faits(type_motif, motif)
    texte = composer_motif(type_motif, motif)
    franchir(
        acteur,
        dossier,
        "declarer_irrecevable",
        motif=texte,
        version=version,
        donnees=_type_au_journal(type_motif),
    )
    avertir_porteur(dossier, "dossier_irrecevable", motif=texte)


def _exiger_faits(type_motif: TypeMotif | None, motif: str) -> None:
    """A type alone is not a reason: the facts are owed in writing (CRPA L211-5)."""
    if type_motif is not None and not motif.strip():
        raise Invalide("Écrivez les faits.", [Probleme("Écrivez les faits.", "motif")])


def _type_au_journal(type_motif: TypeMotif | None) -> Json | None:
    return None if type_motif is None else {"type_motif": type_motif.value}


def prendre_en_instruction(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    """Declare admissible and start the examination; the porteur is told."""
    franchir(acteur, dossier, "prendre_en_instruction", version=version)
    avertir_porteur(dossier, "dossier_recevable")


def prendre_en_charge(
    acteur: Acteur, financement: Financement, *, version: int | None = None
) -> None:
    """The funder takes its line."""
    franchir(acteur, financement, "prendre_en_charge", version=version)


def declarer_ligne_non_recevable(
    acteur: Acteur,
    financement: Financement,
    motif: str,
    *,
    type_motif: MotifLigne | None = None,
    version: int | None = None,
) -> None:
    """The funder says that this request is not for it."""
    _exiger_faits(type_motif, motif)
    texte = composer_motif(type_motif, motif)
    franchir(
        acteur,
        financement,
        "declarer_non_recevable",
        motif=texte,
        version=version,
        donnees=_type_au_journal(type_motif),
    )
    financement.motif_refus = texte[:1000]
    db.session.flush()


@garde_de("financement", "dossier_depose")
def _dossier_depose(_acteur: Acteur, financement: Financement) -> str | None:
    if financement.dossier.etat in DEPOSES:
        return None
    return "Le dossier n’est pas encore déposé."


def _eteindre_lignes(acteur: Acteur, dossier: Dossier, declencheur: str, motif: str) -> None:
    """Bring along every line from which this trigger exists, whoever its funder is.

    An instructor has no right on another funder's line: it then moves as a consequence, in the
    name of the platform.
    """
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if MACHINE_LIGNE.trouver(declencheur, ligne.etat) is not None:
            ligne.motif_refus = motif[:1000]
            qui = acteur if may(acteur, f"financement.{declencheur}", ligne) else SYSTEME
            franchir(qui, ligne, declencheur, motif=motif)


@effet("dossier", "lever_la_demande")
@effet("dossier", "declarer_irrecevable")
@effet("dossier", "retirer")
@effet("dossier", "classer_sans_suite")
def _clore_demandes(_acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    """What was awaited is no longer: closed without answer, the suspension ends today."""
    db.session.execute(
        update(DemandeComplement)
        .where(DemandeComplement.dossier_id == dossier.id, DemandeComplement.repondue_le.is_(None))
        .values(repondue_le=maintenant())
    )


@effet("dossier", "declarer_irrecevable")
def _lignes_irrecevables(acteur: Acteur, dossier: Dossier, motif: str) -> None:
    _eteindre_lignes(acteur, dossier, "declarer_non_recevable", motif)


@effet("dossier", "retirer")
def _lignes_retirees(acteur: Acteur, dossier: Dossier, motif: str) -> None:
    """A draft's lines stay as they were; a deposited dossier's lines are given up."""
    if dossier.depose_le is not None:
        _eteindre_lignes(acteur, dossier, "renoncer", motif or "Dossier retiré par le porteur")


@effet("dossier", "classer_sans_suite")
def _lignes_sans_suite(acteur: Acteur, dossier: Dossier, motif: str) -> None:
    _eteindre_lignes(acteur, dossier, "refuser", motif)
