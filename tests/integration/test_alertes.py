"""What an instructor must look at, in words meant for her."""

from __future__ import annotations

from datetime import date

from aap.models import Bilan, Reponse
from aap.requetes.alertes import alertes
from tests import outils_instruction as o
from workflows.bilan import EtatBilan


def test_les_alertes_parlent_a_l_instruction(session) -> None:
    """Not a word of the porteur's form (« choisissez », « votre »), and a late bilan said once."""
    decor = o.planter()
    decor.dossier.objectifs_locaux.clear()
    decor.dossier.indicateurs.clear()
    decor.dossier.reponses.append(Reponse(champ="renouvellement", valeur="renouvellement"))
    retard = Bilan(
        dossier=decor.dossier, exercice=2025, echeance=date(2026, 1, 1), etat=EtatBilan.ATTENDU
    )
    session.add(retard)
    session.commit()
    textes = [a.texte for a in alertes(decor.dossier, [])]
    assert "Aucun indicateur de réussite n’est choisi." in textes
    assert sum("bilan" in t for t in textes) == 1
    assert not [t for t in textes if "votre" in t or "Choisissez" in t or "vous" in t]
