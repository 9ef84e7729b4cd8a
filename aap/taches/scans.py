"""Reading of a scan that holds several signed acts: outside any transaction, then written."""

from __future__ import annotations

import logging
from datetime import timedelta

from aap.domaine.horloge import maintenant
from aap.extensions import db, lecture_seule
from aap.models import EtatAnalyse, EtatScan, Scan
from aap.pieces.qr import LectureImpossible, lire_codes
from aap.services.scan import noter_illisible, noter_lecture
from aap.services.taches import enfiler
from aap.stockage import stockage
from aap.taches.registre import tache

journal = logging.getLogger("aap.scans")
ATTENTE = timedelta(seconds=30)
PAS_LUS = (EtatAnalyse.EN_ATTENTE, EtatAnalyse.INFECTE)
_lus: dict[int, list[list[str]] | None] = {}


def _regarder(scan_id: int) -> None:
    """Read the codes; nothing is kept open meanwhile."""
    _lus.pop(scan_id, None)
    with lecture_seule():
        scan = db.session.get(Scan, scan_id)
        a_lire = scan is not None and scan.etat is EtatScan.A_LIRE
        pret = scan is not None and scan.fichier.analyse not in PAS_LUS
        cle = scan.fichier.cle if scan is not None else ""
        db.session.rollback()
    if not a_lire or not pret:
        return
    try:
        _lus[scan_id] = lire_codes("application/pdf", stockage().morceaux(cle))
    except LectureImpossible as erreur:
        journal.warning("scan %s : illisible (%s)", scan_id, erreur)
        _lus[scan_id] = None


def _abandonner(_erreur: Exception, scan_id: int) -> None:
    scan = db.session.get(Scan, scan_id)
    if scan is not None:
        noter_illisible(scan)


@tache("lire_scan", essais_max=3, dehors=_regarder, abandon=_abandonner)
def lire_scan(scan_id: int) -> None:
    """Write what was read. A file that waits for the antivirus is read once it has passed."""
    scan = db.session.get(Scan, scan_id)
    if scan is None or scan.etat is not EtatScan.A_LIRE:
        return
    if scan.fichier.analyse is EtatAnalyse.EN_ATTENTE:
        enfiler("lire_scan", {"scan_id": scan_id}, quand=maintenant() + ATTENTE)
        return
    codes = _lus.pop(scan_id, None)
    if codes is None:
        noter_illisible(scan)
    else:
        noter_lecture(scan, codes)
