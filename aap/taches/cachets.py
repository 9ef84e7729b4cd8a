"""Sealing of the signed acts: the PDF is made and sealed outside any transaction, then kept."""

from __future__ import annotations

from pathlib import Path

from aap import documents
from aap.documents.cachet import CachetImpossible, PdfCachete, cacheter
from aap.domaine.horloge import maintenant
from aap.extensions import db, lecture_seule, reglages
from aap.models import Avenant, Cachet
from aap.services.cachet import noter_cachet, noter_echec, reprendre_cachets
from aap.taches.registre import tache

_faits: dict[int, PdfCachete | str] = {}


def _sceller(cachet_id: int) -> None:
    """Produce, then seal last; what prevents it is kept as a sentence."""
    _faits.pop(cachet_id, None)
    r = reglages()
    with lecture_seule():
        cachet = db.session.get(Cachet, cachet_id)
        octets = _produire(cachet) if cachet and cachet.fichier_id is None and r.cachet else None
        db.session.rollback()
    if octets is None:
        return
    try:
        _faits[cachet_id] = cacheter(octets, _pkcs12(r.cachet), r.cachet_mot_de_passe, maintenant())
    except CachetImpossible as erreur:
        _faits[cachet_id] = str(erreur)


def _produire(cachet: Cachet) -> bytes:
    objet = cachet.objet
    if isinstance(objet, Avenant):
        return documents.pdf_avenant(objet)
    return documents.pdf_acte(objet)


def _pkcs12(chemin: str) -> bytes:
    try:
        return Path(chemin).read_bytes()
    except OSError as erreur:
        raise CachetImpossible(
            "Le fichier du certificat ne se lit pas\u00a0: vérifiez AAP_CACHET."
        ) from erreur


@tache("apposer_cachet", essais_max=3, dehors=_sceller)
def apposer_cachet(cachet_id: int) -> None:
    """Write what was done; another process may have done it first."""
    fait = _faits.pop(cachet_id, None)
    cachet = db.session.get(Cachet, cachet_id, with_for_update=True, populate_existing=True)
    if cachet is None or fait is None:
        return
    if isinstance(fait, str):
        noter_echec(cachet, fait)
    else:
        noter_cachet(
            cachet,
            fait.octets,
            titulaire=fait.titulaire,
            serie=fait.serie,
            expire_le=fait.expire_le,
        )


@tache("cachets_quotidiens")
def cachets_quotidiens() -> None:
    """Every day: acts whose seal could not be put on."""
    reprendre_cachets()
