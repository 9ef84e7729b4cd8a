"""When may a dossier be written on, and has somebody else written on it meanwhile?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Dossier
from aap.permissions import Acteur, exiger
from aap.requetes.rubriques import empreinte_rubrique
from workflows.dossier import EtatDossier

MODIFIABLES = frozenset({EtatDossier.BROUILLON, EtatDossier.A_COMPLETER})


def exiger_redaction(acteur: Acteur, dossier: Dossier) -> None:
    """Raise Interdit (not a member) or PasLeMoment (already in the funders' hands)."""
    exiger(acteur, "dossier.rediger", dossier)
    if dossier.etat in MODIFIABLES:
        return
    if dossier.etat is EtatDossier.EN_ATTENTE_SIGNATURE:
        raise PasLeMoment(
            "Ce dossier attend la signature : il n’est plus modifiable.",
            "Pour le corriger, reprenez d’abord la rédaction depuis la page « Vérifier ».",
        )
    raise PasLeMoment(
        f"Ce dossier n’est plus modifiable : il est « {dossier.etat.libelle('porteur')} ».",
        "Si une correction est nécessaire, écrivez aux instructeurs depuis la page du dossier.",
    )


def ecrire_rubrique(
    acteur: Acteur, dossier: Dossier, rubrique: str, empreinte: str | None = None
) -> None:
    """Take the dossier for writing ``rubrique``, whole sections being replaced at once.

    The row is locked and read again. ``empreinte``: what the page showed
    (``requetes.rubriques.empreinte_rubrique``); raises Conflit when it is not so any more.
    """
    exiger_redaction(acteur, dossier)
    verrouiller(dossier)
    exiger_redaction(acteur, dossier)
    if empreinte is not None and empreinte != empreinte_rubrique(dossier, rubrique):
        raise Conflit(
            "Une autre personne a modifié cette page pendant que vous y travailliez.",
            "Comparez avec la version enregistrée, puis enregistrez de nouveau pour garder la "
            "vôtre.",
        )
    dossier.modifie_le = maintenant()


def verrouiller(objet: Any) -> None:
    """Lock the row of ``objet`` for this transaction (PostgreSQL), then read it again.

    In two steps: a row loaded with outer joins cannot be refreshed FOR UPDATE.
    """
    db.session.flush()
    modele = type(objet)
    db.session.execute(select(modele.id).where(modele.id == objet.id).with_for_update())
    db.session.refresh(objet)
