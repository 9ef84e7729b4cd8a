"""What the pages of the coordination share: tabs, links to the steps, refused forms."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Depassement, ErreurMetier, Invalide, Probleme
from aap.extensions import db
from aap.models import Campagne
from forms.base import Formulaire, FormulaireVersionne

ONGLETS = (
    ("Vue d’ensemble", "coordination.campagne"),
    ("Dates et cadrage", "coordination.modifier_campagne"),
    ("Priorités", "coordination.priorites"),
    ("Règles", "coordination.regles"),
    ("Grille", "coordination.grille"),
    ("Enveloppes", "coordination.enveloppes"),
    ("Affectation", "coordination.affectation"),
    ("Avancement", "coordination.avancement"),
    ("Résultats", "copil.resultats"),
)
# step of requetes.campagnes.problemes_campagne -> page that mends it
ETAPES = {
    "dates": "coordination.modifier_campagne",
    "note": "coordination.modifier_campagne",
    "priorites": "coordination.priorites",
    "grille": "coordination.grille",
    "enveloppes": "coordination.enveloppes",
    "montants": "coordination.montants_enveloppes",
    "affectation": "coordination.affectation",
}


def onglets(campagne: Campagne) -> list[dict[str, Any]]:
    """Links between the pages of a campaign."""
    return [
        {
            "libelle": libelle,
            "url": url_for(endpoint, campagne_id=campagne.id),
            "actif": request.endpoint == endpoint,
        }
        for libelle, endpoint in ONGLETS
    ]


def relier(campagne: Campagne, problemes: list[Probleme]) -> list[Probleme]:
    """The same problems with the address of the page that mends each one."""
    return [
        Probleme(
            p.message,
            "",
            p.bloquant,
            url_for(ETAPES[p.lien], campagne_id=campagne.id) if p.lien in ETAPES else "",
        )
        for p in problemes
    ]


def page(
    gabarit: str, campagne: Campagne, form: Formulaire | None = None, **contexte: Any
) -> ResponseReturnValue:
    """A page of a campaign; 422 when its form came back refused."""
    if isinstance(form, FormulaireVersionne) and not form.version.data:
        form.version.data = str(contexte.pop("version", campagne.version))
    erreurs = form.problemes() if form is not None else []
    rendu = render_template(
        f"coordination/{gabarit}",
        campagne=campagne,
        onglets_campagne=onglets(campagne),
        form=form,
        erreurs=erreurs,
        **contexte,
    )
    return rendu, 422 if erreurs else 200


def refuser(form: Formulaire, erreur: ErreurMetier, champ: str = "") -> None:
    """Undo, and show the refusal of a service on the form that was sent."""
    db.session.rollback()
    if isinstance(erreur, Invalide):
        form.reprendre(erreur.problemes or [Probleme(erreur.message)])
    elif isinstance(erreur, Depassement):
        form.reprendre([Probleme(f"{erreur.message} {erreur.que_faire}".strip(), champ)])
    else:
        raise erreur
