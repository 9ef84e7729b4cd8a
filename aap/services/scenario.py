"""Scenarios: amounts tried beside the real ones, by several people at once (parcours.md §6).

Nothing here draws on an enveloppe: a scenario may exceed one, and says so. Only its promotion
writes real amounts, through ``services.arbitrage`` and its guards, all or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.erreurs import Conflit, Introuvable, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.montants import en_euros
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
SAISIES_MAX = 5000
CALCUL_EN_ROUTE = frozenset({EtatCalcul.DEMANDE, EtatCalcul.EN_COURS, EtatCalcul.ARRET_DEMANDE})

Montants = Mapping[int, tuple[int, int]]
"""Financement id -> (enveloppe id, cents)."""


@dataclass(frozen=True)
class SaisieScenario:
    """A cell of the board. ``vu``: number of the cell when the page was read, None unchecked."""

    financement_id: int
    montant: int | None
    enveloppe_id: int | None
    verrouille: bool = False
    motif_ecart: str = ""
    vu: int | None = None


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
    numero = _numero_suivant(scenario)
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
    numero = _numero_suivant(scenario)
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
    """Rows of a scenario, in a stable order (1 query)."""
    return db.session.scalars(
        select(MontantScenario)
        .where(MontantScenario.scenario_id == scenario.id)
        .order_by(MontantScenario.financement_id)
    ).all()


def _numero_suivant(scenario: Scenario) -> int:
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
    _exiger_brouillon(scenario)
    consigner(acteur, scenario, "scenario.supprimer", f"Scénario « {scenario.nom} » supprimé")
    db.session.delete(scenario)
    db.session.flush()


def _exiger_brouillon(scenario: Scenario) -> None:
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


def poser_montants(
    acteur: Acteur, scenario: Scenario, saisies: Sequence[SaisieScenario]
) -> list[MontantScenario]:
    """Write cells, all or none; returns those that changed.

    Raises Conflit (a cell changed since it was read: both values told), Invalide (not eligible,
    above the request without motif, unknown line), PasLeMoment (frozen, being calculated).
    """
    exiger(acteur, "scenario.modifier", scenario)
    if not saisies or len(saisies) > SAISIES_MAX:
        raise Invalide(f"Modifiez entre 1 et {SAISIES_MAX} montants à la fois.")
    numero = _numero_suivant(scenario)
    db.session.refresh(scenario)
    _exiger_brouillon(scenario)
    lignes, enveloppes = _lignes_visees(acteur, scenario, saisies), _enveloppes_visees(saisies)
    cellules = {m.financement_id: m for m in lignes_scenario(scenario)}
    _refuser_perimees(saisies, cellules, lignes)
    problemes = [p for s in saisies for p in _problemes(s, lignes, enveloppes)]
    if problemes:
        raise Invalide("Ces montants ne peuvent pas être enregistrés.", problemes)
    return [
        cellule
        for s in saisies
        if (cellule := _ecrire(acteur, scenario, s, cellules, numero)) is not None
    ]


def _lignes_visees(
    acteur: Acteur, scenario: Scenario, saisies: Sequence[SaisieScenario]
) -> dict[int, Financement]:
    ids = {s.financement_id for s in saisies}
    trouvees = {
        f.id: f
        for f in db.session.scalars(
            select(Financement)
            .join(Dossier, Dossier.id == Financement.dossier_id)
            .where(Financement.id.in_(sorted(ids)), Dossier.campagne_id == scenario.campagne_id)
            .options(
                joinedload(Financement.dossier).joinedload(Dossier.organisme),
                joinedload(Financement.financeur),
            )
        )
    }
    permises = {
        cle: f for cle, f in trouvees.items() if f.dossier.organisme_id not in acteur.deports
    }
    if ids - permises.keys():
        raise Introuvable("Une de ces lignes n’existe pas dans cette campagne.")
    return permises


def _enveloppes_visees(saisies: Sequence[SaisieScenario]) -> dict[int, Enveloppe]:
    ids = {s.enveloppe_id for s in saisies if s.enveloppe_id is not None}
    return {
        e.id: e
        for e in db.session.scalars(
            select(Enveloppe)
            .where(Enveloppe.id.in_(sorted(ids)))
            .options(
                selectinload(Enveloppe.communes),
                selectinload(Enveloppe.quartiers),
                selectinload(Enveloppe.orientations),
            )
        )
    }


def _refuser_perimees(
    saisies: Sequence[SaisieScenario],
    cellules: Mapping[int, MontantScenario],
    lignes: Mapping[int, Financement],
) -> None:
    phrases = []
    for s in saisies:
        cellule = cellules.get(s.financement_id)
        actuel = cellule.numero if cellule else 0
        if s.vu is None or s.vu == actuel or (cellule and _deja(cellule, s)):
            continue
        f = lignes[s.financement_id]
        phrases.append(
            f"{f.dossier.reference}, {f.financeur.sigle or f.financeur.nom}\u00a0: vous avez "
            f"saisi {_en_mots(s.montant)}, une autre personne vient d’écrire "
            f"{_en_mots(cellule.montant if cellule else None)}."
        )
    if phrases:
        raise Conflit(" ".join(phrases), "Choisissez le bon montant, puis enregistrez de nouveau.")


def _en_mots(montant: int | None) -> str:
    return "aucun montant" if montant is None else en_euros(montant)


def _motif(s: SaisieScenario) -> str:
    return nettoyer(s.motif_ecart, lignes=False).strip()[:500]


def _deja(cellule: MontantScenario, s: SaisieScenario) -> bool:
    """Both wrote the same: no conflict."""
    return (
        cellule.montant == s.montant
        and (s.montant is None or cellule.enveloppe_id == s.enveloppe_id)
        and cellule.verrouille == s.verrouille
        and cellule.motif_ecart == _motif(s)
    )


def _problemes(
    s: SaisieScenario, lignes: Mapping[int, Financement], enveloppes: Mapping[int, Enveloppe]
) -> list[Probleme]:
    if s.montant is None:
        return []
    f, champ = lignes[s.financement_id], f"ligne-{s.financement_id}"
    nom = f"{f.dossier.reference}, {f.financeur.sigle or f.financeur.nom}"
    if s.montant < 0:
        return [Probleme(f"{nom}\u00a0: le montant ne peut pas être négatif.", champ)]
    if f.dossier.etat not in REPARTIS or f.etat is not EtatFinancement.AVIS_RENDU:
        return [Probleme(f"{nom}\u00a0: cette ligne ne se répartit plus.", champ)]
    problemes = []
    if s.montant > f.montant_demande and not _motif(s):
        demande = en_euros(f.montant_demande)
        phrase = f"{nom}\u00a0: le montant dépasse la demande ({demande}), indiquez pourquoi."
        problemes.append(Probleme(phrase, champ))
    enveloppe = enveloppes.get(s.enveloppe_id) if s.enveloppe_id is not None else None
    if enveloppe is None:
        return [*problemes, Probleme(f"{nom}\u00a0: choisissez l’enveloppe qui paie.", champ)]
    raisons = raisons_contre_enveloppe(enveloppe, f, s.montant)
    return [*problemes, *(Probleme(f"{nom}\u00a0: {raison}", champ) for raison in raisons)]


def _ecrire(
    acteur: Acteur,
    scenario: Scenario,
    s: SaisieScenario,
    cellules: Mapping[int, MontantScenario],
    numero: int,
) -> MontantScenario | None:
    cellule = cellules.get(s.financement_id)
    if cellule is None:
        if s.montant is None and not s.verrouille:
            return None
        cellule = MontantScenario(scenario_id=scenario.id, financement_id=s.financement_id)
        db.session.add(cellule)
    elif _deja(cellule, s):
        return None
    cellule.montant = s.montant
    cellule.enveloppe_id = s.enveloppe_id if s.montant is not None else None
    cellule.verrouille = s.verrouille
    cellule.motif_ecart = _motif(s)
    cellule.numero = numero
    cellule.modifie_par_id = acteur.utilisateur_id
    cellule.modifie_le = maintenant()
    db.session.flush()
    return cellule


def remplacer_montants(acteur: Acteur, scenario: Scenario, montants: Montants) -> int:
    """Every amount of the scenario at once, locks kept (calculation, sharing rule, import).

    Returns how many cells changed. Raises PasLeMoment (frozen).
    """
    exiger(acteur, "scenario.modifier", scenario)
    numero = _numero_suivant(scenario)
    cellules = {m.financement_id: m for m in lignes_scenario(scenario)}
    changees = 0
    for ligne in sorted(cellules.keys() | montants.keys()):
        enveloppe, montant = montants.get(ligne, (None, None))
        cellule = cellules.get(ligne)
        if cellule is not None and cellule.verrouille:
            continue
        avant = (cellule.enveloppe_id, cellule.montant) if cellule else (None, None)
        saisie = SaisieScenario(ligne, montant, enveloppe)
        if avant != (enveloppe, montant) and _ecrire(acteur, scenario, saisie, cellules, numero):
            changees += 1
    return changees
