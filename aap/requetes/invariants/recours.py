"""Appeals: legal days as the law computes them, states that agree with what was decided."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from aap.domaine.recours import SensRecours, dernier_jour, jour_de_silence
from aap.models import Evenement, Recours
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes, objets
from aap.requetes.recours import OBJETS

LEVEES = "dossier.admettre_recours"


@invariant("recours.delais", "Les délais de chaque recours sont ceux de la loi")
def _delais(suivre: Suivre) -> Iterator[Ecart]:
    for r in suivre(objets(select(Recours).order_by(Recours.id))):
        if r.limite_le != dernier_jour(r.notifiee_le):
            yield Ecart(f"recours {r.id}", f"dernier jour gardé\u00a0: {r.limite_le:%d/%m/%Y}")
        if r.silence_le != jour_de_silence(r.recu_le):
            yield Ecart(f"recours {r.id}", f"jour du silence gardé\u00a0: {r.silence_le:%d/%m/%Y}")


@invariant("recours.ouvert", "Un recours en cours porte sur un refus qui tient toujours")
def _ouverts(suivre: Suivre) -> Iterator[Ecart]:
    requete = (
        select(Recours)
        .where(Recours.decide_le.is_(None))
        .options(joinedload(Recours.dossier))
        .order_by(Recours.id)
    )
    for r in suivre(objets(requete)):
        if OBJETS.get(r.dossier.etat) is not r.objet:
            yield Ecart(
                f"recours {r.id}", f"le dossier est «\u00a0{r.dossier.etat.libelle('agent')}\u00a0»"
            )


@invariant("recours.levees", "Chaque refus levé l’est par un recours admis, et un seul")
def _levees(suivre: Suivre) -> Iterator[Ecart]:
    admis = (
        select(Recours.dossier_id, func.count().label("combien"))
        .where(Recours.sens == SensRecours.ADMIS)
        .group_by(Recours.dossier_id)
        .subquery()
    )
    levees = (
        select(Evenement.entite_id.label("dossier_id"), func.count().label("combien"))
        .where(Evenement.acte == LEVEES)
        .group_by(Evenement.entite_id)
        .subquery()
    )
    requete = select(
        func.coalesce(admis.c.dossier_id, levees.c.dossier_id),
        func.coalesce(admis.c.combien, 0),
        func.coalesce(levees.c.combien, 0),
    ).select_from(admis.outerjoin(levees, admis.c.dossier_id == levees.c.dossier_id, full=True))
    for dossier_id, admises, faites in suivre(lignes(requete)):
        if admises != faites:
            yield Ecart(f"dossier {dossier_id}", f"{admises} recours admis, {faites} refus levés")
