"""A board that came back as a spreadsheet, beside what was sent and what the scenario holds now.

Line by line (what one funder is asked on one dossier): three values, and what to do of them.
Nothing here writes; what is chosen on the page goes through ``services/retour_scenario``.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from aap.domaine.montants import en_euros
from aap.requetes.tableau import CaisseTableau, CelluleLue, LigneTableau, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import totaliser
from aap.tableur.depart import Depart
from aap.tableur.tableau_lecture import TableauRendu, montant_de

MOTIF_MAX = 500
MONTREES = 1000
ENTRE = "\u202f; "

Somme = tuple[int, int] | None
"""Enveloppe and cents; None: nothing (zero is nothing too)."""


class Constat(StrEnum):
    CHANGE = "change"
    DEUX_FOIS = "deux_fois"
    A_CORRIGER = "a_corriger"
    SCENARIO_SEUL = "scenario_seul"


@dataclass(frozen=True)
class LigneRendue:
    """What the file says of a line. ``motif``: None when it says nothing of it. ``depart``: what
    the file said when it was sent, which ``connu`` tells."""

    somme: Somme
    motif: str | None = None
    ou: str = ""
    problemes: tuple[str, ...] = ()
    depart: Somme = None
    connu: bool = False


@dataclass(frozen=True)
class Difference:
    """One line of the page. ``vu``: number of the cell now; ``coche``: proposed."""

    rangee: RangeeTableau
    ligne: LigneTableau
    constat: Constat
    rendu: LigneRendue
    actuel: Somme
    motif: str
    motif_actuel: str
    vu: int
    verrouille: bool
    coche: bool = False

    @property
    def deplace(self) -> bool:
        """Not always the same enveloppe: each amount tells its own."""
        sommes = (self.rendu.depart, self.actuel, self.rendu.somme)
        return len({x[0] for x in sommes if x is not None}) > 1


@dataclass
class Comparaison:
    """``deja``: lines of the file that the scenario holds already. ``absents``: dossiers of the
    board that are not in the file. ``depassees``: enveloppes exceeded by what is proposed."""

    differences: list[Difference] = field(default_factory=list)
    deja: int = 0
    absents: list[str] = field(default_factory=list)
    depassees: list[str] = field(default_factory=list)

    def de(self, constat: Constat) -> list[Difference]:
        return [d for d in self.differences if d.constat is constat]


def lire_lignes(
    tableau: Tableau,
    rendu: TableauRendu,
    depart: Depart | None,
    cellules: Mapping[int, CelluleLue],
) -> dict[int, LigneRendue]:
    """Line -> what the file says of it. Lines of which it says nothing are left out."""
    lues: dict[int, LigneRendue] = {}
    for r in tableau.rangees:
        if r.id in rendu.dossiers:
            lues |= _Lecteur(tableau, rendu, depart, cellules).dossier(r)
    return lues


class _Lecteur:
    """Cells of a dossier given to the lines that they pay."""

    def __init__(
        self,
        tableau: Tableau,
        rendu: TableauRendu,
        depart: Depart | None,
        cellules: Mapping[int, CelluleLue],
    ) -> None:
        self.caisses = {c.id: c for c in tableau.caisses}
        self.rendu, self.depart, self.cellules = rendu, depart, cellules

    def dossier(self, r: RangeeTableau) -> dict[int, LigneRendue]:
        par_ligne: dict[int, list[tuple[int, object, str]]] = {v.id: [] for v in r.lignes}
        for cle, caisse in self.caisses.items():
            lu = self.rendu.cellules.get((r.id, cle))
            if lu is None:
                continue
            ligne = self._payee(r, caisse)
            if ligne is None:
                self._sans_ligne(r, caisse, *lu)
            else:
                par_ligne[ligne.id].append((cle, *lu))
        motif = self._motif(r)
        return {
            v.id: lue
            for v in r.lignes
            if (lue := self._ligne(v, par_ligne[v.id], motif)) is not None
        }

    def _payee(self, r: RangeeTableau, caisse: CaisseTableau) -> LigneTableau | None:
        """The line that an enveloppe pays, would pay, or cannot pay though its funder is asked."""
        for v in r.lignes:
            offerte = any(o.enveloppe_id == caisse.id for o in v.offres)
            if offerte or caisse.id in self._payeuses(v):
                return v
        return next((v for v in r.lignes if v.financeur_id == caisse.financeur_id), None)

    def _payeuses(self, v: LigneTableau) -> set[int]:
        """Enveloppes that paid the line when the file was sent, or pay it now."""
        trouvees = set()
        if self.depart is not None and v.id in self.depart.montants:
            trouvees.add(self.depart.montants[v.id][0])
        m = self.cellules.get(v.id)
        if m is not None and m.enveloppe_id is not None:
            trouvees.add(m.enveloppe_id)
        return trouvees

    def _sans_ligne(self, r: RangeeTableau, caisse: CaisseTableau, valeur: object, ou: str) -> None:
        try:
            vide = not montant_de(valeur)
        except ValueError:
            vide = False
        if not vide:
            self.rendu.remarquer(
                ou,
                f"Le dossier {r.reference} n’a rien demandé à {caisse.financeur}\u00a0: ce montant "
                "a été laissé de côté.",
            )

    def _motif(self, r: RangeeTableau) -> str | None:
        """What was typed as a reason; None when the file repeats what it was sent with."""
        lu = self.rendu.motifs.get(r.id)
        if lu is None:
            return None
        envoyes: list[str] = []
        if self.depart is not None:
            envoyes = [self.depart.montants.get(v.id, (0, 0, ""))[2] for v in r.lignes]
        actuels = [m.motif_ecart for v in r.lignes if (m := self.cellules.get(v.id)) is not None]
        connus = {ENTRE.join(dict.fromkeys(x for x in x_ if x)) for x_ in (envoyes, actuels)}
        propres = {" ".join(x.split()) for x in connus}
        return None if lu[0] in propres else lu[0][:MOTIF_MAX]

    def _ligne(
        self, v: LigneTableau, lus: Sequence[tuple[int, object, str]], motif: str | None
    ) -> LigneRendue | None:
        depart = self._depart(v)
        connu = self.depart is not None
        problemes, remplis = [], []
        for caisse, valeur, ou in lus:
            try:
                montant = montant_de(valeur)
            except ValueError as erreur:
                problemes.append((ou, str(erreur)))
                continue
            if montant:
                remplis.append((caisse, montant, ou))
        if problemes:
            phrases = tuple(phrase for _, phrase in problemes)
            return LigneRendue(None, motif, problemes[0][0], phrases, depart, connu)
        if len(remplis) > 1:
            adresses = " et ".join(ou.rpartition(" ")[2] for _, _, ou in remplis)
            phrase = (
                f"Une seule enveloppe paie cette demande\u00a0: videz une des cellules {adresses}."
            )
            return LigneRendue(None, motif, remplis[0][2], (phrase,), depart, connu)
        if remplis:
            caisse, montant, ou = remplis[0]
            return LigneRendue((caisse, montant), motif, ou, (), depart, connu)
        payeuses = self._payeuses(v)
        if not payeuses <= self.rendu.enveloppes.keys():
            return None  # its column is not in the file: nothing is said of it
        ou = self.rendu.adresse(v.dossier_id, min(payeuses, default=None))
        return LigneRendue(None, motif, ou, (), depart, connu)

    def _depart(self, v: LigneTableau) -> Somme:
        if self.depart is None:
            return None
        enveloppe, montant, _ = self.depart.montants.get(v.id, (0, 0, ""))
        return (enveloppe, montant) if montant else None


def comparer_tableau(
    tableau: Tableau,
    cellules: Mapping[int, CelluleLue],
    rendues: Mapping[int, LigneRendue],
    *,
    douteux: bool = False,
    dossiers: Container[int] | None = None,
) -> Comparaison:
    """Differences in the order of the board. ``douteux``: empty cells prove nothing, what they
    would empty is not proposed. ``dossiers``: those of the file, to tell who is not in it."""
    bilan = Comparaison()
    for r in tableau.rangees:
        if dossiers is not None and r.id not in dossiers:
            bilan.absents.append(r.reference)
        for v in r.lignes:
            rendue = rendues.get(v.id)
            if rendue is not None:
                _comparer(bilan, tableau, r, v, rendue, cellules.get(v.id), douteux)
    bilan.depassees = _depassees(tableau, cellules, bilan)
    return bilan


def _comparer(
    bilan: Comparaison,
    tableau: Tableau,
    r: RangeeTableau,
    v: LigneTableau,
    rendue: LigneRendue,
    m: CelluleLue | None,
    douteux: bool,
) -> None:
    actuel: Somme = None
    if m is not None and m.montant and m.enveloppe_id is not None:
        actuel = (m.enveloppe_id, m.montant)
    motif_actuel = m.motif_ecart if m is not None else ""
    motif = motif_actuel if rendue.motif is None else rendue.motif
    au_dessus = rendue.somme is not None and rendue.somme[1] > v.demande
    if not au_dessus and actuel == rendue.somme:
        motif = motif_actuel  # a reason counts only beside an amount above the request
    constat = _constat(rendue, actuel, motif != motif_actuel)
    if constat is None:
        bilan.deja += actuel is not None
        return
    problemes = (*rendue.problemes, *_refus(tableau, v, rendue.somme, motif))
    if problemes and constat is not Constat.SCENARIO_SEUL:
        constat = Constat.A_CORRIGER
    bilan.differences.append(
        Difference(
            rangee=r,
            ligne=v,
            constat=constat,
            rendu=LigneRendue(
                rendue.somme, rendue.motif, rendue.ou, problemes, rendue.depart, rendue.connu
            ),
            actuel=actuel,
            motif=motif,
            motif_actuel=motif_actuel,
            vu=m.numero if m is not None else 0,
            verrouille=bool(m is not None and m.verrouille),
            coche=constat is Constat.CHANGE
            and rendue.connu
            and not (douteux and rendue.somme is None),
        )
    )


def _constat(rendue: LigneRendue, actuel: Somme, motif_change: bool) -> Constat | None:
    """None: the scenario holds it already."""
    if rendue.problemes:
        return Constat.A_CORRIGER
    if rendue.somme == actuel:
        return Constat.CHANGE if motif_change else None
    if not rendue.connu or actuel == rendue.depart:
        return Constat.CHANGE
    return Constat.SCENARIO_SEUL if rendue.somme == rendue.depart else Constat.DEUX_FOIS


def _refus(tableau: Tableau, v: LigneTableau, somme: Somme, motif: str) -> list[str]:
    """What would stop this amount, as far as the board knows; the act checks everything again."""
    if somme is None:
        return []
    caisse, montant = somme
    refus = []
    if montant > v.demande and not motif:
        refus.append(
            f"Le montant dépasse la demande ({en_euros(v.demande)})\u00a0: écrivez pourquoi dans "
            "la colonne du motif."
        )
    offre = next((o for o in v.offres if o.enveloppe_id == caisse), None)
    if offre is None:
        nom = next((c.libelle for c in tableau.caisses if c.id == caisse), "choisie")
        return [*refus, f"L’enveloppe {nom} ne peut pas payer cette demande."]
    if montant < offre.minimum:
        refus.append(f"Cette enveloppe donne au moins {en_euros(offre.minimum)}.")
    if offre.maximum < v.demande and montant > offre.maximum:
        refus.append(f"Cette enveloppe ne peut pas donner plus de {en_euros(offre.maximum)}.")
    return refus


def _depassees(
    tableau: Tableau, cellules: Mapping[int, CelluleLue], bilan: Comparaison
) -> list[str]:
    montants = {
        cle: (m.enveloppe_id, m.montant)
        for cle, m in cellules.items()
        if m.montant is not None and m.enveloppe_id is not None
    }
    for d in bilan.differences:
        if d.coche:
            montants[d.ligne.id] = d.rendu.somme or (0, 0)
    return [
        f"{x.caisse.financeur}, {x.caisse.libelle}\u00a0: {en_euros(-x.reste)}"
        for x in totaliser(tableau, montants).depassees
    ]
