"""The last hour: 300 porteurs save every two seconds and transmit within the same minute.

``python -m bench.heure_limite --bases sqlite,postgresql [--porteurs 300] [--secondes 60]
[--tuer]``. Each porteur is a browser of her own (a thread, a connection, a session): she types,
saves, and once in the minute reads the verification page, signs and transmits, twice out of
three with a double click. ``--tuer``: the server is killed (-9) in the middle and started again.

What must hold, whatever the load: no acknowledged text lost, no dossier transmitted twice or
without its frozen deposit, no answer 5xx. What is only reported: the 95th percentiles, beside
those of a bare one-row write under the same cadence.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from sqlalchemy import func, select
from tqdm import tqdm

from aap.demo.construire import ORDINAIRES, Chantier, _campagne, _ecrire_tout, _fonder
from aap.demo.monde import MOT_DE_PASSE, exercice_courant, ouvrir_monde, peupler
from aap.extensions import db
from aap.migration import migrer
from aap.models import (
    Depot,
    Dossier,
    Membre,
    Reponse,
    RoleMembre,
    TypeCampagne,
    Utilisateur,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.hachage import hacher_mot_de_passe
from aap.services.referentiel import charger_contrat
from bench.__main__ import CONTRAT, Client, base_de
from bench.application import creer
from workflows.dossier import EtatDossier

RACINE = Path(__file__).resolve().parent
RESULTATS = RACINE / "heure_limite.json"
CHAMPS = ("besoin", "description", "partenaires", "moyens_humains")
CADENCE = 2.0
PATIENCE = 40


@dataclass
class Releve:
    """What one porteur saw. Durations in milliseconds; ``acquis``: field -> texts, oldest first,
    the last one acknowledged; ``en_route``: the text whose answer never came."""

    dossier: int
    sauvegardes: list[float] = field(default_factory=list)
    transmissions: list[float] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    coupures: int = 0
    acquis: dict[str, str] = field(default_factory=dict)
    en_route: dict[str, str] = field(default_factory=dict)
    transmis: bool = False
    incidents: list[str] = field(default_factory=list)


class Porteur(threading.Thread):
    """One browser. ``depart``: start of the common minute; ``fin``: its end."""

    def __init__(self, rang: int, dossier: int, port: int, graine: int) -> None:
        super().__init__(daemon=True)
        self.hasard = Random(graine * 1000 + rang)
        self.client = Client(port)
        self.courriel = courriel(rang)
        self.releve = Releve(dossier)
        self.versions: dict[str, int] = dict.fromkeys(CHAMPS, 1)
        self.jeton = ""
        self.depart = self.fin = 0.0

    def entrer(self) -> None:
        """Sign in before the minute."""
        self.jeton = self.client.entrer(self.courriel, MOT_DE_PASSE)

    def run(self) -> None:
        heure = self.depart + self.hasard.random() * (self.fin - self.depart - 4)
        prochaine = self.depart + self.hasard.random() * CADENCE
        numero = 0
        while time.monotonic() < self.fin or not self.releve.transmis:
            if time.monotonic() > self.fin + PATIENCE:
                self.releve.incidents.append("transmission jamais acquise")
                return
            time.sleep(max(0.0, prochaine - time.monotonic()))
            prochaine += CADENCE
            if self.releve.transmis:
                return
            if time.monotonic() >= heure and not self.releve.en_route:
                self.transmettre()
            else:
                numero += 1
                self.sauvegarder(numero)

    def demander(self, methode: str, chemin: str, *reste: str, **entetes: str) -> tuple[int, str]:
        """One request; 0 when the network failed, whatever the server had done by then."""
        try:
            code, texte = self.client.demander(methode, chemin, *reste, **entetes)
        except (OSError, http.client.HTTPException):
            self.releve.coupures += 1
            self.client.lien.close()
            return 0, ""
        self.releve.codes[code] += 1
        return code, texte

    def sauvegarder(self, numero: int) -> None:
        """Save one field; what was never acknowledged is sent again, as the page does."""
        r = self.releve
        champ = next(iter(r.en_route), CHAMPS[numero % len(CHAMPS)])
        texte = r.en_route.get(champ) or f"{self.hasard.random()} {numero} " + "Bonjour. " * 40
        texte = texte.strip()
        r.en_route[champ] = texte
        corps = json.dumps({"valeur": texte, "version": self.versions[champ]})
        depart = time.perf_counter()
        code, reponse = self.demander(
            "POST",
            f"/porteur/dossiers/{r.dossier}/reponses/{champ}",
            corps,
            "application/json",
            **{"X-CSRFToken": self.jeton, "Accept": "application/json"},
        )
        if code == 0:
            return
        lu = json.loads(reponse)
        if code == 200 or (code == 409 and lu.get("autre") == texte):
            r.sauvegardes.append((time.perf_counter() - depart) * 1000)
            self.versions[champ] = lu["version"]
            r.acquis[champ] = texte
            r.en_route.pop(champ)
            return
        r.incidents.append(f"sauvegarde {champ} : {code} {reponse[:120]}")
        r.en_route.pop(champ)

    def transmettre(self) -> None:
        """Read the verification page, sign, send; two times out of three, click twice."""
        r = self.releve
        base = f"/porteur/dossiers/{r.dossier}"
        depart = time.perf_counter()
        code, page = self.demander("GET", f"{base}/verification")
        if code in (302, 303):  # sent before the cut: nothing more to do
            r.transmis = True
            return
        if code != 200:
            return
        champs = _champs_transmission(page)
        if champs is None:
            r.incidents.append("page de vérification sans bouton")
            return
        for _ in range(1 if self.hasard.random() < 1 / 3 else 2):
            code, page = self.demander("POST", f"{base}/transmettre", urlencode(champs))
        if code in (302, 303):
            r.transmissions.append((time.perf_counter() - depart) * 1000)
            r.transmis = True
        elif code:
            r.incidents.append(f"transmission : {code} {_texte(page)[:200]}")


def courriel(rang: int) -> str:
    """Address of the porteur number ``rang``."""
    return f"porteur{rang}@mesure.example.org"


def _champs_transmission(page: str) -> list[tuple[str, str]] | None:
    formulaire = BeautifulSoup(page, "html.parser").find("form", action=re.compile("/transmettre$"))
    if formulaire is None:
        return None
    caches = formulaire.find_all("input", type="hidden")
    return [(str(c["name"]), str(c.get("value") or "")) for c in caches] + [("accord", "y")]


def _texte(page: str) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())


def preparer(porteurs: int) -> list[int]:
    """A campagne closing soon, with one complete draft per porteur; their ids."""
    monde = ouvrir_monde(2030)
    chantier = Chantier(monde, muet=True)
    with monde.le(1100):
        peupler(monde)
    db.session.commit()
    _fonder(chantier)
    campagne = _campagne(
        chantier, "Appel de mesure", TypeCampagne.AAP_ANNUEL, exercice_courant(), 30, -1
    )
    dossiers = _ecrire_tout(chantier, campagne, porteurs, 20, ORDINAIRES)
    hachage = hacher_mot_de_passe(MOT_DE_PASSE)
    for rang, dossier in enumerate(dossiers):
        qui = Utilisateur(
            courriel=courriel(rang),
            prenom="Camille",
            nom=f"Essai {rang}",
            mot_de_passe=hachage,
            confirme_le=dossier.cree_le,
        )
        db.session.add(qui)
        db.session.flush()
        db.session.add(
            Membre(
                organisme_id=dossier.organisme_id,
                utilisateur_id=qui.id,
                role=RoleMembre.SIGNATAIRE,
            )
        )
    db.session.commit()
    return [d.id for d in dossiers]


class Serveur:
    """gunicorn as in production, in a process group of its own: ``tuer`` leaves nothing alive."""

    def __init__(self, port: int, env: dict[str, str]) -> None:
        self.port, self.env = port, env
        self.processus: subprocess.Popen[bytes] | None = None

    def lancer(self) -> None:
        commande = f"gunicorn --bind 127.0.0.1:{self.port} --workers 2 --threads 8 --backlog 1024"
        commande += " --keep-alive 75 --timeout 60 --log-level error bench.application:creer()"
        self.processus = subprocess.Popen(
            [sys.executable, "-m", *commande.split()],
            env=self.env,
            cwd=RACINE.parent,
            start_new_session=True,
        )

    def attendre(self) -> None:
        for _ in range(300):
            try:
                Client(self.port).demander("GET", "/sante/vivant")
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise RuntimeError("le serveur ne répond pas")

    def tuer(self) -> None:
        assert self.processus is not None
        os.killpg(self.processus.pid, signal.SIGKILL)
        self.processus.wait()


@contextmanager
def serveur(port: int, env: dict[str, str]) -> Iterator[Serveur]:
    """A server ready to answer; nothing of it is left after."""
    s = Serveur(port, env)
    s.lancer()
    try:
        s.attendre()
        yield s
    finally:
        s.tuer()


def plancher(porteurs: list[Porteur], secondes: float) -> float:
    """95th percentile (ms) of a bare one-row write, same people, same cadence."""
    durees: list[float] = []
    fin = time.monotonic() + secondes

    def ecrire(p: Porteur) -> None:
        time.sleep(p.hasard.random() * CADENCE)
        while time.monotonic() < fin:
            depart = time.perf_counter()
            chemin = f"/plancher/ecriture?dossier={p.releve.dossier}"
            p.client.demander("POST", chemin, "Texte de mesure")
            durees.append((time.perf_counter() - depart) * 1000)
            time.sleep(max(0.0, CADENCE - (time.perf_counter() - depart)))

    _ensemble([threading.Thread(target=ecrire, args=(p,), daemon=True) for p in porteurs])
    return centile(durees)


def _ensemble(fils: list[threading.Thread]) -> None:
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()


def centile(durees: list[float], part: int = 95) -> float:
    """The ``part``-th percentile, 0 when nothing was measured."""
    return round(statistics.quantiles(durees, n=100)[part - 1], 1) if len(durees) > 1 else 0.0


def controler(releves: list[Releve]) -> list[str]:
    """What the database says against what was acknowledged: nothing, when all is well."""
    fautes = [f"dossier {r.dossier} : {i}" for r in releves for i in r.incidents]
    fautes += [
        f"{n} réponses {code}" for r in releves for code, n in r.codes.items() if code >= 500
    ]
    ids = [r.dossier for r in releves]
    lus = {
        (d, champ): valeur
        for d, champ, valeur in db.session.execute(
            select(Reponse.dossier_id, Reponse.champ, Reponse.valeur).where(
                Reponse.dossier_id.in_(ids)
            )
        )
    }
    for r in releves:
        for champ, texte in r.acquis.items():
            if lus[r.dossier, champ] not in (texte, r.en_route.get(champ)):
                fautes.append(f"dossier {r.dossier}, {champ} : texte acquis perdu")
    depots = dict(
        db.session.execute(
            select(Depot.dossier_id, func.count())
            .where(Depot.dossier_id.in_(ids))
            .group_by(Depot.dossier_id)
        ).all()
    )
    fautes += [
        f"dossier {r.dossier} : {depots.get(r.dossier, 0)} dépôt(s)"
        for r in releves
        if depots.get(r.dossier, 0) != int(r.transmis)
    ]
    dossiers = db.session.scalars(select(Dossier).where(Dossier.id.in_(ids))).all()
    numeros = [d.numero for d in dossiers if d.numero]
    if len(set(numeros)) != len(numeros):
        fautes.append("deux dossiers ont le même numéro")
    fautes += [
        f"dossier {d.id} : état {d.etat.value}"
        for d in dossiers
        if d.etat is not EtatDossier.DEPOSE
    ]
    return fautes


def mesurer(base: str, nombre: int, secondes: float, tuer: bool, port: int) -> dict[str, object]:
    """One minute on one database; the figures and the faults."""
    with base_de(base) as url:
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
            ids = preparer(nombre)
            db.engine.dispose()
        with serveur(port, env) as machine:
            porteurs = [Porteur(i, d, port, 7) for i, d in enumerate(ids)]
            for p in tqdm(porteurs, desc=f"{base} : connexions", ncols=78):
                p.entrer()
            sol = plancher(porteurs, min(20.0, secondes))
            _minute(porteurs, secondes, machine, tuer)
        with app.app_context():
            resultat = _resultat(base, porteurs, sol, tuer)
            db.engine.dispose()
        return resultat


def _minute(porteurs: list[Porteur], secondes: float, machine: Serveur, tuer: bool) -> None:
    depart = time.monotonic() + 1
    for p in porteurs:
        p.depart, p.fin = depart, depart + secondes
        p.start()
    if tuer:
        time.sleep(secondes / 2)
        machine.tuer()
        time.sleep(1)
        machine.lancer()
    for p in tqdm(porteurs, desc="dernière minute", ncols=78):
        p.join()


def _resultat(base: str, porteurs: list[Porteur], sol: float, tuer: bool) -> dict[str, object]:
    releves = [p.releve for p in porteurs]
    gardees = [x for r in releves for x in r.sauvegardes]
    envois = [x for r in releves for x in r.transmissions]
    return {
        "base": base,
        "serveur tué": tuer,
        "porteurs": len(releves),
        "sauvegardes acquises": len(gardees),
        "sauvegarde p50 (ms)": centile(gardees, 50),
        "sauvegarde p95 (ms)": centile(gardees),
        "écriture nue p95 (ms)": round(sol, 1),
        "transmis": sum(r.transmis for r in releves),
        "transmission p95 (ms)": centile(envois),
        "coupures vues": sum(r.coupures for r in releves),
        "réponses 5xx": sum(n for r in releves for c, n in r.codes.items() if c >= 500),
        "fautes": controler(releves),
    }


def main() -> int:
    lecteur = argparse.ArgumentParser(description="Mesure la dernière minute d’un appel.")
    lecteur.add_argument("--bases", default="sqlite,postgresql")
    lecteur.add_argument("--porteurs", type=int, default=300)
    lecteur.add_argument("--secondes", type=float, default=60)
    lecteur.add_argument("--tuer", action="store_true", help="seulement la minute interrompue")
    choix = lecteur.parse_args()
    resultats = []
    for rang, base in enumerate(choix.bases.split(",")):
        for tuer in (True,) if choix.tuer else (False, True):
            mesure = mesurer(base, choix.porteurs, choix.secondes, tuer, 8850 + 2 * rang + tuer)
            resultats.append(mesure)
            print(json.dumps(mesure, ensure_ascii=False, indent=1))
    RESULTATS.write_text(json.dumps(resultats, ensure_ascii=False, indent=1) + "\n")
    return 1 if any(m["fautes"] for m in resultats) else 0


if __name__ == "__main__":
    sys.exit(main())
