"""The plan de financement of a dossier after the decisions, for agents and for its porteur."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from aap.domaine.budget import PlanComptable
from aap.domaine.budget_revise import totaux_revision
from aap.domaine.plan_recalcule import PlanRecalcule, Source, Suite, recalculer_plan
from aap.domaine.regles import valeur_regle
from aap.models import Dossier, EtatProduit, Financement
from aap.requetes.publication import LignePorteur, decision_publiee, lignes_porteur
from aap.requetes.revisions_budget import plan_comptable, revision_acceptee
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


def _source(plan: PlanComptable, x: dict[str, Any]) -> Source | None:
    """A produit outside the call; None for what is no money (87) or an unknown account."""
    compte = plan.trouver(x["compte"], "produit")
    if compte is None or compte.contribution or not (x["prevu"] or x["montant"]):
        return None
    suite = Suite.PROPRE
    if compte.subvention:
        sure = x["etat"] == EtatProduit.ACQUIS.value
        suite = Suite.AUTRE_ACQUISE if sure else Suite.AUTRE_ENVISAGEE
    return Source(x["libelle"] or compte.libelle, suite, x["prevu"] or 0, x["montant"] or 0)


def _autres(plan: PlanComptable, lignes: Iterable[dict[str, Any]]) -> list[Source]:
    """Produits outside the call: each other aid by its name, then own money as one line."""
    lues = [s for x in lignes if x["cote"] == "produit" and (s := _source(plan, x))]
    propres = [s for s in lues if s.suite is Suite.PROPRE]
    autres = [s for s in lues if s.suite is not Suite.PROPRE]
    if propres:
        prevu, obtenu = sum(s.prevu for s in propres), sum(s.obtenu for s in propres)
        nom = "Ventes, cotisations et fonds propres"
        autres.append(Source(nom, Suite.PROPRE, prevu, obtenu))
    return autres


def _deposees(dossier: Dossier) -> list[dict[str, Any]]:
    return [
        {
            "cote": x.cote.value,
            "compte": x.compte,
            "libelle": x.libelle,
            "etat": x.etat_produit.value if x.etat_produit else "",
            "prevu": x.montant or 0,
            "montant": x.montant or 0,
        }
        for x in dossier.lignes
        if x.annee == 1 and x.financement_id is None
    ]


def _plan(dossier: Dossier, aides: Iterable[Source]) -> PlanRecalcule:
    """With the budget in force: the last revised one that was accepted, else the deposited."""
    plan = plan_comptable(dossier)
    acceptee = revision_acceptee(dossier)
    lignes = _deposees(dossier) if acceptee is None else acceptee.lignes
    totaux = totaux_revision(plan, lignes, 0)
    return recalculer_plan(
        totaux.charges,
        [*aides, *_autres(plan, lignes)],
        besoin_revise=None if acceptee is None else totaux.besoin,
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
