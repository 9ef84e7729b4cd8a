"""Loading a contrat from its files: idempotent, told in differences, deleting nothing used.

Each kind of row has a natural key; ``services.alignement`` makes the rows equal to the files.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Commune,
    Contrat,
    Dispositif,
    Financeur,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    Secteur,
    Theme,
    TypeFinanceur,
)
from aap.referentiel.lecture import DonneesContrat
from aap.services.alignement import Chargement, Cle, Rapport
from aap.services.referentiel_fiches import aligner_fiches


def charger_contrat(donnees: DonneesContrat) -> Rapport:
    """Bring the database to the content of the files; flushes, the caller commits or not."""
    rapport = Rapport()
    contrat = _contrat(donnees, rapport)
    c = Chargement(donnees, contrat, rapport)
    communes = _territoire(c)
    orientations = _orientations(c)
    themes = _themes(c, orientations)
    quartiers = _quartiers(c, communes)
    _financeurs(c, communes)
    aligner_fiches(c, communes, quartiers, themes)
    c.oter_departs()
    if contrat.empreinte != donnees.empreinte:
        contrat.empreinte = donnees.empreinte
    db.session.flush()
    return rapport


def _contrat(donnees: DonneesContrat, rapport: Rapport) -> Contrat:
    brut = donnees.contrat
    valeurs = {
        "code": brut["code"],
        "nom": brut["nom"],
        "pilote_nom": brut["pilote"]["nom"],
        "pilote_siren": brut["pilote"]["siren"],
        "debut": brut["debut"],
        "fin": brut["fin"],
        "regles": _sans_decimal(brut["regles"]),
        "notes": list(donnees.notes["contrat"]),
    }
    contrat = db.session.scalar(select(Contrat).where(Contrat.code == brut["code"]))
    if contrat is None:
        contrat = Contrat(**valeurs)
        db.session.add(contrat)
        db.session.flush()
        rapport.ajouts.append(f"contrat {brut['code']}")
        return contrat
    for champ, valeur in valeurs.items():
        if getattr(contrat, champ) != valeur:
            setattr(contrat, champ, valeur)
            rapport.changements.append(f"contrat {brut['code']} : {champ}")
    return contrat


def _sans_decimal(valeur: Any) -> Any:
    """Exact decimals are kept as text in JSON columns: never a float."""
    if isinstance(valeur, Decimal):
        return str(valeur)
    if isinstance(valeur, dict):
        return {k: _sans_decimal(v) for k, v in valeur.items()}
    if isinstance(valeur, list):
        return [_sans_decimal(v) for v in valeur]
    return valeur


def _du_contrat(modele: Any, contrat: Contrat) -> list[Any]:
    return list(db.session.scalars(select(modele).where(modele.contrat_id == contrat.id)))


def _par_code(objet: Any) -> Cle:
    return (objet.code,)


def _territoire(c: Chargement) -> dict[Cle, Commune]:
    brut = c.donnees.contrat
    secteurs = c.aligner(
        Secteur,
        _du_contrat(Secteur, c.contrat),
        {
            (s["code"],): {"contrat": c.contrat, "code": s["code"], "nom": s["nom"]}
            for s in brut["secteurs"]
        },
        _par_code,
    )
    return c.aligner(
        Commune,
        _du_contrat(Commune, c.contrat),
        {
            (x["code"],): {
                "contrat": c.contrat,
                "code": x["code"],
                "nom": x["nom"],
                "code_insee": x["code_insee"],
                "departement": x["departement"],
                "hors_perimetre": x["hors_perimetre"],
                "secteur": secteurs[(x["secteur"],)] if x["secteur"] else None,
                "recherche": _recherche(
                    x["nom"],
                    *x.get("alias", []),
                    *c.donnees.codes_postaux.get(x["code"], []),
                    x["code_insee"],
                ),
            }
            for x in brut["communes"]
        },
        _par_code,
    )


def _recherche(*textes: str) -> str:
    """Normalised search text: with spaces, and each part glued (« lhay » finds « L'Haÿ »)."""
    normes = [normaliser(t) for t in textes if t]
    return " ".join([*normes, *(n.replace(" ", "") for n in normes if " " in n)])


def _orientations(c: Chargement) -> dict[Cle, Orientation]:
    brut = c.donnees.contrat["orientations"]
    orientations = c.aligner(
        Orientation,
        _du_contrat(Orientation, c.contrat),
        {
            (o["code"],): {
                "contrat": c.contrat,
                "code": o["code"],
                "ordre": rang,
                "titre": o["titre"],
                "axe": o["axe"],
                "transversale": o["transversale"],
                "recherche": _recherche(o["titre"], o["axe"]),
            }
            for rang, o in enumerate(brut, 1)
        },
        _par_code,
    )
    strategiques = c.aligner(
        ObjectifStrategique,
        db.session.scalars(
            select(ObjectifStrategique)
            .join(Orientation)
            .where(Orientation.contrat_id == c.contrat.id)
        ),
        {
            (s["code"],): {
                "orientation": orientations[(o["code"],)],
                "code": s["code"],
                "ordre": rang,
                "titre": s["titre"],
            }
            for o in brut
            for rang, s in enumerate(o["objectifs_strategiques"], 1)
        },
        _par_code,
    )
    _operationnels(c, brut, strategiques)
    return orientations


def _operationnels(
    c: Chargement, brut: list[dict[str, Any]], strategiques: dict[Cle, ObjectifStrategique]
) -> None:
    bruts = [s for o in brut for s in o["objectifs_strategiques"]]
    c.aligner(
        ObjectifOperationnel,
        db.session.scalars(
            select(ObjectifOperationnel)
            .join(ObjectifStrategique)
            .join(Orientation)
            .where(Orientation.contrat_id == c.contrat.id)
        ),
        {
            (x["code"],): {
                "objectif_strategique": strategiques[(s["code"],)],
                "code": x["code"],
                "ordre": rang,
                "titre": x["titre"],
            }
            for s in bruts
            for rang, x in enumerate(s["objectifs_operationnels"], 1)
        },
        _par_code,
    )
    c.aligner(
        Dispositif,
        db.session.scalars(
            select(Dispositif)
            .join(ObjectifStrategique)
            .join(Orientation)
            .where(Orientation.contrat_id == c.contrat.id)
        ),
        {
            (strategiques[(s["code"],)].id, rang): {
                "objectif_strategique_id": strategiques[(s["code"],)].id,
                "ordre": rang,
                "nom": nom,
            }
            for s in bruts
            for rang, nom in enumerate(s.get("dispositifs", []), 1)
        },
        lambda d: (d.objectif_strategique_id, d.ordre),
    )


def _themes(c: Chargement, orientations: dict[Cle, Orientation]) -> dict[Cle, Theme]:
    return c.aligner(
        Theme,
        _du_contrat(Theme, c.contrat),
        {
            (t["code"],): {
                "contrat": c.contrat,
                "code": t["code"],
                "ordre": rang,
                "titre": t["titre"],
                "orientations": [orientations[(o,)] for o in t["orientations"]],
            }
            for rang, t in enumerate(c.donnees.contrat["themes"], 1)
        },
        _par_code,
    )


def _quartiers(c: Chargement, communes: dict[Cle, Commune]) -> dict[Cle, Quartier]:
    secteurs = {s.code: s for s in _du_contrat(Secteur, c.contrat)}
    notes = c.donnees.notes["quartiers"]
    return c.aligner(
        Quartier,
        _du_contrat(Quartier, c.contrat),
        {
            (q["code"],): {
                "contrat": c.contrat,
                "code": q["code"],
                "code_qpv": q["code_qpv"],
                "nom": q["nom"],
                "type": q["type"],
                "secteur": secteurs[q["secteur"]] if q["secteur"] else None,
                "departement": q["departement"],
                "intercommunal": q["intercommunal"],
                "statut_2024": q.get("statut_2024", ""),
                "note": notes.get(q["code"], ""),
                "communes": [communes[(x,)] for x in q["communes"]],
                "recherche": _recherche(
                    q["nom"],
                    *q.get("alias", []),
                    q["code_qpv"] or "",
                    *(communes[(x,)].recherche for x in q["communes"]),
                ),
            }
            for q in c.donnees.quartiers
        },
        _par_code,
    )


def _financeurs(c: Chargement, communes: dict[Cle, Commune]) -> None:
    """Funders of the files; those added on screen are left alone."""
    existants = {f.code: f for f in _du_contrat(Financeur, c.contrat)}
    voulus = {
        (f["code"],): {
            "contrat": c.contrat,
            "code": f["code"],
            "nom": f["nom"],
            "sigle": f["sigle"],
            "type": TypeFinanceur(f["type"]),
            "departement": f["departement"],
            "commune": communes[(f["commune"],)] if f["commune"] else None,
            "engagements": f["engagements"],
        }
        for f in c.donnees.financeurs
    }
    c.aligner(Financeur, [f for k, f in existants.items() if (k,) in voulus], voulus, _par_code)
