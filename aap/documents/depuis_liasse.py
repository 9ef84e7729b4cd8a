"""From the frozen lines of a liasse to its bordereau."""

from __future__ import annotations

from aap.documents import bordereau
from aap.documents.bordereau import DonneesBordereau, LigneBordereau
from aap.documents.donnees import Cartouche, Signataire, Territoire
from aap.domaine.calendrier import date_longue
from aap.domaine.horloge import a_paris
from aap.domaine.identifiants import afficher_siret
from aap.models import Financeur, Liasse, LigneLiasse
from aap.requetes.territoire import valeurs_territoire


def nom_fichier(liasse: Liasse) -> str:
    """« liasse-2027-L003.csv »."""
    return f"liasse-{liasse.numero}.csv"


def _territoire(financeur: Financeur) -> Territoire:
    v = valeurs_territoire()
    return Territoire(
        nom=v["nom"], service=financeur.service or v["nom"], contrat=financeur.contrat.nom
    )


def _ligne(x: LigneLiasse) -> LigneBordereau:
    return LigneBordereau(
        x.rang,
        x.beneficiaire,
        afficher_siret(x.siret),
        x.compte,
        f"n°\u00a0{x.acte_numero}",
        x.numero_ej,
        x.exercice,
        x.montant,
        "" if x.vivante or x.liasse.annulee_le else x.sortie_motif,
    )


def _annulee(liasse: Liasse) -> str:
    if liasse.annulee_le is None:
        return ""
    jour = date_longue(a_paris(liasse.annulee_le).date())
    return f"Liasse annulée le {jour}. Motif\u00a0: {liasse.motif_annulation}"


def pdf_bordereau(liasse: Liasse) -> bytes:
    """PDF of what was handed over, with the hash of its file; says so when it was cancelled."""
    f = liasse.financeur
    return bordereau.produire(
        DonneesBordereau(
            territoire=_territoire(f),
            cartouche=Cartouche(
                reference=f"{f.sigle or f.code} liasse {liasse.numero}",
                etabli_le=liasse.cree_le,
                sha256=liasse.sha256,
            ),
            numero=liasse.numero,
            etablie_le=liasse.cree_le,
            etablie_par=liasse.etablie_par.nom_complet,
            financeur=f.nom,
            siret_financeur=afficher_siret(f.siret) if f.siret else "",
            fichier=nom_fichier(liasse),
            lignes=tuple(_ligne(x) for x in liasse.lignes),
            signataires=(
                Signataire("", "L’ordonnateur", pour=f.nom),
                Signataire("", "Reçu le", pour="Le comptable"),
            ),
            annulee=_annulee(liasse),
        )
    )
