"""Several signed acts in one scan: read by the job, put in order, joined act by act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from aap import documents
from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    Convention,
    EtatScan,
    LotPages,
    PartieSignataire,
    RoleHabilitation,
    Scan,
    TypeConvention,
)
from aap.permissions import Acteur
from aap.pieces.controle import controler
from aap.services import convention as conventions
from aap.services import scan as service
from aap.services import signature, vote
from aap.taches.registre import executer, preparer
from tests import fabriques as f
from tests.integration.test_copies_signees import PLUS_TARD
from tests.integration.test_pages_finance import connecter
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier
from workflows.convention import EtatConvention

SIGNE_LE = date(2027, 3, 18)
PREFET = service.Modele(PartieSignataire.FINANCEUR, SIGNE_LE, "Le sous-préfet")


@dataclass
class Pile:
    """A funder with two arrêtés to sign, and the two printed PDFs."""

    m: Monde
    actes: list[Convention]
    pdfs: list[bytes]


@pytest.fixture
def pile(session: Any) -> Iterator[Pile]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        premiere = m.ligne
        organisme = f.organisme("Une autre", signataire=f.utilisateur("Lou", "Autre"))
        dossier = f.dossier(premiere.dossier.campagne, organisme)
        [seconde] = f.programmer(
            dossier, [(premiere.financeur, m.enveloppe, 5_000_00)], f.utilisateur("Copil")
        )
        vote.enregistrer_vote(m.anne, seconde, 5_000_00, "arrete", "2027-94-13", date(2027, 3, 10))
        vote.notifier(m.anne, seconde, version=seconde.version)
        actes = []
        for ligne in (premiere, seconde):
            acte = conventions.preparer_convention(m.anne, ligne, TypeConvention.ARRETE)
            signature.envoyer_a_la_signature(m.anne, acte)
            actes.append(acte)
        session.commit()
    with horloge_fixee(PLUS_TARD):
        yield Pile(m, actes, [documents.pdf_acte(a) for a in actes])


def assembler(*morceaux: tuple[bytes, list[int]] | None) -> bytes:
    """One PDF: pages (from 0) of several, None for a blank page."""
    with pikepdf.new() as sortie:
        for morceau in morceaux:
            if morceau is None:
                sortie.add_blank_page()
                continue
            with pikepdf.open(BytesIO(morceau[0])) as lu:
                for rang in morceau[1]:
                    sortie.pages.append(lu.pages[rang])
        tampon = BytesIO()
        sortie.save(tampon)
    return tampon.getvalue()


def pages(octets: bytes) -> list[int]:
    return list(range(len(pypdfium2.PdfDocument(octets))))


def deposer(p: Pile, octets: bytes) -> Scan:
    """Sent, then read by the job as the worker does."""
    scan = service.deposer_scan(p.m.anne, p.m.ligne.financeur, controler("pile.pdf", octets, 30))
    db.session.commit()
    preparer("lire_scan", {"scan_id": scan.id})
    executer("lire_scan", {"scan_id": scan.id})
    db.session.commit()
    return scan


def joindre(acteur: Acteur, scan: Scan) -> int:
    extraits = service.decoupe(scan, scan.lots).couper()
    return service.joindre_lots(acteur, scan, scan.lots, PREFET, extraits)


def test_a_pile_is_read_put_in_order_and_joined(pile: Pile) -> None:
    a, b = pile.pdfs
    scan = deposer(pile, assembler((b, pages(b)), (a, pages(a))))
    assert scan.etat is EtatScan.LU and scan.pages == len(pages(a)) + len(pages(b))
    assert [x.convention_id for x in scan.lots] == [pile.actes[1].id, pile.actes[0].id]
    assert not any(x.absentes or x.message for x in scan.lots)
    assert joindre(pile.m.anne, scan) == 2
    for acte, pdf in zip(pile.actes, pile.pdfs, strict=True):
        assert acte.etat is EtatConvention.SIGNEE
        [copie] = acte.copies
        assert copie.code_lu and copie.financeur_nom == "Le sous-préfet"
        assert copie.signee_le == SIGNE_LE and pile.m.anne.utilisateur_id == copie.deposee_par_id
        assert copie.fichier.nom == f"acte-{acte.numero}-signe.pdf"
        assert pages(pdf)
    assert joindre(pile.m.anne, scan) == 0
    assert all(len(a.copies) == 1 for a in pile.actes)


def test_a_second_click_reads_again_what_the_first_did(pile: Pile) -> None:
    """Both parties may be archived again on a signed act: only the lot tells that it is done."""
    scan = deposer(pile, assembler((pile.pdfs[0], pages(pile.pdfs[0]))))
    [lot] = scan.lots
    extraits = service.decoupe(scan, scan.lots).couper()
    assert service.joindre_lots(pile.m.anne, scan, [lot], PREFET, extraits) == 1
    db.session.commit()
    premiere = lot.copie_id
    set_committed_value(lot, "copie_id", None)  # as the second request read it
    assert service.joindre_lots(pile.m.anne, scan, [lot], PREFET, extraits) == 0
    assert lot.copie_id == premiere and len(pile.actes[0].copies) == 1


def test_pages_ordered_otherwise_meanwhile_are_not_joined(pile: Pile) -> None:
    scan = deposer(pile, assembler((pile.pdfs[0], pages(pile.pdfs[0])), None))
    connu, blanche = scan.lots
    extraits = service.decoupe(scan, [connu]).couper()
    service.attribuer_pages(pile.m.anne, blanche, pile.actes[0].numero)
    assert service.joindre_lots(pile.m.anne, scan, [connu], PREFET, extraits) == 0
    assert "entre-temps" in connu.message and pile.actes[0].copies == []


def test_a_page_that_is_missing_is_told_and_given_by_hand(pile: Pile) -> None:
    """The code of the last page is hidden: the page is set apart, the officer says what it is."""
    a = pile.pdfs[0]
    debut = pages(a)[:-1]
    scan = deposer(pile, assembler((a, debut), None))
    connu, inconnu = scan.lots
    assert connu.absentes == [len(debut) + 1] and inconnu.convention is None
    assert joindre(pile.m.anne, scan) == 0
    assert "manque" in connu.message
    with pytest.raises(Invalide):
        service.attribuer_pages(pile.m.anne, inconnu, "2027-999")
    with pytest.raises(Conflit):
        service.attribuer_pages(pile.m.anne, inconnu, pile.actes[0].numero, version=9)
    service.attribuer_pages(pile.m.anne, inconnu, f" {pile.actes[0].numero} ")
    db.session.commit()
    db.session.refresh(scan)
    [tout] = scan.lots
    assert tout.pages == [*range(1, len(debut) + 2)] and not tout.absentes
    assert joindre(pile.m.anne, scan) == 1
    with pytest.raises(PasLeMoment):
        service.attribuer_pages(pile.m.anne, tout, pile.actes[1].numero)


def test_one_refusal_stops_nothing_else(pile: Pile) -> None:
    m = pile.m
    a, b = pile.pdfs
    with horloge_fixee(PRINTEMPS):
        signature.renvoyer_en_projet(m.anne, pile.actes[0], "À corriger.")
        pile.actes[0].objet = "Autre chose"
        signature.envoyer_a_la_signature(m.anne, pile.actes[0])
    scan = deposer(pile, assembler((a, pages(a)), (b, pages(b))))
    assert "ancien texte" in scan.lots[0].message
    assert joindre(m.anne, scan) == 1
    assert pile.actes[0].etat is EtatConvention.SIGNATURE_FINANCEUR
    assert pile.actes[1].etat is EtatConvention.SIGNEE
    assert "ancien texte" in scan.lots[0].message and not scan.lots[0].copie_id
    with pytest.raises(PasLeMoment, match="code d’un acte"):  # nor by hand
        service.attribuer_pages(m.anne, scan.lots[0], pile.actes[0].numero)


def test_the_acts_of_another_funder_say_nothing(pile: Pile, session: Any) -> None:
    contrat = pile.m.ligne.dossier.campagne.contrat
    ailleurs = f.financeur(contrat, "ville", "La ville")
    luc = f.acteur(f.agent(RoleHabilitation.FINANCE, contrat, ailleurs, "Luc"))
    session.commit()
    a = pile.pdfs[0]
    with pytest.raises(Interdit):
        service.deposer_scan(luc, pile.m.ligne.financeur, controler("p.pdf", a, 30))
    scan = service.deposer_scan(luc, ailleurs, controler("p.pdf", a, 30))
    session.commit()
    preparer("lire_scan", {"scan_id": scan.id})
    executer("lire_scan", {"scan_id": scan.id})
    [lot] = scan.lots
    assert lot.convention is None and pile.actes[0].numero not in lot.message
    with pytest.raises(PasLeMoment, match="code d’un acte"):
        service.attribuer_pages(luc, lot, pile.actes[0].numero)
    with pytest.raises(Interdit):
        joindre(pile.m.anne, scan)


def test_a_scan_that_nobody_can_read(pile: Pile, session: Any) -> None:
    scan = deposer(pile, assembler(None, None))
    assert scan.etat is EtatScan.LU
    assert [(x.pages, x.convention) for x in scan.lots] == [([1, 2], None)]
    service.ecarter_pages(pile.m.anne, scan.lots[0])
    assert list(session.scalars(select(LotPages))) == []
    with pytest.raises(Invalide, match="seul PDF"):
        service.deposer_scan(pile.m.anne, pile.m.ligne.financeur, controler("p.png", _png(), 30))


def _png() -> bytes:
    page = pypdfium2.PdfDocument(assembler(None))[0]
    tampon = BytesIO()
    page.render().to_pil().save(tampon, "PNG")
    return tampon.getvalue()


def test_through_the_pages(client: FlaskClient, app: Any, pile: Pile, session: Any) -> None:
    a, b = pile.pdfs
    octets = assembler((a, pages(a)), None, (b, pages(b)))
    anne = connecter(client, pile.m.anne)
    assert "Aucun document" in anne.get("/finance/scans").text
    financeur = str(pile.m.ligne.financeur_id)
    vide = anne.post("/finance/scans", data={"financeur": financeur})
    assert vide.status_code == 422 and "Choisissez un document" in vide.text
    envoi = anne.post(
        "/finance/scans", data={"financeur": financeur, "fichier": (BytesIO(octets), "pile.pdf")}
    )
    assert envoi.status_code == 303
    page = envoi.location
    assert "en cours de lecture" in anne.get(page).text
    scan_id = session.scalars(select(Scan.id)).one()
    preparer("lire_scan", {"scan_id": scan_id})
    executer("lire_scan", {"scan_id": scan_id})
    session.commit()
    lue = anne.get(page).text
    assert lue.count(" checked>") == 2 and "Pages sans acte" in lue
    lots = list(session.scalars(select(LotPages).order_by(LotPages.rang)))
    vue = anne.get(f"/finance/pages-numerisees/{lots[0].id}.pdf")
    assert vue.data.startswith(b"%PDF") and len(pages(vue.data)) == len(pages(a))
    faux = anne.post(
        f"/finance/pages-numerisees/{lots[1].id}/acte", data={"numero": "2027-999", "version": "1"}
    )
    assert faux.status_code == 422 and "Aucun acte" in faux.text
    saisie = {"partie": "financeur", "signee_le": "18/03/2027", "accord": "y"}
    joindre = f"{page}/joindre"
    assert "Cochez au moins un acte" in anne.post(joindre, data=saisie).text
    ids = [str(lots[0].id), str(lots[2].id), "²", "999999"]
    oubli = anne.post(joindre, data={**saisie, "lots": ids})
    assert oubli.status_code == 422 and "qui a signé pour le financeur" in oubli.text
    assert oubli.text.count(" checked>") >= 2
    fait = anne.post(joindre, data={**saisie, "financeur_nom": "Le sous-préfet", "lots": ids})
    assert fait.status_code == 303
    assert "2 exemplaires joints" in anne.get(page).text
    numeros = [x.id for x in lots]
    codes = [
        anne.post(f"/finance/pages-numerisees/{n}/ecarter").status_code
        for n in (numeros[1], numeros[1], numeros[0])
    ]
    assert codes == [303, 404, 409]
    assert "Pages sans acte" not in anne.get(page).text
    session.expire_all()
    assert {x.etat for x in pile.actes} == {EtatConvention.SIGNEE}
    sam: Acteur = pile.m.sam
    autre = connecter(app.test_client(), sam)
    for adresse in (page, "/finance/scans", f"/finance/pages-numerisees/{numeros[0]}.pdf"):
        assert autre.get(adresse).status_code == 403
