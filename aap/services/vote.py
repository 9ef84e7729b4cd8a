"""The legal act of each funder: the committee's decision is political, this one binds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aap.domaine.erreurs import Depassement, Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financement
from aap.permissions import Acteur, exiger
from aap.requetes.essai import refuser_en_essai
from aap.requetes.soldes import reste_a_attribuer
from aap.services.arbitrage import exiger_poche, verrouiller_poches
from aap.services.avertissement import avertir_porteur
from aap.services.gardes import garde_de
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.financement import EtatFinancement

TYPES_ACTE = {
    "arrete": "Arrêté",
    "deliberation": "Délibération",
    "decision": "Décision",
    "commission": "Décision de commission",
}
VOTES = (EtatFinancement.VOTE, EtatFinancement.NOTIFIE)


@dataclass(frozen=True)
class ActeFinanceur:
    """The legal act that grants: its nature (key of ``TYPES_ACTE``), number and date."""

    type: str
    numero: str
    date: date


@dataclass(frozen=True)
class LigneVotee:
    """One line of a deliberation: cents voted, version of the line on the page."""

    financement: Financement
    montant: int
    version: int | None = None


@dataclass(frozen=True)
class Notifiees:
    """Decisions told now, and those that the page did not know to be told already."""

    faites: int
    deja: int


def _problemes_acte(acte: ActeFinanceur, exercice: int) -> list[Probleme]:
    problemes = []
    if acte.type not in TYPES_ACTE:
        problemes.append(Probleme("Choisissez la nature de l’acte.", "acte_type"))
    if not acte.numero.strip():
        problemes.append(Probleme("Indiquez le numéro de l’acte.", "acte_numero"))
    if acte.date > aujourdhui():
        problemes.append(Probleme("La date de l’acte ne peut pas être à venir.", "acte_date"))
    if acte.date.year < exercice - 1:
        phrase = (
            f"Cette date est trop ancienne pour une aide de {exercice}\u00a0: vérifiez l’année."
        )
        problemes.append(Probleme(phrase, "acte_date"))
    return problemes


def _exiger_credits(financement: Financement, montant: int) -> None:
    """Say the overrun in words; the triggers refuse the one a concurrent writer would cause."""
    enveloppe = financement.enveloppe
    if enveloppe is None:
        raise Invalide("Aucune enveloppe ne porte cette aide.")
    verrouiller_poches(financement.dossier, [enveloppe])
    reste = reste_a_attribuer(enveloppe, sans=financement)
    if montant > reste:
        raise Depassement(
            f"Il reste {en_euros(max(0, reste))} dans l’enveloppe «\u00a0{enveloppe.libelle}\u00a0»"
            f"\u00a0: {en_euros(montant)} ne peuvent pas y être pris.",
            "Réduisez le montant voté, ou faites augmenter l’enveloppe.",
        )
    exiger_poche(enveloppe, financement, montant)


def enregistrer_vote(
    acteur: Acteur,
    financement: Financement,
    montant: int,
    acte_type: str,
    acte_numero: str,
    acte_date: date,
    *,
    version: int | None = None,
) -> None:
    """Record what the funder voted (cents; may differ from the committee's amount).

    Raises Invalide, Depassement (with what remains), PasLeMoment before publication, Conflit.
    """
    exiger(acteur, "financement.enregistrer_vote", financement)
    refuser_en_essai(financement)
    prendre_son_tour(financement)
    verifier_version(financement, version)
    acte = ActeFinanceur(acte_type, acte_numero, acte_date)
    problemes = _problemes_acte(acte, financement.exercice)
    if montant <= 0:
        problemes.insert(0, Probleme("Le montant voté est supérieur à zéro.", "montant"))
    if problemes:
        raise Invalide("Le vote n’est pas complet.", problemes)
    _exiger_credits(financement, montant)
    financement.montant_vote = montant
    financement.acte_type = acte.type
    financement.acte_numero = nettoyer(acte.numero, lignes=False).strip()[:60]
    financement.acte_date = acte.date
    franchir(
        acteur,
        financement,
        "enregistrer_vote",
        donnees={"montant": montant, "acte": financement.acte_numero},
    )


def enregistrer_votes(
    acteur: Acteur, lignes: Sequence[LigneVotee], acte: ActeFinanceur
) -> list[Financement]:
    """Record one deliberation over several lines: all of them or none (same transaction).

    The lines recorded: none when all bear this very vote already (a second click). Raises what
    ``enregistrer_vote`` raises; Invalide when no line is given.
    """
    if not lignes:
        raise Invalide(
            "Aucune ligne n’est choisie.", [Probleme("Cochez au moins une ligne.", "lignes")]
        )
    for ligne in lignes:
        exiger(acteur, "financement.enregistrer_vote", ligne.financement)
    prendre_son_tour(*(ligne.financement for ligne in lignes))
    if all(_deja_vote(ligne, acte) for ligne in lignes):
        return []
    for ligne in sorted(lignes, key=lambda x: x.financement.id):
        enregistrer_vote(
            acteur,
            ligne.financement,
            ligne.montant,
            acte.type,
            acte.numero,
            acte.date,
            version=ligne.version,
        )
    return [ligne.financement for ligne in lignes]


def _deja_vote(ligne: LigneVotee, acte: ActeFinanceur) -> bool:
    f = ligne.financement
    numero = nettoyer(acte.numero, lignes=False).strip()[:60]
    vote = (f.montant_vote, f.acte_type, f.acte_numero, f.acte_date)
    return f.etat in VOTES and vote == (ligne.montant, acte.type, numero, acte.date)


def corriger_vote(
    acteur: Acteur, financement: Financement, motif: str, *, version: int | None = None
) -> None:
    """Take back a vote wrongly typed, before its notification; the arbitrated amount stands."""
    franchir(
        acteur,
        financement,
        "corriger_vote",
        motif=motif,
        version=version,
        donnees={"montant": financement.montant_vote, "acte": financement.acte_numero},
    )
    financement.montant_vote = None
    financement.acte_type = financement.acte_numero = ""
    financement.acte_date = None
    db.session.flush()


def refuser_vote(
    acteur: Acteur, financement: Financement, motif: str, *, version: int | None = None
) -> None:
    """The funder did not follow the committee; the porteur is told with the motif."""
    franchir(acteur, financement, "refuser_vote", motif=motif, version=version)
    financement.motif_refus = nettoyer(motif).strip()[:1000]
    db.session.flush()
    avertir_porteur(financement.dossier, "vote_refuse", financement=financement)


def notifier(acteur: Acteur, financement: Financement, *, version: int | None = None) -> None:
    """Tell the porteur the funder's decision (starts the 60-day payment counter)."""
    exiger(acteur, "financement.notifier", financement)
    verifier_version(financement, version)
    franchir(acteur, financement, "notifier")
    financement.notifie_le = aujourdhui()
    db.session.flush()
    avertir_porteur(
        financement.dossier,
        "financement_notifie",
        financement=financement,
        nature=TYPES_ACTE.get(financement.acte_type, "Acte"),
        montant=en_euros(financement.montant_vote or 0),
    )


def notifier_plusieurs(acteur: Acteur, lignes: Sequence[tuple[Financement, int]]) -> Notifiees:
    """Tell several decisions, each with the version of the page: all of them, or none.

    Those that were told meanwhile (a second click) are left alone. Raises Interdit, Conflit,
    PasLeMoment.
    """
    for financement, _ in lignes:
        exiger(acteur, "financement.notifier", financement)
    prendre_son_tour(*(financement for financement, _ in lignes))
    restent = [(f, version) for f, version in lignes if f.etat is not EtatFinancement.NOTIFIE]
    for financement, version in sorted(restent, key=lambda x: x[0].id):
        notifier(acteur, financement, version=version)
    return Notifiees(len(restent), len(lignes) - len(restent))


def renoncer(
    acteur: Acteur, financement: Financement, motif: str = "", *, version: int | None = None
) -> None:
    """The porteur gives this aid up; the money goes back to the enveloppe."""
    franchir(acteur, financement, "renoncer", motif=motif, version=version)


@garde_de("financement", "montant_vote_saisi")
def _montant_vote(_acteur: Acteur, financement: Financement) -> str | None:
    return None if financement.montant_vote else "Saisissez le montant voté."


@garde_de("financement", "acte_renseigne")
def _acte(_acteur: Acteur, financement: Financement) -> str | None:
    if financement.acte_type and financement.acte_numero and financement.acte_date:
        return None
    return "Indiquez la nature, le numéro et la date de l’acte du financeur."
