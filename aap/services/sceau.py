"""The daily seal: heads of the journal's chains, written on a chain of their own.

A chain proves that nothing was changed in the middle of it, not that its last lines are still
there. A seal does: each (chain, rank, hash) it names must exist for ever (decision 0005).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Evenement
from aap.services.journal import Rupture, ajouter_ligne

CHAINE = "journal:0"
# A line may be committed a little after its instant: what is recent is sealed twice.
RECOUVREMENT = timedelta(hours=1)


def sceller() -> Evenement | None:
    """Seal the heads of the chains that moved since the last seal; None when none did. Flushes."""
    dernier = db.session.scalar(select(func.max(Evenement.le)).where(Evenement.chaine == CHAINE))
    tetes = _tetes(dernier)
    if not tetes:
        return None
    return ajouter_ligne(
        CHAINE,
        Evenement(
            le=maintenant(),
            qualite="Plateforme",
            acte="journal.sceller",
            entite="journal",
            entite_id=0,
            libelle=f"Journal scellé ({len(tetes)} chaînes)",
            motif="",
            donnees={"tetes": tetes},
            visible_porteur=False,
        ),
    )


def _tetes(depuis: Any) -> dict[str, list[Any]]:
    """Chain -> [rank, hash] of its last line."""
    dernieres = select(Evenement.chaine, func.max(Evenement.rang).label("rang")).where(
        Evenement.chaine != CHAINE
    )
    if depuis is not None:
        dernieres = dernieres.where(Evenement.le >= depuis - RECOUVREMENT)
    vues = dernieres.group_by(Evenement.chaine).subquery()
    lignes = db.session.execute(
        select(Evenement.chaine, Evenement.rang, Evenement.hachage).join(
            vues, (vues.c.chaine == Evenement.chaine) & (vues.c.rang == Evenement.rang)
        )
    )
    return {chaine: [rang, hachage] for chaine, rang, hachage in lignes}


def sceaux_rompus(
    suivre: Callable[[Iterable[Any]], Iterator[Any]] = iter,
) -> Iterator[Rupture]:
    """What a seal names and the journal no longer holds."""
    sceaux = db.session.scalars(
        select(Evenement)
        .where(Evenement.chaine == CHAINE, Evenement.acte == "journal.sceller")
        .order_by(Evenement.rang)
        .execution_options(yield_per=10)
    )
    for sceau in suivre(sceaux):
        for chaine, (rang, hachage) in sceau.donnees["tetes"].items():
            trouve = db.session.scalar(
                select(Evenement.hachage).where(Evenement.chaine == chaine, Evenement.rang == rang)
            )
            if trouve != hachage:
                raison = f"scellée le {sceau.le:%d/%m/%Y}, " + (
                    "elle a disparu" if trouve is None else "elle a été réécrite"
                )
                yield Rupture(chaine, rang, raison)
