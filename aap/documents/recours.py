"""Letters about an appeal: what was received and what silence means, then the decision."""

from __future__ import annotations

from collections.abc import Callable

from aap.documents import mentions
from aap.documents.depuis_dossier import action_de, beneficiaire_de, cartouche_de, territoire_de
from aap.documents.donnees import Signataire, Territoire
from aap.documents.notification import POLITESSE
from aap.documents.redaction import Redaction
from aap.documents.texte import Gras
from aap.domaine.erreurs import Introuvable
from aap.domaine.horloge import a_paris
from aap.domaine.recours import ObjetRecours, SensRecours
from aap.filtres import date_longue
from aap.models import Recours

REFUS = {
    ObjetRecours.IRRECEVABILITE: "l’irrecevabilité de votre dossier",
    ObjetRecours.REJET: "le rejet de votre demande par le comité de pilotage",
}


def accuse_recours(recours: Recours) -> bytes:
    """PDF: day of reception, service in charge, silence and remedies (CRPA L112-3, R112-5)."""
    r, territoire = _tete(recours, "Accusé de réception de votre recours", "AR")
    r.p(
        f"Votre recours gracieux contre {REFUS[recours.objet]} a été reçu le ",
        Gras(date_longue(recours.recu_le)),
        f" ({recours.canal.libelle.lower()}).",
    )
    r.p(_delai(recours))
    r.h2("Ce qui va suivre")
    r.p(
        "Votre dossier est examiné de nouveau, puis une décision écrite et motivée vous est "
        "adressée. Si nous avons besoin d’autres éléments, nous vous les demandons."
    )
    r.h2("Si vous ne recevez pas de réponse")
    r.p(
        "Sans réponse écrite le ",
        Gras(date_longue(recours.silence_le)),
        ", votre recours est considéré comme rejeté (articles L231-4 et L411-7 du code des "
        "relations entre le public et l’administration). Vous avez alors deux mois, à partir de "
        f"cette date, pour déposer un recours devant le {territoire.tribunal}, par courrier ou par "
        "l’application Télérecours citoyens.",
    )
    r.p("Une décision favorable peut encore être prise après cette date.")
    return _fin(r, recours, territoire)


def lettre_recours(recours: Recours) -> bytes:
    """PDF of the decision, with its reasons. Raises Introuvable while nothing is decided."""
    if recours.sens is None or recours.decide_le is None:
        raise Introuvable("Ce recours n’est pas encore décidé.")
    admis = recours.sens is SensRecours.ADMIS
    titre = "Votre recours est admis" if admis else "Votre recours est rejeté"
    r, territoire = _tete(recours, titre, "D")
    r.p(
        f"Le {date_longue(recours.recu_le)}, nous avons reçu votre recours gracieux contre "
        f"{REFUS[recours.objet]}. Votre dossier a été examiné de nouveau. Décision du ",
        Gras(date_longue(a_paris(recours.decide_le).date())),
        "\u00a0:",
    )
    r.p(Gras("Votre recours est admis." if admis else "Votre recours est rejeté."))
    r.h2("Pourquoi")
    if recours.type_motif is not None:
        r.p(f"{recours.type_motif.libelle}.")
    r.libre(recours.motif)
    if admis:
        r.h2("La suite")
        r.p(_suite(recours))
        return _fin(r, recours, territoire)
    return _fin(r, recours, territoire, _voies)


def _tete(recours: Recours, titre: str, lettre: str) -> tuple[Redaction, Territoire]:
    dossier = recours.dossier
    territoire, action = territoire_de(dossier.campagne), action_de(dossier)
    r = Redaction(
        territoire,
        cartouche_de(dossier, f"{dossier.reference}-RG{recours.rang}-{lettre}"),
        f"Recours gracieux – dossier {action.numero}",
        f"{titre}\u00a0: {action.intitule}",
    )
    r.entete()
    r.destinataire(beneficiaire_de(dossier.organisme))
    r.h1(titre, f"{action.campagne} – dossier {action.numero}")
    r.p("Madame, Monsieur,")
    r.p(f"Action concernée\u00a0: «\u00a0{dossier.intitule}\u00a0».")
    return r, territoire


def _delai(recours: Recours) -> str:
    jour = date_longue(recours.limite_le)
    if recours.tardif:
        return (
            f"Le délai pour contester prenait fin le {jour}\u00a0: votre recours a été envoyé "
            "après. Il est examiné, mais il peut être rejeté pour cette seule raison."
        )
    return f"Le délai pour contester prend fin le {jour}\u00a0: votre recours est dans ce délai."


def _suite(recours: Recours) -> str:
    if recours.objet is ObjetRecours.REJET:
        return (
            "Le rejet est levé. Votre dossier repassera devant le comité de pilotage, qui décidera "
            "de nouveau. Cette lettre n’est pas un accord."
        )
    return (
        "L’irrecevabilité est levée. Votre dossier est de nouveau examiné par les financeurs que "
        "vous avez sollicités. Cette lettre n’est pas un accord."
    )


def _voies(r: Redaction, territoire: Territoire) -> None:
    """Remedies against a refused appeal (CJA R421-1; CRPA L411-2)."""
    r.h2("Comment contester cette décision")
    r.p(
        "Vous avez ",
        Gras("deux mois"),
        f", à partir du jour où vous recevez cette lettre, pour déposer un recours devant le "
        f"{territoire.tribunal}, par courrier ou par l’application Télérecours citoyens. Le "
        "recours vise la première décision et celle-ci.",
    )
    r.p("Un second recours gracieux ne prolonge pas ce délai.")


def _fin(
    r: Redaction,
    recours: Recours,
    territoire: Territoire,
    voies: Callable[[Redaction, Territoire], None] | None = None,
) -> bytes:
    r.signer([POLITESSE], Signataire("", "Pour le contrat de ville"))
    if voies is not None:
        voies(r, territoire)
    contact = mentions.contact(territoire).replace("\n", ", ")
    r.note("Service chargé de votre recours\u00a0: ", contact, ".")
    return r.rendre()
