"""What the database holds of a contrat, counted."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from aap.extensions import db
from aap.models import (
    Commune,
    Contrat,
    Fiche,
    IndicateurEvaluation,
    IndicateurQuartier,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    Secteur,
    SectionTheme,
)

Compte = Select[int]


def compter(contrat: Contrat) -> dict[str, int]:
    """French label -> number of rows in force, in reading order."""
    cid = contrat.id

    def direct(modele: type) -> Compte:
        return (
            select(func.count())
            .select_from(modele)
            .where(
                modele.contrat_id == cid,  # type: ignore[attr-defined]
                modele.retire_le.is_(None),  # type: ignore[attr-defined]
            )
        )

    par_fiche = Fiche.contrat_id == cid
    sections = select(func.count()).select_from(SectionTheme).join(Fiche).where(par_fiche)
    chiffres = select(func.count()).select_from(IndicateurQuartier).join(Fiche).where(par_fiche)
    requetes: dict[str, Compte] = {
        "orientations": direct(Orientation),
        "objectifs stratégiques": select(func.count())
        .select_from(ObjectifStrategique)
        .join(Orientation)
        .where(Orientation.contrat_id == cid, ObjectifStrategique.retire_le.is_(None)),
        "objectifs opérationnels": select(func.count())
        .select_from(ObjectifOperationnel)
        .join(ObjectifStrategique)
        .join(Orientation)
        .where(Orientation.contrat_id == cid, ObjectifOperationnel.retire_le.is_(None)),
        "quartiers": direct(Quartier),
        "communes": direct(Commune),
        "communes hors du territoire": direct(Commune).where(Commune.hors_perimetre),
        "secteurs": direct(Secteur),
        "fiches": direct(Fiche),
        "sections par thème": sections.where(SectionTheme.retire_le.is_(None)),
        "objectifs opérationnels locaux": select(func.count())
        .select_from(ObjectifLocal)
        .join(SectionTheme)
        .join(Fiche)
        .where(
            par_fiche, ObjectifLocal.niveau == "operationnel", ObjectifLocal.retire_le.is_(None)
        ),
        "indicateurs d’évaluation": select(func.count())
        .select_from(IndicateurEvaluation)
        .join(SectionTheme)
        .join(Fiche)
        .where(par_fiche, IndicateurEvaluation.retire_le.is_(None)),
        "valeurs d’indicateurs": chiffres.where(IndicateurQuartier.retire_le.is_(None)),
        "valeurs écartées (douteuses)": chiffres.where(
            IndicateurQuartier.ecarte, IndicateurQuartier.retire_le.is_(None)
        ),
    }
    return {nom: int(db.session.scalar(requete) or 0) for nom, requete in requetes.items()}
