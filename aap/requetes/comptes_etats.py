"""Counts of dossiers by state, in a plain sentence: « 24 programmés, 1 ajourné »."""

from __future__ import annotations

from collections.abc import Iterable

from aap.domaine.texte import accorder
from workflows.dossier import EtatDossier

E = EtatDossier
# Words after a number, singular and plural; a dossier on the agenda is one to decide.
MOTS: dict[EtatDossier, tuple[str, str]] = {
    E.BROUILLON: ("brouillon", "brouillons"),
    E.EN_ATTENTE_SIGNATURE: ("en attente de signature", "en attente de signature"),
    E.DEPOSE: ("déposé", "déposés"),
    E.A_COMPLETER: ("à compléter", "à compléter"),
    E.IRRECEVABLE: ("irrecevable", "irrecevables"),
    E.EN_INSTRUCTION: ("en instruction", "en instruction"),
    E.INSTRUIT: ("instruit", "instruits"),
    E.INSCRIT: ("à décider", "à décider"),
    E.PROGRAMME: ("programmé", "programmés"),
    E.AJOURNE: ("ajourné", "ajournés"),
    E.REJETE: ("rejeté", "rejetés"),
    E.LISTE_ATTENTE: ("en liste d’attente", "en liste d’attente"),
    E.EN_EXECUTION: ("en exécution", "en exécution"),
    E.CLOS: ("clos", "clos"),
    E.RETIRE: ("retiré", "retirés"),
    E.SANS_SUITE: ("classé sans suite", "classés sans suite"),
    E.CADUC: ("caduc", "caducs"),
}


def phrase_des_etats(comptes: Iterable[tuple[EtatDossier, int]]) -> str:
    """The counts above zero, in their order; empty when there is none."""
    return ", ".join(accorder(n, *MOTS[etat]) for etat, n in comptes if n)
