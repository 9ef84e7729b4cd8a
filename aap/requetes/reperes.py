"""What helps to weigh a dossier: the year before, what else is asked, similar costs, the rules.

Read on its own page, so that the dossier itself stays quick: a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from aap.domaine.besoin import Explication, theme_de_calcul
from aap.domaine.calculs import (
    REGLES_CALCUL,
    SEMBLABLES_MIN,
    RegleCalcul,
    cout_par_personne,
    mediane_des_autres,
)
from aap.domaine.montants import en_euros
from aap.domaine.texte import accorder, typo
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    CoteBudget,
    Critere,
    Dossier,
    Financement,
    LigneBilan,
    ModeCritere,
)
from aap.permissions import Acteur
from aap.requetes.alertes import Alerte
from aap.requetes.criteres_calcules import CALCULS, theme_du_dossier
from aap.requetes.essai import hors_essai
from aap.requetes.matiere_criteres import HORS_COMPARAISON, Matiere, est_compare
from aap.requetes.perimetre import dossiers_lisibles
from workflows.bilan import EtatBilan
from workflows.socle import Ton

COUT_ELEVE = 2
AUTRES_MAX = 20


@dataclass(frozen=True)
class Annee:
    """One year of the action; amounts in cents, None when there is nothing to say."""

    dossier: Dossier
    demande: int
    propose: int | None
    vote: int | None
    depense: int | None
    bilan: EtatBilan | None


@dataclass(frozen=True)
class Autres:
    """Other dossiers of the same year that the reader may open, and how many she may not."""

    du_porteur: list[Dossier]
    meme_action: list[Dossier]
    hors_lecture: int

    @property
    def demande(self) -> int:
        return sum(d.montant_demande for d in self.du_porteur)


@dataclass(frozen=True)
class Cout:
    """Cents per person here, and the median of the similar dossiers (None: too few)."""

    sien: Fraction | None
    mediane: Fraction | None
    semblables: int

    @property
    def centimes(self) -> int | None:
        return None if self.sien is None else round(self.sien)

    @property
    def centimes_mediane(self) -> int | None:
        return None if self.mediane is None else round(self.mediane)

    @property
    def eleve(self) -> bool:
        return bool(self.sien and self.mediane and self.sien > COUT_ELEVE * self.mediane)


@dataclass(frozen=True)
class Repere:
    """A computed rule; ``critere`` when the grid of the campaign uses it."""

    regle: RegleCalcul
    explication: Explication
    critere: Critere | None


@dataclass(frozen=True)
class Reperes:
    annees: list[Annee]
    autres: Autres
    cout: Cout
    regles: list[Repere]
    theme: str | None
    alertes: list[Alerte]


def reperes(acteur: Acteur, dossier: Dossier) -> Reperes:
    """The whole page (about 15 queries, whatever the number of dossiers)."""
    matiere = Matiere(dossier.campagne, dossier)
    autres = autres_demandes(acteur, dossier)
    cout = cout_compare(dossier, matiere)
    theme, _ = theme_du_dossier(dossier, matiere)
    return Reperes(
        annees=annees(dossier),
        autres=autres,
        cout=cout,
        regles=regles_expliquees(dossier, matiere),
        theme=theme_de_calcul(theme.titre) if theme else None,
        alertes=alertes_comparees(autres, cout),
    )


def annees(dossier: Dossier) -> list[Annee]:
    """The year before beside this year, oldest first (2 queries)."""
    suivis = [d for d in (dossier.precedent, dossier) if d is not None]
    ids = [d.id for d in suivis]
    sommes = {
        i: (propose, vote)
        for i, propose, vote in db.session.execute(
            select(
                Financement.dossier_id,
                func.sum(Financement.montant_propose),
                func.sum(Financement.montant_vote),
            )
            .where(Financement.dossier_id.in_(ids))
            .group_by(Financement.dossier_id)
        )
    }
    bilans: dict[int, tuple[EtatBilan, int | None]] = {}
    for i, exercice, etat, realise in db.session.execute(
        select(Bilan.dossier_id, Bilan.exercice, Bilan.etat, func.sum(LigneBilan.realise))
        .outerjoin(
            LigneBilan,
            and_(
                LigneBilan.bilan_id == Bilan.id,
                LigneBilan.cote == CoteBudget.CHARGE,
                Bilan.depose_le.is_not(None),
            ),
        )
        .where(Bilan.dossier_id.in_(ids))
        .group_by(Bilan.id, Bilan.dossier_id, Bilan.exercice, Bilan.etat)
        .order_by(Bilan.exercice)
    ):
        del exercice
        bilans[i] = (etat, realise)
    return [
        Annee(
            d,
            d.montant_demande,
            _entier(sommes.get(d.id, (None, None))[0]),
            _entier(sommes.get(d.id, (None, None))[1]),
            _entier(bilans[d.id][1]) if d.id in bilans else None,
            bilans[d.id][0] if d.id in bilans else None,
        )
        for d in suivis
    ]


def _entier(valeur: int | None) -> int | None:
    return None if valeur is None else int(valeur)


def autres_demandes(acteur: Acteur, dossier: Dossier) -> Autres:
    """Same year, any call: what the organisme asks elsewhere, and the same action asked by others
    (same title, accents and case apart). Trials and withdrawn dossiers never count (2 queries)."""
    memes = [Dossier.organisme_id == dossier.organisme_id]
    if dossier.intitule_recherche:
        memes.append(Dossier.intitule_recherche == dossier.intitule_recherche)
    requete = (
        select(Dossier)
        .join(Campagne, Campagne.id == Dossier.campagne_id)
        .where(
            or_(*memes),
            Dossier.id != dossier.id,
            Campagne.exercice == dossier.campagne.exercice,
            Dossier.depose_le.is_not(None),
            Dossier.etat.not_in(HORS_COMPARAISON),
        )
        .order_by(Dossier.depose_le, Dossier.id)
    )
    if dossier.campagne.bac_a_sable:
        requete = requete.where(Dossier.campagne_id == dossier.campagne_id)
    else:
        requete = requete.where(hors_essai())
    lisibles = db.session.scalars(
        requete.where(dossiers_lisibles(acteur))
        .options(joinedload(Dossier.campagne), joinedload(Dossier.organisme))
        .limit(AUTRES_MAX)
    ).all()
    tous = db.session.scalar(
        select(func.count()).select_from(
            requete.where(Campagne.contrat_id == dossier.campagne.contrat_id)
            .where(~dossiers_lisibles(acteur), Dossier.organisme_id == dossier.organisme_id)
            .order_by(None)
            .subquery()
        )
    )
    return Autres(
        [d for d in lisibles if d.organisme_id == dossier.organisme_id],
        [d for d in lisibles if d.organisme_id != dossier.organisme_id],
        tous or 0,
    )


def cout_compare(dossier: Dossier, matiere: Matiere) -> Cout:
    """Cost per person against the deposited dossiers of the same orientation (1 query)."""
    sien = cout_par_personne(dossier.total_charges, dossier.beneficiaires)
    semblables = matiere.couts.get(dossier.orientation_id or 0, [])
    retire = sien if est_compare(dossier) else None
    nombre = len(semblables) - (retire is not None)
    mediane = mediane_des_autres(semblables, retire) if nombre >= SEMBLABLES_MIN else None
    return Cout(sien, mediane, nombre)


def regles_expliquees(dossier: Dossier, matiere: Matiere) -> list[Repere]:
    """Every rule with its numbers, those of the grid first in its order."""
    grille = dossier.campagne.grille
    criteres: Sequence[Critere] = grille.criteres if grille else ()
    par_regle = {c.code.partition("_")[0]: c for c in criteres if c.mode is ModeCritere.CALCULE}
    ordre = [cle for cle in par_regle if cle in REGLES_CALCUL]
    ordre += [cle for cle in REGLES_CALCUL if cle not in par_regle]
    return [
        Repere(REGLES_CALCUL[cle], CALCULS[cle](dossier, matiere), par_regle.get(cle))
        for cle in ordre
    ]


def alertes_comparees(autres: Autres, cout: Cout) -> list[Alerte]:
    """What only a comparison shows; the other alerts are those of ``requetes.alertes``."""
    trouvees = []
    if autres.du_porteur:
        demandes = accorder(len(autres.du_porteur), "autre dossier", "autres dossiers")
        trouvees.append(
            f"L’organisme a transmis {demandes} pour le même exercice, "
            f"pour {en_euros(autres.demande)} demandés."
        )
    if autres.hors_lecture:
        ailleurs = accorder(autres.hors_lecture, "autre dossier", "autres dossiers")
        trouvees.append(
            f"L’organisme a aussi {ailleurs} dans ce contrat, que vous n’instruisez pas."
        )
    for d in autres.meme_action:
        trouvees.append(f"Le même intitulé est demandé par {d.organisme.nom} ({d.reference}).")
    if cout.eleve and cout.sien is not None and cout.mediane is not None:
        trouvees.append(
            f"Coût par personne de {en_euros(round(cout.sien))}, plus du double de la médiane des "
            f"{cout.semblables} dossiers semblables ({en_euros(round(cout.mediane))})."
        )
    return [Alerte(Ton.ATTENTION, typo(t)) for t in trouvees]


def comparaisons(acteur: Acteur, dossier: Dossier) -> list[Alerte]:
    """Only the alerts, for the dossier's page (4 queries)."""
    return alertes_comparees(
        autres_demandes(acteur, dossier), cout_compare(dossier, Matiere(dossier.campagne, dossier))
    )
