"""The bilan as typed (fields named by row), its certification and its control."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wtforms import BooleanField

from forms.base import FormulaireVersionne
from forms.champs import DateFr, MontantField, TexteCourt, TexteLong
from forms.validateurs import CaseCochee, Facultatif, LongueurMin, MontantEntre, Obligatoire

TEXTE_MAX = 10_000


@dataclass(frozen=True)
class Brut:
    """What was typed, by row id; nothing is refused here."""

    textes: dict[str, str] = field(default_factory=dict)
    nombres: dict[str, str] = field(default_factory=dict)
    realises: dict[int, tuple[str, str]] = field(default_factory=dict)
    mesures: dict[int, tuple[str, str]] = field(default_factory=dict)


def lire_bilan(donnees: Mapping[str, str], textes: Iterable[str], nombres: Iterable[str]) -> Brut:
    """Read the whole page; keys that no page of ours has produced are dropped."""
    return Brut(
        textes={c: donnees[c][: TEXTE_MAX * 2] for c in textes if c in donnees},
        nombres={c: donnees[c][:40] for c in nombres if c in donnees},
        realises=_paires(donnees, "ligne", "explication"),
        mesures=_paires(donnees, "mesure", "mode"),
    )


def _paires(donnees: Mapping[str, str], premier: str, second: str) -> dict[int, tuple[str, str]]:
    motif = re.compile(rf"{premier}-([0-9]{{1,9}})")
    sortie = {}
    for cle, valeur in donnees.items():
        m = motif.fullmatch(cle)
        if m:
            sortie[int(m[1])] = (valeur[:200], donnees.get(f"{second}-{m[1]}", "")[:2000])
    return sortie


class FormulaireDepotBilan(FormulaireVersionne):
    """Certification of the accounts (CERFA 15059*02)."""

    accord = BooleanField(
        "Je certifie exactes les informations de ce bilan. Elles correspondent aux comptes de "
        "l’organisme.",
        [CaseCochee("Cochez cette case pour déposer.")],
    )


class FormulaireReversement(FormulaireVersionne):
    """A sum asked back from one line."""

    montant = MontantField(
        "Somme à reverser", [Obligatoire("Indiquez la somme à reverser."), MontantEntre(1)]
    )
    motif = TexteLong(
        "Motif",
        [Obligatoire("Indiquez le motif."), LongueurMin(10)],
        max_length=4000,
        description="Le porteur le lira, avec le calcul. Il pourra présenter ses observations.",
    )


class FormulaireNonEligible(FormulaireVersionne):
    """Part of the cost that the control sets aside: the computation is shown again."""

    non_eligible = MontantField("Dépenses non retenues", [Facultatif(), MontantEntre(0)])


class FormulaireEncaissement(FormulaireVersionne):
    """The money is back."""

    recu_le = DateFr("Date d’encaissement", [Obligatoire("Indiquez la date d’encaissement.")])
    numero_titre = TexteCourt("Numéro du titre de recette", max_length=60)
