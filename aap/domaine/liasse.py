"""The file of a « liasse de mandatement »: its columns, and the bytes that are kept for ever. Pure.

Source: domaine.md §5.5 (the finance software makes the PES V2; a grants tool hands over a CSV with
the payee's SIRET and IBAN, amount, object, act, engagement, account and papers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from aap.domaine.tableur import Cellule, euros_csv, lignes_csv

# Payments of one liasse: what one person can still check on paper.
VERSEMENTS_MAX = 200
# M57, private payees (« Autres personnes de droit privé »); M14 had 6574.
COMPTE_PRIVE = "65748"
# Number of a mandate or of an engagement: what an accountant's extraction can hold; anything else
# would never be matched with it.
NUMERO = r"[A-Za-z0-9][A-Za-z0-9 ./_-]*"


@dataclass(frozen=True)
class Entete:
    """What every line repeats. ``numero``: « 2027-L003 »."""

    numero: str
    etablie_le: date
    financeur: str
    siret_financeur: str


@dataclass(frozen=True)
class LigneMandat:
    """One payment as it is frozen. ``montant``: cents; dates may be unknown."""

    rang: int
    siret: str
    beneficiaire: str
    titulaire: str
    iban: str
    bic: str
    montant: int
    objet: str
    nature: str
    acte: str
    acte_numero: str
    acte_le: date | None
    decision: str
    decision_le: date | None
    numero_ej: str
    exercice: int
    compte: str
    imputation: str
    dossier: str
    pieces: str


@dataclass(frozen=True)
class Colonne:
    """A column of the file: its heading, what the guide says of it, how it is read."""

    nom: str
    sens: str
    lire: Callable[[Entete, LigneMandat], Cellule]


def numero_liasse(annee: int, rang: int) -> str:
    """« 2027-L003 »: per funder and calendar year, without holes."""
    return f"{annee}-L{rang:03d}"


def reference_ligne(numero: str, rang: int) -> str:
    """« 2027-L003-012 »: names one payment order, wherever the finance software carries it."""
    return f"{numero}-{rang:03d}"


COLONNES = (
    Colonne("Liasse", "Numéro de la liasse.", lambda e, _: e.numero),
    Colonne(
        "Référence",
        "Numéro de la liasse et rang de la ligne, à reporter dans l’objet du mandat.",
        lambda e, x: reference_ligne(e.numero, x.rang),
    ),
    Colonne("Date", "Jour où la liasse a été établie.", lambda e, _: e.etablie_le),
    Colonne("Financeur", "Nom du financeur qui paie.", lambda e, _: e.financeur),
    Colonne("SIRET du financeur", "Quatorze chiffres.", lambda e, _: e.siret_financeur),
    Colonne("SIRET", "Du bénéficiaire, quatorze chiffres.", lambda _, x: x.siret),
    Colonne("Bénéficiaire", "Nom de l’organisme.", lambda _, x: x.beneficiaire),
    Colonne("Titulaire du compte", "Nom écrit sur le RIB.", lambda _, x: x.titulaire),
    Colonne("IBAN", "Compte à créditer, sans espace.", lambda _, x: x.iban),
    Colonne("BIC", "Vide s’il n’est pas connu.", lambda _, x: x.bic),
    Colonne(
        "Montant",
        "En euros, deux décimales après la virgule, sans espace.",
        lambda _, x: euros_csv(x.montant),
    ),
    Colonne("Objet", "Année, action et dossier.", lambda _, x: x.objet),
    Colonne(
        "Nature du versement", "Avance, acompte, solde ou versement unique.", lambda _, x: x.nature
    ),
    Colonne("Acte", "Arrêté, convention annuelle ou CPO.", lambda _, x: x.acte),
    Colonne("Numéro de l’acte", "Par financeur et par exercice.", lambda _, x: x.acte_numero),
    Colonne("Date de l’acte", "Jour de sa dernière signature.", lambda _, x: x.acte_le),
    Colonne(
        "Décision du financeur", "Délibération, arrêté ou décision qui accorde l’aide.",
        lambda _, x: x.decision,
    ),
    Colonne("Date de la décision", "Jour de cette décision.", lambda _, x: x.decision_le),
    Colonne(
        "Numéro d’engagement",
        "EJ de Chorus ou numéro d’engagement, vide s’il n’y en a pas.",
        lambda _, x: x.numero_ej,
    ),
    Colonne("Exercice", "Exercice de l’aide.", lambda _, x: x.exercice),
    Colonne(
        "Compte",
        f"{COMPTE_PRIVE} (M57) quand une collectivité paie un organisme privé, vide sinon.",
        lambda _, x: x.compte,
    ),
    Colonne("Imputation", "Enveloppe et programme.", lambda _, x: x.imputation),
    Colonne("Dossier", "Numéro du dossier.", lambda _, x: x.dossier),
    Colonne("Pièces", "Pièces à joindre au mandat.", lambda _, x: x.pieces),
)  # fmt: skip


def produire_csv(entete: Entete, lignes: Sequence[LigneMandat]) -> bytes:
    """The file: the same lines give the same bytes."""
    noms = [c.nom for c in COLONNES]
    return b"".join(lignes_csv(noms, ([c.lire(entete, x) for c in COLONNES] for x in lignes)))


def empreinte_csv(octets: bytes) -> str:
    """SHA-256 (hex) of the file, printed on the bordereau and kept beside it."""
    return hashlib.sha256(octets).hexdigest()
