"""Amounts that the committee considers, line by line, before it decides.

An amount draws on its enveloppe as soon as it is written, so that the remainders on screen are
true; it is given back when the dossier leaves the agenda, waits or is turned down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Depassement, Invalide, PasLeMoment, Probleme
from aap.domaine.montants import en_euros
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, Enveloppe, Financement
from aap.permissions import Acteur, exiger
from aap.requetes.eligibilite import raisons_contre_enveloppe
from aap.requetes.poches import departementale_des_poches, raison_poche
from aap.requetes.soldes import reste_a_attribuer
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.transition import effet
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

ARBITRABLES = frozenset({EtatFinancement.AVIS_RENDU})
DOSSIERS_ARBITRABLES = frozenset({EtatDossier.INSCRIT, EtatDossier.LISTE_ATTENTE})
ETEINTES = frozenset(
    {EtatFinancement.NON_RECEVABLE, EtatFinancement.REFUSE, EtatFinancement.RENONCE}
)


@dataclass(frozen=True)
class SaisieArbitrage:
    """What the page says of one line. ``montant`` in cents, None to leave it empty."""

    financement: Financement
    montant: int | None
    enveloppe: Enveloppe | None = None
    motif_ecart: str = ""
    version: int | None = None


def arbitrer(
    acteur: Acteur,
    financement: Financement,
    montant: int | None,
    enveloppe: Enveloppe | None,
    motif_ecart: str = "",
    *,
    version: int | None = None,
) -> Financement:
    """Write the amount (cents) considered on a line.

    Raises Invalide (eligibility, above the request without motif), Depassement (with what
    remains), Conflit (stale page, both values told), PasLeMoment (decided, off the agenda, or
    no opinion yet). The triggers refuse an overrun that a concurrent writer would cause.
    """
    saisie = SaisieArbitrage(financement, montant, enveloppe, motif_ecart, version)
    return arbitrer_dossier(acteur, financement.dossier, [saisie])[0]


def arbitrer_dossier(
    acteur: Acteur, dossier: Dossier, saisies: Sequence[SaisieArbitrage]
) -> list[Financement]:
    """Write several lines of a dossier, all or none.

    Lines that go down are written first: moving money from one line to another of the same
    enveloppe is not an overrun. Problems name the fields ``lignes-<rank>-montant``… in the
    order of ``saisies``.
    """
    changees = [(i, s) for i, s in enumerate(saisies) if _change(s)]
    for _, saisie in changees:
        exiger(acteur, "financement.arbitrer", saisie.financement)
        if saisie.financement.dossier_id != dossier.id:
            raise Invalide("Cette ligne est celle d’un autre dossier.")
        _exiger_moment(dossier, saisie.financement)
    _refuser_perimees([s for _, s in changees])
    problemes = [p for i, s in changees for p in _problemes(s, i if len(saisies) > 1 else None)]
    if problemes:
        raise Invalide("Ces montants ne peuvent pas être enregistrés.", problemes)
    verrouiller_poches(dossier, [s.enveloppe for _, s in changees if s.enveloppe is not None])
    for _, saisie in sorted(changees, key=lambda c: _hausse(c[1])):
        _poser(acteur, saisie)
    return [s.financement for s in saisies]


def _change(s: SaisieArbitrage) -> bool:
    """Does the page say something else than what is written? (then its version must be right)"""
    f = s.financement
    enveloppe_id = s.enveloppe.id if s.enveloppe is not None else None
    return (s.montant, _motif(s)) != (f.montant_arbitre, f.motif_ecart) or (
        bool(s.montant) and enveloppe_id != f.enveloppe_id
    )


def _motif(s: SaisieArbitrage) -> str:
    return nettoyer(s.motif_ecart, lignes=False).strip()[:500]


def _hausse(s: SaisieArbitrage) -> int:
    return (s.montant or 0) - (s.financement.montant_arbitre or 0)


def _exiger_moment(dossier: Dossier, ligne: Financement) -> None:
    if dossier.etat not in DOSSIERS_ARBITRABLES or ligne.etat not in ARBITRABLES:
        etat = ligne.etat if ligne.etat not in ARBITRABLES else dossier.etat
        raise PasLeMoment(
            f"L’état est « {etat.libelle('agent')} »\u00a0: rien ne se saisit maintenant.",
            "Mettez le dossier à l’ordre du jour, ou revenez d’abord sur la décision.",
        )


def _en_mots(montant: int | None) -> str:
    return "aucun montant" if montant is None else en_euros(montant)


def _refuser_perimees(saisies: Sequence[SaisieArbitrage]) -> None:
    """Tell both values: the one typed and the one somebody else has just written."""
    perimees = [s for s in saisies if s.version is not None and s.financement.version != s.version]
    if not perimees:
        return
    phrases = [
        f"{s.financement.financeur.sigle or s.financement.financeur.nom}\u00a0: vous avez saisi "
        f"{_en_mots(s.montant)}, une autre personne vient d’écrire "
        f"{_en_mots(s.financement.montant_arbitre)}."
        for s in perimees
    ]
    raise Conflit(" ".join(phrases), "Choisissez le bon montant, puis enregistrez de nouveau.")


def _problemes(s: SaisieArbitrage, rang: int | None) -> list[Probleme]:
    prefixe = "" if rang is None else f"lignes-{rang}-"
    f, montant = s.financement, s.montant or 0
    problemes = []
    if montant < 0:
        problemes.append(Probleme("Le montant ne peut pas être négatif.", f"{prefixe}montant"))
    if montant > f.montant_demande and not _motif(s):
        demande = en_euros(f.montant_demande)
        phrase = f"Le montant dépasse la demande ({demande})\u00a0: indiquez pourquoi."
        problemes.append(Probleme(phrase, f"{prefixe}motif_ecart"))
    if montant > 0 and s.enveloppe is None:
        problemes.append(Probleme("Choisissez l’enveloppe qui paie.", f"{prefixe}enveloppe"))
    if montant > 0 and s.enveloppe is not None:
        raisons = raisons_contre_enveloppe(s.enveloppe, f, montant)
        problemes += [Probleme(raison, f"{prefixe}enveloppe") for raison in raisons]
    return problemes


def _poser(acteur: Acteur, s: SaisieArbitrage) -> None:
    f, avant = s.financement, s.financement.montant_arbitre
    if s.enveloppe is not None and s.montant:
        libre = reste_a_attribuer(s.enveloppe, sans=f)
        if s.montant > libre:
            raise Depassement(
                f"Il reste {en_euros(max(0, libre))} dans l’enveloppe « {s.enveloppe.libelle} »"
                f"\u00a0: {en_euros(s.montant)} la dépasserait.",
                "Réduisez ce montant, ou un autre de la même enveloppe.",
            )
        exiger_poche(s.enveloppe, f, s.montant)
    # A zero without enveloppe says nothing more than an empty line.
    enveloppe = s.enveloppe or f.enveloppe
    f.montant_arbitre = s.montant if enveloppe is not None else None
    f.enveloppe = enveloppe if f.montant_arbitre is not None else None
    f.motif_ecart = _motif(s)
    db.session.flush()
    consigner(
        acteur,
        f,
        "financement.arbitrer_montant",
        f"Montant arbitré\u00a0: {_en_mots(s.montant)}",
        motif=f.motif_ecart,
        donnees={
            "avant": avant,
            "apres": f.montant_arbitre,
            "enveloppe": f.enveloppe.code if f.enveloppe else None,
        },
    )


def verrouiller_poches(dossier: Dossier, enveloppes: Sequence[Enveloppe]) -> None:
    """Queue the writers that draw on the same share of the poches, until the end of each one.

    The share is a sum over a whole department: the row of its enveloppe is the queue, and what
    others committed meanwhile is read after it (READ COMMITTED). SQLite has one writer at a time.
    """
    racines = {r.id for e in enveloppes if (r := departementale_des_poches(e, dossier)) is not None}
    if racines:
        db.session.execute(
            select(Enveloppe)
            .where(Enveloppe.id.in_(racines))
            .order_by(Enveloppe.id)
            .with_for_update(key_share=True),
            execution_options={"populate_existing": True},
        ).all()


def exiger_poche(enveloppe: Enveloppe, ligne: Financement, montant: int) -> None:
    """Raises Depassement when ``montant`` cents exceed the share of the poches de pauvreté."""
    raison = raison_poche(enveloppe, ligne, montant)
    if raison:
        raise Depassement(raison, "Réduisez ce montant, ou choisissez une autre enveloppe.")


def liberer(acteur: Acteur, ligne: Financement, raison: str) -> None:
    """Give the amount back to its enveloppe; what it was stays in the journal."""
    if ligne.montant_arbitre is None or ligne.montant_vote is not None:
        return
    avant = ligne.montant_arbitre
    ligne.montant_arbitre = None
    ligne.enveloppe = None
    ligne.motif_ecart = ""
    db.session.flush()
    consigner(
        acteur,
        ligne,
        "financement.liberer_montant",
        "Montant rendu à son enveloppe",
        motif=raison,
        donnees={"avant": avant, "apres": None},
    )


def liberer_si_trop(acteur: Acteur, ligne: Financement) -> None:
    """A line that draws again must fit again; otherwise its amount has to be typed anew."""
    if not ligne.montant_arbitre or ligne.enveloppe is None:
        return
    if ligne.montant_arbitre > reste_a_attribuer(ligne.enveloppe, sans=ligne):
        liberer(acteur, ligne, "L’enveloppe ne le permet plus")


@effet("dossier", "desinscrire")
def _montants_rendus(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat in ARBITRABLES:
            liberer(acteur, ligne, "Dossier retiré de l’ordre du jour")


@garde_de("dossier", "montants_arbitres")
def _montants_arbitres(_acteur: Acteur, dossier: Dossier) -> str | None:
    if any(f.montant_arbitre and f.etat not in ETEINTES for f in dossier.financements):
        return None
    return "Aucun financeur n’a de montant supérieur à zéro sur ce dossier."


@garde_de("dossier", "montants_dans_enveloppes")
def _dans_enveloppes(_acteur: Acteur, dossier: Dossier) -> str | None:
    raisons = [
        f"{f.financeur.sigle or f.financeur.nom}\u00a0: {raison}"
        for f in dossier.financements
        if f.montant_arbitre and f.enveloppe is not None and f.etat not in ETEINTES
        for raison in (
            *raisons_contre_enveloppe(f.enveloppe, f, f.montant_arbitre),
            raison_poche(f.enveloppe, f, f.montant_arbitre),
        )
        if raison
    ]
    return " ".join(raisons) or None


@garde_de("financement", "montant_arbitre_saisi")
def _montant_saisi(_acteur: Acteur, financement: Financement) -> str | None:
    return None if financement.montant_arbitre else "Aucun montant n’est arbitré sur cette ligne."


@garde_de("financement", "montant_dans_enveloppe")
def _dans_enveloppe(_acteur: Acteur, financement: Financement) -> str | None:
    montant = financement.montant_retenu or financement.montant_arbitre or 0
    if financement.enveloppe is None:
        return "Aucune enveloppe n’est choisie pour cette ligne."
    if montant > reste_a_attribuer(financement.enveloppe, sans=financement):
        return f"L’enveloppe « {financement.enveloppe.libelle} » serait dépassée."
    return raison_poche(financement.enveloppe, financement, montant) or None
