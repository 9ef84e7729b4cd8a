"""What a special section holds, as plain data: its fingerprint, and is it begun?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from aap.models import Dossier


def _orientation(d: Dossier) -> Any:
    return [d.orientation_id, sorted(o.id for o in d.objectifs)]


def _quartiers(d: Dossier) -> Any:
    return sorted([q.quartier_id, q.part] for q in d.quartiers)


def _besoins(d: Dossier) -> Any:
    return sorted(o.id for o in d.objectifs_locaux)


def _indicateurs(d: Dossier) -> Any:
    return [[i.indicateur_evaluation_id, i.libelle, i.cible, i.mode_mesure] for i in d.indicateurs]


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
        ]
        for ligne in sorted(d.lignes, key=lambda x: (x.annee, x.rang))
    ]


CONTENUS: dict[str, Callable[[Dossier], Any]] = {
    "orientation": _orientation,
    "quartiers": _quartiers,
    "besoins": _besoins,
    "indicateurs": _indicateurs,
    "financeurs": _financeurs,
    "budget": _budget,
}


def empreinte_rubrique(dossier: Dossier, rubrique: str) -> str:
    """Short fingerprint of a special section as it is stored now (16 hex digits)."""
    contenu = json.dumps(CONTENUS[rubrique](dossier), ensure_ascii=False)
    return hashlib.sha256(contenu.encode()).hexdigest()[:16]
