"""Appeals of refused porteurs: one refused, one admitted, one that waits for its examination."""

from __future__ import annotations

from sqlalchemy import select

from aap.demo.monde import Monde
from aap.demo.vies import signataire
from aap.domaine.recours import MotifRecours, SensRecours
from aap.extensions import db
from aap.models import Campagne, Dossier, Recours
from aap.permissions import charger_acteur
from aap.requetes.recours import examinateurs, refus_contestable
from aap.services.recours import (
    confier_examen,
    decider_recours,
    former_recours,
    rendre_rapport,
)
from workflows.dossier import EtatDossier

TEXTES = (
    "Le comité nous dit hors des priorités. Notre action répond pourtant à l’objectif local de la "
    "fiche du quartier. Nous demandons que le dossier soit relu.",
    "Le conseil citoyen a soutenu cette action le mois dernier\u00a0: son avis n’était pas encore "
    "joint. Nous demandons un nouvel examen.",
    "L’action n’était pas terminée au dépôt\u00a0: seule la première séance avait eu lieu. Nous "
    "joignons volontiers le calendrier.",
)


def contester(monde: Monde, campagne: Campagne) -> None:
    """As many as the refusals of this campaign allow; commits."""
    with monde.le(40):
        rejetes = _refuses(campagne, EtatDossier.REJETE)
        irrecevables = _refuses(campagne, EtatDossier.IRRECEVABLE)
    suites = (
        (rejetes[:1], TEXTES[0], SensRecours.REJETE),
        (rejetes[1:2], TEXTES[1], SensRecours.ADMIS),
        (irrecevables[:1], TEXTES[2], None),
    )
    for dossiers, texte, sens in suites:
        for dossier in dossiers:
            with monde.le(40):
                recours = former_recours(signataire(dossier), dossier, texte)
            if sens is not None:
                _traiter(monde, recours, sens)
    db.session.commit()


def _refuses(campagne: Campagne, etat: EtatDossier) -> list[Dossier]:
    lus = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.etat == etat)
        .order_by(Dossier.id)
    )
    return [d for d in lus if refus_contestable(d) is not None]


def _traiter(monde: Monde, recours: Recours, sens: SensRecours) -> None:
    """Examined by somebody who took no part in the refusal, then decided."""
    coordination = monde.acteur("coordination")
    admis = sens is SensRecours.ADMIS
    with monde.le(38):
        qui = examinateurs(recours)[0]
        confier_examen(coordination, recours, qui.utilisateur, "Seule personne disponible.")
    with monde.le(25):
        rapport = (
            "L’avis du conseil citoyen est favorable et n’avait pas été lu en séance."
            if admis
            else "Le recours n’apporte rien que le comité n’avait lu."
        )
        rendre_rapport(charger_acteur(qui.utilisateur), recours, sens, rapport)
    with monde.le(18):
        if admis:
            motif = "L’avis du conseil citoyen, favorable, n’avait pas été lu en séance."
            decider_recours(coordination, recours, sens, motif)
        else:
            motif = "L’objectif local cité était connu du comité, qui a préféré d’autres actions."
            decider_recours(coordination, recours, sens, motif, MotifRecours.ELEMENTS_CONNUS)
