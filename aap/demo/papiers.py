"""Signed papers in the demonstration: an act and an avenant signed on paper, a pile to sort."""

from __future__ import annotations

from io import BytesIO

import pikepdf
from sqlalchemy import select

from aap import documents
from aap.demo.monde import Monde
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Avenant, Convention, Financeur, PartieSignataire, TypeConvention
from aap.permissions import Acteur
from aap.pieces.controle import controler
from aap.pieces.qr import lire_codes
from aap.services.copie_signee import Exemplaire, joindre_exemplaire, signer_sur_papier
from aap.services.scan import deposer_scan, noter_lecture
from workflows.avenant import EtatAvenant
from workflows.convention import EtatConvention

LIMITE_MO = 20
PILE = 3


def signer_des_papiers(monde: Monde, code: str) -> None:
    """The first act that awaits the funder is signed on paper; the next ones came back together,
    with a page whose code cannot be read. Nothing when too few acts await."""
    actes = _a_signer(monde.financeurs[code])
    if len(actes) < 2:
        return
    acteur = monde.acteur("finance.controle")
    premier, suivants = actes[0], actes[1 : PILE + 1]
    octets = documents.pdf_acte(premier)
    joindre_exemplaire(
        acteur, premier, _papier("arrete-signe.pdf", octets, PartieSignataire.FINANCEUR)
    )
    pile = _empiler(
        [documents.pdf_acte(a) for a in suivants]
        + [documents.pdf_avenant(a) for a in _avenants_a_signer(monde.financeurs[code])]
    )
    scan = deposer_scan(
        monde.acteur("finance.saisie"),
        monde.financeurs[code],
        controler("actes-signes.pdf", pile, LIMITE_MO),
    )
    noter_lecture(scan, lire_codes("application/pdf", [pile]))


def signer_avenant(monde: Monde, avenant: Avenant, porteur: Acteur) -> None:
    """Both parties sign this avenant on paper: the porteur sends hers, an officer the other."""
    octets = documents.pdf_avenant(avenant)
    papier = _papier("avenant-signe.pdf", octets, PartieSignataire.PORTEUR)
    signer_sur_papier(porteur, avenant, papier)
    retour = _papier("avenant-signe-des-deux.pdf", octets, PartieSignataire.FINANCEUR)
    joindre_exemplaire(monde.acteur("finance.controle"), avenant, retour)


def _papier(nom: str, octets: bytes, partie: PartieSignataire) -> Exemplaire:
    """A paper signed today, whose codes are read as those of a real one."""
    return Exemplaire(
        controler(nom, octets, LIMITE_MO),
        partie,
        aujourdhui(),
        porteur_nom="Dominique Fictive",
        financeur_nom="Camille Fictive",
        codes=lire_codes("application/pdf", [octets]),
    )


def _avenants_a_signer(financeur: Financeur) -> list[Avenant]:
    return list(
        db.session.scalars(
            select(Avenant)
            .join(Convention, Convention.id == Avenant.convention_id)
            .where(
                Convention.financeur_id == financeur.id,
                Avenant.etat == EtatAvenant.SIGNATURE_FINANCEUR,
            )
            .order_by(Avenant.id)
        )
    )


def _a_signer(financeur: Financeur) -> list[Convention]:
    return list(
        db.session.scalars(
            select(Convention)
            .where(
                Convention.financeur_id == financeur.id,
                Convention.etat == EtatConvention.SIGNATURE_FINANCEUR,
                Convention.type == TypeConvention.ARRETE,
            )
            .order_by(Convention.id)
        )
    )


def _empiler(documents_signes: list[bytes]) -> bytes:
    """All their pages in one PDF, and a blank one."""
    with pikepdf.new() as pile:
        for octets in documents_signes:
            with pikepdf.open(BytesIO(octets)) as lu:
                pile.pages.extend(lu.pages)
        pile.add_blank_page()
        sortie = BytesIO()
        pile.save(sortie, deterministic_id=True)
    return sortie.getvalue()
