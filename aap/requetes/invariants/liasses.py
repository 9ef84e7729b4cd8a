"""Liasses de mandatement: numbers without holes, files as given, payments as handed over."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from io import StringIO

from sqlalchemy import func, or_, select

from aap.domaine.liasse import numero_liasse, reference_ligne
from aap.domaine.montants import en_euros, lire_montant
from aap.extensions import db
from aap.models import Convention, Liasse, LigneLiasse, Tranche, Versement
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from workflows.versement import EtatVersement

EN_COURS = (EtatVersement.VALIDE, EtatVersement.MANDATE)


@invariant("liasse.numero", "Les liasses d’un financeur se numérotent chaque année sans trou")
def _numeros(suivre: Suivre) -> Iterator[Ecart]:
    requete = select(
        Liasse.financeur_id,
        Liasse.annee,
        func.count(),
        func.min(Liasse.rang),
        func.max(Liasse.rang),
    ).group_by(Liasse.financeur_id, Liasse.annee)
    for financeur, annee, nombre, premier, dernier in suivre(lignes(requete)):
        if premier != 1 or dernier != nombre:
            yield Ecart(
                f"liasses {annee} du financeur {financeur}",
                f"{nombre} liasses, numérotées de {premier} à {dernier}",
            )


def _attendues(liasse_id: int, numero: str) -> list[tuple[str, int]]:
    """(reference, cents) of the lines of a liasse."""
    lues = select(LigneLiasse.rang, LigneLiasse.montant).where(LigneLiasse.liasse_id == liasse_id)
    return [
        (reference_ligne(numero, rang), montant)
        for rang, montant in db.session.execute(lues.order_by(LigneLiasse.rang))
    ]


def _lues(octets: bytes) -> list[tuple[str, int]]:
    """(reference, cents) of each line of the file. Raises ValueError, KeyError."""
    texte = StringIO(octets.decode("utf-8-sig"), newline="")
    lecture = csv.DictReader(texte, delimiter=";")
    return [(x["Référence"], lire_montant(x["Montant"])) for x in lecture]


def _faute(octets: bytes, sha256: str, attendues: list[tuple[str, int]]) -> str:
    if hashlib.sha256(octets).hexdigest() != sha256:
        return "le fichier ne correspond plus à son empreinte"
    try:
        memes = _lues(octets) == attendues
    except (ValueError, KeyError, csv.Error):
        return "le fichier ne se lit plus"
    return "" if memes and attendues else "le fichier n’a pas les lignes et les montants gardés"


@invariant("liasse.fichier", "Le fichier de chaque liasse est celui qui a été remis")
def _fichiers(suivre: Suivre) -> Iterator[Ecart]:
    requete = select(Liasse.id, Liasse.annee, Liasse.rang, Liasse.octets, Liasse.sha256)
    for i, annee, rang, octets, sha256 in suivre(lignes(requete.order_by(Liasse.id))):
        numero = numero_liasse(annee, rang)
        if faute := _faute(octets, sha256, _attendues(i, numero)):
            yield Ecart(f"liasse {i} ({numero})", faute)


@invariant("liasse.versement", "Une liasse paie ses versements, tels qu’elle les a remis")
def _versements(suivre: Suivre) -> Iterator[Ecart]:
    """A live line: validated, mandated or paid, the same amount (or less once paid), its funder,
    and no cancelled liasse."""
    requete = (
        select(
            LigneLiasse.id,
            Liasse.annee,
            Liasse.rang,
            LigneLiasse.rang,
            Versement.etat,
            LigneLiasse.montant,
            Versement.montant,
        )
        .join(Liasse, Liasse.id == LigneLiasse.liasse_id)
        .join(Versement, Versement.id == LigneLiasse.versement_id)
        .join(Tranche, Tranche.id == Versement.tranche_id)
        .join(Convention, Convention.id == Tranche.convention_id)
        .where(
            LigneLiasse.sortie_le.is_(None),
            or_(
                Liasse.annulee_le.is_not(None),
                Convention.financeur_id != Liasse.financeur_id,
                Versement.etat.not_in((*EN_COURS, EtatVersement.PAYE)),
                Versement.montant > LigneLiasse.montant,
                (Versement.montant != LigneLiasse.montant) & Versement.etat.in_(EN_COURS),
            ),
        )
        .order_by(LigneLiasse.id)
    )
    for i, annee, rang, ligne, etat, remis, montant in suivre(lignes(requete)):
        yield Ecart(
            f"ligne {i} ({reference_ligne(numero_liasse(annee, rang), ligne)})",
            f"{en_euros(remis)} remis, versement {etat.libelle('agent').lower()} de "
            f"{en_euros(montant)}, ou liasse annulée ou d’un autre financeur",
        )
