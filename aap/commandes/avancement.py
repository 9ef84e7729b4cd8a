"""Progress of a long command, drawn on a terminal and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")


def suivre(elements: Iterable[T], unite: str) -> Iterator[T]:
    """The elements, with a bar that counts them. tqdm is loaded by the commands that run, not by
    the server, which knows them all (2 MB)."""
    barre = import_module("tqdm").tqdm
    yield from barre(elements, unit=f" {unite}", leave=False, disable=not sys.stderr.isatty())
