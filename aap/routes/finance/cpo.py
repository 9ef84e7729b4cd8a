"""The CPO objective: its rates, the acts behind each figure, their export."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from aap.domaine.cpo import TypeActe
from aap.domaine.horloge import aujourdhui
from aap.domaine.objectif_cpo import Stade
from aap.exports.cpo import table_actes
from aap.models import RoleHabilitation
from aap.permissions import may
from aap.requetes.calendrier_cpo import calendrier_cpo
from aap.requetes.choix_cpo import VUES, lire_choix
from aap.requetes.finance import choix_financeurs
from aap.requetes.motifs_cpo import financeurs_motivables, motifs_generaux
from aap.requetes.objectif_cpo import (
    choisissables,
    exercice_montre,
    lire_actes,
    liste_actes,
    vue_cpo,
)
from aap.routes.finance import bp
from aap.routes.finance.exports import envoyer
from aap.routes.finance.graphique_cpo import tracer
from aap.routes.garde import acteur_courant, garde

TYPES = {TypeActe.ARRETE: "Arrêté", TypeActe.ANNUELLE: "Convention annuelle", TypeActe.CPO: "CPO"}


@bp.get("/cpo")
@garde("finance.cpo")
def cpo() -> ResponseReturnValue:
    acteur = acteur_courant()
    vue = vue_cpo(acteur, lire_choix(request.args))
    return render_template(
        "finance/cpo.html",
        vue=vue,
        choix=vue.choix,
        vues=VUES,
        stades=list(Stade),
        motifs=motifs_generaux(acteur, vue.choix.exercice or 0, vue.choix.financeur),
        motivables=financeurs_motivables(acteur),
        graphique=tracer(vue.annees, vue.objectif),
        gere=bool(may(acteur, "finance.accueil")),
    )


@bp.get("/cpo/actes")
@garde("finance.cpo")
def cpo_actes() -> ResponseReturnValue:
    acteur = acteur_courant()
    choix = exercice_montre(acteur, lire_choix(request.args))
    return render_template(
        "finance/cpo_actes.html",
        choix=choix,
        liste=liste_actes(acteur, choix),
        types=TYPES,
        stades=Stade,
        gere=bool(may(acteur, "finance.accueil")),
        coordonne=acteur.est(RoleHabilitation.COORDINATEUR),
        miens={x.id for x in choix_financeurs(acteur)},
    )


@bp.get("/cpo/calendrier")
@garde("finance.cpo")
def cpo_calendrier() -> ResponseReturnValue:
    acteur = acteur_courant()
    choix = lire_choix(request.args)
    return render_template(
        "finance/cpo_calendrier.html",
        choix=choix,
        liste=calendrier_cpo(acteur, choix),
        offres=choisissables(acteur),
        gere=bool(may(acteur, "finance.accueil")),
        ouvrables=financeurs_motivables(acteur),
    )


@bp.get("/cpo/actes.<any(csv,xlsx):forme>")
@garde("finance.cpo")
def exporter_cpo(forme: str) -> ResponseReturnValue:
    acteur = acteur_courant()
    choix = exercice_montre(acteur, lire_choix(request.args))
    return envoyer(table_actes(lire_actes(acteur, choix), choix, aujourdhui()), forme)
