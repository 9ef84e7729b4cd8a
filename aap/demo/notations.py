"""Agreements on notes and the frozen list: what a campaign keeps of its scoring."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from sqlalchemy import select

from aap.demo.monde import Monde
from aap.extensions import db
from aap.models import Campagne, Dossier, EtatEvaluation, Evaluation, Grille, ModeCritere
from aap.services.classement import figer_classement
from aap.services.consensus import NoteAccordee, enregistrer_consensus, raison_pas_encore

RAISONS = (
    "Les deux lectures se rejoignent après relecture de la description de l’action.",
    "L’ancre retenue est celle que les faits du dossier remplissent entièrement.",
    "Le bilan de l’an passé, lu ensemble, a tranché.",
)
ACCORD = "Réunion de notation : chaque critère qui nous séparait a été relu dossier en main."


def accorder(monde: Monde, dossiers: Sequence[Dossier], combien: int) -> int:
    """A consensus on the first ``combien`` dossiers that two people scored; how many it found."""
    faits = 0
    for dossier in dossiers:
        grille = dossier.campagne.grille
        if faits == combien or grille is None or raison_pas_encore(dossier):
            continue
        enregistrer_consensus(
            monde.acteur("coordination"), dossier, _notes(dossier, grille, faits), ACCORD
        )
        faits += 1
    return faits


def _notes(dossier: Dossier, grille: Grille, rang: int) -> dict[int, NoteAccordee]:
    """The lower of the two notes that people gave, and in turn one of the reasons."""
    envoyees = db.session.scalars(
        select(Evaluation).where(
            Evaluation.dossier_id == dossier.id, Evaluation.etat == EtatEvaluation.ENVOYEE
        )
    ).all()
    juges = [c for c in grille.criteres if c.mode is ModeCritere.APPRECIE]
    accord = {}
    for i, critere in enumerate(juges):
        valeurs = [
            n.valeur
            for e in envoyees
            for n in e.notes
            if n.critere_id == critere.id and n.valeur is not None
        ]
        accord[critere.id] = NoteAccordee(
            median_low(valeurs) if valeurs else 2, RAISONS[(rang + i) % len(RAISONS)]
        )
    return accord


def figer(monde: Monde, campagne: Campagne, dossiers: Sequence[Dossier]) -> None:
    """Before the committee sits: some notes agreed on, then the ranked list kept."""
    accorder(monde, dossiers, 4)
    figer_classement(monde.acteur("coordination"), campagne)
