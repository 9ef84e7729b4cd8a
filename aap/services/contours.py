"""Loading the outlines of the quartiers of a contrat: all or nothing, told line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from aap.domaine.horloge import maintenant
from aap.domaine.texte import normaliser
from aap.extensions import db
from aap.models import ContourQuartier, Contrat, Quartier
from aap.referentiel.contours import ContourLu, doublons, lire_contours
from aap.referentiel.lecture import ReferentielInvalide
from aap.referentiel.schema import Faute
from aap.services.alignement import Rapport


def charger_contours(contrat: Contrat, chemin: Path, *, ignorer_inconnus: bool = False) -> Rapport:
    """Store the outlines of a file; flushes. Matching by code QP, else by name.

    ``ignorer_inconnus``: a national file holds quartiers of other contrats, left aside. Raises
    ReferentielInvalide with every fault (then nothing is written).
    """
    lus = lire_contours(chemin)
    quartiers = db.session.scalars(
        select(Quartier).where(Quartier.contrat_id == contrat.id, Quartier.retire_le.is_(None))
    ).all()
    trouves = {c.rang: q for c in lus if (q := _trouver(c, quartiers)) is not None}
    fautes = doublons(chemin.name, lus, {rang: q.id for rang, q in trouves.items()})
    if not ignorer_inconnus:
        fautes += [
            Faute(
                chemin.name,
                f"features[{c.rang}]",
                "aucun quartier du contrat n’a ce code ni ce nom",
                c.code or c.nom,
            )
            for c in lus
            if c.rang not in trouves
        ]
    if not trouves and not fautes:
        fautes = [Faute(chemin.name, "features", "aucun quartier de ce contrat dans le fichier")]
    if fautes:
        raise ReferentielInvalide(fautes)
    return _poser(lus, trouves, chemin.name)


def _trouver(contour: ContourLu, quartiers: Sequence[Quartier]) -> Quartier | None:
    if contour.code:
        par_code = [q for q in quartiers if contour.code.upper() == (q.code_qpv or "")]
        par_code += [q for q in quartiers if contour.code == q.code]
        if par_code:
            return par_code[0]
    homonymes = [q for q in quartiers if normaliser(contour.nom) == normaliser(q.nom)]
    return homonymes[0] if contour.nom and len(homonymes) == 1 else None


def _poser(lus: list[ContourLu], trouves: dict[int, Quartier], source: str) -> Rapport:
    rapport = Rapport()
    for contour in lus:
        quartier = trouves.get(contour.rang)
        if quartier is None:
            continue
        pose = db.session.get(ContourQuartier, quartier.id)
        if pose is None:
            pose = ContourQuartier(quartier_id=quartier.id)
            db.session.add(pose)
            rapport.ajouts.append(f"contour {quartier.nom}")
        elif pose.surfaces == contour.surfaces:
            continue
        else:
            rapport.changements.append(f"contour {quartier.nom}")
        pose.surfaces = contour.surfaces
        pose.source = source[:200]
        pose.charge_le = maintenant()
    db.session.flush()
    return rapport
