"""What documents are made of: plain frozen dataclasses, no ORM, amounts in integer cents.

Instants are aware (UTC); they are printed on a Paris clock. Texts are plain: markup typed by
a user is printed as it is. Optional texts left empty do not appear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from aap.documents.styles import Charte
from aap.domaine import fusion


@dataclass(frozen=True)
class Territoire:
    """Who writes: the head of the letter and the service to contact.

    ``logo``: PNG or JPEG bytes, or None. ``tribunal``: « tribunal administratif de Melun ».
    """

    nom: str
    service: str
    contrat: str
    adresse: tuple[str, ...] = ()
    courriel: str = ""
    telephone: str = ""
    ville: str = ""
    tribunal: str = "tribunal administratif compétent"
    logo: bytes | None = None
    charte: Charte = field(default_factory=Charte)


@dataclass(frozen=True)
class Cartouche:
    """Identity of the document itself, printed in its footer.

    ``sha256``: hash of the frozen content it shows, 64 hexadecimal digits, or empty.
    ``qr``: address that the QR code of each page bears, with « #page/pages » added, or empty for
    none.
    ``mention``: sentence on top of every page (sandbox campaign), or empty.
    """

    reference: str
    etabli_le: datetime
    sha256: str = ""
    qr: str = ""
    mention: str = ""


@dataclass(frozen=True)
class Signataire:
    """Who signs. ``signe_le`` and ``preuve``: electronic signature already given.

    ``papier``: day written on the signed paper, kept beside this document.
    """

    nom: str
    qualite: str
    pour: str = ""
    signe_le: datetime | None = None
    preuve: str = ""
    papier: date | None = None


@dataclass(frozen=True)
class Beneficiaire:
    """The organisme, as a letter or an act names it."""

    nom: str
    forme: str = "association"
    sigle: str = ""
    siret: str = ""
    rna: str = ""
    adresse: tuple[str, ...] = ()
    representant: str = ""
    qualite: str = ""
    courriel: str = ""
    telephone: str = ""

    @property
    def nom_complet(self) -> str:
        return f"{self.nom} ({self.sigle})" if self.sigle else self.nom


@dataclass(frozen=True)
class Action:
    """The dossier in one line. ``periode``: « du 1er janvier au 31 décembre 2027 »."""

    numero: str
    intitule: str
    campagne: str
    exercice: int
    orientation: str = ""
    periode: str = ""
    quartiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class MontantFinanceur:
    """Cents asked and decided of one funder; ``accorde`` None while nothing is decided."""

    financeur: str
    demande: int
    accorde: int | None = None
    precision: str = ""


@dataclass(frozen=True)
class LigneCompte:
    """Line of a budget. A ``groupe`` only heads the next lines and carries no amount.

    ``realise`` is None outside a bilan; ``precision``: demandé, obtenu, envisagé…
    """

    compte: str
    libelle: str
    montant: int = 0
    realise: int | None = None
    groupe: bool = False
    precision: str = ""


@dataclass(frozen=True)
class Budget:
    """Charges, produits, and contributions in kind (86 and 87) apart."""

    charges: tuple[LigneCompte, ...]
    produits: tuple[LigneCompte, ...]
    emplois_nature: tuple[LigneCompte, ...] = ()
    contributions_nature: tuple[LigneCompte, ...] = ()


def total(lignes: tuple[LigneCompte, ...]) -> int:
    """Cents planned, headings excluded."""
    return sum(ligne.montant for ligne in lignes if not ligne.groupe)


def total_realise(lignes: tuple[LigneCompte, ...]) -> int:
    """Cents realised, headings excluded; a line not filled in counts for nothing."""
    return sum(ligne.realise or 0 for ligne in lignes if not ligne.groupe)


@dataclass(frozen=True)
class Indicateur:
    libelle: str
    cible: str = ""
    mesure: str = ""
    resultat: str = ""


@dataclass(frozen=True)
class Piece:
    libelle: str
    fichier: str = ""
    precision: str = ""


@dataclass(frozen=True)
class Rubrique:
    """A question of the form and its answer, free text."""

    intitule: str
    texte: str


@dataclass(frozen=True)
class DonneesRecepisse:
    """Accusé de réception (CRPA L112-3, L112-11, R112-5, R112-11-1).

    ``refus_implicite_le``: day on which silence means rejection (CRPA L231-4 3°), computed by
    ``domaine.calendrier.date_refus_implicite``.
    """

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    recu_le: datetime
    depose_par: str
    refus_implicite_le: date
    montants: tuple[MontantFinanceur, ...]
    pieces: tuple[Piece, ...] = ()
    pieces_attendues: tuple[str, ...] = ()


@dataclass(frozen=True)
class DonneesNotification:
    """Letter that tells a decision. ``motif`` is compulsory for a refusal or a postponement."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    sens: Literal["accord", "refus", "ajournement", "attente"]
    decide_le: date
    instance: str
    signataire: Signataire
    montants: tuple[MontantFinanceur, ...] = ()
    motif: str = ""
    reserves: tuple[str, ...] = ()
    attendus: tuple[str, ...] = ()
    prochaine_seance: str = ""
    bilan_avant_le: date | None = None


@dataclass(frozen=True)
class Financeur:
    """The authority that pays, as an act names it. ``collectivite`` adds the CGCT visas."""

    nom: str
    adresse: tuple[str, ...] = ()
    siret: str = ""
    representant: str = ""
    qualite: str = ""
    collectivite: bool = False


@dataclass(frozen=True)
class TrancheActe:
    """One exercice of a convention, in cents; ``ferme`` False while only expected."""

    exercice: int
    montant: int
    ferme: bool
    objectifs: str = ""


@dataclass(frozen=True)
class Echeance:
    """One payment of the schedule."""

    libelle: str
    condition: str
    montant: int


@dataclass(frozen=True)
class ArticleActe:
    """An article of a funder's own model, its fields already replaced."""

    titre: str
    pieces: tuple[fusion.Piece, ...]


@dataclass(frozen=True)
class DonneesConvention:
    """Convention annuelle or CPO (loi 2000-321 art. 10; circulaire du 29 septembre 2015).

    ``part_conservable``: percent of the grant that an unspent part may reach and still be
    kept as a reasonable surplus (loi 2021-875 art. 1). ``articles``: those of the funder's own
    model; empty, the standard text.
    """

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    financeur: Financeur
    type: Literal["annuelle", "cpo"]
    numero: str
    debut: date
    fin: date
    objet: str
    tranches: tuple[TrancheActe, ...]
    echeancier: tuple[Echeance, ...]
    bilan_avant_le: date
    budget: Budget
    indicateurs: tuple[Indicateur, ...]
    signataire_financeur: Signataire
    signataire_beneficiaire: Signataire
    visas: tuple[str, ...] = ()
    considerants: tuple[str, ...] = ()
    imputation: str = ""
    titulaire_compte: str = ""
    iban: str = ""
    part_conservable: int = 5
    duree_reversement_jours: int = 60
    articles: tuple[ArticleActe, ...] = ()

    @property
    def montant(self) -> int:
        return sum(t.montant for t in self.tranches)


@dataclass(frozen=True)
class DonneesAvenant:
    """Amendment. ``effets``: (exercice, cents before, cents after) of each tranche changed."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    financeur: Financeur
    convention: str
    numero: int
    motif: str
    effets: tuple[tuple[int, int, int], ...]
    clauses: tuple[str, ...]
    signataire_financeur: Signataire
    signataire_beneficiaire: Signataire


@dataclass(frozen=True)
class DonneesArrete:
    """Arrêté attributif: the unilateral act used up to 23 000 €. Amount in cents."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    financeur: Financeur
    numero: str
    objet: str
    montant: int
    echeancier: tuple[Echeance, ...]
    bilan_avant_le: date
    signataire: Signataire
    visas: tuple[str, ...] = ()
    imputation: str = ""
    titulaire_compte: str = ""
    iban: str = ""
    articles: tuple[ArticleActe, ...] = ()


@dataclass(frozen=True)
class LigneVersement:
    """One payment, in cents; ``etat`` is the wording shown to people."""

    rang: int
    libelle: str
    montant: int
    etat: str
    prevu_le: date
    paye_le: date | None = None
    mandat: str = ""


@dataclass(frozen=True)
class DonneesEtatVersement:
    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    financeur: Financeur
    acte: str
    montant_acte: int
    versements: tuple[LigneVersement, ...]
    signataire: Signataire
    numero_ej: str = ""
    imputation: str = ""
    titulaire_compte: str = ""
    iban: str = ""
    bic: str = ""
    verifications: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DonneesReversement:
    """Decision to claim money back: ``phrases`` then ``etapes`` (label, cents) compute it."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    financeur: Financeur
    acte: str
    montant: int
    motif: str
    etapes: tuple[tuple[str, int], ...]
    observations: str
    a_payer_avant_le: date
    signataire: Signataire
    numero_titre: str = ""
    modalites: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class DonneesBilan:
    """Compte rendu financier (CERFA 15059*02): budget lines bear ``realise``."""

    territoire: Territoire
    cartouche: Cartouche
    action: Action
    beneficiaire: Beneficiaire
    qualitatif: tuple[Rubrique, ...]
    publics: tuple[tuple[str, str], ...]
    indicateurs: tuple[Indicateur, ...]
    budget: Budget
    subvention: int
    annexes: tuple[Rubrique, ...]
    certification: Signataire | None = None
    depose_le: datetime | None = None
