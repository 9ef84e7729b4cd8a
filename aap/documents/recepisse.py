"""Accusé de réception of a dossier (CRPA L112-3, L112-11, R112-5, R112-11-1, L231-4 3°)."""

from __future__ import annotations

from aap.documents import mentions, tableaux
from aap.documents.donnees import DonneesRecepisse, Piece
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros
from aap.filtres import date_heure, date_longue


def produire(d: DonneesRecepisse) -> bytes:
    """PDF of the récépissé: date received, service, silence rule, remedies, hash, pieces."""
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Accusé de réception – dossier {d.action.numero}",
        d.action.intitule,
    )
    r.entete()
    r.h1("Accusé de réception de votre demande de subvention", d.action.campagne)
    r.p(
        "Nous avons bien reçu votre demande le ",
        Gras(date_heure(d.recu_le)),
        f" (heure de Paris). Elle porte le numéro {d.action.numero}. "
        "Conservez ce document\u00a0: il prouve votre dépôt.",
    )
    _demande(r, d)
    _suite(r, d)
    _silence(r, d)
    pieces(r, d.pieces)
    _empreinte(r, d)
    return r.rendre()


def _demande(r: Redaction, d: DonneesRecepisse) -> None:
    b = d.beneficiaire
    r.h2("Votre demande")
    paires = [
        ("Action", d.action.intitule),
        ("Organisme", b.nom_complet),
        ("SIRET", b.siret or "En attente d’immatriculation"),
        ("Exercice", str(d.action.exercice)),
        ("Déposée par", d.depose_par),
    ]
    if d.montants:
        demande = "\n".join(f"{m.financeur}\u00a0: {en_euros(m.demande)}" for m in d.montants)
        paires.append(("Aides demandées", demande))
        paires.append(("Total demandé", en_euros(sum(m.demande for m in d.montants))))
    tableaux.fiche(r, paires)


def _suite(r: Redaction, d: DonneesRecepisse) -> None:
    r.h2("Qui suit votre dossier")
    r.p(mentions.contact(d.territoire))
    if not d.pieces_attendues:
        return
    r.p("Il manque encore ces pièces pour que votre demande soit complète\u00a0:")
    r.liste(list(d.pieces_attendues))
    r.p(
        "Le délai de réponse est suspendu jusqu’à leur arrivée (code des relations entre le "
        "public et l’administration, article L114-5)."
    )


def _silence(r: Redaction, d: DonneesRecepisse) -> None:
    r.h2("Si vous ne recevez pas de réponse")
    r.p(
        "Sans réponse écrite de notre part le ",
        Gras(date_longue(d.refus_implicite_le)),
        " au plus tard, votre demande sera considérée comme ",
        Gras("rejetée"),
        ". Cette date vaut si votre demande est complète. La loi le prévoit pour les demandes "
        "d’argent public\u00a0: deux mois de silence valent rejet (code "
        "des relations entre le public et l’administration, article L231-4, 3°). "
        "Une décision favorable peut encore être prise après cette date.",
    )
    r.h2("Comment contester un rejet")
    mentions.recours(r, d.territoire, implicite=True)


def pieces(r: Redaction, liste: tuple[Piece, ...], titre: str = "Pièces reçues") -> None:
    """Table of the pieces received."""
    r.h2(titre)
    if not liste:
        r.p("Aucune pièce n’est jointe à cette demande.")
        return
    rangs = [Rang((p.libelle, p.fichier or "–", p.precision or "–")) for p in liste]
    tableaux.tableau(r, ("Pièce", "Fichier", "Précision"), rangs, [4, 4, 3])


def _empreinte(r: Redaction, d: DonneesRecepisse) -> None:
    if not d.cartouche.sha256:
        return
    r.h2("Empreinte du dossier déposé")
    r.p(
        "Cette suite de signes (SHA-256) change si une seule lettre du dossier change. "
        "Elle permet de prouver ce que vous avez déposé."
    )
    moitie = len(d.cartouche.sha256) // 2
    r.p(f"{d.cartouche.sha256[:moitie]}\n{d.cartouche.sha256[moitie:]}", style="code")
