"""The outbox and the background jobs."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.extensions import reglages
from aap.models import Courriel, EtatCourriel, Tache
from aap.requetes.administration import courriels, texte_lisible, travaux
from aap.routes.admin import bp
from aap.routes.admin.accueil import page_demandee
from aap.routes.garde import acteur_courant, garde
from aap.services import envoi as service


@bp.get("/courriels")
@garde("admin.courriels")
def liste_courriels() -> ResponseReturnValue:
    brut = request.args.get("etat", "")
    etat = EtatCourriel(brut) if brut in list(EtatCourriel) else None
    recherche = request.args.get("q", "").strip()[:100]
    return render_template(
        "admin/courriels.html",
        page=courriels(etat, recherche, page_demandee()),
        etat=etat,
        choix_etats=[(e.value, e.libelle) for e in EtatCourriel],
        recherche=recherche,
        sans_serveur=not reglages().smtp_hote,
    )


@bp.get("/courriels/<int:courriel_id>")
@garde("admin.courriels", Courriel)
def courriel(courriel: Courriel) -> ResponseReturnValue:
    return render_template(
        "admin/courriel.html", courriel=courriel, texte_lisible=texte_lisible(courriel)
    )


@bp.post("/courriels/<int:courriel_id>/renvoyer")
@garde("admin.courriels", Courriel)
def renvoyer_courriel(courriel: Courriel) -> ResponseReturnValue:
    service.renvoyer_courriel(acteur_courant(), courriel)
    flash("Le message part dans l’instant.", "succes")
    return redirect(url_for("admin.courriel", courriel_id=courriel.id), 303)


@bp.get("/taches")
@garde("admin.taches")
def taches() -> ResponseReturnValue:
    return render_template("admin/taches.html", travaux=travaux())


@bp.post("/taches/<int:tache_id>/relancer")
@garde("admin.taches", Tache)
def relancer_tache(tache: Tache) -> ResponseReturnValue:
    service.relancer_tache(acteur_courant(), tache)
    flash("La tâche est relancée.", "succes")
    return redirect(url_for("admin.taches"), 303)
