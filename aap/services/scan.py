"""Scans that hold several signed acts: read by a job, put in order, joined act by act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from sqlalchemy import select

from aap.domaine.code_acte import (
    LONGUEUR,
    CodeActe,
    Exemplaire,
    chemin_acte,
    lire_numero,
    ranger_pages,
)
from aap.domaine.erreurs import ErreurMetier, Invalide, PasLeMoment, Probleme
from aap.extensions import db
from aap.models import Avenant, Convention, EtatScan, Financeur, LotPages, PartieSignataire, Scan
from aap.permissions import Acteur, exiger, may
from aap.pieces.commun import Controle
from aap.pieces.extrait import extraire_pages
from aap.services.copie_signee import ActeSigne, joindre_exemplaire
from aap.services.copie_signee import Exemplaire as Copie
from aap.services.fichier import enregistrer_fichier
from aap.services.taches import enfiler
from aap.services.tour import prendre_son_tour
from aap.services.transition import verifier_version
from aap.stockage import stockage


@dataclass(frozen=True)
class Modele:
    """What all the papers of a pile share: who signed them, and which day."""

    partie: PartieSignataire
    signee_le: date
    financeur_nom: str = ""


@dataclass(frozen=True)
class Extrait:
    """Some pages (from 1) of a scan, and the PDF that they make alone."""

    pages: tuple[int, ...]
    octets: bytes


def deposer_scan(acteur: Acteur, financeur: Financeur, controle: Controle) -> Scan:
    """Keep the file; a job reads it. Raises Interdit, Invalide (not a PDF)."""
    exiger(acteur, "scan.deposer", financeur)
    if controle.type_mime != "application/pdf":
        phrase = "Numérisez les actes en un seul PDF. Une photo se joint sur la page de l’acte."
        raise Invalide(phrase, [Probleme(phrase, "fichier")])
    fichier = enregistrer_fichier(
        acteur, controle.nom, controle, entite="financeur", entite_id=financeur.id
    )
    scan = Scan(financeur=financeur, fichier=fichier, auteur_id=acteur.utilisateur_id)
    db.session.add(scan)
    db.session.flush()
    enfiler("lire_scan", {"scan_id": scan.id}, cle_unique=f"lire_scan:{scan.id}")
    return scan


def noter_lecture(scan: Scan, codes: Sequence[Sequence[str]]) -> None:
    """Write what the pages say: one lot per copy of an act, one per run of unread pages."""
    if scan.etat is not EtatScan.A_LIRE:
        return
    trouves, illisibles = ranger_pages(codes)
    lots = [_lot_d_acte(scan, e) for e in trouves]
    lots += [LotPages(scan_id=scan.id, pages=suite) for suite in _suites(illisibles)]
    for rang, lot in enumerate(sorted(lots, key=lambda x: x.pages[0]), 1):
        lot.rang = rang
        db.session.add(lot)
    scan.pages, scan.etat = len(codes), EtatScan.LU
    db.session.flush()


def noter_illisible(scan: Scan) -> None:
    if scan.etat is EtatScan.A_LIRE:
        scan.etat = EtatScan.ILLISIBLE


def _lot_d_acte(scan: Scan, exemplaire: Exemplaire) -> LotPages:
    """The act, when it is one of this funder; nothing is told of the acts of others."""
    code = exemplaire.code
    objet = _vise(code)
    lot = LotPages(
        scan_id=scan.id,
        pages=exemplaire.pages,
        absentes=exemplaire.absentes,
        empreinte=code.empreinte,
    )
    if objet is None or _financeur_id(objet) != scan.financeur_id:
        lot.message = "Ces pages portent le code d’un acte que votre financeur ne suit pas."
    else:
        lot.ranger(objet)
        if (objet.sha256 or "")[:LONGUEUR] != code.empreinte:
            mot = "l’avenant" if code.avenant else "l’acte"
            lot.message = f"Ces pages portent un ancien texte de {mot}, repris depuis."
    return lot


def _vise(code: CodeActe) -> ActeSigne | None:
    if code.avenant:
        return db.session.get(Avenant, code.acte_id)
    return db.session.get(Convention, code.acte_id)


def _financeur_id(objet: ActeSigne) -> int:
    return (objet.convention if isinstance(objet, Avenant) else objet).financeur_id


def _suites(rangs: Sequence[int]) -> list[list[int]]:
    """[1, 2, 5] -> [[1, 2], [5]]."""
    suites: list[list[int]] = []
    for rang in rangs:
        if suites and suites[-1][-1] == rang - 1:
            suites[-1].append(rang)
        else:
            suites.append([rang])
    return suites


def attribuer_pages(
    acteur: Acteur, lot: LotPages, numero: str, *, version: int | None = None
) -> ActeSigne:
    """Say what act, or avenant, unread pages are of: they join its other pages found here.

    Pages whose code was read are of the act that it names: nobody may give them to another, or to
    a newer text. Raises Invalide (no such act), PasLeMoment (joined already, code read), Conflit.
    """
    exiger(acteur, "scan.traiter", lot.scan)
    verifier_version(lot, version)
    if lot.copie_id is not None:
        raise PasLeMoment("Ces pages sont déjà jointes à un acte.", "Rechargez la page.")
    if lot.empreinte:
        raise PasLeMoment(
            "Ces pages portent le code d’un acte\u00a0: elles ne se rangent pas avec un autre.",
            "Faites signer l’acte voulu, puis numérisez-le.",
        )
    objet = _nomme(lot.scan.financeur_id, numero)
    if objet is None or not may(acteur, f"{objet.__tablename__}.signer_financeur", objet):
        phrase = (
            "Aucun acte de votre financeur ne porte ce numéro. Par exemple\u00a0: 2027-012, ou "
            "2027-012 avenant 1."
        )
        raise Invalide(phrase, [Probleme(phrase, "numero")])
    ouvert = next(
        (x for x in lot.scan.lots if x.objet is objet and x is not lot and not x.copie_id), None
    )
    if ouvert is None:
        lot.ranger(objet)
        lot.empreinte, lot.message = "", ""
    else:
        ouvert.absentes = ouvert.absentes[len(lot.pages) :]
        ouvert.pages = sorted([*ouvert.pages, *lot.pages])
        db.session.delete(lot)
    db.session.flush()
    return objet


def _nomme(financeur_id: int, texte: str) -> ActeSigne | None:
    """The act, or the avenant, of this funder that a typed number names."""
    numero, rang = lire_numero(texte)
    acte = db.session.scalars(
        select(Convention)
        .where(Convention.financeur_id == financeur_id, Convention.numero == numero)
        .limit(1)
    ).first()
    if acte is None or rang is None:
        return acte
    return next((a for a in acte.avenants if a.numero_avenant == rang), None)


def ecarter_pages(acteur: Acteur, lot: LotPages) -> None:
    """Pages that are of no act (a blank one, a letter): nobody is asked about them any more.

    Raises Interdit, PasLeMoment (an act is known).
    """
    exiger(acteur, "scan.traiter", lot.scan)
    if lot.objet is not None:
        raise PasLeMoment("Ces pages sont celles d’un acte.", "Rechargez la page.")
    db.session.delete(lot)
    db.session.flush()


@dataclass(frozen=True)
class Decoupe:
    """What is to be cut out of a scan: plain values, that outlive the transaction."""

    cle: str
    listes: Mapping[int, tuple[int, ...]]

    def couper(self) -> dict[int, Extrait]:
        """Id of each lot -> its pages, as a PDF of their own. Raises Introuvable, Indisponible.

        To be called with no transaction open: a pile takes seconds, and the one writer of SQLite
        would keep everybody waiting.
        """
        if not self.listes:
            return {}
        extraits = extraire_pages(stockage().morceaux(self.cle), list(self.listes.values()))
        couples = zip(self.listes.items(), extraits, strict=True)
        return {ident: Extrait(pages, octets) for (ident, pages), octets in couples}


def decoupe(scan: Scan, lots: Sequence[LotPages]) -> Decoupe:
    """The pages of these lots, to be cut out (``Decoupe.couper``)."""
    return Decoupe(scan.fichier.cle, {lot.id: tuple(lot.pages) for lot in lots})


def joindre_lots(
    acteur: Acteur,
    scan: Scan,
    lots: Sequence[LotPages],
    modele: Modele,
    extraits: Mapping[int, Extrait],
) -> int:
    """Join the pages of each lot to its act, as ``joindre_exemplaire`` does; how many were.

    ``extraits``: by id of lot, its pages cut out before (``decoupe``), while nothing was held.
    A refusal is written beside its pages and stops nothing else. Raises Interdit.
    """
    exiger(acteur, "scan.traiter", scan)
    prendre_son_tour(*(x.objet for x in lots if x.objet is not None))
    joints = 0
    for lot in _relus(lots):
        if lot.objet is None or lot.copie_id is not None or lot.id not in extraits:
            continue
        try:
            with db.session.begin_nested():
                _joindre(acteur, lot, modele, extraits[lot.id])
            joints += 1
        except ErreurMetier as refus:
            _refuser(lot, refus)
    db.session.flush()
    return joints


def _relus(lots: Sequence[LotPages]) -> list[LotPages]:
    """The lots as they are once the turn has come: a second click finds them joined."""
    return list(
        db.session.scalars(
            select(LotPages)
            .where(LotPages.id.in_([x.id for x in lots]))
            .order_by(LotPages.rang, LotPages.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _joindre(acteur: Acteur, lot: LotPages, modele: Modele, extrait: Extrait) -> None:
    objet, acte = lot.objet, lot.acte
    assert objet is not None and acte is not None
    avenant = isinstance(objet, Avenant)
    if lot.absentes:
        raise PasLeMoment(f"Il manque des pages\u00a0: {', '.join(map(str, lot.absentes))}.")
    if list(extrait.pages) != list(lot.pages):
        raise PasLeMoment("Ces pages ont été rangées autrement entre-temps\u00a0: recommencez.")
    octets = extrait.octets
    suite = f"-avenant-{objet.numero_avenant}" if isinstance(objet, Avenant) else ""
    nom = f"acte-{acte.numero}{suite}-signe.pdf"
    lot.copie = joindre_exemplaire(
        acteur,
        objet,
        Copie(
            Controle(nom, "application/pdf", BytesIO(octets), len(octets), ""),
            modele.partie,
            modele.signee_le,
            porteur_nom=acte.organisme.representant_nom or acte.organisme.nom,
            financeur_nom=modele.financeur_nom,
            codes=[[f"/{chemin_acte(objet.id, lot.empreinte, avenant=avenant)}"]]
            if lot.empreinte
            else [],
        ),
    )
    lot.message = ""


def _refuser(lot: LotPages, refus: ErreurMetier) -> None:
    precis = refus.problemes[0].message if isinstance(refus, Invalide) and refus.problemes else ""
    lot.message = (precis or f"{refus.message} {refus.que_faire}").strip()[:500]
