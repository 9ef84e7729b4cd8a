"""What a special section holds, as plain data: its fingerprint, and is it begun?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aap.domaine.erreurs import Probleme
from aap.domaine.questionnaire import Profil, Section, questions_pour, sections_pour
from aap.models import Dossier


def _orientation(d: Dossier) -> Any:
    return [d.orientation_id, sorted(o.id for o in d.objectifs)]


def _quartiers(d: Dossier) -> Any:
    return sorted([q.quartier_id, q.part] for q in d.quartiers)


def _besoins(d: Dossier) -> Any:
    return sorted(o.id for o in d.objectifs_locaux)


def _indicateurs(d: Dossier) -> Any:
    return [
        [i.indicateur_evaluation_id, i.libelle, i.cible, i.mode_mesure]
        for i in sorted(d.indicateurs, key=lambda i: i.id)
    ]


def _financeurs(d: Dossier) -> Any:
    return sorted([f.financeur_id, f.origine.value, f.montant_demande] for f in d.financements)


def _budget(d: Dossier) -> Any:
    return [
        [
            ligne.annee,
            ligne.cote.value,
            ligne.compte,
            ligne.libelle,
            ligne.saisie,
            ligne.etat_produit.value if ligne.etat_produit else None,
            ligne.financement_id,
            ligne.origine.value if ligne.origine else None,
        ]
        for ligne in sorted(d.lignes, key=lambda x: (x.annee, x.rang))
    ]


def _budget_annees(d: Dossier) -> Any:
    return [ligne for ligne in _budget(d) if ligne[0] > 1]


CONTENUS: dict[str, Callable[[Dossier], Any]] = {
    "orientation": _orientation,
    "quartiers": _quartiers,
    "besoins": _besoins,
    "indicateurs": _indicateurs,
    "financeurs": _financeurs,
    "budget": _budget,
    "budget_annees": _budget_annees,
}


def empreinte_rubrique(dossier: Dossier, rubrique: str) -> str:
    """Short fingerprint of a special section as it is stored now (16 hex digits)."""
    contenu = json.dumps(CONTENUS[rubrique](dossier), ensure_ascii=False)
    return hashlib.sha256(contenu.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class EtatRubrique:
    """A line of the task list: what is missing, is it begun, where is it?"""

    section: Section
    manques: tuple[Probleme, ...]
    conseils: tuple[Probleme, ...]
    commencee: bool

    @property
    def faite(self) -> bool:
        return not self.manques

    @property
    def mot(self) -> str:
        if self.faite:
            return "Complet" if self.commencee else "Facultatif"
        return "À compléter" if self.commencee else "À faire"

    @property
    def ton(self) -> str:
        if self.faite:
            return "succes" if self.commencee else "neutre"
        return "attention" if self.commencee else "neutre"


def etats_rubriques(dossier: Dossier, problemes: Sequence[Probleme]) -> list[EtatRubrique]:
    """One line per section of this type of dossier, in the order of the form."""
    repondus = {r.champ for r in dossier.reponses if r.valeur}
    etats = []
    for section in sections_pour(dossier.profil):
        siens = [p for p in problemes if p.lien == section.code]
        champs = {q.code for q in questions_pour(section, dossier.profil)}
        etats.append(
            EtatRubrique(
                section,
                tuple(p for p in siens if p.bloquant),
                tuple(p for p in siens if not p.bloquant),
                bool(champs & repondus) or _commencee(dossier, section.code),
            )
        )
    return etats


def _commencee(dossier: Dossier, code: str) -> bool:
    contenu = CONTENUS.get(code)
    if contenu is None:
        return False
    brut = contenu(dossier)
    return any(brut) if code == "orientation" else bool(brut)


def voisines(profil: Profil | str, code: str) -> tuple[Section, Section | None]:
    """The section of a code and the next one. Raises KeyError for a code of another profile."""
    sections = sections_pour(profil)
    for i, section in enumerate(sections):
        if section.code == code:
            return section, sections[i + 1] if i + 1 < len(sections) else None
    raise KeyError(code)
