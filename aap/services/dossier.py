"""Beginning a dossier; the acts that write on it are gathered here by name.

Nothing is refused while drafting, everything is kept as typed.
"""

from __future__ import annotations

from aap.domaine.erreurs import Invalide, PasLeMoment
from aap.domaine.questionnaire import questions_pour, sections_lues
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    DossierQuartier,
    IndicateurDossier,
    LigneBudget,
    Organisme,
    TypeDossier,
)
from aap.permissions import Acteur, exiger
from aap.requetes.campagne_ouverte import prend_des_depots, refus_type, types_permis
from aap.services.cible import (
    choisir_objectifs,
    choisir_objectifs_locaux,
    choisir_quartiers,
    objectifs_locaux_possibles,
)
from aap.services.journal import consigner
from aap.services.piece import joindre_piece, retirer_piece
from aap.services.plan_financement import (
    IndicateurSaisi,
    LigneSaisie,
    demander_financement,
    enregistrer_budget,
    fixer_demandes,
    fixer_indicateurs,
    projeter_budget,
    retirer_financement,
)
from aap.services.reponse import ReponseModifiee, enregistrer_reponse, poser_reponse

__all__ = [
    "IndicateurSaisi",
    "LigneSaisie",
    "ReponseModifiee",
    "choisir_objectifs",
    "choisir_objectifs_locaux",
    "choisir_quartiers",
    "creer_dossier",
    "demander_financement",
    "enregistrer_budget",
    "enregistrer_reponse",
    "fixer_demandes",
    "fixer_indicateurs",
    "joindre_piece",
    "objectifs_locaux_possibles",
    "partir_d_un_objectif",
    "retirer_financement",
    "retirer_piece",
]
# Said anew each year: dates, and what the signatory attests.
NON_REPRIS = frozenset({"date_debut", "date_fin", "aides_publiques", "exactitude"})


def creer_dossier(
    acteur: Acteur,
    organisme: Organisme,
    campagne: Campagne,
    type_dossier: TypeDossier = TypeDossier.ACTION,
    *,
    precedent: Dossier | None = None,
) -> Dossier:
    """A new draft. With ``precedent``, its content is copied (dates, attestations and amounts
    asked are not).

    Raises PasLeMoment when the campaign takes no deposit, Invalide for a type that it does not
    accept or a precedent of somebody else.
    """
    exiger(acteur, "organisme.rediger", organisme)
    if not prend_des_depots(campagne):
        raise PasLeMoment(
            "Cet appel à projets n’est pas ouvert aux dépôts.",
            "Regardez sur l’accueil les appels ouverts en ce moment.",
        )
    if type_dossier not in types_permis(campagne, organisme):
        raise Invalide(refus_type(campagne, organisme, type_dossier))
    if precedent is not None and precedent.organisme_id != organisme.id:
        raise Invalide("Le dossier à reprendre appartient à un autre organisme.")
    if precedent is not None and precedent.campagne.bac_a_sable and not campagne.bac_a_sable:
        raise Invalide("Un dossier d’essai ne se reprend pas dans une vraie campagne.")
    dossier = Dossier(
        campagne=campagne, organisme=organisme, type=type_dossier, precedent=precedent
    )
    db.session.add(dossier)
    db.session.flush()
    if precedent is not None:
        _recopier(acteur, precedent, dossier)
    consigner(
        acteur,
        dossier,
        "dossier.creer",
        "Dossier commencé",
        donnees={"precedent": precedent.id if precedent else None},
        visible_porteur=True,
    )
    return dossier


def partir_d_un_objectif(
    acteur: Acteur, dossier: Dossier, quartier_id: int, objectif_local_id: int | None = None
) -> None:
    """Aim a new draft at a quartier (and one of its local objectives) found in the explorer.

    An identifier that means nothing here is ignored: the draft stays as it is.
    """
    try:
        choisir_quartiers(acteur, dossier, {quartier_id: None})
        if objectif_local_id is not None:
            choisir_objectifs_locaux(acteur, dossier, [objectif_local_id])
    except Invalide:
        return


def _recopier(acteur: Acteur, source: Dossier, cible: Dossier) -> None:
    """Texts, aim, quartiers, indicators and budget of last year; nothing that must be said anew.

    What the referentiel has retired since, or what another contrat holds, is left out.
    """
    permis = {q.code for s in sections_lues(cible.profil) for q in questions_pour(s, cible.profil)}
    for reponse in list(source.reponses):
        if reponse.champ in permis - NON_REPRIS:
            poser_reponse(acteur, cible, reponse.champ, reponse.valeur)
    poser_reponse(acteur, cible, "renouvellement", "renouvellement")
    if source.campagne.contrat_id == cible.campagne.contrat_id:
        recopier_cible(source, cible)
    cible.lignes = [
        LigneBudget(
            annee=1,
            cote=ligne.cote,
            compte=ligne.compte,
            libelle=ligne.libelle,
            rang=ligne.rang,
            saisie=ligne.saisie,
            montant=ligne.montant,
            etat_produit=ligne.etat_produit,
            origine=ligne.origine,
        )
        for ligne in source.lignes
        if ligne.annee == 1 and ligne.financement_id is None
    ]
    projeter_budget(cible)
    db.session.flush()


def recopier_cible(source: Dossier, cible: Dossier) -> None:
    """Orientation, quartiers, local objectives and indicators still in the referentiel."""
    if source.orientation is not None and source.orientation.retire_le is None:
        cible.orientation = source.orientation
        cible.objectifs = [o for o in source.objectifs if o.retire_le is None]
    cible.theme_id = source.theme_id
    cible.objectifs_locaux = [o for o in source.objectifs_locaux if o.retire_le is None]
    cible.quartiers = [
        DossierQuartier(quartier_id=q.quartier_id, part=q.part)
        for q in source.quartiers
        if q.quartier.retire_le is None
    ]
    cible.indicateurs = [
        IndicateurDossier(
            libelle=i.libelle,
            cible=i.cible,
            mode_mesure=i.mode_mesure,
            indicateur_evaluation_id=i.indicateur_evaluation_id,
        )
        for i in sorted(source.indicateurs, key=lambda i: i.id)
    ]
