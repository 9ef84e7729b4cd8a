"""CPO rate, thresholds of 23 000 € and 153 000 €, choice of the act, yearly tranches.

Sources: loi 2000-321 art. 10 and décret 2001-495 art. 1 (23 000 € per financeur, organisme and
year, all dossiers summed); C. com. L612-4 (153 000 €, all funders); circulaire du 29 septembre
2015 (CPO of four years at most). Amounts are in cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aap.domaine.montants import en_euros, pourcent, rapport, repartir

SEUIL_CONVENTION = 23_000_00
SEUIL_COMPTES = 153_000_00
OBJECTIF_CPO = Fraction(50, 100)
DUREE_CPO_MAX = 4


class TypeActe(StrEnum):
    """Legal form of a grant; same codes as ``models.convention.TypeConvention``."""

    ARRETE = "arrete"
    ANNUELLE = "annuelle"
    CPO = "cpo"


@dataclass(frozen=True)
class Acte:
    """One act of one financeur for one exercice; a running CPO counts once per exercice."""

    financeur: str
    organisme: str
    exercice: int
    type: TypeActe
    montant: int
    association: bool = True
    dispositif: str = ""


@dataclass(frozen=True)
class FiltreCpo:
    """Which acts make the denominator: territories disagree, so it is shown and chosen."""

    associations_seulement: bool = True
    sans_dispositifs: frozenset[str] = frozenset({"pre", "quartiers_ete"})
    conventions_seulement: bool = False

    def garde(self, acte: Acte) -> bool:
        if self.associations_seulement and not acte.association:
            return False
        if self.conventions_seulement and acte.type is TypeActe.ARRETE:
            return False
        return acte.dispositif not in self.sans_dispositifs

    @property
    def texte(self) -> str:
        """What is counted, in words."""
        mots = ["conventions" if self.conventions_seulement else "actes (arrêtés et conventions)"]
        if self.associations_seulement:
            mots.append("conclus avec des associations")
        if self.sans_dispositifs:
            noms = {"pre": "réussite éducative", "quartiers_ete": "Quartiers d’été"}
            exclus = sorted(noms.get(d, d) for d in self.sans_dispositifs)
            mots.append(f"hors {', '.join(exclus)}")
        return ", ".join(mots)


def _s(nombre: int) -> str:
    """Plural mark, from two on."""
    return "s" if nombre > 1 else ""


@dataclass(frozen=True)
class TauxCpo:
    """Both readings of the 50 % target, with their terms and the formula to display."""

    exercice: int
    nombre_cpo: int
    nombre: int
    montant_cpo: int
    montant: int
    perimetre: str

    @property
    def en_nombre(self) -> Fraction | None:
        return rapport(self.nombre_cpo, self.nombre)

    @property
    def en_euros(self) -> Fraction | None:
        return rapport(self.montant_cpo, self.montant)

    @property
    def formule_nombre(self) -> str:
        return (
            f"{self.nombre_cpo} acte{_s(self.nombre_cpo)} rattaché{_s(self.nombre_cpo)} à une CPO "
            f"en {self.exercice} ÷ {self.nombre} acte{_s(self.nombre)} "
            f"= {pourcent(self.en_nombre)} ({self.perimetre})"
        )

    @property
    def formule_euros(self) -> str:
        return (
            f"{en_euros(self.montant_cpo)} accordés par CPO en {self.exercice} ÷ "
            f"{en_euros(self.montant)} = {pourcent(self.en_euros)} ({self.perimetre})"
        )

    def atteint(self, objectif: Fraction = OBJECTIF_CPO) -> tuple[bool, bool]:
        """Target reached by number, by amount (an empty year has not reached it)."""
        return ((self.en_nombre or 0) >= objectif, (self.en_euros or 0) >= objectif)


def calculer_taux(actes: Iterable[Acte], exercice: int, filtre: FiltreCpo | None = None) -> TauxCpo:
    """CPO rates of one exercice over the acts that the filter keeps."""
    filtre = filtre or FiltreCpo()
    gardes = [a for a in actes if a.exercice == exercice and filtre.garde(a)]
    cpo = [a for a in gardes if a.type is TypeActe.CPO]
    return TauxCpo(
        exercice,
        len(cpo),
        len(gardes),
        sum(a.montant for a in cpo),
        sum(a.montant for a in gardes),
        filtre.texte,
    )


def cumuls(lignes: Iterable[tuple[str, str, int, int]]) -> dict[tuple[str, str, int], int]:
    """Cents per (financeur, organisme, exercice) from (financeur, organisme, exercice, montant)."""
    sommes: dict[tuple[str, str, int], int] = {}
    for financeur, organisme, exercice, montant in lignes:
        clef = (financeur, organisme, exercice)
        sommes[clef] = sommes.get(clef, 0) + montant
    return sommes


def convention_obligatoire(cumul: int, seuil: int = SEUIL_CONVENTION) -> bool:
    """True strictly above the threshold, all dossiers of the organisme summed."""
    return cumul > seuil


def choisir_acte(cumul: int, *, pluriannuel: bool, seuil: int = SEUIL_CONVENTION) -> TypeActe:
    """Act to sign: CPO for several exercices, convention above 23 000 €, arrêté otherwise.

    ``cumul``: what this financeur grants to this organisme on the exercice.
    """
    if pluriannuel:
        return TypeActe.CPO
    return TypeActe.ANNUELLE if convention_obligatoire(cumul, seuil) else TypeActe.ARRETE


def alerte_comptes(total_recu: int, seuil: int = SEUIL_COMPTES) -> str:
    """Warning from 153 000 € of subsidies in the year, all funders; empty below."""
    if total_recu < seuil:
        return ""
    return (
        f"L’organisme reçoit {en_euros(total_recu)} de subventions sur l’année\u00a0: demandez ses "
        "comptes annuels et le rapport du commissaire aux comptes."
    )


def blocage_paiement(cumul: int, convention_signee: bool, seuil: int = SEUIL_CONVENTION) -> str:
    """Why a payment must wait for a signed convention; empty when it need not."""
    if convention_signee or not convention_obligatoire(cumul, seuil):
        return ""
    return (
        f"Le cumul de l’année atteint {en_euros(cumul)}, au-delà de {en_euros(seuil)}\u00a0: "
        "faites signer la convention avant tout versement."
    )


@dataclass(frozen=True)
class TranchePrevue:
    """Yearly part of a CPO: firm the first year, provisional afterwards (annual budget)."""

    exercice: int
    montant: int
    ferme: bool


def repartir_tranches(
    total: int, exercice: int, duree: int, poids: Sequence[int] | None = None
) -> list[TranchePrevue]:
    """Exact split of a CPO over its exercices, equal unless weighted.

    Raises ``ValueError`` outside 2 to 4 years or when the weights do not match the duration.
    """
    if not 2 <= duree <= DUREE_CPO_MAX:
        raise ValueError(f"Une CPO dure de 2 à {DUREE_CPO_MAX} ans.")
    if poids is not None and len(poids) != duree:
        raise ValueError("Indiquez un poids par année de la CPO.")
    parts = repartir(total, poids or [1] * duree)
    return [TranchePrevue(exercice + i, m, ferme=i == 0) for i, m in enumerate(parts)]
