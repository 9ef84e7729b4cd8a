"""Every day: bytes of the storage that no row cites, and uploads that nobody finished."""

from __future__ import annotations

import logging
from datetime import timedelta

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Televersement
from aap.requetes.stockage import cles_citees, televersements_anciens
from aap.services.televersement import DUREE, oublier
from aap.stockage import Objet, stockage
from aap.taches.registre import tache

journal = logging.getLogger("aap.stockage")
AGE = timedelta(hours=24)
# More than this at once is not litter: it is the wrong database, or a restored old one.
ORPHELINS_MAX, PART_MAX = 50, 20  # objects; per cent of the storage
GARDES = ("sante/",)
# Keys are drawn by secrets.token_urlsafe(24): 32 characters. Nothing else is touched.
LONGUEUR_CLE = 32


class PurgeRefusee(RuntimeError):
    """Too many bytes without a row: somebody must look before anything is erased."""


@tache("menage_stockage", essais_max=2)
def menage_stockage() -> None:
    """Erase what no row cites and is older than a day. Raises PurgeRefusee, erases nothing."""
    limite = maintenant() - AGE
    anciens: list[Televersement] = televersements_anciens(maintenant() - DUREE)
    oublier(anciens)
    citees = cles_citees()
    tout = [o for o in stockage().lister() if not o.chemin.startswith(GARDES)]
    orphelins = [o for o in tout if o.modifie_le < limite and _sans_ligne(o, citees)]
    if len(orphelins) > max(ORPHELINS_MAX, len(tout) * PART_MAX // 100):
        raise PurgeRefusee(
            f"{len(orphelins)} objets sur {len(tout)} n’ont pas de ligne : rien n’est effacé"
        )
    stockage().effacer_chemins(o.chemin for o in orphelins)
    if orphelins:
        journal.warning("%d objets sans ligne effacés du stockage", len(orphelins))


@tache("oublier_televersement", essais_max=3)
def oublier_televersement(televersement_id: int) -> None:
    """The pieces of an upload that was used; left here, the daily purge removes them."""
    televersement = db.session.get(Televersement, televersement_id)
    if televersement is not None:
        oublier([televersement])


def _sans_ligne(objet: Objet, citees: set[str]) -> bool:
    """Is this object one of ours (a file, a piece of upload), and cited by nobody?"""
    parties = objet.chemin.split("/")
    if parties[0] == "envois" and len(parties) == 3:
        return parties[1] not in citees
    cle = parties[-1]
    notre = len(parties) == 2 and len(cle) == LONGUEUR_CLE and cle.startswith(parties[0])
    return notre and cle not in citees
