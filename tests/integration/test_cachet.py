"""Electronic seal of the signed acts: validated by pyHanko itself; its failures block nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aap import documents
from aap.documents.cachet import CachetImpossible, cacheter
from aap.domaine.horloge import horloge_fixee
from aap.models import (
    Avenant,
    Cachet,
    Convention,
    Courriel,
    Evenement,
    RoleHabilitation,
    Tache,
    TypeConvention,
)
from aap.services import avenant as avenants
from aap.services import cachet as service
from aap.taches.registre import executer, preparer
from tests import fabriques as f
from tests.integration.test_avenants import convention_de, saisir, signer
from tests.integration.test_pages_finance import connecter
from tests.parcours.test_argent import PRINTEMPS, Monde, creer_monde, en_vigueur, notifier

pytest.importorskip("pyhanko", reason="extra « cachet » absent")

MOT_DE_PASSE = "figuier"
NOM = "Plateforme d’essai"


@cache
def certificat(debut: int = 2020, fin: int = 2050) -> bytes:
    """A self-signed certificate with its key, made now: PKCS#12."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

    cle = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NOM)])
    usages = {
        u: u in ("digital_signature", "content_commitment")
        for u in (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        )
    }
    fait = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle.public_key())
        .serial_number(0x2030)
        .not_valid_before(datetime(debut, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(fin, 1, 1, tzinfo=UTC))
        .add_extension(x509.KeyUsage(**usages), critical=True)
        .sign(cle, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"essai", cle, fait, None, BestAvailableEncryption(MOT_DE_PASSE.encode())
    )


def controler(octets: bytes) -> Any:
    """What pyHanko's own validator says of the seal, this certificate being trusted."""
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    _, lu, _ = pkcs12.load_key_and_certificates(certificat(), MOT_DE_PASSE.encode())
    assert lu is not None
    racine = x509.Certificate.load(lu.public_bytes(Encoding.DER))
    [signature] = PdfFileReader(BytesIO(octets)).embedded_signatures
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[racine]))


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


@pytest.fixture
def regle(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the certificate of the installation: bytes, password."""
    chemin = tmp_path / "cachet.p12"

    def poser(octets: bytes, mot_de_passe: str = MOT_DE_PASSE) -> None:
        chemin.write_bytes(octets)
        r = replace(
            app.extensions["aap.reglages"], cachet=str(chemin), cachet_mot_de_passe=mot_de_passe
        )
        monkeypatch.setitem(app.extensions, "aap.reglages", r)

    poser(certificat())
    return poser


def apposer(cachet: Cachet, session: Any) -> None:
    """As the worker does."""
    session.commit()
    preparer("apposer_cachet", {"cachet_id": cachet.id})
    executer("apposer_cachet", {"cachet_id": cachet.id})
    session.commit()


@pytest.mark.une_base
def test_a_sealed_document_is_valid_and_any_change_is_seen(monde: Monde) -> None:
    notifier(monde)
    octets = documents.pdf_acte(en_vigueur(monde))
    fait = cacheter(octets, certificat(), MOT_DE_PASSE, PRINTEMPS)
    assert fait.octets.startswith(octets), "the sealed document is written after the document"
    assert (fait.titulaire, fait.serie, fait.expire_le.year) == (NOM, "2030", 2050)
    etat = controler(fait.octets)
    assert etat.bottom_line and etat.intact and etat.valid and etat.trusted
    assert etat.docmdp_ok and b"ETSI.CAdES.detached" in fait.octets
    abime = bytearray(fait.octets)
    place = abime.index(b"/Type", 2000)
    abime[place + 1] ^= 1
    assert not controler(bytes(abime)).intact


@pytest.mark.une_base
def test_what_cannot_seal_is_said_in_plain_words(session: Any) -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

    _, lu, _ = pkcs12.load_key_and_certificates(certificat(), MOT_DE_PASSE.encode())
    sans_cle = pkcs12.serialize_key_and_certificates(None, None, lu, None, NoEncryption())
    for octets, mot, phrase in (
        (certificat(2020, 2021), MOT_DE_PASSE, "a expiré le 1er janvier 2021"),
        (certificat(2040, 2050), MOT_DE_PASSE, "à partir du 1er janvier 2040"),
        (certificat(), "figue", "mot de passe est faux"),
        (b"pas un certificat", MOT_DE_PASSE, "mot de passe est faux"),
        (sans_cle, "", "pas de clé privée"),
    ):
        with pytest.raises(CachetImpossible) as refus:
            cacheter(b"%PDF-1.4", octets, mot, PRINTEMPS)
        assert phrase in str(refus.value).replace("\u00a0", " ")
    with pytest.raises(CachetImpossible, match="n’a pas pu sceller"):
        cacheter(b"rien", certificat(), MOT_DE_PASSE, PRINTEMPS)


def test_a_signed_act_is_sealed_once_and_served_as_it_was(
    monde: Monde, regle: Any, client: FlaskClient, app: Flask, session: Any
) -> None:
    m = monde
    convention = convention_de(m)
    cachet = convention.cachet
    assert cachet is not None and cachet.fichier is None
    attendues = list(session.scalars(select(Tache.arguments).where(Tache.nom == "apposer_cachet")))
    assert attendues == [{"cachet_id": cachet.id}]
    session.commit()
    anne = connecter(client, m.anne)
    page = f"/finance/conventions/{convention.id}"
    assert "en cours d’apposition" in anne.get(page).text
    clair = documents.pdf_acte(convention)
    apposer(cachet, session)
    assert cachet.fichier is not None
    servi = anne.get(f"{page}/document.pdf").data
    assert servi.startswith(clair) and controler(servi).bottom_line
    assert hashlib.sha256(servi).hexdigest() == cachet.fichier.sha256 != convention.sha256
    vue = anne.get(page).text
    assert cachet.fichier.sha256 in vue and (convention.sha256 or "") in vue and NOM in vue
    trace = session.scalars(
        select(Evenement).where(Evenement.acte == "convention.apposer_cachet")
    ).one()
    assert trace.donnees["sha256"] == convention.sha256
    assert trace.donnees["pdf"] == cachet.fichier.sha256
    avant = cachet.fichier_id
    apposer(cachet, session)
    assert cachet.fichier_id == avant, "a second job changes nothing"
    m.ligne.dossier.organisme.iban = "FR7630001007941234567890185"
    session.commit()
    sam = connecter(app.test_client(), m.sam)
    assert sam.get(f"/porteur/conventions/{convention.id}/document.pdf").data == servi
    assert cachet.fichier.sha256 in sam.get(f"/porteur/conventions/{convention.id}").text


def test_an_avenant_is_sealed_too(
    monde: Monde, regle: Any, client: FlaskClient, session: Any
) -> None:
    m = monde
    convention = convention_de(m)
    avenant = avenants.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    signer(m, avenant)
    cachet = avenant.cachet
    assert cachet is not None and cachet.acte is convention
    apposer(cachet, session)
    anne = connecter(client, m.anne)
    servi = anne.get(f"/finance/avenants/{avenant.id}/document.pdf").data
    assert controler(servi).bottom_line
    assert "Il ne remplace pas les signatures" in anne.get(f"/finance/avenants/{avenant.id}").text


def test_a_failure_blocks_nothing_and_is_told_once(
    monde: Monde, regle: Any, client: FlaskClient, app: Flask, session: Any
) -> None:
    m = monde
    admin = f.acteur(f.agent(RoleHabilitation.ADMINISTRATEUR, None, None, "Ada"))
    regle(certificat(2020, 2021))
    convention = convention_de(m)
    avenant = avenants.preparer_avenant(m.anne, convention, saisir((2027, 9_000_00)))
    signer(m, avenant)
    cachets = [c.cachet for c in (convention, avenant)]
    for cachet in cachets:
        assert cachet is not None
        apposer(cachet, session)
        assert cachet.fichier is None and "a expiré" in cachet.echec
    messages = list(session.scalars(select(Courriel).where(Courriel.modele == "cachet_impossible")))
    assert len(messages) == 1, "one cause, one mail"
    ecrit = " ".join(messages[0].texte.split())
    assert f"L’acte n° {convention.numero} est signé" in ecrit and "1er janvier 2021" in ecrit
    anne = connecter(client, m.anne)
    page = f"/finance/conventions/{convention.id}"
    assert "L’acte est valable sans cachet" in anne.get(page).text
    assert anne.get(f"{page}/document.pdf").data == documents.pdf_acte(convention)
    sam = connecter(app.test_client(), m.sam)
    chez_elle = sam.get(f"/porteur/conventions/{convention.id}").text
    assert "pas encore de cachet" in chez_elle and "a expiré" not in chez_elle
    ada = connecter(app.test_client(), admin)
    assert "2 actes signés attendent" in ada.get("/administration/").text.replace("\u00a0", " ")
    regle(certificat())
    service.reprendre_cachets()
    service.reprendre_cachets()
    reprises = [
        t.arguments["cachet_id"]
        for t in session.scalars(select(Tache).where(Tache.cle_unique.like("apposer_cachet:%")))
    ]
    assert reprises == [c.id for c in cachets if c]
    for cachet in cachets:
        assert cachet is not None
        apposer(cachet, session)
        assert cachet.fichier is not None and cachet.echec == ""
    assert "attendent" not in ada.get("/administration/").text


def test_a_certificate_that_went_away_is_said(
    monde: Monde, regle: Any, app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cachet = convention_de(monde).cachet
    assert cachet is not None
    Path(app.extensions["aap.reglages"].cachet).unlink()
    apposer(cachet, session)
    assert "AAP_CACHET" in cachet.echec


def test_no_certificate_no_seal(monde: Monde, session: Any) -> None:
    notifier(monde)
    acte = en_vigueur(monde, type_acte=TypeConvention.ANNUELLE)
    assert acte.cachet is None and not list(session.scalars(select(Cachet)))
    service.reprendre_cachets()
    assert not list(session.scalars(select(Tache).where(Tache.nom == "apposer_cachet")))
    assert isinstance(acte, Convention) and acte.avenants == list[Avenant]()
