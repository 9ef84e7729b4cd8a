"""Loading the fiches of a contrat: figures, themes, local objectives, evaluation indicators."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select

from aap.extensions import db
from aap.models import (
    Commune,
    Fiche,
    IndicateurEvaluation,
    IndicateurQuartier,
    ObjectifLocal,
    Quartier,
    SectionTheme,
    Theme,
)
from aap.services.alignement import Chargement, Cle


def aligner_fiches(
    c: Chargement,
    communes: dict[Cle, Commune],
    quartiers: dict[Cle, Quartier],
    themes: dict[Cle, Theme],
) -> None:
    """The fiches of a contrat with their figures, sections and objectives."""
    notes = c.donnees.notes["fiches"]
    avant = list(db.session.scalars(select(Fiche).where(Fiche.contrat_id == c.contrat.id)))
    fiches = c.aligner(
        Fiche,
        avant,
        {
            (f["code"],): {
                "contrat_id": c.contrat.id,
                "code": f["code"],
                "type": f["type"],
                "titre": f["titre"],
                "commune": communes[(f["commune"],)] if f["commune"] else None,
                "quartiers": [quartiers[(q,)] for q in f["quartiers"]],
                "ambitions": f["ambitions"],
                "axes": f["axes"],
                "note": notes.get(f["code"], ""),
            }
            for f in c.donnees.fiches
        },
        lambda f: (f.code,),
    )
    _relier_themes(c, fiches, {f.code for f in avant})
    _chiffres(c, fiches)
    _sections(c, fiches, themes)


def _relier_themes(c: Chargement, fiches: dict[Cle, Fiche], connues: set[str]) -> None:
    """Once every fiche has its number, point to the one that holds its themes.

    ``connues``: the fiches that were there before; for the others it is part of the addition.
    """
    for f in c.donnees.fiches:
        fiche = fiches[(f["code"],)]
        cible = fiches[(f["themes_dans"],)].id if f["themes_dans"] else None
        if fiche.themes_fiche_id != cible:
            fiche.themes_fiche_id = cible
            if fiche.code in connues:
                c.rapport.changements.append(f"fiche {fiche.code} : themes_dans")


def _chiffres(c: Chargement, fiches: dict[Cle, Fiche]) -> None:
    notes = {i["code"]: i.get("note", "") for i in c.donnees.indicateurs}
    c.aligner(
        IndicateurQuartier,
        db.session.scalars(
            select(IndicateurQuartier).join(Fiche).where(Fiche.contrat_id == c.contrat.id)
        ),
        {
            (fiches[(f["code"],)].id, v["code"]): {
                "fiche_id": fiches[(f["code"],)].id,
                "code": v["code"],
                "valeur_milliemes": int(Decimal(v["valeur"]) * 1000),
                "unite": v["unite"],
                "annee": v["annee"],
                "ecarte": v.get("ecarte", False),
                "note": notes.get(v["code"], ""),
            }
            for f in c.donnees.fiches
            for v in f["indicateurs"]
        },
        lambda i: (i.fiche_id, i.code),
    )


def _sections(c: Chargement, fiches: dict[Cle, Fiche], themes: dict[Cle, Theme]) -> None:
    sections = c.aligner(
        SectionTheme,
        db.session.scalars(
            select(SectionTheme).join(Fiche).where(Fiche.contrat_id == c.contrat.id)
        ),
        {
            (fiches[(f["code"],)].id, themes[(t["theme"],)].id): {
                "fiche_id": fiches[(f["code"],)].id,
                "theme_id": themes[(t["theme"],)].id,
                "note": t.get("note", ""),
            }
            for f in c.donnees.fiches
            for t in f["themes"]
        },
        lambda s: (s.fiche_id, s.theme_id),
    )
    objectifs: dict[Cle, dict[str, Any]] = {}
    indicateurs: dict[Cle, dict[str, Any]] = {}
    for f in c.donnees.fiches:
        for t in f["themes"]:
            section = sections[(fiches[(f["code"],)].id, themes[(t["theme"],)].id)].id
            objectifs |= _objectifs(section, t["groupes"])
            for rang, texte in enumerate(t["indicateurs_evaluation"], 1):
                indicateurs[(section, texte, rang)] = {
                    "section_id": section,
                    "ordre": rang,
                    "texte": texte,
                }
    c.aligner(
        ObjectifLocal,
        db.session.scalars(_de_section(c, ObjectifLocal)),
        objectifs,
        lambda o: (o.section_id, o.niveau, o.texte, o.ordre),
    )
    c.aligner(
        IndicateurEvaluation,
        db.session.scalars(_de_section(c, IndicateurEvaluation)),
        indicateurs,
        lambda i: (i.section_id, i.texte, i.ordre),
    )


def _de_section(c: Chargement, modele: Any) -> Select[Any]:
    """The rows of the sections of this contrat, those of sections that leave included."""
    return select(modele).join(SectionTheme).join(Fiche).where(Fiche.contrat_id == c.contrat.id)


def _objectifs(section: int, groupes: list[dict[str, list[str]]]) -> dict[Cle, dict[str, Any]]:
    """Strategic and operational objectives of a section, in printed order."""
    voulus: dict[Cle, dict[str, Any]] = {}
    ordre = 0
    for groupe, ligne in enumerate(groupes, 1):
        for niveau, textes in (
            ("strategique", ligne["strategiques"]),
            ("operationnel", ligne["operationnels"]),
        ):
            for texte in textes:
                ordre += 1
                voulus[(section, niveau, texte, ordre)] = {
                    "section_id": section,
                    "niveau": niveau,
                    "groupe": groupe,
                    "ordre": ordre,
                    "texte": texte,
                }
    return voulus
