"""Every refusal of the application, with words the reader can act on.

Messages are in French: they are shown as they are. ``que_faire`` says the next step.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probleme:
    """One thing that is wrong, tied to the field (HTML id) where it can be mended.

    ``bloquant`` is False for an advice that does not prevent the act.
    ``lien`` is an optional address of the page where the field is.
    """

    message: str
    champ: str = ""
    bloquant: bool = True
    lien: str = ""


class ErreurMetier(Exception):
    """Root of the refusals that users may meet; ``code_http`` is how the web tells it."""

    code_http = 409
    titre = "Cette action n’est pas possible"

    def __init__(self, message: str, que_faire: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.que_faire = que_faire


class Interdit(ErreurMetier):
    """The person has no right to this act on this object (may_this_person)."""

    code_http = 403
    titre = "Vous n’avez pas accès à cette page"


class PasLeMoment(ErreurMetier):
    """The act exists and the person may do it, but not now (is_it_the_moment)."""

    titre = "Ce n’est pas le moment"


class Conflit(ErreurMetier):
    """Somebody changed the object since the page was shown."""

    titre = "La page a changé entre-temps"


class Depassement(ErreurMetier):
    """An enveloppe would be exceeded."""

    titre = "L’enveloppe serait dépassée"


class Introuvable(ErreurMetier):
    """The object does not exist (or no longer)."""

    code_http = 404
    titre = "Page introuvable"


class Invalide(ErreurMetier):
    """What was sent cannot be accepted; ``problemes`` lists everything that is wrong."""

    code_http = 422
    titre = "Il reste des points à corriger"

    def __init__(self, message: str, problemes: list[Probleme] | None = None) -> None:
        super().__init__(message)
        self.problemes = problemes or []


class Indisponible(ErreurMetier):
    """A part of the house (database, storage) does not answer."""

    code_http = 503
    titre = "Le service est momentanément indisponible"
