"""What the ranked list of a campaign is computed from, read in narrow rows (7 queries).

The frozen list in force, when there is one, says what counts; otherwise the tables do: sent
evaluations of people without conflict of interest, consensus, deposited dossiers still examined.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import FromClause, Select, bindparam, func, select, true
from sqlalchemy.orm import undefer

from aap.domaine.classement import DossierEntre, Entrees, EvaluationEntree, Valeur
from aap.domaine.notation import SCORE_MAX, Critere
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Campagne,
    Classement,
    Consensus,
    Deport,
    Depot,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Grille,
    Membre,
    ModeCritere,
    NoteConsensus,
    NoteCritere,
)
from aap.models import Critere as CritereGrille
from aap.models.types import Json
from aap.requetes.conflits import EVALUATION_SANS_CONFLIT
from workflows.dossier import EtatDossier

# Deposited once, and no longer in the run: they would only make holes in the ranks.
SORTIS = (
    EtatDossier.IRRECEVABLE,
    EtatDossier.RETIRE,
    EtatDossier.SANS_SUITE,
    EtatDossier.CADUC,
)
AVANT_DEPOT = (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE)
MILLE = 1000


def pour_le_calcul(grille: Grille) -> list[Critere]:
    """The grid in its pure form."""
    return [
        Critere(
            code=c.code,
            poids=c.poids,
            libelle=c.libelle,
            seuil=c.eliminatoire_sous,
            kind="calcule" if c.mode is ModeCritere.CALCULE else "apprecie",
            sans_objet_permis=c.sans_objet_permis or c.mode is ModeCritere.CALCULE,
            reserve=bool(c.reserve_a),
        )
        for c in grille.criteres
    ]


def note_minimale(campagne: Campagne) -> Fraction:
    """Score under which a dossier is not ranked, 0–100 (rule ``note_minimale``)."""
    return Fraction(int(valeur_regle(campagne, "note_minimale")) * SCORE_MAX, MILLE)


def classement_en_vigueur(campagne_id: int, *, contenu: bool = False) -> Classement | None:
    """The frozen list in force (1 query); ``contenu``: with its inputs."""
    requete = select(Classement).where(
        Classement.campagne_id == campagne_id, Classement.rouvert_le.is_(None)
    )
    if contenu:
        requete = requete.options(undefer(Classement.contenu))
    return db.session.scalar(requete)


def _dans_la_course(campagne_id: int) -> tuple[Any, ...]:
    return (
        Dossier.campagne_id == campagne_id,
        Dossier.depose_le.is_not(None),
        Dossier.etat.not_in(SORTIS),
    )


def _qui_comptent(requete: Select[*tuple[Any, ...]], campagne_id: int) -> Select[*tuple[Any, ...]]:
    """Evaluations (already in ``requete``) that count."""
    return requete.join(Dossier, Dossier.id == Evaluation.dossier_id).where(
        *_dans_la_course(campagne_id),
        Evaluation.etat == EtatEvaluation.ENVOYEE,
        EVALUATION_SANS_CONFLIT,
    )


@lru_cache(maxsize=1)
def _compteurs() -> Select[*tuple[Any, ...]]:
    """One row of counters, written once: what ``temoin`` reads."""
    f = func
    dehors = Dossier.etat.in_((*AVANT_DEPOT, *SORTIS))
    compteurs = [
        select(f.count(Evaluation.id)).where(Evaluation.etat == EtatEvaluation.ENVOYEE),
        select(f.count(Depot.id)),
        select(f.max(Dossier.id)),
        select(f.count(Dossier.id), f.sum(Dossier.id), f.sum(Dossier.id * Dossier.id)).where(
            Dossier.campagne_id == bindparam("campagne"), dehors
        ),
        select(f.count(Deport.id), f.count(Deport.leve_le), f.max(Deport.modifie_le)),
        select(f.count(Membre.id), f.count(Membre.parti_le), f.max(Membre.modifie_le)),
        select(f.count(Consensus.id), f.sum(Consensus.version), f.max(Consensus.modifie_le)),
    ]
    premier, *suivants = [c.subquery() for c in compteurs]
    ensemble: FromClause = premier
    for suivant in suivants:
        ensemble = ensemble.join(suivant, true())
    return select(*[x for s in (premier, *suivants) for x in s.c]).select_from(ensemble)


def temoin(campagne: Campagne) -> tuple[Any, ...]:
    """Changes as soon as the inputs change: what is kept under it is never out of date.

    Sent evaluations and deposits never change nor go: their number tells which ones there are.
    Links of people with organismes tell which evaluations count; dossiers enter or leave the run
    through the few that are outside; a consensus carries a version. What happens in other
    campaigns only makes it change too often (1 query, from indexes alone).
    """
    lus = db.session.execute(_compteurs(), {"campagne": campagne.id}).one()
    return (campagne.grille_id, note_minimale(campagne), *lus)


def lire_entrees(campagne: Campagne) -> Entrees:
    """The inputs as the tables tell them now (6 queries)."""
    evaluations = db.session.execute(
        _qui_comptent(
            select(
                Evaluation.id,
                Evaluation.utilisateur_id,
                Evaluation.dossier_id,
                Evaluation.grille_id,
                Evaluation.calcules,
            ),
            campagne.id,
        ).order_by(Evaluation.id)
    ).all()
    notes = _notes(campagne.id)
    grilles = {g for _, _, _, g, _ in evaluations} | {campagne.grille_id} - {None}
    dossiers = db.session.execute(
        select(Dossier.id, Dossier.numero, Dossier.depose_le)
        .where(*_dans_la_course(campagne.id))
        .order_by(Dossier.id)
    )
    return Entrees(
        grille=campagne.grille_id,
        grilles=_grilles(grilles),
        dossiers=tuple(
            DossierEntre(i, numero or str(i), depose_le.isoformat() if depose_le else "")
            for i, numero, depose_le in dossiers
        ),
        evaluations=tuple(
            EvaluationEntree(i, qui, quoi, grille, {**notes.get(i, {}), **calculees(gelees)})
            for i, qui, quoi, grille, gelees in evaluations
        ),
        consensus=_consensus(campagne.id),
        note_minimale=note_minimale(campagne),
    )


def calculees(gelees: Json) -> dict[str, Valeur]:
    """Code -> exact value of the computed criteria, as frozen (« p/q »)."""
    return {code: exacte(c["valeur"]) for code, c in gelees.items()}


def exacte(texte: str | None) -> Valeur:
    """« 16/5 » is a fraction, « 3 » an integer, nothing is « sans objet »."""
    if texte is None:
        return None
    return Fraction(texte) if "/" in texte else int(texte)


def _grilles(ids: set[Any]) -> dict[int, tuple[Critere, ...]]:
    lues = db.session.scalars(select(Grille).where(Grille.id.in_(sorted(ids))).order_by(Grille.id))
    return {g.id: tuple(pour_le_calcul(g)) for g in lues}


def _notes(campagne_id: int) -> dict[int, dict[str, Valeur]]:
    """Evaluation id -> code -> note; what is not scored is absent (1 query)."""
    notes: dict[int, dict[str, Valeur]] = {}
    for i, code, valeur, sans_objet in db.session.execute(
        _qui_comptent(
            select(
                NoteCritere.evaluation_id,
                CritereGrille.code,
                NoteCritere.valeur,
                NoteCritere.sans_objet,
            )
            .join(Evaluation, Evaluation.id == NoteCritere.evaluation_id)
            .join(CritereGrille, CritereGrille.id == NoteCritere.critere_id),
            campagne_id,
        )
    ):
        if sans_objet or valeur is not None:
            notes.setdefault(i, {})[code] = valeur
    return notes


def _consensus(campagne_id: int) -> dict[int, dict[str, Valeur]]:
    """Dossier id -> code -> note agreed on, computed criteria included (2 queries)."""
    accords: dict[int, dict[str, Valeur]] = {}
    for dossier_id, gelees in db.session.execute(
        select(Consensus.dossier_id, Consensus.calcules)
        .join(Dossier, Dossier.id == Consensus.dossier_id)
        .where(*_dans_la_course(campagne_id))
        .order_by(Consensus.dossier_id)
    ):
        accords[dossier_id] = calculees(gelees)
    for dossier_id, code, valeur in db.session.execute(
        select(Consensus.dossier_id, CritereGrille.code, NoteConsensus.valeur)
        .join(NoteConsensus, NoteConsensus.consensus_id == Consensus.id)
        .join(CritereGrille, CritereGrille.id == NoteConsensus.critere_id)
        .join(Dossier, Dossier.id == Consensus.dossier_id)
        .where(*_dans_la_course(campagne_id))
    ):
        accords[dossier_id][code] = valeur
    return accords
