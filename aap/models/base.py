"""Common columns of the models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from aap.domaine.horloge import maintenant
from aap.extensions import Base
from aap.models.types import DateUTC

__all__ = ["Base", "Horodate", "Versionne"]


class Horodate:
    """When the row was created and last changed (UTC)."""

    cree_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant)
    modifie_le: Mapped[datetime] = mapped_column(DateUTC, default=maintenant, onupdate=maintenant)


class Versionne:
    """Optimistic lock: a stale write raises StaleDataError instead of overwriting."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
