"""The question put to the calculation: the board of a campaign and the choices of a coordinator.

Amounts are cents, shares thousandths. A dossier counts whole in each place that it touches; the
pages that let people choose say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.montants import en_euros, pourcent
from aap.domaine.proposition import (
    Borne,
    Caisse,
    Candidat,
    Enonce,
    Ligne,
    Part,
    Possible,
    Verrou,
)
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import Campagne, Enveloppe
from aap.requetes.poches_tableau import bornes_poches, sans_cofinancement
from aap.requetes.tableau import CaisseTableau, CelluleLue, LigneTableau, RangeeTableau, Tableau

AXES: dict[str, tuple[str, Callable[[RangeeTableau], tuple[str, ...]]]] = {
    "orientation": ("Orientation", lambda r: (r.orientation,) if r.orientation else ()),
    "secteur": ("Secteur", lambda r: r.secteurs),
    "commune": ("Commune", lambda r: r.communes),
    "quartier": ("Quartier", lambda r: r.quartiers),
}
POINTS_PAR_UNITE = 100
"""Scores are out of 100: one point of the calculation is a hundredth of theirs."""


@dataclass(frozen=True)
class BorneChoisie:
    """A floor or a ceiling (cents) for one value of an axis."""

    axe: str
    valeur: str
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Choix:
    """What the coordinator asks of a proposal.

    ``part_minimale``: a dossier receives at least this share of what it asks, or nothing.
    ``part_budget``: the call pays at most this share of the action's budget (None: no limit).
    ``selon_avis``: no line above what its funder proposed.
    ``part_premieres``, ``cpo_nombre``, ``cpo_montant``: least shares, 0 for none.
    ``ecartes_exclus``: dossiers under a threshold or without score receive nothing.
    """

    part_minimale: int = 500
    part_budget: int | None = 800
    selon_avis: bool = True
    part_premieres: int = 0
    cpo_nombre: int = 0
    cpo_montant: int = 0
    ecartes_exclus: bool = True
    bornes: tuple[BorneChoisie, ...] = ()

    def en_donnees(self) -> dict[str, Any]:
        """JSON form, without floats."""
        return asdict(self) | {"bornes": [asdict(b) for b in self.bornes]}

    @classmethod
    def depuis(cls, donnees: Mapping[str, Any]) -> Choix:
        """From the JSON form; what is absent takes its default."""
        connus = {c: v for c, v in donnees.items() if c in cls.__dataclass_fields__}
        bornes = tuple(BorneChoisie(**b) for b in connus.pop("bornes", ()))
        return cls(**connus, bornes=bornes)

    @classmethod
    def par_defaut(cls, campagne: Campagne) -> Choix:
        """The rules of the campaign, as a beginning."""
        return cls(
            part_minimale=int(valeur_regle(campagne, "seuil_fragile")),
            part_budget=int(valeur_regle(campagne, "taux_public_max")),
        )


def construire_enonce(
    campagne: Campagne, tableau: Tableau, choix: Choix, cellules: Iterable[CelluleLue] = ()
) -> Enonce:
    """Everything the calculation needs, as plain data. ``cellules``: locks are read from it."""
    verrous = {m.financement_id: m for m in cellules if m.verrouille}
    ouvertes = {c.id for c in tableau.caisses}
    rangees = tableau.rangees
    enveloppes = {e.id: e for e in _enveloppes(campagne)}
    exclus = sans_cofinancement(rangees, enveloppes)
    lignes = [
        _ligne(ligne, r, choix, verrous.get(ligne.id), exclus, ouvertes)
        for r in rangees
        for ligne in r.lignes
    ]
    return Enonce(
        caisses=tuple(_caisse(c) for c in tableau.caisses),
        candidats=tuple(_candidat(r, choix) for r in rangees),
        lignes=tuple(lignes),
        bornes=(
            *(_borne(b, rangees) for b in choix.bornes),
            *bornes_poches(campagne, rangees, enveloppes),
        ),
        parts=tuple(_parts(rangees, choix)),
        part_minimale=choix.part_minimale,
    )


def _enveloppes(campagne: Campagne) -> list[Enveloppe]:
    requete = select(Enveloppe).where(Enveloppe.campagne_id == campagne.id)
    return list(db.session.scalars(requete.options(joinedload(Enveloppe.financeur))))


def _caisse(c: CaisseTableau) -> Caisse:
    return Caisse(str(c.id), f"{c.financeur}, {c.libelle}", max(0, c.disponible))


def _candidat(r: RangeeTableau, choix: Choix) -> Candidat:
    plafond = None if choix.part_budget is None else r.budget * choix.part_budget // 1000
    return Candidat(str(r.id), points_de(r), r.rang, r.demande, plafond)


def points_de(r: RangeeTableau) -> int:
    """The score in hundredths, at least one: exact scores rank, this one weighs."""
    score = r.resultat.score if r.resultat else None
    return max(1, int((score or Fraction(0)) * POINTS_PAR_UNITE))


def _ligne(
    ligne: LigneTableau,
    r: RangeeTableau,
    choix: Choix,
    verrou: CelluleLue | None,
    exclus: set[tuple[int, int]],
    ouvertes: set[int],
) -> Ligne:
    limite, mots = ligne.demande, ""
    if choix.selon_avis and ligne.propose is not None and ligne.propose < limite:
        limite, mots = ligne.propose, f"Montant proposé par {ligne.financeur}"
    if choix.ecartes_exclus and (r.resultat is None or r.resultat.rang is None):
        limite = 0
    possibles = tuple(
        Possible(
            str(o.enveloppe_id),
            min(o.maximum, limite),
            o.minimum,
            mots if limite <= o.maximum else "",
        )
        for o in ligne.offres
        if (r.id, o.enveloppe_id) not in exclus and min(o.maximum, limite) >= max(1, o.minimum)
    )
    return Ligne(
        str(ligne.id), str(r.id), ligne.demande, possibles, _verrou(ligne, r, verrou, ouvertes)
    )


def _verrou(
    ligne: LigneTableau, r: RangeeTableau, verrou: CelluleLue | None, ouvertes: set[int]
) -> Verrou | None:
    """A locked zero is a lock too; the enveloppe of a zero does not matter."""
    if verrou is None:
        return None
    montant = verrou.montant or 0
    caisse = verrou.enveloppe_id
    if caisse is None or caisse not in ouvertes:
        caisse = ligne.offres[0].enveloppe_id if ligne.offres else min(ouvertes, default=0)
        montant = 0
    quoi = en_euros(montant) if montant else "aucun montant"
    return Verrou(
        str(caisse), montant, f"Verrou\u00a0: {quoi} de {ligne.financeur} pour {r.reference}"
    )


def _borne(b: BorneChoisie, rangees: Iterable[RangeeTableau]) -> Borne:
    nom, lire = AXES[b.axe]
    dites = []
    if b.minimum is not None:
        dites.append(f"au moins {en_euros(b.minimum)}")
    if b.maximum is not None:
        dites.append(f"au plus {en_euros(b.maximum)}")
    return Borne(
        f"borne:{b.axe}:{b.valeur}",
        f"{nom} {b.valeur}\u00a0: {', '.join(dites)}",
        frozenset(str(v.id) for r in rangees if b.valeur in lire(r) for v in r.lignes),
        b.minimum,
        b.maximum,
    )


def _parts(rangees: tuple[RangeeTableau, ...], choix: Choix) -> Iterable[Part]:
    premieres = frozenset(str(r.id) for r in rangees if r.premiere)
    pluri = frozenset(str(r.id) for r in rangees if r.pluriannuel)
    voulues = (
        ("premieres", "Premières demandes", premieres, choix.part_premieres, False),
        ("cpo-nombre", "Conventions pluriannuelles", pluri, choix.cpo_nombre, True),
        ("cpo-montant", "Conventions pluriannuelles", pluri, choix.cpo_montant, False),
    )
    for code, nom, dossiers, part, en_nombre in voulues:
        if part:
            sur = "des dossiers aidés" if en_nombre else "de l’argent donné"
            libelle = f"{nom}\u00a0: au moins {pourcent(Fraction(part, 1000))} {sur}"
            yield Part(code, libelle, dossiers, part, en_nombre)
