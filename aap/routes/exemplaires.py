"""A signed paper that arrives by a form: checked, scanned, its codes read, before anything."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aap.domaine.erreurs import Conflit, ErreurMetier, Indisponible, Invalide, Probleme
from aap.extensions import db, reglages
from aap.pieces.antivirus import AntivirusInjoignable, analyser
from aap.pieces.commun import Controle
from aap.pieces.qr import LISIBLES, LectureImpossible, lire_codes
from aap.routes.fichier_recu import Recu, lire_fichier
from aap.routes.garde import acteur_courant
from aap.services.copie_signee import ActeSigne
from aap.services.fichier import Limites, limites
from aap.services.televersement import mettre_de_cote
from forms.exemplaire import FormulaireExemplaireBase
from forms.pieces import FormulaireFichier

MORCEAU = 256 * 1024
PATIENCE_SECONDES = 30  # a thread of the server waits


@dataclass(frozen=True)
class Lu:
    """``codes``: the QR codes of each page, empty when the file could not be looked at."""

    recu: Recu
    codes: list[list[str]]

    @property
    def controle(self) -> Controle:
        return self.recu.controle

    def servi(self) -> None:
        self.recu.servi()


def limites_exemplaire(*, photo: bool = True) -> Limites:
    """What may be sent here: pictures of pages, nothing that can be changed afterwards."""
    toutes = limites()
    mo = f"{toutes.octets // 1024**2}\u00a0Mo au plus."
    if not photo:
        return replace(toutes, phrase=f"PDF. {mo}", types="application/pdf,.pdf")
    return replace(
        toutes,
        phrase=f"PDF ou photo (JPEG, PNG, WebP, HEIC). {mo} Plusieurs pages\u00a0: un seul PDF.",
        types="application/pdf,image/jpeg,image/png,image/webp,.pdf,.jpg,.jpeg,.png,.webp,.heic",
    )


def lire_exemplaire(form: FormulaireFichier) -> Lu:
    """The file of a form, while no transaction is open. A signature does not wait for the
    antivirus: without its verdict the paper is not taken. Raises Invalide, Indisponible."""
    recu = lire_fichier(form)
    if recu.controle.type_mime not in LISIBLES:
        raise Invalide(
            "Un exemplaire signé est un PDF ou une photo.",
            [Probleme("Envoyez l’exemplaire signé en PDF ou en photo.", "fichier")],
        )
    octets = _octets(recu.controle)
    _examiner(octets)
    try:
        codes = lire_codes(recu.controle.type_mime, [octets], PATIENCE_SECONDES)
    except LectureImpossible:
        codes = []
    return Lu(recu, codes)


def _octets(controle: Controle) -> bytes:
    controle.flux.seek(0)
    octets = controle.flux.read()
    controle.flux.seek(0)
    return octets


def _examiner(octets: bytes) -> None:
    r = reglages()
    if not r.antivirus:
        return
    pieces = (octets[i : i + MORCEAU] for i in range(0, len(octets), MORCEAU))
    try:
        verdict = analyser(r.antivirus, pieces, r.antivirus_delai_secondes)
    except AntivirusInjoignable as erreur:
        raise Indisponible(
            "L’antivirus ne répond pas\u00a0: le document n’a pas été pris.",
            "Réessayez dans quelques minutes.",
        ) from erreur
    if verdict.infecte:
        raise Invalide("L’antivirus a refusé ce document. Envoyez-en un autre.")


def reprendre(
    form: FormulaireExemplaireBase, objet: ActeSigne, refus: ErreurMetier, lu: Lu | None
) -> int:
    """Undo and say why on the form, which keeps its file; returns the HTTP code."""
    db.session.rollback()
    problemes = refus.problemes if isinstance(refus, Invalide) else []
    form.reprendre(problemes or [Probleme(f"{refus.message} {refus.que_faire}".strip(), "fichier")])
    if isinstance(refus, Conflit):
        form.version.data = str(objet.version)
    if lu is not None and lu.recu.envoi_id is None and not form.fichier.errors:
        form.envoi.data = str(mettre_de_cote(acteur_courant(), lu.controle).id)
    return refus.code_http
