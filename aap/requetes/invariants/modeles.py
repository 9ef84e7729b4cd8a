"""Models of acts: a text in force is the one that was put in force, acts say which they took."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from aap.domaine.empreinte import empreinte
from aap.models import Convention, ModeleActe, TexteActe
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, objets


@invariant("modele.texte", "Le texte d’un modèle en vigueur est celui qui a été mis en vigueur")
def _textes(suivre: Suivre) -> Iterator[Ecart]:
    requete = select(ModeleActe).where(ModeleActe.effet_le.is_not(None)).order_by(ModeleActe.id)
    for m in suivre(objets(requete)):
        if empreinte(m.articles) != m.sha256:
            yield Ecart(f"modèle {m.id}", "le texte ne correspond pas à son empreinte")


@invariant("modele.actes", "Chaque acte dit la version du modèle dont il est fait, et la garde")
def _actes(suivre: Suivre) -> Iterator[Ecart]:
    requete = (
        select(Convention)
        .join(TexteActe, TexteActe.convention_id == Convention.id)
        .options(joinedload(Convention.texte).joinedload(TexteActe.modele))
        .order_by(Convention.id)
    )
    for acte in suivre(objets(requete)):
        texte = acte.texte
        dit = (acte.contenu or {}).get("modele")
        tenu = [texte.modele.type, texte.modele.numero, texte.modele.sha256, str(texte.jour)]
        if dit != tenu or texte.modele.financeur_id != acte.financeur_id:
            yield Ecart(f"acte {acte.numero}", f"version signée\u00a0: {dit}, gardée\u00a0: {tenu}")
