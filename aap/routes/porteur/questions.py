"""A section of questions: everything is kept as typed, nothing is refused."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, request
from flask.typing import ResponseReturnValue

from aap.domaine.questionnaire import Genre, Question, questions_pour
from aap.domaine.questionnaire import lire as lire_reponse
from aap.models import Dossier, Reponse
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import montrer_section, section_de, suite
from aap.services.reponse import ReponseModifiee, enregistrer_reponse, reponses_de
from forms.base import Formulaire
from forms.dossier import formulaire_questions, version_champ

Couple = tuple[Formulaire, Sequence[Question]]


def _formulaire(dossier: Dossier, code: str, reponses: dict[str, Reponse]) -> Couple:
    section, _ = section_de(dossier, code)
    if section.speciale:
        abort(404)
    questions = questions_pour(section, dossier.profil)
    valeurs = {c: r.valeur for c, r in reponses.items()}
    versions = {c: r.version for c, r in reponses.items()}
    return formulaire_questions(questions, valeurs, versions), questions


def _conseiller(form: Formulaire, questions: Sequence[Question]) -> None:
    """Say beside the field what cannot be read; the text is saved all the same."""
    for q in questions:
        try:
            lire_reponse(q, str(form[q.code].data or ""))
        except ValueError as erreur:
            form.refuser(q.code, str(erreur))


def _montrer(
    dossier: Dossier,
    code: str,
    form: Formulaire,
    questions: Sequence[Question],
    conflits: dict[str, ReponseModifiee] | None = None,
) -> ResponseReturnValue:
    _conseiller(form, questions)
    return montrer_section(
        dossier,
        code,
        "questions",
        statut=409 if conflits else 200,
        form=form,
        questions=questions,
        conflits=conflits or {},
        erreurs=[],
    )


@bp.get("/dossiers/<int:dossier_id>/rubriques/<code>")
@garde("dossier.voir_porteur", Dossier)
def questions(dossier: Dossier, code: str) -> ResponseReturnValue:
    form, liste = _formulaire(dossier, code, reponses_de(dossier))
    return _montrer(dossier, code, form, liste)


@bp.post("/dossiers/<int:dossier_id>/rubriques/<code>")
@garde("dossier.rediger", Dossier)
def enregistrer_questions(dossier: Dossier, code: str) -> ResponseReturnValue:
    """Save every answer; what two people changed is shown with both texts, the rest is saved."""
    reponses = reponses_de(dossier)
    form, liste = _formulaire(dossier, code, reponses)
    conflits: dict[str, ReponseModifiee] = {}
    for q in liste:
        champ = form[q.code]
        if not champ.raw_data:
            continue
        try:
            gardee = enregistrer_reponse(
                acteur_courant(),
                dossier,
                q.code,
                _garde(form, q, reponses.get(q.code)),
                version=version_champ(form, q.code),
            )
            _noter_version(form, q.code, gardee.version)
        except ReponseModifiee as conflit:
            conflits[q.code] = conflit
            _noter_version(form, q.code, conflit.actuelle.version)
    if conflits:
        return _montrer(dossier, code, form, liste, conflits)
    return suite(dossier, code)


def _garde(form: Formulaire, question: Question, actuelle: Reponse | None) -> str:
    """The text to keep: after a conflict shown without a script, hers, the other one, or both.

    The other text is the one that was shown (same version), else a new conflict is told.
    """
    mien = str(form[question.code].data or "")
    choix = request.form.get(f"garder_{question.code}", "mien")
    if actuelle is None or actuelle.version != version_champ(form, question.code):
        return mien
    if choix == "autre":
        return actuelle.valeur
    if choix == "deux" and question.genre is Genre.LONG:
        return f"{mien}\n\n{actuelle.valeur}"
    return mien


def _noter_version(form: Formulaire, code: str, version: int) -> None:
    cachee = form[f"version_{code}"]
    cachee.data, cachee.raw_data = str(version), None
