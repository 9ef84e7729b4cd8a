"""Stored files: present, of the right size, with the right hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from aap.domaine.erreurs import Introuvable
from aap.models import EtatAnalyse, Fichier
from aap.requetes.invariants.socle import Ecart, Suivre, invariant, lignes
from aap.stockage import stockage


@invariant("fichier.stockage", "Chaque fichier est dans le stockage, entier et inchangé")
def _fichiers(suivre: Suivre) -> Iterator[Ecart]:
    """Read piece by piece: a file is never whole in memory. Raises Indisponible (storage).

    Files that the antivirus refused have no bytes left.
    """
    requete = (
        select(Fichier.id, Fichier.nom, Fichier.cle, Fichier.taille, Fichier.sha256)
        .where(Fichier.analyse != EtatAnalyse.INFECTE)
        .order_by(Fichier.id)
    )
    for i, nom, cle, taille, sha256 in suivre(lignes(requete)):
        message = _faute(cle, taille, sha256)
        if message:
            yield Ecart(f"fichier {i} ({nom})", message)


def _faute(cle: str, taille: int, sha256: str) -> str:
    lu, somme = 0, hashlib.sha256()
    try:
        for morceau in stockage().morceaux(cle):
            lu += len(morceau)
            somme.update(morceau)
    except Introuvable:
        return "absent du stockage"
    if lu != taille:
        return f"{lu} octets dans le stockage, {taille} attendus"
    if somme.hexdigest() != sha256:
        return "le contenu a changé depuis son dépôt"
    return ""
