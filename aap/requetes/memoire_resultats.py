"""The results of a campaign, computed once and kept in the process while nothing changes.

Every page of the results needs the whole list (a rank is a place among all). It is kept under the
witness of its inputs (``entrees_notation.temoin``), read again at each page: as soon as an
evaluation is sent, a consensus noted or a conflict of interest declared, the list is made again.
A frozen list never changes and is kept under its hash. Only plain values are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from threading import Lock
from typing import Any

from aap.domaine.classement import (
    Entrees,
    EvaluationEntree,
    Resultat,
    classer_campagne,
    scores_des_evaluations,
    scores_normalises,
)
from aap.domaine.classement_fige import relire_entrees
from aap.domaine.notation import Severite, severites
from aap.domaine.sensibilite import Mouvement, Sensibilite, sensibilite
from aap.extensions import db
from aap.models import Campagne
from aap.requetes.entrees_notation import classement_en_vigueur, lire_entrees, temoin

TAILLE = 3
# Points between the highest and the lowest score from which the panel is said to be divided.
PARTAGE = 25


def est_partage(r: Resultat) -> bool:
    """Do the scores sent stand ``PARTAGE`` points apart or more?"""
    return r.dispersion is not None and r.dispersion.etendue >= PARTAGE


GROUPES: dict[str, Callable[[Resultat], bool]] = {
    "classes": lambda r: r.rang is not None,
    "ecartes": lambda r: bool(r.sous_seuil),
    "sans_note": lambda r: r.score is None,
    "consensus": lambda r: r.consensus,
    "partages": est_partage,
}
_verrou = Lock()
_gardes: OrderedDict[tuple[str, int], tuple[Any, ResultatsCampagne]] = OrderedDict()


@dataclass(frozen=True)
class ResultatsCampagne:
    """Inputs and what they give. ``fige``: id of the frozen list they come from, if any."""

    entrees: Entrees
    fige: int | None

    @cached_property
    def classes(self) -> list[Resultat]:
        """The ranked list, best first."""
        return classer_campagne(self.entrees)

    @cached_property
    def par_dossier(self) -> Mapping[int, Resultat]:
        return {r.dossier_id: r for r in self.classes}

    @cached_property
    def groupes(self) -> Mapping[str, frozenset[int]]:
        """Group of the list -> dossiers in it."""
        return {
            cle: frozenset(r.dossier_id for r in self.classes if test(r))
            for cle, test in GROUPES.items()
        }

    @cached_property
    def bruts(self) -> Mapping[int, Fraction | None]:
        """Evaluation id -> raw score."""
        return scores_des_evaluations(self.entrees)

    @cached_property
    def normes(self) -> Mapping[int, Fraction]:
        """Evaluation id -> score corrected of its assessor's severity."""
        return scores_normalises(self.entrees, self.bruts)

    @cached_property
    def evaluations(self) -> Mapping[int, EvaluationEntree]:
        return {e.id: e for e in self.entrees.evaluations}

    @cached_property
    def evaluations_du_dossier(self) -> Mapping[int, Sequence[EvaluationEntree]]:
        """Dossier id -> its evaluations."""
        par_dossier: dict[int, list[EvaluationEntree]] = {}
        for e in self.entrees.evaluations:
            par_dossier.setdefault(e.dossier, []).append(e)
        return par_dossier

    @cached_property
    def severites(self) -> Mapping[int, Severite]:
        """Assessor id -> how far she stands from the panel."""
        scores = {
            (str(e.assesseur), str(e.dossier)): s
            for e in self.entrees.evaluations
            if (s := self.bruts[e.id]) is not None
        }
        return {int(a): s for a, s in severites(scores).items()}

    @cached_property
    def sensibilite(self) -> Sensibilite:
        return sensibilite(self.entrees, self.classes)

    @cached_property
    def mouvements(self) -> Mapping[int, Mouvement]:
        return {m.dossier_id: m for m in self.sensibilite.mouvements}

    @cached_property
    def essayes(self) -> Sequence[Mouvement]:
        """Dossiers ranked in the list or in a variant, in the order of the list."""
        return [m for m in self.sensibilite.mouvements if m.rang is not None or m.perd_sa_place]

    @cached_property
    def par_amplitude(self) -> Sequence[Mouvement]:
        """The same, those that move most first."""
        return sorted(self.essayes, key=lambda m: -m.amplitude)

    @cached_property
    def stables(self) -> frozenset[int]:
        """Dossiers whose rank never moves."""
        return frozenset(
            m.dossier_id for m in self.essayes if m.amplitude == 0 and not m.perd_sa_place
        )


def resultats_campagne(campagne: Campagne) -> ResultatsCampagne:
    """The frozen list when there is one, else what the tables give now (2 queries once kept)."""
    fige = classement_en_vigueur(campagne.id)
    marque: Any = (fige.id, fige.sha256) if fige else temoin(campagne)
    cle = (str(db.engine.url), campagne.id)
    with _verrou:
        garde = _gardes.get(cle)
        if garde is not None and garde[0] == marque:
            _gardes.move_to_end(cle)
            return garde[1]
    if fige:
        complet = classement_en_vigueur(campagne.id, contenu=True)
        assert complet is not None
        neuf = ResultatsCampagne(relire_entrees(complet.contenu["entrees"]), fige.id)
    else:
        neuf = ResultatsCampagne(lire_entrees(campagne), None)
    with _verrou:
        _gardes[cle] = (marque, neuf)
        _gardes.move_to_end(cle)
        while len(_gardes) > TAILLE:
            _gardes.popitem(last=False)
    return neuf


def oublier() -> None:
    """Empty the memory (tests)."""
    with _verrou:
        _gardes.clear()
