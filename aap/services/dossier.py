"""Writing a dossier: nothing is refused while drafting, everything is kept as typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as _inserer_pg
from sqlalchemy.dialects.sqlite import insert as _inserer_sqlite

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.domaine.questionnaire import QUESTIONS, lire
from aap.domaine.texte import nettoyer, normaliser
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    DossierQuartier,
    IndicateurDossier,
    LigneBudget,
    ObjectifLocal,
    ObjectifOperationnel,
    ObjectifStrategique,
    Organisme,
    Quartier,
    Reponse,
    SectionTheme,
    TypeDossier,
)
from aap.permissions import Acteur, exiger
from aap.services.journal import consigner
from aap.services.plan_financement import projeter_budget
from aap.services.redaction import exiger_redaction
from workflows.campagne import EtatCampagne


def creer_dossier(
    acteur: Acteur,
    organisme: Organisme,
    campagne: Campagne,
    type_dossier: TypeDossier = TypeDossier.ACTION,
    *,
    precedent: Dossier | None = None,
) -> Dossier:
    """A new draft. With ``precedent``, its answers are copied (dates and amounts asked are not).

    Raises PasLeMoment when the campaign takes no deposit.
    """
    exiger(acteur, "organisme.rediger", organisme)
    if campagne.etat is not EtatCampagne.OUVERTE:
        raise PasLeMoment(
            "Cet appel à projets n’est pas ouvert aux dépôts.",
            "Regardez sur l’accueil les appels ouverts en ce moment.",
        )
    if precedent is not None and precedent.organisme_id != organisme.id:
        raise Invalide("Le dossier à reprendre appartient à un autre organisme.")
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


NON_REPRIS = frozenset({"date_debut", "date_fin", "aides_publiques", "exactitude"})


def _recopier(acteur: Acteur, source: Dossier, cible: Dossier) -> None:
    """Texts, aim, quartiers, indicators and budget of last year; nothing that must be said anew."""
    for reponse in source.reponses:
        if reponse.champ not in NON_REPRIS:
            _poser_reponse(acteur, cible, reponse.champ, reponse.valeur)
    _poser_reponse(acteur, cible, "renouvellement", "renouvellement")
    cible.orientation, cible.theme = source.orientation, source.theme
    cible.objectifs = list(source.objectifs)
    cible.objectifs_locaux = list(source.objectifs_locaux)
    cible.quartiers = [
        DossierQuartier(quartier_id=q.quartier_id, part=q.part) for q in source.quartiers
    ]
    cible.indicateurs = [
        IndicateurDossier(
            libelle=i.libelle,
            cible=i.cible,
            mode_mesure=i.mode_mesure,
            indicateur_evaluation_id=i.indicateur_evaluation_id,
        )
        for i in source.indicateurs
    ]
    cible.lignes = [
        LigneBudget(
            cote=ligne.cote,
            compte=ligne.compte,
            libelle=ligne.libelle,
            rang=ligne.rang,
            saisie=ligne.saisie,
            montant=ligne.montant,
            etat_produit=ligne.etat_produit,
        )
        for ligne in source.lignes
        if ligne.annee == 1 and ligne.financement_id is None
    ]
    projeter_budget(cible)
    db.session.flush()


def enregistrer_reponse(
    acteur: Acteur, dossier: Dossier, champ: str, valeur: str, *, version: int | None = None
) -> Reponse:
    """Keep one answer as typed, whatever it is. ``version``: the one the writer saw (0: none).

    Raises Conflit when somebody else saved this field since; both texts then exist: theirs in
    the database, the writer's on her screen.
    """
    exiger_redaction(acteur, dossier)
    if champ not in QUESTIONS:
        raise Invalide("Cette question n’existe pas dans le formulaire.")
    reponse = db.session.get(Reponse, (dossier.id, champ))
    if reponse is not None and version is not None and reponse.version != version:
        if reponse.valeur == nettoyer(valeur):
            return reponse
        raise Conflit(
            "Une autre personne a modifié cette réponse pendant que vous écriviez.",
            "Comparez les deux textes, puis gardez celui qui convient.",
        )
    return _poser_reponse(acteur, dossier, champ, valeur)


def _poser_reponse(acteur: Acteur, dossier: Dossier, champ: str, valeur: str) -> Reponse:
    """One-row upsert, then the projection on the dossier when lists show this field."""
    texte = nettoyer(valeur)
    inserer = (
        _inserer_pg if db.session.get_bind().dialect.name == "postgresql" else _inserer_sqlite
    )
    db.session.execute(
        inserer(Reponse)
        .values(
            dossier_id=dossier.id,
            champ=champ,
            valeur=texte,
            version=1,
            modifie_le=maintenant(),
            modifie_par_id=acteur.utilisateur_id,
        )
        .on_conflict_do_update(
            index_elements=["dossier_id", "champ"],
            set_={
                "valeur": texte,
                "version": Reponse.version + 1,
                "modifie_le": maintenant(),
                "modifie_par_id": acteur.utilisateur_id,
            },
        )
    )
    projeter_reponse(dossier, champ, texte)
    db.session.flush()
    return db.session.get_one(Reponse, (dossier.id, champ), populate_existing=True)


def projeter_reponse(dossier: Dossier, champ: str, texte: str) -> None:
    """Refresh the column that lists read; an unreadable answer leaves it empty."""
    question = QUESTIONS[champ]
    try:
        valeur = lire(question, texte)
    except ValueError:
        valeur = None
    if champ == "intitule":
        dossier.intitule = texte[:200]
        dossier.intitule_recherche = normaliser(texte)[:500]
    elif champ in ("date_debut", "date_fin"):
        setattr(dossier, champ, valeur if isinstance(valeur, date) else None)
    elif champ in ("beneficiaires", "part_qpv"):
        setattr(dossier, champ, valeur if isinstance(valeur, int) else None)


def choisir_objectifs(
    acteur: Acteur, dossier: Dossier, orientation_id: int | None, ids: Sequence[int]
) -> None:
    """The orientation aimed at and the objectifs opérationnels of that orientation.

    Raises Invalide for an objectif of another orientation or of another contrat.
    """
    exiger_redaction(acteur, dossier)
    contrat = dossier.campagne.contrat
    orientations = {o.id: o for o in contrat.orientations if o.retire_le is None}
    if orientation_id is not None and orientation_id not in orientations:
        raise Invalide("Choisissez une orientation du contrat de ville.")
    objectifs = list(
        db.session.scalars(
            select(ObjectifOperationnel)
            .join(ObjectifStrategique)
            .where(
                ObjectifOperationnel.id.in_(set(ids)),
                ObjectifStrategique.orientation_id == orientation_id,
            )
            .order_by(ObjectifOperationnel.id)
        )
    )
    if len(objectifs) != len(set(ids)):
        raise Invalide("Un objectif choisi ne fait pas partie de cette orientation.")
    dossier.orientation = orientations.get(orientation_id or 0)
    dossier.objectifs = objectifs
    db.session.flush()


def choisir_quartiers(acteur: Acteur, dossier: Dossier, parts: dict[int, int | None]) -> None:
    """Quartiers aimed at, with the share of the public (percent, may be unknown).

    Local objectives of quartiers that are left out are dropped. Raises Invalide.
    """
    exiger_redaction(acteur, dossier)
    connus = set(
        db.session.scalars(
            select(Quartier.id).where(
                Quartier.id.in_(parts), Quartier.contrat_id == dossier.campagne.contrat_id
            )
        )
    )
    if connus != set(parts):
        raise Invalide("Un quartier choisi ne fait pas partie de ce contrat de ville.")
    if any(p is not None and not 0 <= p <= 100 for p in parts.values()):
        raise Invalide("La part du public dans un quartier va de 0 à 100 %.")
    if sum(p or 0 for p in parts.values()) > 100:
        raise Invalide("La somme des parts par quartier dépasse 100 %.")
    actuels = {q.quartier_id: q for q in dossier.quartiers}
    dossier.quartiers = [
        actuels.get(i) or DossierQuartier(quartier_id=i) for i in sorted(parts)
    ]
    for lien in dossier.quartiers:
        lien.part = parts[lien.quartier_id]
    db.session.flush()
    db.session.expire(dossier, ["quartiers"])
    permis = set(objectifs_locaux_possibles(dossier))
    dossier.objectifs_locaux = [o for o in dossier.objectifs_locaux if o.id in permis]
    db.session.flush()


def _fiches_des_quartiers(dossier: Dossier) -> set[int]:
    """Fiches whose themes speak for the quartiers aimed at (a commune's fiche may lend them)."""
    return {
        fiche.themes_fiche_id or fiche.id
        for lien in dossier.quartiers
        for fiche in lien.quartier.fiches
    }


def objectifs_locaux_possibles(dossier: Dossier) -> list[int]:
    """Ids of the operational local objectives of the quartiers aimed at."""
    fiches = _fiches_des_quartiers(dossier)
    return list(
        db.session.scalars(
            select(ObjectifLocal.id)
            .join(SectionTheme)
            .where(SectionTheme.fiche_id.in_(fiches), ObjectifLocal.niveau == "operationnel")
            .order_by(ObjectifLocal.id)
        )
    )


def choisir_objectifs_locaux(acteur: Acteur, dossier: Dossier, ids: Sequence[int]) -> None:
    """The local objectives answered; sets the theme of the dossier to the most chosen one."""
    exiger_redaction(acteur, dossier)
    if not set(ids) <= set(objectifs_locaux_possibles(dossier)):
        raise Invalide("Un objectif local choisi ne vient pas de la fiche d’un quartier visé.")
    dossier.objectifs_locaux = list(
        db.session.scalars(
            select(ObjectifLocal).where(ObjectifLocal.id.in_(set(ids))).order_by(ObjectifLocal.id)
        )
    )
    themes = sorted(o.section.theme_id for o in dossier.objectifs_locaux)
    dossier.theme_id = max(themes, key=themes.count) if themes else None
    db.session.flush()
