"""Legal wording shared by several documents, in plain words, with its source."""

from __future__ import annotations

from aap.documents.donnees import Beneficiaire, Financeur, Territoire
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras, Morceau

LOI_2000 = (
    "la loi n° 2000-321 du 12 avril 2000 relative aux droits des citoyens dans leurs relations "
    "avec les administrations, notamment ses articles 9-1, 10 et 10-1"
)
DECRET_2001 = (
    "le décret n° 2001-495 du 6 juin 2001 relatif à la transparence financière des aides "
    "octroyées par les personnes publiques"
)
LOI_VILLE = (
    "la loi n° 2014-173 du 21 février 2014 de programmation pour la ville et la cohésion urbaine"
)
DECRET_QPV = (
    "le décret n° 2023-1314 du 28 décembre 2023 fixant la liste des quartiers prioritaires de la "
    "politique de la ville"
)
LOI_TRESORERIE = (
    "la loi n° 2021-875 du 1er juillet 2021 visant à améliorer la trésorerie des associations"
)
DECRET_CER = (
    "le décret n° 2021-1947 du 31 décembre 2021 relatif au contrat d’engagement républicain des "
    "associations et fondations bénéficiant de subventions publiques"
)
ARRETE_CRF = (
    "l’arrêté du 11 octobre 2006 relatif au compte rendu financier prévu par l’article 10 de la "
    "loi du 12 avril 2000"
)
CIRCULAIRE_2015 = (
    "la circulaire du Premier ministre du 29 septembre 2015 relative aux nouvelles relations "
    "entre les pouvoirs publics et les associations"
)
MINIMIS = (
    "le règlement (UE) 2023/2831 de la Commission du 13 décembre 2023 relatif aux aides de minimis"
)
CGCT = "le code général des collectivités territoriales, notamment ses articles L1611-4 et L2311-7"


def visas_communs(financeur: Financeur, *, pluriannuelle: bool) -> list[str]:
    """« Vu » of a grant act, in the order of the norms; local visas come after."""
    visas = [LOI_2000, LOI_VILLE, LOI_TRESORERIE]
    if financeur.collectivite:
        visas.insert(0, CGCT)
    visas += [DECRET_2001, DECRET_CER, DECRET_QPV, ARRETE_CRF]
    if pluriannuelle:
        visas.append(CIRCULAIRE_2015)
    return visas


def est_association(b: Beneficiaire) -> bool:
    """The contrat d'engagement républicain binds associations and foundations only."""
    return b.forme.lower().startswith(("association", "fondation", "fonds de dotation"))


def recours(r: Redaction, territoire: Territoire, *, implicite: bool = False) -> None:
    """Remedies and their delays (CJA R421-1, R421-2; CRPA L410-1 to L411-2)."""
    depart = (
        "à partir du jour où vous recevez la décision, ou du jour du rejet par silence"
        if implicite
        else "à partir du jour où vous recevez cette décision"
    )
    r.p(
        "Si vous n’êtes pas d’accord avec la décision, vous avez ",
        Gras("deux mois"),
        f" pour la contester, {depart}. Vous pouvez\u00a0:",
    )
    points: list[tuple[Morceau, ...]] = [
        (
            Gras("demander à l’administration de revoir sa décision"),
            "\u00a0: écrivez au service indiqué sur ce document (recours gracieux) ou à l’autorité "
            "dont il dépend (recours hiérarchique). Si elle ne répond pas dans les deux mois, "
            "votre demande est rejetée. Vous avez alors deux mois, à partir de ce rejet ou de "
            "la réponse, pour saisir le juge\u00a0;",
        ),
        (
            Gras("saisir le juge"),
            f"\u00a0: déposez un recours devant le {territoire.tribunal}, par courrier ou par "
            "l’application Télérecours citoyens.",
        ),
    ]
    r.liste(points)


def contact(territoire: Territoire) -> str:
    """Service in charge with every way to reach it."""
    morceaux = [territoire.service or territoire.nom, ", ".join(territoire.adresse)]
    morceaux += [territoire.courriel, territoire.telephone]
    return "\n".join(m for m in morceaux if m)


def compte(titulaire: str, iban: str, bic: str = "") -> str:
    """Bank account in one cell, IBAN by groups of four."""
    plat = "".join(iban.split())
    groupes = "\u00a0".join(plat[i : i + 4] for i in range(0, len(plat), 4))
    lignes = [
        titulaire,
        f"IBAN\u00a0: {groupes}" if plat else "",
        f"BIC\u00a0: {bic}" if bic else "",
    ]
    return "\n".join(x for x in lignes if x)
