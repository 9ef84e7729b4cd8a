"""``flask --app aap creer-administrateur``: the first account of an installation."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.identifiants import lire_courriel
from aap.extensions import db
from aap.models import RoleHabilitation, Utilisateur
from aap.permissions import SYSTEME
from aap.requetes.comptes import utilisateur_par_courriel
from aap.services.compte import creer_utilisateur
from aap.services.habilitation import habiliter


def _adresse(_contexte: click.Context, _option: click.Parameter, valeur: str) -> str:
    try:
        return lire_courriel(valeur)
    except ValueError as erreur:
        raise click.BadParameter(str(erreur)) from erreur


def _compte(courriel: str, prenom: str, nom: str, mot_de_passe: str | None) -> Utilisateur:
    """The existing account (its password does not move), or a new one already confirmed."""
    utilisateur = utilisateur_par_courriel(courriel)
    if utilisateur is not None:
        click.echo("Ce compte existe déjà\u00a0: son mot de passe ne change pas.")
        utilisateur.confirme_le = utilisateur.confirme_le or maintenant()
        return utilisateur
    if mot_de_passe is None:
        mot_de_passe = click.prompt(
            "Mot de passe (12 caractères au moins)", hide_input=True, confirmation_prompt=True
        )
    return creer_utilisateur(SYSTEME, courriel, prenom, nom, mot_de_passe, confirme=True)


@click.command("creer-administrateur")
@click.option("--courriel", prompt="Adresse électronique", callback=_adresse)
@click.option("--prenom", prompt="Prénom")
@click.option("--nom", prompt="Nom")
@click.option("--mot-de-passe", envvar="AAP_MOT_DE_PASSE", help="Demandé s’il manque.")
@with_appcontext
def creer_administrateur(courriel: str, prenom: str, nom: str, mot_de_passe: str | None) -> None:
    """Crée un compte d’administration technique, ou donne ce droit à un compte existant."""
    try:
        utilisateur = _compte(courriel, prenom, nom, mot_de_passe)
        habiliter(SYSTEME, utilisateur, RoleHabilitation.ADMINISTRATEUR, None, du=aujourdhui())
    except Invalide as erreur:
        db.session.rollback()
        raisons = " ".join(p.message for p in erreur.problemes) or erreur.message
        raise click.ClickException(raisons) from erreur
    db.session.commit()
    click.echo(f"{utilisateur.nom_complet} administre la plateforme.")
