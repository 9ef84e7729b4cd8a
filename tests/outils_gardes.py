"""The table of every endpoint and its declared guard: ``python -m tests.outils_gardes`` writes it.

One line per endpoint: methods, endpoint, act (« publique » when anybody may), model. A change of
right is thus read in a review, as a line of a file, and not only in the code.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from aap import create_app, reglages_de_test
from aap.routes.garde import Declaration

TABLE = Path(__file__).parent / "regles" / "gardes_attendues.txt"
SANS_GARDE = frozenset({"static"})  # Flask's own view of the files of the package


def declaration(app: Flask, endpoint: str) -> Declaration | None:
    """What ``@garde`` or ``@publique`` left on the view."""
    trouvee = getattr(app.view_functions[endpoint], "garde", None)
    return trouvee if isinstance(trouvee, Declaration) else None


def regles(app: Flask) -> list[Rule]:
    """Every rule but those without a guard of ours."""
    return [r for r in app.url_map.iter_rules() if r.endpoint not in SANS_GARDE]


def table(app: Flask) -> list[str]:
    """The lines of the table, sorted."""
    lignes = set()
    for r in regles(app):
        d = declaration(app, r.endpoint)
        methodes = ",".join(sorted((r.methods or set()) - {"HEAD", "OPTIONS"}))
        acte = "SANS GARDE" if d is None else d.acte or "publique"
        modele = d.modele.__name__ if d is not None and d.modele else "-"
        lignes.add(f"{r.endpoint:<48} {methodes:<9} {acte:<36} {modele}")
    return sorted(lignes)


def adresse(app: Flask, regle: Rule) -> str:
    """An address of this rule, about objects that do not exist."""
    valeurs = {nom: _valeur(c) for nom, c in regle._converters.items()}
    return str(app.url_map.bind("localhost").build(regle.endpoint, valeurs, _methode(regle)))


def _valeur(convertisseur: BaseConverter) -> object:
    if isinstance(convertisseur, AnyConverter):
        return min(convertisseur.items)
    return 999_999 if isinstance(convertisseur, IntegerConverter) else "essai"


def _methode(regle: Rule) -> str:
    return "GET" if "GET" in (regle.methods or ()) else "POST"


def ecrire() -> None:
    app = create_app(reglages_de_test(base="sqlite://", stockage="memoire"))
    TABLE.write_text("\n".join(table(app)) + "\n", encoding="utf-8")
    print(f"{TABLE} : {len(table(app))} lignes")


if __name__ == "__main__":
    ecrire()
