"""After a file was stored: its scan, its small picture; every hour, those that still wait."""

from __future__ import annotations

import logging
from datetime import timedelta

from aap.domaine.erreurs import Introuvable
from aap.domaine.horloge import maintenant
from aap.extensions import db, lecture_seule, reglages
from aap.models import EtatAnalyse, Fichier
from aap.pieces.antivirus import AntivirusInjoignable, Verdict, analyser
from aap.pieces.vignette import VignetteImpossible, vignette
from aap.services.fichier import declarer_infecte, declarer_sain, en_attente, fixer_vignette
from aap.services.taches import enfiler
from aap.stockage import stockage
from aap.taches.registre import tache

journal = logging.getLogger("aap.fichiers")
ATTENTE_MIN, ATTENTE_MAX = timedelta(seconds=30), timedelta(minutes=15)
# What the outside part of a job found, until its body writes it: same process, same thread.
_verdicts: dict[int, Verdict | None] = {}
_vignettes: dict[int, tuple[bytes, int | None] | None] = {}


def _lire(fichier_id: int) -> tuple[str, str, EtatAnalyse] | None:
    """(key, MIME type, state), read and let go: no transaction stays open."""
    with lecture_seule():
        fichier = db.session.get(Fichier, fichier_id)
        lu = (fichier.cle, fichier.type_mime, fichier.analyse) if fichier else None
        db.session.rollback()
    return lu


def _soumettre(fichier_id: int) -> None:
    """Have the scanner read the file; nothing is kept open meanwhile."""
    _verdicts.pop(fichier_id, None)
    lu = _lire(fichier_id)
    r = reglages()
    if lu is None or lu[2] is not EtatAnalyse.EN_ATTENTE or not r.antivirus:
        return
    try:
        _verdicts[fichier_id] = analyser(
            r.antivirus, stockage().morceaux(lu[0]), r.antivirus_delai_secondes
        )
    except AntivirusInjoignable as erreur:
        journal.warning("fichier %s : antivirus injoignable (%s)", fichier_id, erreur)
        _verdicts[fichier_id] = None


@tache("analyser_fichier", essais_max=20, dehors=_soumettre)
def analyser_fichier(fichier_id: int) -> None:
    """Write the verdict. No verdict: the file waits and the job comes back, for ever."""
    fichier = db.session.get(Fichier, fichier_id)
    if fichier is None or fichier.analyse is not EtatAnalyse.EN_ATTENTE:
        return
    if not reglages().antivirus:
        declarer_sain(fichier, analyse=False)
        return
    verdict = _verdicts.pop(fichier_id, None)
    if verdict is None:
        attente = min(max(maintenant() - fichier.depose_le, ATTENTE_MIN), ATTENTE_MAX)
        enfiler("analyser_fichier", {"fichier_id": fichier_id}, quand=maintenant() + attente)
    elif verdict.infecte:
        declarer_infecte(fichier, verdict.signature)
    else:
        declarer_sain(fichier)


@tache("fichiers_en_attente")
def fichiers_en_attente() -> None:
    """Every hour: a scan for each file that waits (its own job may have been given up)."""
    heure = maintenant().strftime("%Y-%m-%dT%H")
    for fichier_id in en_attente():
        enfiler(
            "analyser_fichier",
            {"fichier_id": fichier_id},
            cle_unique=f"analyser_fichier:{fichier_id}:{heure}",
        )


@tache("effacer_infecte", essais_max=20)
def effacer_infecte(fichier_id: int) -> None:
    """Once the refusal is written for good: no byte of the file stays."""
    fichier = db.session.get(Fichier, fichier_id)
    if fichier is not None and fichier.analyse is EtatAnalyse.INFECTE:
        stockage().effacer(fichier.cle)


def _dessiner(fichier_id: int) -> None:
    _vignettes.pop(fichier_id, None)
    lu = _lire(fichier_id)
    if lu is None or lu[2] in (EtatAnalyse.EN_ATTENTE, EtatAnalyse.INFECTE):
        return
    try:
        _vignettes[fichier_id] = vignette(lu[1], stockage().morceaux(lu[0]))
    except (VignetteImpossible, Introuvable) as erreur:
        journal.warning("fichier %s : pas de vignette (%s)", fichier_id, erreur)


@tache("produire_vignette", essais_max=3, dehors=_dessiner)
def produire_vignette(fichier_id: int) -> None:
    """Keep the small picture; a document that cannot be pictured has none, and that is all."""
    fichier = db.session.get(Fichier, fichier_id)
    image = _vignettes.pop(fichier_id, None)
    if fichier is None or image is None or fichier.vignette_cle is not None:
        return
    fixer_vignette(fichier, *image)
