"""What the parties sign, as canonical data: the hash of an act is the hash of this."""

from __future__ import annotations

from aap.models import Convention
from aap.models.types import Json
from aap.requetes.revisions_budget import budget_en_vigueur


def contenu_convention(convention: Convention) -> Json:
    """Parties, object, amounts, schedule, budget and indicators (amounts in cents).

    ``modele``: the version of the funder's own text, absent from an act of the standard text.
    """
    dossier = convention.dossier
    organisme = convention.organisme
    return _modele(convention) | {
        "numero": convention.numero,
        "type": convention.type.value,
        "financeur": [convention.financeur.code, convention.financeur.nom],
        "organisme": [organisme.nom, organisme.siret],
        "dossier": dossier.numero,
        "objet": convention.objet,
        "periode": [
            jour.isoformat() if jour else None for jour in (dossier.date_debut, dossier.date_fin)
        ],
        "tranches": [[t.exercice, t.montant] for t in convention.tranches],
        "echeancier": convention.echeancier,
        "motif_circonstances": convention.motif_circonstances,
        "budget": [
            [x.cote.value, x.compte, x.libelle, x.montant]
            for x in budget_en_vigueur(dossier)
            if x.montant is not None
        ],
        "indicateurs": [
            [i.libelle, i.cible] for i in sorted(dossier.indicateurs, key=lambda i: i.id)
        ],
    }


def _modele(convention: Convention) -> Json:
    texte = convention.texte
    if texte is None:
        return {}
    m = texte.modele
    return {"modele": [m.type.value, m.numero, m.sha256, texte.jour.isoformat()]}
