"""What is inside a grid: criteria added, written, ordered, weighed, removed, until it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aap.domaine.calculs import REGLES_CALCUL
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.grille import (
    AIDE_MAX,
    ANCRE_MAX,
    CODE,
    CODE_ATTENDU,
    CRITERES_MAX,
    LIBELLE_MAX,
)
from aap.domaine.notation import SCORE_MAX
from aap.domaine.texte import nettoyer, slug
from aap.extensions import db
from aap.models import Critere, Grille, ModeCritere
from aap.permissions import Acteur
from aap.services.grille import RESERVES, exiger_libre
from aap.services.journal import consigner


@dataclass(frozen=True)
class ReglageCritere:
    """What the table of weights changes. ``seuil``: a mean strictly below it eliminates."""

    poids: int
    seuil: int | None = None
    sans_objet_permis: bool = False


@dataclass(frozen=True)
class SaisieCritere:
    """A criterion as typed: five anchors from 0 to 4; an empty ``code`` is made from the name.

    ``regle``: key of the rule that computes it (« » when people judge it); its code then starts
    with that key. ``reserve_a``: types of funders whose people score it (empty: everybody).
    """

    libelle: str
    aide: str
    ancres: tuple[str, ...]
    code: str = ""
    regle: str = ""
    reserve_a: tuple[str, ...] = ()

    @property
    def mode(self) -> ModeCritere:
        return ModeCritere.CALCULE if self.regle else ModeCritere.APPRECIE


def regler_criteres(acteur: Acteur, grille: Grille, reglages: Mapping[int, ReglageCritere]) -> None:
    """Weights and thresholds by criterion id: every criterion, sum 100.

    Raises Invalide with every problem (the field is « poids-<id> »), PasLeMoment when frozen.
    """
    exiger_libre(acteur, grille)
    if set(reglages) != {c.id for c in grille.criteres}:
        raise Invalide("La grille a changé : rechargez la page.")
    problemes = []
    for ident, r in reglages.items():
        if not 1 <= r.poids <= SCORE_MAX:
            problemes.append(Probleme("Un poids va de 1 à 100.", f"poids-{ident}"))
        if r.seuil is not None and not 1 <= r.seuil <= 4:
            problemes.append(Probleme("Un seuil va de 1 à 4.", f"seuil-{ident}"))
    somme = sum(r.poids for r in reglages.values())
    if somme != SCORE_MAX:
        problemes.append(
            Probleme(f"La somme des poids doit faire 100 : elle fait {somme}.", "poids-total")
        )
    if problemes:
        raise Invalide("La grille ne peut pas être enregistrée ainsi.", problemes)
    for critere in grille.criteres:
        r = reglages[critere.id]
        critere.poids = r.poids
        critere.eliminatoire_sous = r.seuil
        critere.sans_objet_permis = r.sans_objet_permis
    db.session.flush()
    consigner(
        acteur,
        grille,
        "grille.modifier",
        "Poids de la grille modifiés",
        donnees={"poids": {c.code: c.poids for c in grille.criteres}},
    )


def ajouter_critere(acteur: Acteur, grille: Grille, saisie: SaisieCritere) -> Critere:
    """A new criterion at the end, of weight 1 until weights are set again.

    Raises Invalide, PasLeMoment (frozen grid, or too many criteria).
    """
    exiger_libre(acteur, grille)
    if len(grille.criteres) >= CRITERES_MAX:
        raise PasLeMoment(f"Une grille a {CRITERES_MAX} critères au plus.")
    propre = _verifier(grille, saisie, None)
    dernier = max((c.ordre for c in grille.criteres), default=0)
    critere = Critere(grille=grille, ordre=dernier + 1, poids=1, mode=propre.mode)
    _poser(critere, propre)
    db.session.add(critere)
    db.session.flush()
    consigner(acteur, grille, "grille.modifier", f"Critère « {critere.libelle} » ajouté")
    return critere


def ecrire_critere(acteur: Acteur, critere: Critere, saisie: SaisieCritere) -> None:
    """Name, code, help, kind, anchors, who scores it. Raises Invalide, PasLeMoment."""
    grille = db.session.get_one(Grille, critere.grille_id)
    exiger_libre(acteur, grille)
    propre = _verifier(grille, saisie, critere)
    critere.mode = propre.mode
    _poser(critere, propre)
    db.session.flush()
    consigner(acteur, grille, "grille.modifier", f"Critère « {critere.libelle} » réécrit")


def _verifier(grille: Grille, s: SaisieCritere, sujet: Critere | None) -> SaisieCritere:
    """The same, cleaned. Raises Invalide with every problem."""
    libelle = nettoyer(s.libelle, lignes=False).strip()[:LIBELLE_MAX]
    ancres = tuple(nettoyer(a, lignes=False).strip()[:ANCRE_MAX] for a in s.ancres)
    code = s.code.strip() or (sujet.code if sujet else "")
    if not code or (s.regle and code.partition("_")[0] != s.regle):
        code = _code_libre(grille, s.regle or libelle, sujet)
    problemes = [] if libelle else [Probleme("Donnez un nom au critère.", "libelle")]
    problemes += _problemes_code(grille, code, sujet)
    if s.regle and s.regle not in REGLES_CALCUL:
        problemes.append(Probleme("Choisissez une règle de la liste.", "mode"))
    if set(s.reserve_a) - set(RESERVES):
        problemes.append(Probleme("Choisissez des financeurs de la liste.", "reserve_a"))
    if s.reserve_a and s.regle:
        phrase = "Un critère calculé l’est pour tous : ne le réservez à personne."
        problemes.append(Probleme(phrase, "reserve_a"))
    problemes += [
        Probleme(f"Écrivez à quoi correspond la note {valeur}.", f"ancre_{valeur}")
        for valeur, ancre in enumerate(ancres)
        if not ancre
    ]
    if problemes:
        raise Invalide("Ce critère ne peut pas être enregistré ainsi.", problemes)
    aide = nettoyer(s.aide).strip()[:AIDE_MAX]
    return SaisieCritere(libelle, aide, ancres, code, s.regle, tuple(sorted(set(s.reserve_a))))


def _code_libre(grille: Grille, nom: str, sujet: Critere | None) -> str:
    """A code made from a name, with a number when it is taken."""
    base = slug(nom, 50).replace("-", "_").lstrip("0123456789_") or "critere"
    pris = {c.code for c in grille.criteres if c is not sujet}
    essais = (base if n == 1 else f"{base}_{n}" for n in range(1, CRITERES_MAX + 2))
    return next(code for code in essais if code not in pris)


def _problemes_code(grille: Grille, code: str, sujet: Critere | None) -> list[Probleme]:
    if not CODE.fullmatch(code):
        return [Probleme(CODE_ATTENDU, "code")]
    if any(c.code == code for c in grille.criteres if c is not sujet):
        return [Probleme("Un autre critère de la grille porte ce code.", "code")]
    return []


def _poser(critere: Critere, s: SaisieCritere) -> None:
    critere.code, critere.libelle, critere.aide = s.code, s.libelle, s.aide
    critere.ancres, critere.reserve_a = list(s.ancres), list(s.reserve_a)


def deplacer_critere(acteur: Acteur, critere: Critere, monter: bool) -> None:
    """Exchange with its neighbour; nothing happens at the end of the list."""
    grille = db.session.get_one(Grille, critere.grille_id)
    exiger_libre(acteur, grille)
    rangs = sorted(grille.criteres, key=lambda c: (c.ordre, c.id))
    ici = rangs.index(critere)
    la = ici - 1 if monter else ici + 1
    if not 0 <= la < len(rangs):
        return
    rangs[ici], rangs[la] = rangs[la], rangs[ici]
    for ordre, c in enumerate(rangs, start=1):
        c.ordre = ordre
    db.session.flush()
    db.session.expire(grille, ["criteres"])
    sens = "monté" if monter else "descendu"
    consigner(acteur, grille, "grille.modifier", f"Critère « {critere.libelle} » {sens}")


def supprimer_critere(acteur: Acteur, critere: Critere) -> None:
    """Remove a criterion; the weights are then to be set again. Raises PasLeMoment."""
    grille = db.session.get_one(Grille, critere.grille_id)
    exiger_libre(acteur, grille)
    if len(grille.criteres) == 1:
        raise PasLeMoment("Une grille garde au moins un critère.")
    libelle, poids = critere.libelle, critere.poids
    grille.criteres.remove(critere)
    db.session.flush()
    consigner(
        acteur,
        grille,
        "grille.modifier",
        f"Critère « {libelle} » supprimé",
        donnees={"poids_libere": poids},
    )
