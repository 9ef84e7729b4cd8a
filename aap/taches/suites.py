"""Jobs that follow what waits after the committee: appeals, votes of the funders.

They only tell: no line and no appeal is ever closed by a job.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from aap.extensions import db
from aap.models import Campagne, Recours, RoleHabilitation, Utilisateur
from aap.permissions import charger_acteur
from aap.requetes.recours import recours_a_suivre
from aap.requetes.votes_attendus import VoteAttendu, votes_attendus_de
from aap.services.avertissement import personnes_habilitees
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
        for qui in personnes_habilitees(RoleHabilitation.COORDINATEUR, campagne.contrat_id):
            _ecrire(qui, campagne, "suites_a_surveiller", votes, recours)
        for financeur_id in sorted({v.ligne.financeur_id for v in votes}):
            siens = [v for v in votes if v.ligne.financeur_id == financeur_id]
            for qui in personnes_habilitees(
                RoleHabilitation.FINANCE, campagne.contrat_id, financeur_id
            ):
                _ecrire(qui, campagne, "votes_attendus", siens)


def _ecrire(
    personne: Utilisateur,
    campagne: Campagne,
    modele: str,
    votes: Sequence[VoteAttendu],
    recours: Sequence[Recours] = (),
) -> None:
    """One mail, without the dossiers of the organismes for which this person is set aside."""
    deports = charger_acteur(personne).deports
    siens = [v for v in votes if v.ligne.dossier.organisme_id not in deports]
    lus = [r for r in recours if r.dossier.organisme_id not in deports]
    if siens or lus:
        deposer_courriel(
            personne,
            modele,
            entite="campagne",
            entite_id=campagne.id,
            campagne=campagne,
            votes=siens,
            recours=lus,
            chemin="/coordination/recours" if lus else "/coordination/votes-attendus",
        )
