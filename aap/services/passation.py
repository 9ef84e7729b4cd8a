"""Passing dossiers from one instructor to another without losing the work begun; absences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from aap.domaine.calendrier import date_longue
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Absence, Affectation, Passation, Utilisateur
from aap.permissions import Acteur, exiger
from aap.requetes.absences import collegues_de
from aap.requetes.affectations import Apercu
from aap.services.affectation import affecter_en_lot, retirer_affectation
from aap.services.journal import consigner

ABSENCE_MAX = timedelta(days=366)


def passer(
    acteur: Acteur, affectations: Sequence[Affectation], successeur: Utilisateur, motif: str = ""
) -> Apercu:
    """Give these dossiers of one person and one funder to ``successeur``, who may read the drafts.

    What the successor cannot take (conflict, perimeter, already hers) stays where it is and is in
    the answer. Raises Invalide when nothing can be passed.
    """
    if not affectations:
        raise Invalide("Aucun dossier à passer.")
    de, financeur = affectations[0].utilisateur, affectations[0].financeur
    if successeur.id == de.id:
        raise Invalide("Choisissez quelqu’un d’autre.", [Probleme("Choisissez quelqu’un d’autre.")])
    for affectation in affectations:
        exiger(acteur, "affectation.retirer", affectation)
    fait = affecter_en_lot(acteur, [a.dossier for a in affectations], successeur, financeur)
    if not fait.a_affecter:
        raise Invalide(_rien(fait))
    passes = {d.id for d in fait.a_affecter}
    propre = nettoyer(motif, lignes=False).strip()[:500]
    for affectation in affectations:
        if affectation.dossier_id in passes:
            _passer(acteur, affectation, successeur, propre)
    return fait


def _rien(fait: Apercu) -> str:
    if fait.deportes:
        return "Cette personne est déportée pour cet organisme."
    if fait.hors_perimetre:
        return "Ce dossier n’est pas dans le périmètre de cette personne."
    return "Ce dossier lui est déjà confié."


def _passer(acteur: Acteur, a: Affectation, successeur: Utilisateur, motif: str) -> None:
    passation = Passation(
        dossier_id=a.dossier_id,
        financeur_id=a.financeur_id,
        de_id=a.utilisateur_id,
        a_id=successeur.id,
        par_id=acteur.utilisateur_id,
        motif=motif,
    )
    principal = a.dossier.instructeur_id == a.utilisateur_id
    db.session.add(passation)
    consigner(
        acteur,
        a.dossier,
        "dossier.passer",
        f"Dossier passé de {a.utilisateur.nom_complet} à {successeur.nom_complet}",
        motif=motif,
        donnees={"de": a.utilisateur_id, "a": successeur.id, "financeur": a.financeur_id},
    )
    dossier = a.dossier
    retirer_affectation(acteur, a)
    if principal:
        dossier.instructeur_id = successeur.id
    db.session.flush()


def declarer_absence(
    acteur: Acteur,
    utilisateur: Utilisateur,
    du: date,
    au: date,
    remplacant: Utilisateur | None = None,
) -> Absence:
    """Somebody is away from ``du`` to ``au`` (included): nothing new is given to her meanwhile.

    ``remplacant`` sees her dossiers as her own during these days; she needs a right of the same
    funder, an absence gives none. Raises Invalide, PasLeMoment (days already declared).
    """
    exiger(acteur, "absence.declarer", utilisateur)
    problemes = []
    if au < du:
        problemes.append(Probleme("La fin vient avant le début.", "au"))
    elif au < aujourdhui():
        problemes.append(Probleme("Cette absence est déjà terminée.", "au"))
    elif au - du > ABSENCE_MAX:
        problemes.append(Probleme("Une absence se déclare pour un an au plus.", "au"))
    if remplacant is not None and remplacant.id not in {u.id for u in collegues_de(utilisateur)}:
        problemes.append(
            Probleme("Choisissez une personne qui instruit pour le même financeur.", "remplacant")
        )
    if problemes:
        raise Invalide("L’absence n’est pas complète.", problemes)
    if _deja(utilisateur, du, au):
        raise PasLeMoment("Une absence est déjà déclarée à ces dates : annulez-la d’abord.")
    absence = Absence(
        utilisateur_id=utilisateur.id,
        du=du,
        au=au,
        remplacant_id=remplacant.id if remplacant else None,
        declaree_par_id=acteur.utilisateur_id,
    )
    db.session.add(absence)
    db.session.flush()
    qui = f", remplacement par {remplacant.nom_complet}" if remplacant else ""
    _consigner(acteur, absence, utilisateur, "absence.declarer", f"Absence déclarée{qui}")
    return absence


def annuler_absence(acteur: Acteur, absence: Absence) -> None:
    """End an absence now; twice is once."""
    exiger(acteur, "absence.annuler", absence)
    if absence.annulee_le is not None:
        return
    absence.annulee_le = maintenant()
    db.session.flush()
    _consigner(acteur, absence, absence.utilisateur, "absence.annuler", "Absence annulée")


def _deja(utilisateur: Utilisateur, du: date, au: date) -> bool:
    meme = select(Absence.id).where(
        Absence.utilisateur_id == utilisateur.id,
        Absence.annulee_le.is_(None),
        Absence.du <= au,
        Absence.au >= du,
    )
    return db.session.scalar(meme.limit(1)) is not None


def _consigner(
    acteur: Acteur, absence: Absence, utilisateur: Utilisateur, acte: str, libelle: str
) -> None:
    consigner(
        acteur,
        utilisateur,
        acte,
        f"{libelle} (du {date_longue(absence.du)} au {date_longue(absence.au)})"[:300],
        donnees={"absence": absence.id, "remplacant": absence.remplacant_id},
    )
