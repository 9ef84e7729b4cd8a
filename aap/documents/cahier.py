"""Several documents as one PDF to print, with a bookmark for each.

For paper: the marks of accessibility stay in each document, which is one click away; pages copied
from several tagged documents would carry marks that lead nowhere, so they are taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pikepdf
from pikepdf import Dictionary, Name, OutlineItem, Pdf, String


def assembler_cahier(titre: str, documents: Sequence[tuple[str, bytes]]) -> tuple[bytes, int]:
    """(PDF, number of pages) of ``documents`` (title, bytes), in order; same input, same bytes."""
    with Pdf.new() as cahier:
        debuts: list[tuple[str, int]] = []
        for nom, octets in documents:
            debuts.append((nom, len(cahier.pages)))
            with Pdf.open(BytesIO(octets)) as source:
                cahier.pages.extend(source.pages)
        for page in cahier.pages:
            for cle in (Name.StructParents, Name.Tabs):
                if cle in page.obj:
                    del page.obj[cle]
        cahier.Root.Lang = String("fr-FR")
        cahier.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        cahier.docinfo[Name.Title] = String(titre)
        with cahier.open_outline() as plan:
            plan.root.extend(OutlineItem(nom, rang) for nom, rang in debuts)
        sortie = BytesIO()
        cahier.save(
            sortie, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
        return sortie.getvalue(), len(cahier.pages)
