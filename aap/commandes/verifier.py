"""``flask --app aap verifier``: doubts the whole database, names what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import click
from flask.cli import with_appcontext

from aap.commandes.avancement import suivre
from aap.domaine.montants import grouper
from aap.extensions import db, lecture_seule
from aap.requetes.invariants import INVARIANTS, Ecart, Invariant
from aap.services import invariants as des_services

MONTRES = 50


def _suivre(elements: Iterable[Any]) -> Iterator[Any]:
    """The elements, with a bar on a terminal and nothing elsewhere."""
    return suivre(elements, "lignes")


def controler(un: Invariant) -> tuple[int, list[Ecart]]:
    """(number of faults, the first ``MONTRES`` of them): memory stays bounded."""
    ecarts = un.controle(_suivre)
    montres = list(islice(ecarts, MONTRES))
    return len(montres) + sum(1 for _ in ecarts), montres


def _dire(un: Invariant, nombre: int, montres: list[Ecart]) -> None:
    if not nombre:
        click.echo(f"  bon     {un.phrase}")
        return
    click.echo(f"  FAUX    {un.phrase} ({grouper(nombre)})")
    for ecart in montres:
        click.echo(f"            - {ecart.objet} : {ecart.message}")
    if nombre > len(montres):
        click.echo(f"            … et {grouper(nombre - len(montres))} autres")


@click.command("verifier")
@click.option("--seulement", multiple=True, metavar="CODE", help="Un seul contrôle (répétable).")
@click.option("--liste", is_flag=True, help="Montre les contrôles et leurs codes.")
@with_appcontext
def verifier(seulement: tuple[str, ...], liste: bool) -> None:
    """Contrôle toute la base ; code de sortie 1 au moindre écart."""
    assert des_services
    if liste:
        for un in INVARIANTS.values():
            click.echo(f"{un.code:<26} {un.phrase}")
        return
    inconnus = sorted(set(seulement) - set(INVARIANTS))
    if inconnus:
        raise click.ClickException(f"Contrôle inconnu : {', '.join(inconnus)} (voir --liste).")
    total = 0
    with lecture_seule():
        for code, un in INVARIANTS.items():
            if seulement and code not in seulement:
                continue
            nombre, montres = controler(un)
            total += nombre
            _dire(un, nombre, montres)
            db.session.rollback()
    if total:
        click.echo(f"Base à réparer : {grouper(total)} écart(s).")
        raise SystemExit(1)
    click.echo("Base juste : tous les contrôles sont bons.")
