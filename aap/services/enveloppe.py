"""Enveloppes: a tree of money per financeur; friendly refusals before those of the database.

The triggers of the database have the last word, also between two writers; these checks say
which enveloppe and what remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import func, select

from aap.domaine.erreurs import Depassement, Invalide, PasLeMoment, Probleme
from aap.domaine.montants import MONTANT_MAX, en_euros
from aap.domaine.texte import nettoyer, slug
from aap.extensions import db
from aap.models import (
    Campagne,
    Commune,
    Enveloppe,
    Financement,
    Financeur,
    FormeJuridique,
    Orientation,
    OrigineCredits,
    Quartier,
)
from aap.permissions import Acteur, exiger
from aap.requetes.enveloppes import code_propose, descendants, est_attribuee, est_utilisee
from aap.requetes.soldes import reste_a_attribuer
from aap.services.campagne_etapes import reverifier
from aap.services.journal import consigner
from aap.services.transition import verifier_version
from workflows.campagne import EtatCampagne

DEJA = "Une autre enveloppe porte déjà ce nom ou ce code. Donnez-lui un autre nom."
T = TypeVar("T", Commune, Quartier, Orientation)
UTILISEE = (
    "Des dossiers ou des sous-enveloppes dépendent de cette enveloppe : elle ne peut pas être "
    "supprimée."
)


@dataclass(frozen=True)
class DonneesEnveloppe:
    """What the form gives. Amounts in cents, rate in thousandths; empty sets do not restrict.

    A sub-enveloppe takes the financeur, the origin and the programme of its parent.
    """

    libelle: str
    montant: int
    financeur_id: int
    code: str = ""
    parent_id: int | None = None
    origine: OrigineCredits = OrigineCredits.SPECIFIQUES
    programme: str = ""
    departement: str | None = None
    communes: frozenset[int] = frozenset()
    quartiers: frozenset[int] = frozenset()
    orientations: frozenset[int] = frozenset()
    formes_juridiques: frozenset[str] = frozenset()
    montant_min: int | None = None
    montant_max: int | None = None
    taux_max_pour_mille: int | None = None


def creer_enveloppe(acteur: Acteur, campagne: Campagne, donnees: DonneesEnveloppe) -> Enveloppe:
    """A new enveloppe. Raises Invalide, Depassement (what remains in the parent)."""
    _exiger(acteur, campagne)
    enveloppe = Enveloppe(campagne_id=campagne.id)
    donnees = _avec_code(enveloppe, donnees)
    parent = _verifier(campagne, enveloppe, donnees)
    _exiger_place(parent, donnees.montant)
    with db.session.no_autoflush:
        _poser(campagne, enveloppe, parent, donnees)
    db.session.add(enveloppe)
    db.session.flush()
    consigner(
        acteur,
        enveloppe,
        "enveloppe.creer",
        f"Enveloppe créée : {en_euros(enveloppe.montant)}",
        donnees={"montant": enveloppe.montant, "campagne": campagne.id},
    )
    return enveloppe


def modifier_enveloppe(
    acteur: Acteur, enveloppe: Enveloppe, donnees: DonneesEnveloppe, *, version: int | None = None
) -> Enveloppe:
    """Change an enveloppe. Raises Invalide (cycle, other funder), Depassement, Conflit."""
    campagne = db.session.get_one(Campagne, enveloppe.campagne_id)
    _exiger(acteur, campagne)
    verifier_version(enveloppe, version)
    donnees = _avec_code(enveloppe, donnees)
    parent = _verifier(campagne, enveloppe, donnees)
    _exiger_couverture(enveloppe, donnees.montant)
    _exiger_place(parent, donnees.montant, sans=enveloppe)
    avant = enveloppe.montant
    with db.session.no_autoflush:
        _poser(campagne, enveloppe, parent, donnees)
    db.session.flush()
    _propager(enveloppe)
    _consigner_montant(acteur, enveloppe, avant)
    reverifier(acteur, campagne)
    return enveloppe


def _propager(enveloppe: Enveloppe) -> None:
    """Origin and programme are those of the root, all along the branch."""
    dessous = db.session.scalars(
        select(Enveloppe).where(
            Enveloppe.id.in_(descendants(enveloppe)), Enveloppe.id != enveloppe.id
        )
    )
    for enfant in dessous:
        enfant.origine, enfant.programme = enveloppe.origine, enveloppe.programme
    db.session.flush()


def _consigner_montant(acteur: Acteur, enveloppe: Enveloppe, avant: int) -> None:
    libelle = (
        "Enveloppe modifiée"
        if avant == enveloppe.montant
        else f"Enveloppe portée de {en_euros(avant)} à {en_euros(enveloppe.montant)}"
    )
    consigner(
        acteur,
        enveloppe,
        "enveloppe.modifier",
        libelle,
        donnees={"montant_avant": avant, "montant": enveloppe.montant},
    )


def supprimer_enveloppe(
    acteur: Acteur, enveloppe: Enveloppe, *, version: int | None = None
) -> None:
    """Remove an enveloppe that nothing uses. Raises PasLeMoment."""
    campagne = db.session.get_one(Campagne, enveloppe.campagne_id)
    _exiger(acteur, campagne)
    verifier_version(enveloppe, version)
    lignes = db.session.scalar(select(func.count()).where(Financement.enveloppe_id == enveloppe.id))
    enfants = db.session.scalar(select(func.count()).where(Enveloppe.parent_id == enveloppe.id))
    if lignes or enfants:
        raise PasLeMoment(UTILISEE, "Mettez plutôt son montant à jour.")
    consigner(
        acteur,
        campagne,
        "enveloppe.supprimer",
        f"Enveloppe « {enveloppe.libelle} » supprimée",
        donnees={"code": enveloppe.code, "montant": enveloppe.montant},
    )
    db.session.delete(enveloppe)
    db.session.flush()
    reverifier(acteur, campagne)


def confirmer_montants(acteur: Acteur, campagne: Campagne, montants: Mapping[int, int]) -> int:
    """Set several amounts at once (enveloppe id -> cents); returns how many changed.

    Raises take the order of the tree: parents grow first, children shrink first. Raises
    Depassement naming the enveloppe that would be exceeded, Invalide for a foreign enveloppe.
    """
    _exiger(acteur, campagne)
    _verrouiller(campagne)
    toutes = {
        e.id: e
        for e in db.session.scalars(select(Enveloppe).where(Enveloppe.campagne_id == campagne.id))
    }
    if set(montants) - set(toutes) or any(not 0 <= m <= MONTANT_MAX for m in montants.values()):
        raise Invalide("Un de ces montants ne peut pas être enregistré.")
    changes = {i: m for i, m in montants.items() if toutes[i].montant != m}
    _exiger_arbre(toutes, changes)
    hausses = [i for i, m in changes.items() if m > toutes[i].montant]
    baisses = [i for i in changes if i not in hausses]
    ordre = [
        *sorted(baisses, key=lambda i: -_profondeur(toutes, i)),
        *sorted(hausses, key=lambda i: _profondeur(toutes, i)),
    ]
    for ident in ordre:
        avant = toutes[ident].montant
        toutes[ident].montant = changes[ident]
        db.session.flush()
        _consigner_montant(acteur, toutes[ident], avant)
    reverifier(acteur, campagne)
    return len(ordre)


def _profondeur(toutes: Mapping[int, Enveloppe], ident: int) -> int:
    niveau, parent = 0, toutes[ident].parent_id
    while parent is not None:
        niveau, parent = niveau + 1, toutes[parent].parent_id
    return niveau


def _exiger_arbre(toutes: Mapping[int, Enveloppe], changes: Mapping[int, int]) -> None:
    """The whole tree after the change: what is drawn and delegated fits everywhere."""
    for ident, enveloppe in toutes.items():
        montant = changes.get(ident, enveloppe.montant)
        enfants = [(i, e) for i, e in toutes.items() if e.parent_id == ident]
        if ident not in changes and not any(i in changes for i, _ in enfants):
            continue
        propres = enveloppe.montant - reste_a_attribuer(enveloppe)
        deleguees = sum(changes.get(i, e.montant) - e.montant for i, e in enfants)
        manque = propres + deleguees - montant
        if manque > 0:
            raise Depassement(
                f"L’enveloppe « {enveloppe.libelle} » porterait {en_euros(montant)} pour "
                f"{en_euros(propres + deleguees)} déjà délégués ou attribués : il manque "
                f"{en_euros(manque)}. Rien n’a été enregistré.",
                "Augmentez cette enveloppe, ou réduisez celles qui en dépendent.",
            )


def copier_enveloppes(source: Campagne, cible: Campagne) -> None:
    """The tree of last year with its conditions; every amount at zero, to be confirmed."""
    copies: dict[int, Enveloppe] = {}
    anciennes = db.session.scalars(
        select(Enveloppe).where(Enveloppe.campagne_id == source.id).order_by(Enveloppe.id)
    ).all()
    for ancienne in anciennes:
        copie = Enveloppe(
            campagne_id=cible.id,
            financeur_id=ancienne.financeur_id,
            code=ancienne.code,
            libelle=ancienne.libelle.replace(str(source.exercice), str(cible.exercice)),
            montant=0,
            origine=ancienne.origine,
            programme=ancienne.programme,
            departement=ancienne.departement,
            formes_juridiques=list(ancienne.formes_juridiques),
            montant_min=ancienne.montant_min,
            montant_max=ancienne.montant_max,
            taux_max_pour_mille=ancienne.taux_max_pour_mille,
            communes=[c for c in ancienne.communes if c.retire_le is None],
            quartiers=[q for q in ancienne.quartiers if q.retire_le is None],
            orientations=[o for o in ancienne.orientations if o.retire_le is None],
        )
        db.session.add(copie)
        copies[ancienne.id] = copie
    db.session.flush()
    for ancienne in anciennes:
        if ancienne.parent_id is not None:
            copies[ancienne.id].parent_id = copies[ancienne.parent_id].id
    db.session.flush()


def _exiger(acteur: Acteur, campagne: Campagne) -> None:
    exiger(acteur, "campagne.modifier", campagne)
    if campagne.etat is EtatCampagne.ARCHIVEE:
        raise PasLeMoment("Cette campagne est archivée : ses enveloppes ne changent plus.")


def _verrouiller(campagne: Campagne) -> None:
    """Two changes of one tree queue: no cycle between two writers."""
    db.session.execute(
        select(Campagne.id).where(Campagne.id == campagne.id).with_for_update(key_share=True)
    )


def _verifier(campagne: Campagne, enveloppe: Enveloppe, d: DonneesEnveloppe) -> Enveloppe | None:
    """Check everything but the amounts; returns the parent. Raises Invalide."""
    _verrouiller(campagne)
    problemes = _problemes_simples(d)
    financeur = db.session.get(Financeur, d.financeur_id)
    if financeur is None or financeur.contrat_id != campagne.contrat_id:
        problemes.append(Probleme("Choisissez un financeur de ce contrat.", "financeur"))
    parent = db.session.get(Enveloppe, d.parent_id) if d.parent_id is not None else None
    problemes += _problemes_parent(campagne, enveloppe, d, parent)
    problemes += _problemes_existante(enveloppe, d)
    deja = select(Enveloppe.id).where(
        Enveloppe.campagne_id == campagne.id, Enveloppe.code == d.code, Enveloppe.id != enveloppe.id
    )
    if db.session.scalar(deja) is not None:
        problemes.append(Probleme(DEJA, "code"))
    if problemes:
        raise Invalide("Cette enveloppe ne peut pas être enregistrée ainsi.", problemes)
    return parent


def _avec_code(enveloppe: Enveloppe, d: DonneesEnveloppe) -> DonneesEnveloppe:
    """Without a code, the one made from the name (and from the funder when it is taken)."""
    nom = code_propose(enveloppe, d.libelle, d.financeur_id) if not d.code else slug(d.code)[:60]
    return replace(d, code=nom)


def _problemes_simples(d: DonneesEnveloppe) -> list[Probleme]:
    problemes = []
    if not d.libelle.strip():
        problemes.append(Probleme("Donnez un nom à l’enveloppe.", "libelle"))
    elif not d.code:
        problemes.append(Probleme("Le code s’écrit avec des lettres ou des chiffres.", "code"))
    if not 0 <= d.montant <= MONTANT_MAX:
        problemes.append(Probleme("Indiquez un montant positif ou nul.", "montant"))
    if None not in (d.montant_min, d.montant_max) and (d.montant_min or 0) > (d.montant_max or 0):
        problemes.append(Probleme("Le minimum dépasse le maximum.", "montant_max"))
    if d.taux_max_pour_mille is not None and not 1 <= d.taux_max_pour_mille <= 1000:
        problemes.append(Probleme("La part maximale va de 0,1 % à 100 %.", "taux_max"))
    if d.formes_juridiques - {f.value for f in FormeJuridique}:
        problemes.append(Probleme("Ce type d’organisme n’existe pas.", "formes_juridiques"))
    return problemes


def _problemes_parent(
    campagne: Campagne, enveloppe: Enveloppe, d: DonneesEnveloppe, parent: Enveloppe | None
) -> list[Probleme]:
    if d.parent_id is None:
        return []
    if parent is None or parent.campagne_id != campagne.id:
        return [Probleme("L’enveloppe d’origine n’est pas de cette campagne.", "parent")]
    if parent.financeur_id != d.financeur_id:
        return [
            Probleme(
                "Une sous-enveloppe a le même financeur que son enveloppe d’origine.", "parent"
            )
        ]
    if enveloppe.id is not None and parent.id in descendants(enveloppe):
        return [Probleme("Une enveloppe ne peut pas dépendre d’elle-même.", "parent")]
    return []


def _problemes_existante(enveloppe: Enveloppe, d: DonneesEnveloppe) -> list[Probleme]:
    """Once money hangs on it, an enveloppe keeps its funder and the nature of its credits."""
    if enveloppe.id is None:
        return []
    if enveloppe.financeur_id != d.financeur_id and est_utilisee(enveloppe):
        return [
            Probleme("Le financeur ne change plus : cette enveloppe est utilisée.", "financeur")
        ]
    if d.parent_id is None and enveloppe.origine is not d.origine and est_attribuee(enveloppe):
        phrase = "La nature des crédits ne change plus : des aides y sont déjà attribuées."
        return [Probleme(phrase, "origine")]
    return []


def _exiger_place(parent: Enveloppe | None, montant: int, *, sans: Enveloppe | None = None) -> None:
    """Raises Depassement when the parent has not ``montant`` left for this child."""
    if parent is None:
        return
    reste = reste_a_attribuer(parent)
    if sans is not None and sans.parent_id == parent.id:
        reste += sans.montant
    if montant > reste:
        raise Depassement(
            f"L’enveloppe « {parent.libelle} » n’a plus que {en_euros(max(0, reste))} à déléguer : "
            f"il manque {en_euros(montant - max(0, reste))} pour {en_euros(montant)}.",
            "Réduisez la sous-enveloppe, ou augmentez l’enveloppe d’origine.",
        )


def _exiger_couverture(enveloppe: Enveloppe, montant: int) -> None:
    """Raises Depassement when the new amount would not cover what already hangs on it."""
    pris = enveloppe.montant - reste_a_attribuer(enveloppe)
    if montant < pris:
        raise Depassement(
            f"L’enveloppe « {enveloppe.libelle} » porte déjà {en_euros(pris)} délégués ou "
            f"attribués : son montant ne peut pas descendre à {en_euros(montant)}.",
            "Réduisez d’abord ce qui en dépend.",
        )


def _du_contrat(modele: type[T], contrat_id: int, ids: frozenset[int]) -> list[T]:
    """The rows of the contrat among ``ids``; raises Invalide when one is foreign."""
    colonne: Any = modele.id
    lignes = list(
        db.session.scalars(
            select(modele)
            .where(colonne.in_(ids), modele.contrat_id == contrat_id)
            .order_by(colonne)
        )
    )
    if len(lignes) != len(ids):
        raise Invalide("Un des choix n’appartient pas à ce contrat.")
    return lignes


def _poser(
    campagne: Campagne, enveloppe: Enveloppe, parent: Enveloppe | None, d: DonneesEnveloppe
) -> None:
    contrat = campagne.contrat_id
    enveloppe.code = d.code
    enveloppe.libelle = nettoyer(d.libelle, lignes=False).strip()[:200]
    enveloppe.financeur_id = d.financeur_id
    enveloppe.parent_id = parent.id if parent else None
    enveloppe.montant = d.montant
    enveloppe.origine = parent.origine if parent else d.origine
    programme = parent.programme if parent else d.programme
    enveloppe.programme = nettoyer(programme, lignes=False).strip()[:40]
    enveloppe.departement = d.departement or None
    enveloppe.formes_juridiques = sorted(d.formes_juridiques)
    enveloppe.montant_min = d.montant_min
    enveloppe.montant_max = d.montant_max
    enveloppe.taux_max_pour_mille = d.taux_max_pour_mille
    enveloppe.communes = _du_contrat(Commune, contrat, d.communes)
    enveloppe.quartiers = _du_contrat(Quartier, contrat, d.quartiers)
    enveloppe.orientations = _du_contrat(Orientation, contrat, d.orientations)
