"""The waiting list: give freed money in rank order, or end the wait, outside a session."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.erreurs import Conflit, Depassement, ErreurMetier, Invalide, PasLeMoment
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Campagne, Dossier
from aap.permissions import may
from aap.requetes.lecture_objets import lire
from aap.requetes.liste_attente import EnAttente, FileAttente, file_attente
from aap.requetes.membres import nombre_de_membres
from aap.requetes.repechage import proposition_repechage, provenances
from aap.routes.copil import bp
from aap.routes.copil.formulaires import garnir, recaler, repechage_vierge, saisies
from aap.routes.garde import acteur_courant, garde
from aap.services.liste_attente import rejeter_attente, repecher
from forms.base import Formulaire
from forms.decision import RejetAttenteForm, RepechageForm


@bp.get("/campagnes/<int:campagne_id>/liste-attente")
@garde("campagne.voir_attente", Campagne)
def liste_attente(campagne: Campagne) -> ResponseReturnValue:
    acteur = acteur_courant()
    file = file_attente(acteur, campagne)
    return render_template(
        "copil/attente.html",
        campagne=campagne,
        file=file,
        proposes=proposition_repechage(campagne, file),
        provenances=provenances(acteur, campagne),
        ecrit=bool(may(acteur, "campagne.tenir_seance", campagne)),
    )


def _lire(dossier: Dossier) -> tuple[FileAttente, EnAttente]:
    """The list and this dossier's place in it. Raises PasLeMoment when it waits no more."""
    file = file_attente(acteur_courant(), dossier.campagne)
    attente = file.de(dossier.id)
    if attente is None:
        raise PasLeMoment(
            f"Le dossier {dossier.reference} n’est pas, ou plus, en liste d’attente.",
            "Quelqu’un vient peut-être de décider. Revenez à la liste d’attente.",
        )
    return file, attente


def _vers(campagne_id: int) -> ResponseReturnValue:
    return redirect(url_for("copil.liste_attente", campagne_id=campagne_id), 303)


def _rendre(
    gabarit: str, dossier: Dossier, form: Formulaire, code: int = 200, refus: str = ""
) -> ResponseReturnValue:
    file, attente = _lire(dossier)
    corps = render_template(
        gabarit,
        dossier=dossier,
        campagne=dossier.campagne,
        file=file,
        attente=attente,
        devances=file.devances(dossier.id),
        destinataires=nombre_de_membres(dossier.organisme_id),
        form=form,
        erreurs=form.problemes(),
        refus=refus,
    )
    return corps, code


def _annoncer(dossier: Dossier, phrase: str) -> None:
    nombre = nombre_de_membres(dossier.organisme_id)
    suite = (
        f"{accorder(nombre, 'courriel part', 'courriels partent')} vers le porteur."
        if nombre
        else "Aucun membre de l’organisme n’a de compte : prévenez-le vous-même."
    )
    flash(f"Le dossier {dossier.reference} {phrase}. {suite}", "succes")


@bp.get("/liste-attente/<int:dossier_id>/programmer")
@garde("dossier.repecher", Dossier)
def repechage(dossier: Dossier) -> ResponseReturnValue:
    _, attente = _lire(dossier)
    return _rendre("copil/attente_programmer.html", dossier, repechage_vierge(attente))


@bp.post("/liste-attente/<int:dossier_id>/programmer")
@garde("dossier.repecher", Dossier)
def repecher_dossier(dossier: Dossier) -> ResponseReturnValue:
    form = RepechageForm()
    _lire(dossier)
    try:
        if not form.validate():
            raise Invalide("Cette décision ne peut pas être enregistrée.", form.problemes())
        repecher(
            acteur_courant(),
            dossier,
            saisies(form, dossier),
            form.motif.data or "",
            hors_rang=bool(form.hors_rang.data),
            version=form.version_lue(),
        )
    except (Conflit, Depassement, Invalide, PasLeMoment) as erreur:
        db.session.rollback()
        return _refus_repechage(dossier.id, form, erreur)
    _annoncer(dossier, "est programmé")
    return _vers(dossier.campagne_id)


def _refus_repechage(
    dossier_id: int, form: RepechageForm, erreur: ErreurMetier
) -> ResponseReturnValue:
    """What was typed stays; after a conflict the page carries the versions of now."""
    dossier = lire(Dossier, dossier_id)
    assert dossier is not None
    _, attente = _lire(dossier)
    perime = isinstance(erreur, Conflit)
    garnir(form, attente.ligne, rafraichir=perime)
    if perime:
        form.version.data = str(attente.ligne.version)
    if isinstance(erreur, Invalide) and not form.problemes():
        recaler(form, erreur.problemes)
    refus = "" if isinstance(erreur, Invalide) else f"{erreur.message} {erreur.que_faire}".strip()
    return _rendre("copil/attente_programmer.html", dossier, form, erreur.code_http, refus)


@bp.route("/liste-attente/<int:dossier_id>/rejeter", methods=["GET", "POST"])
@garde("dossier.rejeter", Dossier)
def rejeter_de_l_attente(dossier: Dossier) -> ResponseReturnValue:
    gabarit, (_, attente) = "copil/attente_rejeter.html", _lire(dossier)
    form = RejetAttenteForm(data={"version": attente.ligne.version})
    if not form.is_submitted():
        return _rendre(gabarit, dossier, form)
    if not form.validate():
        return _rendre(gabarit, dossier, form, 422)
    try:
        rejeter_attente(
            acteur_courant(), dossier, form.motif.data or "", version=form.version_lue()
        )
    except (Conflit, PasLeMoment) as erreur:
        db.session.rollback()
        form.version.data = str(dossier.version)
        return _rendre(gabarit, dossier, form, erreur.code_http, erreur.message)
    _annoncer(dossier, "est rejeté")
    return _vers(dossier.campagne_id)
