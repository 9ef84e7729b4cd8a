"""Is everything that the application needs there?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import SigneDeVie
from aap.stockage import stockage

SILENCE_OUVRIER = timedelta(minutes=2)


def etat_de_sante() -> dict[str, Any]:
    """{pret, base, stockage, ouvrier}; never raises."""
    base = _base()
    depot = stockage().disponible()
    ouvrier = _ouvrier() if base else {"vu_le": None, "actif": False}
    return {
        "vivant": True,
        "base": base,
        "stockage": depot,
        "ouvrier": ouvrier,
        "pret": base and depot,
    }


def _base() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
        db.session.execute(select(SigneDeVie.ouvrier).limit(1))
    except DBAPIError:
        db.session.rollback()
        return False
    return True


def _ouvrier() -> dict[str, Any]:
    vu = db.session.scalar(select(func.max(SigneDeVie.vu_le)))
    return {
        "vu_le": vu.isoformat() if vu else None,
        "actif": bool(vu and maintenant() - vu < SILENCE_OUVRIER),
    }
