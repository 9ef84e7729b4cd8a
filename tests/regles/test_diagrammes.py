"""The page drawn from the tables is up to date, complete, and its check really fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows import MACHINES, diagrammes


def test_la_page_est_a_jour(capsys: pytest.CaptureFixture[str]) -> None:
    assert diagrammes.main(["--verifier"]) == 0, "lancez : python -m workflows.diagrammes"
    assert capsys.readouterr().err == ""


def test_la_verification_echoue_vraiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    monkeypatch.setattr(diagrammes, "README", page)
    assert diagrammes.main(["--verifier"]) == 1
    assert "pas à jour" in capsys.readouterr().err
    assert diagrammes.main([]) == 0
    assert diagrammes.main(["--verifier"]) == 0
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert diagrammes.main(["--verifier"]) == 1


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda m: m.nom)
def test_le_dessin_montre_toute_la_table(machine: diagrammes.MachineTable) -> None:
    dessin = diagrammes.diagramme(machine).splitlines()
    for etat in machine.etats:
        assert any(trait.endswith(f'" as {etat.value}') for trait in dessin)
    fleches = {tuple(t.split(" : ")[0].split()) for t in dessin if " --> " in t}
    attendues = {(s.value, "-->", t.cible.value) for t in machine.transitions for s in t.sources}
    attendues.add(("[*]", "-->", machine.initial.value))
    attendues |= {(etat.value, "-->", "[*]") for etat in machine.etats if etat.final}
    assert fleches == attendues
    for trait in dessin:
        assert trait.count(":") <= 1 and ";" not in trait and "#" not in trait
