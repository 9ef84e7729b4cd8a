"""Who reads a file, and who reads what is not handed in yet."""

from __future__ import annotations

import io
import resource
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from flask import Flask

from aap.domaine.erreurs import Invalide
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import Commune, PieceBilan, PieceDossier, PieceOrganisme, TypePiece, Utilisateur
from aap.permissions import Acteur, charger_acteur, may
from aap.pieces.controle import controler
from aap.services import bilan as bilans
from aap.services.bilan import joindre_piece_bilan
from aap.services.depot import repondre_complements, transmettre
from aap.services.dossier import joindre_piece, retirer_piece
from aap.services.habilitation import Perimetre, habiliter
from aap.services.organisme import deposer_piece, retirer_piece_organisme
from aap.services.recevabilite import demander_complements
from tests.integration.test_pages_finance import connecter
from tests.outils_copil import R, habilite
from tests.outils_instruction import dans
from tests.outils_porteur import Decor, connecte, dossier_complet, personne, planter
from tests.parcours.test_argent import (
    BILAN,
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    remplir,
)


def pdf(titre: str) -> bytes:
    """A page whose bytes depend on its title."""
    tampon = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Title"] = titre
        document.save(tampon)
    return tampon.getvalue()


@pytest.fixture
def decor(session: Any) -> Decor:
    return planter()


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def _instructeur(decor: Decor) -> Acteur:
    ines = personne("Ines")
    habilite(ines, R.INSTRUCTEUR, decor.contrat, decor.etat)
    return charger_acteur(ines)


def _lit(acteur: Acteur, piece: PieceDossier | PieceOrganisme | PieceBilan) -> bool:
    db.session.flush()
    return bool(may(acteur, "fichier.lire", piece.fichier))


def test_a_file_taken_off_a_draft_is_never_read_by_agents(decor: Decor) -> None:
    dossier, ines = dossier_complet(decor), _instructeur(decor)
    erreur = joindre_piece(decor.acteur, dossier, "paie.pdf", pdf("paie"), "Fiche de paie")
    bonne = joindre_piece(decor.acteur, dossier, "devis.pdf", pdf("devis"), "Devis")
    retirer_piece(decor.acteur, dossier, erreur)
    assert not _lit(ines, bonne)  # nothing is transmitted yet
    transmettre(decor.acteur, dossier)
    assert not _lit(ines, erreur)
    assert _lit(ines, bonne)
    assert _lit(decor.acteur, erreur)


def test_a_file_that_was_deposited_stays_readable_after_its_withdrawal(decor: Decor) -> None:
    dossier, ines = dossier_complet(decor), _instructeur(decor)
    piece = joindre_piece(decor.acteur, dossier, "devis.pdf", pdf("devis"), "Devis")
    transmettre(decor.acteur, dossier)
    demander_complements(ines, dossier, "Un devis signé.", ["Devis"], dans(10), bloquante=True)
    retirer_piece(decor.acteur, dossier, piece)
    repondre_complements(decor.acteur, dossier, "Sans objet.", reponses=["Il n’y en a plus."])
    assert _lit(ines, piece)


def test_a_paper_taken_out_of_the_vault_before_any_deposit_is_private(decor: Decor) -> None:
    dossier, ines = dossier_complet(decor), _instructeur(decor)
    ote = deposer_piece(decor.acteur, decor.organisme, TypePiece.AUTRE, "x.pdf", pdf("x"))
    garde = deposer_piece(decor.acteur, decor.organisme, TypePiece.RIB, "rib.pdf", pdf("rib"))
    retirer_piece_organisme(decor.acteur, decor.organisme, ote)
    transmettre(decor.acteur, dossier)
    assert not _lit(ines, ote)
    assert _lit(ines, garde)


def test_the_vault_is_closed_to_those_whose_perimeter_holds_no_dossier(decor: Decor) -> None:
    ailleurs = Commune(contrat=decor.contrat, code="loin", nom="Loin", departement="94")
    db.session.add(ailleurs)
    rib = deposer_piece(decor.acteur, decor.organisme, TypePiece.RIB, "rib.pdf", pdf("rib"))
    transmettre(decor.acteur, dossier_complet(decor))
    lea, caf = personne("Lea"), personne("Cafa")
    administre = Acteur(None, "horloge", systeme=True)
    perimetre = Perimetre(communes=[ailleurs.id])
    debut = dans(-1)
    habiliter(administre, lea, R.INSTRUCTEUR, decor.contrat, decor.etat, perimetre, du=debut)
    habiliter(administre, caf, R.FINANCE, decor.contrat, decor.commune, du=debut)
    assert not _lit(charger_acteur(lea), rib)  # another commune
    assert not _lit(charger_acteur(caf), rib)  # a funder that nobody asked
    assert _lit(_instructeur(decor), rib)


def test_a_bilan_being_written_is_read_by_its_porteur_alone(
    app: Flask, monde: Monde, session: Any
) -> None:
    m = monde
    notifier(m)
    en_vigueur(m)
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan)
        bilans.enregistrer_bilan(
            m.sam, bilan, bilans.SaisieBilan(textes={"observations": "Brouillon privé."})
        )
        piece = joindre_piece_bilan(m.sam, bilan, "photo.pdf", pdf("photo"))
        assert not _lit(m.anne, piece)
        anne = connecter(app.test_client(), m.anne)
        page = anne.get(f"/finance/bilans/{bilan.id}")
        assert page.status_code == 200
        assert "Brouillon privé." not in page.text
        assert "Fait avec les habitants." not in page.text
        assert anne.get(f"/finance/bilans/{bilan.id}/document.pdf").status_code == 409
        session.refresh(bilan)
        bilans.deposer_bilan(m.sam, bilan, version=bilan.version)
        assert _lit(m.anne, piece)
        session.commit()
        page = anne.get(f"/finance/bilans/{bilan.id}").text
        assert "Brouillon privé." in page
        assert f"/fichiers/{piece.fichier_id}" in page
        assert anne.get(f"/finance/bilans/{bilan.id}/document.pdf").status_code == 200


def test_files_leave_as_attachments_that_can_do_nothing(app: Flask, decor: Decor) -> None:
    dossier = dossier_complet(decor)
    piece = joindre_piece(decor.acteur, dossier, 'a"\r\nX-Mal: 1.pdf', pdf("a"), "Essai")
    client = connecte(app, db.session.get_one(Utilisateur, decor.signataire.id))
    reponse = client.get(f"/fichiers/{piece.fichier_id}")
    assert reponse.headers["Content-Disposition"].startswith("attachment; ")
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reponse.headers["Content-Security-Policy"]
    assert "X-Mal" not in reponse.headers


def bombe(mo: int) -> bytes:
    """A PDF whose page tree is in an object stream padded with ``mo`` MB of spaces."""
    objets = (
        (1, b"<</Type/Catalog/Pages 2 0 R>>"),
        (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
    )
    tete = corps = b""
    for numero, objet in objets:
        tete += b"%d %d " % (numero, len(corps))
        corps += objet + b" "
    presse = zlib.compressobj(9)
    flux = presse.compress(tete + corps)
    for _ in range(mo):
        flux += presse.compress(b" " * (1 << 20))
    flux += presse.flush()
    octets = b"%PDF-1.5\n"
    places = [len(octets)]
    octets += b"4 0 obj<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>stream\n%b" % (
        len(tete),
        len(flux),
        flux,
    )
    octets += b"\nendstream endobj\n"
    places.append(len(octets))
    rangs = b"\x00\0\0\0\0\xff"
    rangs += b"".join(b"\x02" + (4).to_bytes(4, "big") + bytes([i]) for i in range(3))
    rangs += b"".join(b"\x01" + place.to_bytes(4, "big") + b"\0" for place in places)
    octets += b"5 0 obj<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>stream\n%b" % (
        len(rangs),
        rangs,
    )
    return octets + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % places[1]


def test_a_pdf_that_unfolds_into_gigabytes_does_not_touch_the_server() -> None:
    assert controler("petit.pdf", bombe(1), 20).type_mime == "application/pdf"
    avant = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalide, match=r"abîmé|compliqué"):
        controler("bombe.pdf", bombe(1200), 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - avant < 300 * 1024  # in kB
