"""The acts offered on the screens of instruction: which service does them, where they lead.

The same table of transitions draws the buttons and accepts the click; only the acts of this
room are listed here, those of the committee and of the finances have rooms of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from aap.models import Dossier, Fichier, Financement
from aap.permissions import Acteur, may
from aap.requetes.examen import examen_ouvert
from aap.services import instruction, recevabilite
from aap.services.transition import Bouton, boutons, franchir
from workflows.financement import EtatFinancement

Acte = Callable[[Acteur, Any, str, int], object]


def _sans_motif(service: Callable[..., object]) -> Acte:
    return lambda acteur, objet, _motif, version: service(acteur, objet, version=version)


def _avec_motif(service: Callable[..., object]) -> Acte:
    return lambda acteur, objet, motif, version: service(acteur, objet, motif, version=version)


def _direct(declencheur: str) -> Acte:
    return lambda acteur, objet, motif, version: franchir(
        acteur, objet, declencheur, motif=motif, version=version
    )


ACTES_DOSSIER: dict[str, Acte] = {
    "prendre_en_instruction": _sans_motif(recevabilite.prendre_en_instruction),
    "declarer_irrecevable": _avec_motif(recevabilite.declarer_irrecevable),
    "lever_la_demande": _avec_motif(recevabilite.lever_la_demande),
    "clore_instruction": _sans_motif(instruction.clore_instruction),
    "reprendre_instruction": _avec_motif(instruction.reprendre_instruction),
    "classer_sans_suite": _avec_motif(instruction.classer_sans_suite),
}
ACTES_LIGNE: dict[str, Acte] = {
    "prendre_en_charge": _sans_motif(recevabilite.prendre_en_charge),
    "declarer_non_recevable": _avec_motif(recevabilite.declarer_ligne_non_recevable),
    "reexaminer": _direct("reexaminer"),
    "admettre_recours": _direct("admettre_recours"),
}
PRINCIPAUX = frozenset({"prendre_en_instruction", "clore_instruction"})
LIGNES_A_AVIS = frozenset(
    {EtatFinancement.SOLLICITE, EtatFinancement.PRIS_EN_CHARGE, EtatFinancement.AVIS_RENDU}
)


@dataclass(frozen=True)
class Action:
    """A button: ``page`` True when it opens a page (reason, confirmation), else it posts."""

    libelle: str
    url: str
    page: bool
    possible: bool
    raison: str
    genre: str
    aide: str


def _action(bouton: Bouton, url: str, page: bool) -> Action:
    t = bouton.transition
    genre = "danger" if t.danger else "secondaire"
    if t.declencheur in PRINCIPAUX:
        genre = "principal"
    raison = " ".join(bouton.raisons)
    return Action(t.libelle, url, page, bouton.possible, raison, genre, t.aide)


def actions_dossier(acteur: Acteur, dossier: Dossier) -> list[Action]:
    """What the reader may do on the dossier, with the reason when it is not possible now."""
    actions = []
    for b in boutons(acteur, dossier):
        nom = b.transition.declencheur
        if nom == "demander_complements":
            url = url_for("instruction.complements", dossier_id=dossier.id)
            actions.append(_action(b, url, True))
        elif nom in ACTES_DOSSIER:
            url = url_for("instruction.acte_dossier", dossier_id=dossier.id, declencheur=nom)
            actions.append(_action(b, url, b.transition.motif_requis or b.transition.danger))
    return sorted(actions, key=_rang)


def _rang(action: Action) -> int:
    """What goes on first, what must wait or ends the dossier last; else the order of the table."""
    if not action.possible:
        return 2
    return {"principal": 0, "danger": 3}.get(action.genre, 1)


def _action_avis(acteur: Acteur, ligne: Financement) -> Action | None:
    """Give or change the funder's opinion: one page, whatever the state of its line."""
    if ligne.etat not in LIGNES_A_AVIS or not may(acteur, "financement.rendre_avis", ligne):
        return None
    url = url_for("instruction.avis_ligne", financement_id=ligne.id)
    libelle = "Modifier l’avis" if ligne.etat is EtatFinancement.AVIS_RENDU else "Rendre l’avis"
    ouvert = examen_ouvert(ligne.dossier)
    raison = "" if ouvert else "L’avis se rend pendant l’instruction du dossier."
    attendu = ouvert and ligne.etat is not EtatFinancement.AVIS_RENDU
    return Action(libelle, url, True, ouvert, raison, "principal" if attendu else "secondaire", "")


def actions_ligne(acteur: Acteur, ligne: Financement) -> list[Action]:
    """What the reader may do on a funder's line (her own funder's, unless coordination)."""
    avis = _action_avis(acteur, ligne)
    actions = [avis] if avis else []
    for b in boutons(acteur, ligne, ACTES_LIGNE):
        nom = b.transition.declencheur
        url = url_for("instruction.acte_ligne", financement_id=ligne.id, declencheur=nom)
        actions.append(_action(b, url, b.transition.motif_requis or b.transition.danger))
    return sorted(actions, key=_rang)


def lien_fichier(acteur: Acteur, fichier: Fichier) -> str | None:
    """Address of the guarded download, None for who may not read this file."""
    if not may(acteur, "fichier.lire", fichier):
        return None
    return url_for("technique.telecharger", fichier_id=fichier.id)
