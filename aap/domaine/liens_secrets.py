"""Links of mails that open a door to whoever holds them: hidden from all but their recipient."""

from __future__ import annotations

import re

# Mails that hold such a link: sent again they would be dead or harmful, a new one is asked for.
MODELES = frozenset(
    {
        "compte_confirmation",
        "compte_reinitialisation",
        "compte_invitation",
        "avis_invitation",
        "avis_invitation_rappel",
    }
)
CACHE = "[lien secret, visible du seul destinataire]"
_LIEN = re.compile(
    r"https?://[^\s\"'<>]*/(?:mot-de-passe|confirmer|avis/invitation)/[A-Za-z0-9_-]{20,}"
)


def sans_lien_secret(texte: str) -> str:
    """The same text, each secret link replaced by words that say so."""
    return _LIEN.sub(CACHE, texte)
