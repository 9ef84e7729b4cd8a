"""The association reads what is paid, when and by whom, without the steps of the funder's house."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask

from aap.domaine.horloge import horloge_fixee
from aap.models import Utilisateur
from aap.services import versement
from tests.outils_porteur import connecte
from tests.parcours.test_argent import ETE, PRINTEMPS, creer_monde, en_vigueur, notifier


def _texte(page: BeautifulSoup, titre: str) -> str:
    section = page.find("section", attrs={"aria-labelledby": titre})
    assert isinstance(section, Tag)
    return re.sub(r"\s+", " ", section.get_text(" ")).replace(" ,", ",").replace(" .", ".")


def test_ce_qui_est_paye_et_ce_qui_vient(app: Flask, session: Any) -> None:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        convention = en_vigueur(m)
    avance = convention.tranches[0].versements[0]
    with horloge_fixee(ETE):
        versement.proposer(m.anne, avance)
        versement.valider(m.bruno, avance)
        versement.mandater(m.anne, avance, "M-1")
        versement.constater_paiement(m.anne, avance, date(2027, 6, 30))
        session.commit()
        client = connecte(app, session.get_one(Utilisateur, m.sam.utilisateur_id))
        reponse = client.get(f"/porteur/dossiers/{m.ligne.dossier_id}")
    page = BeautifulSoup(reponse.text, "html.parser")
    verses = _texte(page, "versements")
    assert "8 000,01 € versés sur 10 000,01 €" in verses
    assert "Avance 2027 : 8 000,01 €, le 30 juin 2027 Payé" in verses
    assert "Solde 2027 : 2 000 €, prévu le" in verses
    histoire = _texte(page, "historique")
    assert "Versement payé : avance de 8 000,01 €, Préfecture d’essai" in histoire
    assert "Versement validé" not in histoire and "mandaté" not in histoire
