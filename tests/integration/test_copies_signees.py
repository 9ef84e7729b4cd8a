"""Acts signed on paper: the code on each page, the signed copy, its date, what it brings about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageFilter
from sqlalchemy import select

from aap import documents
from aap.domaine.code_acte import CodeActe, lire_code, ranger_pages
from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import a_paris, horloge_fixee
from aap.extensions import db
from aap.models import (
    Convention,
    CopieSignee,
    Courriel,
    Evenement,
    PartieSignataire,
    TypeConvention,
)
from aap.pieces.controle import controler
from aap.pieces.qr import LectureImpossible, lire_codes
from aap.services import convention as conventions
from aap.services import copie_signee as copies
from aap.services import signature
from aap.services.journal import verifier_journal
from aap.taches.campagnes import relancer_signatures
from tests.integration.test_pages_finance import connecter, poster
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, notifier
from workflows.convention import EtatConvention
from workflows.tranche import EtatTranche

P = PartieSignataire
SIGNE_LE = date(2027, 3, 18)
PLUS_TARD = PRINTEMPS + timedelta(days=6)


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
    with horloge_fixee(PLUS_TARD):
        yield m


def envoye(m: Monde, type_acte: TypeConvention | None = TypeConvention.ANNUELLE) -> Convention:
    with horloge_fixee(PRINTEMPS):
        notifier(m)
        acte = conventions.preparer_convention(m.anne, m.ligne, type_acte)
        signature.envoyer_a_la_signature(m.anne, acte, version=acte.version)
    db.session.commit()
    return acte


def numeriser(octets: bytes, *, angle: float = 1.5, finesse: int = 150) -> bytes:
    """The printed pages as a scanner gives them: pictures, a little crooked and blurred."""
    images = []
    for page in pypdfium2.PdfDocument(octets):
        image = page.render(scale=finesse / 72).to_pil().convert("L")
        image = image.rotate(angle, fillcolor=255, expand=True)
        images.append(image.filter(ImageFilter.GaussianBlur(0.6)))
    sortie = BytesIO()
    images[0].save(sortie, "PDF", save_all=True, append_images=images[1:], resolution=finesse)
    return sortie.getvalue()


def exemplaire(octets: bytes, partie: P = P.PORTEUR, **autres: Any) -> copies.Exemplaire:
    controle = controler("acte signé.pdf", octets, 30)
    champs = {"porteur_nom": "Maryse Ndiaye", "financeur_nom": "Le sous-préfet", **autres}
    codes = lire_codes(controle.type_mime, [octets])
    return copies.Exemplaire(
        controle, partie, champs.pop("signee_le", SIGNE_LE), **champs, codes=codes
    )


def test_each_page_bears_the_act_its_text_and_its_rank(monde: Monde) -> None:
    acte = envoye(monde)
    scan = numeriser(documents.pdf_acte(acte))
    pages = lire_codes("application/pdf", [scan])
    assert len(pages) > 1 and all(len(p) == 1 for p in pages)
    lus = [lire_code(p[0]) for p in pages]
    empreinte = (acte.sha256 or "")[:16]
    assert lus == [CodeActe(acte.id, empreinte, n, len(pages)) for n in range(1, len(pages) + 1)]


def test_its_signatory_is_reminded_after_a_week(monde: Monde, session: Any) -> None:
    acte = envoye(monde)
    relancer_signatures()
    with horloge_fixee(PRINTEMPS + timedelta(days=8)):
        relancer_signatures()
    [rappel] = session.scalars(select(Courriel).where(Courriel.modele == "signature_rappel"))
    assert f"/porteur/conventions/{acte.id}" in rappel.texte


def test_a_draft_bears_no_code(monde: Monde) -> None:
    notifier(monde)
    acte = conventions.preparer_convention(monde.anne, monde.ligne, TypeConvention.ANNUELLE)
    assert not any(lire_codes("application/pdf", [documents.pdf_acte(acte)]))


@pytest.mark.une_base
def test_pages_of_a_pile_are_put_back_together() -> None:
    a, b = "https://x.fr/actes/7-0123456789abcdef", "https://x.fr/actes/8-fedcba9876543210"
    pile = [[f"{a}#1/3"], [f"{b}#1/1"], [], [f"{a}#3/3"], [f"{a}#1/3"], ["https://x.fr/autre"]]
    trouves, illisibles = ranger_pages(pile)
    assert [(e.code.acte_id, e.pages, e.absentes) for e in trouves] == [
        (7, [1, 4], [2]),
        (8, [2], []),
        (7, [5], [2, 3]),
    ]
    assert illisibles == [3, 6]


@pytest.mark.une_base
@pytest.mark.parametrize(
    "texte",
    [
        "",
        "actes/1-0123456789abcdef",
        "https://x/actes/1-0123",
        "https://x/actes/²-0123456789abcdef",
        "https://x/actes/1-0123456789ABCDEF",
        "https://x/actes/1-0123456789abcdef#1",
    ],
)
def test_other_codes_are_not_ours(texte: str) -> None:
    assert lire_code(texte) is None


@pytest.mark.une_base
def test_what_is_no_picture_is_told() -> None:
    for type_mime, octets in (("application/pdf", b"%PDF-1.4 rien"), ("text/csv", b"a;b")):
        with pytest.raises(LectureImpossible):
            lire_codes(type_mime, [octets])


def test_porteur_signs_on_paper_then_the_funder_too(monde: Monde) -> None:
    m = monde
    acte = envoye(m)
    scan = numeriser(documents.pdf_acte(acte))
    with pytest.raises(Interdit):
        copies.signer_sur_papier(m.anne, acte, exemplaire(scan))
    copie = copies.signer_sur_papier(m.sam, acte, exemplaire(scan), version=acte.version)
    assert acte.etat is EtatConvention.SIGNATURE_FINANCEUR and copie.code_lu
    assert acte.signature_porteur_le and a_paris(acte.signature_porteur_le).date() == SIGNE_LE
    assert acte.papier_porteur is copie and acte.papier_financeur is None
    with pytest.raises(PasLeMoment):
        copies.signer_sur_papier(m.sam, acte, exemplaire(scan))
    le_20 = exemplaire(scan, P.FINANCEUR, signee_le=date(2027, 3, 20))
    copies.joindre_exemplaire(m.anne, acte, le_20, version=acte.version)
    assert acte.etat is EtatConvention.SIGNEE
    assert acte.signee_le and a_paris(acte.signee_le).date() == date(2027, 3, 20)
    assert acte.tranches[0].etat is EtatTranche.FERME
    preuve = db.session.scalars(
        select(Evenement).where(Evenement.acte == "convention.signer_porteur")
    ).one()
    assert preuve.donnees["papier"] == copie.fichier.sha256
    assert preuve.donnees["porteur"] == "Maryse Ndiaye"
    texte = _texte(documents.pdf_acte(acte))
    assert "Signé sur papier le 18 mars 2027" in texte and "Maryse Ndiaye" in texte
    assert "Signé électroniquement" not in texte
    db.session.commit()
    assert verifier_journal()[1] is None


def test_officer_records_both_signatures_at_once(monde: Monde) -> None:
    m = monde
    acte = envoye(m)
    scan = numeriser(documents.pdf_acte(acte))
    copie = copies.joindre_exemplaire(m.anne, acte, exemplaire(scan, P.DEUX))
    assert acte.etat is EtatConvention.SIGNEE
    assert acte.papier_porteur is copie is acte.papier_financeur
    assert copies.joindre_exemplaire(m.anne, acte, exemplaire(scan, P.DEUX)) is copie
    autre = documents.pdf_acte(acte)
    archive = copies.joindre_exemplaire(m.anne, acte, exemplaire(autre, P.DEUX))
    assert not archive.signature and acte.papier_porteur is copie
    assert len(acte.copies) == 2


def test_an_arrete_is_signed_by_the_funder_alone(monde: Monde) -> None:
    acte = envoye(monde, TypeConvention.ARRETE)
    scan = numeriser(documents.pdf_acte(acte))
    assert copies.parties_possibles(acte) == [P.FINANCEUR]
    with pytest.raises(PasLeMoment):
        copies.joindre_exemplaire(monde.anne, acte, exemplaire(scan, P.DEUX))
    copies.joindre_exemplaire(monde.anne, acte, exemplaire(scan, P.FINANCEUR))
    assert acte.etat is EtatConvention.SIGNEE and copies.parties_possibles(acte) == [P.FINANCEUR]


def test_papers_that_prove_nothing_are_refused(monde: Monde) -> None:
    m = monde
    acte = envoye(m)
    scan = numeriser(documents.pdf_acte(acte))
    for faux, champ in (
        ({"signee_le": date(2027, 3, 22)}, "signee_le"),
        ({"signee_le": date(2027, 3, 14)}, "signee_le"),
        ({"porteur_nom": " "}, "porteur_nom"),
    ):
        with pytest.raises(Invalide) as refus:
            copies.joindre_exemplaire(m.anne, acte, exemplaire(scan, **faux))
        assert [p.champ for p in refus.value.problemes] == [champ]
    with pytest.raises(Conflit):
        copies.joindre_exemplaire(m.anne, acte, exemplaire(scan), version=acte.version + 1)
    signature.renvoyer_en_projet(m.anne, acte, "Le budget a changé.")
    with pytest.raises(PasLeMoment):
        copies.joindre_exemplaire(m.anne, acte, exemplaire(scan))
    acte.objet = "Un autre objet"
    signature.envoyer_a_la_signature(m.anne, acte)
    with pytest.raises(Invalide, match="exemplaire signé") as refus:
        copies.joindre_exemplaire(m.anne, acte, exemplaire(scan))
    assert "ancien texte" in refus.value.problemes[0].message
    assert not acte.copies and acte.etat is EtatConvention.SIGNATURE_PORTEUR


def test_a_text_sent_back_undoes_the_paper(monde: Monde) -> None:
    """The same text sent again is not signed by the former paper: the click that follows counts."""
    m = monde
    acte = envoye(m)
    scan = numeriser(documents.pdf_acte(acte))
    copies.joindre_exemplaire(m.anne, acte, exemplaire(scan))
    signature.renvoyer_en_projet(m.anne, acte, "À relire.")
    signature.envoyer_a_la_signature(m.anne, acte)
    signature.signer_porteur(m.sam, acte)
    assert acte.papier_porteur is None and len(acte.copies) == 1
    assert "Signé électroniquement" in _texte(documents.pdf_acte(acte))


def test_another_act_is_recognised(monde: Monde) -> None:
    acte = envoye(monde)
    x = exemplaire(numeriser(documents.pdf_acte(acte)))
    autre = [[p[0].replace(f"actes/{acte.id}-", "actes/999-")] for p in x.codes]
    faux = copies.Exemplaire(x.controle, x.partie, x.signee_le, "Maryse", codes=autre)
    with pytest.raises(Invalide) as refus:
        copies.joindre_exemplaire(monde.anne, acte, faux)
    assert "autre acte" in refus.value.problemes[0].message


def test_a_paper_without_readable_code_is_taken_and_said(monde: Monde) -> None:
    acte = envoye(monde)
    image = BytesIO()
    Image.new("L", (1200, 1600), 255).save(image, "JPEG")
    x = copies.Exemplaire(
        controler("photo.jpg", image.getvalue(), 30), P.PORTEUR, SIGNE_LE, "Maryse"
    )
    assert not copies.joindre_exemplaire(monde.anne, acte, x).code_lu


# Each file sent is opened by two other processes: slow on a machine that does much else.
@pytest.mark.timeout(300)
def test_through_the_pages(client: FlaskClient, app: Any, monde: Monde, session: Any) -> None:
    m = monde
    acte = envoye(m)
    scan = numeriser(documents.pdf_acte(acte))
    session.commit()
    sam = connecter(client, m.sam)
    url = f"/porteur/conventions/{acte.id}/papier"
    assert url in sam.get(f"/porteur/conventions/{acte.id}").text
    assert "Imprimez l’acte" in sam.get(url).text
    saisie = {"porteur_nom": "Maryse Ndiaye", "signee_le": "18/03/2027"}
    vide = poster(sam, url, acte, **saisie, accord="y")
    assert vide.status_code == 422 and "Choisissez un document" in vide.text
    oubli = poster(sam, url, acte, **saisie, fichier=(BytesIO(scan), "acte.pdf"))
    assert oubli.status_code == 422 and "est déjà arrivé" in oubli.text
    envoi = oubli.text.split('name="envoi"')[1].split('value="')[1].split('"')[0]
    trop_tot = poster(
        sam, url, acte, **{**saisie, "signee_le": "01/01/2027"}, accord="y", envoi=envoi
    )
    assert trop_tot.status_code == 422 and "antérieure" in trop_tot.text
    fait = poster(sam, url, acte, **saisie, accord="y", envoi=envoi)
    assert fait.status_code == 303
    assert poster(sam, url, acte, **saisie, accord="y", envoi=envoi).status_code == 409
    vue = sam.get(f"/porteur/conventions/{acte.id}").text
    assert "Maryse Ndiaye, sur papier, le 18 mars 2027" in vue.replace("\u00a0", " ")
    fichier_id = session.scalars(select(CopieSignee.fichier_id)).one()
    assert sam.get(f"/fichiers/{fichier_id}").status_code == 200
    anne = connecter(app.test_client(), m.anne)
    page = f"/finance/conventions/{acte.id}/exemplaire"
    assert page in anne.get(f"/finance/conventions/{acte.id}").text
    for _ in range(2):  # a second click finds the paper joined
        fait = poster(
            anne,
            page,
            acte,
            partie="financeur",
            financeur_nom="Le sous-préfet",
            signee_le="20/03/2027",
            accord="y",
            fichier=(BytesIO(scan), "acte.pdf"),
        )
        assert fait.status_code == 303
    session.expire_all()
    assert acte.etat is EtatConvention.SIGNEE and len(acte.copies) == 2
    assert "le sous-préfet, sur papier" in anne.get(f"/finance/conventions/{acte.id}").text.lower()
    code = f"/actes/{acte.id}-{(acte.sha256 or '')[:16]}"
    assert anne.get(code).location == f"/finance/conventions/{acte.id}"
    assert sam.get(code).location == f"/porteur/conventions/{acte.id}"
    ancien = sam.get(f"/actes/{acte.id}-{'0' * 16}", follow_redirects=True)
    assert "ancien texte" in ancien.text
    assert app.test_client().get(code).status_code == 303


def _texte(octets: bytes) -> str:
    pages = pypdfium2.PdfDocument(octets)
    lu = " ".join(p.get_textpage().get_text_bounded() for p in pages)
    return " ".join(lu.replace("\u00a0", " ").split())
