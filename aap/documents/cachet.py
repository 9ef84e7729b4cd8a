"""Electronic seal (PAdES) of a finished PDF, with the certificate of the installation.

Last step of a document: whatever is saved in it afterwards breaks the seal (decision 0003).
pyHanko comes with the extra ``cachet`` only, and is loaded when a document is sealed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from io import BytesIO
from typing import Any

from aap.domaine.calendrier import date_longue
from aap.domaine.horloge import a_paris

journal = logging.getLogger("aap.cachet")
CHAMP = "Cachet"


class CachetImpossible(Exception):
    """The document stays without a seal; the message is a French sentence."""


@dataclass(frozen=True)
class PdfCachete:
    """``titulaire``, ``serie``, ``expire_le``: name, serial number and end of the certificate."""

    octets: bytes
    titulaire: str
    serie: str
    expire_le: date


def cacheter(octets: bytes, pkcs12: bytes, mot_de_passe: str, instant: datetime) -> PdfCachete:
    """The same document, sealed without a visible mark; nothing may be changed afterwards.

    ``pkcs12``: certificate and private key. Raises CachetImpossible: library not installed, wrong
    password, certificate not valid at ``instant``, key that cannot sign.
    """
    try:
        signers = import_module("pyhanko.sign.signers")
    except ModuleNotFoundError as erreur:
        raise CachetImpossible(
            "La bibliothèque du cachet n’est pas installée\u00a0: lancez «\u00a0make cachet\u00a0»."
        ) from erreur
    certificat = _certificat(pkcs12, mot_de_passe)
    _en_cours(certificat, instant)
    signataire = signers.SimpleSigner.load_pkcs12_data(
        pkcs12, other_certs=[], passphrase=mot_de_passe.encode()
    )
    try:
        scelle = _signer(signers, octets, signataire)
    except Exception as erreur:  # whatever the key or the library says, the act is not blocked
        journal.exception("cachet non apposé")
        raise CachetImpossible(
            "La clé du certificat n’a pas pu sceller le document\u00a0: le journal du serveur dit "
            "pourquoi."
        ) from erreur
    return PdfCachete(
        scelle,
        _titulaire(certificat),
        f"{certificat.serial_number:x}",
        a_paris(certificat.not_valid_after_utc).date(),
    )


def _certificat(pkcs12: bytes, mot_de_passe: str) -> Any:
    """The X.509 certificate of the file, whose key is there too."""
    formats = import_module("cryptography.hazmat.primitives.serialization.pkcs12")
    try:
        cle, certificat, _ = formats.load_key_and_certificates(pkcs12, mot_de_passe.encode())
    except ValueError as erreur:
        raise CachetImpossible(
            "Le certificat ne s’ouvre pas\u00a0: le mot de passe est faux, ou le fichier n’est pas "
            "un certificat PKCS#12 (.p12 ou .pfx)."
        ) from erreur
    if cle is None or certificat is None:
        raise CachetImpossible("Le fichier du certificat ne contient pas de clé privée.")
    return certificat


def _en_cours(certificat: Any, instant: datetime) -> None:
    """Raise CachetImpossible unless the certificate is valid at this instant."""
    debut, fin = certificat.not_valid_before_utc, certificat.not_valid_after_utc
    if instant > fin:
        jour = date_longue(a_paris(fin).date())
        raise CachetImpossible(f"Le certificat du cachet a expiré le {jour}\u00a0: renouvelez-le.")
    if instant < debut:
        jour = date_longue(a_paris(debut).date())
        raise CachetImpossible(f"Le certificat du cachet n’est valable qu’à partir du {jour}.")


def _titulaire(certificat: Any) -> str:
    """Common name of the certificate, or its whole subject."""
    noms = import_module("cryptography.x509.oid").NameOID
    trouves = certificat.subject.get_attributes_for_oid(noms.COMMON_NAME)
    return str(trouves[0].value if trouves else certificat.subject.rfc4514_string())[:200]


def _signer(signers: Any, octets: bytes, signataire: Any) -> bytes:
    champs = import_module("pyhanko.sign.fields")
    ecriture = import_module("pyhanko.pdf_utils.incremental_writer").IncrementalPdfFileWriter(
        BytesIO(octets)
    )
    voulu = signers.PdfSignatureMetadata(
        field_name=CHAMP,
        md_algorithm="sha256",
        subfilter=champs.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=champs.MDPPerm.NO_CHANGES,
        reason="Cachet de la plateforme",
    )
    sortie: BytesIO = signers.sign_pdf(ecriture, voulu, signer=signataire)
    return sortie.getvalue()
