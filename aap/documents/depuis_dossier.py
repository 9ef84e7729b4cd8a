"""From the rows of a dossier to the plain data that its documents are made of."""

from __future__ import annotations

from datetime import date

from aap.documents import recepisse
from aap.documents.donnees import (
    Action,
    Beneficiaire,
    Cartouche,
    DonneesRecepisse,
    MontantFinanceur,
    Piece,
    Territoire,
)
from aap.domaine.calendrier import MOIS_SILENCE, ajouter_mois, date_longue
from aap.domaine.horloge import a_paris, maintenant
from aap.domaine.identifiants import afficher_siret
from aap.models import (
    Campagne,
    Depot,
    Dossier,
    Organisme,
)
from aap.models.types import Json
from aap.requetes.delais import delais
from aap.requetes.essai import MENTION_DOCUMENT, est_essai
from aap.requetes.mandats import mandat_du_depot
from aap.requetes.territoire import valeurs_territoire


def territoire_de(campagne: Campagne) -> Territoire:
    """The head of the letter, from the settings of the house and of the call."""
    v = valeurs_territoire()
    contact = campagne.contact or v["contact"]
    return Territoire(
        nom=v["nom"],
        service=campagne.service or v["nom"],
        contrat=campagne.contrat.nom,
        courriel=contact if "@" in contact else "",
        telephone="" if "@" in contact else contact,
    )


def cartouche_de(dossier: Dossier, reference: str, sha256: str = "") -> Cartouche:
    """Identity of a document of this dossier, made now; a sandbox is written on every page."""
    return Cartouche(
        reference=reference,
        etabli_le=maintenant(),
        sha256=sha256,
        mention=MENTION_DOCUMENT if est_essai(dossier) else "",
    )


def beneficiaire_de(o: Organisme) -> Beneficiaire:
    return Beneficiaire(
        nom=o.nom,
        forme=o.forme.value,
        sigle=o.sigle,
        siret=afficher_siret(o.siret) if o.siret else "",
        rna=o.rna or "",
        adresse=tuple(x for x in (o.adresse, f"{o.code_postal} {o.ville}".strip()) if x),
        representant=o.representant_nom,
        qualite=o.representant_fonction,
        courriel=o.courriel,
        telephone=o.telephone,
    )


def action_de(d: Dossier) -> Action:
    periode = ""
    if d.date_debut and d.date_fin:
        periode = f"du {date_longue(d.date_debut)} au {date_longue(d.date_fin)}"
    return Action(
        numero=d.numero or "brouillon",
        intitule=d.intitule or "Sans titre",
        campagne=d.campagne.nom,
        exercice=d.campagne.exercice,
        orientation=d.orientation.titre if d.orientation else "",
        periode=periode,
        quartiers=tuple(sorted(q.quartier.nom for q in d.quartiers)),
    )


def montants_de(d: Dossier) -> tuple[MontantFinanceur, ...]:
    """What is asked of each funder; never what is decided."""
    return tuple(
        MontantFinanceur(f.financeur.nom, f.montant_demande, precision=f.origine.libelle)
        for f in d.financements
    )


def pieces_du_depot(contenu: Json) -> tuple[Piece, ...]:
    """The pieces that a frozen content holds: the dossier's, then those of the vault."""
    return tuple(_piece(*x) for x in contenu.get("pieces", []))


def _piece(libelle: str, sha256: str, nom: str = "", fin: str = "") -> Piece:
    precision = f"valable jusqu’au {date.fromisoformat(fin):%d/%m/%Y}" if fin else ""
    return Piece(libelle, nom or f"empreinte {sha256[:12]}", precision)


def donnees_recepisse(depot: Depot) -> DonneesRecepisse:
    """Data of the accusé de réception of one deposit."""
    d = depot.dossier
    return DonneesRecepisse(
        territoire=territoire_de(d.campagne),
        cartouche=cartouche_de(d, d.numero or "", depot.sha256),
        action=action_de(d),
        beneficiaire=beneficiaire_de(d.organisme),
        recu_le=depot.depose_le,
        depose_par=f"{depot.depose_par.nom_complet}, {qualite_signataire(depot)}",
        refus_implicite_le=_silence(depot),
        montants=montants_de(d),
        pieces=pieces_du_depot(depot.contenu),
    )


def pdf_recepisse(donnees: DonneesRecepisse) -> bytes:
    """The accusé de réception."""
    return recepisse.produire(donnees)


def qualite_signataire(depot: Depot) -> str:
    """In what quality the deposit was signed."""
    mandat = mandat_du_depot(depot)
    if mandat is None:
        return "signataire"
    return f"par mandat du {date_longue(mandat.du)} au {date_longue(mandat.au)}"


def _silence(depot: Depot) -> date:
    """Two months after the first deposit, plus what was suspended (CRPA L231-4 3°, L114-5)."""
    dossier = depot.dossier
    delai = delais({dossier.id: dossier.etat}).get(dossier.id)
    if delai is not None and delai.silence is not None:
        return delai.silence
    return ajouter_mois(a_paris(depot.depose_le).date(), MOIS_SILENCE)
