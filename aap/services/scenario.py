"""Scenarios: amounts tried beside the real ones, by several people at once (parcours.md §6).

Nothing here draws on an enveloppe: a scenario may exceed one, and says so. Only its promotion
writes real amounts, through ``services.arbitrage`` and its guards, all or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Enveloppe,
    EtatCalcul,
    Financement,
    MontantScenario,
    OrigineScenario,
    Scenario,
)
from aap.permissions import Acteur, exiger
from aap.requetes.eligibilite import raisons_contre_enveloppe
from aap.requetes.tableau import REPARTIS
from aap.services.journal import consigner
from aap.services.transition import verifier_version
from workflows.financement import EtatFinancement
from workflows.scenario import EtatScenario

NOM_MAX = 120
COMMENTAIRE_MAX = 5000
CALCUL_EN_ROUTE = frozenset({EtatCalcul.DEMANDE, EtatCalcul.EN_COURS, EtatCalcul.ARRET_DEMANDE})

Montants = Mapping[int, tuple[int, int]]
"""Financement id -> (enveloppe id, cents)."""


def creer_scenario(
    acteur: Acteur,
    campagne: Campagne,
    nom: str,
    origine: OrigineScenario,
    *,
    modele: Scenario | None = None,
    montants: Montants | None = None,
    commentaire: str = "",
) -> Scenario:
    """A new draft, filled from its origin: opinions, session, another scenario, ``montants``.

    Raises Invalide (name empty or already taken, model of another campaign).
    """
    exiger(acteur, "campagne.tenir_seance", campagne)
    if modele is not None and modele.campagne_id != campagne.id:
        raise Invalide("Ce scénario est celui d’une autre campagne.")
    scenario = Scenario(
        campagne_id=campagne.id,
        campagne=campagne,
        nom=_nom_libre(campagne, nom),
        commentaire=nettoyer(commentaire).strip()[:COMMENTAIRE_MAX],
        origine=origine,
        modele_id=modele.id if modele else None,
        auteur_id=acteur.utilisateur_id,
    )
    db.session.add(scenario)
    db.session.flush()
    if modele is not None:
        _copier(acteur, modele, scenario)
    else:
        _remplir(acteur, scenario, montants or _montants_de(campagne, origine))
    consigner(
        acteur,
        scenario,
        "scenario.creer",
        f"Scénario « {scenario.nom} » créé",
        donnees={"origine": origine.value, "modele": scenario.modele_id},
    )
    return scenario


def _nom_libre(campagne: Campagne, nom: str, sauf: int | None = None) -> str:
    propre = nettoyer(nom, lignes=False).strip()
    if not propre:
        raise Invalide("Donnez un nom au scénario.", [Probleme("Donnez un nom.", "nom")])
    if len(propre) > NOM_MAX:
        phrase = f"Un nom tient en {NOM_MAX} caractères."
        raise Invalide(phrase, [Probleme(phrase, "nom")])
    pris = db.session.scalar(
        select(Scenario.id).where(Scenario.campagne_id == campagne.id, Scenario.nom == propre)
    )
    if pris is not None and pris != sauf:
        phrase = "Un scénario de cette campagne porte déjà ce nom."
        raise Invalide(phrase, [Probleme(phrase, "nom")])
    return propre


def _lignes_de(campagne: Campagne) -> Sequence[Financement]:
    return db.session.scalars(
        select(Financement)
        .join(Dossier, Dossier.id == Financement.dossier_id)
        .where(
            Dossier.campagne_id == campagne.id,
            Dossier.etat.in_(REPARTIS),
            Financement.etat == EtatFinancement.AVIS_RENDU,
        )
        .order_by(Financement.id)
    ).all()


def _montants_de(campagne: Campagne, origine: OrigineScenario) -> Montants:
    """What the funders proposed (first enveloppe that may pay), or what the session holds."""
    if origine is OrigineScenario.SEANCE:
        return {
            f.id: (f.enveloppe_id, f.montant_arbitre)
            for f in _lignes_de(campagne)
            if f.montant_arbitre and f.enveloppe_id is not None
        }
    if origine is not OrigineScenario.AVIS:
        return {}
    enveloppes = db.session.scalars(
        select(Enveloppe)
        .where(Enveloppe.campagne_id == campagne.id)
        .options(
            selectinload(Enveloppe.communes),
            selectinload(Enveloppe.quartiers),
            selectinload(Enveloppe.orientations),
        )
        .order_by(Enveloppe.code)
    ).all()
    trouves = {}
    for f in _lignes_de(campagne):
        montant = f.montant_propose or 0
        possible = next(
            (e for e in enveloppes if montant and not raisons_contre_enveloppe(e, f, montant)),
            None,
        )
        if possible is not None:
            trouves[f.id] = (possible.id, montant)
    return trouves


def _remplir(acteur: Acteur, scenario: Scenario, montants: Montants) -> None:
    numero = numero_suivant(scenario)
    db.session.add_all(
        MontantScenario(
            scenario_id=scenario.id,
            financement_id=ligne,
            enveloppe_id=enveloppe,
            montant=montant,
            numero=numero,
            modifie_par_id=acteur.utilisateur_id,
        )
        for ligne, (enveloppe, montant) in montants.items()
    )
    db.session.flush()


def _copier(acteur: Acteur, modele: Scenario, scenario: Scenario) -> None:
    numero = numero_suivant(scenario)
    for m in lignes_scenario(modele):
        db.session.add(
            MontantScenario(
                scenario_id=scenario.id,
                financement_id=m.financement_id,
                enveloppe_id=m.enveloppe_id,
                montant=m.montant,
                motif_ecart=m.motif_ecart,
                verrouille=m.verrouille,
                numero=numero,
                modifie_par_id=acteur.utilisateur_id,
            )
        )
    scenario.parametres = dict(modele.parametres)
    db.session.flush()


def lignes_scenario(scenario: Scenario) -> Sequence[MontantScenario]:
    """Rows of a scenario as the database has them now, in a stable order (1 query)."""
    return db.session.scalars(
        select(MontantScenario)
        .where(MontantScenario.scenario_id == scenario.id)
        .order_by(MontantScenario.financement_id)
        .execution_options(populate_existing=True)
    ).all()


def numero_suivant(scenario: Scenario) -> int:
    """One more change. The row of the scenario is the queue of its writers, until their commit;
    its ``version`` is left alone: two people who edit different cells do not hinder each other."""
    db.session.execute(
        update(Scenario)
        .where(Scenario.id == scenario.id)
        .values(numero=Scenario.numero + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(scenario, ["numero"])
    return scenario.numero


def modifier_scenario(
    acteur: Acteur, scenario: Scenario, nom: str, commentaire: str, *, version: int | None = None
) -> None:
    """Rename or comment, even when frozen: the amounts alone are."""
    exiger(acteur, "scenario.modifier", scenario)
    verifier_version(scenario, version)
    scenario.nom = _nom_libre(scenario.campagne, nom, sauf=scenario.id)
    scenario.commentaire = nettoyer(commentaire).strip()[:COMMENTAIRE_MAX]
    db.session.flush()
    consigner(acteur, scenario, "scenario.modifier", "Nom ou commentaire du scénario modifié")


def supprimer_scenario(acteur: Acteur, scenario: Scenario, *, version: int | None = None) -> None:
    """Only a draft goes; what was frozen or retained stays as a proof."""
    exiger(acteur, "scenario.modifier", scenario)
    verifier_version(scenario, version)
    exiger_brouillon(scenario)
    consigner(acteur, scenario, "scenario.supprimer", f"Scénario « {scenario.nom} » supprimé")
    db.session.delete(scenario)
    db.session.flush()


def exiger_brouillon(scenario: Scenario) -> None:
    """Raises PasLeMoment: frozen, or being calculated."""
    if scenario.etat is not EtatScenario.BROUILLON:
        raise PasLeMoment(
            f"Ce scénario est « {scenario.etat.libelle('agent').lower()} »\u00a0: "
            "ses montants ne changent plus.",
            "Copiez-le pour essayer autre chose.",
        )
    if scenario.calcul in CALCUL_EN_ROUTE:
        raise PasLeMoment(
            "Une proposition est en train d’être calculée pour ce scénario.",
            "Attendez la fin du calcul, ou arrêtez-le.",
        )
