"""Commands ``flask --app aap …`` (French messages, progress bars on long work)."""

from __future__ import annotations

import click
from flask import Flask

from aap import taches
from aap.commandes.comptes import creer_administrateur
from aap.commandes.referentiel import groupe_referentiel
from aap.services.journal import verifier_journal
from aap.taches import ouvrier as travail


@click.group("journal")
def groupe_journal() -> None:
    """Le journal infalsifiable des actes."""


@groupe_journal.command("verifier")
def journal_verifier() -> None:
    """Relit toutes les chaînes et nomme la première ligne rompue."""
    lues, rupture = verifier_journal()
    if rupture is None:
        click.echo(f"Journal intact : {lues} lignes relues.")
        return
    click.echo(f"Journal rompu : chaîne {rupture.chaine}, ligne {rupture.rang} : {rupture.raison}.")
    raise SystemExit(1)


@click.command("ouvrier")
@click.option("--une-fois", is_flag=True, help="Fait ce qui attend, puis s’arrête.")
def ouvrier(une_fois: bool) -> None:
    """Exécute les tâches de fond (courriels, ouvertures, relances)."""
    if une_fois:
        click.echo(f"{travail.vider()} tâche(s) exécutée(s).")
        return
    click.echo("Ouvrier en marche (Ctrl+C pour l’arrêter).")
    travail.tourner()


def brancher_commandes(app: Flask) -> None:
    """Add the commands; ``taches`` is imported for its registrations."""
    assert taches
    app.cli.add_command(groupe_journal)
    app.cli.add_command(groupe_referentiel)
    app.cli.add_command(ouvrier)
    app.cli.add_command(creer_administrateur)
