"""Sharing out a campaign: the statement of the calculation, read from the tables in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only, selectinload

from aap.domaine.horloge import aujourdhui
from aap.domaine.repartition import Enonce, Personne, Travail
from aap.extensions import db
from aap.models import (
    Absence,
    Affectation,
    Campagne,
    CapaciteInstruction,
    Dossier,
    DossierQuartier,
    Financement,
    Quartier,
    RegleAffectation,
    RoleHabilitation,
    Secteur,
)
from aap.permissions import Acteur, charger_acteur, dans_perimetre
from aap.requetes.affectations import A_INSTRUIRE, Instructeur, instructeurs_de
from aap.requetes.perimetre import dossiers_lisibles

PROCHES = timedelta(days=14)
"""Whoever is away within a fortnight is given nothing new."""
P_REGLE, P_SUIVI, P_ORGANISME, P_PERIMETRE = 4, 3, 2, 1


@dataclass(frozen=True)
class Couple:
    """A person for a funder on a campaign, with her working time; ``absence``: the one that keeps
    her from being given anything now."""

    instructeur: Instructeur
    part: int
    plafond: int | None
    absence: Absence | None

    @property
    def cle(self) -> str:
        return self.instructeur.cle


def absences_proches(personnes: Collection[int]) -> dict[int, Absence]:
    """Person -> her absence that is on or begins within a fortnight (1 query)."""
    jour = aujourdhui()
    absences = db.session.scalars(
        select(Absence)
        .where(
            Absence.utilisateur_id.in_(sorted(personnes)),
            Absence.annulee_le.is_(None),
            Absence.du <= jour + PROCHES,
            Absence.au >= jour,
        )
        .options(joinedload(Absence.remplacant))
        .order_by(Absence.du.desc(), Absence.id)
    )
    return {a.utilisateur_id: a for a in absences}


def couples_de(campagne: Campagne) -> list[Couple]:
    """Everybody who may be given a dossier of this campaign (4 queries)."""
    instructeurs = instructeurs_de(campagne)
    absents = absences_proches({i.utilisateur.id for i in instructeurs})
    reglages = {
        (c.utilisateur_id, c.financeur_id): c
        for c in db.session.scalars(
            select(CapaciteInstruction).where(CapaciteInstruction.campagne_id == campagne.id)
        )
    }
    return [_couple(i, reglages, absents) for i in instructeurs]


def _couple(
    i: Instructeur,
    reglages: Mapping[tuple[int, int], CapaciteInstruction],
    absents: Mapping[int, Absence],
) -> Couple:
    r = reglages.get((i.utilisateur.id, i.financeur.id))
    absence = absents.get(i.utilisateur.id)
    return Couple(i, r.part if r else 100, r.plafond if r else None, absence)


def regles_de(campagne: Campagne) -> Sequence[RegleAffectation]:
    """The rules of a campaign, mandatory ones first (1 query)."""
    return db.session.scalars(
        select(RegleAffectation)
        .where(RegleAffectation.campagne_id == campagne.id)
        .order_by(RegleAffectation.obligatoire.desc(), RegleAffectation.id)
        .options(
            joinedload(RegleAffectation.commune),
            joinedload(RegleAffectation.secteur),
            joinedload(RegleAffectation.orientation),
            joinedload(RegleAffectation.sollicite),
            joinedload(RegleAffectation.utilisateur),
            joinedload(RegleAffectation.financeur),
        )
    ).all()


def concerne(regle: RegleAffectation, dossier: Dossier) -> bool:
    """Does the dossier meet every criterion of the rule?"""
    quartiers = [lien.quartier for lien in dossier.quartiers]
    return (
        (regle.orientation_id in (None, dossier.orientation_id))
        and (
            regle.commune_id is None
            or any(c.id == regle.commune_id for q in quartiers for c in q.communes)
        )
        and (regle.secteur_id is None or any(q.secteur_id == regle.secteur_id for q in quartiers))
        and (
            regle.sollicite_id is None
            or any(f.financeur_id == regle.sollicite_id for f in dossier.financements)
        )
    )


def dossiers_a_repartir(acteur: Acteur, campagne: Campagne) -> Sequence[Dossier]:
    """Dossiers to examine that this coordinator may assign, with what the rules look at."""
    return db.session.scalars(
        select(Dossier)
        .where(
            Dossier.campagne_id == campagne.id,
            Dossier.etat.in_(A_INSTRUIRE),
            dossiers_lisibles(acteur, (RoleHabilitation.COORDINATEUR,)),
        )
        .order_by(Dossier.numero, Dossier.id)
        .options(
            joinedload(Dossier.campagne),
            selectinload(Dossier.quartiers)
            .joinedload(DossierQuartier.quartier)
            .selectinload(Quartier.communes),
            selectinload(Dossier.financements).options(
                load_only(Financement.dossier_id, Financement.financeur_id)
            ),
        )
    ).all()


class _Lecture:
    """What is known of the campaign, read once (about fifteen queries and one per person)."""

    def __init__(self, acteur: Acteur, campagne: Campagne) -> None:
        self.dossiers = dossiers_a_repartir(acteur, campagne)
        self.couples = couples_de(campagne)
        self.regles = regles_de(campagne)
        personnes = {c.instructeur.utilisateur.id: c.instructeur.utilisateur for c in self.couples}
        self.acteurs = {i: charger_acteur(u) for i, u in personnes.items()}
        self.confies: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self.organismes: dict[tuple[int, int], set[int]] = defaultdict(set)
        for d, organisme, u, f in db.session.execute(
            select(
                Affectation.dossier_id,
                Dossier.organisme_id,
                Affectation.utilisateur_id,
                Affectation.financeur_id,
            )
            .join(Dossier, Dossier.id == Affectation.dossier_id)
            .where(Dossier.campagne_id == campagne.id)
        ):
            self.confies[d].add((u, f))
            self.organismes[u, f].add(organisme)
        self.anciens = self._anciens()

    def _anciens(self) -> dict[int, set[int]]:
        """Last year's dossier -> the people who examined it."""
        precedents = select(Dossier.precedent_id).where(
            Dossier.id.in_([d.id for d in self.dossiers if d.precedent_id])
        )
        anciens: dict[int, set[int]] = defaultdict(set)
        for dossier, personne in db.session.execute(
            select(Affectation.dossier_id, Affectation.utilisateur_id).where(
                Affectation.dossier_id.in_(precedents)
            )
        ):
            anciens[dossier].add(personne)
        return anciens

    def permis(self, dossier: Dossier, c: Couple) -> bool:
        droits = self.acteurs[c.instructeur.utilisateur.id].avec(
            RoleHabilitation.INSTRUCTEUR, dossier.campagne.contrat_id
        )
        return any(
            h.financeur_id == c.instructeur.financeur.id and dans_perimetre(h, dossier)
            for h in droits
        )

    def precis(self, dossier: Dossier, c: Couple) -> bool:
        """Is one of her rights limited to places or orientations that the dossier aims at?"""
        droits = self.acteurs[c.instructeur.utilisateur.id].avec(RoleHabilitation.INSTRUCTEUR)
        return any(
            h.financeur_id == c.instructeur.financeur.id
            and not h.sans_limite
            and dans_perimetre(h, dossier)
            for h in droits
        )


def construire(acteur: Acteur, campagne: Campagne, par_financeur: bool) -> Enonce:
    """The statement: dossiers without anybody (or without anybody of a funder they ask)."""
    lu = _Lecture(acteur, campagne)
    gens = tuple(
        Personne(
            c.cle,
            c.instructeur.libelle,
            charge=c.instructeur.charge,
            plafond=c.plafond,
            part=c.part,
            absente=c.absence is not None,
        )
        for c in lu.couples
    )
    travaux = [
        _travail(lu, dossier, financeur)
        for dossier in lu.dossiers
        for financeur in _a_confier(lu, dossier, par_financeur)
    ]
    return Enonce(tuple(travaux), gens)


def _a_confier(lu: _Lecture, dossier: Dossier, par_financeur: bool) -> list[int]:
    """Funders that still need somebody on this dossier; 0: anybody, whoever the funder."""
    confies = lu.confies.get(dossier.id, set())
    if not par_financeur:
        return [] if confies else [0]
    pourvus = {f for _, f in confies}
    avec = {c.instructeur.financeur.id for c in lu.couples}
    return sorted({f.financeur_id for f in dossier.financements} & avec - pourvus)


def _travail(lu: _Lecture, dossier: Dossier, financeur: int) -> Travail:
    deja = {u for u, _ in lu.confies.get(dossier.id, set())}
    possibles = [
        c
        for c in lu.couples
        if financeur in (0, c.instructeur.financeur.id)
        and c.instructeur.utilisateur.id not in deja
        and lu.permis(dossier, c)
    ]
    visees: dict[str, bool] = {}
    for regle in lu.regles:
        if concerne(regle, dossier):
            cle = f"{regle.utilisateur_id}-{regle.financeur_id}"
            visees[cle] = visees.get(cle, False) or regle.obligatoire
    affinites = {c.cle: _affinite(lu, dossier, c, c.cle in visees) for c in possibles}
    return Travail(
        code=f"{dossier.id}:{financeur}",
        permis=frozenset(c.cle for c in possibles),
        conflits=frozenset(
            c.cle
            for c in possibles
            if dossier.organisme_id in lu.acteurs[c.instructeur.utilisateur.id].deports
        ),
        obligatoires=frozenset(cle for cle, forte in visees.items() if forte),
        affinites={cle: a for cle, a in affinites.items() if a[0]},
    )


def _affinite(lu: _Lecture, dossier: Dossier, c: Couple, visee: bool) -> tuple[int, str]:
    personne, financeur = c.instructeur.utilisateur.id, c.instructeur.financeur.id
    raisons = []
    if visee:
        raisons.append((P_REGLE, "une règle de la coordination la désigne"))
    if personne in lu.anciens.get(dossier.precedent_id or 0, set()):
        raisons.append((P_SUIVI, "elle a suivi cette action l’an dernier"))
    if dossier.organisme_id in lu.organismes.get((personne, financeur), set()):
        raisons.append((P_ORGANISME, "un autre dossier de cet organisme lui est confié"))
    if lu.precis(dossier, c):
        raisons.append((P_PERIMETRE, "son périmètre couvre ce territoire ou cette orientation"))
    return sum(p for p, _ in raisons), "\u202f; ".join(r for _, r in raisons)


def secteurs_du_contrat(contrat_id: int) -> Sequence[Secteur]:
    """By name (1 query)."""
    return db.session.scalars(
        select(Secteur).where(Secteur.contrat_id == contrat_id).order_by(Secteur.nom, Secteur.id)
    ).all()
