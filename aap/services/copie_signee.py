"""Signed papers of an act or of an avenant: the paper is the signature, and is kept with it.

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
from aap.models import Avenant, Convention, CopieSignee, PartieSignataire, TypeConvention
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.pieces.commun import Controle
from aap.services import avenant as avenants
from aap.services.fichier import enregistrer_fichier
from aap.services.journal import consigner
from aap.services.signature import sceller
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention

P = PartieSignataire
ActeSigne = Convention | Avenant
ATTEND_PORTEUR = frozenset({EtatConvention.SIGNATURE_PORTEUR, EtatAvenant.SIGNATURE_PORTEUR})
ATTEND_FINANCEUR = frozenset({EtatConvention.SIGNATURE_FINANCEUR, EtatAvenant.SIGNATURE_FINANCEUR})
ARCHIVABLES = frozenset(
    {
        EtatConvention.SIGNEE,
        EtatConvention.EN_VIGUEUR,
        EtatConvention.ECHUE,
        EtatAvenant.SIGNE,
    }
)


@dataclass(frozen=True)
class Exemplaire:
    """A signed paper: ``controle``, its checked file; ``codes``: what its pages say, by page."""

    controle: Controle
    partie: PartieSignataire
    signee_le: date
    porteur_nom: str = ""
    financeur_nom: str = ""
    codes: Sequence[Sequence[str]] = ()


def parties_possibles(objet: ActeSigne) -> list[PartieSignataire]:
    """Whose signature an officer may record now; signed acts only get one more archive."""
    if objet.etat in ATTEND_PORTEUR:
        return [P.PORTEUR, P.DEUX]
    if objet.etat in ATTEND_FINANCEUR:
        return [P.FINANCEUR]
    if objet.etat in ARCHIVABLES:
        arrete = isinstance(objet, Convention) and objet.type is TypeConvention.ARRETE
        return [P.FINANCEUR] if arrete else [P.DEUX, P.PORTEUR, P.FINANCEUR]
    return []


def codes_d_acte(codes: Sequence[Sequence[str]]) -> list[CodeActe]:
    return [c for page in codes for texte in page if (c := lire_code(texte)) is not None]


def _mot(objet: ActeSigne) -> str:
    return "l’avenant" if isinstance(objet, Avenant) else "l’acte"


def _probleme_de_code(objet: ActeSigne, lus: Sequence[CodeActe]) -> list[Probleme]:
    """The code read on a page is one of another act, or of an old text of this one."""
    mot, avenant = _mot(objet), isinstance(objet, Avenant)
    if any((c.avenant, c.acte_id) != (avenant, objet.id) for c in lus):
        phrase = (
            "Une page de ce document porte le code d’un autre acte\u00a0: envoyez l’exemplaire de "
            f"l’{objet.designation}."
        )
    elif any(c.empreinte != (objet.sha256 or "")[:LONGUEUR] for c in lus):
        phrase = (
            f"Ce papier porte un ancien texte de {mot}, repris depuis. Imprimez {mot} de "
            "nouveau, faites-le signer, puis envoyez-le."
        )
    else:
        return []
    return [Probleme(phrase, "fichier")]


def _problemes(objet: ActeSigne, x: Exemplaire) -> list[Probleme]:
    """What makes the paper no signature of this act: another act, an old text, an odd day."""
    problemes = _probleme_de_code(objet, codes_d_acte(x.codes))
    if x.signee_le > aujourdhui():
        problemes.append(Probleme("Cette date n’est pas encore venue.", "signee_le"))
    elif x.signee_le < a_paris(objet.cree_le).date():
        problemes.append(
            Probleme(f"Cette date est antérieure à la préparation de {_mot(objet)}.", "signee_le")
        )
    if x.partie.porteur and not x.porteur_nom.strip():
        problemes.append(Probleme("Indiquez qui a signé pour le porteur.", "porteur_nom"))
    if x.partie.financeur and not x.financeur_nom.strip():
        problemes.append(Probleme("Indiquez qui a signé pour le financeur.", "financeur_nom"))
    return problemes


def _deja_joint(objet: ActeSigne, x: Exemplaire) -> CopieSignee | None:
    """The same file for the same signatures, that a first click sent."""
    recu = x.controle.sha256_recu
    return next(
        (
            c
            for c in objet.copies
            if recu
            and c.retiree_le is None
            and c.partie is x.partie
            and c.fichier.sha256_recu == recu
        ),
        None,
    )


def _ranger(acteur: Acteur, objet: ActeSigne, x: Exemplaire, *, signature: bool) -> CopieSignee:
    """Keep the paper, with the files of the act (of the act that an avenant changes)."""
    problemes = _problemes(objet, x)
    if problemes:
        raise Invalide("L’exemplaire signé n’a pas été enregistré.", problemes)
    avenant = objet if isinstance(objet, Avenant) else None
    acte = objet.convention if isinstance(objet, Avenant) else objet
    fichier = enregistrer_fichier(
        acteur, x.controle.nom, x.controle, entite="convention", entite_id=acte.id
    )
    copie = CopieSignee(
        convention=None if avenant is not None else acte,
        avenant=avenant,
        fichier=fichier,
        partie=x.partie,
        signee_le=x.signee_le,
        porteur_nom=nettoyer(x.porteur_nom, lignes=False)[:150] if x.partie.porteur else "",
        financeur_nom=nettoyer(x.financeur_nom, lignes=False)[:150] if x.partie.financeur else "",
        sha256=objet.sha256 or "",
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
    acteur: Acteur, objet: ActeSigne, exemplaire: Exemplaire, *, version: int | None = None
) -> CopieSignee:
    """The signatory of the organisme sends her signed copy: it is her signature.

    Raises Interdit, Conflit, PasLeMoment, Invalide (the paper is not one of this act).
    """
    exiger(acteur, f"{objet.__tablename__}.signer_porteur", objet)
    prendre_son_tour(objet)
    verifier_version(objet, version)
    attendre_porteur(objet)
    copie = _ranger(acteur, objet, exemplaire, signature=True)
    franchir(acteur, objet, "signer_porteur", donnees=_preuve(copie))
    _dater_porteur(acteur, objet, copie)
    return copie


def joindre_exemplaire(
    acteur: Acteur, objet: ActeSigne, exemplaire: Exemplaire, *, version: int | None = None
) -> CopieSignee:
    """An officer records a signed paper: the signatures that it bears take effect; an act that
    is signed already only keeps it. A second click finds it joined. Raises Interdit, Conflit,
    PasLeMoment, Invalide.
    """
    exiger(acteur, f"{objet.__tablename__}.signer_financeur", objet)
    prendre_son_tour(objet)
    if (deja := _deja_joint(objet, exemplaire)) is not None:
        return deja
    verifier_version(objet, version)
    if exemplaire.partie not in parties_possibles(objet):
        mot = "Cet avenant" if isinstance(objet, Avenant) else "Cet acte"
        raise PasLeMoment(
            f"{mot} n’attend pas cette signature.", "Rechargez la page pour voir où il en est."
        )
    archive = objet.etat in ARCHIVABLES
    copie = _ranger(acteur, objet, exemplaire, signature=not archive)
    if archive:
        consigner(
            acteur,
            objet,
            f"{objet.__tablename__}.joindre_exemplaire",
            f"Exemplaire signé joint à {_mot(objet)}",
            donnees=_preuve(copie),
            visible_porteur=True,
        )
        return copie
    if exemplaire.partie.porteur:
        franchir(acteur, objet, "constater_signature_porteur", donnees=_preuve(copie))
        _dater_porteur(acteur, objet, copie)
    if exemplaire.partie.financeur:
        instant = _instant(copie.signee_le)
        if isinstance(objet, Avenant):
            avenants.sceller(acteur, objet, instant, _preuve(copie))
        else:
            sceller(acteur, objet, instant, _preuve(copie))
    return copie


def _dater_porteur(acteur: Acteur, objet: ActeSigne, copie: CopieSignee) -> None:
    objet.signature_porteur_le = _instant(copie.signee_le)
    objet.signature_porteur_par_id = acteur.utilisateur_id
    db.session.flush()


def attendre_porteur(objet: ActeSigne) -> None:
    """Raise PasLeMoment unless the porteur is the one who must sign now."""
    if objet.etat not in ATTEND_PORTEUR:
        mot = "Cet avenant" if isinstance(objet, Avenant) else "Cet acte"
        raise PasLeMoment(
            f"{mot} n’attend pas votre signature.", "Rechargez la page pour voir où il en est."
        )
