"""The dashboard of the CPO objective and the lists behind its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import selectinload

from aap.domaine.cpo import OBJECTIF_CPO, TypeActe
from aap.domaine.horloge import aujourdhui
from aap.domaine.objectif_cpo import Compte, Situation, Stade, situations, somme
from aap.domaine.regles import valeur_regle
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Dossier,
    DossierQuartier,
    Financeur,
    Organisme,
    Orientation,
)
from aap.models.referentiel import quartier_commune
from aap.permissions import Acteur
from aap.requetes.actes_cpo import (
    actes_et_lignes,
    compte_sql,
    conditions_liste,
    conditions_sans_financeur,
    depuis,
    financeurs_lus,
    sources,
)
from aap.requetes.choix_cpo import ChoixCpo
from aap.requetes.finance import PAR_PAGE, PageListe

PAQUET = 400


@dataclass(frozen=True)
class LigneVue:
    """One value of the axis: ``cle`` goes back into the address (0: none)."""

    cle: int
    libelle: str
    compte: Compte


@dataclass(frozen=True)
class Choisissables:
    """What the lists of the filter form offer: (id, name)."""

    financeurs: list[tuple[int, str]]
    campagnes: list[tuple[int, str]]
    communes: list[tuple[int, str]]
    orientations: list[tuple[int, str]]

    def nom(self, liste: str, cle: int) -> str:
        """The name of one value of these lists, « non précisé » for 0 or what is not there."""
        return dict(getattr(self, liste)).get(cle, "non précisé")


@dataclass(frozen=True)
class VueCpo:
    """``choix.exercice`` is the year shown. ``ecartes``: rows that the boxes leave out, up to the
    stage chosen. ``annees``: year -> counts up to the stage chosen."""

    choix: ChoixCpo
    situations: list[Situation]
    lignes: list[LigneVue]
    annees: list[tuple[int, Compte]]
    exercices: list[int]
    ecartes: int
    objectif: Fraction
    offres: Choisissables

    @property
    def retenue(self) -> Compte:
        """Counts of the stage chosen."""
        return next(s.compte for s in self.situations if s.stade is self.choix.stade)

    @property
    def denominateur(self) -> str:
        """What is counted, in words: the boxes, then the choices of the address."""
        c, o = self.choix, self.offres
        mots = [c.filtre.texte, f"exercice {c.exercice}"]
        choisis = (
            ("financeur", "financeurs", c.financeur),
            ("campagne", "campagnes", c.campagne),
            ("commune", "communes", c.commune),
            ("orientation", "orientations", c.orientation),
        )
        mots += [
            f"{mot}\u00a0: {o.nom(liste, cle)}" for mot, liste, cle in choisis if cle is not None
        ]
        return " ; ".join(mots).replace(" ; ", "\u202f; ")


@dataclass(frozen=True)
class Cellule:
    """Counts of one year and stage, kept by the boxes or not, for one value of the axis."""

    annee: int
    garde: bool
    stade: Stade
    cle: int
    compte: Compte


def _mesures(a: Subquery) -> tuple[ColumnElement[int], ...]:
    cpo = a.c.type == TypeActe.CPO.value
    return (
        func.coalesce(func.sum(case((cpo, 1), else_=0)), 0),
        func.count(),
        func.coalesce(func.sum(case((cpo, a.c.montant), else_=0)), 0),
        func.coalesce(func.sum(a.c.montant), 0),
    )


def _compte(valeurs: Iterable[Any]) -> Compte:
    return Compte(*(int(v) for v in valeurs))


def _cle(vue: str, a: Subquery) -> Any:
    """What the axis groups by; an action has several communes: they are counted apart."""
    return {
        "financeur": a.c.financeur_id,
        "campagne": Dossier.campagne_id,
        "orientation": Dossier.orientation_id,
    }.get(vue, literal_column("0"))


def _une_source(
    acteur: Acteur, choix: ChoixCpo, a: Subquery, lue: ColumnElement[bool]
) -> Select[Any]:
    garde = case((compte_sql(a, choix.filtre), 1), else_=0).label("garde")
    cle = _cle(choix.vue, a).label("cle")
    return (
        select(a.c.exercice, garde, a.c.stade, cle, *_mesures(a))
        .select_from(a)
        .join(Dossier, Dossier.id == a.c.dossier_id)
        .where(lue, *conditions_sans_financeur(acteur, choix, a))
        .group_by(a.c.exercice, literal_column("garde"), a.c.stade, literal_column("cle"))
    )


def _cellules(acteur: Acteur, choix: ChoixCpo, lus: Sequence[int]) -> list[Cellule]:
    """Counts by year, kept or left out, stage and value of the axis (1 query)."""
    requete = union_all(*(_une_source(acteur, choix, a, f.in_(lus)) for a, f in sources()))
    return [
        Cellule(int(x[0]), bool(x[1]), Stade(int(x[2])), x[3] or 0, _compte(x[4:]))
        for x in db.session.execute(requete)
    ]


def vue_cpo(acteur: Acteur, choix: ChoixCpo) -> VueCpo:
    """The whole dashboard (4 queries, 5 by commune): stages, values of the axis, years."""
    offres = choisissables(acteur)
    lus = [i for i, _ in offres.financeurs]
    cellules = _cellules(acteur, choix, lus)
    exercice = choix.exercice or _dernier_exercice(cellules)
    choix = choix.avec(exercice=exercice)
    par_annee = [(n, _jusqu_a(choix.stade, x)) for n, x in _groupes(cellules, "annee")]
    par_annee = [(n, c) for n, c in par_annee if c.nombre]
    du = [c for c in cellules if c.annee == exercice]
    return VueCpo(
        choix=choix,
        situations=situations(
            {s: somme(c.compte for c in du if c.garde and c.stade is s) for s in Stade}
        ),
        lignes=_lignes_axe(acteur, choix, du, par_annee, offres),
        annees=par_annee,
        exercices=sorted({exercice, *(c.annee for c in cellules)}, reverse=True),
        ecartes=sum(c.compte.nombre for c in du if not c.garde and c.stade <= choix.stade),
        objectif=objectif_de(lus, exercice),
        offres=offres,
    )


def _groupes(cellules: Iterable[Cellule], champ: str) -> list[tuple[int, list[Cellule]]]:
    """Cells by the value of a field, in its order."""
    par: dict[int, list[Cellule]] = {}
    for c in cellules:
        par.setdefault(getattr(c, champ), []).append(c)
    return sorted(par.items())


def _lignes_axe(
    acteur: Acteur,
    choix: ChoixCpo,
    du: list[Cellule],
    par_annee: list[tuple[int, Compte]],
    offres: Choisissables,
) -> list[LigneVue]:
    """Counts of each value of the axis, in the order of a French index, « non précisé » last."""
    if choix.vue == "annee":
        return [LigneVue(n, str(n), c) for n, c in par_annee]
    if choix.vue == "commune":
        return _par_commune(acteur, choix.avec(part="tous"))
    noms = dict(getattr(offres, f"{choix.vue}s"))
    comptes = [(cle, _jusqu_a(choix.stade, x)) for cle, x in _groupes(du, "cle")]
    lignes = [LigneVue(cle, noms.get(cle, "Non précisé"), c) for cle, c in comptes if c.nombre]
    return sorted(lignes, key=_rang)


def _rang(x: LigneVue) -> tuple[bool, str, int]:
    return x.cle == 0, normaliser(x.libelle), x.cle


def exercice_montre(acteur: Acteur, choix: ChoixCpo) -> ChoixCpo:
    """The same choice with the year that the dashboard would show (2 queries without a year)."""
    if choix.exercice is not None:
        return choix
    lus = list(db.session.scalars(select(Financeur.id).where(financeurs_lus(acteur))))
    return choix.avec(exercice=_dernier_exercice(_cellules(acteur, choix, lus)))


def _dernier_exercice(cellules: Iterable[Cellule]) -> int:
    """The latest year with a signed act, the present one when there is none."""
    signes = [c.annee for c in cellules if c.stade <= Stade.SIGNE]
    return max(signes, default=aujourdhui().year)


def _jusqu_a(stade: Stade, cellules: Iterable[Cellule]) -> Compte:
    return somme(c.compte for c in cellules if c.garde and c.stade <= stade)


def _par_commune(acteur: Acteur, choix: ChoixCpo) -> list[LigneVue]:
    """Counts of each commune, an action whole in each one it aims at (1 query)."""
    a = actes_et_lignes()
    liens = (
        select(DossierQuartier.dossier_id, quartier_commune.c.commune_id)
        .join(quartier_commune, quartier_commune.c.quartier_id == DossierQuartier.quartier_id)
        .distinct()
        .subquery("dossier_commune")
    )
    colonnes: Any = select(Commune.id, Commune.nom, *_mesures(a))
    requete = (
        depuis(a, colonnes)
        .outerjoin(liens, liens.c.dossier_id == Dossier.id)
        .outerjoin(Commune, Commune.id == liens.c.commune_id)
        .where(*conditions_liste(acteur, choix, a))
        .group_by(Commune.id, Commune.nom)
    )
    lignes = [
        LigneVue(cle or 0, nom or "Non précisé", _compte(mesures))
        for cle, nom, *mesures in db.session.execute(requete)
    ]
    return sorted(lignes, key=_rang)


def choisissables(acteur: Acteur) -> Choisissables:
    """Funders, campaigns, communes and orientations that the reader may choose (1 query)."""
    lus = select(Financeur.contrat_id).where(financeurs_lus(acteur))
    requete = union_all(
        select(literal("f"), Financeur.id, Financeur.nom).where(financeurs_lus(acteur)),
        select(literal("a"), Campagne.id, Campagne.nom).where(
            Campagne.contrat_id.in_(lus), Campagne.bac_a_sable.is_(False)
        ),
        select(literal("c"), Commune.id, Commune.nom).where(Commune.contrat_id.in_(lus)),
        select(literal("o"), Orientation.id, Orientation.code + " – " + Orientation.titre).where(
            Orientation.contrat_id.in_(lus)
        ),
    )
    noms: dict[str, list[tuple[int, str]]] = {"f": [], "a": [], "c": [], "o": []}
    for genre, cle, nom in db.session.execute(requete):
        noms[genre].append((int(cle), str(nom)))
    for liste in noms.values():
        liste.sort(key=lambda x: (normaliser(x[1]), x[0]))
    return Choisissables(noms["f"], noms["a"], noms["c"], noms["o"])


def objectif_de(financeurs: list[int], exercice: int) -> Fraction:
    """Target of the year's campaigns of these funders' contrats, the highest when they differ."""
    contrats = select(Financeur.contrat_id).where(Financeur.id.in_(financeurs))
    campagnes = db.session.scalars(
        select(Campagne)
        .where(
            Campagne.exercice == exercice,
            Campagne.bac_a_sable.is_(False),
            Campagne.contrat_id.in_(contrats),
        )
        .options(selectinload(Campagne.regles))
    )
    parts = [int(valeur_regle(c, "cpo_objectif")) for c in campagnes]
    return Fraction(max(parts), 1000) if parts else OBJECTIF_CPO


def _colonnes(a: Subquery) -> list[Any]:
    return [
        a.c.convention_id,
        a.c.financement_id,
        a.c.numero,
        a.c.exercice,
        a.c.type,
        a.c.stade,
        a.c.montant,
        Financeur.id.label("financeur_id"),
        Financeur.nom.label("financeur"),
        Organisme.nom.label("organisme"),
        Organisme.siret,
        Organisme.forme,
        Dossier.numero.label("dossier"),
        Dossier.intitule,
        Campagne.nom.label("campagne"),
    ]


def _liste(acteur: Acteur, choix: ChoixCpo) -> Select[Any]:
    a = actes_et_lignes()
    return (
        depuis(a, select(*_colonnes(a)))
        .where(*conditions_liste(acteur, choix, a))
        .order_by(Financeur.nom, a.c.stade, a.c.numero, Organisme.nom_recherche, Dossier.id)
    )


def liste_actes(acteur: Acteur, choix: ChoixCpo) -> PageListe:
    """One page of the acts behind a figure, and what they add up to (2 queries)."""
    a = actes_et_lignes()
    compte = select(func.count(), func.coalesce(func.sum(a.c.montant), 0))
    total, montant = db.session.execute(
        depuis(a, compte).where(*conditions_liste(acteur, choix, a))
    ).one()
    pages = max(1, -(-int(total) // PAR_PAGE))
    page = min(choix.page, pages)
    lues = _liste(acteur, choix).limit(PAR_PAGE).offset((page - 1) * PAR_PAGE)
    return PageListe(db.session.execute(lues).all(), int(total), int(montant), page, pages)


def lire_actes(acteur: Acteur, choix: ChoixCpo) -> Iterator[Any]:
    """The same acts, whole, a few hundred at a time."""
    lues = _liste(acteur, choix).execution_options(yield_per=PAQUET)
    return iter(db.session.execute(lues))
