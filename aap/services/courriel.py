"""The outbox: mails are written in the transaction of the act and leave after its commit."""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aap.chemins import trouver
from aap.domaine.typographie import composer
from aap.extensions import db, reglages
from aap.filtres import FILTRES
from aap.models import Campagne, Courriel, EtatCourriel, Utilisateur
from aap.requetes.essai import MENTION, campagne_des, s_entraine
from aap.requetes.territoire import valeurs_territoire
from aap.services.taches import enfiler

# In text already escaped: neither quotes nor tags can be part of an address.
ADRESSE_WEB = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
ESSAI = "[Essai]"  # subject of the mails of a sandbox campaign


@cache
def _gabarits(html: bool) -> Environment:
    env = Environment(
        loader=FileSystemLoader(trouver("templates") / "courriels"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(FILTRES)
    return env


def deposer_courriel(
    destinataire: Utilisateur | str,
    modele: str,
    *,
    entite: str = "",
    entite_id: int | None = None,
    retenu: bool = False,
    **contexte: Any,
) -> Courriel:
    """Put one mail in the outbox (flushed, sent by the worker after the commit).

    ``modele`` names ``templates/courriels/<modele>.txt`` (first line: « Objet : … ») and
    ``<modele>.html``. Templates receive ``contexte``, ``adresse(chemin)``, ``destinataire`` and
    ``territoire`` (name, contact…). A mail about a sandbox campaign says so, and is kept here
    without leaving unless it goes to those who train.
    """
    regles = reglages()
    adresse = destinataire if isinstance(destinataire, str) else destinataire.courriel
    valeurs = {
        "adresse": regles.adresse_de,
        "destinataire": destinataire,
        "territoire": valeurs_territoire(),
        "essai": "",
        **contexte,
    }
    essai = _essai(contexte)
    if essai is not None:
        valeurs["essai"] = MENTION
        qui = None if isinstance(destinataire, str) else destinataire.id
        retenu = retenu or not s_entraine(qui, essai)
    brut = _gabarits(False).get_template(f"{modele}.txt").render(valeurs)
    premiere, _, texte = brut.partition("\n")
    if essai is not None:
        premiere, texte = f"{ESSAI} {premiere.removeprefix('Objet : ')}", f"{MENTION}\n\n{texte}"
    courriel = Courriel(
        message_id=f"{secrets.token_hex(16)}@{regles.expediteur.rpartition('@')[2]}",
        destinataire=adresse,
        utilisateur_id=None if isinstance(destinataire, str) else destinataire.id,
        sujet=composer(" ".join(premiere.removeprefix("Objet : ").split()))[:200],
        texte=composer(texte.strip()) + "\n",
        html=composer(_gabarits(True).get_template(f"{modele}.html").render(valeurs)),
        modele=modele,
        entite=entite,
        entite_id=entite_id,
        etat=EtatCourriel.RETENU if retenu else EtatCourriel.A_ENVOYER,
    )
    db.session.add(courriel)
    db.session.flush()
    if not retenu:
        enfiler("envoyer_courriel", {"courriel_id": courriel.id})
    return courriel


def mettre_en_page(corps: str) -> str:
    """HTML part of a mail reworded by hand: paragraphs, addresses as links, frame of the house."""
    valeurs = {
        "adresse": reglages().adresse_de,
        "destinataire": "",
        "territoire": valeurs_territoire(),
        "essai": "",
        "paragraphes": Markup(
            ADRESSE_WEB.sub(r'<a href="\g<0>">\g<0></a>', str(FILTRES["texte"](corps)))
        ),
    }
    return composer(_gabarits(True).get_template("_reecrit.html").render(valeurs))


def _essai(contexte: dict[str, Any]) -> Campagne | None:
    """The sandbox campaign that the mail speaks of, None for a real one."""
    campagne = campagne_des(contexte)
    return campagne if campagne is not None and campagne.bac_a_sable else None
