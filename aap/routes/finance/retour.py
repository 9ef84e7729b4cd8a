"""Return of the paid state: an extraction is read, compared on a page, then what is ticked applied.

The file is not kept: what it proves is recorded payment by payment, and a payment recorded is
recognised when the same file comes again.
"""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui
from aap.domaine.rapprochement import Constat, Rapproche, decoder, lire_extraction, rapprocher
from aap.extensions import db
from aap.requetes.finance import choix_financeurs
from aap.requetes.rapprochement import attendus, versements_choisis
from aap.routes.finance import bp
from aap.routes.garde import acteur_courant, garde
from aap.services.retour_paiements import PaiementLu, constater_retour
from forms.retour_paiements import FormulaireExtraction

OCTETS_MAX = 15 * 1024 * 1024
# Rows shown of each pile; the count says how many there are.
MONTREES = 200
PILES = (
    (Constat.CONCORDANT, "Concordants"),
    (Constat.DOUTEUX, "Douteux"),
    (Constat.ECART, "Montants différents"),
    (Constat.DEJA_CONNU, "Déjà constatés"),
    (Constat.INCONNU, "Inconnus"),
    (Constat.ILLISIBLE, "Lignes illisibles"),
)


def _form() -> FormulaireExtraction:
    form = FormulaireExtraction()
    form.proposer([(f.id, f.nom) for f in choix_financeurs(acteur_courant())])
    return form


def _page_envoi(form: FormulaireExtraction, erreurs: list[Probleme]) -> ResponseReturnValue:
    page = render_template("finance/retour.html", form=form, erreurs=erreurs)
    return page, 422 if erreurs else 200


def _octets(form: FormulaireExtraction) -> bytes:
    """Raises Invalide without a file or when it is too big."""
    fichier = form.fichier.data
    if not isinstance(fichier, FileStorage) or not fichier.filename:
        phrase = "Choisissez le fichier de l’extraction."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    octets = fichier.stream.read(OCTETS_MAX + 1)
    if len(octets) > OCTETS_MAX:
        phrase = "Ce fichier est trop gros\u00a0: 15\u00a0Mo au plus."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    return octets


@bp.route("/versements/retour", methods=["GET", "POST"])
@garde("finance.versements")
def retour() -> ResponseReturnValue:
    """Send the extraction; the answer is the comparison, and nothing is recorded."""
    form = _form()
    if request.method == "GET":
        return _page_envoi(form, [])
    if not form.validate():
        return _page_envoi(form, form.problemes())
    try:
        payes = lire_extraction(decoder(_octets(form)))
    except Invalide as refus:
        return _page_envoi(form, refus.problemes or [Probleme(refus.message, "fichier")])
    connus = attendus(acteur_courant(), int(form.financeur.data))
    return _page_rapprochement(rapprocher(payes, connus, aujourdhui()))


def _page_rapprochement(lignes: list[Rapproche]) -> ResponseReturnValue:
    piles = [(c, titre, [r for r in lignes if r.constat is c]) for c, titre in PILES]
    concordants = piles[0][2][:MONTREES]
    return render_template(
        "finance/rapprochement.html",
        piles=[(c, titre, len(p), p[:MONTREES]) for c, titre, p in piles if p],
        nombre=len(lignes),
        concordants=len(concordants),
        somme=sum(r.paye.montant for r in concordants),
    )


def _choisis() -> list[PaiementLu]:
    """The rows ticked on the page (« id:version:date »), within the reader's funders."""
    lus: dict[int, tuple[int, date]] = {}
    for brut in request.form.getlist("paiements")[:MONTREES]:
        cle, _, reste = brut.partition(":")
        version, _, jour = reste.partition(":")
        if all(x.isascii() and x.isdigit() and len(x) < 10 for x in (cle, version)):
            try:
                lus[int(cle)] = int(version), date.fromisoformat(jour)
            except ValueError:
                continue
    trouves = versements_choisis(acteur_courant(), list(lus)) if lus else []
    return [PaiementLu(v, lus[v.id][1], lus[v.id][0]) for v in trouves]


@bp.post("/versements/retour/appliquer")
@garde("finance.versements")
def appliquer_retour() -> ResponseReturnValue:
    """Record what was ticked; a second click finds everything recorded and pays nothing."""
    choisis = _choisis()
    if not choisis:
        phrase = "Aucun paiement n’était coché\u00a0: rien n’a été constaté. Renvoyez le fichier."
        return _page_envoi(_form(), [Probleme(phrase, "fichier")])
    try:
        fait = constater_retour(acteur_courant(), choisis)
    except Invalide as refus:
        db.session.rollback()
        return _page_envoi(_form(), [Probleme(refus.message, "fichier")])
    s = "s" if fait.constates > 1 else ""
    if fait.constates:
        flash(f"{fait.constates} paiement{s} constaté{s}.", "succes")
    if fait.laisses:
        pluriel = "versements avaient" if fait.laisses > 1 else "versement avait"
        flash(
            f"{fait.laisses} {pluriel} déjà changé depuis l’envoi du fichier\u00a0: laissé"
            f"{'s' if fait.laisses > 1 else ''} sans y toucher.",
            "info",
        )
    return redirect(url_for("finance.versements", etat="paye"), 303)
