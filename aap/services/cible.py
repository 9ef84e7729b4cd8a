"""What the action aims at: orientation and objectifs, quartiers and their local objectives."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from aap.domaine.erreurs import Invalide
from aap.extensions import db
from aap.models import (
    Dossier,
    DossierQuartier,
    Fiche,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Orientation,
    Quartier,
    SectionTheme,
)
from aap.models.referentiel import fiche_quartier
from aap.permissions import Acteur
from aap.services.redaction import ecrire_rubrique

QUARTIERS_MAX = 60


def choisir_objectifs(
    acteur: Acteur,
    dossier: Dossier,
    orientation_id: int | None,
    ids: Sequence[int],
    *,
    empreinte: str | None = None,
) -> None:
    """The orientation aimed at and the objectifs opérationnels of that orientation.

    Raises Invalide for an objectif of another orientation or of another contrat, Conflit when
    the page is stale.
    """
    ecrire_rubrique(acteur, dossier, "orientation", empreinte)
    orientation = None
    if orientation_id is not None:
        orientation = db.session.scalar(
            select(Orientation).where(
                Orientation.id == orientation_id,
                Orientation.contrat_id == dossier.campagne.contrat_id,
                Orientation.retire_le.is_(None),
            )
        )
        if orientation is None:
            raise Invalide("Choisissez une orientation du contrat de ville.")
    objectifs = list(
        db.session.scalars(
            select(ObjectifOperationnel)
            .join(ObjectifStrategique)
            .where(
                ObjectifOperationnel.id.in_(set(ids)),
                ObjectifStrategique.orientation_id == orientation_id,
            )
            .order_by(ObjectifOperationnel.id)
        )
    )
    if len(objectifs) != len(set(ids)):
        raise Invalide("Un objectif choisi ne fait pas partie de cette orientation.")
    dossier.orientation = orientation
    dossier.objectifs = objectifs
    db.session.flush()


def choisir_quartiers(
    acteur: Acteur,
    dossier: Dossier,
    parts: dict[int, int | None],
    *,
    empreinte: str | None = None,
) -> None:
    """Quartiers aimed at, with the share of the public (percent, may be unknown).

    Local objectives of quartiers that are left out are dropped. Raises Invalide, Conflit.
    """
    ecrire_rubrique(acteur, dossier, "quartiers", empreinte)
    if len(parts) > QUARTIERS_MAX:
        raise Invalide(f"Choisissez {QUARTIERS_MAX} quartiers au plus.")
    connus = set(
        db.session.scalars(
            select(Quartier.id).where(
                Quartier.id.in_(parts),
                Quartier.contrat_id == dossier.campagne.contrat_id,
            )
        )
    )
    if connus != set(parts):
        raise Invalide("Un quartier choisi ne fait pas partie de ce contrat de ville.")
    if any(p is not None and not 0 <= p <= 100 for p in parts.values()):
        raise Invalide("La part du public dans un quartier va de 0 à 100 %.")
    if sum(p or 0 for p in parts.values()) > 100:
        raise Invalide("La somme des parts par quartier dépasse 100 %.")
    actuels = {q.quartier_id: q for q in dossier.quartiers}
    dossier.quartiers = [actuels.get(i) or DossierQuartier(quartier_id=i) for i in sorted(parts)]
    for lien in dossier.quartiers:
        lien.part = parts[lien.quartier_id]
    db.session.flush()
    db.session.expire(dossier, ["quartiers"])
    permis = set(objectifs_locaux_possibles(dossier))
    if any(o.id not in permis for o in dossier.objectifs_locaux):
        dossier.objectifs_locaux = [o for o in dossier.objectifs_locaux if o.id in permis]
        _fixer_theme(dossier)
    db.session.flush()


def fiches_des_quartiers(dossier: Dossier) -> list[int]:
    """Ids of the fiches whose themes speak for the quartiers aimed at.

    A commune's fiche may lend its themes to the fiche of a quartier.
    """
    ids = [q.quartier_id for q in dossier.quartiers]
    lignes = db.session.execute(
        select(Fiche.id, Fiche.themes_fiche_id)
        .join(fiche_quartier, fiche_quartier.c.fiche_id == Fiche.id)
        .where(fiche_quartier.c.quartier_id.in_(ids), Fiche.retire_le.is_(None))
    )
    return sorted({themes or fiche for fiche, themes in lignes})


def objectifs_locaux_possibles(dossier: Dossier) -> list[int]:
    """Ids of the operational local objectives of the quartiers aimed at."""
    return list(
        db.session.scalars(
            select(ObjectifLocal.id)
            .join(SectionTheme)
            .where(
                SectionTheme.fiche_id.in_(fiches_des_quartiers(dossier)),
                ObjectifLocal.niveau == "operationnel",
                ObjectifLocal.retire_le.is_(None),
            )
            .order_by(ObjectifLocal.id)
        )
    )


def choisir_objectifs_locaux(
    acteur: Acteur, dossier: Dossier, ids: Sequence[int], *, empreinte: str | None = None
) -> None:
    """The local objectives answered; sets the theme of the dossier to the most chosen one."""
    ecrire_rubrique(acteur, dossier, "besoins", empreinte)
    gardes = {o.id for o in dossier.objectifs_locaux}
    if not set(ids) <= set(objectifs_locaux_possibles(dossier)) | gardes:
        raise Invalide("Un objectif local choisi ne vient pas de la fiche d’un quartier visé.")
    dossier.objectifs_locaux = list(
        db.session.scalars(
            select(ObjectifLocal).where(ObjectifLocal.id.in_(set(ids))).order_by(ObjectifLocal.id)
        )
    )
    _fixer_theme(dossier)
    db.session.flush()


def _fixer_theme(dossier: Dossier) -> None:
    """The theme most chosen; the first one in the referentiel when two are equal."""
    sections = {o.section_id for o in dossier.objectifs_locaux}
    theme_de = {
        section: theme
        for section, theme in db.session.execute(
            select(SectionTheme.id, SectionTheme.theme_id).where(SectionTheme.id.in_(sections))
        )
    }
    themes = sorted(theme_de[o.section_id] for o in dossier.objectifs_locaux)
    dossier.theme_id = max(themes, key=themes.count) if themes else None
