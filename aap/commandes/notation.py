"""``flask --app aap notation …``: make a frozen ranked list, or computed criteria, again."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import click
from flask.cli import AppGroup

from aap.commandes.avancement import suivre
from aap.domaine.montants import nombre
from aap.domaine.notation import VALEUR_MAX
from aap.extensions import lecture_seule
from aap.models import Dossier
from aap.requetes.recalcul import BilanCritere, Recalcul, recalculer
from aap.services.classement import Rejeu, campagne_par_nom, classements_de, rejouer

MONTRES = 20
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


@groupe_notation.command("recalculer")
@click.argument("campagne", metavar="CAMPAGNE")
@click.option(
    "--fichier",
    type=click.Path(dir_okay=False, writable=True),
    help="Écrit aussi chaque valeur dans un fichier CSV.",
)
def recalculer_campagne(campagne: str, fichier: str | None) -> None:
    """Recalcule chaque critère calculé de chaque dossier, et dit ce qui diffère du figé.

    Rien n’est écrit dans la base : les notations envoyées gardent leurs valeurs.
    """
    with lecture_seule():
        trouvee = campagne_par_nom(campagne)
        if trouvee is None:
            raise click.ClickException(f"Aucune campagne n’a le code ou le numéro « {campagne} ».")
        depart = perf_counter()
        recalcul = recalculer(trouvee, _barre)
        duree = perf_counter() - depart
        click.echo(f"Campagne {trouvee.id}, « {trouvee.nom} »")
        secondes = f"{duree:.1f}".replace(".", ",")
        click.echo(f"{len(recalcul.valeurs)} dossiers recalculés en {secondes} s.")
        for bilan in recalcul.criteres:
            _dire_critere(bilan)
        if not recalcul.criteres:
            click.echo("La grille de cette campagne n’a aucun critère calculé.")
    if fichier:
        _ecrire_csv(fichier, recalcul)


def _barre(dossiers: Sequence[Dossier]) -> Iterator[Dossier]:
    return suivre(dossiers, "dossiers")


def _dire_critere(bilan: BilanCritere) -> None:
    moyenne = "aucune" if bilan.moyenne is None else f"{nombre(bilan.moyenne)}/{VALEUR_MAX}"
    click.echo(
        f"  {bilan.critere.libelle} : {bilan.connus} connus, {bilan.sans_objet} sans objet, "
        f"moyenne {moyenne}"
    )
    if bilan.ecarts:
        vus = ", ".join(bilan.ecarts[:MONTRES])
        suite = "…" if len(bilan.ecarts) > MONTRES else ""
        click.echo(f"    {len(bilan.ecarts)} notés avec une autre valeur : {vus}{suite}")


def _ecrire_csv(fichier: str, recalcul: Recalcul) -> None:
    """One line per dossier; exact values, « p/q »."""
    codes = [b.critere.code for b in recalcul.criteres]
    with Path(fichier).open("w", encoding="utf-8-sig", newline="") as sortie:
        lignes = csv.writer(sortie, delimiter=";")
        lignes.writerow(["dossier", *codes])
        for reference, valeurs in recalcul.valeurs.items():
            ecrites = ["" if (v := valeurs[code]) is None else str(v) for code in codes]
            lignes.writerow([reference, *ecrites])
    click.echo(f"Valeurs écrites dans {fichier}.")


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
