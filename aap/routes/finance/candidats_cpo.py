"""Good candidates for a CPO, and the local circumstances written against one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.candidats_cpo import RAISONS
from aap.domaine.erreurs import Conflit, ErreurMetier, Introuvable
from aap.domaine.horloge import aujourdhui
from aap.exports.cpo import TYPES, table_candidats
from aap.extensions import db
from aap.models import Financeur, Organisme
from aap.permissions import may
from aap.requetes.candidats_cpo import ce_qu_ils_apportent, lire_candidats, liste_candidats
from aap.requetes.choix_cpo import lire_choix
from aap.requetes.motifs_cpo import financeurs_motivables, motif_de, organisme_aide
from aap.requetes.objectif_cpo import exercice_montre, vue_cpo
from aap.routes.finance import bp
from aap.routes.finance.actes import REFUS, problemes_de
from aap.routes.finance.exports import envoyer
from aap.routes.garde import acteur_courant, garde
from aap.services.motif_cpo import poser_motif_cpo
from forms.cpo import FormulaireCirconstances


@bp.get("/cpo/candidats")
@garde("finance.cpo")
def cpo_candidats() -> ResponseReturnValue:
    acteur = acteur_courant()
    vue = vue_cpo(acteur, lire_choix(request.args))
    retenue, objectif = vue.retenue, vue.objectif
    manques = retenue.manque_nombre(objectif), retenue.manque_euros(objectif)
    return render_template(
        "finance/cpo_candidats.html",
        vue=vue,
        choix=vue.choix,
        manques=manques,
        liste=liste_candidats(acteur, vue.choix),
        apport=ce_qu_ils_apportent(acteur, vue.choix, *manques),
        raisons=RAISONS,
        types=TYPES,
        motivables=financeurs_motivables(acteur),
        gere=bool(may(acteur, "finance.accueil")),
    )


@bp.get("/cpo/candidats.<any(csv,xlsx):forme>")
@garde("finance.cpo")
def exporter_candidats(forme: str) -> ResponseReturnValue:
    acteur = acteur_courant()
    choix = exercice_montre(acteur, lire_choix(request.args))
    return envoyer(table_candidats(lire_candidats(acteur, choix), choix, aujourdhui()), forme)


@dataclass(frozen=True)
class Sujet:
    """What the reason is about: a funder's year, for one organisme or for all."""

    financeur: Financeur
    exercice: int
    organisme: Organisme | None
    retour: str

    @property
    def organisme_id(self) -> int | None:
        return self.organisme.id if self.organisme else None

    @property
    def version(self) -> int:
        motif = motif_de(self.financeur.id, self.exercice, self.organisme_id)
        return motif.version if motif else 0


def _sujet(financeur: Financeur) -> Sujet:
    """Read from the address. Raises Introuvable for an organisme that the funder does not aid,
    or for which the reader is set aside."""
    choix = lire_choix(request.args)
    exercice = choix.exercice or aujourdhui().year
    vise = lire_choix({"financeur": request.args.get("organisme", "")}).financeur
    organisme = organisme_aide(financeur.id, exercice, vise) if vise else None
    if vise and (organisme is None or vise in acteur_courant().deports):
        raise Introuvable("Ce financeur n’aide pas cet organisme cette année-là.")
    page = "finance.cpo_candidats" if organisme else "finance.cpo"
    return Sujet(financeur, exercice, organisme, url_for(page, **choix.adresse(exercice=exercice)))


def _refuser(form: FormulaireCirconstances, sujet: Sujet, refus: ErreurMetier) -> int:
    """Undo and say why; after a conflict the page carries the version it is told of."""
    db.session.rollback()
    form.reprendre(problemes_de(refus))
    if isinstance(refus, Conflit):
        form.version.data = str(sujet.version)
    return refus.code_http


@bp.route("/cpo/financeurs/<int:financeur_id>/circonstances", methods=["GET", "POST"])
@garde("financeur.motiver_cpo", Financeur)
def circonstances_cpo(financeur: Financeur) -> ResponseReturnValue:
    """The reason of one organisme (``?organisme=``) or of the funder's whole rate."""
    sujet = _sujet(financeur)
    form = FormulaireCirconstances()
    code = 200
    if request.method == "GET":
        form.version.data = str(sujet.version)
        motif = motif_de(financeur.id, sujet.exercice, sujet.organisme_id)
        form.texte.data = motif.texte if motif else ""
    else:
        code = 422
        if form.validate():
            try:
                return _poser(form, sujet)
            except REFUS as refus:
                code = _refuser(form, sujet, refus)
    page = render_template(
        "finance/cpo_circonstances.html",
        form=form,
        sujet=sujet,
        motif=motif_de(financeur.id, sujet.exercice, sujet.organisme_id),
        erreurs=form.problemes() if code != 200 else [],
    )
    return page, code


def _poser(form: FormulaireCirconstances, sujet: Sujet) -> ResponseReturnValue:
    ecrit = poser_motif_cpo(
        acteur_courant(),
        sujet.financeur,
        sujet.exercice,
        form.texte.data or "",
        organisme_id=sujet.organisme_id,
        version=form.version_lue(),
    )
    mot = "Circonstances locales enregistrées." if ecrit.texte else "Circonstances retirées."
    flash(mot, "succes")
    return redirect(sujet.retour, 303)
