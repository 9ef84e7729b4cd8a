"""Letter that tells a decision: grant, refusal, postponement, waiting list."""

from __future__ import annotations

from aap.documents import mentions, tableaux
from aap.documents.donnees import DonneesNotification
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros
from aap.filtres import date_longue

TITRES = {
    "accord": "Votre demande est acceptée",
    "refus": "Votre demande n’est pas retenue",
    "ajournement": "Votre demande est ajournée",
    "attente": "Votre demande est en liste d’attente",
}
POLITESSE = "Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée."


def produire(d: DonneesNotification) -> bytes:
    """PDF of the letter. Raises ``ValueError`` when a refusal or postponement has no motif."""
    if d.sens != "accord" and not d.motif.strip():
        raise ValueError("Un refus ou un ajournement doit être motivé.")
    if d.sens == "accord" and not d.montants:
        raise ValueError("Un accord doit porter au moins un montant.")
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Notification – dossier {d.action.numero}",
        f"{TITRES[d.sens]}\u00a0: {d.action.intitule}",
    )
    r.entete()
    r.destinataire(d.beneficiaire)
    r.h1(TITRES[d.sens], f"{d.action.campagne} – dossier {d.action.numero}")
    r.p("Madame, Monsieur,")
    _CORPS[d.sens](r, d)
    r.signer([POLITESSE], d.signataire)
    if d.sens == "refus" or (d.sens == "accord" and _reduit(d)):
        r.h2("Comment contester cette décision")
        mentions.recours(r, d.territoire)
    return r.rendre()


def _reduit(d: DonneesNotification) -> bool:
    return any((m.accorde or 0) < m.demande for m in d.montants)


def _ouverture(d: DonneesNotification) -> tuple[str, str]:
    return (
        f"Vous avez demandé une aide pour votre action «\u00a0{d.action.intitule}\u00a0», "
        f"au titre de l’année {d.action.exercice}. ",
        f"{d.instance} l’a examinée le {date_longue(d.decide_le)}.",
    )


def _accord(r: Redaction, d: DonneesNotification) -> None:
    accorde = sum(m.accorde or 0 for m in d.montants)
    r.p(*_ouverture(d))
    r.p(
        "J’ai le plaisir de vous annoncer que votre action est retenue. L’aide accordée est de ",
        Gras(en_euros(accorde)),
        " au total, répartie ainsi\u00a0:",
    )
    tableaux.financeurs(r, d.montants, decide=True)
    if d.motif.strip():
        r.libre(d.motif)
    if d.reserves:
        r.p("Cet accord est donné aux conditions suivantes\u00a0:")
        r.liste(list(d.reserves))
    r.h2("La suite")
    etapes = [
        "Chaque financeur prend son propre acte (arrêté, délibération ou convention). "
        "Cet acte seul ouvre le droit au versement.",
        "Au-delà de 23\u202f000\u00a0€ par an et par financeur, une convention est signée "
        "avant tout versement.",
    ]
    if d.bilan_avant_le:
        etapes.append(
            "Vous rendrez le bilan et le compte rendu financier de l’action au plus tard le "
            f"{date_longue(d.bilan_avant_le)}."
        )
    etapes.append(
        "Si votre budget change parce que l’aide est plus faible que prévu, prévenez-nous avant de "
        "commencer."
    )
    r.liste(etapes)


def _refus(r: Redaction, d: DonneesNotification) -> None:
    r.p(*_ouverture(d))
    r.p("J’ai le regret de vous informer que votre demande n’est pas retenue.")
    r.h2("Pourquoi")
    r.libre(d.motif)
    r.p(
        "Le service qui a suivi votre dossier peut vous expliquer ce choix et vous aider à "
        "préparer une prochaine demande\u00a0: ",
        ", ".join(x for x in (d.territoire.courriel, d.territoire.telephone) if x)
        or d.territoire.service,
        ".",
    )


def _ajournement(r: Redaction, d: DonneesNotification) -> None:
    r.p(*_ouverture(d))
    r.p(
        "La décision est reportée. ",
        Gras("Ce n’est pas un refus"),
        "\u00a0: votre dossier reste ouvert.",
    )
    r.h2("Pourquoi")
    r.libre(d.motif)
    if d.attendus:
        r.h2("Ce que nous attendons de vous")
        r.liste(list(d.attendus))
    if d.prochaine_seance:
        r.p("Prochain examen\u00a0: ", Gras(d.prochaine_seance), ".")


def _attente(r: Redaction, d: DonneesNotification) -> None:
    r.p(*_ouverture(d))
    r.p(
        "Votre action est en liste d’attente\u00a0: rien n’est accordé pour l’instant. ",
        Gras("Ce n’est pas un refus"),
        "\u00a0: votre dossier reste ouvert.",
    )
    r.libre(d.motif)
    r.p("Vous n’avez rien à faire\u00a0: vous serez prévenu par courriel de la suite.")


_CORPS = {
    "accord": _accord,
    "refus": _refus,
    "ajournement": _ajournement,
    "attente": _attente,
}
