"""Check, sign, transmit, answer complements, withdraw."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.calendrier import temps_restant
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Dossier
from aap.requetes import porteur as lire
from aap.requetes.campagne_ouverte import statut_de
from aap.requetes.completude import bloquants, problemes_dossier
from aap.requetes.regles_depot import regles_du_depot
from aap.requetes.renvois import elements_demandes
from aap.requetes.versions import changements_depuis
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import adresse, adresse_renvoi, situer
from aap.services import depot as service
from aap.services.avertissement import membres
from aap.services.empreinte import empreinte
from aap.services.transition import boutons
from forms.dossier import FormulaireTransmission, formulaire_transmission
from forms.pieces import FormulaireRetrait
from workflows.dossier import EtatDossier

E = EtatDossier
A_VERIFIER = (E.BROUILLON, E.EN_ATTENTE_SIGNATURE, E.A_COMPLETER)


def _retour(dossier_id: int) -> ResponseReturnValue:
    return redirect(url_for("porteur.dossier", dossier_id=dossier_id), 303)


def _formulaire(dossier: Dossier) -> FormulaireTransmission:
    """The form of the signature, with one field per element asked for."""
    demande = service.demande_en_cours(dossier) if dossier.etat is E.A_COMPLETER else None
    if demande is None:
        return formulaire_transmission()
    form = formulaire_transmission(demande.elements, demande.reponses)
    if "demande" in form:
        form.demande.data, form.demande.raw_data = str(demande.id), None
    return form


def _montrer(
    dossier: Dossier, form: FormulaireTransmission, code: int = 200
) -> ResponseReturnValue:
    lire.charger_redaction(dossier)
    problemes = problemes_dossier(dossier)
    present = service.contenu_depose(dossier)
    signe = dossier.depots[-1] if dossier.depots else None
    demande = service.demande_en_cours(dossier)
    form.version.data, form.version.raw_data = str(dossier.version), None
    form.relu.data, form.relu.raw_data = empreinte(present), None
    page = render_template(
        "porteur/dossier/verifier.html",
        dossier=dossier,
        form=form,
        erreurs=form.problemes(),
        manques=situer(dossier.id, bloquants(problemes)),
        conseils=situer(dossier.id, [p for p in problemes if not p.bloquant]),
        actes={b.transition.declencheur: b for b in boutons(acteur_courant(), dossier)},
        demande=demande,
        elements=elements_demandes(dossier, demande, present) if demande else [],
        adresse=adresse,
        adresse_renvoi=adresse_renvoi,
        signe=signe,
        changements=changements_depuis(dossier, signe.contenu, present) if signe else (),
        pieces=lire.pieces_dossier(dossier),
        coffre=lire.pieces_organisme(dossier.organisme_id),
        signataires=[
            u.nom_complet for u in membres(dossier.organisme, signataires=True, mandataires=True)
        ],
        restant=temps_restant(dossier.campagne.cloture_le, maintenant()),
        statut=statut_de(dossier.campagne),
        regles=regles_du_depot(dossier),
    )
    return page, code


@bp.get("/dossiers/<int:dossier_id>/verification")
@garde("dossier.voir_porteur", Dossier)
def verifier(dossier: Dossier) -> ResponseReturnValue:
    """Everything that is missing, with links; then the signature."""
    if dossier.etat not in A_VERIFIER:
        return _retour(dossier.id)
    return _montrer(dossier, _formulaire(dossier))


@bp.post("/dossiers/<int:dossier_id>/demander-signature")
@garde("dossier.rediger", Dossier)
def demander_signature(dossier: Dossier) -> ResponseReturnValue:
    if dossier.etat is E.EN_ATTENTE_SIGNATURE:
        flash("La signature est déjà demandée.", "info")
        return _retour(dossier.id)
    try:
        service.demander_signature(acteur_courant(), dossier)
    except Invalide as erreur:
        db.session.rollback()
        flash(erreur.message, "erreur")
        return redirect(url_for("porteur.verifier", dossier_id=dossier.id), 303)
    flash("Les signataires de l’organisme reçoivent un courriel.", "succes")
    return _retour(dossier.id)


@bp.post("/dossiers/<int:dossier_id>/reprendre")
@garde("dossier.rediger", Dossier)
def reprendre(dossier: Dossier) -> ResponseReturnValue:
    if dossier.etat is not E.BROUILLON:
        service.reprendre_redaction(acteur_courant(), dossier)
    flash("Le dossier est de nouveau modifiable.", "succes")
    return _retour(dossier.id)


@bp.post("/dossiers/<int:dossier_id>/transmettre")
@garde("dossier.rediger", Dossier)
def transmettre(dossier: Dossier) -> ResponseReturnValue:
    """Sign and transmit, or answer the complements. Sent twice, it is done once."""
    if dossier.etat not in A_VERIFIER:
        flash(f"Ce dossier est déjà transmis ({dossier.reference}).", "info")
        return _retour(dossier.id)
    complements = dossier.etat is E.A_COMPLETER
    form = _formulaire(dossier)
    if not form.validate_on_submit():
        return _montrer(dossier, form, 422)
    if not form.accord.data:
        form.refuser("accord", "Cochez cette case pour signer.")
        return _montrer(dossier, form, 422)
    dossier_id = dossier.id
    try:
        if complements:
            service.repondre_complements(
                acteur_courant(),
                dossier,
                form.reponse.data or "",
                reponses=form.reponses(),
                relu=form.relu.data or "",
            )
        else:
            service.transmettre(acteur_courant(), dossier, relu=form.relu.data or "")
    except (Invalide, Conflit, PasLeMoment) as erreur:
        db.session.rollback()
        form.reprendre(_refus(erreur))
        return _montrer(dossier, form, 422 if isinstance(erreur, Invalide) else 409)
    quoi = "Vos compléments sont transmis" if complements else "Votre dossier est transmis"
    flash(
        f"{quoi} sous le numéro {dossier.numero}. L’accusé de réception arrive par courriel.",
        "succes",
    )
    return _retour(dossier_id)


def _refus(erreur: Invalide | Conflit | PasLeMoment) -> list[Probleme]:
    """What the page says: the general sentence, then what is wrong beside each answer."""
    suite = getattr(erreur, "que_faire", "")
    champs = [p for p in getattr(erreur, "problemes", ()) if p.champ.startswith("reponse")]
    return [Probleme(f"{erreur.message} {suite}".strip()), *champs]


@bp.post("/dossiers/<int:dossier_id>/complements/enregistrer")
@garde("dossier.rediger", Dossier)
def enregistrer_reponses(dossier: Dossier) -> ResponseReturnValue:
    """Keep the answers to the request for complements, without transmitting."""
    form = _formulaire(dossier)
    brut = request.form.get("demande", "")
    demande_id = int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 10 else 0
    service.enregistrer_reponses(
        acteur_courant(), dossier, form.reponses() or [], demande_id=demande_id
    )
    flash("Vos réponses sont enregistrées. Elles ne sont pas encore transmises.", "succes")
    return redirect(url_for("porteur.verifier", dossier_id=dossier.id), 303)


@bp.get("/dossiers/<int:dossier_id>/retirer")
@garde("dossier.voir_porteur", Dossier)
def retirer_page(dossier: Dossier) -> ResponseReturnValue:
    acte = next(
        (b for b in boutons(acteur_courant(), dossier) if b.transition.declencheur == "retirer"),
        None,
    )
    if acte is None or not acte.possible:
        raise PasLeMoment(
            " ".join(acte.raisons) if acte else "Ce dossier ne peut pas être retiré.",
            "Écrivez aux instructeurs depuis la page du dossier.",
        )
    return render_template(
        "porteur/dossier/retirer.html",
        dossier=dossier,
        form=FormulaireRetrait(version=_version_ecrite(dossier)),
        acte=acte.transition,
    )


def _version_ecrite(dossier: Dossier) -> int | None:
    """Of a draft only: on a deposited dossier the number counts the acts of the agents."""
    return None if dossier.depose_le else dossier.version


@bp.post("/dossiers/<int:dossier_id>/retirer")
@garde("dossier.rediger", Dossier)
def retirer_dossier(dossier: Dossier) -> ResponseReturnValue:
    form = FormulaireRetrait()
    if dossier.etat is E.RETIRE:
        return _retour(dossier.id)
    if not form.validate_on_submit():
        raise Invalide("Le motif est trop long\u00a0: 1 000 caractères au plus.")
    service.retirer_dossier(
        acteur_courant(),
        dossier,
        motif=form.motif.data or "",
        version=None if dossier.depose_le else form.version_lue(),
    )
    flash("Le dossier est retiré.", "succes")
    return redirect(url_for("porteur.accueil"), 303)
