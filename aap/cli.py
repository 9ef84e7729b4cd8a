"""Commands ``flask --app aap …`` (French messages, progress bars on long work)."""

from __future__ import annotations

import click
from flask import Flask

from aap import taches
from aap.commandes.comptes import creer_administrateur
from aap.commandes.copil import groupe_copil
from aap.commandes.notation import groupe_notation
from aap.commandes.referentiel import groupe_referentiel
from aap.commandes.verifier import verifier
from aap.extensions import db
from aap.migration import groupe_migrations
from aap.services.journal import verifier_journal
from aap.services.sceau import sceller
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


@groupe_journal.command("sceller")
def journal_sceller() -> None:
    """Écrit un sceau : les dernières lignes des chaînes qui ont bougé."""
    sceau = sceller()
    db.session.commit()
    if sceau is None:
        click.echo("Rien n’a bougé depuis le dernier sceau.")
        return
    click.echo(f"Sceau n° {sceau.rang} : {sceau.hachage}")
    click.echo("Conservez cette empreinte hors de la plateforme : elle date tout le journal.")


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
    app.cli.add_command(groupe_migrations)
    app.cli.add_command(groupe_journal)
    app.cli.add_command(groupe_referentiel)
    app.cli.add_command(groupe_copil)
    app.cli.add_command(groupe_notation)
    app.cli.add_command(ouvrier)
    app.cli.add_command(creer_administrateur)
    app.cli.add_command(verifier)
