"""What the address of the CPO dashboard asks for, read and written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aap.domaine.cpo import FiltreCpo
from aap.domaine.objectif_cpo import Stade, stade_de
from aap.requetes.finance import lire_filtres

VUES = {
    "financeur": "Financeur",
    "campagne": "Campagne",
    "commune": "Commune",
    "orientation": "Orientation",
    "annee": "Année",
}
PARTS = ("tous", "cpo", "autres", "ecartes")
# box of the page -> what it lets in
CASES = ("arretes", "autres", "pre", "ete")


@dataclass(frozen=True)
class ChoixCpo:
    """What the address of the dashboard asks for; ``exercice`` None: the latest one.

    ``orientation``/``commune``: 0 asks for the acts that have none.
    """

    filtre: FiltreCpo = field(default_factory=FiltreCpo)
    exercice: int | None = None
    financeur: int | None = None
    campagne: int | None = None
    commune: int | None = None
    orientation: int | None = None
    stade: Stade = Stade.SIGNE
    vue: str = "financeur"
    part: str = "tous"
    page: int = 1

    def adresse(self, **changements: Any) -> dict[str, Any]:
        """Arguments of the address that says the same thing, some of them changed."""
        sans = self.filtre.sans_dispositifs
        tout = {
            "filtre": 1,
            "exercice": self.exercice,
            "financeur": self.financeur,
            "campagne": self.campagne,
            "commune": self.commune,
            "orientation": self.orientation,
            "situation": self.stade.code,
            "vue": self.vue,
            "arretes": None if self.filtre.conventions_seulement else 1,
            "autres": None if self.filtre.associations_seulement else 1,
            "pre": None if "pre" in sans else 1,
            "ete": None if "quartiers_ete" in sans else 1,
            **changements,
        }
        return {k: v for k, v in tout.items() if v is not None}

    def avec(self, **changements: Any) -> ChoixCpo:
        """The same choice with some of its values changed."""
        return replace(self, **changements)


def _numero_ou_zero(arguments: Mapping[str, str], nom: str) -> int | None:
    if (arguments.get(nom) or "").strip() == "0":
        return 0
    return lire_filtres({"financeur": arguments.get(nom) or ""}).financeur


def _filtre(arguments: Mapping[str, str]) -> FiltreCpo:
    """First visit: the default of the house; afterwards, the boxes that are ticked."""
    if "filtre" not in arguments:
        return FiltreCpo()
    coche = {c for c in CASES if arguments.get(c)}
    exclus = {"pre": "pre", "ete": "quartiers_ete"}
    return FiltreCpo(
        associations_seulement="autres" not in coche,
        sans_dispositifs=frozenset(d for c, d in exclus.items() if c not in coche),
        conventions_seulement="arretes" not in coche,
    )


def lire_choix(arguments: Mapping[str, str]) -> ChoixCpo:
    """The address read; anything unreadable in it is ignored."""
    f = lire_filtres(arguments)
    vue, part = arguments.get("vue") or "", arguments.get("part") or ""
    annee = f.exercice if f.exercice and 2000 <= f.exercice <= 2100 else None
    return ChoixCpo(
        filtre=_filtre(arguments),
        exercice=annee,
        financeur=f.financeur,
        campagne=_numero_ou_zero(arguments, "campagne") or None,
        commune=_numero_ou_zero(arguments, "commune"),
        orientation=_numero_ou_zero(arguments, "orientation"),
        stade=stade_de(arguments.get("situation") or ""),
        vue=vue if vue in VUES else "financeur",
        part=part if part in PARTS else "tous",
        page=f.page,
    )
