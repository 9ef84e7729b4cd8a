"""Draw ``workflows/README.md`` from the tables.

``python -m workflows.diagrammes`` writes it; ``--verifier`` exits 1 when it is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from workflows import MACHINES
from workflows.socle import AUDIENCES, EtatBase, MachineTable, Transition

README = Path(__file__).with_name("README.md")

INTRODUCTION = """\
# State machines

Generated from the tables by `python -m workflows.diagrammes`: do not edit by hand. A test fails
when this page is out of date (`python -m workflows.diagrammes --verifier` says so too).

One file per machine. Each row of a table (`Transition`) says which trigger brings which states to
which state, who may fire it, which facts must be true (guards) and whether a reason (`motif`) is
required. The same rows draw the buttons, check the click and draw the diagrams below: what is not
in the table does not exist. The table is proved at import: unknown states, misspelt or unused
guards, unreachable states, two rows for one trigger from one state, or a state without wording
stop the program before it starts.

Three questions have three answers, each with its reason: *may this person?* (`aap.permissions`),
*does the act exist in this state?* (the table), *are the facts there?* (the guards, implemented
next to the facts with `@garde_de("machine", "nom")`). State changes only through
`aap.services.transition.franchir`. This package is pure: it imports the standard library and
`transitions`, nothing else.
"""

RECETTE = """\
## Add a state, step by step

1. In the machine's file (or its `*_etats.py`), add a member: code (stable ASCII, it is stored),
   tone, then label and sentence « what is expected now » for the agent, the porteur and the
   public. Set `final=True` if the life of the object is over there. The porteur and the public
   must not learn a decision before its publication.
2. Add at least one `Transition` that reaches it and, unless it is final, one that leaves it:
   trigger in the infinitive, button text, journal wording in the past, roles, guards, motif.
3. A new guard: add its name and its fact (one French sentence) to the `GARDES` of the machine,
   then implement it with `@garde_de` in the service that knows the fact. It answers `None` or the
   reason of the refusal.
4. What else becomes true at the same time (dates, other objects, mails): `@effet("machine",
   "declencheur")` in that service, in the same transaction. If the porteur must not read the act
   in the history, add it to `INVISIBLES_PORTEUR` in `aap/services/transition.py`.
5. Migration: the `CHECK` of the column lists the codes, so write one that widens it, and look at
   the other constraints of the table that name states.
6. `python -m workflows.diagrammes`, then `pytest tests/unitaires/test_workflows_machines.py
   tests/unitaires/test_workflows_socle.py tests/regles/test_diagrammes.py`.
7. Removing a state: first a migration that moves the rows which are in it.
"""


def _cellule(texte: str) -> str:
    return texte.replace("|", "\\|") or "–"


def _tableau(entetes: Sequence[str], lignes: Sequence[Sequence[str]]) -> str:
    rangs = [entetes, ["---"] * len(entetes), *lignes]
    return "\n".join(f"| {' | '.join(_cellule(case) for case in rang)} |" for rang in rangs)


_HORS_SYNTAXE = {ord(":"): "–", ord(";"): ",", ord('"'): "’", ord("#"): "n°"}


def _etiquette(texte: str) -> str:
    """Text of an arrow or of a box: Mermaid reads ``:``, ``;``, ``"`` and ``#`` as syntax."""
    return texte.translate(_HORS_SYNTAXE)


def diagramme(table: MachineTable) -> str:
    """The machine as a Mermaid ``stateDiagram-v2``; one arrow per pair of states."""
    fleches: dict[tuple[EtatBase, EtatBase], list[str]] = {}
    for ligne in table.transitions:
        for source in ligne.sources:
            fleches.setdefault((source, ligne.cible), []).append(_etiquette(ligne.libelle))
    corps = [f'state "{_etiquette(etat.libelle())}" as {etat.value}' for etat in table.etats]
    corps.append(f"[*] --> {table.initial.value}")
    for (source, cible), textes in fleches.items():
        corps.append(f"{source.value} --> {cible.value} : {' / '.join(dict.fromkeys(textes))}")
    corps += [f"{etat.value} --> [*]" for etat in table.etats if etat.final]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {x}" for x in corps), "```"])


def _ligne_transition(ligne: Transition) -> tuple[str, ...]:
    return (
        f"`{ligne.declencheur}`",
        ligne.libelle,
        ", ".join(f"`{source.value}`" for source in ligne.sources),
        f"`{ligne.cible.value}`",
        ", ".join(sorted(role.libelle for role in ligne.roles)),
        ", ".join(f"`{garde}`" for garde in ligne.gardes),
        "yes" if ligne.motif_requis else "",
    )


def _ligne_etat(etat: EtatBase) -> tuple[str, ...]:
    mots = (f"**{etat.libelle(a)}** – {etat.attendu(a)}" for a in AUDIENCES)
    return (f"`{etat.value}`", etat.ton.value, "yes" if etat.final else "", *mots)


def section(table: MachineTable) -> str:
    """Everything about one machine."""
    transitions = _tableau(
        ("Trigger", "Button", "From", "To", "Who", "Guards", "Motif"),
        [_ligne_transition(ligne) for ligne in table.transitions],
    )
    etats = _tableau(
        ("State", "Tone", "Final", "Agent", "Porteur", "Public"),
        [_ligne_etat(etat) for etat in table.etats],
    )
    gardes = _tableau(
        ("Guard", "Fact that must be true"),
        [(f"`{nom}`", fait) for nom, fait in table.gardes.items()],
    )
    return "\n\n".join(
        (
            f"## `{table.nom}`",
            diagramme(table),
            "### Transitions",
            transitions,
            "### Guards",
            gardes,
            "### States",
            etats,
        )
    )


def contenu() -> str:
    """The whole page."""
    return (
        "\n\n".join(
            (INTRODUCTION.rstrip(), RECETTE.rstrip(), *(section(t) for t in MACHINES.values()))
        ).rstrip()
        + "\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it; returns the exit code."""
    analyseur = argparse.ArgumentParser(prog="python -m workflows.diagrammes")
    analyseur.add_argument(
        "--verifier",
        action="store_true",
        help="ne rien écrire ; code 1 si la page n’est pas à jour",
    )
    options = analyseur.parse_args(arguments)
    if not options.verifier:
        README.write_text(contenu(), encoding="utf-8")
        return 0
    if README.exists() and README.read_text(encoding="utf-8") == contenu():
        return 0
    print(
        "workflows/README.md n’est pas à jour : lancez « python -m workflows.diagrammes ».",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
