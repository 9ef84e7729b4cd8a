"""Three simple sharing rules to set beside the computed proposal, each explainable in one line.

They respect what belongs to each enveloppe and to each dossier (remainder, conditions, rate of
public money, locks) and nothing else: floors, ceilings and shares chosen by the coordinator are
only told as broken (``proposition.fautes``). Amounts by whole steps, cents; deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from aap.domaine.proposition import (
    Candidat,
    Enonce,
    Ligne,
    Montants,
    Possible,
    arrondi_bas,
)


class Partage(StrEnum):
    """A rule of thumb that a committee may compare with."""

    RANG = "rang"
    PROPORTION = "proportion"
    EGALITE = "egalite"

    @property
    def libelle(self) -> str:
        return {
            "rang": "Dans l’ordre du classement, jusqu’à épuisement",
            "proportion": "La même proportion de la demande pour tous",
            "egalite": "Parts égales, dans la limite de chaque demande",
        }[self.value]


@dataclass
class _Compte:
    """What is left while amounts are handed out."""

    enonce: Enonce
    caisses: dict[str, int]
    plafonds: dict[str, int]
    montants: Montants = field(default_factory=dict)

    def donner(self, ligne: Ligne, caisse: str, montant: int) -> None:
        deja = self.montants.get(ligne.code, (caisse, 0))[1]
        self.montants[ligne.code] = (caisse, deja + montant)
        self.caisses[caisse] -= montant
        if ligne.dossier in self.plafonds:
            self.plafonds[ligne.dossier] -= montant

    def libre(self, ligne: Ligne, p: Possible) -> int:
        """Steps that may still be given, cents."""
        deja = self.montants.get(ligne.code, ("", 0))[1]
        reste = min(p.maximum - deja, self.caisses[p.caisse])
        if ligne.dossier in self.plafonds:
            reste = min(reste, self.plafonds[ligne.dossier])
        return max(0, arrondi_bas(reste))


def partager(enonce: Enonce, partage: Partage) -> Montants:
    """Amounts of the rule. Locks are served first."""
    regles: dict[Partage, Callable[[_Compte], None]] = {
        Partage.RANG: _par_rang,
        Partage.PROPORTION: _par_proportion,
        Partage.EGALITE: _par_egalite,
    }
    compte = _Compte(
        enonce,
        {c.code: c.disponible for c in enonce.caisses},
        {c.code: c.plafond for c in enonce.candidats if c.plafond is not None},
    )
    for ligne in enonce.lignes:
        verrou = enonce.verrou(ligne)
        if verrou is not None and verrou.montant:
            compte.donner(ligne, verrou.caisse, verrou.montant)
    regles[partage](compte)
    return {code: part for code, part in compte.montants.items() if part[1]}


def _classes(enonce: Enonce) -> list[Candidat]:
    return sorted(enonce.candidats, key=lambda c: (c.rang, c.code))


def _libres(enonce: Enonce, lignes: Iterable[Ligne]) -> list[Ligne]:
    return [v for v in lignes if enonce.verrou(v) is None and enonce.domaine(v)]


def _par_rang(compte: _Compte) -> None:
    """The best ranked is served in full while money remains; below the viable share: nothing."""
    enonce = compte.enonce
    for candidat in _classes(enonce):
        lignes = _libres(enonce, enonce.lignes_de[candidat.code])
        avant = dict(compte.caisses), dict(compte.plafonds), dict(compte.montants)
        for ligne in lignes:
            p = max(enonce.domaine(ligne), key=lambda p: compte.libre(ligne, p))
            montant = compte.libre(ligne, p)
            if montant and montant >= p.minimum:
                compte.donner(ligne, p.caisse, montant)
        if not _viable(compte, candidat, lignes):
            compte.caisses, compte.plafonds, compte.montants = avant


def _viable(compte: _Compte, candidat: Candidat, lignes: list[Ligne]) -> bool:
    recu = sum(compte.montants.get(v.code, ("", 0))[1] for v in lignes)
    demande = arrondi_bas(sum(v.demande for v in compte.enonce.lignes_de[candidat.code]))
    return recu >= min(compte.enonce.seuil(candidat), demande)


def _lignes_par_caisse(compte: _Compte) -> dict[str, list[tuple[Ligne, Possible]]]:
    """Each free line is put on the enveloppe that has most left beside what is asked of it."""
    enonce = compte.enonce
    charges = dict.fromkeys(compte.caisses, 0)
    rangees: dict[str, list[tuple[Ligne, Possible]]] = {c: [] for c in compte.caisses}
    for candidat in _classes(enonce):
        for ligne in _libres(enonce, enonce.lignes_de[candidat.code]):
            p = max(
                enonce.domaine(ligne),
                key=lambda p: compte.caisses[p.caisse] - charges[p.caisse],
            )
            charges[p.caisse] += p.maximum
            rangees[p.caisse].append((ligne, p))
    return rangees


def _par_proportion(compte: _Compte) -> None:
    """Each enveloppe gives to all the same share of their request, rounded down to the step."""
    for caisse, lignes in _lignes_par_caisse(compte).items():
        total = sum(p.maximum for _, p in lignes)
        disponible = max(0, compte.caisses[caisse])
        for ligne, p in lignes:
            voulu = p.maximum if total <= disponible else p.maximum * disponible // total
            montant = min(arrondi_bas(voulu), compte.libre(ligne, p))
            if montant and montant >= p.minimum:
                compte.donner(ligne, caisse, montant)


def _par_egalite(compte: _Compte) -> None:
    """Each enveloppe gives the same to all; who asks less leaves the rest to the others."""
    for caisse, lignes in _lignes_par_caisse(compte).items():
        for ligne, p, montant in _niveler(compte, caisse, lignes):
            if montant and montant >= p.minimum:
                compte.donner(ligne, caisse, montant)


def _niveler(
    compte: _Compte, caisse: str, lignes: list[tuple[Ligne, Possible]]
) -> list[tuple[Ligne, Possible, int]]:
    """The smallest requests first: what they leave raises the level of the next ones."""
    reste = max(0, compte.caisses[caisse])
    croissantes = sorted(lignes, key=lambda v: (compte.libre(*v), v[0].code))
    parts = []
    for i, (ligne, p) in enumerate(croissantes):
        egale = arrondi_bas(reste // (len(croissantes) - i))
        montant = min(egale, compte.libre(ligne, p))
        # Two lines of one dossier share its ceiling: what the first takes is counted at once.
        reste -= montant
        parts.append((ligne, p, montant))
    return _sous_plafonds(compte, parts)


def _sous_plafonds(
    compte: _Compte, parts: list[tuple[Ligne, Possible, int]]
) -> list[tuple[Ligne, Possible, int]]:
    restes = dict(compte.plafonds)
    rendues = []
    for ligne, p, montant in parts:
        if ligne.dossier in restes:
            montant = max(0, arrondi_bas(min(montant, restes[ligne.dossier])))
            restes[ligne.dossier] -= montant
        rendues.append((ligne, p, montant))
    return rendues
