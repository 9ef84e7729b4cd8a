"""The yearly request under a CPO in force: only the budget of the year and the last results."""

from __future__ import annotations

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.extensions import db
from aap.models import Campagne, Dossier, LigneBudget, TypeCampagne
from aap.permissions import Acteur, exiger
from aap.requetes.campagne_ouverte import prend_des_depots
from aap.requetes.tranches_porteur import conventions_en_vigueur, demande_existante
from aap.services.dossier import NON_REPRIS, recopier_cible
from aap.services.journal import consigner
from aap.services.plan_financement import demander_financement, projeter_budget
from aap.services.redaction import verrouiller
from aap.services.reponse import poser_reponse

PROPRES = NON_REPRIS | {"duree_annees", "bilan_annee_passee", "changements_tranche"}


def commencer_tranche(acteur: Acteur, cpo: Dossier, campagne: Campagne) -> Dossier:
    """A light dossier for the exercice of ``campagne``, filled from the CPO.

    The texts, the aim and the indicators are those of the CPO; the budget is the one planned for
    that year; each funder in convention is asked for the amount of its tranche. Asking twice
    gives the same dossier. Raises PasLeMoment (call closed), Invalide (no CPO in force).
    """
    exiger(acteur, "organisme.rediger", cpo.organisme)
    if campagne.type is not TypeCampagne.AAP_ANNUEL or not prend_des_depots(campagne):
        raise PasLeMoment("Cet appel à projets n’est pas ouvert aux dépôts.")
    conventions = conventions_en_vigueur(cpo.id, campagne.exercice)
    if campagne.contrat_id != cpo.campagne.contrat_id or not conventions:
        raise Invalide("Aucune convention pluriannuelle en vigueur ne couvre cette année.")
    verrouiller(cpo)
    existant = demande_existante(cpo.id, campagne.id)
    if existant is not None:
        return existant
    dossier = Dossier(
        campagne=campagne, organisme=cpo.organisme, type=cpo.type, precedent=cpo, cpo=cpo
    )
    db.session.add(dossier)
    db.session.flush()
    _reprendre(acteur, cpo, dossier)
    for convention in conventions:
        for tranche in convention.tranches:
            if tranche.exercice == campagne.exercice and tranche.montant > 0:
                demander_financement(acteur, dossier, convention.financeur, tranche.montant)
    consigner(
        acteur,
        dossier,
        "dossier.creer",
        f"Demande de l’année {campagne.exercice} commencée sous convention pluriannuelle",
        donnees={"cpo": cpo.id, "conventions": [c.id for c in conventions]},
        visible_porteur=True,
    )
    return dossier


def _reprendre(acteur: Acteur, cpo: Dossier, dossier: Dossier) -> None:
    exercice = dossier.campagne.exercice
    for reponse in list(cpo.reponses):
        if reponse.champ not in PROPRES and not reponse.champ.startswith("objectifs_annee_"):
            poser_reponse(acteur, dossier, reponse.champ, reponse.valeur)
    poser_reponse(acteur, dossier, "renouvellement", "renouvellement")
    poser_reponse(acteur, dossier, "date_debut", f"01/01/{exercice}")
    poser_reponse(acteur, dossier, "date_fin", f"31/12/{exercice}")
    recopier_cible(cpo, dossier)
    annee = exercice - cpo.campagne.exercice + 1
    prevues = [x for x in cpo.lignes if x.annee == annee and x.financement_id is None]
    source = prevues or [x for x in cpo.lignes if x.annee == 1 and x.financement_id is None]
    # A funder in convention is asked below: its subsidy is not counted twice.
    dossier.lignes = [
        LigneBudget(
            annee=1,
            cote=x.cote,
            compte=x.compte,
            libelle=x.libelle,
            rang=x.rang,
            saisie=x.saisie,
            montant=x.montant,
            etat_produit=x.etat_produit,
            origine=x.origine,
        )
        for x in source
        if not (prevues and x.compte.startswith("74"))
    ]
    projeter_budget(dossier)
    db.session.flush()
