"""One dossier of the results: every evaluation side by side, consensus, weight of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.classement import Resultat
from aap.domaine.notation import Critere, Severite
from aap.domaine.sensibilite import Mouvement, Variante
from aap.extensions import db
from aap.models import Abstention, Consensus, Dossier, NoteConsensus
from aap.requetes.memoire_resultats import resultats_campagne
from aap.requetes.notation import EvaluationNotee, evaluations_notees
from aap.requetes.resultats import attendues_de


@dataclass(frozen=True)
class NoteVue:
    """One note as shown: ``evaluation`` says whose."""

    evaluation: EvaluationNotee
    donnee: bool
    valeur: Fraction | int | None
    commentaire: str


@dataclass(frozen=True)
class LigneComparee:
    """A criterion: every note, what was retained, how far apart they are (points of 4)."""

    critere: Critere
    notes: tuple[NoteVue, ...]
    retenue: Fraction | None
    etendue: Fraction | None
    accord: NoteConsensus | None


@dataclass(frozen=True)
class Essai:
    """A weight moved, and the rank that the dossier would have."""

    variante: Variante
    rang: int | None


@dataclass(frozen=True)
class FicheResultat:
    """``resultat`` None when the dossier is not in the list (withdrawn, not admissible)."""

    dossier: Dossier
    resultat: Resultat | None
    lignes: tuple[LigneComparee, ...]
    evaluations: tuple[EvaluationNotee, ...]
    severites: dict[int, Severite]
    consensus: Consensus | None
    abstentions: tuple[Abstention, ...]
    attendues: int
    mouvement: Mouvement | None
    essais: tuple[Essai, ...]
    fige: bool


def consensus_lu(dossier_id: int) -> Consensus | None:
    """The consensus with its notes and who recorded it (2 queries)."""
    return db.session.scalar(
        select(Consensus)
        .where(Consensus.dossier_id == dossier_id)
        .options(
            selectinload(Consensus.notes).joinedload(NoteConsensus.critere),
            joinedload(Consensus.pose_par),
        )
    )


def abstentions_de(dossier_id: int) -> tuple[Abstention, ...]:
    """Who said that she does not score this dossier (1 query)."""
    return tuple(
        db.session.scalars(
            select(Abstention)
            .where(Abstention.dossier_id == dossier_id)
            .options(joinedload(Abstention.utilisateur))
            .order_by(Abstention.le, Abstention.id)
        )
    )


def fiche_resultat(dossier: Dossier) -> FicheResultat:
    """Everything that the page compares."""
    tout = resultats_campagne(dossier.campagne)
    resultat = tout.par_dossier.get(dossier.id)
    evaluations = tuple(evaluations_notees(dossier.campagne, dossier.id, tout))
    consensus = consensus_lu(dossier.id)
    accords = {n.critere.code: n for n in consensus.notes} if consensus else {}
    mouvement = tout.mouvements.get(dossier.id)
    rangs = mouvement.rangs if mouvement else ()
    return FicheResultat(
        dossier=dossier,
        resultat=resultat,
        lignes=tuple(
            comparer(c, evaluations, resultat, accords.get(c.code)) for c in tout.entrees.criteres
        ),
        evaluations=evaluations,
        severites={
            e.utilisateur_id: tout.severites[e.utilisateur_id]
            for e in evaluations
            if e.utilisateur_id in tout.severites
        },
        consensus=consensus,
        abstentions=abstentions_de(dossier.id),
        attendues=max(len(evaluations), len(attendues_de([dossier.id]).get(dossier.id, ()))),
        mouvement=mouvement,
        essais=tuple(Essai(v, r) for v, r in zip(tout.sensibilite.variantes, rangs, strict=False)),
        fige=tout.fige is not None,
    )


def comparer(
    critere: Critere,
    evaluations: tuple[EvaluationNotee, ...],
    resultat: Resultat | None,
    accord: NoteConsensus | None,
) -> LigneComparee:
    """The notes of one criterion, in the order of the evaluations."""
    notes = tuple(
        NoteVue(
            e,
            critere.code in e.valeurs,
            e.valeurs.get(critere.code),
            e.commentaires.get(critere.code, ""),
        )
        for e in evaluations
    )
    connues = [Fraction(n.valeur) for n in notes if n.valeur is not None]
    return LigneComparee(
        critere,
        notes,
        resultat.moyennes.get(critere.code) if resultat else None,
        max(connues) - min(connues) if connues else None,
        accord,
    )
