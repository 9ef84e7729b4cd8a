"""Counts and totals per state of a selection of dossiers.

Counting costs as much as there are rows. Up to ``SEUIL`` rows it is done at each page; over it,
the figures of the same selection serve again for ``DUREE``, and the page says when they were
taken: a figure one minute old, dated, is better than a list that grows slower every year.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import ColumnElement, and_, func, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Dossier, Organisme
from workflows.dossier import EtatDossier

SEUIL = 10_000
DUREE = timedelta(seconds=60)
GARDES = 256


@dataclass(frozen=True)
class Comptes:
    """``par_etat``: state -> (number, amount asked in cents). ``arretes_le``: None when counted
    for this very page."""

    par_etat: dict[EtatDossier, tuple[int, int]]
    arretes_le: datetime | None = None

    @property
    def total(self) -> int:
        return sum(n for n, _ in self.par_etat.values())


class Memoire:
    """The last counts of large selections, shared by the threads of one process."""

    def __init__(self) -> None:
        self._verrou = Lock()
        self._comptes: OrderedDict[Hashable, tuple[datetime, Comptes]] = OrderedDict()

    def lire(self, cle: Hashable) -> Comptes | None:
        """What was counted less than ``DUREE`` ago."""
        with self._verrou:
            garde = self._comptes.get(cle)
        if garde is None or maintenant() - garde[0] > DUREE:
            return None
        return Comptes(garde[1].par_etat, garde[0])

    def ecrire(self, cle: Hashable, comptes: Comptes) -> None:
        """Keep these counts, forgetting the oldest selection when there are too many."""
        with self._verrou:
            self._comptes[cle] = (maintenant(), comptes)
            self._comptes.move_to_end(cle)
            while len(self._comptes) > GARDES:
                self._comptes.popitem(last=False)


MEMOIRE = Memoire()


def compter(
    conditions: Sequence[ColumnElement[bool]], cle: Hashable, organisme: bool = False
) -> Comptes:
    """Counts of the dossiers that meet ``conditions`` (1 query at most).

    ``cle``: the same for the same conditions, and only for them. ``organisme``: a condition
    reads the name of the organisme.
    """
    cle = (db.engine.url, cle)
    connus = MEMOIRE.lire(cle)
    if connus is not None:
        return connus
    requete = (
        select(Dossier.etat, func.count(), func.coalesce(func.sum(Dossier.montant_demande), 0))
        .where(and_(*conditions))
        .group_by(Dossier.etat)
    )
    if organisme:
        requete = requete.join(Organisme, Organisme.id == Dossier.organisme_id)
    comptes = Comptes({etat: (n, int(m)) for etat, n, m in db.session.execute(requete)})
    if comptes.total > SEUIL:
        MEMOIRE.ecrire(cle, comptes)
    return comptes
