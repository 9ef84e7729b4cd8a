"""Work that the clock asks for: rows of the job table with a key per period."""

from __future__ import annotations

from aap.domaine.horloge import a_paris, maintenant
from aap.services.taches import enfiler

# job -> strftime pattern of its period (one run per distinct value, Europe/Paris; the offset
# tells apart the two hours that bear the same name on the last Sunday of October)
PERIODIQUES: dict[str, str] = {
    "campagnes_a_l_heure": "%Y-%m-%dT%H:%M%z",
    "relances_quotidiennes": "%Y-%m-%d",
    "bilans_quotidiens": "%Y-%m-%d",
    "cachets_quotidiens": "%Y-%m-%d",
    "rappels_du_coffre": "%Y-%m-%d",
    "menage": "%Y-%m-%d",
    "menage_stockage": "%Y-%m-%d",
    "fichiers_en_attente": "%Y-%m-%dT%H%z",
    "sceller_journal": "%Y-%m-%d",
}


def planifier() -> None:
    """Enqueue what this minute and this day ask for (idempotent)."""
    instant = a_paris(maintenant())
    for nom, motif in PERIODIQUES.items():
        enfiler(nom, cle_unique=f"{nom}:{instant.strftime(motif)}")
