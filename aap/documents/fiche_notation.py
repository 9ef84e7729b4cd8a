"""The porteur's own score sheet, after the decision: notes, anchors reached, reasons written.

Nothing in it compares: no rank, no other dossier, no name of an assessor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from aap.documents import mentions, tableaux
from aap.documents.donnees import Action, Beneficiaire, Cartouche, Territoire
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import decimal_fr
from aap.domaine.texte import accorder
from aap.filtres import date_longue

RAISON_COURTE = 400


@dataclass(frozen=True)
class LigneFicheNotation:
    """One criterion. ``note`` 0–4, None for « sans objet »; ``seuil``: eliminated under it.

    ``raisons``: what was written about this criterion; ``explications``: the numbers of a
    computed one.
    """

    libelle: str
    poids: int
    note: Fraction | None
    seuil: int | None
    calcule: bool
    raisons: tuple[str, ...] = ()
    explications: tuple[str, ...] = ()

    @property
    def sous_le_seuil(self) -> bool:
        return self.seuil is not None and self.note is not None and self.note < self.seuil


@dataclass(frozen=True)
class DonneesFicheNotation:
    """``score`` 0–100; ``minimum``: score needed to be ranked (0: none)."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    decision: str
    decide_le: date
    motif: str
    score: Fraction
    minimum: Fraction
    evaluations: int
    consensus: bool
    lignes: tuple[LigneFicheNotation, ...]


def produire(d: DonneesFicheNotation) -> bytes:
    """PDF of the sheet."""
    a = d.action
    titre = "Les raisons de la décision et votre fiche de notation"
    r = Redaction(d.territoire, d.cartouche, f"Fiche de notation – dossier {a.numero}", a.intitule)
    r.entete()
    r.h1(titre, f"{a.campagne} – dossier {a.numero}")
    tableaux.fiche(
        r,
        [
            ("Action", a.intitule),
            ("Organisme", d.beneficiaire.nom_complet),
            ("Décision", f"{d.decision}, le {date_longue(d.decide_le)}"),
            ("Pour en parler", mentions.contact(d.territoire).replace("\n", ", ")),
        ],
    )
    if d.motif.strip():
        r.h2("Les raisons de la décision")
        r.libre(d.motif)
    r.h2("La note de votre dossier")
    _note(r, d)
    _criteres(r, d)
    r.h2("Pour comprendre cette fiche")
    r.liste(list(_lecture(d)))
    return r.rendre()


def _note(r: Redaction, d: DonneesFicheNotation) -> None:
    combien = accorder(d.evaluations, "personne a noté", "personnes ont noté")
    r.p(
        f"{combien} votre dossier. ",
        "Sa note est de ",
        Gras(f"{decimal_fr(d.score, 1, fixe=False)} sur 100"),
        ". Elle a éclairé la décision, elle ne l’a pas remplacée.",
    )
    if d.consensus:
        r.p("Après discussion, les évaluateurs se sont mis d’accord sur chaque note.")
    if d.score < d.minimum:
        seuil = decimal_fr(d.minimum, 1, fixe=False)
        r.p(f"Pour être classé, un dossier devait recevoir au moins {seuil} sur 100.")


def _criteres(r: Redaction, d: DonneesFicheNotation) -> None:
    rangs: list[Rang] = []
    for x in d.lignes:
        note = "sans objet" if x.note is None else decimal_fr(x.note, 2, fixe=False)
        nom = f"{x.libelle} (calculé)" if x.calcule else x.libelle
        rangs.append(Rang((nom, f"{x.poids}\u00a0%", note)))
        textes = [*x.explications, *x.raisons]
        if x.sous_le_seuil:
            textes.insert(
                0, f"Note inférieure à {x.seuil}\u00a0: le dossier ne pouvait être classé."
            )
        rangs += [Rang((t,), "note", lie=len(t) < RAISON_COURTE) for t in textes if t.strip()]
    tableaux.tableau(r, ("Critère", "Poids", "Note sur 4"), rangs, [7.5, 1.6, 2], droites=(1, 2))


def _lecture(d: DonneesFicheNotation) -> tuple[str, ...]:
    comment = (
        "Chaque note est celle sur laquelle les évaluateurs se sont mis d’accord."
        if d.consensus
        else "Chaque note est la moyenne de celles des personnes qui ont noté le dossier."
    )
    return (
        comment,
        "La note sur 100 additionne les notes des critères selon leur poids. Un critère sans "
        "objet ne compte pas.",
        "Un critère calculé vient de vos réponses et des données publiques du contrat de ville, "
        "montrées ici.",
        "Vous pouvez demander les documents administratifs qui vous concernent (code des relations "
        "entre le public et l’administration, articles L311-1 à L311-6).",
    )
