"""The dashboard of the CPO objective over ten years of 5 000 conventions each.

    python -m bench.cpo [--volume 5000] [--annees 10] [--bases sqlite,postgresql]

The page is compared with its floor under gunicorn: a bare view behind the same sign-in that adds
up the same tranches, by year and type, then by funder for the year shown, without any right,
filter or word. The first pages of the list and of the candidates are measured beside. Writes
``bench/cpo.json``.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select, text

from aap.extensions import db
from aap.migration import migrer
from aap.models import (
    Campagne,
    Convention,
    Dossier,
    DossierQuartier,
    Enveloppe,
    Financement,
    Financeur,
    Organisme,
    Orientation,
    Quartier,
    Tranche,
    TypeCampagne,
    TypeConvention,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.referentiel import charger_contrat
from bench.__main__ import (
    CONTRAT,
    Client,
    Mesure,
    afficher,
    base_de,
    compter_requetes,
    en_alternance,
    serveur,
)
from bench.application import creer
from bench.volume import INSTRUCTEUR, remplir
from workflows.campagne import EtatCampagne
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche

RACINE = Path(__file__).resolve().parent
PAR_ENVELOPPE = 50  # the trigger adds up the lines of the enveloppe at each insertion
PAGES = {
    "tableau de l’objectif de CPO": "/finance/cpo",
    "objectif par commune": "/finance/cpo?vue=commune",
    "actes derrière un chiffre": "/finance/cpo/actes",
    "candidats à une CPO": "/finance/cpo/candidats",
}


def _campagnes(annees: int) -> list[Campagne]:
    """One finished call a year, the last one this year."""
    origine = db.session.scalars(select(Campagne)).first()
    assert origine is not None
    an = datetime.now(UTC).year
    campagnes = [
        Campagne(
            contrat_id=origine.contrat_id,
            code=f"cpo-{annee}",
            nom=f"Appel à projets {annee}",
            type=TypeCampagne.AAP_ANNUEL,
            exercice=annee,
            etat=EtatCampagne.NOTIFIEE,
            ouverture_le=datetime(annee - 1, 9, 1, tzinfo=UTC),
            cloture_le=datetime(annee - 1, 11, 1, tzinfo=UTC),
        )
        for annee in range(an - annees + 1, an + 1)
    ]
    db.session.add_all(campagnes)
    db.session.flush()
    return campagnes


def remplir_actes(volume: int, annees: int) -> None:
    """``volume`` acts signed each year: arrêtés, annual conventions, three CPO out of ten."""
    hasard = Random(11)
    organismes = list(db.session.scalars(select(Organisme.id).order_by(Organisme.id)))
    financeurs = list(db.session.scalars(select(Financeur.id).order_by(Financeur.id)))
    orientations = list(db.session.scalars(select(Orientation.id)))
    quartiers = list(db.session.scalars(select(Quartier.id)))
    for campagne in _campagnes(annees):
        dossiers = [
            {
                "campagne_id": campagne.id,
                "organisme_id": hasard.choice(organismes),
                "etat": EtatDossier.EN_EXECUTION,
                "numero": f"{campagne.exercice}-{i:05d}",
                "intitule": f"Action de mesure {i:05d}",
                "orientation_id": hasard.choice(orientations),
                "depose_le": campagne.cloture_le,
            }
            for i in range(volume)
        ]
        ids = list(
            db.session.scalars(
                insert(Dossier).returning(Dossier.id, sort_by_parameter_order=True), dossiers
            )
        )
        db.session.execute(
            insert(DossierQuartier),
            [{"dossier_id": i, "quartier_id": hasard.choice(quartiers)} for i in ids],
        )
        _actes(hasard, campagne, ids, [d["organisme_id"] for d in dossiers], financeurs)
        db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def _actes(
    hasard: Random, campagne: Campagne, dossiers: list[int], organismes: list[Any],
    financeurs: list[int],
) -> None:  # fmt: skip
    payeurs = [hasard.choice(financeurs) for _ in dossiers]
    montants = [hasard.randrange(5, 600) * 100_00 for _ in dossiers]
    enveloppes = _enveloppes(campagne, len(dossiers), financeurs[0])
    annee = campagne.exercice
    lignes = [
        {
            "dossier_id": d,
            "financeur_id": f,
            "exercice": annee,
            "etat": EtatFinancement.VERSE,
            "enveloppe_id": enveloppes[i // PAR_ENVELOPPE],
            "montant_demande": m,
            "montant_arbitre": m,
            "montant_vote": m,
        }
        for i, (d, f, m) in enumerate(zip(dossiers, payeurs, montants, strict=True))
    ]
    financements = _inserer(Financement, lignes)
    types = [hasard.choices(list(TypeConvention), (5, 2, 3))[0] for _ in dossiers]
    conventions = _inserer(
        Convention,
        [
            {
                "type": t,
                "etat": EtatConvention.EN_VIGUEUR,
                "financeur_id": payeurs[i],
                "organisme_id": organismes[i],
                "dossier_id": d,
                "exercice": annee,
                "dernier_exercice": annee + (2 if t is TypeConvention.CPO else 0),
                "numero": f"{annee}-{i:05d}",
                "signee_le": campagne.cloture_le,
            }
            for i, (d, t) in enumerate(zip(dossiers, types, strict=True))
        ],
    )
    _inserer(Tranche, list(_tranches(annee, conventions, financements, types, montants)))


def _tranches(
    annee: int, conventions: list[int], financements: list[int], types: list[TypeConvention],
    montants: list[int],
) -> Any:  # fmt: skip
    present = datetime.now(UTC).year
    for c, f, t, m in zip(conventions, financements, types, montants, strict=True):
        for suite in range(3 if t is TypeConvention.CPO else 1):
            ferme = annee + suite <= present
            yield {
                "convention_id": c,
                "exercice": annee + suite,
                "montant": m,
                "etat": EtatTranche.FERME if ferme else EtatTranche.PREVISIONNELLE,
                "financement_id": f if ferme else None,
            }


def _enveloppes(campagne: Campagne, combien: int, financeur: int) -> list[int]:
    lignes = [
        {
            "campagne_id": campagne.id,
            "financeur_id": financeur,
            "code": f"mesure-{campagne.exercice}-{i:04d}",
            "libelle": "Mesure",
            "montant": 10_000_000_00,
        }
        for i in range(-(-combien // PAR_ENVELOPPE))
    ]
    return _inserer(Enveloppe, lignes)


def _inserer(modele: Any, lignes: list[dict[str, Any]]) -> list[int]:
    """Bulk insertion; the ids in the order of the rows."""
    ordre = insert(modele).returning(modele.id, sort_by_parameter_order=True)
    return list(db.session.scalars(ordre, lignes))


def mesurer(base: str, url: str, volume: int, annees: int, fois: int, port: int) -> list[Mesure]:
    env = {
        **os.environ,
        "AAP_MODE": "demonstration",
        "AAP_DATABASE_URL": url,
        "AAP_CLE_SECRETE": "cle-de-mesure-sans-valeur-hors-du-banc",
        "AAP_STOCKAGE": "memoire",
    }
    os.environ.update(env)
    app = creer()
    with app.app_context():
        migrer()
        charger_contrat(lire_contrat(DONNEES / CONTRAT))
        remplir(200)
        remplir_actes(volume, annees)
        db.engine.dispose()
    mesures = []
    with serveur(env, port):
        c = Client(port)
        c.entrer(INSTRUCTEUR)
        for nom, chemin in PAGES.items():
            mediane, sol = en_alternance(
                fois,
                lambda p=chemin: c.chronometrer(p),  # type: ignore[misc]
                lambda: c.chronometrer("/plancher/cpo"),
            )
            r = mediane / sol
            juge = chemin == "/finance/cpo"
            mesures.append(
                Mesure(nom, base, volume * annees, round(mediane, 1), round(sol, 1), round(r, 2),
                       "≤ 3" if juge else "dit", r <= 3 or not juge)
            )  # fmt: skip
            n = compter_requetes(app, chemin, c.temoins)
            mesures.append(
                Mesure(f"{nom} : requêtes", base, volume * annees, n, None, None, "≤ 12", n <= 12)
            )
    with app.app_context():
        db.engine.dispose()
    return mesures


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--volume", type=int, default=5000)
    analyse.add_argument("--annees", type=int, default=10)
    analyse.add_argument("--bases", default="sqlite,postgresql")
    analyse.add_argument("--fois", type=int, default=9)
    analyse.add_argument("--port", type=int, default=8994)
    choix = analyse.parse_args()
    mesures: list[Mesure] = []
    for rang, nom in enumerate(choix.bases.split(",")):
        with base_de(nom) as url:
            port = choix.port + rang
            mesures += mesurer(nom, url, choix.volume, choix.annees, choix.fois, port)
    afficher(mesures)
    texte = json.dumps([asdict(m) for m in mesures], ensure_ascii=False, indent=1)
    (RACINE / "cpo.json").write_text(texte + "\n", encoding="utf-8")
    return 0 if all(m.tenu for m in mesures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
