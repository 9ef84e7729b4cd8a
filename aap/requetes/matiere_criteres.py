"""What the rules of the computed criteria read, for one dossier or for a whole campaign.

Everything is read at most once, when a rule first needs it: a constant number of queries however
many dossiers are computed. What comes from the contract's files is kept in the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select

from aap.domaine.besoin import Explication, Mesure
from aap.domaine.calculs import FaitsPorteur, cout_par_personne
from aap.domaine.horloge import a_paris, aujourdhui
from aap.domaine.regles import valeur_regle
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    CoteBudget,
    Dossier,
    Fiche,
    IndicateurQuartier,
    LigneBilan,
    ObjectifLocal,
    PrioriteOrientation,
    Quartier,
    SectionTheme,
    Theme,
)
from aap.models.referentiel import fiche_quartier, theme_orientation
from aap.requetes.memoire_contrat import du_contrat
from workflows.dossier import EtatDossier

MILLE = 1000
HORS_COMPARAISON = (EtatDossier.RETIRE, EtatDossier.CADUC, EtatDossier.SANS_SUITE)


class ThemeLu(NamedTuple):
    """A national theme, out of any session."""

    id: int
    titre: str


def mesures_du_contrat(contrat_id: int) -> list[Mesure]:
    """Every indicator of every quartier of the contrat (1 query).

    A value set aside by the referential is doubtful; so are two fiches that disagree on one
    quartier. Doubtful values are never used.
    """
    lignes = db.session.execute(
        select(
            Quartier.code,
            IndicateurQuartier.code,
            IndicateurQuartier.valeur_milliemes,
            IndicateurQuartier.ecarte,
        )
        .join(fiche_quartier, fiche_quartier.c.quartier_id == Quartier.id)
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .join(IndicateurQuartier, IndicateurQuartier.fiche_id == Fiche.id)
        .where(
            Quartier.contrat_id == contrat_id,
            Fiche.type == "quartier",
            Fiche.retire_le.is_(None),
            Quartier.retire_le.is_(None),
            IndicateurQuartier.retire_le.is_(None),
        )
        .order_by(Quartier.code, IndicateurQuartier.code, Fiche.code)
    ).all()
    valeurs: dict[tuple[str, str], set[tuple[int, bool]]] = {}
    for quartier, code, milliemes, ecarte in lignes:
        valeurs.setdefault((quartier, code), set()).add((milliemes, ecarte))
    mesures = []
    for (quartier, code), lues in valeurs.items():
        retenues = {v for v, ecarte in lues if not ecarte}
        douteuse = len(retenues) != 1
        milliemes = min(retenues or {v for v, _ in lues})
        mesures.append(Mesure(quartier, code, Fraction(milliemes, MILLE), douteuse))
    return mesures


def est_compare(dossier: Dossier) -> bool:
    """Is it among those whose costs are compared (same rule as ``Matiere.couts``)?"""
    return dossier.depose_le is not None and dossier.etat not in HORS_COMPARAISON


class Matiere:
    """Inputs of the rules for dossiers of one campaign.

    ``seul``: the only dossier to compute; comparisons are then read for its orientation and its
    organisme, instead of for the whole campaign.
    """

    def __init__(self, campagne: Campagne, seul: Dossier | None = None) -> None:
        self.campagne = campagne
        self.seul = seul
        self.besoins: dict[tuple[str, str], Explication] = {}

    @cached_property
    def mesures(self) -> list[Mesure]:
        return mesures_du_contrat(self.campagne.contrat_id)

    @cached_property
    def priorites(self) -> dict[int, int]:
        """Orientation id -> weight given by the campaign."""
        lignes = db.session.execute(
            select(PrioriteOrientation.orientation_id, PrioriteOrientation.poids).where(
                PrioriteOrientation.campagne_id == self.campagne.id
            )
        )
        return {orientation: poids for orientation, poids in lignes}

    @cached_property
    def taux_public_max(self) -> Fraction:
        return Fraction(int(valeur_regle(self.campagne, "taux_public_max")), MILLE)

    @cached_property
    def couts(self) -> dict[int, list[Fraction]]:
        """Orientation id -> costs per person of its deposited dossiers, in increasing order."""
        requete = select(Dossier.orientation_id, Dossier.total_charges, Dossier.beneficiaires)
        requete = requete.where(
            Dossier.campagne_id == self.campagne.id,
            Dossier.depose_le.is_not(None),
            Dossier.etat.not_in(HORS_COMPARAISON),
            Dossier.orientation_id.is_not(None),
            Dossier.beneficiaires > 0,
            Dossier.total_charges > 0,
        )
        if self.seul is not None:
            requete = requete.where(Dossier.orientation_id == self.seul.orientation_id)
        couts: dict[int, list[Fraction]] = {}
        for orientation, charges, personnes in db.session.execute(requete):
            cout = cout_par_personne(charges, personnes)
            if cout is not None and orientation is not None:
                couts.setdefault(orientation, []).append(cout)
        return {o: sorted(liste) for o, liste in couts.items()}

    def _des_organismes(self) -> ColumnElement[bool]:
        """Dossiers of the organismes concerned."""
        if self.seul is not None:
            return Dossier.organisme_id == self.seul.organisme_id
        concernes = select(Dossier.organisme_id).where(Dossier.campagne_id == self.campagne.id)
        return Dossier.organisme_id.in_(concernes)

    @cached_property
    def passes(self) -> dict[int, FaitsPorteur]:
        """Organisme id -> its bilans of the years before the campaign (2 queries)."""
        jour = aujourdhui()
        comptes: dict[int, list[int]] = {}
        for organisme, echeance, depose_le in db.session.execute(
            select(Dossier.organisme_id, Bilan.echeance, Bilan.depose_le)
            .join(Dossier, Dossier.id == Bilan.dossier_id)
            .where(
                self._des_organismes(),
                Bilan.exercice < self.campagne.exercice,
                or_(Bilan.echeance < jour, Bilan.depose_le.is_not(None)),
            )
        ):
            compte = comptes.setdefault(organisme, [0, 0])
            compte[0] += 1
            compte[1] += depose_le is not None and a_paris(depose_le).date() <= echeance
        depenses = self._depenses()
        return {
            organisme: FaitsPorteur(dus, a_l_heure, *depenses.get(organisme, (None, None, None)))
            for organisme, (dus, a_l_heure) in comptes.items()
        }

    def _depenses(self) -> dict[int, tuple[int, int, int]]:
        """Organisme id -> (planned, spent, year) of the last year it has reported, all its
        dossiers summed (1 query)."""
        derniers: dict[int, tuple[int, int, int]] = {}
        for organisme, exercice, prevu, realise in db.session.execute(
            select(
                Dossier.organisme_id,
                Bilan.exercice,
                func.sum(LigneBilan.prevu),
                func.sum(LigneBilan.realise),
            )
            .join(Bilan, Bilan.id == LigneBilan.bilan_id)
            .join(Dossier, Dossier.id == Bilan.dossier_id)
            .where(
                self._des_organismes(),
                Bilan.exercice < self.campagne.exercice,
                Bilan.depose_le.is_not(None),
                LigneBilan.cote == CoteBudget.CHARGE,
            )
            .group_by(Dossier.organisme_id, Bilan.exercice)
            .order_by(Bilan.exercice)
        ):
            if realise is not None:
                derniers[organisme] = (int(prevu), int(realise), exercice)
        return derniers

    @cached_property
    def themes(self) -> dict[int, list[ThemeLu]]:
        """Orientation id -> its themes in the contract's order (1 query, none once read)."""
        return du_contrat(self.campagne.contrat, "themes par orientation", self._lire_themes)

    def _lire_themes(self) -> dict[int, list[ThemeLu]]:
        themes: dict[int, list[ThemeLu]] = {}
        for orientation, ident, titre in db.session.execute(
            select(theme_orientation.c.orientation_id, Theme.id, Theme.titre)
            .join(Theme, theme_orientation.c.theme_id == Theme.id)
            .where(Theme.contrat_id == self.campagne.contrat_id)
            .order_by(Theme.ordre, Theme.id)
        ):
            themes.setdefault(orientation, []).append(ThemeLu(ident, titre))
        return themes

    def fiches(self, quartiers: Iterable[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """Quartier id -> fiches whose themes speak for it; fiche id -> themes it treats.

        One dossier reads its own quartiers, a campaign reads them all (2 queries, none once read).
        """
        if self.seul is None:
            return self._toutes_les_fiches
        ids = tuple(sorted(quartiers))
        contrat = self.campagne.contrat
        return du_contrat(contrat, ("fiches", ids), lambda: _sources_et_themes(ids))

    @cached_property
    def _toutes_les_fiches(self) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        ids = tuple(
            db.session.scalars(
                select(Quartier.id).where(Quartier.contrat_id == self.campagne.contrat_id)
            )
        )
        return _sources_et_themes(ids)


def _sources_et_themes(ids: tuple[int, ...]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Fiches of these quartiers, and the themes of these fiches (2 queries)."""
    sources: dict[int, set[int]] = {i: set() for i in ids}
    for quartier_id, fiche_id in db.session.execute(
        select(fiche_quartier.c.quartier_id, func.coalesce(Fiche.themes_fiche_id, Fiche.id))
        .join(Fiche, Fiche.id == fiche_quartier.c.fiche_id)
        .where(fiche_quartier.c.quartier_id.in_(ids), Fiche.retire_le.is_(None))
    ):
        sources[quartier_id].add(fiche_id)
    return sources, _themes_des_fiches({f for fiches in sources.values() for f in fiches})


def _themes_des_fiches(fiches: set[int]) -> dict[int, set[int]]:
    """Fiche id -> themes for which it prints at least one objective (1 query)."""
    themes: dict[int, set[int]] = {}
    for fiche_id, theme_id in db.session.execute(
        select(SectionTheme.fiche_id, SectionTheme.theme_id)
        .join(
            ObjectifLocal,
            and_(ObjectifLocal.section_id == SectionTheme.id, ObjectifLocal.retire_le.is_(None)),
        )
        .where(SectionTheme.fiche_id.in_(fiches), SectionTheme.retire_le.is_(None))
        .distinct()
    ):
        themes.setdefault(fiche_id, set()).add(theme_id)
    return themes
