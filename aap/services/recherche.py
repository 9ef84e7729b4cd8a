"""What the search of the agents' list reads: the answers of a dossier, without accents or case.

Answers only change for the agents when the dossier is transmitted: the key is written then.
"""

from __future__ import annotations

from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import Dossier, RechercheDossier
from aap.permissions import Acteur
from aap.services.transition import effet


@effet("dossier", "transmettre")
@effet("dossier", "retransmettre")
def _indexer(_acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    indexer(dossier)


def indexer(dossier: Dossier) -> None:
    """Write the search key of this dossier again."""
    lues = sorted(dossier.reponses, key=lambda r: r.champ)
    texte = " ".join(normaliser(r.valeur) for r in lues if r.valeur)
    cle = db.session.get(RechercheDossier, dossier.id)
    if cle is None:
        db.session.add(RechercheDossier(dossier_id=dossier.id, texte=texte))
    else:
        cle.texte = texte
