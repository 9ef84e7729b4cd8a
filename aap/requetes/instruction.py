"""The list of dossiers to instruct: rows, pages, counts. Seven queries at any volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)

from aap.domaine.anonymat import Signes, masquer
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Affectation,
    Dossier,
    DossierQuartier,
    EtatEvaluation,
    Evaluation,
    Financement,
    Financeur,
    Organisme,
    Orientation,
    Quartier,
    RechercheDossier,
    Utilisateur,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur
from aap.requetes.absences import remplacees
from aap.requetes.choix_filtres import choix_filtres
from aap.requetes.comptes_dossiers import compter
from aap.requetes.delais import Delai, condition_delai, delais
from aap.requetes.essai import hors_essai
from aap.requetes.filtres_dossiers import (
    TRIS,
    Curseur,
    Filtres,
    apres_curseur,
    lire_filtres,
    ordre,
)
from aap.requetes.lecture_anonyme import nom_masque_en_liste, regle_de_la_campagne
from aap.requetes.perimetre import dossiers_lisibles, etendue
from workflows.dossier import EtatDossier

__all__ = [
    "PAR_PAGE",
    "Filtres",
    "PageListe",
    "conditions_selection",
    "lire_filtres",
    "liste",
]

PAR_PAGE = 25


@dataclass(frozen=True)
class LigneFinanceur:
    financeur: str
    etat: Any
    montant: int


@dataclass(frozen=True)
class LigneListe:
    """A row of the list (amounts in cents). ``ma_note``: state of the reader's evaluation.

    ``organisme`` is empty for who must score without knowing it.
    """

    id: int
    reference: str
    intitule: str
    organisme: str
    etat: EtatDossier
    orientation: str
    quartiers: tuple[str, ...]
    montant: int
    depose_le: datetime | None
    financeurs: tuple[LigneFinanceur, ...]
    affecte: bool
    instructeur: str
    version: int
    ma_note: EtatEvaluation | None
    delai: Delai | None

    @property
    def sollicites(self) -> str:
        """« État, ANCT »: the funders asked, in one line."""
        return ", ".join(f.financeur for f in self.financeurs)


@dataclass(frozen=True)
class PageListe:
    """``par_etat``: (state, count) of the selection before the filter on the state.

    ``precedente``, ``suivante``: the places from which the pages around are read.
    """

    filtres: Filtres
    lignes: list[LigneListe]
    total: int
    montant: int
    par_etat: list[tuple[EtatDossier, int]]
    choix: dict[str, list[tuple[int, str]]]
    precedente: Curseur | None = None
    suivante: Curseur | None = None
    arretes_le: datetime | None = None


def _conditions(acteur: Acteur, f: Filtres) -> list[ColumnElement[bool]]:
    """Every filter but the one on the state."""
    conditions = [dossiers_lisibles(acteur)]
    if f.campagne is not None:
        conditions.append(Dossier.campagne_id == f.campagne)
    else:
        conditions.append(hors_essai())
    if f.orientation is not None:
        conditions.append(Dossier.orientation_id == f.orientation)
    if f.quartier is not None:
        conditions.append(_vise(DossierQuartier.quartier_id == f.quartier))
    if f.commune is not None:
        conditions.append(
            _vise(
                DossierQuartier.quartier_id.in_(
                    select(quartier_commune.c.quartier_id).where(
                        quartier_commune.c.commune_id == f.commune
                    )
                )
            )
        )
    if f.financeur is not None:
        conditions.append(
            exists().where(
                Financement.dossier_id == Dossier.id, Financement.financeur_id == f.financeur
            )
        )
    if f.delai is not None:
        conditions.append(condition_delai(f.delai))
    if f.a_moi:
        conditions.append(_affecte_a(acteur))
    return conditions + recherche(f.q, f.textes)


def _vise(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(DossierQuartier.dossier_id == Dossier.id, condition)


def _affecte_a(acteur: Acteur) -> ColumnElement[bool]:
    return or_(
        Dossier.instructeur_id == acteur.utilisateur_id,
        exists().where(
            Affectation.dossier_id == Dossier.id,
            or_(Affectation.utilisateur_id == acteur.utilisateur_id, remplacees(acteur)),
        ),
    )


def recherche(q: str, textes: bool = False) -> list[ColumnElement[bool]]:
    """Every word of the search, accents and case apart, in title, organisme or number, and in the
    answers when ``textes``."""
    texte = (
        Dossier.intitule_recherche
        + literal(" ")
        + Organisme.nom_recherche
        + literal(" ")
        + func.coalesce(func.lower(func.replace(Dossier.numero, "-", " ")), "")
    )
    return [
        or_(texte.contains(mot, autoescape=True), _dit(mot))
        if textes
        else texte.contains(mot, autoescape=True)
        for mot in normaliser(q).split()
    ]


def _dit(mot: str) -> ColumnElement[bool]:
    return exists().where(
        RechercheDossier.dossier_id == Dossier.id,
        RechercheDossier.texte.contains(mot, autoescape=True),
    )


def base_liste(
    colonnes: Sequence[Any], conditions: Sequence[ColumnElement[bool]], organisme: bool
) -> Select[Any]:
    """``organisme``: the search or the sort reads its name (else an index answers alone)."""
    requete = select(*colonnes).select_from(Dossier).where(and_(*conditions))
    if organisme:
        requete = requete.join(Organisme, Organisme.id == Dossier.organisme_id)
    return requete


def conditions_selection(acteur: Acteur, filtres: Filtres) -> list[ColumnElement[bool]]:
    """The dossiers of this selection that ``acteur`` may read (no query by itself)."""
    conditions = _conditions(acteur, filtres)
    if filtres.etat is not None:
        conditions.append(Dossier.etat == filtres.etat)
    return conditions


def liste(acteur: Acteur, filtres: Filtres) -> PageListe:
    """One page of the dossiers that ``acteur`` may read (7 queries at most)."""
    choix = choix_filtres(acteur)
    conditions = [
        # said by their ids: one campagne lets an index give the order asked
        Dossier.campagne_id.in_([cle for cle, _ in choix.get("campagne", ())]),
        *_conditions(acteur, filtres),
    ]
    lecteur = acteur.utilisateur_id if filtres.a_moi else None
    comptes = compter(
        conditions,
        ("instruction", etendue(acteur), lecteur, filtres.selection),
        organisme=bool(filtres.q),
    )
    retenus = [c for etat, c in comptes.par_etat.items() if filtres.etat in (None, etat)]
    if filtres.etat is not None:
        conditions.append(Dossier.etat == filtres.etat)
    lues, precedente, suivante = _une_page(acteur, conditions, filtres)
    return PageListe(
        filtres=filtres,
        lignes=_lignes(acteur, lues),
        total=sum(n for n, _ in retenus),
        montant=sum(m for _, m in retenus),
        par_etat=[(e, comptes.par_etat[e][0]) for e in EtatDossier if e in comptes.par_etat],
        arretes_le=comptes.arretes_le,
        choix=choix,
        precedente=precedente,
        suivante=suivante,
    )


Tranche = tuple[list[Any], Curseur | None, Curseur | None]


def _une_page(acteur: Acteur, conditions: Sequence[ColumnElement[bool]], f: Filtres) -> Tranche:
    """The rows of the page asked, and the places of the pages around it.

    A place from which nothing is left, or whose page would not be full, gives the first page.
    """
    envers = f.avant is not None or f.derniere
    place = f.avant or f.apres
    lues = db.session.execute(_rangs(acteur, conditions, f, place, envers)).all()
    if (envers and len(lues) <= PAR_PAGE and not f.derniere) or (place and not lues):
        return _une_page(acteur, conditions, f.debut)
    au_dela = len(lues) > PAR_PAGE
    lues = lues[:PAR_PAGE]
    if envers:
        lues = lues[::-1]
    if not lues:
        return [], None, None
    avant, apres = (
        Curseur(d.valeur_tri, d.id) if reste else None
        for d, reste in (
            (lues[0], au_dela if envers else place is not None),
            (lues[-1], f.avant is not None if envers else au_dela),
        )
    )
    return list(lues), avant, apres


def _rangs(
    acteur: Acteur,
    conditions: Sequence[ColumnElement[bool]],
    f: Filtres,
    place: Curseur | None,
    envers: bool,
) -> Select[*tuple[Any, ...]]:
    """The page's ids are sorted on narrow rows; only they are then read whole."""
    if place is not None:
        conditions = [*conditions, apres_curseur(place, f.tri, f.sens, envers)]
    ids = (
        base_liste((Dossier.id,), conditions, organisme=bool(f.q) or f.tri == "organisme")
        .order_by(*ordre(f.tri, f.sens, envers))
        .limit(PAR_PAGE + 1)
        .subquery()
    )
    return (
        select(
            Dossier.id,
            Dossier.numero,
            Dossier.intitule,
            Dossier.etat,
            Dossier.montant_demande,
            Dossier.depose_le,
            Dossier.version,
            Organisme.nom.label("organisme"),
            Orientation.code.label("orientation"),
            Utilisateur.prenom,
            Utilisateur.nom,
            _affecte_a(acteur).label("affecte"),
            regle_de_la_campagne().label("sans_nom"),
            TRIS[f.tri].label("valeur_tri"),
        )
        .join(ids, ids.c.id == Dossier.id)
        .join(Organisme, Organisme.id == Dossier.organisme_id)
        .outerjoin(Orientation, Orientation.id == Dossier.orientation_id)
        .outerjoin(Utilisateur, Utilisateur.id == Dossier.instructeur_id)
        .order_by(*ordre(f.tri, f.sens, envers))
    )


def _lignes(acteur: Acteur, lues: Sequence[Any]) -> list[LigneListe]:
    ids = [d.id for d in lues]
    quartiers, financeurs = _quartiers(ids), _financeurs(ids)
    notes = _mes_notes(acteur, ids)
    masques = {
        d.id for d in lues if nom_masque_en_liste(acteur, d.sans_nom, d.etat, notes.get(d.id))
    }
    echeances = delais({d.id: d.etat for d in lues})
    return [
        LigneListe(
            id=d.id,
            reference=d.numero or f"brouillon {d.id}",
            intitule=masquer(d.intitule, Signes((d.organisme,))) if d.id in masques else d.intitule,
            organisme="" if d.id in masques else d.organisme,
            etat=d.etat,
            orientation=d.orientation or "",
            quartiers=tuple(quartiers.get(d.id, ())),
            montant=d.montant_demande,
            depose_le=d.depose_le,
            financeurs=tuple(financeurs.get(d.id, ())),
            affecte=bool(d.affecte),
            instructeur=f"{d.prenom or ''} {d.nom or ''}".strip(),
            version=d.version,
            ma_note=notes.get(d.id),
            delai=echeances.get(d.id),
        )
        for d in lues
    ]


@cache
def _lectures() -> tuple[Executable, Executable, Executable]:
    """Quartiers, funders and own notes of the dossiers ``ids`` of a page, built once."""
    ids: BindParameter[list[int]] = bindparam("ids", expanding=True)
    quartiers = (
        select(DossierQuartier.dossier_id, Quartier.nom)
        .join(Quartier, Quartier.id == DossierQuartier.quartier_id)
        .where(DossierQuartier.dossier_id.in_(ids))
    )
    financeurs = (
        select(
            Financement.dossier_id,
            Financeur.sigle,
            Financeur.nom,
            Financement.etat,
            Financement.montant_demande,
        )
        .join(Financeur, Financeur.id == Financement.financeur_id)
        .where(Financement.dossier_id.in_(ids))
        .order_by(Financement.id)
    )
    notes = select(Evaluation.dossier_id, Evaluation.etat).where(
        Evaluation.dossier_id.in_(ids), Evaluation.utilisateur_id == bindparam("moi")
    )
    return quartiers, financeurs, notes


def _quartiers(ids: Sequence[int]) -> dict[int, list[str]]:
    noms: dict[int, list[str]] = {}
    for dossier_id, nom in db.session.execute(_lectures()[0], {"ids": ids}):
        noms.setdefault(dossier_id, []).append(nom)
    return {dossier_id: sorted(groupe) for dossier_id, groupe in noms.items()}


def _financeurs(ids: Sequence[int]) -> dict[int, list[LigneFinanceur]]:
    lignes: dict[int, list[LigneFinanceur]] = {}
    for dossier_id, sigle, nom, etat, montant in db.session.execute(_lectures()[1], {"ids": ids}):
        lignes.setdefault(dossier_id, []).append(LigneFinanceur(sigle or nom, etat, montant))
    return lignes


def _mes_notes(acteur: Acteur, ids: Sequence[int]) -> dict[int, EtatEvaluation]:
    lignes = db.session.execute(_lectures()[2], {"ids": ids, "moi": acteur.utilisateur_id})
    return {dossier_id: etat for dossier_id, etat in lignes}
