"""A dossier taken up again from last year's: what was copied, what was not, what must be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.questionnaire import QUESTIONS, Genre, Question, lire_jour, sections_pour
from aap.domaine.questionnaire import questions_pour as _questions
from aap.domaine.regles import regles, valeur_regle
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Bilan, Campagne, Dossier, Financement, Financeur, OrigineCredits
from aap.requetes.publication import lignes_porteur

# Said anew each year: dates, and what the signatory attests.
A_REDIRE = ("date_debut", "date_fin", "aides_publiques", "exactitude")


@dataclass(frozen=True)
class Aide:
    """What was asked last year from a funder, what it granted (None: not known), what is asked
    now (0: nothing yet). Cents.
    """

    financeur: Financeur
    origine: OrigineCredits
    demande: int
    accorde: int | None
    present: int

    @property
    def nom(self) -> str:
        return f"aide-{self.financeur.id}-{self.origine.value}"


@dataclass(frozen=True)
class Reprise:
    """``copie``, ``ecartes``, ``regles``: sentences; ``realise``: cents spent last year."""

    source: Dossier
    copie: list[str]
    ecartes: list[str]
    regles: list[str]
    aides: list[Aide]
    questions: list[Question]
    realise: int | None


def reprise_de(dossier: Dossier) -> Reprise | None:
    """None when the dossier was begun on a blank page."""
    source = db.session.scalar(
        select(Dossier)
        .where(Dossier.id == dossier.precedent_id, Dossier.organisme_id == dossier.organisme_id)
        .options(
            joinedload(Dossier.campagne).selectinload(Campagne.regles),
            selectinload(Dossier.reponses),
            selectinload(Dossier.lignes),
            selectinload(Dossier.objectifs),
            selectinload(Dossier.objectifs_locaux),
            selectinload(Dossier.indicateurs),
            selectinload(Dossier.financements).joinedload(Financement.financeur),
        )
    )
    if source is None:
        return None
    return Reprise(
        source=source,
        copie=_copie(dossier),
        ecartes=_ecartes(source, dossier),
        regles=_regles(source.campagne, dossier.campagne),
        aides=_aides(source, dossier),
        questions=questions_a_redire(dossier),
        realise=_realise(source),
    )


def questions_a_redire(dossier: Dossier) -> list[Question]:
    """The questions of this type of dossier that are asked anew each year."""
    codes = {
        q.code for s in sections_pour(dossier.type.value) for q in _questions(s, dossier.type.value)
    }
    return [QUESTIONS[c] for c in A_REDIRE if c in codes]


def dates_proposees(dossier: Dossier, source: Dossier) -> dict[str, str]:
    """Last year's dates moved to the year of the call, for the dates not written yet."""
    ecart = dossier.campagne.exercice - source.campagne.exercice
    dites = {r.champ for r in dossier.reponses if r.valeur}
    proposees = {}
    for r in source.reponses:
        question = QUESTIONS.get(r.champ)
        if question is None or question.genre is not Genre.DATE or r.champ in dites:
            continue
        try:
            proposees[r.champ] = f"{_decaler(lire_jour(r.valeur.strip()), ecart):%d/%m/%Y}"
        except ValueError:
            continue
    return proposees


def _decaler(jour: date, annees: int) -> date:
    """Same day some years later; 29 February gives the 28th."""
    try:
        return jour.replace(year=jour.year + annees)
    except ValueError:
        return jour.replace(year=jour.year + annees, day=28)


def _copie(d: Dossier) -> list[str]:
    textes = sum(bool(r.valeur) and r.champ not in A_REDIRE for r in d.reponses)
    comptes = (
        (textes, "réponse"),
        (len(d.objectifs), "objectif du contrat"),
        (len(d.quartiers), "quartier"),
        (len(d.objectifs_locaux), "objectif local"),
        (len(d.indicateurs), "indicateur"),
        (sum(x.financement_id is None for x in d.lignes), "ligne de budget"),
    )
    return [_compter(n, mot) for n, mot in comptes if n]


def _compter(n: int, mot: str) -> str:
    pluriels = {
        "objectif du contrat": "objectifs du contrat",
        "objectif local": "objectifs locaux",
        "ligne de budget": "lignes de budget",
    }
    if n > 1 and mot in pluriels:
        return f"{n} {pluriels[mot]}"
    return accorder(n, mot)


def _ecartes(source: Dossier, cible: Dossier) -> list[str]:
    """What the contrat has retired since, or what another contrat holds: it is not copied."""
    if source.campagne.contrat_id != cible.campagne.contrat_id:
        return [
            "Ce que visait l’action, ses quartiers et ses indicateurs\u00a0: le contrat change."
        ]
    phrases = []
    orientation = source.orientation
    if orientation is not None and orientation.retire_le is not None:
        phrases.append(f"L’orientation «\u00a0{orientation.titre}\u00a0» n’existe plus.")
    phrases += [f"L’objectif {o.code} n’existe plus." for o in _retires(source.objectifs)]
    phrases += [
        f"L’objectif local «\u00a0{o.texte}\u00a0» n’existe plus."
        for o in _retires(source.objectifs_locaux)
    ]
    phrases += [
        f"Le quartier «\u00a0{q.quartier.nom}\u00a0» n’est plus dans le contrat."
        for q in source.quartiers
        if q.quartier.retire_le is not None
    ]
    return phrases


def _retires(objets: Iterable) -> list:
    return [o for o in objets if o.retire_le is not None]


def _regles(avant: Campagne, apres: Campagne) -> list[str]:
    """The rules of the call that are not those of last year's, as they are now."""
    return [
        r.dire(valeur_regle(apres, r.code))
        for r in regles()
        if valeur_regle(avant, r.code) != valeur_regle(apres, r.code)
    ]


def _aides(source: Dossier, dossier: Dossier) -> list[Aide]:
    """Funders of the same contrat that still take part, asked last year or now."""
    present = {(f.financeur_id, f.origine): f.montant_demande for f in dossier.financements}
    contrat = dossier.campagne.contrat_id
    return [
        Aide(
            x.financement.financeur,
            x.financement.origine,
            x.financement.montant_demande,
            x.montant,
            present.get((x.financement.financeur_id, x.financement.origine), 0),
        )
        for x in lignes_porteur(source)
        if x.financement.financeur.actif and x.financement.financeur.contrat_id == contrat
    ]


def _realise(source: Dossier) -> int | None:
    """Cents of charges that the bilan of last year tells, None while it tells nothing."""
    bilan = db.session.scalar(
        select(Bilan)
        .where(Bilan.dossier_id == source.id)
        .options(selectinload(Bilan.lignes))
        .order_by(Bilan.exercice)
        .limit(1)
    )
    depenses = [
        x.realise
        for x in (bilan.lignes if bilan else ())
        if x.cote.value == "charge" and x.realise is not None and not x.compte.startswith("86")
    ]
    return sum(depenses) if depenses else None
