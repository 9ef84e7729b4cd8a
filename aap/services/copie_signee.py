"""Signed papers of an act: the paper is the signature, and is kept with the act.

Two ways in: a member who signs for the organisme sends her signed copy instead of clicking; an
officer of the funder records what came back by post, for the porteur, for the funder, or both.
The day of a signature is the one written on the paper, never the one of its recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from aap.domaine.code_acte import LONGUEUR, CodeActe, lire_code
from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import a_paris, aujourdhui, depuis_paris, maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Convention, CopieSignee, PartieSignataire, TypeConvention
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.pieces.commun import Controle
from aap.services.fichier import enregistrer_fichier
from aap.services.journal import consigner
from aap.services.signature import sceller
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.convention import EtatConvention

P = PartieSignataire
ARCHIVABLES = frozenset({EtatConvention.SIGNEE, EtatConvention.EN_VIGUEUR, EtatConvention.ECHUE})


@dataclass(frozen=True)
class Exemplaire:
    """A signed paper: ``controle``, its checked file; ``codes``: what its pages say, by page."""

    controle: Controle
    partie: PartieSignataire
    signee_le: date
    porteur_nom: str = ""
    financeur_nom: str = ""
    codes: Sequence[Sequence[str]] = ()


def parties_possibles(convention: Convention) -> list[PartieSignataire]:
    """Whose signature an officer may record now; signed acts only get one more archive."""
    if convention.etat is EtatConvention.SIGNATURE_PORTEUR:
        return [P.PORTEUR, P.DEUX]
    if convention.etat is EtatConvention.SIGNATURE_FINANCEUR:
        return [P.FINANCEUR]
    if convention.etat in ARCHIVABLES:
        return (
            [P.FINANCEUR]
            if convention.type is TypeConvention.ARRETE
            else [P.DEUX, P.PORTEUR, P.FINANCEUR]
        )
    return []


def codes_d_acte(codes: Sequence[Sequence[str]]) -> list[CodeActe]:
    return [c for page in codes for texte in page if (c := lire_code(texte)) is not None]


def _problemes(convention: Convention, x: Exemplaire) -> list[Probleme]:
    """What makes the paper no signature of this act: another act, an old text, an odd day."""
    problemes = []
    lus = codes_d_acte(x.codes)
    if any(c.acte_id != convention.id for c in lus):
        problemes.append(
            Probleme(
                "Une page de ce document porte le code d’un autre acte\u00a0: envoyez "
                f"l’exemplaire de l’acte n° {convention.numero}.",
                "fichier",
            )
        )
    elif any(c.empreinte != (convention.sha256 or "")[:LONGUEUR] for c in lus):
        problemes.append(
            Probleme(
                "Ce papier porte un ancien texte de l’acte, repris depuis. Imprimez l’acte de "
                "nouveau, faites-le signer, puis envoyez-le.",
                "fichier",
            )
        )
    if x.signee_le > aujourdhui():
        problemes.append(Probleme("Cette date n’est pas encore venue.", "signee_le"))
    elif x.signee_le < a_paris(convention.cree_le).date():
        problemes.append(
            Probleme("Cette date est antérieure à la préparation de l’acte.", "signee_le")
        )
    if x.partie.porteur and not x.porteur_nom.strip():
        problemes.append(Probleme("Indiquez qui a signé pour le porteur.", "porteur_nom"))
    if x.partie.financeur and not x.financeur_nom.strip():
        problemes.append(Probleme("Indiquez qui a signé pour le financeur.", "financeur_nom"))
    return problemes


def _deja_joint(convention: Convention, x: Exemplaire) -> CopieSignee | None:
    """The same file for the same signatures, that a first click sent."""
    recu = x.controle.sha256_recu
    return next(
        (
            c
            for c in convention.copies
            if recu
            and c.retiree_le is None
            and c.partie is x.partie
            and c.fichier.sha256_recu == recu
        ),
        None,
    )


def _ranger(
    acteur: Acteur, convention: Convention, x: Exemplaire, *, signature: bool
) -> CopieSignee:
    problemes = _problemes(convention, x)
    if problemes:
        raise Invalide("L’exemplaire signé n’a pas été enregistré.", problemes)
    fichier = enregistrer_fichier(
        acteur, x.controle.nom, x.controle, entite="convention", entite_id=convention.id
    )
    copie = CopieSignee(
        convention=convention,
        fichier=fichier,
        partie=x.partie,
        signee_le=x.signee_le,
        porteur_nom=nettoyer(x.porteur_nom, lignes=False)[:150] if x.partie.porteur else "",
        financeur_nom=nettoyer(x.financeur_nom, lignes=False)[:150] if x.partie.financeur else "",
        sha256=convention.sha256 or "",
        code_lu=bool(codes_d_acte(x.codes)),
        signature=signature,
        deposee_par_id=acteur.utilisateur_id,
    )
    db.session.add(copie)
    db.session.flush()
    return copie


def _instant(jour: date) -> datetime:
    """Noon of that day, or now when noon has not come."""
    return min(depuis_paris(datetime.combine(jour, time(12))), maintenant())


def _preuve(copie: CopieSignee) -> Json:
    return {
        "sha256": copie.sha256,
        "papier": copie.fichier.sha256,
        "signee_le": copie.signee_le.isoformat(),
        "porteur": copie.porteur_nom,
        "financeur": copie.financeur_nom,
        "code_lu": copie.code_lu,
    }


def signer_sur_papier(
    acteur: Acteur, convention: Convention, exemplaire: Exemplaire, *, version: int | None = None
) -> CopieSignee:
    """The signatory of the organisme sends her signed copy: it is her signature.

    Raises Interdit, Conflit, PasLeMoment, Invalide (the paper is not one of this act).
    """
    exiger(acteur, "convention.signer_porteur", convention)
    prendre_son_tour(convention)
    verifier_version(convention, version)
    _attendre(convention, EtatConvention.SIGNATURE_PORTEUR)
    copie = _ranger(acteur, convention, exemplaire, signature=True)
    franchir(acteur, convention, "signer_porteur", donnees=_preuve(copie))
    _dater_porteur(acteur, convention, copie)
    return copie


def joindre_exemplaire(
    acteur: Acteur, convention: Convention, exemplaire: Exemplaire, *, version: int | None = None
) -> CopieSignee:
    """An officer records a signed paper: the signatures that it bears take effect; an act that
    is signed already only keeps it. A second click finds it joined. Raises Interdit, Conflit,
    PasLeMoment, Invalide.
    """
    exiger(acteur, "convention.signer_financeur", convention)
    prendre_son_tour(convention)
    if (deja := _deja_joint(convention, exemplaire)) is not None:
        return deja
    verifier_version(convention, version)
    if exemplaire.partie not in parties_possibles(convention):
        raise PasLeMoment(
            "Cet acte n’attend pas cette signature.", "Rechargez la page pour voir où il en est."
        )
    archive = convention.etat in ARCHIVABLES
    copie = _ranger(acteur, convention, exemplaire, signature=not archive)
    if archive:
        consigner(
            acteur,
            convention,
            "convention.joindre_exemplaire",
            "Exemplaire signé joint à l’acte",
            donnees=_preuve(copie),
            visible_porteur=True,
        )
        return copie
    if exemplaire.partie.porteur:
        franchir(acteur, convention, "constater_signature_porteur", donnees=_preuve(copie))
        _dater_porteur(acteur, convention, copie)
    if exemplaire.partie.financeur:
        sceller(acteur, convention, _instant(copie.signee_le), _preuve(copie))
    return copie


def _dater_porteur(acteur: Acteur, convention: Convention, copie: CopieSignee) -> None:
    convention.signature_porteur_le = _instant(copie.signee_le)
    convention.signature_porteur_par_id = acteur.utilisateur_id
    db.session.flush()


def _attendre(convention: Convention, etat: EtatConvention) -> None:
    if convention.etat is not etat:
        raise PasLeMoment(
            "Cet acte n’attend pas votre signature.", "Rechargez la page pour voir où il en est."
        )
