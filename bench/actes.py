"""A thousand conventions prepared, sent and printed as one lot, by the worker, in booklets.

    python -m bench.actes [--volume 1000] [--bases sqlite,postgresql]

Pages per second are compared with reportlab alone laying out the same words in the same font, as
bare paragraphs: no table, no mark of accessibility, no QR code. Writes ``bench/actes.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate
from sqlalchemy import delete, func, insert, select, update

from aap import documents
from aap.documents.polices import TEXTE, enregistrer
from aap.extensions import db
from aap.migration import migrer
from aap.models import (
    CahierActes,
    Campagne,
    Convention,
    Dossier,
    Enveloppe,
    EtatLigneLot,
    Financement,
    Financeur,
    Habilitation,
    LigneLotActes,
    LotActes,
    RoleHabilitation,
    Tache,
)
from aap.permissions import charger_acteur
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.comptes import utilisateur_par_courriel
from aap.requetes.lot_actes import aides_a_preparer
from aap.services.lot_actes import (
    Visee,
    envoyer_lot_actes,
    imprimer_lot_actes,
    lancer_lot_actes,
)
from aap.services.referentiel import charger_contrat
from aap.taches.ouvrier import vider
from bench.__main__ import CONTRAT, Mesure, afficher, base_de
from bench.application import creer
from bench.volume import INSTRUCTEUR, remplir
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

RACINE = Path(__file__).resolve().parent
VOTE = 24_000_00  # above 23 000 €: a convention, signed by both
PAR_ENVELOPPE = 50  # the trigger adds up the lines of the enveloppe at each write


def preparer(volume: int) -> Financeur:
    """``volume`` aids of one funder, notified; its officer is the agent of the measures."""
    campagne = db.session.scalars(select(Campagne)).one()
    financeur = db.session.scalars(select(Financeur).order_by(Financeur.id)).first()
    agent = utilisateur_par_courriel(INSTRUCTEUR)
    assert financeur is not None and agent is not None
    db.session.add(
        Habilitation(
            utilisateur=agent,
            role=RoleHabilitation.FINANCE,
            contrat_id=campagne.contrat_id,
            financeur_id=financeur.id,
            du=date(2020, 1, 1),
        )
    )
    enveloppes = list(
        db.session.scalars(
            insert(Enveloppe).returning(Enveloppe.id),
            [
                {
                    "campagne_id": campagne.id,
                    "financeur_id": financeur.id,
                    "code": f"mesure-{i:04d}",
                    "libelle": "Mesure",
                    "montant": 10_000_000_00,
                }
                for i in range(-(-volume // PAR_ENVELOPPE))
            ],
        )
    )
    dossiers = list(db.session.scalars(select(Dossier.id).order_by(Dossier.id).limit(volume)))
    db.session.execute(delete(Financement).where(Financement.financeur_id == financeur.id))
    db.session.execute(
        update(Dossier).where(Dossier.id.in_(dossiers)).values(etat=EtatDossier.PROGRAMME)
    )
    db.session.execute(
        insert(Financement),
        [
            {
                "dossier_id": d,
                "financeur_id": financeur.id,
                "exercice": campagne.exercice,
                "etat": EtatFinancement.NOTIFIE,
                "enveloppe_id": enveloppes[i // PAR_ENVELOPPE],
                "montant_demande": VOTE,
                "montant_arbitre": VOTE,
                "montant_vote": VOTE,
                "notifie_le": date(campagne.exercice, 1, 15),
            }
            for i, d in enumerate(dossiers)
        ],
    )
    db.session.commit()
    return financeur


def _duree(faire: Callable[[], Any]) -> float:
    depart = time.perf_counter()
    faire()
    return time.perf_counter() - depart


def mesurer(base: str, volume: int) -> list[Mesure]:
    """The whole life of a lot, each step run to its end by the worker."""
    financeur = preparer(volume)
    agent = utilisateur_par_courriel(INSTRUCTEUR)
    assert agent is not None
    acteur = charger_acteur(agent)
    db.session.execute(delete(Tache))
    db.session.commit()
    aides = aides_a_preparer(acteur, Financement.financeur_id == financeur.id)
    visees = [Visee(a.ligne.id, a.ligne.version) for a in aides]
    lot = lancer_lot_actes(acteur, financeur, visees, "mesure")
    db.session.commit()
    cle = lot.id
    preparation = _duree(vider)
    envoyer_lot_actes(acteur, db.session.get_one(LotActes, cle))
    db.session.commit()
    envoi = _duree(vider)
    envoyes = db.session.scalar(
        select(func.count()).where(
            LigneLotActes.lot_id == cle, LigneLotActes.envoi == EtatLigneLot.FAITE
        )
    )
    imprimer_lot_actes(acteur, db.session.get_one(LotActes, cle))
    db.session.commit()
    impression = _duree(vider)
    pages = db.session.scalar(select(func.sum(CahierActes.pages))) or 0
    imprimes = db.session.scalar(select(func.sum(CahierActes.actes))) or 0
    entiers = envoyes == imprimes == volume
    sol = _plancher()
    debit = pages / impression
    nom = f"{volume} conventions"
    return [
        Mesure(f"{nom} préparées (s)", base, volume, round(preparation, 1), None, None, "dit",
               entiers),
        Mesure(f"{nom} envoyées à la signature (s)", base, volume, round(envoi, 1), None, None,
               "dit", entiers),
        Mesure(f"{nom} imprimées, {pages} pages (s)", base, volume, round(impression, 1), None,
               None, "dit", entiers),
        Mesure("pages par seconde, reportlab seul à côté", base, volume, round(debit, 1),
               round(sol, 1), round(sol / debit, 2), "dit", entiers),
    ]  # fmt: skip


def _plancher() -> float:
    """Pages per second of the same words as bare paragraphs."""
    acte = db.session.scalars(select(Convention).order_by(Convention.id)).first()
    assert acte is not None
    pages_lues = pypdfium2.PdfDocument(documents.pdf_acte(acte))
    mots = "\n".join(page.get_textpage().get_text_range() for page in pages_lues)
    enregistrer()
    style = ParagraphStyle("corps", fontName=TEXTE, fontSize=10.5, leading=14.5, spaceAfter=6)
    blocs = [b for b in mots.splitlines() if b.strip()]
    pages, depart = 0, time.perf_counter()
    while time.perf_counter() - depart < 10:
        document = SimpleDocTemplate(BytesIO(), pagesize=A4)
        document.build([Paragraph(b.replace("&", "&amp;").replace("<", "&lt;"), style)
                        for b in blocs])  # fmt: skip
        pages += document.page
    return pages / (time.perf_counter() - depart)


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--volume", type=int, default=1000)
    analyse.add_argument("--bases", default="sqlite")
    choix = analyse.parse_args()
    mesures: list[Mesure] = []
    for base in choix.bases.split(","):
        with base_de(base) as adresse:
            os.environ.update(
                AAP_MODE="demonstration",
                AAP_DATABASE_URL=adresse,
                AAP_CLE_SECRETE="cle-de-mesure-sans-valeur-hors-du-banc",
                AAP_STOCKAGE="memoire",
            )
            with creer().app_context():
                migrer()
                charger_contrat(lire_contrat(DONNEES / CONTRAT))
                remplir(choix.volume)
                mesures += mesurer(base, choix.volume)
                db.session.remove()
                db.engine.dispose()
    texte = json.dumps([asdict(m) for m in mesures], ensure_ascii=False, indent=1)
    (RACINE / "actes.json").write_text(texte + "\n", encoding="utf-8")
    afficher(mesures)
    return 0 if all(m.tenu for m in mesures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
