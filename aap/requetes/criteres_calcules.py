"""Computed criteria of a dossier: what the database gives to the rules of ``aap.domaine``.

A criterion whose mode is « calculé » is recognised by the first word of its code
(``domaine.calculs.REGLES_CALCUL``: ``conformite``, ``besoin``, ``public``, ``budget``,
``porteur``). What cannot be computed is « sans objet » and says why. Nothing is stored before an
evaluation is sent: what is shown always follows the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from aap.domaine.besoin import (
    Correspondance,
    Explication,
    LigneExplication,
    calculer_besoin,
    calculer_conformite,
    theme_de_calcul,
)
from aap.domaine.budget import calculer_totaux
from aap.domaine.budget_plan import plan_au
from aap.domaine.calculs import (
    FaitsBudget,
    FaitsPorteur,
    calculer_budget,
    calculer_porteur,
    calculer_public,
    cout_par_personne,
    mediane_des_autres,
    regle_de,
)
from aap.domaine.montants import INSECABLE
from aap.models import Critere, Dossier, ModeCritere, Theme
from aap.models.types import Json
from aap.requetes.lignes_budget import lignes_de_budget
from aap.requetes.matiere_criteres import Matiere, ThemeLu, est_compare, mesures_du_contrat

__all__ = [
    "CALCULS",
    "Matiere",
    "ThemeLu",
    "correspondances",
    "degeler",
    "expliquer",
    "expliquer_tout",
    "geler",
    "mesures_du_contrat",
]
POIDS_PRIORITE_MAX = 4
POIDS_PRIORITE_DEFAUT = 2


def parts_du_public(dossier: Dossier) -> tuple[dict[str, Fraction], list[str]]:
    """Share of the public per quartier (code -> weight), and what the reader must know."""
    liens = sorted(dossier.quartiers, key=lambda q: q.quartier.nom)
    if len(liens) > 1 and any(q.part is None for q in liens):
        return {q.quartier.code: Fraction(1) for q in liens}, [
            "Le dossier ne donne pas la part du public de chaque quartier : "
            "les quartiers comptent autant."
        ]
    return {q.quartier.code: Fraction(q.part or 0) or Fraction(1) for q in liens}, []


def theme_du_dossier(
    dossier: Dossier, matiere: Matiere | None = None
) -> tuple[Theme | ThemeLu | None, list[str]]:
    """The national theme: of the local objectives chosen, else of the orientation."""
    if dossier.theme is not None:
        return dossier.theme, []
    m = matiere or Matiere(dossier.campagne, dossier)
    themes = m.themes.get(dossier.orientation_id or 0)
    if not themes:
        return None, ["L’orientation visée ne relève d’aucun thème des fiches de quartier."]
    return themes[0], [
        f"Aucun objectif local n’est choisi : le thème de l’orientation, "
        f"«{INSECABLE}{themes[0].titre}{INSECABLE}», est pris."
    ]


def _avec(explication: Explication, reserves: Iterable[str]) -> Explication:
    return Explication(explication.valeur, explication.lignes, (*reserves, *explication.reserves))


def expliquer_besoin(dossier: Dossier, matiere: Matiere | None = None) -> Explication:
    """Need of the quartiers for the theme of the dossier."""
    m = matiere or Matiere(dossier.campagne, dossier)
    theme, reserves = theme_du_dossier(dossier, m)
    cle = theme_de_calcul(theme.titre) if theme else None
    if cle is None or not dossier.quartiers:
        reserves = reserves or ["Aucun quartier n’est visé, ou le thème n’a pas d’indicateurs."]
        return Explication(None, reserves=tuple(reserves))
    parts, notes = parts_du_public(dossier)
    noms = {q.quartier.code: q.quartier.nom for q in dossier.quartiers}
    explication = calculer_besoin(cle, parts, m.mesures, noms=noms, deja=m.besoins)
    return _avec(explication, [*reserves, *notes])


def correspondances(dossier: Dossier, matiere: Matiere | None = None) -> dict[int, Correspondance]:
    """Quartier id -> how the dossier answers its fiche (2 queries, none once read)."""
    m = matiere or Matiere(dossier.campagne, dossier)
    ids = [q.quartier_id for q in dossier.quartiers]
    sources, themes = m.fiches(ids)
    choisies = {o.section.fiche_id for o in dossier.objectifs_locaux}
    theme, _ = theme_du_dossier(dossier, m)
    reponses = {}
    for quartier_id in ids:
        fiches = sources.get(quartier_id, set())
        traites = set().union(*(themes.get(f, set()) for f in fiches))
        if fiches & choisies:
            reponses[quartier_id] = Correspondance.OBJECTIF
        elif not traites:
            reponses[quartier_id] = Correspondance.SANS_FICHE
        elif theme is not None and theme.id in traites:
            reponses[quartier_id] = Correspondance.THEME
        else:
            reponses[quartier_id] = Correspondance.AUCUNE
    return reponses


def expliquer_conformite(dossier: Dossier, matiere: Matiere | None = None) -> Explication:
    """Fit with the priorities of the campaign and with the fiches of the quartiers."""
    if dossier.orientation_id is None:
        return Explication(None, reserves=("Aucune orientation n’est visée.",))
    m = matiere or Matiere(dossier.campagne, dossier)
    poids = m.priorites.get(dossier.orientation_id)
    reserves = []
    if poids is None:
        poids = POIDS_PRIORITE_DEFAUT
        reserves.append(
            f"La campagne ne donne pas de priorité à cette orientation : {poids} sur "
            f"{POIDS_PRIORITE_MAX} est pris."
        )
    parts, notes = parts_du_public(dossier)
    reponses = correspondances(dossier, m)
    par_nom = {
        q.quartier.nom: (parts[q.quartier.code], reponses[q.quartier_id]) for q in dossier.quartiers
    }
    explication = calculer_conformite(
        Fraction(poids), Fraction(POIDS_PRIORITE_MAX), bool(dossier.objectifs), par_nom
    )
    return _avec(explication, [*reserves, *notes])


def expliquer_public(dossier: Dossier, _matiere: Matiere | None = None) -> Explication:
    """Share of the public that lives in a QPV: 100 % is worth 4."""
    return calculer_public(dossier.part_qpv)


def expliquer_budget(dossier: Dossier, matiere: Matiere | None = None) -> Explication:
    """Balance, public money, cost per person against similar dossiers, months of cash."""
    m = matiere or Matiere(dossier.campagne, dossier)
    plan = plan_au(dossier.campagne.ouverture_le.date())
    totaux = calculer_totaux(plan, lignes_de_budget(dossier.lignes))
    sien = cout_par_personne(dossier.total_charges, dossier.beneficiaires)
    semblables = m.couts.get(dossier.orientation_id or 0, [])
    if not est_compare(dossier):
        sien = None
    return calculer_budget(
        FaitsBudget(
            charges=totaux.charges,
            produits=totaux.produits,
            taux_public=totaux.taux_public,
            beneficiaires=dossier.beneficiaires,
            tresorerie=dossier.organisme.tresorerie,
            budget_annuel=dossier.organisme.budget_annuel,
            semblables=len(semblables) - (sien is not None),
            mediane=mediane_des_autres(semblables, sien),
            taux_max=m.taux_public_max,
        )
    )


def expliquer_porteur(dossier: Dossier, matiere: Matiere | None = None) -> Explication:
    """Bilans of the past years in time, and share of the expenses that was made."""
    m = matiere or Matiere(dossier.campagne, dossier)
    return calculer_porteur(m.passes.get(dossier.organisme_id, FaitsPorteur(0, 0)))


CALCULS: dict[str, Callable[[Dossier, Matiere | None], Explication]] = {
    "conformite": expliquer_conformite,
    "besoin": expliquer_besoin,
    "public": expliquer_public,
    "budget": expliquer_budget,
    "porteur": expliquer_porteur,
}


def expliquer(critere: Critere, dossier: Dossier, matiere: Matiere | None = None) -> Explication:
    """The computed criterion on this dossier; « sans objet » when no rule computes it."""
    regle = regle_de(critere.code)
    if regle is None:
        return Explication(None, reserves=("Aucune règle de calcul n’est écrite pour ce critère.",))
    return CALCULS[regle.cle](dossier, matiere)


def expliquer_tout(
    dossier: Dossier, criteres: Iterable[Critere], matiere: Matiere | None = None
) -> dict[str, Explication]:
    """Code -> explanation, for the computed criteria of a grid."""
    m = matiere or Matiere(dossier.campagne, dossier)
    return {c.code: expliquer(c, dossier, m) for c in criteres if c.mode is ModeCritere.CALCULE}


def geler(explications: dict[str, Explication]) -> Json:
    """The JSON form kept in ``Evaluation.calcules`` (fractions as « p/q », no float)."""
    return {
        code: {
            "valeur": None if e.valeur is None else str(e.valeur),
            "lignes": [[x.phrase, str(x.valeur), str(x.poids)] for x in e.lignes],
            "reserves": list(e.reserves),
        }
        for code, e in explications.items()
    }


def degeler(calcules: Json) -> dict[str, Explication]:
    """The inverse of ``geler``."""
    return {
        code: Explication(
            None if c["valeur"] is None else Fraction(c["valeur"]),
            tuple(LigneExplication(p, Fraction(v), Fraction(w)) for p, v, w in c["lignes"]),
            tuple(c["reserves"]),
        )
        for code, c in calcules.items()
    }
