"""Writing a dossier as a porteur would: texts, aim, quartiers, money, in plain French."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from aap.domaine.montants import repartir
from aap.extensions import db
from aap.models import (
    Campagne,
    CoteBudget,
    Dossier,
    EtatProduit,
    Financeur,
    IndicateurEvaluation,
    ObjectifLocal,
    Organisme,
    Orientation,
    Quartier,
    SectionTheme,
    TypeCampagne,
    TypeDossier,
    TypeFinanceur,
)
from aap.permissions import Acteur
from aap.services.cible import choisir_objectifs, choisir_objectifs_locaux, choisir_quartiers
from aap.services.dossier import creer_dossier
from aap.services.plan_financement import (
    IndicateurSaisi,
    LigneSaisie,
    demander_financement,
    enregistrer_budget,
    fixer_indicateurs,
)
from aap.services.reponse import enregistrer_reponse

CHEMIN = Path(__file__).parent / "actions.json"
# account -> share of the charges, in percent
CHARGES = (
    ("601", "Achats de matières et fournitures", 7),
    ("604", "Prestations de services", 12),
    ("613", "Locations", 6),
    ("616", "Assurance", 2),
    ("622", "Honoraires d’intervenants", 9),
    ("623", "Publicité, publication", 3),
    ("625", "Déplacements", 4),
    ("641", "Rémunération des personnels", 40),
    ("645", "Charges sociales", 17),
)
COMPTES_74 = {
    TypeFinanceur.ETAT: "74etat",
    TypeFinanceur.EPT: "74epci",
    TypeFinanceur.COMMUNE: "74commune",
    TypeFinanceur.DEPARTEMENT: "74departement",
    TypeFinanceur.CAF: "74social",
    TypeFinanceur.CPAM: "74social",
    TypeFinanceur.ARS: "74etat",
    TypeFinanceur.DRAC: "74etat",
    TypeFinanceur.BAILLEUR: "74prive",
    TypeFinanceur.AUTRE: "74prive",
}

# Questions that only some types ask; a form that does not show them ignores them.
REPONSES_DES_TYPES = {
    "conseil_citoyen": "presente",
    "hors_programmation": "non",
    "etp_association": "1",
    "benevoles_actifs": "18",
    "raison_fonctionnement": "Le loyer du local et l’accueil de tous les jours.",
    "pre_structure": "gip",
    "pre_parcours": "45",
    "pre_equipe": "Une coordinatrice, deux éducateurs, une psychologue, les directions d’école.",
    "pre_familles": "L’accord des parents est écrit ; ils rencontrent l’équipe chaque trimestre.",
    "ar_missions": "Aller vers les familles, accompagner dans les démarches, apaiser les tensions.",
    "ar_etat": "creation",
    "ar_quotite": "plein",
    "ar_conditions": "oui",
    "ar_tutorat": "La directrice encadre la personne ; une formation est prévue chaque trimestre.",
}


@dataclass(frozen=True)
class Projet:
    """What will be asked. ``cout``: cents, whole hundreds of euros."""

    modele: dict[str, Any]
    quartiers: tuple[Quartier, ...]
    cout: int
    effectif: int


@cache
def modeles() -> list[dict[str, Any]]:
    lus: list[dict[str, Any]] = json.loads(CHEMIN.read_text("utf-8"))
    return lus


def imaginer(
    hasard: Random,
    quartiers: list[Quartier],
    types: frozenset[str],
    orientation: str | None = None,
) -> Projet:
    """A plausible action for one or two quartiers of a same commune."""
    permis = [
        m
        for m in modeles()
        if m["type"] in types and (orientation is None or m["orientation"] == orientation)
    ] or [m for m in modeles() if m["type"] in types]
    modele = hasard.choice(permis)
    premier = hasard.choice(quartiers)
    voisins = [
        q
        for q in quartiers
        if q is not premier and {c.id for c in q.communes} & {c.id for c in premier.communes}
    ]
    choisis: tuple[Quartier, ...] = (premier,)
    if voisins and modele["type"] == "action" and hasard.random() < 0.3:
        choisis = (premier, hasard.choice(voisins))
    return Projet(
        modele,
        choisis,
        hasard.randrange(modele["cout"][0], modele["cout"][1], 100) * 100,
        hasard.randrange(*modele["effectif"]),
    )


def financeurs_plausibles(
    projet: Projet, par_code: dict[str, Financeur], hasard: Random, campagne: Campagne
) -> list[Financeur]:
    """State first, then the communes, and two or three others at most."""
    departement = projet.quartiers[0].departement
    etat = par_code[f"etat-147-{departement}"]
    if campagne.type is TypeCampagne.FPCC:
        return [etat]
    communes = {c.code for q in projet.quartiers for c in q.communes if not c.hors_perimetre}
    villes = [par_code[f"commune-{c}"] for c in sorted(communes) if f"commune-{c}" in par_code]
    autres = [f"cd-{departement}"]
    if hasard.random() < 0.35:
        autres.append("ept-gosb")
    if projet.modele["orientation"] == "O2":
        autres.append("ars-idf" if hasard.random() < 0.5 else "cpam-94")
    if projet.modele["orientation"] == "O1" and departement == "94":
        autres.append("caf-94")
    if projet.modele["orientation"] == "O6" and departement == "94":
        autres.append("valophis")
    hasard.shuffle(autres)
    nombre = hasard.randint(1, 3)
    return [etat, *villes[:2], *(par_code[c] for c in autres[:nombre])][:5]


def _textes(projet: Projet, exercice: int, hasard: Random, nouveau: bool) -> dict[str, str]:
    m = projet.modele
    noms = " et ".join(q.nom for q in projet.quartiers)
    ville = projet.quartiers[0].communes[0].nom
    mois = hasard.choice((1, 2, 3, 9))
    return {
        "intitule": f"{m['intitule']} – {projet.quartiers[0].nom}"[:150],
        "objectifs": m["objectifs"],
        "renouvellement": "premiere" if nouveau else "renouvellement",
        "besoin": f"Le besoin est remonté des habitants de {noms}, des écoles et du centre "
        f"social de {ville}. Les services existants ne suffisent pas à accueillir tout le monde.",
        "description": m["description"],
        "droit_commun": "L’action complète les services ordinaires : elle va chercher les "
        "personnes qui ne les fréquentent pas et les y conduit.",
        "public": f"{m['public']}, en priorité de {noms} à {ville}.",
        "beneficiaires": str(projet.effectif),
        "part_qpv": str(hasard.choice((60, 70, 75, 80, 85, 90, 100))),
        "participation_financiere": hasard.choice(
            ("Aucune.", "Une adhésion annuelle de 5 euros par famille.", "Deux euros par sortie.")
        ),
        "participation": "Un groupe de huit habitants prépare le programme avec nous chaque "
        "trimestre et fait le bilan en fin d’année.",
        "egalite": "Nous suivons le nombre de femmes et d’hommes, adaptons les horaires et "
        "proposons une garde d’enfants pendant les séances.",
        "acces_droits": "Nous allons au pied des immeubles, traduisons les documents et "
        "accompagnons les premiers rendez-vous.",
        "partenaires": f"Ville de {ville}, école et collège du quartier, centre social, bailleur.",
        "moyens_materiels": "Une salle prêtée deux jours par semaine, du petit matériel, deux "
        "ordinateurs.",
        "moyens_humains": "Une coordinatrice à mi-temps, deux animateurs et des bénévoles.",
        "benevoles": str(hasard.randint(3, 15)),
        "salaries": str(hasard.randint(1, 5)),
        "salaries_etpt": "0,5",
        "recrutement": "non",
        "date_debut": date(exercice, mois, 1).isoformat(),
        "date_fin": date(exercice, 12, 31).isoformat(),
        "lieux": f"Dans le quartier {projet.quartiers[0].nom}, à {ville}.",
        "aides_publiques": "sous_seuil",
        "exactitude": "oui",
        **REPONSES_DES_TYPES,
    }


def ecrire(
    acteur: Acteur,
    organisme: Organisme,
    campagne: Campagne,
    projet: Projet,
    par_code: dict[str, Financeur],
    hasard: Random,
    *,
    precedent: Dossier | None = None,
    complet: bool = True,
) -> Dossier:
    """A whole draft; not ``complet``: a draft left in the middle, as many are."""
    dossier = creer_dossier(
        acteur, organisme, campagne, TypeDossier(projet.modele["type"]), precedent=precedent
    )
    textes = _textes(projet, campagne.exercice, hasard, precedent is None)
    arret = len(textes) if complet else hasard.randint(3, 9)
    for champ, valeur in list(textes.items())[:arret]:
        enregistrer_reponse(acteur, dossier, champ, valeur)
    _viser(acteur, dossier, projet, hasard)
    if complet:
        _chiffrer(acteur, dossier, projet, par_code, hasard, campagne)
    return dossier


def _viser(acteur: Acteur, dossier: Dossier, projet: Projet, hasard: Random) -> None:
    """Orientation, objectives, quartiers, local objectives and indicators."""
    orientation = db.session.scalars(
        select(Orientation).where(
            Orientation.contrat_id == dossier.campagne.contrat_id,
            Orientation.code == projet.modele["orientation"],
        )
    ).one()
    operationnels = [
        x for s in orientation.objectifs_strategiques for x in s.objectifs_operationnels
    ]
    choisis = hasard.sample(operationnels, min(len(operationnels), hasard.randint(1, 2)))
    choisir_objectifs(acteur, dossier, orientation.id, [x.id for x in choisis])
    parts = repartir(100, [1] * len(projet.quartiers))
    choisir_quartiers(
        acteur, dossier, {q.id: p for q, p in zip(projet.quartiers, parts, strict=True)}
    )
    locaux = _locaux(projet, orientation)
    if locaux:
        ids = [x.id for x in hasard.sample(locaux, min(len(locaux), 2))]
        choisir_objectifs_locaux(acteur, dossier, ids)
    fixer_indicateurs(
        acteur,
        dossier,
        [
            IndicateurSaisi(
                libelle, f"{max(5, projet.effectif // (i + 1))}", "Feuilles de présence"
            )
            for i, libelle in enumerate(projet.modele["indicateurs"])
        ]
        + _indicateur_de_fiche(projet, orientation, hasard),
    )


def _sections(projet: Projet, orientation: Orientation) -> list[int]:
    fiches = {f.themes_fiche_id or f.id for q in projet.quartiers for f in q.fiches}
    return list(
        db.session.scalars(
            select(SectionTheme.id)
            .where(
                SectionTheme.fiche_id.in_(fiches),
                SectionTheme.theme_id.in_(_themes(orientation)),
            )
            .order_by(SectionTheme.id)
        )
    )


def _themes(orientation: Orientation) -> list[int]:
    return [t.id for t in orientation.contrat.themes if orientation in t.orientations]


def _locaux(projet: Projet, orientation: Orientation) -> list[ObjectifLocal]:
    return list(
        db.session.scalars(
            select(ObjectifLocal)
            .where(
                ObjectifLocal.section_id.in_(_sections(projet, orientation)),
                ObjectifLocal.niveau == "operationnel",
            )
            .order_by(ObjectifLocal.id)
        )
    )


def _indicateur_de_fiche(
    projet: Projet, orientation: Orientation, hasard: Random
) -> list[IndicateurSaisi]:
    possibles = list(
        db.session.scalars(
            select(IndicateurEvaluation)
            .where(IndicateurEvaluation.section_id.in_(_sections(projet, orientation)))
            .order_by(IndicateurEvaluation.id)
        )
    )
    if not possibles:
        return []
    choisi = hasard.choice(possibles)
    return [IndicateurSaisi(choisi.texte[:500], "À mesurer", "Relevé annuel", choisi.id)]


def _chiffrer(
    acteur: Acteur,
    dossier: Dossier,
    projet: Projet,
    par_code: dict[str, Financeur],
    hasard: Random,
    campagne: Campagne,
) -> None:
    """A balanced budget: 60 to 80 % asked from the funders, the rest is own money."""
    financeurs = financeurs_plausibles(projet, par_code, hasard, campagne)
    demande = projet.cout * hasard.choice((60, 65, 70, 75, 80)) // 100 // 10000 * 10000
    if campagne.type is TypeCampagne.FPCC:
        demande = min(demande, 1_900_00)
    poids = [4, *(hasard.randint(1, 3) for _ in financeurs[1:])]
    parts = [p * 10000 for p in repartir(demande // 10000, poids)]
    lignes = [
        LigneSaisie(CoteBudget.CHARGE, compte, libelle, str(montant))
        for (compte, libelle, _), montant in zip(
            CHARGES, repartir(projet.cout // 100, [c[2] for c in CHARGES]), strict=True
        )
    ]
    total = 0
    for financeur, part in zip(financeurs, parts, strict=True):
        if part <= 0:
            continue
        total += part
        ligne = demander_financement(acteur, dossier, financeur, part)
        lignes.append(
            LigneSaisie(
                CoteBudget.PRODUIT,
                COMPTES_74[financeur.type],
                financeur.nom,
                str(part // 100),
                EtatProduit.DEMANDE,
                ligne.id,
            )
        )
    reste = (projet.cout - total) // 100
    usagers = reste // 3
    lignes.append(LigneSaisie(CoteBudget.PRODUIT, "70", "Participation des usagers", str(usagers)))
    lignes.append(LigneSaisie(CoteBudget.PRODUIT, "756", "Cotisations", str(reste - usagers)))
    enregistrer_budget(acteur, dossier, lignes)
