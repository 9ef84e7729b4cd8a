"""Column types shared by the models."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, TypeDecorator

# Money: integer cents, in the column and in Python (docs/decisions/0001).
Centimes = BigInteger


class DateUTC(TypeDecorator[datetime]):
    """An aware UTC instant on both databases (SQLite forgets time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("une date sans fuseau horaire ne peut pas être enregistrée")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_texte(classe: type[StrEnum], nom: str | None = None) -> Enum:
    """A text column limited by CHECK to the values of ``classe``; gives members back."""
    return Enum(
        classe,
        native_enum=False,
        create_constraint=True,
        length=40,
        validate_strings=True,
        name=nom or classe.__name__.lower(),
        values_callable=lambda c: [m.value for m in c],
    )


Json = dict[str, Any]
