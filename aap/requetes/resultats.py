"""The results of the scoring as a reader may see them: list, filters, order, pages.

Hidden line by line: what belongs to an organisme for which the reader steps out, and what she may
still score without having sent her own evaluation (blind until sent).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    bindparam,
    exists,
    literal,
    or_,
    select,
    union_all,
)

from aap.domaine.classement import Resultat
from aap.domaine.notation import Departage
from aap.domaine.sensibilite import Mouvement, Variante
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Abstention,
    Affectation,
    Campagne,
    Classement,
    Dossier,
    EtatEvaluation,
    Evaluation,
    Organisme,
    Orientation,
    RoleHabilitation,
)
from aap.permissions import Acteur
from aap.permissions.instruction import AVEUGLES
from aap.requetes.copil import vise
from aap.requetes.entrees_notation import classement_en_vigueur
from aap.requetes.memoire_resultats import ResultatsCampagne, est_partage, resultats_campagne
from aap.requetes.perimetre import dossiers_lisibles
from workflows.dossier import EtatDossier

PAR_PAGE = 25
GROUPES = {
    "classes": "Classés",
    "ecartes": "Sous un seuil",
    "sans_note": "Sans notation",
    "consensus": "Avec consensus",
    "partages": "Notations partagées",
}
_TRIS: dict[str, Callable[[Resultat], Any]] = {
    "normalise": lambda r: -(r.score_normalise or 0),
    "mediane": lambda r: -(r.dispersion.mediane if r.dispersion else 0),
    "etendue": lambda r: -(r.dispersion.etendue if r.dispersion else 0),
}


@dataclass(frozen=True)
class FiltresResultats:
    """Of the list; anything unreadable in the address is ignored by the route."""

    q: str = ""
    commune: int | None = None
    orientation: int | None = None
    groupe: str = ""
    tri: str = "rang"
    sens: str = "asc"
    page: int = 1

    @property
    def actif(self) -> bool:
        return (
            bool(self.q or self.groupe) or self.commune is not None or self.orientation is not None
        )


@dataclass(frozen=True)
class LigneResultat:
    """A dossier of the page. ``attendues``: evaluations expected, those sent included."""

    resultat: Resultat
    intitule: str
    organisme: str
    orientation: str
    etat: EtatDossier
    demande: int
    attendues: int
    partage: bool


@dataclass(frozen=True)
class PageResultats:
    """``masques``: lines hidden from this reader. ``comptes``: (group, label, number)."""

    lignes: tuple[LigneResultat, ...]
    total: int
    page: int
    pages: int
    masques: int
    comptes: tuple[tuple[str, str, int], ...]
    departage: Departage
    fige: Classement | None

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)


def invisibles(acteur: Acteur, campagne: Campagne) -> frozenset[int]:
    """Dossiers of the campaign whose scores this reader must not see (2 queries at most)."""
    caches: set[int] = set()
    if acteur.deports:
        caches |= _ids(campagne, Dossier.organisme_id.in_(sorted(acteur.deports)))
    if acteur.est(RoleHabilitation.INSTRUCTEUR, campagne.contrat_id):
        sienne = exists().where(
            Evaluation.dossier_id == Dossier.id,
            Evaluation.utilisateur_id == acteur.utilisateur_id,
            Evaluation.etat == EtatEvaluation.ENVOYEE,
        )
        caches |= _ids(
            campagne,
            Dossier.etat.in_(sorted(AVEUGLES)),
            dossiers_lisibles(acteur, (RoleHabilitation.INSTRUCTEUR,)),
            ~sienne,
        )
    return frozenset(caches)


def _ids(campagne: Campagne, *conditions: Any) -> set[int]:
    return set(
        db.session.scalars(
            select(Dossier.id).where(Dossier.campagne_id == campagne.id, *conditions)
        )
    )


def _vises(campagne: Campagne, f: FiltresResultats) -> set[int] | None:
    """Ids that the filters of the tables keep, None when they keep everything."""
    conditions: list[Any] = list(vise(f.commune, f.orientation))
    mots = normaliser(f.q)
    if mots:
        conditions.append(
            or_(
                Dossier.intitule_recherche.contains(mots, autoescape=True),
                Dossier.numero.contains(f.q.strip(), autoescape=True),
                Dossier.organisme_id.in_(
                    select(Organisme.id).where(
                        Organisme.nom_recherche.contains(mots, autoescape=True)
                    )
                ),
            )
        )
    return _ids(campagne, *conditions) if conditions else None


def choisis(
    acteur: Acteur, campagne: Campagne, f: FiltresResultats
) -> tuple[list[Resultat], ResultatsCampagne, int]:
    """The lines that the reader may see, filtered and sorted; everything; how many are hidden."""
    tout = resultats_campagne(campagne)
    caches, vises = invisibles(acteur, campagne), _vises(campagne, f)
    vus = [r for r in tout.classes if r.dossier_id not in caches] if caches else [*tout.classes]
    masques = len(tout.classes) - len(vus)
    if vises is not None:
        vus = [r for r in vus if r.dossier_id in vises]
    if f.groupe:
        vus = [r for r in vus if r.dossier_id in tout.groupes[f.groupe]]
    if f.tri in _TRIS:
        vus.sort(key=_TRIS[f.tri])
    if f.sens == "desc":
        vus.reverse()
    return vus, tout, masques


def page_resultats(acteur: Acteur, campagne: Campagne, f: FiltresResultats) -> PageResultats:
    """One page of the list (constant number of queries once the list is kept)."""
    vus, tout, masques = choisis(acteur, campagne, f)
    pages = max(1, -(-len(vus) // PAR_PAGE))
    page = min(f.page, pages)
    tranche = vus[(page - 1) * PAR_PAGE : page * PAR_PAGE]
    return PageResultats(
        lignes=tuple(lignes_de(tranche)),
        total=len(vus),
        page=page,
        pages=pages,
        masques=masques,
        comptes=tuple((cle, mot, len(tout.groupes[cle])) for cle, mot in GROUPES.items()),
        departage=tout.entrees.departage,
        fige=None if tout.fige is None else classement_en_vigueur(campagne.id),
    )


@dataclass(frozen=True)
class PageSensibilite:
    """``stables``: dossiers of the list whose rank never moves."""

    variantes: tuple[Variante, ...]
    lignes: Sequence[Mouvement]
    total: int
    page: int
    pages: int
    stables: int
    masques: int

    @property
    def premier(self) -> int:
        return (self.page - 1) * PAR_PAGE + 1 if self.total else 0

    @property
    def dernier(self) -> int:
        return min(self.page * PAR_PAGE, self.total)

    @property
    def colonnes(self) -> tuple[tuple[str, int, tuple[tuple[int, str], ...]], ...]:
        """(Criterion, its weight, (place in ``Mouvement.rangs``, weight tried) of each try)."""
        places = enumerate(self.variantes)
        groupes = [list(g) for _, g in groupby(places, key=lambda x: x[1].code)]
        return tuple(
            (g[0][1].libelle, g[0][1].avant, tuple((i, f"{v.apres}\u00a0%\u00a0: ") for i, v in g))
            for g in groupes
        )


def page_sensibilite(
    acteur: Acteur, campagne: Campagne, page: int, *, sensibles_d_abord: bool = False
) -> PageSensibilite:
    """One page of the ranks in each variant, without what the reader must not see."""
    tout = resultats_campagne(campagne)
    caches = invisibles(acteur, campagne)
    lignes = tout.par_amplitude if sensibles_d_abord else tout.essayes
    if caches:
        lignes = [m for m in lignes if m.dossier_id not in caches]
    pages = max(1, -(-len(lignes) // PAR_PAGE))
    voulue = min(page, pages)
    return PageSensibilite(
        variantes=tout.sensibilite.variantes,
        lignes=lignes[(voulue - 1) * PAR_PAGE : voulue * PAR_PAGE],
        total=len(lignes),
        page=voulue,
        pages=pages,
        stables=len(tout.stables - caches),
        masques=sum(r.dossier_id in caches for r in tout.classes) if caches else 0,
    )


def lignes_de(resultats: Sequence[Resultat]) -> list[LigneResultat]:
    """The same lines with what the tables say of the dossiers (2 queries)."""
    ids = [r.dossier_id for r in resultats]
    lus = {
        x.id: x
        for x in db.session.execute(
            select(
                Dossier.id,
                Dossier.intitule,
                Organisme.nom,
                Orientation.code,
                Dossier.etat,
                Dossier.montant_demande,
            )
            .join(Organisme, Organisme.id == Dossier.organisme_id)
            .outerjoin(Orientation, Orientation.id == Dossier.orientation_id)
            .where(Dossier.id.in_(ids))
        )
    }
    attendues = attendues_de(ids)
    return [
        LigneResultat(
            resultat=r,
            intitule=lus[r.dossier_id].intitule,
            organisme=lus[r.dossier_id].nom,
            orientation=lus[r.dossier_id].code or "",
            etat=lus[r.dossier_id].etat,
            demande=lus[r.dossier_id].montant_demande,
            attendues=max(r.evaluations, len(attendues.get(r.dossier_id, ()))),
            partage=est_partage(r),
        )
        for r in resultats
        if r.dossier_id in lus
    ]


def attendues_de(ids: Iterable[int]) -> dict[int, set[int]]:
    """Dossier id -> people expected to score it: in charge of it, or having begun; not those
    who abstained (1 query)."""
    attendues: dict[int, set[int]] = {}
    retirees: list[tuple[int, int]] = []
    for present, dossier_id, qui in db.session.execute(_attentes(), {"ids": sorted(ids)}):
        if present:
            attendues.setdefault(dossier_id, set()).add(qui)
        else:
            retirees.append((dossier_id, qui))
    for dossier_id, qui in retirees:
        attendues.get(dossier_id, set()).discard(qui)
    return attendues


@cache
def _attentes() -> CompoundSelect[Any]:
    """People of the dossiers ``ids``: (expected rather than gone, dossier, person)."""
    ids: BindParameter[list[int]] = bindparam("ids", expanding=True)
    return union_all(
        *(
            select(literal(present), table.dossier_id, table.utilisateur_id).where(
                table.dossier_id.in_(ids)
            )
            for table, present in ((Affectation, 1), (Evaluation, 1), (Abstention, 0))
        )
    )
