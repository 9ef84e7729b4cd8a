"""``flask --app aap referentiel …``: load and check the contrats."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from aap.domaine.montants import grouper
from aap.extensions import db
from aap.models import Contrat
from aap.referentiel.lecture import (
    DONNEES,
    ReferentielInvalide,
    contrats_fournis,
    lire_contrat,
)
from aap.requetes.comptes_referentiel import compter
from aap.services.alignement import Rapport
from aap.services.contours import charger_contours
from aap.services.referentiel import charger_contrat

groupe_referentiel = AppGroup("referentiel", help="Les contrats de ville, en fichiers.")
LIGNES_MONTREES = 30


def _montrer(titre: str, lignes: list[str]) -> None:
    click.echo(f"  {titre} : {grouper(len(lignes))}")
    for ligne in lignes[:LIGNES_MONTREES]:
        click.echo(f"    - {ligne}")
    if len(lignes) > LIGNES_MONTREES:
        click.echo(f"    … et {grouper(len(lignes) - LIGNES_MONTREES)} autres")


def _rendre_compte(code: str, rapport: Rapport) -> None:
    click.echo(f"{code} :")
    if rapport.vide:
        click.echo("  rien à changer")
        return
    _montrer("ajouts", rapport.ajouts)
    _montrer("changements", rapport.changements)
    _montrer("retraits", rapport.retraits)


def _dossiers(codes: tuple[str, ...], chemin: Path | None) -> list[Path]:
    if chemin is not None:
        return [chemin]
    inconnus = set(codes) - set(contrats_fournis())
    if inconnus:
        raise click.ClickException(
            f"Contrat inconnu : {', '.join(sorted(inconnus))}. "
            f"Contrats fournis : {', '.join(contrats_fournis())}."
        )
    return [DONNEES / code for code in codes or contrats_fournis()]


@groupe_referentiel.command("charger")
@click.argument("codes", nargs=-1)
@click.option("--a-blanc", is_flag=True, help="Montre ce qui changerait, sans rien écrire.")
@click.option(
    "--dossier",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Charge le contrat de ce dossier au lieu de ceux fournis.",
)
def charger(codes: tuple[str, ...], a_blanc: bool, dossier: Path | None) -> None:
    """Charge un contrat (tous par défaut) et dit ce qui change."""
    for chemin in _dossiers(codes, dossier):
        try:
            donnees = lire_contrat(chemin)
        except ReferentielInvalide as erreur:
            raise click.ClickException(f"Fichiers refusés :\n{erreur}") from erreur
        rapport = charger_contrat(donnees)
        _rendre_compte(donnees.contrat["code"], rapport)
        if a_blanc:
            db.session.rollback()
        else:
            db.session.commit()
    if a_blanc:
        click.echo("À blanc : rien n’a été écrit.")


@groupe_referentiel.command("charger-contours")
@click.argument("fichier", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--contrat", "code", default="", help="Code du contrat (inutile s’il est seul).")
@click.option(
    "--ignorer-inconnus", is_flag=True, help="Laisse de côté les quartiers d’autres contrats."
)
@click.option("--a-blanc", is_flag=True, help="Montre ce qui changerait, sans rien écrire.")
def charger_les_contours(fichier: Path, code: str, ignorer_inconnus: bool, a_blanc: bool) -> None:
    """Charge les contours des quartiers depuis un fichier GeoJSON (WGS 84)."""
    contrats = _contrats_charges((code,) if code else ())
    if len(contrats) > 1:
        raise click.ClickException("Plusieurs contrats sont chargés : dites lequel (--contrat).")
    try:
        rapport = charger_contours(contrats[0], fichier, ignorer_inconnus=ignorer_inconnus)
    except ReferentielInvalide as erreur:
        db.session.rollback()
        raise click.ClickException(f"Fichier refusé :\n{erreur}") from erreur
    _rendre_compte(contrats[0].code, rapport)
    if a_blanc:
        db.session.rollback()
        click.echo("À blanc : rien n’a été écrit.")
    else:
        db.session.commit()


@groupe_referentiel.command("verifier")
@click.argument("codes", nargs=-1)
def verifier(codes: tuple[str, ...]) -> None:
    """Compte ce que la base contient, et dit si elle diffère des fichiers."""
    ecarts = [c.code for c in _contrats_charges(codes) if not _correspond(c)]
    if ecarts:
        raise click.ClickException("La base diffère des fichiers : lancez « referentiel charger ».")
    click.echo("La base correspond aux fichiers.")


def _contrats_charges(codes: tuple[str, ...]) -> list[Contrat]:
    """The contrats of the database (those of ``codes`` when given)."""
    contrats = db.session.scalars(select(Contrat).order_by(Contrat.code)).all()
    if not contrats:
        raise click.ClickException("Aucun contrat n’est chargé : lancez « referentiel charger ».")
    absents = set(codes) - {c.code for c in contrats}
    if absents:
        raise click.ClickException(f"Contrat absent de la base : {', '.join(sorted(absents))}.")
    return [c for c in contrats if not codes or c.code in codes]


def _correspond(contrat: Contrat) -> bool:
    """Count the rows on screen; False when they differ from the files of the program."""
    code = contrat.code
    click.echo(f"{code} – {contrat.nom}")
    for nom, nombre in compter(contrat).items():
        click.echo(f"  {grouper(nombre):>6} {nom}")
    if code not in contrats_fournis():
        click.echo("  ses fichiers ne sont pas fournis avec le programme : non comparé")
        return True
    rapport = charger_contrat(lire_contrat(DONNEES / code))
    db.session.rollback()
    if not rapport.vide:
        _rendre_compte(code, rapport)
    return rapport.vide
