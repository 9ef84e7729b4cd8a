"""The engine of the state machines: a wrong table never starts, a refusal always says why."""

from __future__ import annotations

import ast
import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import workflows
from workflows.socle import (
    EtatBase,
    Fiche,
    MachineInvalide,
    MachineTable,
    Role,
    Ton,
    Transition,
    TransitionImpossible,
)

MOTS = ("Libellé", "Rien à faire.")


class Etat(EtatBase):
    A = "a", Fiche(Ton.NEUTRE, MOTS, MOTS, MOTS)
    B = "b", Fiche(Ton.ACTION, MOTS, MOTS, MOTS)
    C = "c", Fiche(Ton.FIN, MOTS, MOTS, MOTS, final=True)


class Autre(EtatBase):
    A = "a", Fiche(Ton.NEUTRE, MOTS, MOTS, MOTS)


def ligne(declencheur: str = "aller", **champs: Any) -> Transition:
    valeurs: dict[str, Any] = {
        "sources": (Etat.A,),
        "cible": Etat.B,
        "roles": frozenset({Role.FINANCE}),
        "libelle": "Aller",
        "passe": "Allé",
    }
    return Transition(declencheur=declencheur, **{**valeurs, **champs})


FINIR = ligne("finir", sources=(Etat.B,), cible=Etat.C)


def table(
    *lignes: Transition,
    etats: type[EtatBase] = Etat,
    initial: EtatBase = Etat.A,
    gardes: dict[str, str] | None = None,
) -> MachineTable:
    return MachineTable("essai", etats, initial, lignes, gardes or {})


def test_une_table_juste_se_construit() -> None:
    machine = table(ligne(gardes=("fait",)), FINIR, gardes={"fait": "Le fait est vrai."})
    assert machine.depuis(Etat.A) == (machine.transitions[0],)
    assert machine.trouver("aller", Etat.A) is machine.transitions[0]
    assert machine.trouver("aller", Etat.B) is None
    assert machine.declencheurs() == ("aller", "finir")
    assert machine.possibles(Etat.A, {Role.FINANCE, Role.COPIL}) == machine.depuis(Etat.A)
    assert machine.possibles(Etat.A, ()) == ()
    assert machine.terminaux() == {Etat.C}


def test_le_meme_declencheur_a_plusieurs_lignes() -> None:
    machine = table(ligne(), ligne(sources=(Etat.B,), cible=Etat.C))
    assert machine.declencheurs() == ("aller",)
    assert machine.suivant("aller", Etat.A) is Etat.B
    assert machine.suivant("aller", Etat.B) is Etat.C


@pytest.mark.parametrize(
    ("lignes", "probleme"),
    [
        ([ligne(gardes=("fiat",)), FINIR], "unknown guard 'fiat'"),
        ([ligne(cible=Autre.A), FINIR], "unknown state"),
        ([ligne(sources=(Autre.A,)), FINIR], "unknown state"),
        ([ligne(cible="b"), FINIR], "unknown state 'b'"),
        ([ligne(sources=()), FINIR], "needs sources"),
        ([ligne(sources=(Etat.A, Etat.B)), FINIR], "different from its target"),
        ([ligne(roles=frozenset()), FINIR], "needs known roles"),
        ([ligne(roles=frozenset({"chef"})), FINIR], "needs known roles"),
        ([ligne(libelle=" "), FINIR], "button text"),
        ([ligne(passe=""), FINIR], "journal wording"),
        ([ligne("os.system"), FINIR], "lower-case identifier"),
        ([ligne("Aller"), FINIR], "lower-case identifier"),
        ([ligne(), ligne(cible=Etat.C), FINIR], "two rows for 'aller' from 'a'"),
        ([ligne()], "'b' has no exit"),
        ([ligne(cible=Etat.C), FINIR], "nothing reaches: b"),
    ],
)
def test_une_table_fausse_ne_demarre_pas(lignes: list[Transition], probleme: str) -> None:
    with pytest.raises(MachineInvalide, match=probleme):
        table(*lignes)


def test_etat_initial_inconnu() -> None:
    with pytest.raises(MachineInvalide, match="initial"):
        table(ligne(), FINIR, initial=Autre.A)


def test_garde_inutile_ou_muette() -> None:
    with pytest.raises(MachineInvalide, match="used by no transition"):
        table(ligne(), FINIR, gardes={"oubliee": "Un fait."})
    with pytest.raises(MachineInvalide, match="does not say its fact"):
        table(ligne(gardes=("fait",)), FINIR, gardes={"fait": " "})


def test_un_etat_sans_mots_ne_demarre_pas() -> None:
    class Muet(EtatBase):
        A = "a", Fiche(Ton.NEUTRE, MOTS, ("Libellé", " "), MOTS, final=True)

    with pytest.raises(MachineInvalide, match="no wording for porteur"):
        table(etats=Muet, initial=Muet.A)
    with pytest.raises(TypeError):

        class SansFiche(EtatBase):
            A = "a"


def test_un_etat_est_son_code_et_revient_le_meme() -> None:
    assert Etat("a") is Etat.A
    assert Etat.A == "a" and f"{Etat.A}" == "a" and Etat.A.value == "a"
    assert pickle.loads(pickle.dumps(Autre.A)) is Autre.A
    assert copy.deepcopy(Etat.B) is Etat.B
    assert Etat.C.final and not Etat.A.final
    with pytest.raises(KeyError):
        Etat.A.libelle("passant")  # type: ignore[arg-type]


@pytest.mark.parametrize("declencheur", ["finir", "inconnu", "to_b", "", "__class__"])
def test_acte_impossible_dit_pourquoi(declencheur: str) -> None:
    machine = table(ligne(), FINIR)
    with pytest.raises(TransitionImpossible) as refus:
        machine.suivant(declencheur, Etat.A)
    assert refus.value.raison == ("Cet acte n’est pas possible dans l’état «\u00a0Libellé\u00a0».")


def test_le_moteur_partage_ne_garde_rien_et_supporte_les_fils() -> None:
    machine = workflows.MACHINES["seance"]
    etat = machine.initial
    with ThreadPoolExecutor(8) as fils:
        suites = list(fils.map(lambda _: machine.suivant("ouvrir", etat), range(400)))
    assert {suite.value for suite in suites} == {"ouverte"}
    assert machine._moteur.models == []


def test_le_paquet_est_pur() -> None:
    permis = {*sys.stdlib_module_names, "transitions", "workflows"}
    for fichier in Path(workflows.__file__).parent.glob("*.py"):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if isinstance(noeud, ast.Import):
                noms = {alias.name.split(".")[0] for alias in noeud.names}
            elif isinstance(noeud, ast.ImportFrom):
                noms = {(noeud.module or "").split(".")[0]}
            else:
                continue
            assert noms <= permis, f"{fichier.name} importe {noms - permis}"


def test_chaque_role_a_un_libelle() -> None:
    assert len({role.libelle for role in Role}) == len(Role)
