"""Which text an act is made with: chosen once, on the day it is sent to signature."""

from __future__ import annotations

from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Convention, TexteActe
from aap.requetes.modeles_actes import version_en_vigueur


def prendre_texte(convention: Convention) -> None:
    """Tie the act to the version in force today; to nothing when the text is the standard one."""
    jour = aujourdhui()
    modele = version_en_vigueur(convention.financeur_id, convention.type, jour)
    convention.texte = TexteActe(modele=modele, jour=jour) if modele is not None else None
    db.session.flush()
