"""What the freed money of a campaign would do for its waiting list, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.repechage import Bornes, LigneVisee, proposer_repechages
from aap.domaine.viabilite import PlanFinancement
from aap.extensions import db
from aap.models import Campagne, Dossier, Enveloppe, Evenement, Financement
from aap.permissions import Acteur
from aap.requetes.copil_dossier import plan_de
from aap.requetes.liste_attente import EnAttente, FileAttente
from workflows.financement import EtatFinancement

# Acts by which an aid that was decided goes back to its enveloppe.
LIBERENT = ("financement.renoncer", "financement.refuser_vote")
PROVENANCES_MAX = 30


@dataclass(frozen=True)
class PartProposee:
    """Cents proposed on one line, from which enveloppe."""

    financeur: str
    enveloppe: str
    montant: int


@dataclass(frozen=True)
class RepechagePropose:
    """A dossier that freed money would serve once those before it are served."""

    attente: EnAttente
    parts: tuple[PartProposee, ...]
    plan: PlanFinancement

    @property
    def montant(self) -> int:
        return sum(p.montant for p in self.parts)


@dataclass(frozen=True)
class Provenance:
    """An aid, or a part of it, that went back to its enveloppe (``montant``: cents)."""

    le: datetime
    dossier: Dossier
    financeur: str
    enveloppe: str
    montant: int
    renonce: bool
    motif: str


def proposition_repechage(campagne: Campagne, file: FileAttente) -> tuple[RepechagePropose, ...]:
    """Dossiers whose rank is published, in their order, those served only (1 query)."""
    attentes = {x.ligne.id: x for x in file.dossiers if x.publiee}
    bornes = {
        i: Bornes(minimum, maximum)
        for i, minimum, maximum in db.session.execute(
            select(Enveloppe.id, Enveloppe.montant_min, Enveloppe.montant_max).where(
                Enveloppe.campagne_id == campagne.id
            )
        )
    }
    propositions = proposer_repechages(
        [(i, _visees(x)) for i, x in attentes.items()],
        {e.vue.id: e.vue.solde.disponible for e in file.enveloppes},
        bornes,
    )
    noms = {e.vue.id: e.vue.libelle for e in file.enveloppes}
    return tuple(
        _proposee(campagne, attentes[p.dossier], [(a.ligne, a.enveloppe, a.montant) for a in
                                                  p.attributions], noms)
        for p in propositions
        if p.montant
    )  # fmt: skip


def _visees(x: EnAttente) -> list[LigneVisee]:
    return [
        LigneVisee(
            p.ligne.id,
            p.ligne.demande if p.ligne.propose is None else p.ligne.propose,
            tuple(i for i, _ in p.ligne.offertes),
        )
        for p in x.possibles
    ]


def _proposee(
    campagne: Campagne,
    attente: EnAttente,
    attributions: list[tuple[int, int, int]],
    noms: dict[int, str],
) -> RepechagePropose:
    financeurs = {p.ligne.id: p.ligne.financeur for p in attente.possibles}
    parts = tuple(PartProposee(financeurs[i], noms[e], m) for i, e, m in attributions)
    plan = plan_de(campagne, attente.ligne.demande, sum(p.montant for p in parts))
    return RepechagePropose(attente, parts, plan)


def provenances(acteur: Acteur, campagne: Campagne) -> list[Provenance]:
    """Decided aids given up or refused by a vote, newest first, déports apart (1 query)."""
    lignes = db.session.execute(
        select(Evenement, Financement)
        .join(Financement, Financement.id == Evenement.entite_id)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Evenement.entite == "financement",
            Evenement.acte.in_(LIBERENT),
            Dossier.campagne_id == campagne.id,
            Financement.enveloppe_id.is_not(None),
            Financement.etat.in_((EtatFinancement.RENONCE, EtatFinancement.REFUSE)),
            Dossier.organisme_id.not_in(acteur.deports),
        )
        .options(
            joinedload(Financement.financeur),
            joinedload(Financement.enveloppe),
            joinedload(Financement.dossier).joinedload(Dossier.organisme),
        )
        .order_by(Evenement.le.desc(), Evenement.id.desc())
        .limit(PROVENANCES_MAX)
    )
    return [
        Provenance(
            e.le,
            f.dossier,
            f.financeur.nom,
            f.enveloppe.libelle if f.enveloppe else "",
            montant,
            e.acte == "financement.renoncer",
            e.motif,
        )
        for e, f in lignes
        if (montant := f.montant_vote if f.montant_vote is not None else f.montant_arbitre or 0)
    ]
