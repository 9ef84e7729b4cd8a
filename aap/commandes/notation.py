"""``flask --app aap notation …``: make the frozen ranked list of a campaign again."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from aap.extensions import lecture_seule
from aap.services.classement import Rejeu, campagne_par_nom, classements_de, rejouer

groupe_notation = AppGroup("notation", help="La notation des dossiers.")


@groupe_notation.command("rejouer")
@click.argument("campagne", metavar="CAMPAGNE")
def rejouer_campagne(campagne: str) -> None:
    """Refait les classements figés d’une campagne (code ou numéro) et compare leurs empreintes."""
    with lecture_seule():
        trouvee = campagne_par_nom(campagne)
        if trouvee is None:
            raise click.ClickException(f"Aucune campagne n’a le code ou le numéro « {campagne} ».")
        figes = classements_de(trouvee)
        if not figes:
            raise click.ClickException("Aucun classement n’a été figé dans cette campagne.")
        click.echo(f"Campagne {trouvee.id}, « {trouvee.nom} »")
        rejeux = [rejouer(f) for f in figes]
        for r in rejeux:
            _dire(r)
    if not all(r.conforme for r in rejeux):
        click.echo("Classement non conforme : prévenez l’administration technique.")
        raise SystemExit(1)
    click.echo("Classement conforme : les mêmes données donnent la même empreinte.")


def _dire(r: Rejeu) -> None:
    fige = r.classement
    suite = " (rouvert depuis)" if fige.rouvert_le else ""
    click.echo(f"Classement n° {fige.numero}{suite}")
    click.echo(f"  Empreinte figée  : {fige.sha256}")
    click.echo(f"  Empreinte refaite : {r.sha256 or 'impossible à refaire'}")
    _liste("Résultat", r.ecarts_resultat)
    _liste("Journal", r.ecarts_journal)
    if r.ecarts_tables:
        click.echo("  Les données d’aujourd’hui ont changé depuis (le classement figé fait foi) :")
        for phrase in r.ecarts_tables:
            click.echo(f"    - {phrase}")


def _liste(quoi: str, ecarts: tuple[str, ...]) -> None:
    if not ecarts:
        click.echo(f"  {quoi} : identique.")
        return
    click.echo(f"  {quoi} : {len(ecarts)} différence(s).")
    for phrase in ecarts:
        click.echo(f"    - {phrase}")
