"""The plan de financement of a dossier after the decisions, for agents and for its porteur."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from aap.domaine.budget import calculer_totaux, plan_au
from aap.domaine.horloge import a_paris
from aap.domaine.plan_recalcule import PlanRecalcule, Source, Suite, recalculer_plan
from aap.domaine.regles import valeur_regle
from aap.models import Dossier, EtatProduit, Financement, LigneBudget
from aap.requetes.lignes_budget import lignes_de_budget
from aap.requetes.publication import LignePorteur, decision_publiee, lignes_porteur
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

E = EtatFinancement
DECIDES = frozenset({EtatDossier.PROGRAMME, EtatDossier.EN_EXECUTION, EtatDossier.CLOS})
SANS_REPONSE = frozenset({E.SOLLICITE, E.PRIS_EN_CHARGE, E.AVIS_RENDU, E.AJOURNE})
REFUSEES = frozenset({E.NON_RECEVABLE, E.REFUSE})


def suite_de(etat: EtatFinancement, montant: int | None) -> Suite:
    """What a funder's line says. ``montant``: cents retained today, None when nothing is."""
    if etat in REFUSEES:
        return Suite.REFUSEE
    if etat is E.RENONCE:
        return Suite.RENONCEE
    if not montant and etat in SANS_REPONSE:
        return Suite.ATTENDUE
    return Suite.RETENUE if etat in (E.AVIS_RENDU, E.ARBITRE) else Suite.ACCORDEE


def _de_l_appel(f: Financement, etat: EtatFinancement, montant: int | None) -> Source:
    suite = suite_de(etat, montant)
    return Source(f.financeur.nom, suite, f.montant_demande, montant or 0)


def _autres(dossier: Dossier) -> Iterable[Source]:
    """Produits outside the call: own money as one line, each other aid by its name."""
    plan = plan_au(a_paris(dossier.campagne.ouverture_le).date())
    propres = 0
    for x in _produits(dossier):
        compte = plan.trouver(x.compte, "produit")
        if compte is None or compte.contribution or not x.montant:
            continue
        if not compte.subvention:
            propres += x.montant
            continue
        sure = x.etat_produit is EtatProduit.ACQUIS
        suite = Suite.AUTRE_ACQUISE if sure else Suite.AUTRE_ENVISAGEE
        yield Source(x.libelle or compte.libelle, suite, x.montant, x.montant)
    if propres:
        yield Source("Ventes, cotisations et fonds propres", Suite.PROPRE, propres, propres)


def _produits(dossier: Dossier) -> list[LigneBudget]:
    return [
        x
        for x in dossier.lignes
        if x.annee == 1 and x.cote.value == "produit" and x.financement_id is None
    ]


def _plan(dossier: Dossier, aides: Iterable[Source]) -> PlanRecalcule:
    plan = plan_au(a_paris(dossier.campagne.ouverture_le).date())
    totaux = calculer_totaux(plan, lignes_de_budget(dossier.lignes))
    return recalculer_plan(
        totaux.charges,
        [*aides, *_autres(dossier)],
        seuil_viable=Fraction(int(valeur_regle(dossier.campagne, "seuil_viable")), 1000),
        seuil_fragile=Fraction(int(valeur_regle(dossier.campagne, "seuil_fragile")), 1000),
    )


def plan_en_seance(dossier: Dossier) -> PlanRecalcule:
    """With the amounts of the moment, published or not: for the committee only."""
    aides = [
        _de_l_appel(f, f.etat, f.montant_retenu)
        for f in sorted(dossier.financements, key=lambda f: f.id)
    ]
    return _plan(dossier, aides)


def plan_apres_decisions(dossier: Dossier) -> PlanRecalcule | None:
    """For the agents, once the committee programmed the dossier; None before."""
    return plan_en_seance(dossier) if dossier.etat in DECIDES else None


def plan_du_porteur(
    dossier: Dossier, lignes: list[LignePorteur] | None = None
) -> PlanRecalcule | None:
    """Only what was published; None before. ``lignes``: already read by the page."""
    if dossier.etat not in DECIDES or not decision_publiee(dossier):
        return None
    lues = lignes_porteur(dossier) if lignes is None else lignes
    return _plan(dossier, [_de_l_appel(x.financement, x.etat, x.montant) for x in lues])
