"""Drawing the articles of a funder's own model. Every text is escaped by ``Redaction``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aap.documents import tableaux
from aap.documents.donnees import ArticleActe, Echeance
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras, Morceau
from aap.domaine.fusion import Bloc, Liste, Paragraphe, Piece, Texte


def ecrire(
    r: Redaction,
    articles: Sequence[ArticleActe],
    echeancier: tuple[Echeance, ...],
    titrer: Callable[[str], None],
) -> None:
    """Articles numbered in sequence; ``titrer`` writes a heading of the right level."""
    for numero, article in enumerate(articles, start=1):
        titrer(f"Article {numero if numero > 1 else '1er'} – {article.titre}")
        for piece in article.pieces:
            _piece(r, piece, echeancier)


def _piece(r: Redaction, piece: Piece, echeancier: tuple[Echeance, ...]) -> None:
    match piece:
        case Paragraphe():
            r.p(*_morceaux(piece.morceaux))
        case Liste():
            r.liste([tuple(_morceaux(e)) for e in piece.elements])
        case Bloc(code="echeancier"):
            tableaux.echeancier(r, echeancier)
        case Bloc():
            r.libre(piece.texte)


def _morceaux(textes: Sequence[Texte]) -> list[Morceau]:
    """Runs of plain text are joined: typography sees whole sentences."""
    sortie: list[Morceau] = []
    for t in textes:
        if t.gras:
            sortie.append(Gras(t.texte))
        elif sortie and isinstance(sortie[-1], str):
            sortie[-1] += t.texte
        else:
            sortie.append(t.texte)
    return sortie
