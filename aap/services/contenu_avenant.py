"""What the parties of an avenant sign, as canonical data: its hash is the hash of this."""

from __future__ import annotations

from aap.models import Avenant
from aap.models.types import Json
from aap.requetes.avenants import fin_action, tranches_apres


def contenu_avenant(avenant: Avenant) -> Json:
    """Convention amended (with its hash), reason, every exercice before and after, period.

    ``tranches``: [exercice, cents before or null, cents after]; ``fin``: [before, after].
    """
    convention = avenant.convention
    return {
        "convention": [convention.numero, convention.sha256],
        "numero": avenant.numero_avenant,
        "financeur": [convention.financeur.code, convention.financeur.nom],
        "organisme": [convention.organisme.nom, convention.organisme.siret],
        "objet": avenant.objet,
        "tranches": [[t.exercice, t.avant, t.apres] for t in tranches_apres(avenant)],
        "objectifs": [
            [e["exercice"], e["objectifs_avant"], e["objectifs"]]
            for e in avenant.effets
            if "objectifs" in e
        ],
        "fin": [fin_action(convention).isoformat(), avenant.fin.isoformat()]
        if avenant.fin
        else None,
        "acte": [
            avenant.acte_type,
            avenant.acte_numero,
            avenant.acte_date.isoformat() if avenant.acte_date else None,
        ],
    }
