"""Avenants signed on paper: code on each page, signed copies, piles that mix acts and avenants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from aap import documents
from aap.domaine.code_acte import CodeActe, lire_code, lire_numero, ranger_pages
from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import a_paris, horloge_fixee
from aap.extensions import db
from aap.models import Avenant, Courriel, Evenement, LotPages, PartieSignataire
from aap.pieces.controle import controler
from aap.pieces.qr import lire_codes
from aap.services import avenant as service
from aap.services import copie_signee as copies
from aap.services import scan as scans
from aap.services.journal import verifier_journal
from aap.taches.campagnes import relancer_signatures
from aap.taches.registre import executer, preparer
from tests.integration.test_avenants import convention_de, ruptures, saisir
from tests.integration.test_copies_signees import _texte, exemplaire, numeriser
from tests.integration.test_pages_finance import connecter, poster
from tests.integration.test_scans import assembler, pages
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde
from workflows.avenant import EtatAvenant

P = PartieSignataire
PLUS_TARD = PRINTEMPS + timedelta(days=6)
LE_20 = date(2027, 3, 20)


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
    with horloge_fixee(PLUS_TARD):
        yield m


def envoye(m: Monde) -> Avenant:
    """An avenant of a convention in force, sent to its porteur."""
    with horloge_fixee(PRINTEMPS):
        avenant = service.preparer_avenant(m.anne, convention_de(m), saisir((2027, 9_000_00)))
        service.envoyer_a_la_signature(m.anne, avenant)
    db.session.commit()
    return avenant


@pytest.mark.une_base
def test_an_avenant_is_no_act_of_the_same_id() -> None:
    acte, avenant = "https://x/actes/7-0123456789abcdef", "https://x/avenants/7-0123456789abcdef"
    lu = lire_code(f"{avenant}#2/2")
    assert lu == CodeActe(7, "0123456789abcdef", 2, 2, avenant=True)
    trouves, illisibles = ranger_pages([[f"{acte}#1/1"], [f"{avenant}#1/2"], [f"{avenant}#2/2"]])
    assert [(e.code.avenant, e.pages) for e in trouves] == [(False, [1]), (True, [2, 3])]
    assert ranger_pages([[f"{acte}#1/1", f"{avenant}#1/2"]]) == ([], [1]) and not illisibles


@pytest.mark.une_base
@pytest.mark.parametrize(
    ("texte", "voulu"),
    [
        (" 2027-012 ", ("2027-012", None)),
        ("2027-012 avenant 1", ("2027-012", 1)),
        ("2027-012, Avenant n° 12", ("2027-012", 12)),
        ("2027-012-avenant-2", ("2027-012-avenant-2", None)),
        ("avenant 1", ("avenant 1", None)),
        ("2027-012 avenant", ("2027-012 avenant", None)),
        ("2027-012 avenant ²", ("2027-012 avenant ²", None)),
    ],
)
def test_numbers_are_typed_as_they_are_said(texte: str, voulu: tuple[str, int | None]) -> None:
    assert lire_numero(texte) == voulu


def test_both_sign_on_paper_and_the_effects_follow(monde: Monde) -> None:
    m = monde
    avenant = envoye(m)
    octets = documents.pdf_avenant(avenant)
    scan = numeriser(octets)
    empreinte = (avenant.sha256 or "")[:16]
    lus = [lire_code(c) for [c] in lire_codes("application/pdf", [scan])]
    n = len(pages(octets))
    assert lus == [CodeActe(avenant.id, empreinte, i, n, avenant=True) for i in range(1, n + 1)]
    with pytest.raises(Interdit):
        copies.signer_sur_papier(m.anne, avenant, exemplaire(scan))
    with pytest.raises(Conflit):
        copies.signer_sur_papier(m.sam, avenant, exemplaire(scan), version=avenant.version + 1)
    copie = copies.signer_sur_papier(m.sam, avenant, exemplaire(scan), version=avenant.version)
    assert avenant.etat is EtatAvenant.SIGNATURE_FINANCEUR and copie.code_lu
    assert avenant.papier_porteur is copie and copie.convention is None
    with pytest.raises(PasLeMoment):
        copies.signer_sur_papier(m.sam, avenant, exemplaire(scan))
    with pytest.raises(Interdit):
        copies.joindre_exemplaire(m.sam, avenant, exemplaire(scan, P.FINANCEUR))
    copies.joindre_exemplaire(m.anne, avenant, exemplaire(scan, P.FINANCEUR, signee_le=LE_20))
    assert avenant.etat is EtatAvenant.SIGNE and avenant.signe_le == LE_20
    assert avenant.convention.tranches[0].montant == m.ligne.montant_vote == 9_000_00
    assert avenant.signature_porteur_le is not None
    assert a_paris(avenant.signature_porteur_le).date() == date(2027, 3, 18)
    assert "avenant_signe" in set(db.session.scalars(select(Courriel.modele)))
    texte = _texte(documents.pdf_avenant(avenant))
    assert texte.count("Signé sur papier le") == 2 and "Maryse Ndiaye" in texte
    assert "Signé électroniquement" not in texte
    archive = copies.joindre_exemplaire(m.anne, avenant, exemplaire(scan, P.DEUX))
    assert not archive.signature and avenant.papier_porteur is copie
    assert avenant.convention.copies == []
    preuves = list(
        db.session.scalars(
            select(Evenement).where(Evenement.entite == "avenant").order_by(Evenement.rang)
        )
    )
    papiers = [e.donnees.get("papier") for e in preuves if "papier" in e.donnees]
    assert papiers == [c.fichier.sha256 for c in avenant.copies]
    db.session.commit()
    assert verifier_journal()[1] is None and ruptures() == []


def test_officer_records_both_signatures_at_once(monde: Monde) -> None:
    avenant = envoye(monde)
    scan = numeriser(documents.pdf_avenant(avenant))
    assert copies.parties_possibles(avenant) == [P.PORTEUR, P.DEUX]
    copie = copies.joindre_exemplaire(monde.anne, avenant, exemplaire(scan, P.DEUX))
    assert avenant.etat is EtatAvenant.SIGNE and avenant.papier_financeur is copie
    actes = set(db.session.scalars(select(Evenement.acte).where(Evenement.entite == "avenant")))
    assert "avenant.constater_signature_porteur" in actes
    assert "avenant.signer_porteur" not in actes, "the officer did it, not the porteur"


def test_signatories_are_reminded_until_they_sign(monde: Monde, session: Any) -> None:
    m = monde
    avenant = envoye(m)
    rappels = select(Courriel).where(Courriel.modele == "signature_rappel")
    relancer_signatures()
    assert not list(session.scalars(rappels)), "seven days to sign first"
    with horloge_fixee(PRINTEMPS + timedelta(days=8)):
        relancer_signatures()
    [rappel] = session.scalars(rappels)
    assert rappel.utilisateur_id == m.sam.utilisateur_id
    assert f"/porteur/avenants/{avenant.id}" in rappel.texte
    assert "attend votre signature" in rappel.sujet.replace("\u00a0", " ")
    scan = numeriser(documents.pdf_avenant(avenant))
    copies.signer_sur_papier(m.sam, avenant, exemplaire(scan))
    with horloge_fixee(PRINTEMPS + timedelta(days=30)):
        relancer_signatures()
    assert len(list(session.scalars(rappels))) == 1


def test_papers_of_another_text_or_of_the_convention_are_refused(monde: Monde) -> None:
    m = monde
    avenant = envoye(m)
    scan = numeriser(documents.pdf_avenant(avenant))
    papier = exemplaire(scan)
    acte = avenant.convention
    with pytest.raises(Invalide) as refus:
        copies.joindre_exemplaire(m.anne, acte, replace(papier, partie=P.DEUX))
    assert f"l’acte n° {acte.numero}" in refus.value.problemes[0].message
    convention = [[f"https://x/actes/{acte.id}-{(acte.sha256 or '')[:16]}#1/1"]]
    for faux, phrase in (
        ({"codes": convention}, f"l’avenant n° 1 à la convention n° {acte.numero}"),
        ({"signee_le": date(2027, 3, 14)}, "préparation de l’avenant"),
        ({"signee_le": date(2027, 3, 22)}, "pas encore venue"),
        ({"porteur_nom": ""}, "qui a signé pour le porteur"),
    ):
        with pytest.raises(Invalide) as refus:
            copies.joindre_exemplaire(m.anne, avenant, replace(papier, **faux))
        assert phrase in refus.value.problemes[0].message
    copies.joindre_exemplaire(m.anne, avenant, papier)
    service.renvoyer_en_projet(m.anne, avenant, "Le montant est faux.")
    [retiree] = avenant.copies
    assert retiree.retiree_le is not None and copies.parties_possibles(avenant) == []
    service.modifier_avenant(m.anne, avenant, saisir((2027, 9_500_00)))
    service.envoyer_a_la_signature(m.anne, avenant)
    with pytest.raises(Invalide) as refus:
        copies.joindre_exemplaire(m.anne, avenant, papier)
    assert "ancien texte de l’avenant" in refus.value.problemes[0].message
    service.signer_porteur(m.sam, avenant)
    assert avenant.papier_porteur is None


def test_a_paper_is_of_one_act_or_of_one_avenant(monde: Monde, session: Any) -> None:
    avenant = envoye(monde)
    copie = copies.joindre_exemplaire(
        monde.anne, avenant, exemplaire(numeriser(documents.pdf_avenant(avenant)))
    )
    session.commit()
    for convention, autre in ((avenant.convention, avenant), (None, None)):
        copie.convention, copie.avenant = convention, autre
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_pile_mixes_acts_and_avenants(monde: Monde, session: Any) -> None:
    m = monde
    avenant = envoye(m)
    acte = avenant.convention
    a, b = documents.pdf_acte(acte), documents.pdf_avenant(avenant)
    pile = assembler((b, pages(b)), None, (a, pages(a)))
    scan = scans.deposer_scan(m.anne, acte.financeur, controler("pile.pdf", pile, 30))
    session.commit()
    preparer("lire_scan", {"scan_id": scan.id})
    executer("lire_scan", {"scan_id": scan.id})
    un, blanche, deux = scan.lots
    assert (un.objet, blanche.objet, deux.objet) == (avenant, None, acte)
    assert un.acte is acte and not un.absentes
    with pytest.raises(Invalide):
        scans.attribuer_pages(m.anne, blanche, f"{acte.numero} avenant 2")
    assert scans.attribuer_pages(m.anne, blanche, f"{acte.numero} avenant 1") is avenant
    session.commit()
    session.refresh(scan)
    un, deux = scan.lots
    assert un.pages == [*range(1, len(pages(b)) + 2)]
    modele = scans.Modele(P.DEUX, LE_20, "Le sous-préfet")
    extraits = scans.decoupe(scan, scan.lots).couper()
    assert scans.joindre_lots(m.anne, scan, scan.lots, modele, extraits) == 2
    assert avenant.etat is EtatAvenant.SIGNE and avenant.signe_le == LE_20
    [copie] = avenant.copies
    assert copie.fichier.nom == f"acte-{acte.numero}-avenant-1-signe.pdf" and copie.code_lu
    assert [c.signature for c in acte.copies] == [False]


# Each file sent is opened by two other processes: slow on a machine that does much else.
@pytest.mark.timeout(300)
def test_through_the_pages(client: FlaskClient, app: Any, monde: Monde, session: Any) -> None:
    m = monde
    avenant = envoye(m)
    numero = avenant.convention.numero
    scan = numeriser(documents.pdf_avenant(avenant))
    session.commit()
    sam = connecter(client, m.sam)
    fiche = f"/porteur/avenants/{avenant.id}"
    url = f"{fiche}/papier"
    assert url in sam.get(fiche).text
    page = sam.get(url).text
    assert f"Imprimez l’avenant n° 1 à la convention n° {numero}" in page
    assert "Ce document est l’avenant en entier" in page
    saisie = {"porteur_nom": "Maryse Ndiaye", "signee_le": "18/03/2027"}
    oubli = poster(sam, url, avenant, **saisie, fichier=(BytesIO(scan), "avenant.pdf"))
    assert oubli.status_code == 422 and "est déjà arrivé" in oubli.text
    envoi = oubli.text.split('name="envoi"')[1].split('value="')[1].split('"')[0]
    assert poster(sam, url, avenant, **saisie, accord="y", envoi=envoi).status_code == 303
    double = poster(sam, url, avenant, **saisie, accord="y", envoi=envoi)
    assert double.status_code == 409 and "n’attend pas votre signature" in double.text
    vue = sam.get(fiche).text.replace("\u00a0", " ")
    assert "Maryse Ndiaye, sur papier, le 18 mars 2027" in vue
    copie_id = avenant.copies[0].fichier_id
    assert sam.get(f"/fichiers/{copie_id}").status_code == 200
    anne = connecter(app.test_client(), m.anne)
    page = f"/finance/avenants/{avenant.id}/exemplaire"
    assert page in anne.get(f"/finance/avenants/{avenant.id}").text
    assert "Avenant n° 1" in anne.get(page).text
    fait = poster(
        anne,
        page,
        avenant,
        partie="financeur",
        financeur_nom="Le sous-préfet",
        signee_le="20/03/2027",
        accord="y",
        fichier=(BytesIO(scan), "avenant.pdf"),
    )
    assert fait.status_code == 303 and fait.location == f"/finance/avenants/{avenant.id}"
    session.expire_all()
    assert avenant.etat is EtatAvenant.SIGNE
    code = f"/avenants/{avenant.id}-{(avenant.sha256 or '')[:16]}"
    assert anne.get(code).location == f"/finance/avenants/{avenant.id}"
    assert sam.get(code).location == fiche
    ancien = sam.get(f"/avenants/{avenant.id}-{'0' * 16}", follow_redirects=True)
    assert "ancien texte de cet avenant" in ancien.text
    assert app.test_client().get(code).status_code == 303
    assert anne.get(f"/fichiers/{copie_id}").status_code == 200


def test_the_page_of_a_pile_shows_its_avenants(
    client: FlaskClient, monde: Monde, session: Any
) -> None:
    avenant = envoye(monde)
    b = documents.pdf_avenant(avenant)
    financeur = avenant.convention.financeur
    scan = scans.deposer_scan(
        monde.anne, financeur, controler("p.pdf", assembler((b, pages(b)), None), 30)
    )
    scans.noter_lecture(scan, [*lire_codes("application/pdf", [b]), []])
    session.commit()
    anne = connecter(client, monde.anne)
    page = f"/finance/scans/{scan.id}"
    vue = anne.get(page).text
    assert f"n° {avenant.convention.numero}, avenant n° 1" in vue
    assert f"Joindre l’avenant n° 1 à la convention n° {avenant.convention.numero}" in vue
    lots = list(session.scalars(select(LotPages).order_by(LotPages.rang)))
    assert anne.post(f"/finance/pages-numerisees/{lots[0].id}/ecarter").status_code == 409
    range_avec = anne.post(
        f"/finance/pages-numerisees/{lots[1].id}/acte",
        data={"numero": f"{avenant.convention.numero} avenant 1", "version": "1"},
    )
    assert range_avec.status_code == 303
    assert "rangées avec l’avenant n° 1 à la convention" in anne.get(page).text
    joints = anne.post(
        f"{page}/joindre",
        data={
            "partie": "deux",
            "signee_le": "20/03/2027",
            "accord": "y",
            "financeur_nom": "Le préfet",
            "lots": [str(lots[0].id)],
        },
    )
    assert joints.status_code == 303 and "1 exemplaire joint" in anne.get(page).text
    session.expire_all()
    assert avenant.etat is EtatAvenant.SIGNE
