"""Search in a contrat: what a visitor types leads to communes, quartiers and objectives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import (
    Commune,
    Contrat,
    Fiche,
    ObjectifLocal,
    Orientation,
    Quartier,
    SectionTheme,
)
from aap.requetes.explorateur import lister_quartiers

RESULTATS_MAX = 40


@dataclass(frozen=True)
class Trouvaille:
    """A search result: where it leads is (genre, code)."""

    genre: str
    code: str
    titre: str
    precision: str


def chercher(
    contrat: Contrat,
    texte: str,
    orientations: Iterable[Orientation],
    limite: int = RESULTATS_MAX,
) -> list[Trouvaille]:
    """Communes, quartiers, objectives; accents, hyphens, case ignored (4 queries).

    ``orientations``: the tree of the contrat (``arbre``), which the page shows too.
    """
    mots = normaliser(texte).split()
    if not mots:
        return []
    trouvailles = [
        *_communes_trouvees(contrat, mots),
        *(
            Trouvaille("quartier", q.code, q.nom, ", ".join(c.nom for c in q.communes))
            for q in lister_quartiers(contrat, recherche=texte)
        ),
        *_orientations_trouvees(orientations, mots),
        *_objectifs_locaux_trouves(contrat, mots),
    ]
    return trouvailles[:limite]


def _communes_trouvees(contrat: Contrat, mots: list[str]) -> list[Trouvaille]:
    requete = select(Commune).where(
        Commune.contrat_id == contrat.id,
        Commune.retire_le.is_(None),
        *(Commune.recherche.contains(m, autoescape=True) for m in mots),
    )
    return [
        Trouvaille("commune", c.code, c.nom, f"commune ({c.departement})")
        for c in sorted(db.session.scalars(requete), key=lambda c: normaliser(c.nom))
    ]


def _orientations_trouvees(
    orientations: Iterable[Orientation], mots: list[str]
) -> list[Trouvaille]:
    """Few rows: read them all and compare in the same normal form as the screens."""
    trouvailles = []
    for o in orientations:
        if all(m in normaliser(f"{o.code} {o.titre} {o.axe}") for m in mots):
            trouvailles.append(Trouvaille("orientation", o.code, o.titre, f"orientation {o.code}"))
        objectifs = [(s.code, s.titre) for s in o.objectifs_strategiques]
        objectifs += [
            (x.code, x.titre) for s in o.objectifs_strategiques for x in s.objectifs_operationnels
        ]
        trouvailles += [
            Trouvaille("orientation", o.code, titre, f"objectif {code}")
            for code, titre in objectifs
            if all(m in normaliser(f"{code} {titre}") for m in mots)
        ]
    return trouvailles


def _objectifs_locaux_trouves(contrat: Contrat, mots: list[str]) -> list[Trouvaille]:
    """Local objectives whose normalised text holds every word (about 2 000 rows are read)."""
    requete = (
        select(ObjectifLocal.texte, Quartier.code, Quartier.nom)
        .join(SectionTheme, SectionTheme.id == ObjectifLocal.section_id)
        .join(
            Fiche,
            or_(Fiche.id == SectionTheme.fiche_id, Fiche.themes_fiche_id == SectionTheme.fiche_id),
        )
        .join(Fiche.quartiers)
        .where(
            Quartier.contrat_id == contrat.id,
            *(m.retire_le.is_(None) for m in (ObjectifLocal, SectionTheme, Fiche, Quartier)),
        )
        .order_by(Quartier.nom, ObjectifLocal.id)
    )
    vus: set[tuple[str, str]] = set()
    trouvailles = []
    for texte, code, nom in db.session.execute(requete):
        if (code, texte) not in vus and all(m in normaliser(texte) for m in mots):
            vus.add((code, texte))
            trouvailles.append(Trouvaille("quartier", code, texte, f"objectif local, {nom}"))
    return trouvailles
