"""The board of a scenario, 1 000 dossiers × 40 enveloppes, and the computed proposal.

    python -m bench.copil [--volume 1000] [--secondes 60]

The page is compared with its floor (the same rows, as many bare fields) under gunicorn; the edit
is timed in a real Chromium, from the key to the last total redrawn; the proposal is computed on
invented data, 500 × 40 and 2 000 × 60: time, and gap to the best possible when it is not proven.
Writes ``bench/copil.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from random import Random

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select, update

from aap.domaine.proposition import Borne, Caisse, Candidat, Enonce, Ligne, Part, Possible
from aap.domaine.proposition_calcul import Issue, calculer
from aap.extensions import db
from aap.migration import migrer
from aap.models import Campagne, Dossier, Enveloppe, Financement, Financeur, OrigineScenario
from aap.permissions import charger_acteur
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.comptes import utilisateur_par_courriel
from aap.services.referentiel import charger_contrat
from aap.services.scenario import creer_scenario
from bench.__main__ import CONTRAT, Client, Mesure, compter_requetes, en_alternance, serveur
from bench.application import creer
from bench.notation import noter_tout
from bench.volume import INSTRUCTEUR, MOT_DE_PASSE, remplir
from outils.chromium import CONSEIL, trouver_chromium
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

RACINE = Path(__file__).resolve().parent
ENVELOPPES = 40
CHRONO = """async (texte) => {
  const champ = document.querySelector("input[data-ligne]");
  const total = document.querySelector("[data-t=donne]");
  const avant = total.textContent;
  const depart = performance.now();
  champ.focus();
  champ.value = texte;
  champ.dispatchEvent(new Event("input", {bubbles: true}));
  while (total.textContent === avant) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const duree = performance.now() - depart;
  champ.dispatchEvent(new Event("change", {bubbles: true}));
  return duree;
}"""


def preparer_tableau() -> int:
    """Every dossier examined, forty enveloppes, a scenario from the opinions; its id."""
    db.session.execute(
        update(Dossier).where(Dossier.depose_le.is_not(None)).values(etat=EtatDossier.INSTRUIT)
    )
    db.session.execute(
        update(Financement).values(
            etat=EtatFinancement.AVIS_RENDU,
            montant_propose=Financement.montant_demande // 2,
        )
    )
    campagne = db.session.scalars(select(Campagne)).one()
    financeurs = list(db.session.scalars(select(Financeur).order_by(Financeur.id)))
    for i in range(ENVELOPPES):
        financeur = financeurs[i % len(financeurs)]
        db.session.add(
            Enveloppe(
                campagne_id=campagne.id,
                financeur=financeur,
                code=f"mesure-{i:02d}",
                libelle=f"Enveloppe {i:02d}",
                montant=2_000_000_00,
            )
        )
    db.session.flush()
    agent = utilisateur_par_courriel(INSTRUCTEUR)
    assert agent is not None
    acteur = charger_acteur(agent)
    scenario = creer_scenario(acteur, campagne, "Mesure", OrigineScenario.AVIS)
    db.session.commit()
    return scenario.id


def mesurer_page(
    env: dict[str, str], scenario: int, volume: int, fois: int, port: int
) -> list[Mesure]:
    app = creer()
    with serveur(env, port):
        c = Client(port)
        c.entrer(INSTRUCTEUR, MOT_DE_PASSE)
        chemin = f"/copil/scenarios/{scenario}"
        mediane, sol = en_alternance(
            fois,
            lambda: c.chronometrer(chemin),
            lambda: c.chronometrer("/plancher/tableau"),
        )

        def a_froid() -> float:
            c.chronometrer("/plancher/oubli")
            return c.chronometrer(chemin)

        froid, sol_froid = en_alternance(fois, a_froid, lambda: c.chronometrer("/plancher/tableau"))
        nom = f"tableau d’un scénario, {volume} × {ENVELOPPES}"
        r = mediane / sol
        requetes = compter_requetes(app, chemin, c.temoins)
        return [
            Mesure(nom, "sqlite", volume, round(mediane, 1), round(sol, 1), round(r, 2),
                   "≤ 3", r <= 3),
            Mesure(f"{nom}, rien de gardé", "sqlite", volume, round(froid, 1), round(sol_froid, 1),
                   round(froid / sol_froid, 2), "dit", True),
            Mesure(f"{nom} : requêtes", "sqlite", volume, requetes, None, None, "constant", True),
            *_au_navigateur(port, chemin, volume),
        ]  # fmt: skip


def _au_navigateur(port: int, chemin: str, volume: int) -> list[Mesure]:
    """Median of the edits, and of the answers of the server to them (ms)."""
    executable = trouver_chromium()
    if executable is None:
        raise SystemExit(CONSEIL)
    with sync_playwright() as p:
        navigateur = p.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = navigateur.new_page(viewport={"width": 1400, "height": 900})
        durees, envois = _editer(page, port, chemin)
        navigateur.close()
    mediane, p95 = statistics.median(durees), sorted(durees)[int(len(durees) * 0.95)]
    return [
        Mesure("saisie jusqu’aux totaux (ms)", "chromium", volume, round(mediane, 1), None, None,
               "≤ 150", mediane <= 150),
        Mesure("saisie jusqu’aux totaux, p95 (ms)", "chromium", volume, round(p95, 1), None, None,
               "≤ 150", p95 <= 150),
        Mesure("enregistrement d’un montant, p95 (ms)", "chromium", volume,
               round(sorted(envois)[int(len(envois) * 0.95)], 1), None, None, "dit", True),
    ]  # fmt: skip


def _editer(page: Page, port: int, chemin: str) -> tuple[list[float], list[float]]:
    base = f"http://127.0.0.1:{port}"
    page.goto(f"{base}/connexion")
    page.fill("[name=courriel]", INSTRUCTEUR)
    page.fill("[name=mot_de_passe]", MOT_DE_PASSE)
    page.click("main button[type=submit]")
    page.goto(base + chemin)
    durees, envois = [], []
    for i in range(20):
        depart = time.perf_counter()
        with page.expect_response("**/montants"):
            durees.append(float(page.evaluate(CHRONO, str(100 + 10 * i))))
        envois.append((time.perf_counter() - depart) * 1000)
    return durees, envois


def enonce_invente(dossiers: int, enveloppes: int, graine: int = 1) -> Enonce:
    """Two to five lines per dossier, money for 40 % of what is asked, every kind of rule."""
    hasard = Random(graine)
    lignes, candidats = [], []
    demande = [0] * enveloppes
    for d in range(dossiers):
        somme = 0
        financeurs = hasard.sample(range(enveloppes // 2), hasard.randint(2, 5))
        for j, f in enumerate(financeurs):
            voulu = hasard.randint(8, 150) * 10_000
            choix = [2 * f] + ([2 * f + 1] if hasard.random() < 0.4 else [])
            possibles = tuple(Possible(f"e{e}", voulu) for e in choix)
            lignes.append(Ligne(f"{d}-{j}", f"d{d}", voulu, possibles))
            demande[choix[0]] += voulu
            somme += voulu
        plafond = somme * hasard.choice((800, 1000, 1200)) // 1000
        candidats.append(Candidat(f"d{d}", hasard.randint(2000, 9500), d + 1, somme, plafond))
    caisses = tuple(Caisse(f"e{e}", f"e{e}", t * 4 // 10 or 500_000) for e, t in enumerate(demande))
    total = sum(v.demande for v in lignes)
    bornes = tuple(
        Borne(
            f"o{i}",
            f"o{i}",
            frozenset(v.code for v in lignes if int(v.dossier[1:]) % 8 == i),
            minimum=total // 50,
            maximum=total * 9 // 100,
        )
        for i in range(8)
    )
    pluri = frozenset(c.code for c in candidats if hasard.random() < 0.45)
    premieres = frozenset(c.code for c in candidats if hasard.random() < 0.2)
    parts = (
        Part("cpo-nombre", "cpo-nombre", pluri, 500, en_nombre=True),
        Part("cpo-montant", "cpo-montant", pluri, 400),
        Part("premieres", "premieres", premieres, 100),
    )
    return Enonce(caisses, tuple(candidats), tuple(lignes), bornes, parts, part_minimale=500)


def mesurer_propositions(secondes: float) -> list[Mesure]:
    mesures = []
    for dossiers, enveloppes in ((120, 10), (500, 40), (2000, 60)):
        enonce = enonce_invente(dossiers, enveloppes)
        depart = time.perf_counter()
        reponse = calculer(enonce, secondes=secondes)
        duree = time.perf_counter() - depart
        ecart = (reponse.borne - reponse.valeur) * 1_000_000 // max(1, reponse.valeur)
        prouvee = reponse.issue is Issue.OPTIMALE
        budget = "démontrée" if prouvee else f"écart {ecart} par million"
        mesures.append(
            Mesure(f"proposition {dossiers} × {enveloppes} (s)", "sans", dossiers,
                   round(duree, 1), None, None, budget, bool(reponse.montants))
        )  # fmt: skip
    return mesures


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--volume", type=int, default=1000)
    analyse.add_argument("--secondes", type=float, default=60.0)
    analyse.add_argument("--fois", type=int, default=7)
    analyse.add_argument("--port", type=int, default=8993)
    choix = analyse.parse_args()
    mesures = mesurer_propositions(choix.secondes)
    with tempfile.TemporaryDirectory() as dossier:
        env = {
            **os.environ,
            "AAP_MODE": "demonstration",
            "AAP_DATABASE_URL": f"sqlite:///{dossier}/mesure.db",
            "AAP_CLE_SECRETE": "cle-de-mesure-sans-valeur-hors-du-banc",
            "AAP_STOCKAGE": "memoire",
        }
        os.environ.update(env)
        with creer().app_context():
            migrer()
            charger_contrat(lire_contrat(DONNEES / CONTRAT))
            remplir(choix.volume)
            noter_tout()
            scenario = preparer_tableau()
            db.engine.dispose()
        mesures += mesurer_page(env, scenario, choix.volume, choix.fois, choix.port)
    texte = json.dumps([asdict(m) for m in mesures], ensure_ascii=False, indent=1)
    (RACINE / "copil.json").write_text(texte + "\n", encoding="utf-8")
    for m in mesures:
        rapport = f" ({m.rapport} × le plancher)" if m.rapport else ""
        print(f"{'bon ' if m.tenu else 'NON '} {m.mesure} : {m.valeur}{rapport}, {m.budget}")
    return 0 if all(m.tenu for m in mesures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
