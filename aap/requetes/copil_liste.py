"""The ranked list of a session: lines, eligible enveloppes, remainders, where the money ends.

Constant number of queries, whatever the number of dossiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.enveloppe import Conditions, Solde, raisons_ineligible
from aap.extensions import db
from aap.models import (
    Decision,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    Inscription,
    Quartier,
    Seance,
)
from aap.permissions import Acteur
from aap.requetes.comptes_etats import phrase_des_etats
from aap.requetes.copil import classement, rang_de, sans_conflit, vise
from aap.requetes.eligibilite import conditions_de, demande_de, raisons_nature
from aap.requetes.notation import Resultat
from aap.requetes.soldes import soldes_campagne
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

PAR_PAGE = 20
EN_JEU = frozenset({EtatFinancement.AVIS_RENDU, EtatFinancement.ARBITRE})


@dataclass(frozen=True)
class EnveloppeVue:
    """An enveloppe and what is left in it (cents)."""

    id: int
    code: str
    libelle: str
    financeur_id: int
    financeur: str
    solde: Solde


@dataclass(frozen=True)
class LigneFinanceur:
    """A funder's line. ``offertes``: enveloppes that may pay; ``ecartees``: (label, why not)."""

    id: int
    version: int
    financeur: str
    etat: EtatFinancement
    demande: int
    propose: int | None
    arbitre: int | None
    retenu: int
    enveloppe_id: int | None
    motif_ecart: str
    modifiable: bool
    offertes: tuple[tuple[int, str], ...]
    ecartees: tuple[tuple[str, str], ...]

    @property
    def affiche(self) -> int | None:
        """Cents to show as given: nothing typed is not zero, and a refused line gives nothing."""
        return None if self.arbitre is None else self.retenu

    @property
    def vise(self) -> int:
        """Cents that the line would take: written, else proposed, else asked."""
        if self.arbitre is not None:
            return self.arbitre
        return self.demande if self.propose is None else self.propose

    @property
    def enveloppe_visee(self) -> int | None:
        """The enveloppe chosen, else the first eligible one by code."""
        if self.enveloppe_id is not None:
            return self.enveloppe_id
        return self.offertes[0][0] if self.offertes else None


@dataclass(frozen=True)
class LigneDossier:
    """A dossier on the agenda; ``ordre``: its place on it, ``resultat``: in the ranking."""

    id: int
    version: int
    ordre: int
    reference: str
    intitule: str
    organisme: str
    orientation: str
    orientation_id: int | None
    quartiers: tuple[str, ...]
    communes: tuple[int, ...]
    etat: EtatDossier
    decision: Decision | None
    resultat: Resultat | None
    lignes: tuple[LigneFinanceur, ...]
    coupes: tuple[str, ...] = ()

    @property
    def demande(self) -> int:
        return sum(x.demande for x in self.lignes)

    @property
    def propose(self) -> int:
        return sum(x.propose or 0 for x in self.lignes)

    @property
    def arbitre(self) -> int:
        return sum(x.retenu for x in self.lignes)


@dataclass(frozen=True)
class Coupe:
    """Following the rank, this enveloppe cannot pay this dossier whole."""

    enveloppe: str
    dossier_id: int
    rang: int | None
    disponible: int
    cumul: int


@dataclass(frozen=True)
class FiltresSeance:
    """Of the list; ``decision``: « a_decider », « decides » or nothing."""

    commune: int | None = None
    orientation: int | None = None
    decision: str = ""
    ordre: str = "classement"
    page: int = 1

    @property
    def actif(self) -> bool:
        return self.commune is not None or self.orientation is not None or bool(self.decision)


@dataclass(frozen=True)
class VueSeance:
    """``lignes``: of this page. ``masques``: dossiers hidden by the reader's déports.

    ``enveloppes``: those that may pay a dossier of the session; ``autres``: the rest.
    """

    lignes: tuple[LigneDossier, ...]
    total: int
    page: int
    pages: int
    enveloppes: tuple[EnveloppeVue, ...]
    autres: tuple[EnveloppeVue, ...]
    coupes: tuple[Coupe, ...]
    etats: str
    masques: int
    demande: int
    arbitre: int

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)


def enveloppes_vues(campagne_id: int) -> tuple[list[Enveloppe], tuple[EnveloppeVue, ...]]:
    """Enveloppes of a campaign by funder and code, with their remainders (7 queries)."""
    enveloppes = db.session.scalars(
        select(Enveloppe)
        .where(Enveloppe.campagne_id == campagne_id)
        .options(
            joinedload(Enveloppe.financeur),
            selectinload(Enveloppe.communes),
            selectinload(Enveloppe.quartiers),
            selectinload(Enveloppe.orientations),
        )
        .order_by(Enveloppe.code)
    ).all()
    soldes = soldes_campagne(campagne_id)
    vues = [
        EnveloppeVue(
            e.id,
            e.code,
            e.libelle,
            e.financeur_id,
            e.financeur.sigle or e.financeur.nom,
            soldes[e.id],
        )
        for e in enveloppes
    ]
    return list(enveloppes), tuple(sorted(vues, key=lambda v: (v.financeur, v.code)))


def _inscrits(acteur: Acteur, seance: Seance, seul: int | None = None) -> list[tuple[int, Dossier]]:
    """(place on the agenda, dossier), déports apart (6 queries)."""
    requete = (
        select(Inscription.rang, Dossier)
        .join(Dossier, Dossier.id == Inscription.dossier_id)
        .where(Inscription.seance_id == seance.id, *sans_conflit(acteur))
        .options(
            joinedload(Dossier.organisme),
            joinedload(Dossier.orientation),
            selectinload(Dossier.quartiers)
            .joinedload(DossierQuartier.quartier)
            .selectinload(Quartier.communes),
            selectinload(Dossier.financements).options(
                joinedload(Financement.financeur), joinedload(Financement.enveloppe)
            ),
        )
        .order_by(Inscription.rang, Inscription.id)
    )
    if seul is not None:
        requete = requete.where(Dossier.id == seul)
    return [(rang, dossier) for rang, dossier in db.session.execute(requete)]


def _decisions(seance: Seance) -> dict[int, Decision]:
    lignes = db.session.scalars(select(Decision).where(Decision.seance_id == seance.id))
    return {d.dossier_id: d for d in lignes}


def lignes_seance(
    acteur: Acteur,
    seance: Seance,
    enveloppes: Sequence[Enveloppe],
    *,
    seul: int | None = None,
) -> list[LigneDossier]:
    """Every line of the agenda that the reader may see (16 queries)."""
    places, decisions = classement(seance.campagne), _decisions(seance)
    conditions = [(e, conditions_de(e)) for e in enveloppes]
    return [
        ligne_dossier(rang, d, decisions.get(d.id), places.get(d.id), conditions)
        for rang, d in _inscrits(acteur, seance, seul)
    ]


def ligne_dossier(
    ordre: int,
    d: Dossier,
    decision: Decision | None,
    resultat: Resultat | None,
    enveloppes: Sequence[tuple[Enveloppe, Conditions]],
    *,
    ouverts: frozenset[EtatDossier] = frozenset({EtatDossier.INSCRIT}),
) -> LigneDossier:
    """A dossier with its lines; they are editable in the states ``ouverts`` (0 query)."""
    demande = demande_de(d)
    refus = {e.id: raisons_ineligible(c, demande) for e, c in enveloppes}
    ouvert = d.etat in ouverts
    return LigneDossier(
        id=d.id,
        version=d.version,
        ordre=ordre,
        reference=d.reference,
        intitule=d.intitule,
        organisme=d.organisme.nom,
        orientation=f"{d.orientation.code} – {d.orientation.titre}" if d.orientation else "",
        orientation_id=d.orientation_id,
        quartiers=tuple(sorted(q.quartier.nom for q in d.quartiers)),
        communes=tuple(sorted({c.id for q in d.quartiers for c in q.quartier.communes})),
        etat=d.etat,
        decision=decision,
        resultat=resultat,
        lignes=tuple(
            _financeur(f, ouvert, [e for e, _ in enveloppes], refus)
            for f in sorted(d.financements, key=lambda f: f.id)
        ),
    )


def _financeur(
    f: Financement, ouvert: bool, enveloppes: Sequence[Enveloppe], refus: Mapping[int, list[str]]
) -> LigneFinanceur:
    siennes = [
        (e, raisons_nature(e, f) + refus[e.id])
        for e in enveloppes
        if e.financeur_id == f.financeur_id
    ]
    return LigneFinanceur(
        id=f.id,
        version=f.version,
        financeur=f.financeur.sigle or f.financeur.nom,
        etat=f.etat,
        demande=f.montant_demande,
        propose=f.montant_propose,
        arbitre=f.montant_arbitre,
        retenu=f.montant_retenu,
        enveloppe_id=f.enveloppe_id,
        motif_ecart=f.motif_ecart,
        modifiable=ouvert and f.etat is EtatFinancement.AVIS_RENDU,
        offertes=tuple((e.id, e.libelle) for e, contre in siennes if not contre),
        ecartees=tuple((e.libelle, " ".join(contre)) for e, contre in siennes if contre),
    )


def coupes(lignes: Sequence[LigneDossier], enveloppes: Sequence[EnveloppeVue]) -> tuple[Coupe, ...]:
    """Where each enveloppe ends when the money follows the rank, one at most per enveloppe.

    What is left for the agenda is the remainder plus what its own lines already draw.
    """
    libres = {e.id: e.solde.disponible for e in enveloppes}
    for x in (x for d in lignes for x in d.lignes if x.enveloppe_id in libres):
        libres[x.enveloppe_id or 0] += x.retenu
    cumuls: Counter[int] = Counter()
    trouvees: dict[int, Coupe] = {}
    noms = {e.id: e.libelle for e in enveloppes}
    for d in sorted(lignes, key=lambda d: (rang_de(d.resultat), d.ordre)):
        for x in (x for x in d.lignes if x.etat in EN_JEU):
            cle = x.enveloppe_visee
            if cle is None or cle in trouvees:
                continue
            cumuls[cle] += x.vise
            if cumuls[cle] > libres[cle]:
                rang = d.resultat.rang if d.resultat else None
                trouvees[cle] = Coupe(noms[cle], d.id, rang, libres[cle], cumuls[cle])
    return tuple(trouvees.values())


def vue_seance(acteur: Acteur, seance: Seance, filtres: FiltresSeance) -> VueSeance:
    """One page of the list with everything around it (constant number of queries)."""
    enveloppes, vues = enveloppes_vues(seance.campagne_id)
    toutes = lignes_seance(acteur, seance, enveloppes)
    fins = coupes(toutes, vues)
    gardees = _trier([d for d in toutes if _retient(filtres, d)], filtres.ordre)
    if filtres.ordre == "classement":
        gardees = [_marquer(d, fins) for d in gardees]
    pages = max(1, -(-len(gardees) // PAR_PAGE))
    page = min(filtres.page, pages)
    compte = Counter(d.etat for d in toutes)
    utiles = _utiles(toutes)
    return VueSeance(
        lignes=tuple(gardees[(page - 1) * PAR_PAGE : page * PAR_PAGE]),
        total=len(gardees),
        page=page,
        pages=pages,
        enveloppes=tuple(v for v in vues if v.id in utiles),
        autres=tuple(v for v in vues if v.id not in utiles),
        coupes=fins,
        etats=phrase_des_etats((e, compte[e]) for e in EtatDossier),
        masques=len(seance.inscriptions) - len(toutes),
        demande=sum(d.demande for d in toutes),
        arbitre=sum(d.arbitre for d in toutes),
    )


def _utiles(lignes: Sequence[LigneDossier]) -> set[int]:
    """Enveloppes that pay, or may pay, a line of these dossiers."""
    toutes = [x for d in lignes for x in d.lignes]
    return {i for x in toutes for i, _ in x.offertes} | {
        x.enveloppe_id for x in toutes if x.enveloppe_id is not None
    }


def _retient(f: FiltresSeance, d: LigneDossier) -> bool:
    if f.commune is not None and f.commune not in d.communes:
        return False
    if f.orientation is not None and f.orientation != d.orientation_id:
        return False
    if f.decision == "a_decider":
        return d.etat is EtatDossier.INSCRIT
    return d.decision is not None if f.decision == "decides" else True


def _trier(lignes: list[LigneDossier], ordre: str) -> list[LigneDossier]:
    if ordre == "classement":
        return sorted(lignes, key=lambda d: (rang_de(d.resultat), d.ordre))
    return lignes


def _marquer(d: LigneDossier, fins: Sequence[Coupe]) -> LigneDossier:
    ici = tuple(c.enveloppe for c in fins if c.dossier_id == d.id)
    return replace(d, coupes=ici) if ici else d


__all__ = [
    "Coupe",
    "EnveloppeVue",
    "FiltresSeance",
    "LigneDossier",
    "LigneFinanceur",
    "VueSeance",
    "coupes",
    "enveloppes_vues",
    "ligne_dossier",
    "lignes_seance",
    "vise",
    "vue_seance",
]
