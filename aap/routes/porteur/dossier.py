"""Begin a dossier; its page: task list while it is written, follow-up afterwards."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aap.domaine.calendrier import temps_restant
from aap.domaine.erreurs import Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import Dossier, Quartier, TypeDossier
from aap.requetes import porteur as lire
from aap.requetes.appels_reserves import reserves
from aap.requetes.campagne_ouverte import campagnes_ouvertes, offres
from aap.requetes.completude import problemes_dossier
from aap.requetes.contenu_depose import contenu_depose
from aap.requetes.objet import objet
from aap.requetes.renvois import elements_demandes
from aap.requetes.rubriques import etats_rubriques
from aap.requetes.tranches_porteur import tranches_possibles
from aap.routes.garde import acteur_courant, garde
from aap.routes.porteur import bp
from aap.routes.porteur.redaction import adresse, adresse_renvoi
from aap.routes.porteur.suivi import montrer_suivi
from aap.services.depot import demande_en_cours
from aap.services.dossier import creer_dossier, partir_d_un_objectif
from forms.champs import SelectChoice
from forms.dossier import FormulaireNouveau
from workflows.dossier import EtatDossier

EN_REDACTION = (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE, EtatDossier.A_COMPLETER)


def _formulaire() -> FormulaireNouveau:
    acteur = acteur_courant()
    organismes = lire.organismes_de(acteur)
    ouvertes = offres(campagnes_ouvertes(), organismes)
    campagnes = [x.campagne for x in ouvertes if x.types]
    form = FormulaireNouveau(
        organisme=request.args.get("organisme", type=int) or None,
        campagne=request.args.get("campagne", type=int) or None,
        precedent=request.args.get("precedent", type=int) or 0,
        quartier=request.args.get("quartier", "")[:9],
        objectif_local=request.args.get("objectif", "")[:9],
    )
    form.organisme.choices = [SelectChoice(o.id, o.nom) for o in organismes]
    form.campagne.choices = [
        SelectChoice(c.id, f"{c.nom} (essai)" if c.bac_a_sable else c.nom) for c in campagnes
    ]
    permis = {t for x in ouvertes for t in x.types}
    form.type_dossier.choices = [
        SelectChoice(t.value, t.libelle) for t in TypeDossier if t in permis
    ]
    vraies = [c for c in campagnes if not c.bac_a_sable]
    if len(vraies) == 1 and not form.campagne.data:
        form.campagne.data = vraies[0].id
    anciens = lire.precedents(o.id for o in organismes)
    form.precedent.choices = [SelectChoice(0, "Partir d’une page blanche")] + [
        SelectChoice(d.id, f"{d.intitule} ({d.reference})") for d in anciens
    ]
    _proposer(form, next((d for d in anciens if d.id == form.precedent.data), None))
    return form


def _proposer(form: FormulaireNouveau, ancien: Dossier | None) -> None:
    """From the page of an old dossier, its organisme and its type are chosen already."""
    if ancien is None:
        return
    form.organisme.data = form.organisme.data or ancien.organisme_id
    if not form.type_dossier.data:
        form.type_dossier.data = ancien.type.value


def _montrer_nouveau(form: FormulaireNouveau, code: int = 200) -> ResponseReturnValue:
    ouvertes = campagnes_ouvertes()
    siens = lire.organismes_de(acteur_courant())
    page = render_template(
        "porteur/dossier/nouveau.html",
        form=form,
        erreurs=form.problemes(),
        restant={c.id: temps_restant(c.cloture_le, maintenant()) for c in ouvertes},
        offres=offres(ouvertes, siens),
        tranches=bool(tranches_possibles(o.id for o in siens)),
        reserves=reserves(ouvertes, siens),
        depart=objet(Quartier, form.depart()[0] or 0),
        ici=request.full_path.rstrip("?"),
    )
    return page, code


@bp.get("/dossiers/nouveau")
@garde("porteur.accueil")
def nouveau_dossier() -> ResponseReturnValue:
    return _montrer_nouveau(_formulaire())


@bp.post("/dossiers/nouveau")
@garde("porteur.accueil")
def commencer_dossier() -> ResponseReturnValue:
    form = _formulaire()
    if not form.validate_on_submit():
        return _montrer_nouveau(form, 422)
    organisme = next(o for o in lire.organismes_de(acteur_courant()) if o.id == form.organisme.data)
    campagne = lire.campagne_par_id(form.campagne.data)
    assert campagne is not None
    precedent = lire.dossier_par_id(form.precedent.data) if form.precedent.data else None
    try:
        dossier = creer_dossier(
            acteur_courant(),
            organisme,
            campagne,
            TypeDossier(form.type_dossier.data),
            precedent=precedent,
        )
        quartier_id, objectif_id = form.depart()
        if quartier_id is not None and precedent is None:
            partir_d_un_objectif(acteur_courant(), dossier, quartier_id, objectif_id)
    except (Invalide, PasLeMoment, Interdit) as erreur:
        db.session.rollback()
        form.refuser("type_dossier", erreur.message)
        return _montrer_nouveau(form, 422)
    flash("Votre brouillon est créé. Tout ce que vous écrivez est gardé.", "succes")
    page = "porteur.reprise" if precedent is not None else "porteur.dossier"
    return redirect(url_for(page, dossier_id=dossier.id), 303)


@bp.get("/dossiers/<int:dossier_id>")
@garde("dossier.voir_porteur", Dossier)
def dossier(dossier: Dossier) -> ResponseReturnValue:
    """The task list of a draft, or where the deposited dossier stands."""
    if dossier.etat not in EN_REDACTION:
        return montrer_suivi(dossier)
    lire.charger_redaction(dossier)
    etats = etats_rubriques(dossier, problemes_dossier(dossier))
    demande = demande_en_cours(dossier) if dossier.depose_le else None
    present = contenu_depose(dossier) if demande else None
    return render_template(
        "porteur/dossier/taches.html",
        dossier=dossier,
        etats=etats,
        faites=sum(e.faite for e in etats),
        adresse=adresse,
        restant=temps_restant(dossier.campagne.cloture_le, maintenant()),
        demande=demande,
        elements=elements_demandes(dossier, demande, present) if demande else [],
        adresse_renvoi=adresse_renvoi,
        suivi=lire.suivi(dossier) if dossier.depose_le else None,
    )
