"""The waiting list of a campaign: who comes next, and what free money could give.

Order: the session that ranked the dossier, then its rank there (parcours.md §6: freed money goes
back to the enveloppe, then to the waiting list in rank order). Constant number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from aap.extensions import db
from aap.models import (
    Campagne,
    Decision,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    Quartier,
    SensDecision,
)
from aap.permissions import Acteur
from aap.requetes.copil_liste import (
    EnveloppeVue,
    LigneDossier,
    LigneFinanceur,
    enveloppes_vues,
    ligne_dossier,
)
from aap.requetes.eligibilite import conditions_de
from workflows.dossier import EtatDossier

EN_ATTENTE = frozenset({EtatDossier.LISTE_ATTENTE})


@dataclass(frozen=True)
class Possible:
    """What free money could give a line now: cents, and the enveloppe that would pay."""

    ligne: LigneFinanceur
    montant: int
    enveloppe_id: int | None


@dataclass(frozen=True)
class EnAttente:
    """A dossier of the list. ``place``: in the whole list, from 1; ``rang``: given in session.

    ``publiee``: the porteur knows that it waits, so the list may be acted upon. ``deporte``: the
    reader has a conflict of interest, nothing of the dossier is shown.
    """

    place: int
    rang: int
    seance: str
    publiee: bool
    deporte: bool
    organisme_id: int
    ligne: LigneDossier
    possibles: tuple[Possible, ...]

    @property
    def attribuable(self) -> int:
        """Cents that free money could give today, all funders together."""
        return sum(p.montant for p in self.possibles)

    @property
    def servable(self) -> bool:
        return self.publiee and self.attribuable > 0


@dataclass(frozen=True)
class EnveloppeLibre:
    """An enveloppe that may pay a waiting dossier, and the places it could serve."""

    vue: EnveloppeVue
    places: tuple[int, ...]


@dataclass(frozen=True)
class FileAttente:
    """``prochain``: the best placed that free money can serve and whose rank is published."""

    dossiers: tuple[EnAttente, ...]
    enveloppes: tuple[EnveloppeLibre, ...]

    @property
    def prochain(self) -> EnAttente | None:
        return next((x for x in self.dossiers if x.servable), None)

    def de(self, dossier_id: int) -> EnAttente | None:
        return next((x for x in self.dossiers if x.ligne.id == dossier_id), None)

    def devances(self, dossier_id: int) -> tuple[EnAttente, ...]:
        """Those better placed that free money could serve: to be passed over with a reason."""
        lui = self.de(dossier_id)
        if lui is None:
            return ()
        return tuple(x for x in self.dossiers if x.place < lui.place and x.servable)


def _mises_en_attente(campagne_id: int) -> list[Decision]:
    """The decision that ranked each waiting dossier, in the order of the list (7 queries)."""
    dernieres = (
        select(func.max(Decision.id))
        .join(Dossier, Dossier.id == Decision.dossier_id)
        .where(
            Dossier.campagne_id == campagne_id,
            Dossier.etat.in_(EN_ATTENTE),
            Decision.sens == SensDecision.LISTE_ATTENTE,
        )
        .group_by(Decision.dossier_id)
    )
    decisions = db.session.scalars(
        select(Decision)
        .where(Decision.id.in_(dernieres))
        .options(
            joinedload(Decision.seance),
            joinedload(Decision.dossier).options(
                joinedload(Dossier.organisme),
                joinedload(Dossier.orientation),
                selectinload(Dossier.quartiers)
                .joinedload(DossierQuartier.quartier)
                .selectinload(Quartier.communes),
                selectinload(Dossier.financements).options(
                    joinedload(Financement.financeur), joinedload(Financement.enveloppe)
                ),
            ),
        )
    ).all()
    return sorted(decisions, key=_ordre)


def _ordre(d: Decision) -> tuple[str, int, int, int]:
    quand = d.seance.prevue_le.isoformat() if d.seance else ""
    return quand, d.seance_id or 0, d.rang_attente or 10**6, d.id


def file_attente(acteur: Acteur, campagne: Campagne) -> FileAttente:
    """The whole list as this person reads it (about 20 queries, whatever its length)."""
    enveloppes, vues = enveloppes_vues(campagne.id)
    libres = {v.id: v for v in vues}
    conditions = [(e, conditions_de(e)) for e in enveloppes]
    par_id = {e.id: e for e in enveloppes}
    dossiers = []
    for place, decision in enumerate(_mises_en_attente(campagne.id), 1):
        ligne = ligne_dossier(
            place, decision.dossier, decision, None, conditions, ouverts=EN_ATTENTE
        )
        dossiers.append(_en_attente(acteur, place, decision, ligne, libres, par_id))
    return FileAttente(tuple(dossiers), _enveloppes_libres(dossiers, vues))


def _en_attente(
    acteur: Acteur,
    place: int,
    decision: Decision,
    ligne: LigneDossier,
    libres: dict[int, EnveloppeVue],
    enveloppes: dict[int, Enveloppe],
) -> EnAttente:
    return EnAttente(
        place=place,
        rang=decision.rang_attente or place,
        seance=decision.seance.titre if decision.seance else "",
        publiee=decision.publiee_le is not None,
        deporte=decision.dossier.organisme_id in acteur.deports,
        organisme_id=decision.dossier.organisme_id,
        ligne=ligne,
        possibles=tuple(_possible(x, libres, enveloppes) for x in ligne.lignes if x.modifiable),
    )


def _possible(
    x: LigneFinanceur, libres: dict[int, EnveloppeVue], enveloppes: dict[int, Enveloppe]
) -> Possible:
    """The first eligible enveloppe that covers what is proposed, else the one with most left."""
    offertes = [libres[i] for i, _ in x.offertes]
    if not offertes:
        return Possible(x, 0, None)
    vise = x.demande if x.propose is None else x.propose
    suffisante = next((v for v in offertes if v.solde.disponible >= vise), None)
    choisie = suffisante or max(offertes, key=lambda v: v.solde.disponible)
    e = enveloppes[choisie.id]
    montant = max(0, min(vise, choisie.solde.disponible, e.montant_max or vise))
    return Possible(x, montant if montant >= (e.montant_min or 0) else 0, choisie.id)


def _enveloppes_libres(
    dossiers: Iterable[EnAttente], vues: Sequence[EnveloppeVue]
) -> tuple[EnveloppeLibre, ...]:
    """Enveloppes with money left that a waiting dossier may draw on, by funder and code."""
    places: dict[int, set[int]] = {}
    for d in dossiers:
        for p in d.possibles:
            for i, _ in p.ligne.offertes:
                places.setdefault(i, set()).add(d.place)
    return tuple(EnveloppeLibre(v, tuple(sorted(places[v.id]))) for v in vues if v.id in places)
