"""The tone of a state is true for the one who reads it."""

from __future__ import annotations

import pytest

from workflows import MACHINES
from workflows.bilan import EtatBilan
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.socle import EtatBase, Ton

ETATS = [e for machine in MACHINES.values() for e in machine.etats]


@pytest.mark.parametrize("etat", ETATS, ids=lambda e: f"{type(e).__name__}.{e.value}")
def test_rien_a_faire_n_est_pas_une_action(etat: EtatBase) -> None:
    assert etat.ton_pour("agent") is etat.ton
    for audience in ("porteur", "public"):
        if etat.ton_pour(audience) is Ton.ACTION:
            assert "Rien" not in etat.attendu("porteur")
            assert "examin" not in etat.attendu("porteur")


def test_ce_que_le_porteur_doit_faire_se_voit() -> None:
    for etat in (EtatDossier.EN_ATTENTE_SIGNATURE, EtatBilan.ATTENDU, EtatBilan.EN_SAISIE):
        assert etat.ton_pour("porteur") is Ton.ACTION


def test_une_aide_en_route_est_une_bonne_nouvelle() -> None:
    for etat in (
        EtatDossier.EN_EXECUTION,
        EtatFinancement.ENGAGE,
        EtatFinancement.VERSE_PARTIEL,
        EtatFinancement.VERSE,
    ):
        assert etat.ton_pour("porteur") is Ton.SUCCES
