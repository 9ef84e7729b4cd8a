"""What the QR code on each page of an act says: which act, which text, which page.

``<address of the site>/actes/<id>-<16 digits of the hash>#<page>/<pages>``: a telephone opens the
act, a scanner finds it again; ``/avenants/`` for an avenant, that has ids of its own. The code
opens nothing by itself: the page asks who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

LONGUEUR = 16
_FORME = re.compile(
    r"/(actes|avenants)/(\d{1,9})-([0-9a-f]{16})(?:#(\d{1,3})/(\d{1,3}))?$", re.ASCII
)
_NUMERO = re.compile(
    r"(?P<numero>\S+?)\s*[,;-]?\s*(?:avenant|av\.?)\s*(?:n°|no)?\s*(?P<rang>\d{1,3})",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class CodeActe:
    """``page`` and ``pages`` are 0 when the code does not say them.

    ``acte_id``: id of the act, or of the avenant when ``avenant``.
    """

    acte_id: int
    empreinte: str
    page: int = 0
    pages: int = 0
    avenant: bool = False

    @property
    def texte(self) -> tuple[bool, int, str]:
        """Which text of which act, whatever the page."""
        return self.avenant, self.acte_id, self.empreinte


def chemin_acte(acte_id: int, sha256: str, *, avenant: bool = False) -> str:
    """Path of the act on the site: « actes/12-3f2a91bc0d4e77aa »."""
    return f"{'avenants' if avenant else 'actes'}/{acte_id}-{sha256[:LONGUEUR]}"


def lire_numero(texte: str) -> tuple[str, int | None]:
    """(number of the act, rank of its avenant or None) as a person types them.

    « 2027-012 » -> ("2027-012", None); « 2027-012 avenant 1 » -> ("2027-012", 1).
    """
    net = " ".join(texte.split())
    trouve = _NUMERO.fullmatch(net)
    return (trouve["numero"], int(trouve["rang"])) if trouve else (net, None)


def lire_code(texte: str) -> CodeActe | None:
    """The act that a code names, None for any other code."""
    trouve = _FORME.search(texte.strip())
    if trouve is None:
        return None
    genre, acte, empreinte, page, pages = trouve.groups()
    return CodeActe(int(acte), empreinte, int(page or 0), int(pages or 0), genre == "avenants")


@dataclass
class Exemplaire:
    """Pages (from 1) of a scan that belong to one act; ``absentes``: pages of it not seen."""

    code: CodeActe
    pages: list[int] = field(default_factory=list)
    vues: set[int] = field(default_factory=set)

    @property
    def absentes(self) -> list[int]:
        return [n for n in range(1, self.code.pages + 1) if n not in self.vues]


def ranger_pages(pages: Sequence[Sequence[str]]) -> tuple[list[Exemplaire], list[int]]:
    """(copies found, pages that bear no code of an act), from the codes of each page.

    The pages of one copy follow one another or not: a copy starts anew when a page of it is seen
    a second time (two copies of one act in the same pile). Pages without a code are left apart:
    only a person can say what they belong to.
    """
    exemplaires: list[Exemplaire] = []
    illisibles: list[int] = []
    for rang, codes in enumerate(pages, 1):
        lus = [lu for lu in map(lire_code, codes) if lu is not None]
        if len({lu.texte for lu in lus}) != 1:
            illisibles.append(rang)
            continue
        code = lus[0]
        ouvert = next((e for e in reversed(exemplaires) if e.code.texte == code.texte), None)
        if ouvert is None or (code.page and code.page in ouvert.vues):
            ouvert = Exemplaire(code)
            exemplaires.append(ouvert)
        ouvert.pages.append(rang)
        ouvert.vues.add(code.page)
    return exemplaires, illisibles
