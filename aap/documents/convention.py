"""Convention annuelle and convention pluriannuelle d'objectifs (CPO).

Loi 2000-321 art. 10, décret 2001-495, loi 2021-875 art. 1 (unspent part), circulaire du 29
septembre 2015 (CPO model).
"""

from __future__ import annotations

from aap.documents import articles, mentions, modele, tableaux
from aap.documents.donnees import Beneficiaire, DonneesConvention, Financeur
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.determinant import le
from aap.domaine.montants import en_euros
from aap.filtres import date_longue

DUREE_MAX_ANNEES = 4


def produire(d: DonneesConvention) -> bytes:
    """PDF of the convention and its annexes.

    Raises ``ValueError`` when the schedule, the tranches and the type contradict each other.
    """
    verifier(d)
    nom = "Convention pluriannuelle d’objectifs" if d.type == "cpo" else "Convention annuelle"
    r = Redaction(d.territoire, d.cartouche, f"{nom} n° {d.numero}", d.action.intitule)
    r.entete()
    r.h1(f"{nom} n° {d.numero}", f"{d.territoire.contrat} – dossier {d.action.numero}")
    _parties(r, d)
    _preambule(r, d)
    r.p(Gras("Les parties conviennent de ce qui suit."))
    if d.articles:
        modele.ecrire(r, d.articles, d.echeancier, r.h2)
    else:
        articles.ecrire(r, d)
    r.signer(
        [
            "Les annexes font partie de la convention. " + _exemplaires(d),
        ],
        d.signataire_financeur,
        d.signataire_beneficiaire,
    )
    _annexes(r, d)
    return r.rendre()


def _exemplaires(d: DonneesConvention) -> str:
    if d.signataire_financeur.signe_le or d.signataire_beneficiaire.signe_le:
        return "Chaque partie reçoit ce document signé électroniquement."
    return "Fait en deux exemplaires originaux, un pour chaque partie."


def verifier(d: DonneesConvention) -> None:
    """Refuse data that would print a false act."""
    if not d.tranches:
        raise ValueError("Une convention a au moins une tranche.")
    if d.type == "annuelle" and len(d.tranches) > 1:
        raise ValueError("Une convention annuelle n’a qu’une tranche.")
    if len(d.tranches) > DUREE_MAX_ANNEES:
        raise ValueError("Une convention pluriannuelle dure quatre ans au plus.")
    if d.fin < d.debut:
        raise ValueError("La convention finit avant de commencer.")
    prevu = sum(e.montant for e in d.echeancier)
    du = d.tranches[0].montant
    if d.echeancier and prevu != du:
        raise ValueError(
            f"L’échéancier ({en_euros(prevu)}) ne fait pas le montant du premier exercice "
            f"({en_euros(du)})."
        )


def _parties(r: Redaction, d: DonneesConvention) -> None:
    r.h2("Entre")
    r.p(*partie_financeur(d.financeur), ",")
    r.p("ci-après «\u00a0le financeur\u00a0»,")
    r.h2("Et")
    r.p(*partie_beneficiaire(d.beneficiaire), ",")
    r.p("ci-après «\u00a0le bénéficiaire\u00a0».")


def partie_financeur(f: Financeur) -> list[str | Gras]:
    """« l’**État**, adresse, SIRET …, représenté par … »."""
    article = le(f.nom).removesuffix(f.nom)
    suite = [*f.adresse]
    if f.siret:
        suite.append(f"SIRET {f.siret}")
    if f.representant:
        suite.append(f"représenté par {f.representant}" + (f", {f.qualite}" if f.qualite else ""))
    return [article, Gras(f.nom), "".join(f", {x}" for x in suite)]


def partie_beneficiaire(b: Beneficiaire) -> list[str | Gras]:
    """« **Nom**, forme, siège, SIRET, RNA, représentée par … »."""
    suite = [b.forme]
    if b.adresse:
        suite.append(f"dont le siège est situé {' '.join(b.adresse)}")
    suite += [f"{cle} {v}" for cle, v in (("SIRET", b.siret), ("RNA", b.rna)) if v]
    if b.representant:
        suite.append(f"représentée par {b.representant}" + (f", {b.qualite}" if b.qualite else ""))
    return [Gras(b.nom_complet), "".join(f", {x}" for x in suite)]


def _preambule(r: Redaction, d: DonneesConvention) -> None:
    visas = mentions.visas_communs(d.financeur, pluriannuelle=d.type == "cpo")
    visas.append(_visa_du_contrat(d.territoire.contrat))
    r.h2("Vu")
    r.liste([f"{v}\u00a0;" for v in [*visas, *d.visas]])
    r.h2("Considérant que")
    base = [
        f"le bénéficiaire a proposé, de sa propre initiative, l’action "
        f"«\u00a0{d.action.intitule}\u00a0», conforme à son objet statutaire\u00a0;",
        "cette action répond aux objectifs du contrat de ville"
        + (f", orientation «\u00a0{d.action.orientation}\u00a0»" if d.action.orientation else "")
        + "\u00a0;",
        "le financeur n’attend aucune contrepartie directe de cette aide\u00a0;",
    ]
    r.liste([*base, *(f"{c.rstrip(' .;')}\u00a0;" for c in d.considerants)])


def _visa_du_contrat(nom: str) -> str:
    """« le contrat de ville du Val »; the words are not said twice when the name has them."""
    if nom.casefold().startswith("contrat de ville"):
        return f"le {nom[:1].lower()}{nom[1:]}"
    return f"le contrat de ville «\u00a0{nom}\u00a0»"


def _annexes(r: Redaction, d: DonneesConvention) -> None:
    r.saut()
    r.h2("Annexe 1 – Budget prévisionnel de l’action")
    tableaux.budget(r, d.budget)
    numero = 2
    if d.type == "cpo":
        r.h2(f"Annexe {numero} – Montants par exercice")
        _tranches(r, d)
        numero += 1
    r.h2(f"Annexe {numero} – Indicateurs d’évaluation")
    tableaux.indicateurs(r, d.indicateurs)


def _tranches(r: Redaction, d: DonneesConvention) -> None:
    rangs = [
        Rang(
            (
                str(t.exercice),
                "Ferme" if t.ferme else "Prévisionnelle",
                t.objectifs or "–",
                en_euros(t.montant),
            )
        )
        for t in d.tranches
    ]
    rangs.append(Rang(("Total", "", "", en_euros(d.montant)), "total"))
    tableaux.tableau(
        r, ("Exercice", "Tranche", "Objectifs", "Montant"), rangs, [1.6, 2.2, 5, 2.4], droites=(3,)
    )
    r.note(
        "Une tranche prévisionnelle devient ferme par un acte du financeur, après le vote de ses "
        f"crédits et la réception du compte rendu de l’exercice précédent. "
        f"Période\u00a0: du {date_longue(d.debut)} au {date_longue(d.fin)}."
    )
