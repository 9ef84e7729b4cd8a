"""Results of the scoring over 5 000 dossiers × 3 evaluations, and the computed criteria.

    python -m bench.notation [--volume 5000] [--bases sqlite,postgresql]

Pages are compared with their floor under gunicorn as in ``python -m bench``; then, in this
process: the first computation of the list, the freezing, the weights (16 rankings), and every
computed criterion of every dossier again. Writes ``bench/notation.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import selectinload
from tqdm import tqdm

from aap.domaine.classement import classer_campagne
from aap.domaine.classement_fige import contenu_fige, refaire
from aap.domaine.sensibilite import sensibilite
from aap.extensions import db, lecture_seule
from aap.migration import migrer
from aap.models import (
    Campagne,
    Contrat,
    Critere,
    Dossier,
    DossierQuartier,
    EtatEvaluation,
    Evaluation,
    Financeur,
    Habilitation,
    ModeCritere,
    NoteCritere,
    RoleHabilitation,
    Utilisateur,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.criteres_calcules import expliquer_tout
from aap.requetes.entrees_notation import lire_entrees
from aap.requetes.matiere_criteres import Matiere
from aap.services.referentiel import charger_contrat
from bench.__main__ import (
    CONTRAT,
    Client,
    Mesure,
    base_de,
    compter_requetes,
    en_alternance,
    serveur,
)
from bench.application import creer
from bench.volume import MOT_DE_PASSE, _personne, remplir

COORDINATION = "coordination.mesure@example.org"
RACINE = Path(__file__).resolve().parent
EVALUATEURS = 3
LOT = 1000


def noter_tout() -> int:
    """Three sent evaluations on every deposited dossier; returns the id of the campaign."""
    hasard = Random(11)
    contrat = db.session.scalars(select(Contrat)).one()
    campagne = db.session.scalars(select(Campagne)).one()
    financeur = db.session.scalars(select(Financeur).order_by(Financeur.id)).first()
    assert financeur is not None and campagne.grille is not None
    coordination = _personne(COORDINATION, "Coordination")
    gens = [_personne(f"evaluateur{i}@example.org", f"Évaluateur {i}") for i in range(EVALUATEURS)]
    db.session.add(
        Habilitation(
            utilisateur=coordination,
            role=RoleHabilitation.COORDINATEUR,
            contrat_id=contrat.id,
            du=date(2020, 1, 1),
        )
    )
    db.session.flush()
    dossiers = list(
        db.session.scalars(
            select(Dossier.id).where(Dossier.depose_le.is_not(None)).order_by(Dossier.id)
        )
    )
    for debut in range(0, len(dossiers), LOT):
        _noter(dossiers[debut : debut + LOT], gens, financeur, campagne, hasard)
    db.session.commit()
    return campagne.id


def _calcules(criteres: list[Critere], hasard: Random) -> dict[str, Any]:
    return {
        c.code: {
            "valeur": f"{hasard.randrange(0, 400)}/99",
            "lignes": [["Taux de chômage 29,7 %, 1er sur 35 quartiers connus → 4/4", "4", "1"]],
            "reserves": [],
        }
        for c in criteres
        if c.mode is ModeCritere.CALCULE
    }


def _noter(
    dossiers: list[int],
    gens: list[Utilisateur],
    financeur: Financeur,
    campagne: Campagne,
    hasard: Random,
) -> None:
    assert campagne.grille is not None
    criteres = list(campagne.grille.criteres)
    instant = datetime.now(UTC)
    lignes = []
    for dossier_id in dossiers:
        calcules = _calcules(criteres, hasard)
        lignes += [
            {
                "dossier_id": dossier_id,
                "utilisateur_id": g.id,
                "financeur_id": financeur.id,
                "grille_id": campagne.grille_id,
                "etat": EtatEvaluation.ENVOYEE,
                "envoyee_le": instant,
                "calcules": calcules,
            }
            for g in gens
        ]
    ids = list(db.session.scalars(insert(Evaluation).returning(Evaluation.id), lignes))
    db.session.execute(
        insert(NoteCritere),
        [
            {"evaluation_id": i, "critere_id": c.id, "valeur": hasard.randrange(5)}
            for i in ids
            for c in criteres
            if c.mode is ModeCritere.APPRECIE
        ],
    )


def secondes(nom: str, faire: Callable[[], Any], budget: float, base: str, volume: int) -> Mesure:
    depart = time.perf_counter()
    faire()
    duree = time.perf_counter() - depart
    return Mesure(nom, base, volume, round(duree, 2), None, None, f"≤ {budget} s", duree <= budget)


def recalculer(campagne: Campagne, volume: int) -> None:
    """Every computed criterion of every dossier, with its explanation."""
    assert campagne.grille is not None
    criteres = list(campagne.grille.criteres)
    dossiers = db.session.scalars(
        select(Dossier)
        .where(Dossier.campagne_id == campagne.id, Dossier.depose_le.is_not(None))
        .options(
            selectinload(Dossier.quartiers).joinedload(DossierQuartier.quartier),
            selectinload(Dossier.objectifs),
            selectinload(Dossier.objectifs_locaux),
        )
    ).all()
    matiere = Matiere(campagne)
    for dossier in tqdm(dossiers, total=volume, desc="critères calculés", ncols=78):
        expliquer_tout(dossier, criteres, matiere)


def pages(campagne: int) -> dict[str, str]:
    base = f"/copil/campagnes/{campagne}"
    return {
        "résultats": f"{base}/resultats",
        "résultats, page 100": f"{base}/resultats?page=100",
        "résultats, filtre": f"{base}/resultats?groupe=partages&q=0042",
        "poids des critères": f"{base}/sensibilite",
        "résultat d’un dossier": "/copil/dossiers/1/resultat",
    }


def mesurer_pages(
    app: Any, env: dict[str, str], campagne: int, base: str, volume: int, fois: int, port: int
) -> list[Mesure]:
    mesures = []
    with serveur(env, port):
        c = Client(port)
        c.entrer(COORDINATION, MOT_DE_PASSE)
        for nom, chemin in tqdm(pages(campagne).items(), desc="pages", ncols=78):
            mediane, sol = en_alternance(
                fois,
                lambda p=chemin: c.chronometrer(p),  # type: ignore[misc]
                lambda: c.chronometrer("/plancher"),
            )
            r = mediane / sol
            mesures.append(
                Mesure(
                    nom, base, volume, round(mediane, 2), round(sol, 2), round(r, 2), "≤ 3", r <= 3
                )
            )
            n = compter_requetes(app, chemin, c.temoins)
            mesures.append(
                Mesure(f"{nom} : requêtes", base, volume, n, None, None, "constant", True)
            )
    return mesures


def mesurer_calculs(campagne_id: int, base: str, volume: int) -> list[Mesure]:
    with lecture_seule():
        campagne = db.session.get_one(Campagne, campagne_id)
        entrees = lire_entrees(campagne)
        contenu = contenu_fige(entrees)
        return [
            secondes("lecture des notes", lambda: lire_entrees(campagne), 5, base, volume),
            secondes("classement", lambda: classer_campagne(entrees), 5, base, volume),
            secondes("poids des critères", lambda: sensibilite(entrees), 10, base, volume),
            secondes("classement refait", lambda: refaire(contenu), 10, base, volume),
            secondes("critères calculés", lambda: recalculer(campagne, volume), 10, base, volume),
        ]


def mesurer_base(base: str, url: str, volume: int, fois: int, port: int) -> list[Mesure]:
    """Everything on one kind of database."""
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
        remplir(volume)
        campagne = noter_tout()
        mesures = mesurer_calculs(campagne, base, volume)
        db.session.remove()
        db.engine.dispose()
    return mesures + mesurer_pages(app, env, campagne, base, volume, fois, port)


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--volume", type=int, default=5000)
    analyse.add_argument("--fois", type=int, default=15)
    analyse.add_argument("--port", type=int, default=8991)
    analyse.add_argument("--bases", default="sqlite,postgresql")
    choix = analyse.parse_args()
    mesures = []
    for rang, base in enumerate(choix.bases.split(",")):
        with base_de(base) as url:
            mesures += mesurer_base(base, url, choix.volume, choix.fois, choix.port + rang)
    texte = json.dumps([asdict(m) for m in mesures], ensure_ascii=False, indent=1)
    (RACINE / "notation.json").write_text(texte + "\n", encoding="utf-8")
    for m in mesures:
        rapport = f" ({m.rapport} × le plancher)" if m.rapport else ""
        print(
            f"{'bon ' if m.tenu else 'NON '} {m.base} {m.mesure} : {m.valeur}{rapport}, {m.budget}"
        )
    return 0 if all(m.tenu for m in mesures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
