"""Mails that announce the decisions of a session: list, rewording, release one by one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Invalide
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Courriel, EtatCourriel, Seance
from aap.requetes.copil_publication import (
    courriel_de_decision,
    courriels_de_decision,
    courriels_retenus,
)
from aap.routes.admin.accueil import page_demandee
from aap.routes.copil import bp
from aap.routes.garde import acteur_courant, garde
from aap.services import courriel_decision as service
from forms.courriel import CourrielForm, MotForm


def _vers(seance: Seance) -> ResponseReturnValue:
    return redirect(url_for("copil.courriels", seance_id=seance.id), 303)


def _etat() -> EtatCourriel | None:
    demande = request.args.get("etat", "")
    return next((e for e in EtatCourriel if e.value == demande), None)


def _liste(seance: Seance, mot: MotForm | None = None, code: int = 200) -> ResponseReturnValue:
    page, comptes = courriels_de_decision(acteur_courant(), seance, _etat(), page_demandee())
    retenus = len(courriels_retenus(seance))
    if mot is None:
        mot = MotForm(formdata=None, data={"attendus": retenus})
    corps = render_template(
        "copil/courriels.html",
        seance=seance,
        page=page,
        etat=_etat(),
        choix_etats=[
            (e.value, f"{e.libelle} ({comptes[e]})") for e in EtatCourriel if comptes.get(e)
        ],
        retenus=retenus,
        depart_vu=service.depart_vu,
        mot=mot,
        erreurs=mot.problemes(),
    )
    return corps, code


@bp.get("/seances/<int:seance_id>/courriels")
@garde("seance.publier", Seance)
def courriels(seance: Seance) -> ResponseReturnValue:
    return _liste(seance)


@bp.post("/seances/<int:seance_id>/courriels/mot")
@garde("seance.publier", Seance)
def ajouter_mot(seance: Seance) -> ResponseReturnValue:
    """The same paragraph in every held mail."""
    form = MotForm()
    if not form.validate():
        return _liste(seance, form, 422)
    try:
        nombre = service.ajouter_mot(
            acteur_courant(), seance, form.mot.data or "", attendus=form.nombre()
        )
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _liste(seance, form, 422)
    flash(f"Paragraphe ajouté à {accorder(nombre, 'courriel', 'courriels')}.", "succes")
    return _vers(seance)


@bp.get("/seances/<int:seance_id>/courriels/<int:courriel_id>")
@garde("seance.publier", Seance)
def courriel(seance: Seance, courriel_id: int) -> ResponseReturnValue:
    lu = courriel_de_decision(acteur_courant(), seance, courriel_id)
    form = CourrielForm(
        formdata=None,
        data={
            "sujet": lu.sujet,
            "texte": service.corps_de(lu),
            "vu": service.empreinte_de(lu),
        },
    )
    return _page(seance, lu, form)


def _page(
    seance: Seance, lu: Courriel, form: CourrielForm, code: int = 200, heurt: str = ""
) -> ResponseReturnValue:
    """``heurt``: said when somebody else reworded it meanwhile; her text is shown beside."""
    corps = render_template(
        "copil/courriel.html",
        seance=seance,
        courriel=lu,
        corps=service.corps_de(lu),
        vu=service.depart_vu(lu),
        form=form,
        heurt=heurt,
        erreurs=form.problemes(),
    )
    return corps, code


@bp.post("/seances/<int:seance_id>/courriels/<int:courriel_id>")
@garde("seance.publier", Seance)
def modifier_courriel(seance: Seance, courriel_id: int) -> ResponseReturnValue:
    form = CourrielForm()
    acteur = acteur_courant()
    lu = courriel_de_decision(acteur, seance, courriel_id)
    if not form.validate():
        return _page(seance, lu, form, 422)
    try:
        change = service.modifier_courriel(
            acteur,
            seance,
            courriel_id,
            form.sujet.data or "",
            form.texte.data or "",
            vu=str(form.vu.data or ""),
        )
    except Invalide as erreur:
        db.session.rollback()
        form.reprendre(erreur.problemes)
        return _page(seance, lu, form, 422)
    except Conflit as erreur:
        db.session.rollback()
        lu = courriel_de_decision(acteur, seance, courriel_id)
        form.vu.data = service.empreinte_de(lu)
        return _page(seance, lu, form, erreur.code_http, f"{erreur.message} {erreur.que_faire}")
    flash("Le courriel est enregistré." if change else "Rien n’a changé.", "succes")
    return _vers(seance)


@bp.post("/seances/<int:seance_id>/courriels/<int:courriel_id>/envoyer")
@garde("seance.publier", Seance)
def envoyer_courriel(seance: Seance, courriel_id: int) -> ResponseReturnValue:
    """Let this one go, or send it again."""
    vu = request.form.get("vu")
    retenu = service.envoyer_un(acteur_courant(), seance, courriel_id, vu=vu)
    flash("Le courriel part maintenant." if retenu else "Le courriel repart maintenant.", "succes")
    return _vers(seance)
