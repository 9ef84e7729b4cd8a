"""Daily tidying: finished jobs, old attempts, expired secrets."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import EtatTache, Jeton, SessionConnexion, Tache, TentativeConnexion
from aap.taches.registre import tache

GARDE_JOURS = 30


@tache("menage")
def menage() -> None:
    """Remove what has no more use: nothing of a dossier, nothing of the journal."""
    limite = maintenant() - timedelta(days=GARDE_JOURS)
    db.session.execute(delete(Tache).where(Tache.etat == EtatTache.FAITE, Tache.finie_le < limite))
    db.session.execute(delete(TentativeConnexion).where(TentativeConnexion.le < limite))
    db.session.execute(delete(Jeton).where(Jeton.expire_le < limite))
    db.session.execute(delete(SessionConnexion).where(SessionConnexion.vue_le < limite))
