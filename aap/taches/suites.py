"""Jobs that follow what waits after the committee: appeals, votes of the funders.

They only tell: no line and no appeal is ever closed by a job.
"""

from __future__ import annotations

from sqlalchemy import select

from aap.extensions import db
from aap.models import Campagne, RoleHabilitation
from aap.requetes.recours import recours_a_suivre
from aap.requetes.votes_attendus import votes_attendus_de
from aap.services.avertissement import personnes_habilitees
from aap.services.campagne_horloge import avertir_coordination
from aap.services.courriel import deposer_courriel
from aap.services.recours import constater_silences
from aap.taches.campagnes import SEMAINE, relance


@relance("recours_silence")
def dire_silences() -> None:
    """Once a day, tell the porteurs whose appeal silence refuses."""
    constater_silences()


@relance("suites", SEMAINE)
def relancer_suites() -> None:
    """Once a week, open appeals and late votes: to the coordination, and to each funder its own."""
    campagnes = db.session.scalars(
        select(Campagne).where(Campagne.bac_a_sable.is_(False)).order_by(Campagne.id)
    ).all()
    for campagne in campagnes:
        recours = recours_a_suivre([campagne.id])
        votes = votes_attendus_de(campagne)
        if recours or votes:
            avertir_coordination(campagne, "suites_a_surveiller", recours=recours, votes=votes)
        for financeur_id in sorted({v.ligne.financeur_id for v in votes}):
            siens = [v for v in votes if v.ligne.financeur_id == financeur_id]
            for personne in personnes_habilitees(
                RoleHabilitation.FINANCE, campagne.contrat_id, financeur_id
            ):
                deposer_courriel(
                    personne,
                    "votes_attendus",
                    entite="campagne",
                    entite_id=campagne.id,
                    campagne=campagne,
                    votes=siens,
                    chemin="/finances/votes",
                )
