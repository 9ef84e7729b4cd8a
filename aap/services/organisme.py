"""An organisme: its identity, its papers (engagement républicain, RIB, vault)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date

from sqlalchemy import or_, select

from aap.domaine.cer import REFERENCE, VERSION_TEXTE
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.identifiants import (
    lire_bic,
    lire_iban,
    lire_rna,
    lire_siret,
    masquer_iban,
)
from aap.domaine.texte import nettoyer, normaliser
from aap.extensions import db
from aap.models import (
    Dossier,
    EngagementRepublicain,
    FormeJuridique,
    Membre,
    Organisme,
    RoleMembre,
)
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.services.coffre import deposer_piece, pieces_valables, retirer_piece_organisme
from aap.services.faits_organisme import raison_cer
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.membre import (
    changer_role_membre,
    demander_rattachement,
    inviter_membre,
    quitter_organisme,
    repondre_rattachement,
    retirer_membre,
)
from aap.services.transition import verifier_version

__all__ = [
    "DonneesOrganisme",
    "OrganismeExistant",
    "changer_role_membre",
    "creer_organisme",
    "demander_rattachement",
    "deposer_piece",
    "engagement_en_vigueur",
    "enregistrer_rib",
    "inviter_membre",
    "modifier_organisme",
    "pieces_valables",
    "quitter_organisme",
    "repondre_rattachement",
    "retirer_membre",
    "retirer_piece_organisme",
    "signer_cer",
]


@dataclass(frozen=True)
class DonneesOrganisme:
    """Identity of an organisme (CERFA §1 to 4). Amounts in cents; ``identite``: free answers."""

    nom: str
    forme: FormeJuridique
    sigle: str = ""
    siret: str | None = None
    rna: str | None = None
    adresse: str = ""
    code_postal: str = ""
    ville: str = ""
    courriel: str = ""
    telephone: str = ""
    representant_nom: str = ""
    representant_fonction: str = ""
    objet: str = ""
    date_creation: date | None = None
    fin_exercice_mois: int = 12
    budget_annuel: int | None = None
    tresorerie: int | None = None
    identite: Json = field(default_factory=dict)


class OrganismeExistant(Conflit):
    """The SIRET or RNA number is already known: the person may ask to join ``organisme``."""

    titre = "Cet organisme existe déjà"

    def __init__(self, organisme: Organisme) -> None:
        super().__init__(
            f"« {organisme.nom} » est déjà inscrit avec ce numéro.",
            "Demandez à le rejoindre : l’un de ses signataires vous répondra.",
        )
        self.organisme = organisme


def creer_organisme(acteur: Acteur, donnees: DonneesOrganisme) -> Organisme:
    """A new organisme; its creator becomes its first signatory (``acteur.membres`` follows).

    Raises Invalide (every problem), OrganismeExistant (SIRET or RNA already known).
    """
    exiger(acteur, "organisme.creer")
    siret, rna = _verifier(donnees)
    _refuser_doublon(siret, rna, None)
    if not siret and not rna:
        _refuser_renvoi(acteur, donnees)
    organisme = Organisme(nom="", nom_recherche="", forme=donnees.forme)
    _poser(organisme, donnees, siret, rna)
    db.session.add(organisme)
    db.session.flush()
    db.session.add(
        Membre(
            organisme=organisme,
            utilisateur_id=acteur.utilisateur_id,
            role=RoleMembre.SIGNATAIRE,
            fonction=donnees.representant_fonction[:120],
        )
    )
    acteur.membres[organisme.id] = RoleMembre.SIGNATAIRE
    consigner(acteur, organisme, "organisme.creer", "Organisme créé", visible_porteur=True)
    return organisme


def modifier_organisme(
    acteur: Acteur, organisme: Organisme, donnees: DonneesOrganisme, *, version: int | None = None
) -> Organisme:
    """Change the identity. Raises Invalide, Conflit (stale page), OrganismeExistant."""
    exiger(acteur, "organisme.modifier", organisme)
    verifier_version(organisme, version)
    siret, rna = _verifier(donnees)
    _refuser_doublon(siret, rna, organisme.id)
    avant = {n: getattr(organisme, n) for n in ("nom", "siret", "rna", "representant_nom")}
    _poser(organisme, donnees, siret, rna)
    change = {n: [v, getattr(organisme, n)] for n, v in avant.items() if getattr(organisme, n) != v}
    organisme.modifie_le = maintenant()
    consigner(
        acteur,
        organisme,
        "organisme.modifier",
        "Identité de l’organisme modifiée",
        donnees=change,
        visible_porteur=True,
    )
    return organisme


def _verifier(d: DonneesOrganisme) -> tuple[str | None, str | None]:
    """(SIRET, RNA) in stored form. Raises Invalide."""
    problemes = [] if d.nom.strip() else [Probleme("Indiquez le nom de l’organisme.", "nom")]
    lus: dict[str, str | None] = {}
    lecteurs: tuple[tuple[str, str | None, Callable[[str], str]], ...] = (
        ("siret", d.siret, lire_siret),
        ("rna", d.rna, lire_rna),
    )
    for champ, texte, lecteur in lecteurs:
        try:
            lus[champ] = lecteur(texte) if texte and texte.strip() else None
        except ValueError as erreur:
            problemes.append(Probleme(str(erreur), champ))
    for nom in ("budget_annuel", "tresorerie"):
        valeur = getattr(d, nom)
        if valeur is not None and valeur < 0:
            problemes.append(Probleme("Ce montant ne peut pas être négatif.", nom))
    if not 1 <= d.fin_exercice_mois <= 12:
        problemes.append(Probleme("Choisissez un mois de fin d’exercice.", "fin_exercice_mois"))
    if problemes:
        raise Invalide("L’identité de l’organisme est à corriger.", problemes)
    return lus["siret"], lus["rna"]


def _refuser_doublon(siret: str | None, rna: str | None, sauf: int | None) -> None:
    conditions = []
    if siret:
        conditions.append(Organisme.siret == siret)
    if rna:
        conditions.append(Organisme.rna == rna)
    if not conditions:
        return
    autre = db.session.scalar(
        select(Organisme).where(or_(*conditions), Organisme.id != (sauf or 0)).limit(1)
    )
    if autre is not None:
        raise OrganismeExistant(autre)


def _refuser_renvoi(acteur: Acteur, d: DonneesOrganisme) -> None:
    """The same form sent twice: without a number, its name among her organismes tells it."""
    sien = db.session.scalar(
        select(Organisme)
        .where(
            Organisme.id.in_(acteur.membres),
            Organisme.nom_recherche == _cle_de_recherche(d.nom.strip(), d.sigle),
        )
        .limit(1)
    )
    if sien is not None:
        raise OrganismeExistant(sien)


def _cle_de_recherche(nom: str, sigle: str) -> str:
    return normaliser(f"{nom} {sigle}")[:300]


def _poser(o: Organisme, d: DonneesOrganisme, siret: str | None, rna: str | None) -> None:
    for f in fields(d):
        valeur = getattr(d, f.name)
        if isinstance(valeur, str) and not isinstance(valeur, FormeJuridique):
            limite = getattr(Organisme.__table__.c[f.name].type, "length", None) or 2000
            valeur = nettoyer(valeur, lignes=f.name in ("objet", "adresse"))[:limite]
        setattr(o, f.name, valeur)
    o.siret, o.rna = siret, rna
    o.nom_recherche = _cle_de_recherche(o.nom, o.sigle)


def signer_cer(acteur: Acteur, organisme: Organisme) -> EngagementRepublicain:
    """Sign the contrat d'engagement républicain for the organisme, once per version.

    Signed already: the existing signature is returned. Raises PasLeMoment when this legal form
    does not sign it (loi 2000-321 art. 10-1).
    """
    exiger(acteur, "organisme.signer", organisme)
    if not organisme.forme.signe_le_cer:
        raise PasLeMoment(
            "Seules les associations et les fondations signent cet engagement : "
            "votre organisme n’a rien à faire."
        )
    deja = engagement_en_vigueur(organisme)
    if deja is not None:
        return deja
    engagement = EngagementRepublicain(
        organisme=organisme,
        version_texte=VERSION_TEXTE,
        signe_le=maintenant(),
        signe_par_id=acteur.utilisateur_id,
    )
    db.session.add(engagement)
    consigner(
        acteur,
        organisme,
        "organisme.signer_cer",
        f"Contrat d’engagement républicain signé ({REFERENCE})",
        donnees={"version": VERSION_TEXTE},
        visible_porteur=True,
    )
    return engagement


def engagement_en_vigueur(organisme: Organisme) -> EngagementRepublicain | None:
    """The signature of the version in force, or None."""
    return db.session.scalar(
        select(EngagementRepublicain).where(
            EngagementRepublicain.organisme_id == organisme.id,
            EngagementRepublicain.version_texte == VERSION_TEXTE,
        )
    )


def enregistrer_rib(
    acteur: Acteur,
    organisme: Organisme,
    iban: str,
    bic: str = "",
    titulaire: str = "",
    *,
    version: int | None = None,
) -> None:
    """Bank account, by a signatory only; the journal keeps it masked. Raises Invalide.

    The same account sent again changes nothing: validated payments are not stopped for it.
    """
    exiger(acteur, "organisme.fixer_rib", organisme)
    verifier_version(organisme, version)
    problemes = []
    lu_iban = lu_bic = ""
    try:
        lu_iban = lire_iban(iban)
    except ValueError as erreur:
        problemes.append(Probleme(str(erreur), "iban"))
    try:
        lu_bic = lire_bic(bic) if bic.strip() else ""
    except ValueError as erreur:
        problemes.append(Probleme(str(erreur), "bic"))
    if problemes:
        raise Invalide("Le RIB est à corriger.", problemes)
    compte = lu_iban, lu_bic or None, nettoyer(titulaire, lignes=False)[:200] or organisme.nom
    if compte == (organisme.iban, organisme.bic or None, organisme.titulaire_compte):
        return
    organisme.iban, organisme.bic, organisme.titulaire_compte = compte
    organisme.modifie_le = maintenant()
    consigner(
        acteur,
        organisme,
        "organisme.enregistrer_rib",
        f"RIB enregistré : {masquer_iban(lu_iban)}",
        visible_porteur=True,
    )


@garde_de("dossier", "cer_signe")
def _cer_signe(_acteur: Acteur, dossier: Dossier) -> str | None:
    return raison_cer(dossier.organisme, pour_porteur=True)
