"""Liasses de mandatement: validated payments frozen together for the finance software.

Numbered per funder and calendar year without holes: the row of the funder is the queue, nothing
is ever deleted. A payment has one live line at most (index of the migration 0019); it gets out of
its liasse when it is rejected or cancelled, or with the liasse. Mandates: ``services/mandatement``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import a_paris, aujourdhui, maintenant
from aap.domaine.liasse import (
    NUMERO,
    VERSEMENTS_MAX,
    Entete,
    LigneMandat,
    empreinte_csv,
    produire_csv,
)
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Financeur, Liasse, LigneLiasse, Versement
from aap.permissions import Acteur, exiger
from aap.requetes.liasses import engagements_connus, lignes_de, lignes_vivantes
from aap.services.contenu_liasse import compte_masque, ligne_de
from aap.services.gardes import raisons_contre
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import effet, verifier_version
from aap.services.verification_versement import titulaire_different
from workflows.versement import MACHINE, EtatVersement

MANDATES = (EtatVersement.MANDATE, EtatVersement.PAYE)
MOTIF_MIN = 3
# Length of the columns of ``Versement``.
EJ_MAX, MANDAT_MAX = 20, 60


@dataclass(frozen=True)
class Choisi:
    """A payment ticked, as the page showed it.

    ``rib_verifie``: the officer checked with the porteur an account whose holder has another name.
    """

    versement: Versement
    version: int
    numero_ej: str = ""
    rib_verifie: bool = False


@dataclass(frozen=True)
class Examen:
    """One ticked payment and every reason why it cannot go. ``titulaire``: the account's holder
    does not look like the organisme (said even once checked)."""

    choisi: Choisi
    raisons: tuple[str, ...]
    titulaire: str

    @property
    def part(self) -> bool:
        return not self.raisons

    @property
    def a_verifier(self) -> bool:
        """Only the holder's name keeps it back, or it went once checked."""
        reste = set(self.raisons) - {self.titulaire}
        return bool(self.titulaire) and not reste


def _gardes_du_mandat() -> tuple[str, ...]:
    transition = MACHINE.trouver("mandater", EtatVersement.VALIDE)
    if transition is None:
        raise RuntimeError("la table des versements ne mandate plus ce qui est validé")
    return tuple(g for g in transition.gardes if g != "mandat_numerote")


def numero_lisible(texte: str, longueur: int = EJ_MAX) -> bool:
    """Can an accountant's extraction hold this number? (empty: it is not known yet)"""
    return not texte or (len(texte) <= longueur and re.fullmatch(NUMERO, texte) is not None)


def examiner(acteur: Acteur, choisis: Sequence[Choisi]) -> list[Examen]:
    """Why each payment may or may not be handed over now; writes nothing."""
    vivantes = lignes_vivantes([c.versement.id for c in choisis])
    return [_examiner(acteur, c, vivantes.get(c.versement.id)) for c in choisis]


def _examiner(acteur: Acteur, choisi: Choisi, ligne: LigneLiasse | None) -> Examen:
    v = choisi.versement
    titulaire = titulaire_different(v)
    return Examen(choisi, tuple(_raisons(acteur, choisi, ligne, titulaire)), titulaire)


def _raisons(
    acteur: Acteur, choisi: Choisi, ligne: LigneLiasse | None, titulaire: str
) -> list[str]:
    v = choisi.versement
    if ligne is not None:
        return [f"Ce versement est déjà dans la liasse n° {ligne.liasse.numero}."]
    if v.etat is not EtatVersement.VALIDE:
        etat = v.etat.libelle("agent").lower()
        return [f"Ce versement n’est plus à mandater\u00a0: il est {etat}."]
    raisons = raisons_contre("versement", _gardes_du_mandat(), acteur, v)
    if v.version != choisi.version:
        raisons.append("Ce versement a changé depuis que vous l’avez coché.")
    if not numero_lisible(choisi.numero_ej):
        raisons.append(
            "Recopiez le numéro d’engagement sans signe particulier\u00a0: lettres, chiffres, "
            "tirets, vingt caractères au plus."
        )
    if titulaire and not choisi.rib_verifie:
        raisons.append(titulaire)
    return raisons


def engagements_proposes(versements: Sequence[Versement]) -> dict[int, str]:
    """Payment -> the engagement number that its act bears already."""
    connus = engagements_connus({v.tranche.convention_id for v in versements})
    return {v.id: v.numero_ej or connus.get(v.tranche.convention_id, "") for v in versements}


def _prochain_rang(financeur: Financeur, annee: int) -> int:
    """Without holes: the funder's row is locked until the end of the transaction."""
    db.session.execute(
        select(Financeur.id).where(Financeur.id == financeur.id).with_for_update(key_share=True)
    )
    dernier = db.session.scalar(
        select(func.max(Liasse.rang)).where(
            Liasse.financeur_id == financeur.id, Liasse.annee == annee
        )
    )
    return (dernier or 0) + 1


def _verifier_choix(financeur: Financeur, choisis: Sequence[Choisi]) -> None:
    if not choisis:
        raise Invalide("Cochez au moins un versement.", [Probleme("Cochez au moins un versement.")])
    if len(choisis) > VERSEMENTS_MAX:
        phrase = f"Une liasse tient {VERSEMENTS_MAX} versements au plus\u00a0: faites-en plusieurs."
        raise Invalide(phrase, [Probleme(phrase)])
    if any(c.versement.tranche.convention.financeur_id != financeur.id for c in choisis):
        phrase = "Une liasse ne réunit que les versements d’un seul financeur."
        raise Invalide(phrase, [Probleme(phrase)])


def etablir_liasse(acteur: Acteur, financeur: Financeur, choisis: Sequence[Choisi]) -> Liasse:
    """Freeze these payments in a new liasse, all of them or none.

    Raises Interdit, Invalide (nothing, too many, another funder), Conflit (one of them cannot go
    any more: in another liasse, changed, blocked).
    """
    exiger(acteur, "liasse.etablir", financeur)
    _verifier_choix(financeur, choisis)
    for c in choisis:
        exiger(acteur, "versement.mandater", c.versement)
    prendre_son_tour(*(c.versement for c in choisis))
    bloques = [e for e in examiner(acteur, choisis) if not e.part]
    if bloques:
        raise Conflit(
            "La liasse n’a pas été créée\u00a0: "
            + ("un versement ne peut plus partir." if len(bloques) == 1 else
               f"{len(bloques)} versements ne peuvent plus partir."),
            "Relisez l’aperçu\u00a0: la raison est dite à côté de chacun.",
        )  # fmt: skip
    return _ecrire(acteur, financeur, choisis)


def _ecrire(acteur: Acteur, financeur: Financeur, choisis: Sequence[Choisi]) -> Liasse:
    jour = aujourdhui()
    rang = _prochain_rang(financeur, jour.year)
    liasse = Liasse(
        financeur_id=financeur.id,
        annee=jour.year,
        rang=rang,
        etablie_par_id=acteur.utilisateur_id,
        cree_le=maintenant(),
    )
    figees = [ligne_de(c.versement, n, c.numero_ej) for n, c in enumerate(choisis, 1)]
    entete = Entete(
        liasse.numero, a_paris(liasse.cree_le).date(), financeur.nom, financeur.siret or ""
    )
    liasse.octets = produire_csv(entete, figees)
    liasse.sha256 = empreinte_csv(liasse.octets)
    db.session.add(liasse)
    db.session.flush()
    db.session.add_all(_ligne(liasse, c, x) for c, x in zip(choisis, figees, strict=True))
    db.session.flush()
    for c in choisis:
        consigner(
            acteur,
            c.versement,
            "versement.mettre_en_liasse",
            f"Mis dans la liasse n° {liasse.numero}",
            donnees={"liasse": liasse.numero},
        )
    total = sum(x.montant for x in figees)
    nombre = f"{len(figees)} versement{'s' if len(figees) > 1 else ''}"
    consigner(
        acteur,
        liasse,
        "liasse.etablir",
        f"Liasse n° {liasse.numero} établie\u00a0: {nombre}, {en_euros(total)}",
        donnees={"sha256": liasse.sha256, "montant": total, "lignes": len(figees)},
    )
    return liasse


def _ligne(liasse: Liasse, choisi: Choisi, x: LigneMandat) -> LigneLiasse:
    return LigneLiasse(
        liasse_id=liasse.id,
        rang=x.rang,
        versement_id=choisi.versement.id,
        montant=x.montant,
        exercice=x.exercice,
        siret=x.siret,
        beneficiaire=x.beneficiaire,
        compte=compte_masque(choisi.versement.tranche.convention.organisme),
        acte_numero=x.acte_numero,
        numero_ej=x.numero_ej,
        objet=x.objet,
        rib_verifie=choisi.rib_verifie,
    )


def lignes_tenues(liasse: Liasse) -> list[LigneLiasse]:
    """The live lines, once the turn of their organismes is held: read again from the base."""
    prendre_son_tour(*(x.versement for x in lignes_de(liasse)))
    return [x for x in lignes_de(liasse) if x.vivante]


def annuler_liasse(
    acteur: Acteur, liasse: Liasse, motif: str, *, version: int | None = None
) -> None:
    """Dated, with its reason: the number stays, the payments may enter another liasse.

    Raises Interdit, Conflit, Invalide (no reason), PasLeMoment (already cancelled, or one of its
    payments is mandated: the accountant has it).
    """
    exiger(acteur, "liasse.annuler", liasse)
    lignes = lignes_tenues(liasse)
    verifier_version(liasse, version)
    exiger_vivante(liasse)
    propre = nettoyer(motif).strip()[:500]
    if len(propre) < MOTIF_MIN:
        raise Invalide("Le motif manque.", [Probleme("Indiquez le motif.", "motif")])
    partis = sum(x.versement.etat in MANDATES for x in lignes)
    if partis:
        un = partis == 1
        raise PasLeMoment(
            f"{partis} versement{'' if un else 's'} de cette liasse "
            f"{'est déjà mandaté' if un else 'sont déjà mandatés'}.",
            "Si le comptable ne le paie pas, rejetez-le depuis sa page\u00a0: il sort de la liasse."
            if un
            else "S’ils ne sont pas payés, rejetez-les depuis leur page\u00a0: ils en sortent.",
        )
    liasse.annulee_le, liasse.annulee_par_id = maintenant(), acteur.utilisateur_id
    liasse.motif_annulation = propre
    for x in lignes:
        _sortir(x, f"Liasse annulée\u00a0: {propre}")
    db.session.flush()
    consigner(
        acteur,
        liasse,
        "liasse.annuler",
        f"Liasse n° {liasse.numero} annulée",
        motif=propre,
        donnees={"lignes": len(lignes), "montant": sum(x.montant for x in lignes)},
    )


def exiger_vivante(liasse: Liasse) -> None:
    """Raise PasLeMoment for a cancelled one."""
    if liasse.annulee_le is not None:
        raise PasLeMoment(
            f"La liasse n° {liasse.numero} est annulée.",
            "Ses versements peuvent entrer dans une autre liasse.",
        )


def _sortir(ligne: LigneLiasse, motif: str) -> None:
    ligne.sortie_le, ligne.sortie_motif = maintenant(), motif[:500]


@effet("versement", "rejeter")
@effet("versement", "annuler")
@effet("versement", "constater_rejet")
def _quitter(_acteur: Acteur, versement: Versement, motif: str) -> None:
    """A payment that will not be made as handed over leaves its liasse, with the reason."""
    ligne = lignes_vivantes([versement.id]).get(versement.id)
    if ligne is not None:
        etat = f"Versement {versement.etat.libelle('agent').lower()}"
        _sortir(ligne, f"{etat}\u00a0: {motif}" if motif else f"{etat}.")
