"""``make demo``: migrated database, contract, demonstration, accounts printed, server up.

    python -m aap.demo.lancer [--graine N] [--preparer]

A second run keeps the data. ``--preparer`` stops before the server.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from aap import create_app
from aap.demo.construire import construire
from aap.demo.monde import MOT_DE_PASSE, Compte
from aap.extensions import db
from aap.migration import migrer
from aap.models import Dossier, Parametre
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.services.referentiel import charger_contrat
from aap.taches.ouvrier import vider

TERMINEE = "demonstration"
CONTRAT = "gosb-2024-2030"


def dire(phrase: str) -> None:
    print(phrase, flush=True)


def _dossier_var(env: Mapping[str, str]) -> Path:
    return Path(env.get("AAP_VAR", "var/demo")).resolve()


def environnement(env: Mapping[str, str]) -> dict[str, str]:
    """The settings of the demonstration, kept from one run to the next (secret included)."""
    var = _dossier_var(env)
    var.mkdir(parents=True, exist_ok=True)
    port = env.get("PORT", "8000")
    cle = var / "cle-secrete"
    if not cle.exists():
        cle.write_text(secrets.token_urlsafe(48))
        cle.chmod(0o600)
    return {
        **env,
        "AAP_MODE": "demonstration",
        "AAP_VAR": str(var),
        "AAP_DATABASE_URL": env.get("AAP_DATABASE_URL") or f"sqlite:///{var / 'aap.db'}",
        "AAP_STOCKAGE": env.get("AAP_STOCKAGE") or str(var / "fichiers"),
        "AAP_ADRESSE": env.get("AAP_ADRESSE") or f"http://localhost:{port}",
        "AAP_CLE_SECRETE": env.get("AAP_CLE_SECRETE") or cle.read_text().strip(),
        "PORT": port,
    }


def preparer(app: Flask, graine: int) -> None:
    """Migrate, load the contract, build the demonstration once."""
    with app.app_context():
        dire("Base de données : migrations…")
        migrer()
        rapport = charger_contrat(lire_contrat(DONNEES / CONTRAT))
        db.session.commit()
        dire(
            f"Contrat de ville : {len(rapport.ajouts)} ajouts, "
            f"{len(rapport.changements)} changements."
        )
        if db.session.get(Parametre, TERMINEE) is not None:
            dire("Démonstration déjà construite : les données sont gardées.")
            return
        if db.session.scalar(select(Dossier.id).limit(1)) is not None:
            raise SystemExit(
                "Une construction précédente a été interrompue : lancez « make demo-neuve »."
            )
        dire("Construction de la démonstration (une à trois minutes)…")
        monde = construire(graine)
        dire("Récépissés et tâches de fond…")
        vider()
        _ecrire_comptes(monde.comptes)
        db.session.add(Parametre(code=TERMINEE, valeur={"graine": graine}))
        db.session.commit()


def _chemin_comptes() -> Path:
    return _dossier_var(os.environ) / "comptes.json"


def _ecrire_comptes(comptes: list[Compte]) -> None:
    lignes = [
        {
            "role": c.role,
            "identifiant": c.identifiant,
            "mot_de_passe": MOT_DE_PASSE,
            "description": c.description,
        }
        for c in comptes
    ]
    _chemin_comptes().write_text(json.dumps(lignes, ensure_ascii=False, indent=1) + "\n")


def annoncer(adresse: str) -> None:
    """The address and one account per role."""
    comptes = json.loads(_chemin_comptes().read_text("utf-8"))
    largeur = max(len(c["identifiant"]) for c in comptes)
    dire(f"\nAdresse : {adresse}\nMot de passe de tous les comptes : {MOT_DE_PASSE}\n")
    for c in comptes:
        dire(f"  {c['role']:<15} {c['identifiant']:<{largeur}}  {c['description']}")
    dire(f"\n(aussi dans {_chemin_comptes()})\n")


def servir(env: dict[str, str]) -> int:
    """gunicorn and one worker, stopped together."""
    ouvrier = subprocess.Popen([sys.executable, "-m", "flask", "--app", "aap", "ouvrier"], env=env)
    serveur = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"0.0.0.0:{env['PORT']}",
            "--workers",
            "2",
            "--threads",
            "4",
            "--worker-class",
            "gthread",
            "--log-level",
            "warning",
            "aap:create_app()",
        ],
        env=env,
    )
    enfants = (serveur, ouvrier)

    def arreter(*_: object) -> None:
        for enfant in enfants:
            enfant.terminate()

    signal.signal(signal.SIGTERM, arreter)
    signal.signal(signal.SIGINT, arreter)
    while all(e.poll() is None for e in enfants):
        time.sleep(0.3)
    arreter()
    codes = [e.wait(timeout=20) for e in enfants]
    return max((abs(c) for c in codes if c not in (0, -signal.SIGTERM, -signal.SIGINT)), default=0)


def main() -> int:
    lecteur = argparse.ArgumentParser(description="Lance la démonstration.")
    lecteur.add_argument("--graine", type=int, default=2030)
    lecteur.add_argument("--preparer", action="store_true", help="ne lance pas le serveur")
    choix = lecteur.parse_args()
    env = environnement(os.environ)
    os.environ.update(env)
    app = create_app()
    preparer(app, choix.graine)
    with app.app_context():
        db.engine.dispose()
    annoncer(env["AAP_ADRESSE"])
    if choix.preparer:
        return 0
    dire("Serveur en marche (Ctrl+C pour l’arrêter).")
    return servir(env)


if __name__ == "__main__":
    sys.exit(main())
