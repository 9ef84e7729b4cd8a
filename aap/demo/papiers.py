"""Signed papers in the demonstration: one act signed on paper, a pile of others to give back."""

from __future__ import annotations

from io import BytesIO

import pikepdf
from sqlalchemy import select

from aap import documents
from aap.demo.monde import Monde
from aap.domaine.horloge import aujourdhui
from aap.extensions import db
from aap.models import Convention, Financeur, PartieSignataire, TypeConvention
from aap.pieces.controle import controler
from aap.pieces.qr import lire_codes
from aap.services.copie_signee import Exemplaire, joindre_exemplaire
from aap.services.scan import deposer_scan, noter_lecture
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
        acteur,
        premier,
        Exemplaire(
            controler("arrete-signe.pdf", octets, LIMITE_MO),
            PartieSignataire.FINANCEUR,
            aujourdhui(),
            financeur_nom="Camille Fictive",
            codes=lire_codes("application/pdf", [octets]),
        ),
    )
    pile = _empiler([documents.pdf_acte(a) for a in suivants])
    scan = deposer_scan(
        monde.acteur("finance.saisie"),
        monde.financeurs[code],
        controler("actes-signes.pdf", pile, LIMITE_MO),
    )
    noter_lecture(scan, lire_codes("application/pdf", [pile]))


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
