"""Acts prepared, sent and printed together, slice by slice: each run asks for the next one."""

from __future__ import annotations

from dataclasses import dataclass

from aap import documents
from aap.extensions import db, lecture_seule
from aap.models import CahierActes, LotActes, Utilisateur
from aap.permissions import charger_acteur
from aap.requetes.lot_actes import actes_a_imprimer
from aap.services.lot_actes import abandonner_lot_actes, avancer_lot_actes
from aap.services.taches import enfiler
from aap.stockage import stockage
from aap.taches.registre import tache

PANNE = "Une panne a empêché cet acte\u00a0: recommencez pour cette aide."
CAHIER = 25


def _abandonner(_erreur: Exception, lot_id: int, auteur_id: int) -> None:
    lot = db.session.get(LotActes, lot_id)
    if lot is not None:
        abandonner_lot_actes(lot, PANNE)


@tache("avancer_lot_actes", abandon=_abandonner)
def avancer(lot_id: int, auteur_id: int) -> None:
    """With the rights that the person has at this very moment."""
    lot, auteur = db.session.get(LotActes, lot_id), db.session.get(Utilisateur, auteur_id)
    if lot is None or auteur is None:
        return
    if avancer_lot_actes(charger_acteur(auteur), lot):
        enfiler("avancer_lot_actes", {"lot_id": lot_id, "auteur_id": auteur_id})


@dataclass(frozen=True)
class _Imprime:
    """What the outside part made: the row to write, and the line to go on after (None: end)."""

    cahier: CahierActes | None
    suite: int | None


_imprimes: dict[tuple[int, str, int], _Imprime] = {}


def _imprimer(lot_id: int, demande: str, rang: int = 1, apres: int = 0) -> None:
    """Draw one booklet and store it; nothing is locked meanwhile."""
    cle = (lot_id, demande, rang)
    _imprimes.pop(cle, None)
    with lecture_seule():
        lignes = actes_a_imprimer(lot_id, apres, CAHIER + 1)
        suite = lignes[CAHIER - 1].id if len(lignes) > CAHIER else None
        actes = [x.convention for x in lignes[:CAHIER] if x.convention is not None]
        pages = [(f"Acte {a.numero}", documents.pdf_acte(a)) for a in actes]
        numeros = [a.numero for a in actes]
        db.session.rollback()
    if not pages:
        _imprimes[cle] = _Imprime(None, None)
        return
    titre = f"Actes {numeros[0]} à {numeros[-1]}"
    octets, nombre = documents.assembler_cahier(titre, pages)
    rangee, empreinte = stockage().ecrire(octets)
    _imprimes[cle] = _Imprime(
        CahierActes(
            lot_id=lot_id,
            rang=rang,
            cle=rangee,
            sha256=empreinte,
            actes=len(pages),
            pages=nombre,
            premier=numeros[0],
            dernier=numeros[-1],
        ),
        suite,
    )


def _renoncer(_erreur: Exception, lot_id: int, demande: str, **_suite: int) -> None:
    """The page offers the booklets again."""
    lot = db.session.get(LotActes, lot_id)
    if lot is not None and lot.impression_le and lot.impression_le.isoformat() == demande:
        lot.impression_le = None


@tache("imprimer_lot_actes", essais_max=3, dehors=_imprimer, abandon=_renoncer)
def imprimer(lot_id: int, demande: str, rang: int = 1, apres: int = 0) -> None:
    """Write what was drawn, unless the booklets were asked for again since."""
    fait = _imprimes.pop((lot_id, demande, rang), None)
    lot = db.session.get(LotActes, lot_id)
    perime = lot is None or lot.impression_le is None or lot.impression_le.isoformat() != demande
    if fait is None or perime or fait.cahier is None:
        return
    db.session.add(fait.cahier)
    if fait.suite is not None:
        suite = {"lot_id": lot_id, "demande": demande, "rang": rang + 1, "apres": fait.suite}
        enfiler("imprimer_lot_actes", suite)
    db.session.flush()
