"""``flask --app aap copil …``: make the minutes of a session again and compare."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from aap.domaine.erreurs import PasLeMoment
from aap.services.pv import rejouer_pv, seance_par_id

groupe_copil = AppGroup("copil", help="Le comité de pilotage.")


@groupe_copil.command("rejouer")
@click.argument("seance_id", metavar="SEANCE", type=int)
def rejouer(seance_id: int) -> None:
    """Refait le procès-verbal d’une séance depuis le journal et dit s’il est conforme."""
    seance = seance_par_id(seance_id)
    if seance is None:
        raise click.ClickException(f"Aucune séance n’a le numéro {seance_id}.")
    try:
        rejeu = rejouer_pv(seance)
    except PasLeMoment as refus:
        raise click.ClickException(refus.message) from refus
    click.echo(f"Séance {seance.id}, « {seance.titre} »")
    click.echo(f"Empreinte arrêtée : {seance.pv_sha256}")
    click.echo(
        "Contenu figé : intact."
        if rejeu.intact
        else "Contenu figé : ne correspond plus à son empreinte."
    )
    _dire("Journal rejoué", rejeu.ecarts_journal)
    _dire("Décisions enregistrées", rejeu.ecarts_tables)
    if not rejeu.conforme:
        raise SystemExit(1)
    click.echo("Procès-verbal conforme.")


def _dire(quoi: str, ecarts: tuple[str, ...]) -> None:
    if not ecarts:
        click.echo(f"{quoi} : mêmes faits.")
        return
    click.echo(f"{quoi} : {len(ecarts)} différence(s).")
    for phrase in ecarts:
        click.echo(f"  - {phrase}")
