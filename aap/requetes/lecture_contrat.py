"""How the contract reads a draft, in words for its porteur: orientation, theme, fiches.

The same correspondences as the computed criteria (``criteres_calcules``), without any score:
what meets, what does not, and what would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from aap.domaine.besoin import Correspondance
from aap.domaine.montants import INSECABLE
from aap.domaine.texte import enumerer
from aap.extensions import db
from aap.models import Commune, Dossier, Fiche, Orientation, Quartier, SectionTheme, Theme
from aap.models.referentiel import fiche_quartier, theme_orientation
from aap.requetes.criteres_calcules import ThemeLu, correspondances
from aap.requetes.memoire_contrat import du_contrat

AUTRES_MAX = 5
VERDICTS = {
    Correspondance.OBJECTIF: ("succes", "répond à un objectif local"),
    Correspondance.THEME: ("attente", "même thème, aucun objectif local choisi"),
    Correspondance.AUCUNE: ("attention", "la fiche ne parle pas de ce thème"),
    Correspondance.SANS_FICHE: ("neutre", "le contrat n’a pas d’objectifs pour ce quartier"),
}


@dataclass(frozen=True)
class LectureQuartier:
    """One quartier of the dossier. ``quoi_faire``: what would meet, empty when it meets."""

    quartier: Quartier
    correspondance: Correspondance
    fiches: Sequence[str]
    quoi_faire: str = ""

    @property
    def ton(self) -> str:
        return VERDICTS[self.correspondance][0]

    @property
    def verdict(self) -> str:
        return VERDICTS[self.correspondance][1]


@dataclass(frozen=True)
class LectureContrat:
    """``phrases``: what is aimed at; ``quartiers``: how each fiche meets it."""

    phrases: Sequence[str]
    quartiers: Sequence[LectureQuartier]

    @property
    def ecarts(self) -> list[LectureQuartier]:
        """Quartiers whose fiche does not speak of the theme of the action."""
        return [q for q in self.quartiers if q.correspondance is Correspondance.AUCUNE]


def entre_guillemets(texte: str) -> str:
    return f"«{INSECABLE}{texte}{INSECABLE}»"


def lire_par_le_contrat(dossier: Dossier) -> LectureContrat | None:
    """The reading of a draft; None before an orientation or a quartier (7 queries,
    none once the same aim was read)."""
    if dossier.orientation is None and not dossier.quartiers:
        return None
    contrat = dossier.campagne.contrat
    o, ids = dossier.orientation_id, tuple(sorted(q.quartier_id for q in dossier.quartiers))
    themes = du_contrat(contrat, ("en vigueur", o), lambda: _themes_de_l_orientation(o))
    lus = correspondances(dossier) if dossier.orientation is not None else {}
    fiches = du_contrat(contrat, ("titres", ids), lambda: _fiches(ids))
    par_fiche: dict[int, list[tuple[str, str]]] = {}
    ailleurs: list[str] = []
    if Correspondance.AUCUNE in lus.values():
        par_fiche = du_contrat(contrat, ("par fiche", ids), lambda: _themes_par_quartier(ids))
        voulus = (dossier.theme_id,) if dossier.theme_id else tuple(t.id for t in themes)
        ailleurs = du_contrat(
            contrat, ("ailleurs", ids, voulus), lambda: _ailleurs(dossier, voulus)
        )
    liens = sorted(dossier.quartiers, key=lambda q: (q.quartier.nom, q.quartier_id))
    return LectureContrat(
        _phrases(dossier, themes),
        [
            LectureQuartier(
                x.quartier,
                lus[x.quartier_id],
                fiches.get(x.quartier_id, []),
                _quoi_faire(lus[x.quartier_id], par_fiche.get(x.quartier_id, []), ailleurs),
            )
            for x in liens
            if x.quartier_id in lus
        ],
    )


def _phrases(dossier: Dossier, themes: Sequence[ThemeLu]) -> list[str]:
    if dossier.orientation is None:
        return ["Aucune orientation n’est encore choisie : la lecture est incomplète."]
    o = dossier.orientation
    phrases = [f"Orientation visée : {o.titre} ({o.code})."]
    if dossier.objectifs:
        codes = sorted(x.code for x in dossier.objectifs)
        mot = "Objectif retenu" if len(codes) == 1 else "Objectifs retenus"
        phrases.append(f"{mot} : {enumerer(codes)}.")
    else:
        phrases.append("Aucun objectif du contrat n’est encore coché.")
    if dossier.theme is not None:
        choisi = entre_guillemets(dossier.theme.titre)
        phrases.append(f"Thème lu dans les objectifs locaux cochés : {choisi}.")
    elif themes:
        noms = enumerer([entre_guillemets(t.titre) for t in themes], "ou")
        phrases.append(f"Thème de cette orientation dans les fiches de quartier : {noms}.")
    else:
        phrases.append("Cette orientation est transversale : aucun thème des fiches n’y est lié.")
    if dossier.theme is not None and themes and dossier.theme_id not in {t.id for t in themes}:
        phrases.append(
            "Ce thème n’est pas celui de l’orientation visée : vérifiez l’orientation, ou cochez "
            f"des objectifs locaux du thème {enumerer([t.titre for t in themes], 'ou')}."
        )
    return phrases


def _quoi_faire(
    lue: Correspondance, themes: Sequence[tuple[str, str]], ailleurs: Sequence[str]
) -> str:
    """What would meet, in one or two sentences."""
    if lue is Correspondance.THEME:
        return "Cochez dans sa fiche l’objectif auquel l’action répond."
    if lue is not Correspondance.AUCUNE:
        return ""
    dits = [f"{entre_guillemets(titre)} ({codes})" for titre, codes in themes]
    phrase = f"Sa fiche demande des actions sur {enumerer(dits)}." if dits else ""
    if ailleurs:
        phrase += f" Les fiches de {enumerer(list(ailleurs))} parlent de ce que vous visez."
    return phrase.strip()


def _themes_de_l_orientation(orientation_id: int | None) -> Sequence[ThemeLu]:
    if orientation_id is None:
        return []
    return [
        ThemeLu(*t)
        for t in db.session.execute(
            select(Theme.id, Theme.titre)
            .join(theme_orientation, theme_orientation.c.theme_id == Theme.id)
            .where(theme_orientation.c.orientation_id == orientation_id, Theme.retire_le.is_(None))
            .order_by(Theme.ordre, Theme.id)
        )
    ]


def _fiches(ids: Sequence[int]) -> dict[int, list[str]]:
    """Quartier id -> titles of its fiches."""
    titres: dict[int, list[str]] = {}
    for quartier_id, titre in db.session.execute(
        select(fiche_quartier.c.quartier_id, Fiche.titre)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .where(
            fiche_quartier.c.quartier_id.in_(ids),
            Fiche.retire_le.is_(None),
        )
        .order_by(Fiche.code)
    ):
        titres.setdefault(quartier_id, []).append(titre)
    return titres


def _themes_par_quartier(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Quartier id -> (theme of its fiches, codes of the orientations that it serves)."""
    lignes = db.session.execute(
        select(fiche_quartier.c.quartier_id, Theme.titre, Orientation.code)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .join(
            SectionTheme,
            SectionTheme.fiche_id == func.coalesce(Fiche.themes_fiche_id, Fiche.id),
        )
        .join(Theme, Theme.id == SectionTheme.theme_id)
        .outerjoin(theme_orientation, theme_orientation.c.theme_id == Theme.id)
        .outerjoin(Orientation, Orientation.id == theme_orientation.c.orientation_id)
        .where(
            fiche_quartier.c.quartier_id.in_(ids),
            Fiche.retire_le.is_(None),
            SectionTheme.retire_le.is_(None),
        )
        .order_by(Theme.ordre, Orientation.ordre)
    )
    codes: dict[int, dict[str, list[str]]] = {}
    for quartier_id, titre, code in lignes:
        deja = codes.setdefault(quartier_id, {}).setdefault(titre, [])
        if code and code not in deja:
            deja.append(code)
    return {
        quartier_id: [(titre, enumerer(vus) or "sans orientation") for titre, vus in par.items()]
        for quartier_id, par in codes.items()
    }


def _ailleurs(dossier: Dossier, voulus: Sequence[int]) -> list[str]:
    """Other quartiers of the same communes whose fiches speak of what is aimed at (five)."""
    choisis = [q.quartier_id for q in dossier.quartiers]
    communes = {c.id for q in dossier.quartiers for c in q.quartier.communes}
    return list(
        db.session.scalars(
            select(Quartier.nom)
            .join(fiche_quartier, fiche_quartier.c.quartier_id == Quartier.id)
            .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
            .join(
                SectionTheme,
                SectionTheme.fiche_id == func.coalesce(Fiche.themes_fiche_id, Fiche.id),
            )
            .where(
                Quartier.contrat_id == dossier.campagne.contrat_id,
                Quartier.id.not_in(choisis),
                Quartier.retire_le.is_(None),
                Quartier.communes.any(Commune.id.in_(communes)),
                Fiche.retire_le.is_(None),
                SectionTheme.retire_le.is_(None),
                SectionTheme.theme_id.in_(voulus),
            )
            .distinct()
            .order_by(Quartier.nom)
            .limit(AUTRES_MAX)
        )
    )
