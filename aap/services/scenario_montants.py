"""Cells of a scenario, written by several people: each sees what the other has just written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from aap.domaine.erreurs import Conflit, Introuvable, Invalide, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, Enveloppe, Financement, MontantScenario, Scenario
from aap.permissions import Acteur, exiger
from aap.requetes.eligibilite import raisons_contre_enveloppe
from aap.requetes.tableau import REPARTIS
from aap.services.scenario import (
    Montants,
    exiger_brouillon,
    lignes_scenario,
    numero_suivant,
)
from workflows.financement import EtatFinancement

SAISIES_MAX = 5000


@dataclass(frozen=True)
class SaisieScenario:
    """A cell of the board. ``vu``: number of the cell when the page was read, None unchecked."""

    financement_id: int
    montant: int | None
    enveloppe_id: int | None
    verrouille: bool = False
    motif_ecart: str = ""
    vu: int | None = None


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
    numero = numero_suivant(scenario)
    db.session.refresh(scenario)
    exiger_brouillon(scenario)
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
    numero = numero_suivant(scenario)
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
