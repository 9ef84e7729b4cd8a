"""When a dossier runs and when it ends: facts read on its lines."""

from __future__ import annotations

from aap.models import Dossier
from aap.permissions import Acteur
from aap.services.gardes import garde_de
from workflows.financement import EtatFinancement

ENGAGEES = frozenset(
    {
        EtatFinancement.ENGAGE,
        EtatFinancement.VERSE_PARTIEL,
        EtatFinancement.VERSE,
        EtatFinancement.JUSTIFIE,
        EtatFinancement.CLOS,
        EtatFinancement.A_REVERSER,
        EtatFinancement.REVERSE,
    }
)


@garde_de("dossier", "ligne_engagee")
def _ligne_engagee(_acteur: Acteur, dossier: Dossier) -> str | None:
    if any(f.etat in ENGAGEES for f in dossier.financements):
        return None
    return "Aucun financeur n’a encore signé l’acte qui accorde son aide."


@garde_de("dossier", "aucune_ligne_engagee")
def _aucune_ligne_engagee(_acteur: Acteur, dossier: Dossier) -> str | None:
    if any(f.etat in ENGAGEES for f in dossier.financements):
        return "Un financeur a déjà signé l’acte qui accorde son aide."
    return None


@garde_de("dossier", "lignes_terminees")
def _lignes_terminees(_acteur: Acteur, dossier: Dossier) -> str | None:
    reste = [f for f in dossier.financements if not f.etat.final]
    if not reste:
        return None
    noms = ", ".join(sorted(f.financeur.sigle or f.financeur.nom for f in reste))
    return f"Des aides ne sont pas terminées\u00a0: {noms}."
