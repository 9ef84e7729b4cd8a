"""The chart of accounts of the budget table (CERFA 12156), as dated data.

One file ``donnees/plan_comptable_*.json`` per chart. The règlement ANC 2022-06 narrows accounts
that the CERFA keeps: a new chart is a new file with its dates, never a change of code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

Cote = Literal["charge", "produit"]
DOSSIER_DONNEES = Path(__file__).parent / "donnees"
COMPTE_MAX = 20


def numero_du_compte(compte: str) -> str:
    """The digits printed on the form: « 74 » for « 74etat », nothing for own codes."""
    return compte[: len(compte) - len(compte.lstrip("0123456789"))]


def poste(compte: str, libelle: str) -> str:
    """« 604 – Prestations de services », or the label alone when the account has no number."""
    numero = numero_du_compte(compte)
    return " – ".join(x for x in (numero, libelle) if x)


@dataclass(frozen=True)
class Compte:
    """Account of the chart; a ``titre`` only groups others and takes no amount itself.

    ``bandeau``: heading under which an account without title is shown with its neighbours.
    """

    compte: str
    libelle: str
    cote: Cote
    groupe: str | None = None
    titre: bool = False
    public: bool = False
    contribution: bool = False
    indirecte: bool = False
    bandeau: str = ""

    @property
    def numero(self) -> str:
        """The digits printed on the form, nothing for own codes."""
        return numero_du_compte(self.compte)

    @property
    def nom(self) -> str:
        """« 604 – Prestations de services », or the label alone."""
        return poste(self.compte, self.libelle)

    @property
    def subvention(self) -> bool:
        """A line of account 74: it names a funder and says the state of its aid."""
        return self.groupe == "74"


@dataclass(frozen=True)
class PlanComptable:
    """Chart valid from a date, in the order of the printed form."""

    code: str
    source: str
    valable_du: date
    valable_au: date | None
    comptes: tuple[Compte, ...]

    def trouver(self, compte: str, cote: str) -> Compte | None:
        return next((c for c in self.comptes if c.compte == compte and c.cote == cote), None)

    def saisissables(self, cote: Cote, *, contributions: bool = False) -> list[Compte]:
        """Accounts that take an amount, in order; 86/87 apart."""
        return [
            c
            for c in self.comptes
            if c.cote == cote and not c.titre and c.contribution == contributions
        ]

    def sous_comptes(self, groupe: str) -> list[Compte]:
        return [c for c in self.comptes if c.groupe == groupe]

    def bandeau(self, compte: Compte) -> str:
        """Heading under which an account is shown."""
        titre = self.trouver(compte.groupe, compte.cote) if compte.groupe else None
        return titre.nom if titre else compte.bandeau or "Autres comptes"


def lire_plan(chemin: Path) -> PlanComptable:
    """Chart read from a JSON file; raises ``ValueError`` with everything that is wrong in it."""
    try:
        brut = json.loads(chemin.read_text(encoding="utf-8"))
        comptes = tuple(Compte(**c) for c in brut["comptes"])
        fin = brut["valable_au"]
        plan = PlanComptable(
            brut["code"],
            brut["source"],
            date.fromisoformat(brut["valable_du"]),
            date.fromisoformat(fin) if fin else None,
            comptes,
        )
    except (KeyError, TypeError, json.JSONDecodeError) as erreur:
        raise ValueError(f"{chemin.name}: ce fichier n’est pas un plan ({erreur})") from erreur
    if fautes := verifier_plan(plan):
        raise ValueError(f"{chemin.name}: {' ; '.join(fautes)}")
    return plan


def verifier_plan(plan: PlanComptable) -> list[str]:
    """What a chart contradicts in itself, one sentence a fault."""
    clefs = {(c.compte, c.cote) for c in plan.comptes}
    fautes = [] if len(clefs) == len(plan.comptes) else ["compte en double"]
    if plan.valable_au is not None and plan.valable_au < plan.valable_du:
        fautes.append("la fin de validité précède le début")
    for compte in plan.comptes:
        fautes += _fautes_compte(plan, compte)
    return fautes


def _fautes_compte(plan: PlanComptable, c: Compte) -> list[str]:
    fautes = []
    if not (isinstance(c.compte, str) and 0 < len(c.compte) <= COMPTE_MAX and c.libelle):
        return [f"compte sans code ou sans libellé\u00a0: {c.compte!r}"]
    if c.cote not in ("charge", "produit"):
        fautes.append(f"{c.compte}\u00a0: côté inconnu")
    groupe = plan.trouver(c.groupe, c.cote) if c.groupe else None
    if c.groupe and (groupe is None or not groupe.titre):
        fautes.append(f"{c.compte}\u00a0: groupe inconnu")
    if groupe is not None and groupe.contribution != c.contribution:
        fautes.append(f"{c.compte}\u00a0: contribution volontaire rangée ailleurs que son groupe")
    if c.titre and not plan.sous_comptes(c.compte):
        fautes.append(f"{c.compte}\u00a0: titre sans compte")
    return fautes


def verifier_periodes(lus: Sequence[PlanComptable]) -> list[str]:
    """Two charts in force on the same day: nobody could say which one applies."""
    tries = sorted(lus, key=lambda p: p.valable_du)
    return [
        f"les plans {a.code} et {b.code} sont valables le même jour"
        for a, b in pairwise(tries)
        if a.valable_au is None or a.valable_au >= b.valable_du
    ]


def charger_plans(chemins: Iterable[Path]) -> tuple[PlanComptable, ...]:
    """Charts of these files, the most recent first. Raises ``ValueError``."""
    lus = [lire_plan(p) for p in chemins]
    if fautes := verifier_periodes(lus):
        raise ValueError(" ; ".join(fautes))
    return tuple(sorted(lus, key=lambda p: p.valable_du, reverse=True))


@lru_cache(maxsize=1)
def plans() -> tuple[PlanComptable, ...]:
    """Every chart known, the most recent first."""
    return charger_plans(DOSSIER_DONNEES.glob("plan_comptable_*.json"))


def plan_au(jour: date) -> PlanComptable:
    """Chart in force on ``jour``; the oldest one for days before the first chart."""
    for plan in plans():
        if plan.valable_du <= jour and (plan.valable_au is None or jour <= plan.valable_au):
            return plan
    return plans()[-1]
