"""Signs of reading. Too many for the journal, and worth nothing as evidence: a row is enough."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert as _inserer_pg
from sqlalchemy.dialects.sqlite import insert as _inserer_sqlite

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Consultation, Dossier
from aap.permissions import Acteur, exiger


def signaler_presence(acteur: Acteur, dossier: Dossier) -> None:
    """This agent has the dossier before her eyes now; the first time is kept."""
    exiger(acteur, "dossier.signaler_presence", dossier)
    instant = maintenant()
    postgres = db.session.get_bind().dialect.name == "postgresql"
    inserer: Any = _inserer_pg if postgres else _inserer_sqlite
    db.session.execute(
        inserer(Consultation)
        .values(
            dossier_id=dossier.id,
            utilisateur_id=acteur.utilisateur_id,
            vu_le=instant,
            present_le=instant,
        )
        .on_conflict_do_update(
            index_elements=["dossier_id", "utilisateur_id"], set_={"present_le": instant}
        )
    )
