"""Decision to claim back all or part of a grant, with its computation and remedies."""

from __future__ import annotations

from aap.documents import mentions, tableaux
from aap.documents.articles import montant_complet
from aap.documents.donnees import DonneesReversement
from aap.documents.notification import POLITESSE
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.determinant import du
from aap.domaine.montants import en_euros
from aap.filtres import date_longue


def produire(d: DonneesReversement) -> bytes:
    """PDF of the decision (CRPA L121-1, L211-2: heard first, motivated).

    Raises ``ValueError`` on an empty motif, or when the last step is not the amount claimed.
    """
    if not d.motif.strip():
        raise ValueError("Une décision de reversement doit être motivée.")
    if d.etapes and d.etapes[-1][1] != d.montant:
        raise ValueError("La dernière étape du calcul doit être le montant à reverser.")
    titre = f"Titre de reversement {d.numero_titre}".strip()
    r = Redaction(d.territoire, d.cartouche, titre, d.action.intitule)
    r.entete()
    r.destinataire(d.beneficiaire)
    r.h1("Décision de reversement", f"{d.acte} – dossier {d.action.numero}")
    r.p("Madame, Monsieur,")
    r.p(
        f"Vous avez reçu une subvention {du(d.financeur.nom)} pour l’action "
        f"«\u00a0{d.action.intitule}\u00a0». Après examen de votre compte rendu, la somme de ",
        *montant_complet(d.montant),
        " doit être rendue.",
    )
    r.h2("Pourquoi")
    r.libre(d.motif)
    r.h2("Vos observations")
    r.libre(
        d.observations
        or "Vous avez été invité à présenter vos observations. Nous n’en avons pas reçu."
    )
    _calcul(r, d)
    _paiement(r, d)
    r.signer([POLITESSE], d.signataire)
    r.h2("Comment contester cette décision")
    mentions.recours(r, d.territoire)
    return r.rendre()


def _calcul(r: Redaction, d: DonneesReversement) -> None:
    r.h2("Le calcul")
    if d.phrases:
        r.liste(list(d.phrases))
    etapes = d.etapes or (("Montant à reverser", d.montant),)
    rangs = [Rang((libelle, en_euros(montant))) for libelle, montant in etapes[:-1]]
    libelle, montant = etapes[-1]
    rangs.append(Rang((libelle, en_euros(montant)), "total"))
    tableaux.tableau(r, ("Étape", "Montant"), rangs, [7, 2.4], droites=(1,))


def _paiement(r: Redaction, d: DonneesReversement) -> None:
    r.h2("Comment payer")
    r.p("La somme est à payer au plus tard le ", Gras(date_longue(d.a_payer_avant_le)), ".")
    titre = f" n° {d.numero_titre}" if d.numero_titre else ""
    r.p(
        d.modalites
        or f"Le comptable public vous adresse le titre de recette{titre}, qui indique comment "
        "payer. Attendez-le avant tout virement."
    )
    r.p(
        "Si vous ne pouvez pas payer en une fois, demandez un échéancier au comptable public avant "
        "cette date."
    )
