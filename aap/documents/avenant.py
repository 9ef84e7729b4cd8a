"""Amendment (avenant) to a convention: what changes, exercice by exercice."""

from __future__ import annotations

from collections.abc import Callable

from aap.documents import tableaux
from aap.documents.articles import montant_complet
from aap.documents.convention import partie_beneficiaire, partie_financeur
from aap.documents.donnees import DonneesAvenant
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros

Article = tuple[str, Callable[[Redaction, DonneesAvenant], None]]


def produire(d: DonneesAvenant) -> bytes:
    """PDF of the avenant. Raises ``ValueError`` when it changes nothing or has no motif."""
    if not d.motif.strip():
        raise ValueError("Un avenant doit être motivé.")
    if not d.clauses and all(avant == apres for _, avant, apres in d.effets):
        raise ValueError("Cet avenant ne change rien.")
    titre = f"Avenant n° {d.numero} à la convention n° {d.convention}"
    r = Redaction(d.territoire, d.cartouche, titre, d.action.intitule)
    r.entete()
    r.h1(titre, f"{d.territoire.contrat} – dossier {d.action.numero}")
    r.p("Entre ", *partie_financeur(d.financeur), ", ci-après «\u00a0le financeur\u00a0»,")
    r.p("et ", *partie_beneficiaire(d.beneficiaire), ", ci-après «\u00a0le bénéficiaire\u00a0».")
    r.p(f"Vu la convention n° {d.convention} et son article sur les modifications.")
    r.p(Gras("Les parties conviennent de ce qui suit."))
    for numero, (nom, corps) in enumerate(_articles(d), start=1):
        r.h2(f"Article {numero if numero > 1 else '1er'} – {nom}")
        corps(r, d)
    r.signer(
        ["Cet avenant prend effet à la date de la dernière signature."],
        d.signataire_financeur,
        d.signataire_beneficiaire,
    )
    return r.rendre()


def _articles(d: DonneesAvenant) -> list[Article]:
    articles: list[Article] = [("Pourquoi cet avenant", _motif)]
    if d.effets:
        articles.append(("Nouveaux montants", _montants))
    if d.clauses:
        articles.append(("Autres modifications", _clauses))
    return [*articles, ("Ce qui ne change pas", _reste)]


def _motif(r: Redaction, d: DonneesAvenant) -> None:
    r.libre(d.motif)


def _montants(r: Redaction, d: DonneesAvenant) -> None:
    rangs = [
        Rang((str(annee), en_euros(avant), en_euros(apres))) for annee, avant, apres in d.effets
    ]
    apres = sum(e[2] for e in d.effets)
    rangs.append(Rang(("Total", en_euros(sum(e[1] for e in d.effets)), en_euros(apres)), "total"))
    tableaux.tableau(r, ("Exercice", "Avant", "Après"), rangs, [3, 3, 3], droites=(1, 2))
    r.p(
        "Pour ces exercices, la contribution du financeur est donc de ",
        *montant_complet(apres),
        ".",
    )


def _clauses(r: Redaction, d: DonneesAvenant) -> None:
    r.liste(list(d.clauses))


def _reste(r: Redaction, d: DonneesAvenant) -> None:
    r.p("Toutes les autres clauses de la convention restent applicables.")
