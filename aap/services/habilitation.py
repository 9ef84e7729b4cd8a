"""Rights of people: given and withdrawn by the administration, delegated by their holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select, update

from aap.domaine.erreurs import Invalide, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.extensions import db
from aap.filtres import date_longue
from aap.models import (
    Commune,
    Contrat,
    Financeur,
    Habilitation,
    Orientation,
    PerimetreHabilitation,
    Quartier,
    RoleHabilitation,
    Secteur,
    Utilisateur,
)
from aap.permissions import Acteur, exiger
from aap.services.courriel import deposer_courriel
from aap.services.journal import consigner

AVEC_FINANCEUR = frozenset({RoleHabilitation.INSTRUCTEUR, RoleHabilitation.FINANCE})
DELEGATION_MAX = timedelta(days=366)


@dataclass(frozen=True)
class Perimetre:
    """Ids of what a right is limited to; everything empty: the whole contrat."""

    communes: Sequence[int] = ()
    secteurs: Sequence[int] = ()
    quartiers: Sequence[int] = ()
    orientations: Sequence[int] = ()

    @property
    def vide(self) -> bool:
        return not (self.communes or self.secteurs or self.quartiers or self.orientations)


ENTIER = Perimetre()


def intitule(
    role: RoleHabilitation, contrat: Contrat | None, financeur: Financeur | None = None
) -> str:
    """« Instruction – Ville de Savigny – contrat de ville 2024-2030 »."""
    morceaux = [role.libelle]
    morceaux += [financeur.nom] if financeur is not None else []
    morceaux += [contrat.nom] if contrat is not None else []
    return " – ".join(morceaux)


def periode(du: date, au: date | None) -> str:
    debut = date_longue(du)
    return f"à partir du {debut}" if au is None else f"du {debut} au {date_longue(au)}"


def habiliter(
    acteur: Acteur,
    utilisateur: Utilisateur,
    role: RoleHabilitation,
    contrat: Contrat | None,
    financeur: Financeur | None = None,
    perimetre: Perimetre = ENTIER,
    *,
    du: date,
    au: date | None = None,
) -> Habilitation:
    """Give a right. Raises Invalide when it makes no sense or is already held.

    An administrator's right covers the installation; a perimeter only limits instruction.
    """
    exiger(acteur, "admin.habiliter", utilisateur)
    problemes = _incoherences(role, contrat, financeur, perimetre, du, au)
    if au is not None and au < aujourdhui() and not acteur.systeme:
        problemes.append(Probleme("Cette date est déjà passée : le droit serait terminé.", "au"))
    if not problemes and _deja(utilisateur, role, contrat, financeur, du, au):
        problemes = [
            Probleme(
                "Cette personne a déjà ce droit à ces dates. Retirez-le d’abord si vous voulez "
                "en changer le périmètre ou les dates.",
                "du",
            )
        ]
    if problemes:
        raise Invalide("Ce droit ne peut pas être donné ainsi.", problemes)
    habilitation = Habilitation(
        utilisateur_id=utilisateur.id,
        role=role,
        contrat_id=contrat.id if contrat is not None else None,
        financeur_id=financeur.id if financeur is not None else None,
        du=du,
        au=au,
        perimetre=_elements(perimetre),
    )
    db.session.add(habilitation)
    db.session.flush()
    droit = intitule(role, contrat, financeur)
    _consigner(acteur, habilitation, "habilitation.donner", f"Droit donné\u00a0: {droit}")
    _prevenir(acteur, utilisateur, "compte_habilitation", droit, du, au)
    return habilitation


def _incoherences(
    role: RoleHabilitation,
    contrat: Contrat | None,
    financeur: Financeur | None,
    perimetre: Perimetre,
    du: date,
    au: date | None,
) -> list[Probleme]:
    problemes = _incoherences_contrat(role, contrat, financeur)
    if role is not RoleHabilitation.INSTRUCTEUR and not perimetre.vide:
        problemes.append(Probleme("Seule l’instruction peut être limitée à un périmètre."))
    elif contrat is not None and not _dans_le_contrat(perimetre, contrat):
        problemes.append(Probleme("Un élément du périmètre n’appartient pas à ce contrat."))
    if au is not None and au < du:
        problemes.append(Probleme("La fin doit venir après le début.", "au"))
    return problemes


def _incoherences_contrat(
    role: RoleHabilitation, contrat: Contrat | None, financeur: Financeur | None
) -> list[Probleme]:
    if role is RoleHabilitation.ADMINISTRATEUR:
        if contrat is not None or financeur is not None:
            return [Probleme("L’administration porte sur toute la plateforme.", "role")]
        return []
    if contrat is None:
        return [Probleme("Choisissez le contrat.", "contrat")]
    if role is RoleHabilitation.INSTRUCTEUR and financeur is None:
        return [Probleme("L’instruction se fait pour un financeur. Choisissez-le.", "financeur")]
    if financeur is not None and role not in AVEC_FINANCEUR:
        return [Probleme("Ce rôle ne s’exerce pas pour un financeur.", "financeur")]
    if financeur is not None and financeur.contrat_id != contrat.id:
        return [Probleme("Ce financeur n’appartient pas à ce contrat.", "financeur")]
    return []


def _dans_le_contrat(perimetre: Perimetre, contrat: Contrat) -> bool:
    for modele, ids in (
        (Commune, perimetre.communes),
        (Secteur, perimetre.secteurs),
        (Quartier, perimetre.quartiers),
        (Orientation, perimetre.orientations),
    ):
        connus = set(
            db.session.scalars(
                select(modele.id).where(modele.contrat_id == contrat.id, modele.id.in_(ids))
            )
        )
        if set(ids) - connus:
            return False
    return True


def _deja(
    utilisateur: Utilisateur,
    role: RoleHabilitation,
    contrat: Contrat | None,
    financeur: Financeur | None,
    du: date,
    au: date | None,
) -> bool:
    """The same right, held in one's own name, on a day in common."""
    requete = select(Habilitation.id).where(
        Habilitation.utilisateur_id == utilisateur.id,
        Habilitation.role == role,
        Habilitation.contrat_id.is_not_distinct_from(contrat.id if contrat else None),
        Habilitation.financeur_id.is_not_distinct_from(financeur.id if financeur else None),
        Habilitation.delegue_par_id.is_(None),
        Habilitation.retiree_le.is_(None),
        or_(Habilitation.au.is_(None), Habilitation.au >= du),
    )
    if au is not None:
        requete = requete.where(Habilitation.du <= au)
    return db.session.scalar(requete.limit(1)) is not None


def _elements(perimetre: Perimetre) -> list[PerimetreHabilitation]:
    return [
        *(PerimetreHabilitation(commune_id=i) for i in dict.fromkeys(perimetre.communes)),
        *(PerimetreHabilitation(secteur_id=i) for i in dict.fromkeys(perimetre.secteurs)),
        *(PerimetreHabilitation(quartier_id=i) for i in dict.fromkeys(perimetre.quartiers)),
        *(PerimetreHabilitation(orientation_id=i) for i in dict.fromkeys(perimetre.orientations)),
    ]


def _consigner(acteur: Acteur, habilitation: Habilitation, acte: str, libelle: str) -> None:
    """Written in the history of the person who holds the right."""
    personne = db.session.get_one(Utilisateur, habilitation.utilisateur_id)
    donnees = {"habilitation": habilitation.id, "role": habilitation.role.value}
    consigner(acteur, personne, acte, libelle[:300], donnees=donnees)


def _prevenir(
    acteur: Acteur, utilisateur: Utilisateur, modele: str, droit: str, du: date, au: date | None
) -> None:
    """Tell the person; the clock (demonstration, command) gives rights in silence."""
    if acteur.systeme:
        return
    deposer_courriel(
        utilisateur,
        modele,
        entite="utilisateur",
        entite_id=utilisateur.id,
        auteur=acteur.nom,
        droit=droit,
        periode=periode(du, au),
    )


def retirer_habilitation(acteur: Acteur, habilitation: Habilitation) -> None:
    """Withdraw a right, with what its holder had delegated of it. At once, even in a session."""
    exiger(acteur, "admin.retirer_habilitation", habilitation)
    if habilitation.retiree_le is not None:
        return
    habilitation.retiree_le = maintenant()
    if habilitation.delegue_par_id is None:
        _retirer_delegations(habilitation)
    droit = _intitule_de(habilitation)
    _consigner(acteur, habilitation, "habilitation.retirer", f"Droit retiré\u00a0: {droit}")


def _retirer_delegations(habilitation: Habilitation) -> None:
    db.session.execute(
        update(Habilitation)
        .where(
            Habilitation.delegue_par_id == habilitation.utilisateur_id,
            Habilitation.role == habilitation.role,
            Habilitation.contrat_id.is_not_distinct_from(habilitation.contrat_id),
            Habilitation.financeur_id.is_not_distinct_from(habilitation.financeur_id),
            Habilitation.retiree_le.is_(None),
        )
        .values(retiree_le=maintenant())
    )


def _intitule_de(habilitation: Habilitation) -> str:
    financeur = (
        db.session.get(Financeur, habilitation.financeur_id) if habilitation.financeur_id else None
    )
    return intitule(habilitation.role, habilitation.contrat, financeur)


def deleguer(
    acteur: Acteur, habilitation: Habilitation, utilisateur: Utilisateur, du: date, au: date
) -> Habilitation:
    """Lend one's own right to a colleague, whole perimeter, for a stated time.

    Raises Invalide (dates, person). The right itself is kept by its holder.
    """
    exiger(acteur, "compte.deleguer", habilitation)
    problemes = _refus_delegation(habilitation, utilisateur, du, au)
    if problemes:
        raise Invalide("Cette délégation n’est pas possible.", problemes)
    delegation = Habilitation(
        utilisateur_id=utilisateur.id,
        role=habilitation.role,
        contrat_id=habilitation.contrat_id,
        financeur_id=habilitation.financeur_id,
        du=du,
        au=au,
        delegue_par_id=acteur.utilisateur_id,
        perimetre=[
            PerimetreHabilitation(
                commune_id=p.commune_id,
                secteur_id=p.secteur_id,
                quartier_id=p.quartier_id,
                orientation_id=p.orientation_id,
            )
            for p in habilitation.perimetre
        ],
    )
    db.session.add(delegation)
    db.session.flush()
    droit = _intitule_de(delegation)
    _consigner(acteur, delegation, "habilitation.deleguer", f"Délégation reçue\u00a0: {droit}")
    _prevenir(acteur, utilisateur, "compte_delegation", droit, du, au)
    return delegation


def _refus_delegation(
    habilitation: Habilitation, utilisateur: Utilisateur, du: date, au: date
) -> list[Probleme]:
    problemes = []
    if utilisateur.id == habilitation.utilisateur_id:
        problemes.append(Probleme("Choisissez quelqu’un d’autre que vous.", "utilisateur"))
    if utilisateur.desactive_le is not None or utilisateur.confirme_le is None:
        problemes.append(Probleme("Le compte de cette personne n’est pas ouvert.", "utilisateur"))
    if du < aujourdhui():
        problemes.append(Probleme("La délégation ne peut pas commencer dans le passé.", "du"))
    if au < du:
        problemes.append(Probleme("La fin doit venir après le début.", "au"))
    elif au - du > DELEGATION_MAX:
        problemes.append(Probleme("Une délégation dure un an au plus.", "au"))
    if not problemes and _deja_delegue(habilitation, utilisateur, du, au):
        problemes.append(
            Probleme("Vous avez déjà délégué ce droit à cette personne à ces dates.", "du")
        )
    if habilitation.au is not None and au > habilitation.au:
        fin = date_longue(habilitation.au)
        problemes.append(Probleme(f"Votre propre droit s’arrête le {fin}.", "au"))
    return problemes


def _deja_delegue(habilitation: Habilitation, utilisateur: Utilisateur, du: date, au: date) -> bool:
    """The same right lent to the same person by its holder, on a day in common."""
    requete = select(Habilitation.id).where(
        Habilitation.utilisateur_id == utilisateur.id,
        Habilitation.delegue_par_id == habilitation.utilisateur_id,
        Habilitation.role == habilitation.role,
        Habilitation.contrat_id.is_not_distinct_from(habilitation.contrat_id),
        Habilitation.financeur_id.is_not_distinct_from(habilitation.financeur_id),
        Habilitation.retiree_le.is_(None),
        Habilitation.du <= au,
        Habilitation.au >= du,
    )
    return db.session.scalar(requete.limit(1)) is not None


def retirer_delegation(acteur: Acteur, habilitation: Habilitation) -> None:
    """Take back what one has delegated."""
    exiger(acteur, "compte.retirer_delegation", habilitation)
    if habilitation.retiree_le is not None:
        return
    habilitation.retiree_le = maintenant()
    droit = _intitule_de(habilitation)
    _consigner(acteur, habilitation, "habilitation.retirer", f"Délégation reprise\u00a0: {droit}")
