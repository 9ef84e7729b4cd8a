"""What the pages of a draft have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.questionnaire import QUESTIONS, Section
from aap.extensions import db
from aap.models import Dossier
from aap.requetes import porteur as lire
from aap.requetes.contenu_rubrique import contenu_lisible
from aap.requetes.renvois import page_du_renvoi
from aap.requetes.rubriques import empreinte_rubrique, voisines
from aap.routes.porteur.automatique import automatique, marquer
from aap.services.redaction import MODIFIABLES
from forms.base import Formulaire
from forms.dossier import FormulaireEmpreinte

ADRESSES = {
    "orientation": "porteur.orientation",
    "quartiers": "porteur.quartiers",
    "indicateurs": "porteur.indicateurs",
    "financeurs": "porteur.financeurs",
    "budget": "porteur.budget",
    "budget_annees": "porteur.budget_annees",
    "pieces": "porteur.pieces",
}


def adresse(dossier_id: int, code: str) -> str:
    """Address of the page of a section."""
    if code in ADRESSES:
        return url_for(ADRESSES[code], dossier_id=dossier_id)
    return url_for("porteur.questions", dossier_id=dossier_id, code=code)


def adresse_renvoi(dossier: Dossier, renvoi: str) -> str:
    """Address of the very field, page or paper that an element asked for names, or nothing."""
    genre, _, code = renvoi.partition(":")
    if genre == "piece":
        return url_for(
            "porteur.documents", organisme_id=dossier.organisme_id, type=code, _anchor="deposer"
        )
    if genre == "organisme" and code == "budget":
        return url_for("porteur.budget_organisme", organisme_id=dossier.organisme_id)
    if genre == "organisme":
        return url_for("porteur.modifier_organisme", organisme_id=dossier.organisme_id, code=code)
    place = page_du_renvoi(dossier, renvoi)
    if place is None:
        return ""
    page, question = place
    return adresse(dossier.id, page) + (f"#{question}" if question else "")


def situer(dossier_id: int, problemes: list[Probleme]) -> list[Probleme]:
    """The same problems, each with the address of the page where it is mended."""
    return [
        Probleme(
            p.message,
            p.champ if p.lien and p.champ in QUESTIONS else "",
            p.bloquant,
            adresse(dossier_id, p.lien) if p.lien else url_for("porteur.accueil"),
        )
        for p in problemes
    ]


def section_de(dossier: Dossier, code: str) -> tuple[Section, Section | None]:
    """The section and the next one; 404 for a code that this dossier does not have."""
    try:
        return voisines(dossier.profil, code)
    except KeyError:
        abort(404)


def montrer_section(
    dossier: Dossier, code: str, gabarit: str, *, statut: int = 200, **valeurs: Any
) -> ResponseReturnValue:
    """Page of a section; read-only when the dossier is no longer in the porteur's hands."""
    section, suivante = section_de(dossier, code)
    if automatique():
        return _refuser(valeurs.get("erreurs", ()))
    page = render_template(
        f"porteur/rubriques/{gabarit}.html",
        dossier=dossier,
        section=section,
        suivante=suivante,
        adresse=adresse,
        modifiable=dossier.etat in MODIFIABLES,
        enregistre=g.get("enregistre"),
        **valeurs,
    )
    return page, 409 if g.get("conflit") is not None else statut


def _refuser(erreurs: Iterable[Probleme]) -> ResponseReturnValue:
    """What prevents a save made while writing; a page written by somebody else is told apart."""
    conflit: Conflit | None = g.get("conflit")
    if conflit is not None:
        return jsonify(conflit=True, message=conflit.message), 409
    problemes = [{"message": p.message, "champ": p.champ} for p in erreurs]
    return jsonify(message="", problemes=problemes), 422


def suite(dossier: Dossier, code: str) -> ResponseReturnValue:
    """After a save: the next section, or this one again."""
    _, suivante = section_de(dossier, code)
    if request.form.get("action") == "continuer":
        vers = (
            adresse(dossier.id, suivante.code)
            if suivante
            else url_for("porteur.verifier", dossier_id=dossier.id)
        )
        return redirect(vers, 303)
    flash("C’est enregistré.", "succes")
    return redirect(adresse(dossier.id, code), 303)


def tenter(
    dossier: Dossier, form: FormulaireEmpreinte, rubrique: str, acte: Callable[[], object]
) -> Formulaire | None:
    """Run a save of a whole section; None when it is done, else the form with what is wrong.

    On a conflict what was typed stays in the form, which now bears the present fingerprint:
    sending it again keeps the writer's version, knowingly.
    """
    try:
        acte()
        if automatique():
            db.session.flush()
            lire.charger_redaction(dossier)
            marquer(empreinte=empreinte_rubrique(dossier, rubrique))
        return None
    except (Conflit, Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        lire.charger_redaction(dossier)
        if isinstance(erreur, Conflit):
            g.conflit, g.enregistre = erreur, contenu_lisible(dossier, rubrique)
        problemes = erreur.problemes if isinstance(erreur, Invalide) else []
        form.reprendre(problemes or [Probleme(f"{erreur.message} {erreur.que_faire}".strip())])
        form.empreinte.data = empreinte_rubrique(dossier, rubrique)
        form.empreinte.raw_data = None
        return form
