"""The board of a scenario as a workbook: what the page shows, with formulas, to be changed and
sent back (``requetes/retour_tableau`` reads it).

The sheet « Tableau » is recognised on its return by what it holds (references of dossiers, codes
of enveloppes), not by its place. « Départ », hidden, keeps the amounts that were sent, sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from aap.models import Scenario
from aap.requetes.scenarios import en_montants
from aap.requetes.tableau import CelluleLue, RangeeTableau, Tableau
from aap.requetes.totaux_scenario import AXES, Totaux, recus, totaliser
from aap.tableur.classeur import (
    DATE,
    DECIMAL,
    ECART,
    ECART_LIGNE,
    ENTIER,
    EUROS,
    EUROS_GRAS,
    SAISIE,
    SAISIE_TEXTE,
    TETE,
    TEXTE,
    TITRE,
    Case,
    Classeur,
    Colonne,
    FeuilleEcrite,
    Formule,
    Rangee,
    lettres,
)
from aap.tableur.depart import DEPART, Depart, rangees_depart

TABLEAU = "Tableau"
ENTRE = "\u202f; "
DEBUT = 7  # first row of dossiers, counted from 0
MOTIF = "Motif si plus que demandé"
TETES_FIXES = ("Dossier", "Action", "Organisme", "Rang", "Note sur 100")
TETES_SOMMES = ("Demandé", "Donné", "Reste à trouver", MOTIF)


def depart_de(
    scenario: Scenario, tableau: Tableau, cellules: Mapping[int, CelluleLue], jour: date
) -> Depart:
    """The amounts of the lines that this reader sees."""
    montants = {}
    for ligne in (v.id for r in tableau.rangees for v in r.lignes):
        m = cellules.get(ligne)
        if m is not None and m.montant is not None and m.enveloppe_id is not None:
            montants[ligne] = (m.enveloppe_id, m.montant, m.motif_ecart)
    return Depart(scenario.id, scenario.campagne_id, scenario.numero, jour.isoformat(), montants)


def classeur_scenario(
    scenario: Scenario,
    tableau: Tableau,
    cellules: Mapping[int, CelluleLue],
    *,
    modifiable: bool,
    jour: date,
    cle: bytes,
) -> Classeur:
    """Every sheet. ``modifiable``: cells that may be changed are open; ``cle`` seals « Départ »."""
    plan = _Plan(scenario, tableau, cellules, modifiable)
    depart = depart_de(scenario, tableau, cellules, jour)
    return Classeur(
        titre=f"{scenario.nom} – {scenario.campagne.nom}",
        feuilles=(
            plan.tableau_(),
            plan.par_enveloppe(),
            *plan.par_axe(),
            plan.demandes(),
            plan.notice(jour),
            FeuilleEcrite(DEPART, [Colonne(16)] * 4, rangees_depart(depart, cle), cachee=True),
        ),
    )


class _Plan:
    """Where each column stands, and the sheets that name them."""

    def __init__(
        self,
        scenario: Scenario,
        tableau: Tableau,
        cellules: Mapping[int, CelluleLue],
        modifiable: bool,
    ) -> None:
        self.scenario, self.tableau, self.cellules = scenario, tableau, cellules
        self.montants = en_montants(cellules)
        self.totaux: Totaux = totaliser(tableau, self.montants)
        self.donnes = recus(tableau, self.montants)
        self.saisie = SAISIE if modifiable else EUROS
        self.motif_style = SAISIE_TEXTE if modifiable else TEXTE
        self.modifiable = modifiable
        self.axes = [
            (titre, lire, totaux)
            for (_, titre, lire), (_, _, totaux) in zip(AXES, self.totaux.axes, strict=True)
            if totaux
        ]
        self.lieux = len(TETES_FIXES)
        self.demande = self.lieux + len(self.axes)
        self.donne, self.manque, self.motif = (self.demande + n for n in (1, 2, 3))
        self.premiere = self.motif + 1
        self.derniere = self.motif + len(tableau.caisses)
        self.fin = DEBUT + max(1, len(tableau.rangees)) - 1
        self.rangs = {c.id: self.premiere + n for n, c in enumerate(tableau.caisses)}

    def plage(self, colonne: int) -> str:
        """The dossiers' cells of a column, named from another sheet."""
        nom = lettres(colonne)
        return f"{TABLEAU}!${nom}${DEBUT + 1}:${nom}${self.fin + 1}"

    # --- the board ---------------------------------------------------------------

    def tableau_(self) -> FeuilleEcrite:
        lieux = [Colonne(24)] * len(self.axes)
        saisie = (DEBUT, self.premiere, self.fin, self.derniere)
        return FeuilleEcrite(
            TABLEAU,
            [Colonne(13), Colonne(38), Colonne(30), Colonne(7, ENTIER), Colonne(9, DECIMAL)]
            + lieux
            + [Colonne(14, EUROS)] * 3
            + [Colonne(28)]
            + [Colonne(15, EUROS)] * len(self.tableau.caisses),
            self._rangees(),
            figees=(DEBUT, 2),
            filtre=(DEBUT - 1, self.fin, self.derniere),
            saisie=saisie if self.modifiable and self.tableau.caisses else None,
        )

    def _rangees(self) -> Iterator[Rangee]:
        caisses = list(enumerate(self.totaux.caisses, start=self.premiere))
        yield [(0, f"{self.scenario.nom} – {self.scenario.campagne.nom}"[:200], TITRE)]
        yield [(1, "Financeur", TETE), *((n, x.caisse.financeur, TETE) for n, x in caisses)]
        yield [(1, "Enveloppe", TETE), *((n, x.caisse.libelle, TETE) for n, x in caisses)]
        yield [
            (1, "Disponible, en euros", TETE),
            *((n, x.caisse.disponible / 100, EUROS_GRAS) for n, x in caisses),
        ]
        t = self.totaux
        yield [
            (1, "Total donné, en euros", TETE),
            (self.demande, self._somme(self.demande, t.demande), EUROS_GRAS),
            (self.donne, self._somme(self.donne, t.donne), EUROS_GRAS),
            (self.manque, self._somme(self.manque, t.demande - t.donne), EUROS_GRAS),
            *((n, self._somme(n, x.donne), EUROS_GRAS) for n, x in caisses),
        ]
        yield [
            (1, "Reste, en euros", TETE),
            *(
                (n, Formule(f"{lettres(n)}4-{lettres(n)}5", x.reste / 100), ECART)
                for n, x in caisses
            ),
        ]
        noms = [*TETES_FIXES, *(titre[4:].capitalize() for titre, _, _ in self.axes), *TETES_SOMMES]
        yield [
            *((n, nom, TETE) for n, nom in enumerate(noms)),
            *((n, x.caisse.code, TETE) for n, x in caisses),
        ]
        for rang, r in enumerate(self.tableau.rangees, start=DEBUT + 1):
            yield self._dossier(rang, r)

    def _somme(self, colonne: int, valeur: int) -> Formule:
        nom = lettres(colonne)
        return Formule(f"SUM({nom}{DEBUT + 1}:{nom}{self.fin + 1})", valeur / 100)

    def _dossier(self, rang: int, r: RangeeTableau) -> Rangee:
        """``rang``: number of the row as spreadsheets count."""
        place = r.resultat.rang if r.resultat else None
        score = r.resultat.score if r.resultat else None
        donne = self.donnes[r.id]
        cases: list[Case] = [(0, r.reference, TEXTE), (1, r.intitule, TEXTE)]
        cases.append((2, r.organisme, TEXTE))
        if place is not None:
            cases.append((3, place, ENTIER))
        if score is not None:
            cases.append((4, float(score), DECIMAL))
        for n, (_, lire, _) in enumerate(self.axes, start=self.lieux):
            cases.append((n, ENTRE.join(lire(r)), TEXTE))
        d, recu = lettres(self.demande), lettres(self.donne)
        a, z = lettres(self.premiere), lettres(self.derniere)
        somme = f"SUM({a}{rang}:{z}{rang})" if self.tableau.caisses else "0"
        cases.append((self.demande, r.demande / 100, EUROS))
        cases.append((self.donne, Formule(somme, donne / 100), EUROS))
        reste = Formule(f"{d}{rang}-{recu}{rang}", (r.demande - donne) / 100)
        cases.append((self.manque, reste, EUROS))
        cases.append((self.motif, motifs(r, self.cellules) or None, self.motif_style))
        cases.extend(self._cases(r))
        return cases

    def _cases(self, r: RangeeTableau) -> list[Case]:
        """The enveloppes that may pay a line of the dossier, and those that do."""
        cases: dict[int, Case] = {}
        for v in r.lignes:
            payeuse, montant = self.montants.get(v.id, (0, 0))
            for cle in {o.enveloppe_id for o in v.offres} | ({payeuse} & self.rangs.keys()):
                valeur = montant / 100 if cle == payeuse else None
                cases[self.rangs[cle]] = (self.rangs[cle], valeur, self.saisie)
        return [cases[n] for n in sorted(cases)]

    # --- the other sheets ----------------------------------------------------------

    def par_enveloppe(self) -> FeuilleEcrite:
        noms = ("Financeur", "Enveloppe", "Code", "Montant", "Disponible", "Donné", "Reste",
                "Dossiers aidés")  # fmt: skip
        largeurs = (24, 40, 16, 15, 15, 15, 22, 15)
        return _liste("Par enveloppe", noms, largeurs, list(self._enveloppes()))

    def _enveloppes(self) -> Iterator[Rangee]:
        aides = {c.id: 0 for c in self.tableau.caisses}
        for caisse, montant in self.montants.values():
            aides[caisse] = aides.get(caisse, 0) + bool(montant)
        for rang, x in enumerate(self.totaux.caisses, start=5):
            c, nom = x.caisse, lettres(self.rangs[x.caisse.id])
            compte = f'COUNTIF({self.plage(self.rangs[c.id])},">0")'
            yield [
                (0, c.financeur, TEXTE),
                (1, c.libelle, TEXTE),
                (2, c.code, TEXTE),
                (3, c.montant / 100, EUROS),
                (4, c.disponible / 100, EUROS),
                (5, Formule(f"{TABLEAU}!{nom}$5", x.donne / 100), EUROS),
                (6, Formule(f"E{rang}-F{rang}", x.reste / 100), ECART_LIGNE),
                (7, Formule(compte, aides[c.id]), ENTIER),
            ]

    def par_axe(self) -> list[FeuilleEcrite]:
        feuilles = []
        for n, (titre, _, totaux) in enumerate(self.axes, start=self.lieux):
            noms = (titre[4:].capitalize(), "Dossiers", "Dossiers aidés", "Demandé", "Donné")
            demande, donne = self.plage(self.demande), self.plage(self.donne)
            rangees: list[Rangee] = []
            for rang, x in enumerate(totaux, start=5):
                touche = (
                    f'ISNUMBER(FIND("{ENTRE}"&$A{rang}&"{ENTRE}",'
                    f'"{ENTRE}"&{self.plage(n)}&"{ENTRE}"))'
                )
                rangees.append(
                    [
                        (0, x.libelle, TEXTE),
                        (1, Formule(f"SUMPRODUCT({touche}*1)", x.dossiers), ENTIER),
                        (2, Formule(f"SUMPRODUCT({touche}*({donne}>0))", x.aides), ENTIER),
                        (3, Formule(f"SUMPRODUCT({touche}*{demande})", x.demande / 100), EUROS),
                        (4, Formule(f"SUMPRODUCT({touche}*{donne})", x.donne / 100), EUROS),
                    ]
                )
            feuilles.append(_liste(titre, noms, (46, 12, 15, 16, 16), rangees, total=False))
        return feuilles

    def demandes(self) -> FeuilleEcrite:
        codes = {c.id: c.code for c in self.tableau.caisses}
        noms = ("Dossier", "Action", "Organisme", "Financeur", "Demandé", "Proposé",
                "Enveloppes qui peuvent payer")  # fmt: skip
        rangees: list[Rangee] = []
        for r in self.tableau.rangees:
            for v in r.lignes:
                possibles = ENTRE.join(codes[o.enveloppe_id] for o in v.offres)
                rangees.append(
                    [
                        (0, r.reference, TEXTE),
                        (1, r.intitule, TEXTE),
                        (2, r.organisme, TEXTE),
                        (3, v.financeur, TEXTE),
                        (4, v.demande / 100, EUROS),
                        *([(5, v.propose / 100, EUROS)] if v.propose is not None else []),
                        (6, possibles or "aucune", TEXTE),
                    ]
                )
        return _liste("Demandes", noms, (13, 38, 30, 22, 15, 15, 50), rangees, total=False)

    def notice(self, jour: date) -> FeuilleEcrite:
        rangees: list[Rangee] = [
            [(0, "Scénario", TETE), (1, self.scenario.nom, TEXTE)],
            [(0, "Campagne", TETE), (1, self.scenario.campagne.nom, TEXTE)],
            [(0, "État", TETE), (1, self.scenario.etat.libelle("agent"), TEXTE)],
            [(0, "Fichier du", TETE), (1, jour, DATE)],
            [],
            *([(1, phrase, TEXTE)] for phrase in notice(self.tableau, self.modifiable)),
        ]
        return FeuilleEcrite("À lire", [Colonne(14), Colonne(120)], rangees)


def _liste(
    nom: str,
    tetes: Sequence[str],
    largeurs: Sequence[int],
    rangees: Sequence[Rangee],
    *,
    total: bool = True,
) -> FeuilleEcrite:
    """A title, the names of the columns on the fourth row, the list. ``total``: sums above."""
    fin = 4 + max(1, len(rangees))
    sommes: list[Case] = []
    if total:
        sommes = [(0, "Total", TETE)]
        for c, (tete, style) in enumerate(zip(tetes, _styles_de(rangees, len(tetes)), strict=True)):
            if style in (EUROS, ECART_LIGNE) and tete != "Montant":
                somme = sum(_nombre(r, c) for r in rangees)
                plage = f"{lettres(c)}5:{lettres(c)}{fin}"
                sommes.append((c, Formule(f"SUM({plage})", round(somme, 2)), EUROS_GRAS))
    lignes: list[Rangee] = [
        [(0, nom, TITRE)],
        sommes,
        [],
        [(c, tete, TETE) for c, tete in enumerate(tetes)],
        *rangees,
    ]
    return FeuilleEcrite(
        nom,
        [Colonne(largeur) for largeur in largeurs],
        lignes,
        figees=(4, 1),
        filtre=(3, fin - 1, len(tetes) - 1),
    )


def _styles_de(rangees: Sequence[Rangee], nombre: int) -> list[object]:
    styles: list[object] = [None] * nombre
    for c, _, style in rangees[0] if rangees else ():
        styles[c] = style
    return styles


def _nombre(rangee: Rangee, colonne: int) -> float:
    valeur = next((v for c, v, _ in rangee if c == colonne), 0)
    if isinstance(valeur, Formule):
        return valeur.valeur
    return valeur if isinstance(valeur, int | float) else 0


def motifs(r: RangeeTableau, cellules: Mapping[int, CelluleLue]) -> str:
    """The reasons of a dossier's lines, each told once."""
    lus = (m.motif_ecart for v in r.lignes if (m := cellules.get(v.id)) is not None)
    return ENTRE.join(dict.fromkeys(x for x in lus if x))


def notice(tableau: Tableau, modifiable: bool) -> list[str]:
    """How to read the workbook, and what comes back of it."""
    phrases = [
        "Tableau\u00a0: un dossier par ligne, une enveloppe par colonne, en euros. Les totaux et "
        "les restes se calculent seuls.",
        "Demandes\u00a0: ce que chaque dossier demande à chaque financeur, ce que son avis propose "
        "et les enveloppes qui peuvent payer.",
        "Par orientation, par commune, par quartier\u00a0: un dossier compte en entier dans chaque "
        "lieu qu’il touche. Ces montants ne s’additionnent pas.",
    ]
    if tableau.masques:
        phrases.append(
            "Les dossiers des organismes avec lesquels vous avez déclaré un lien n’y sont pas."
        )
    if not modifiable:
        return [*phrases, "Ce fichier se lit\u00a0: il ne peut pas changer le scénario."]
    return [
        *phrases,
        "Changez les montants des cellules jaunes et encadrées de la feuille Tableau\u00a0: ce "
        "sont les enveloppes qui peuvent payer ce dossier. Une seule enveloppe paie la demande "
        "faite à un financeur.",
        "Un montant plus grand que la demande doit avoir son motif dans la colonne "
        f"«\u00a0{MOTIF}\u00a0».",
        "Pour renvoyer le fichier\u00a0: page du scénario, «\u00a0Renvoyer un tableur\u00a0». "
        "Vous verrez chaque différence et vous choisirez celles à appliquer. Rien ne change avant.",
        "Vous pouvez trier, masquer, déplacer ou ajouter des colonnes et des feuilles. Gardez la "
        "référence des dossiers et la ligne des codes d’enveloppe, en tête des dossiers.",
        "La protection des feuilles n’a pas de mot de passe\u00a0: vous pouvez l’ôter.",
    ]
