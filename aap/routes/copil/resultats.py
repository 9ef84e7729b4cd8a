"""Results of the scoring: ranked list, one dossier, weight of the weights, export, freezing."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.classement_fige import contenu_fige
from aap.domaine.empreinte import empreinte
from aap.domaine.erreurs import Introuvable, Invalide
from aap.domaine.horloge import aujourdhui
from aap.domaine.texte import slug
from aap.exports.resultats import resultats_csv, resultats_xlsx
from aap.extensions import db
from aap.models import Campagne, Dossier
from aap.permissions import may
from aap.requetes.copil import choix_filtres
from aap.requetes.entrees_notation import classement_en_vigueur, note_minimale
from aap.requetes.memoire_resultats import resultats_campagne
from aap.requetes.resultats import (
    GROUPES,
    FiltresResultats,
    choisis,
    lignes_de,
    page_resultats,
    page_sensibilite,
)
from aap.requetes.resultats_dossier import fiche_resultat
from aap.routes.copil import bp
from aap.routes.copil.accueil import page_formulaire
from aap.routes.garde import acteur_courant, garde
from aap.services import classement as service
from aap.services.consensus import raison_pas_encore
from forms.resultats import RouvrirForm
from forms.seance import entier_ou_rien

TRIS = ("rang", "normalise", "mediane", "etendue")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lire_filtres() -> FiltresResultats:
    """The filters of the address; anything unreadable in it is ignored."""
    a = request.args
    groupe, tri = a.get("groupe", ""), a.get("tri", "")
    return FiltresResultats(
        q=a.get("q", "").strip()[:200],
        commune=entier_ou_rien(a.get("commune")),
        orientation=entier_ou_rien(a.get("orientation")),
        groupe=groupe if groupe in GROUPES else "",
        tri=tri if tri in TRIS else "rang",
        sens="desc" if a.get("sens") == "desc" else "asc",
        page=max(1, entier_ou_rien(a.get("page")) or 1),
    )


@bp.get("/campagnes/<int:campagne_id>/resultats")
@garde("notation.voir", Campagne)
def resultats(campagne: Campagne) -> ResponseReturnValue:
    filtres = lire_filtres()
    return render_template(
        "copil/resultats/liste.html",
        campagne=campagne,
        page=page_resultats(acteur_courant(), campagne, filtres),
        f=filtres,
        choix=choix_filtres(campagne.contrat),
        minimum=note_minimale(campagne),
        peut_figer=may(acteur_courant(), "classement.figer", campagne),
    )


@bp.get("/campagnes/<int:campagne_id>/resultats.<any(xlsx,csv):forme>")
@garde("notation.voir", Campagne)
def exporter_resultats(campagne: Campagne, forme: str) -> ResponseReturnValue:
    """What the reader sees with her filters, every page of it."""
    vus, tout, _ = choisis(acteur_courant(), campagne, lire_filtres())
    lignes = lignes_de(vus)
    if forme == "csv":
        octets, genre = resultats_csv(lignes), "text/csv; charset=utf-8"
    else:
        titre = f"Résultats de la notation, {campagne.nom}, {aujourdhui():%d/%m/%Y}"
        octets, genre = (
            resultats_xlsx(lignes, titre, [*NOTICE, tout.entrees.departage.libelle]),
            XLSX,
        )
    nom = f"resultats-{slug(campagne.code)}-{aujourdhui().isoformat()}.{forme}"
    entetes = {"Content-Disposition": f"attachment; filename={nom}", "Cache-Control": "no-store"}
    return Response(octets, content_type=genre, headers=entetes)


NOTICE = (
    "Note : le consensus quand il y en a un, sinon la moyenne des notations envoyées.",
    "La note exacte est une fraction ; rien n’est arrondi avant le classement.",
    "Médiane, étendue : des notations envoyées, même quand un consensus classe le dossier.",
    "Note corrigée : chaque notation est déplacée de la sévérité de la personne, c’est-à-dire de "
    "son écart moyen avec le groupe sur les dossiers communs (trois au moins). Elle éclaire, elle "
    "ne classe jamais.",
    "Sous un seuil : le dossier n’est pas classé, et voici ce qui l’écarte.",
)


@bp.get("/dossiers/<int:dossier_id>/resultat")
@garde("dossier.voir_resultat", Dossier)
def resultat(dossier: Dossier) -> ResponseReturnValue:
    """Evaluations side by side, criterion by criterion, with their reasons."""
    fiche = fiche_resultat(dossier)
    return render_template(
        "copil/resultats/dossier.html",
        dossier=dossier,
        fiche=fiche,
        accorder=may(acteur_courant(), "dossier.accorder", dossier),
        pas_encore=raison_pas_encore(dossier, fige=fiche.fige, nombre=len(fiche.evaluations)),
    )


@bp.get("/campagnes/<int:campagne_id>/sensibilite")
@garde("notation.voir", Campagne)
def sensibilite(campagne: Campagne) -> ResponseReturnValue:
    """How the rank of each dossier moves when one weight moves."""
    sensibles = request.args.get("tri") == "amplitude"
    return render_template(
        "copil/resultats/sensibilite.html",
        campagne=campagne,
        page=page_sensibilite(
            acteur_courant(), campagne, lire_filtres().page, sensibles_d_abord=sensibles
        ),
        sensibles=sensibles,
    )


def _vers_liste(campagne: Campagne) -> ResponseReturnValue:
    return redirect(url_for("copil.resultats", campagne_id=campagne.id), 303)


@bp.route("/campagnes/<int:campagne_id>/classement/figer", methods=["GET", "POST"])
@garde("classement.figer", Campagne)
def figer_classement(campagne: Campagne) -> ResponseReturnValue:
    """Its own page: what will be frozen, then the act on exactly that."""
    if request.method == "POST":
        temoin = request.form.get("temoin", "")[:64]
        fige = service.figer_classement(acteur_courant(), campagne, temoin=temoin)
        flash(f"Le classement n°\u00a0{fige.numero} est figé. Son empreinte est gardée.", "succes")
        return _vers_liste(campagne)
    tout = resultats_campagne(campagne)
    return render_template(
        "copil/resultats/figer.html",
        campagne=campagne,
        fige=classement_en_vigueur(campagne.id),
        classes=sum(r.rang is not None for r in tout.classes),
        ecartes=sum(bool(r.sous_seuil) for r in tout.classes),
        sans_note=sum(r.score is None for r in tout.classes),
        temoin=empreinte(contenu_fige(tout.entrees)),
    )


@bp.route("/campagnes/<int:campagne_id>/classement/rouvrir", methods=["GET", "POST"])
@garde("classement.figer", Campagne)
def rouvrir_classement(campagne: Campagne) -> ResponseReturnValue:
    form = RouvrirForm()
    fige = classement_en_vigueur(campagne.id)
    if fige is None:
        raise Introuvable("Le classement de cette campagne n’est pas figé.")
    if form.validate_on_submit():
        try:
            service.rouvrir_classement(acteur_courant(), campagne, form.motif.data)
        except Invalide as refus:
            db.session.rollback()
            form.reprendre(refus.problemes)
        else:
            flash("Le classement est rouvert : les notes peuvent de nouveau changer.", "succes")
            return _vers_liste(campagne)
    return page_formulaire("copil/resultats/rouvrir.html", form, campagne=campagne, fige=fige)
