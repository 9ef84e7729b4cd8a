"""Sharing out 5 000 dossiers among 60 people: seconds, the worst case (no two dossiers alike)."""

from __future__ import annotations

import random
import time

from aap.domaine.repartition import Enonce, Personne, Travail
from aap.domaine.repartition_calcul import repartir

DOSSIERS, PERSONNES = 5000, 60
BUDGET = 20


def enonce(dossiers: int = DOSSIERS, personnes: int = PERSONNES) -> Enonce:
    """Half of the dossiers may go to anybody; conflicts and affinities differ for each."""
    hasard = random.Random(2030)
    gens = tuple(
        Personne(
            f"p{i:03}",
            f"Personne {i}",
            charge=hasard.randrange(20),
            plafond=hasard.choice([None, None, 120]),
            part=hasard.choice([50, 80, 100, 100]),
            absente=i % 20 == 19,
        )
        for i in range(personnes)
    )
    codes = [p.code for p in gens]
    return Enonce(tuple(_travail(hasard, codes, i) for i in range(dossiers)), gens)


def _travail(hasard: random.Random, codes: list[str], rang: int) -> Travail:
    permis = codes if rang % 2 else hasard.sample(codes, hasard.randrange(3, len(codes) // 2))
    suivis = hasard.sample(codes, hasard.randrange(4))
    return Travail(
        f"d{rang:05}",
        frozenset(permis),
        conflits=frozenset(hasard.sample(codes, 1) if rang % 10 == 0 else ()),
        affinites={c: (hasard.randrange(1, 8), "elle suit déjà cette action") for c in suivis},
    )


def chronometrer() -> tuple[float, bool]:
    """(seconds, is the optimum proven?) of the whole calculation, the statement apart."""
    question = enonce()
    depart = time.perf_counter()
    reponse = repartir(question)
    return time.perf_counter() - depart, reponse.prouvee
