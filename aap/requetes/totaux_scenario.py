"""What an allocation comes to: per enveloppe, per place, and the shares that a committee watches.

Pure additions over the board (``requetes/tableau``); the page does the same ones while people
type. A dossier counts whole in each place that it touches: these totals do not add up, and the
page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from aap.domaine.montants import rapport
from aap.requetes.tableau import CaisseTableau, RangeeTableau, Tableau

Montants = Mapping[int, tuple[int, int]]
"""Line -> (enveloppe, cents)."""

AXES: tuple[tuple[str, str, Callable[[RangeeTableau], tuple[str, ...]]], ...] = (
    ("orientation", "Par orientation", lambda r: (r.orientation,) if r.orientation else ()),
    ("secteur", "Par secteur", lambda r: r.secteurs),
    ("commune", "Par commune", lambda r: r.communes),
    ("quartier", "Par quartier", lambda r: r.quartiers),
)


@dataclass(frozen=True)
class TotalCaisse:
    """An enveloppe in an allocation (cents); ``reste`` below zero: it is exceeded."""

    caisse: CaisseTableau
    donne: int

    @property
    def reste(self) -> int:
        return self.caisse.disponible - self.donne


@dataclass(frozen=True)
class TotalLieu:
    """Dossiers that touch a place, those that receive something, cents asked and given."""

    libelle: str
    dossiers: int
    aides: int
    demande: int
    donne: int


@dataclass(frozen=True)
class Totaux:
    """``axes``: (code, title, totals). Shares are None when nothing is given."""

    demande: int
    donne: int
    dossiers: int
    aides: int
    caisses: tuple[TotalCaisse, ...]
    axes: tuple[tuple[str, str, tuple[TotalLieu, ...]], ...]
    cpo_nombre: Fraction | None
    cpo_montant: Fraction | None
    premieres: int
    premieres_montant: int
    renouvellements: int
    poches: int

    @property
    def depassees(self) -> tuple[TotalCaisse, ...]:
        """Enveloppes that do not suffice."""
        return tuple(c for c in self.caisses if c.reste < 0)


def recus(tableau: Tableau, montants: Montants) -> dict[int, int]:
    """Dossier -> cents given."""
    return {r.id: sum(montants.get(v.id, (0, 0))[1] for v in r.lignes) for r in tableau.rangees}


def totaliser(tableau: Tableau, montants: Montants) -> Totaux:
    """Everything at once, from the rows already read."""
    donnes = recus(tableau, montants)
    aides = [r for r in tableau.rangees if donnes[r.id]]
    somme = sum(donnes.values())
    pluri = [r for r in aides if r.pluriannuel]
    par_caisse: dict[int, int] = {}
    for r in tableau.rangees:
        for v in r.lignes:
            caisse, montant = montants.get(v.id, (0, 0))
            par_caisse[caisse] = par_caisse.get(caisse, 0) + montant
    return Totaux(
        demande=sum(r.demande for r in tableau.rangees),
        donne=somme,
        dossiers=len(tableau.rangees),
        aides=len(aides),
        caisses=tuple(TotalCaisse(c, par_caisse.get(c.id, 0)) for c in tableau.caisses),
        axes=tuple((code, titre, _axe(tableau, donnes, lire)) for code, titre, lire in AXES),
        cpo_nombre=rapport(len(pluri), len(aides)),
        cpo_montant=rapport(sum(donnes[r.id] for r in pluri), somme),
        premieres=sum(1 for r in aides if r.premiere),
        premieres_montant=sum(donnes[r.id] for r in aides if r.premiere),
        renouvellements=sum(1 for r in aides if r.renouvellement),
        poches=sum(donnes[r.id] for r in aides if r.poche),
    )


def _axe(
    tableau: Tableau, donnes: Mapping[int, int], lire: Callable[[RangeeTableau], tuple[str, ...]]
) -> tuple[TotalLieu, ...]:
    sommes: dict[str, list[int]] = {}
    for r in tableau.rangees:
        for lieu in lire(r):
            ligne = sommes.setdefault(lieu, [0, 0, 0, 0])
            ligne[0] += 1
            ligne[1] += bool(donnes[r.id])
            ligne[2] += r.demande
            ligne[3] += donnes[r.id]
    return tuple(TotalLieu(nom, *sommes[nom]) for nom in sorted(sommes))


def coupes(tableau: Tableau) -> dict[int, tuple[str, ...]]:
    """Dossier -> enveloppes that cannot pay it whole when the ranking is followed.

    Each line draws on the first enveloppe that may pay it, for what its funder proposed (else
    for what is asked). Only the first dossier that lacks money is told, per enveloppe.
    """
    reste = {c.id: c.disponible for c in tableau.caisses}
    noms = {c.id: f"{c.financeur}, {c.libelle}" for c in tableau.caisses}
    dites: dict[int, list[str]] = {}
    vues: set[int] = set()
    for r in tableau.rangees:
        for v in r.lignes:
            if not v.offres:
                continue
            caisse = v.offres[0].enveloppe_id
            voulu = v.demande if v.propose is None else v.propose
            if voulu > reste[caisse] and caisse not in vues:
                vues.add(caisse)
                dites.setdefault(r.id, []).append(noms[caisse])
            reste[caisse] -= voulu
    return {dossier: tuple(liste) for dossier, liste in dites.items()}
