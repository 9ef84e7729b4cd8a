"""A deposited dossier as its readers see it: summary, answers, quartiers, budget, pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, Table, and_, bindparam, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from aap.domaine.besoin import INDICATEURS
from aap.domaine.budget import calculer_totaux, plan_au
from aap.domaine.calendrier import date_longue
from aap.domaine.montants import nombre
from aap.domaine.questionnaire import Genre, Question, questions_pour, sections_lues
from aap.domaine.texte import enumerer
from aap.ensemble import Ensemble, Part
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    CoteBudget,
    Depot,
    Dossier,
    DossierQuartier,
    EngagementRepublicain,
    Fiche,
    Fichier,
    Financement,
    IndicateurDossier,
    IndicateurQuartier,
    LigneBilan,
    LigneBudget,
    ObjectifLocal,
    ObjectifOperationnel,
    PieceDossier,
    PieceOrganisme,
    Quartier,
    RegleCampagne,
    Reponse,
    TypePiece,
)
from aap.models.dossier import dossier_objectif, dossier_objectif_local
from aap.models.referentiel import fiche_quartier
from aap.requetes.lignes_budget import lignes_de_budget
from aap.requetes.memoire_contrat import du_contrat


@cache
def _chargement() -> tuple[ORMOption, ...]:
    """Built at the first query: it needs every mapper, and the start does not."""
    return (
        joinedload(Dossier.campagne).joinedload(Campagne.contrat),
        joinedload(Dossier.organisme),
        joinedload(Dossier.orientation),
        joinedload(Dossier.theme),
        joinedload(Dossier.precedent),
        joinedload(ObjectifLocal.section),
        joinedload(DossierQuartier.quartier).joinedload(Quartier.communes),
        joinedload(Financement.financeur),
    )


@dataclass(frozen=True)
class Precedent:
    """Last year's action (amounts in cents; ``vote``, ``depense`` None when unknown)."""

    dossier: Dossier
    demande: int
    vote: int | None
    depense: int | None


@dataclass(frozen=True)
class Reponses:
    """A section of the form: (question, answer) in reading order."""

    titre: str
    couples: list[tuple[str, str]]


@dataclass(frozen=True)
class IndicateurLu:
    """``valeur`` None: set aside by the referential, never shown; ``douteux``: never computed."""

    libelle: str
    valeur: Fraction | None
    unite: str
    annee: int | None
    douteux: bool
    note: str


@dataclass(frozen=True)
class QuartierLu:
    """A quartier aimed at; ``objectifs``: local objectives of its fiches that are chosen."""

    nom: str
    part: int | None
    communes: list[str]
    note: str
    indicateurs: list[IndicateurLu]
    objectifs: list[str]


@dataclass(frozen=True)
class LigneCompte:
    compte: str
    libelle: str
    montant: int
    etat: str = ""


@dataclass(frozen=True)
class Budget:
    """Cents. ``taux_public``: exact ratio, None without produits."""

    charges: list[LigneCompte]
    produits: list[LigneCompte]
    total_charges: int
    total_produits: int
    ecart: int
    taux_public: Fraction | None
    emplois_en_nature: int


@dataclass(frozen=True)
class PieceLue:
    nom: str
    fichier: Fichier
    le: datetime


@dataclass(frozen=True)
class FicheDossier:
    dossier: Dossier
    renouvellement: bool
    precedent: Precedent | None
    sections: list[Reponses]
    quartiers: list[QuartierLu]
    budget: Budget
    pieces: list[PieceLue] = field(default_factory=list)
    coffre: list[PieceLue] = field(default_factory=list)
    comptes: list[PieceOrganisme] = field(default_factory=list)


def _parts() -> tuple[Part, ...]:
    """Everything that the page reads of the dossier ``d``."""
    d: BindParameter[int] = bindparam("d")
    return (
        (Dossier, Dossier.id == d),
        (Reponse, Reponse.dossier_id == d),
        (LigneBudget, LigneBudget.dossier_id == d),
        (ObjectifOperationnel, ObjectifOperationnel.id.in_(_lies(dossier_objectif, d))),
        (ObjectifLocal, ObjectifLocal.id.in_(_lies(dossier_objectif_local, d))),
        (IndicateurDossier, IndicateurDossier.dossier_id == d),
        (DossierQuartier, DossierQuartier.dossier_id == d),
        (Financement, Financement.dossier_id == d),
        (Depot, Depot.dossier_id == d),
        (RegleCampagne, RegleCampagne.campagne_id == bindparam("campagne")),
        (EngagementRepublicain, EngagementRepublicain.organisme_id == bindparam("organisme")),
    )


TOUT = Ensemble(_parts, _chargement)


def charger(dossier: Dossier) -> Dossier:
    """Bring everything that the page reads, in one query."""
    _, reponses, lignes, objectifs, locaux, indicateurs, quartiers, aides, depots, *autres = (
        TOUT.lire(
            relire=True,
            d=dossier.id,
            campagne=dossier.campagne_id,
            organisme=dossier.organisme_id,
        )
    )
    regles, engagements = autres
    for nom, lus in {
        "reponses": reponses,
        "lignes": sorted(lignes, key=lambda x: x.rang),
        "objectifs": objectifs,
        "objectifs_locaux": locaux,
        "indicateurs": sorted(indicateurs, key=lambda x: x.id),
        "quartiers": quartiers,
        "financements": sorted(aides, key=lambda x: x.id),
        "depots": sorted(depots, key=lambda x: x.numero_depot),
    }.items():
        set_committed_value(dossier, nom, lus)
    set_committed_value(dossier.campagne, "regles", regles)
    set_committed_value(dossier.organisme, "engagements", engagements)
    return dossier


def _lies(table: Table, dossier_id: BindParameter[Any]) -> Select[Any]:
    """Ids on the other side of an association of the dossier."""
    _, autre = table.primary_key.columns
    return select(autre).where(table.c.dossier_id == dossier_id)


def fiche(dossier: Dossier, *, avec_pieces: bool = True) -> FicheDossier:
    """Everything that may be read, scores and opinions apart."""
    dossier = charger(dossier)
    reponses = {r.champ: r.valeur for r in dossier.reponses}
    pieces, coffre = _documents(dossier) if avec_pieces else ([], [])
    return FicheDossier(
        dossier=dossier,
        renouvellement=reponses.get("renouvellement") == "renouvellement"
        or dossier.precedent_id is not None,
        precedent=_precedent(dossier),
        sections=_sections(dossier, reponses),
        quartiers=_quartiers(dossier),
        budget=_budget(dossier),
        pieces=[
            PieceLue(p.libelle or p.fichier.nom, p.fichier, p.fichier.depose_le) for p in pieces
        ],
        coffre=[PieceLue(p.type.libelle, p.fichier, p.fichier.depose_le) for p in coffre],
        comptes=[p for p in coffre if p.type is TypePiece.COMPTES],
    )


def _precedent(dossier: Dossier) -> Precedent | None:
    ancien = dossier.precedent
    if ancien is None:
        return None
    vote, depense = db.session.execute(
        select(
            select(func.sum(Financement.montant_vote))
            .where(Financement.dossier_id == ancien.id)
            .scalar_subquery(),
            select(func.sum(LigneBilan.realise))
            .join(Bilan, Bilan.id == LigneBilan.bilan_id)
            .where(
                Bilan.dossier_id == ancien.id,
                Bilan.depose_le.is_not(None),  # what is only being typed is the porteur's
                LigneBilan.cote == CoteBudget.CHARGE,
            )
            .scalar_subquery(),
        )
    ).one()
    return Precedent(
        ancien,
        ancien.montant_demande,
        None if vote is None else int(vote),
        None if depense is None else int(depense),
    )


def _sections(dossier: Dossier, reponses: dict[str, str]) -> list[Reponses]:
    genre = dossier.profil
    return [
        Reponses(
            s.titre.replace("Votre action", "L’action"),
            [(q.libelle, _en_mots(q, reponses.get(q.code, ""))) for q in questions_pour(s, genre)],
        )
        for s in sections_lues(genre)
        if s.questions
    ]


def _en_mots(question: Question, valeur: str) -> str:
    if question.genre is Genre.CHOIX:
        return dict(question.choix).get(valeur, valeur)
    if question.genre is Genre.DATE:
        return _jour_en_mots(valeur)
    if question.genre is Genre.POURCENT and valeur:
        return f"{valeur}\u00a0%"
    return valeur


def _jour_en_mots(valeur: str) -> str:
    """« 1er mars 2026 » from a stored day; what is no day is given as it was written."""
    try:
        return date_longue(date.fromisoformat(valeur))
    except ValueError:
        return valeur


def _quartiers(dossier: Dossier) -> list[QuartierLu]:
    ids = [q.quartier_id for q in dossier.quartiers]
    contrat, cle = dossier.campagne.contrat, tuple(sorted(ids))
    indicateurs = du_contrat(contrat, ("indicateurs", cle), lambda: _indicateurs(ids))
    sources = du_contrat(contrat, ("sources", cle), lambda: _fiches_par_quartier(ids))
    return [
        QuartierLu(
            nom=lien.quartier.nom,
            part=lien.part,
            communes=[c.nom for c in lien.quartier.communes],
            note=lien.quartier.note,
            indicateurs=indicateurs.get(lien.quartier_id, []),
            objectifs=[
                o.texte
                for o in sorted(dossier.objectifs_locaux, key=lambda o: (o.section_id, o.ordre))
                if o.section.fiche_id in sources.get(lien.quartier_id, set())
            ],
        )
        for lien in sorted(dossier.quartiers, key=lambda q: q.quartier.nom)
    ]


def _fiches_par_quartier(ids: Iterable[int]) -> dict[int, set[int]]:
    sources: dict[int, set[int]] = {}
    for quartier_id, fiche_id in db.session.execute(
        select(fiche_quartier.c.quartier_id, func.coalesce(Fiche.themes_fiche_id, Fiche.id))
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .where(fiche_quartier.c.quartier_id.in_(list(ids)))
    ):
        sources.setdefault(quartier_id, set()).add(fiche_id)
    return sources


def _indicateurs(ids: Iterable[int]) -> dict[int, list[IndicateurLu]]:
    """Figures of the fiches, doubtful ones marked, those set aside not shown (1 query)."""
    lus: dict[int, dict[str, list[IndicateurQuartier]]] = {}
    for quartier_id, i in db.session.execute(
        select(fiche_quartier.c.quartier_id, IndicateurQuartier)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .join(IndicateurQuartier, IndicateurQuartier.fiche_id == Fiche.id)
        .where(
            fiche_quartier.c.quartier_id.in_(list(ids)),
            Fiche.type == "quartier",
            Fiche.retire_le.is_(None),
            IndicateurQuartier.retire_le.is_(None),
        )
        .order_by(Fiche.code, IndicateurQuartier.id)
    ):
        lus.setdefault(quartier_id, {}).setdefault(i.code, []).append(i)
    return {
        q: [_indicateur(code, codes[code]) for code in INDICATEURS if code in codes]
        for q, codes in lus.items()
    }


def _indicateur(code: str, lignes: list[IndicateurQuartier]) -> IndicateurLu:
    """One figure of a quartier; two fiches that disagree are both told."""
    connu = INDICATEURS[code]
    retenues = [i for i in lignes if not i.ecarte]
    if not retenues:
        return IndicateurLu(connu.libelle, None, connu.unite, None, True, lignes[0].note)
    i = retenues[0]
    valeurs = sorted({x.valeur_milliemes for x in retenues})
    note = i.note
    if len(valeurs) > 1:
        dites = enumerer([nombre(Fraction(v, 1000), 1) for v in valeurs])
        note = f"Les fiches de ce quartier ne donnent pas la même valeur : {dites}."
    valeur = Fraction(i.valeur_milliemes, 1000)
    return IndicateurLu(connu.libelle, valeur, connu.unite, i.annee, len(valeurs) > 1, note)


def _budget(dossier: Dossier) -> Budget:
    plan = plan_au(dossier.campagne.ouverture_le.date())
    totaux = calculer_totaux(plan, lignes_de_budget(dossier.lignes))
    lignes: dict[CoteBudget, list[LigneCompte]] = {c: [] for c in CoteBudget}
    for x in dossier.lignes:
        if x.annee != 1 or not x.montant:
            continue
        compte = plan.trouver(x.compte, x.cote.value)
        libelle = x.libelle or (compte.libelle if compte else "")
        etat = x.etat_produit.libelle if x.etat_produit else ""
        lignes[x.cote].append(LigneCompte(x.compte, libelle, x.montant, etat))
    return Budget(
        charges=sorted(lignes[CoteBudget.CHARGE], key=lambda x: x.compte),
        produits=sorted(lignes[CoteBudget.PRODUIT], key=lambda x: x.compte),
        total_charges=totaux.charges,
        total_produits=totaux.produits,
        ecart=totaux.ecart,
        taux_public=totaux.taux_public,
        emplois_en_nature=totaux.emplois_en_nature,
    )


def _parts_jointes() -> tuple[Part, ...]:
    jointe = and_(PieceDossier.dossier_id == bindparam("d"), PieceDossier.retiree_le.is_(None))
    rangee = and_(
        PieceOrganisme.organisme_id == bindparam("organisme"),
        PieceOrganisme.remplacee_le.is_(None),
    )
    return (PieceDossier, jointe), (PieceOrganisme, rangee)


JOINTES = Ensemble(
    _parts_jointes,
    lambda: (joinedload(PieceDossier.fichier), joinedload(PieceOrganisme.fichier)),
)


def _documents(dossier: Dossier) -> tuple[list[PieceDossier], list[PieceOrganisme]]:
    """Files joined to the dossier, documents of its organisme in force (1 query)."""
    pieces, coffre = JOINTES.lire(d=dossier.id, organisme=dossier.organisme_id)
    return sorted(pieces, key=lambda p: p.id), sorted(coffre, key=lambda p: p.id)
