"""Who examines what, who must not, and the late deposits that are accepted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from aap.domaine.calendrier import StatutDepot
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Affectation, Campagne, Deport, Dossier, Financeur, Organisme, Utilisateur
from aap.permissions import Acteur, exiger
from aap.requetes.affectations import A_INSTRUIRE, NON_TRANSMIS, Apercu, apercu_affectation
from aap.requetes.campagne_ouverte import statut_de
from aap.services.avertissement import avertir_coordination, avertir_porteur
from aap.services.campagne_horloge import HORS_DELAI_POSSIBLE
from aap.services.courriel import deposer_courriel
from aap.services.journal import consigner
from aap.services.transition import franchir
from workflows.dossier import EtatDossier

MOTIF_MAX = 500


def affecter(
    acteur: Acteur, dossier: Dossier, utilisateur: Utilisateur, financeur: Financeur
) -> Affectation:
    """Give one dossier to one instructor. Raises Invalide with the reason when impossible."""
    apercu = affecter_en_lot(acteur, [dossier], utilisateur, financeur)
    if apercu.deportes:
        raise Invalide("Cette personne est déportée pour cet organisme.")
    if apercu.hors_perimetre:
        raise Invalide("Ce dossier n’est pas dans le périmètre de cette personne.")
    return db.session.scalars(
        select(Affectation).where(
            Affectation.dossier_id == dossier.id, Affectation.utilisateur_id == utilisateur.id
        )
    ).one()


def affecter_en_lot(
    acteur: Acteur,
    dossiers: Collection[Dossier],
    utilisateur: Utilisateur,
    financeur: Financeur,
    *,
    attendus: int | None = None,
) -> Apercu:
    """Assign what can be; returns what was done and what was left out, and why.

    ``attendus``: the number that the preview showed; raises Conflit when it has changed.
    The instructor gets one mail, whatever the number.
    """
    for dossier in dossiers:
        exiger(acteur, "dossier.affecter", dossier)
    if any(d.etat not in A_INSTRUIRE for d in dossiers):
        raise PasLeMoment("Un de ces dossiers n’est pas, ou n’est plus, à instruire.")
    apercu = apercu_affectation(dossiers, utilisateur, financeur)
    if attendus is not None and attendus != len(apercu.a_affecter):
        raise Conflit(
            "La situation a changé depuis l’aperçu : rien n’a été affecté.",
            "Revenez à la liste et recommencez.",
        )
    for dossier in apercu.a_affecter:
        _affecter(acteur, dossier, utilisateur, financeur)
    if apercu.a_affecter:
        deposer_courriel(
            utilisateur,
            "campagne_affectation",
            entite="campagne",
            entite_id=apercu.a_affecter[0].campagne_id,
            dossiers=apercu.a_affecter,
            campagne=apercu.a_affecter[0].campagne,
            auteur=acteur.nom,
            chemin="/instruction/",
        )
    return apercu


def _affecter(
    acteur: Acteur, dossier: Dossier, utilisateur: Utilisateur, financeur: Financeur
) -> None:
    affectation = Affectation(
        dossier=dossier,
        utilisateur=utilisateur,
        financeur=financeur,
        affecte_par_id=acteur.utilisateur_id,
    )
    db.session.add(affectation)
    if dossier.instructeur_id is None:
        dossier.instructeur = utilisateur
    db.session.flush()
    consigner(
        acteur,
        affectation,
        "dossier.affecter",
        f"Dossier affecté à {utilisateur.nom_complet} ({financeur.sigle or financeur.nom})",
        donnees={"utilisateur": utilisateur.id, "financeur": financeur.id},
    )


def retirer_affectation(acteur: Acteur, affectation: Affectation) -> None:
    """Take a dossier back; the next person assigned becomes its main instructor."""
    exiger(acteur, "affectation.retirer", affectation)
    _retirer(acteur, affectation)


def _retirer(acteur: Acteur, affectation: Affectation) -> None:
    dossier, personne = affectation.dossier, affectation.utilisateur
    consigner(
        acteur,
        affectation,
        "dossier.desaffecter",
        f"Dossier retiré à {personne.nom_complet}",
        donnees={"utilisateur": personne.id},
    )
    db.session.delete(affectation)
    db.session.flush()
    if dossier.instructeur_id == personne.id:
        dossier.instructeur_id = db.session.scalar(
            select(Affectation.utilisateur_id)
            .where(Affectation.dossier_id == dossier.id)
            .order_by(Affectation.id)
            .limit(1)
        )
        db.session.flush()


def declarer_deport(
    acteur: Acteur, utilisateur: Utilisateur, organisme: Organisme, motif: str
) -> Deport:
    """This person must no longer see nor judge this organisme; her assignments end.

    A déport that was lifted is declared again. Raises Invalide without motif.
    """
    exiger(acteur, "deport.declarer", utilisateur)
    propre = _motif(motif)
    assert acteur.utilisateur_id is not None
    deport = db.session.scalar(
        select(Deport).where(
            Deport.utilisateur_id == utilisateur.id, Deport.organisme_id == organisme.id
        )
    )
    if deport is None:
        deport = Deport(utilisateur_id=utilisateur.id, organisme_id=organisme.id)
        db.session.add(deport)
    deport.motif, deport.declare_par_id, deport.leve_le = propre, acteur.utilisateur_id, None
    db.session.flush()
    consigner(
        acteur,
        deport,
        "deport.declarer",
        f"Déport déclaré : {utilisateur.nom_complet}, {organisme.nom}",
        motif=propre,
    )
    for affectation in _affectations_sur(utilisateur, organisme):
        _retirer(acteur, affectation)
    return deport


def se_deporter(acteur: Acteur, dossier: Dossier, motif: str) -> Deport:
    """A reader says herself that she is linked to the dossier's organisme: everything of it is
    closed to her at once, and the coordination is told. Said twice, it is said once.

    Raises Interdit (not a reader of the dossier), Invalide (no motif).
    """
    exiger(acteur, "dossier.examiner", dossier)
    db.session.execute(select(Dossier.id).where(Dossier.id == dossier.id).with_for_update())
    personne = db.session.get_one(Utilisateur, acteur.utilisateur_id)
    deport = declarer_deport(acteur, personne, dossier.organisme, motif)
    avertir_coordination(
        dossier,
        "deport_declare",
        chemin="/coordination/deports",
        personne=personne.nom_complet,
        motif=deport.motif,
    )
    return deport


def _affectations_sur(utilisateur: Utilisateur, organisme: Organisme) -> list[Affectation]:
    return list(
        db.session.scalars(
            select(Affectation)
            .join(Dossier, Dossier.id == Affectation.dossier_id)
            .where(
                Affectation.utilisateur_id == utilisateur.id,
                Dossier.organisme_id == organisme.id,
            )
            .order_by(Affectation.id)
        )
    )


def lever_deport(acteur: Acteur, deport: Deport, motif: str) -> None:
    """The link is over: the person may see the organisme again. Raises Invalide, PasLeMoment."""
    exiger(acteur, "deport.lever", deport)
    propre = _motif(motif)
    if deport.leve_le is not None:
        raise PasLeMoment("Ce déport est déjà levé.")
    deport.leve_le = maintenant()
    db.session.flush()
    consigner(
        acteur,
        deport,
        "deport.lever",
        f"Déport levé : {deport.utilisateur.nom_complet}",
        motif=propre,
    )


def _motif(motif: str) -> str:
    propre = nettoyer(motif, lignes=False).strip()[:MOTIF_MAX]
    if not propre:
        raise Invalide(
            "Indiquez le motif : il est gardé au journal.",
            [Probleme("Indiquez le motif : il est gardé au journal.", "motif")],
        )
    return propre


def accepter_hors_delai(
    acteur: Acteur, dossier: Dossier, motif: str, *, version: int | None = None
) -> None:
    """Let this one dossier be transmitted after the closing, with a motif; its porteur is told.

    A lapsed draft becomes a draft again. It holds until the campaign goes to the committee.
    Raises PasLeMoment (still open, too late, already transmitted), Invalide (no motif).
    """
    exiger(acteur, "dossier.accepter_hors_delai", dossier)
    if version is not None and version != dossier.version:
        raise Conflit("Ce dossier a changé depuis que la page est ouverte.", "Rechargez la page.")
    _exiger_possible(dossier)
    propre = _motif(motif)
    dossier.accepte_hors_delai_motif = propre
    db.session.flush()
    consigner(
        acteur,
        dossier,
        "dossier.accepter_hors_delai",
        "Dépôt hors délai accepté",
        motif=propre,
        visible_porteur=True,
    )
    if dossier.etat is EtatDossier.CADUC:
        franchir(acteur, dossier, "ranimer", motif=propre)
    avertir_porteur(dossier, "campagne_hors_delai", campagne=dossier.campagne, motif=propre)


def _exiger_possible(dossier: Dossier) -> None:
    campagne: Campagne = dossier.campagne
    if dossier.etat not in NON_TRANSMIS:
        raise PasLeMoment("Ce dossier est déjà transmis, ou retiré.")
    if statut_de(campagne) is not StatutDepot.CLOS:
        raise PasLeMoment("Les dépôts ne sont pas clos : le porteur peut transmettre son dossier.")
    if campagne.etat not in HORS_DELAI_POSSIBLE:
        raise PasLeMoment(
            "La campagne est au comité de pilotage, ou terminée : il est trop tard pour ajouter "
            "un dossier."
        )
