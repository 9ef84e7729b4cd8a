"""Letters about admissibility: of the dossier for everybody, of one line for its funder."""

from __future__ import annotations

from sqlalchemy import select

from aap.documents import mentions
from aap.documents.depuis_dossier import action_de, beneficiaire_de, cartouche_de, territoire_de
from aap.documents.donnees import Signataire
from aap.documents.notification import POLITESSE
from aap.documents.redaction import Redaction
from aap.domaine.determinant import au, le_debut
from aap.domaine.erreurs import Introuvable
from aap.domaine.horloge import a_paris
from aap.extensions import db
from aap.filtres import date_longue
from aap.models import DemandeComplement, Dossier, Evenement, Financement
from aap.requetes.delais import explication

DU_DOSSIER = ("dossier.prendre_en_instruction", "dossier.declarer_irrecevable")
DE_LA_LIGNE = ("financement.declarer_non_recevable",)


def acte_recevabilite(objet: Dossier | Financement) -> Evenement | None:
    """The last act that settled the admissibility of this object, as the journal keeps it."""
    actes = DU_DOSSIER if isinstance(objet, Dossier) else DE_LA_LIGNE
    return db.session.scalar(
        select(Evenement)
        .where(
            Evenement.entite == objet.__tablename__,
            Evenement.entite_id == objet.id,
            Evenement.acte.in_(actes),
        )
        .order_by(Evenement.id.desc())
        .limit(1)
    )


def lettre_recevabilite(objet: Dossier | Financement) -> bytes:
    """PDF of the letter. Raises Introuvable while nothing is settled.

    A refusal gives its reasons and the ways to contest it; the journal's words are used as they
    are, so that the same letter comes out again years later.
    """
    acte = acte_recevabilite(objet)
    if acte is None:
        raise Introuvable("La recevabilité n’est pas encore décidée.")
    ligne = objet if isinstance(objet, Financement) else None
    dossier = objet.dossier if isinstance(objet, Financement) else objet
    refus = acte.acte != DU_DOSSIER[0]
    titre = _titre(ligne, refus)
    territoire = territoire_de(dossier.campagne)
    action = action_de(dossier)
    r = Redaction(
        territoire,
        cartouche_de(dossier, f"{dossier.reference}-R{acte.id}"),
        f"Recevabilité – dossier {action.numero}",
        f"{titre}\u00a0: {action.intitule}",
    )
    r.entete()
    r.destinataire(beneficiaire_de(dossier.organisme))
    r.h1(titre, f"{action.campagne} – dossier {action.numero}")
    r.p("Madame, Monsieur,")
    if refus:
        _refus(r, acte, dossier, ligne)
    else:
        _recevable(r, acte, dossier)
    nom = ligne.financeur.nom if ligne else acte.qualite
    r.signer([POLITESSE], Signataire("", nom or "Pour le contrat de ville"))
    if refus:
        r.h2("Comment contester cette décision")
        mentions.recours(r, territoire)
        contact = mentions.contact(territoire).replace("\n", ", ")
        r.note("Service à qui écrire\u00a0: ", contact, ".")
    return r.rendre()


def _titre(ligne: Financement | None, refus: bool) -> str:
    if ligne is not None:
        return f"{le_debut(ligne.financeur.nom)} n’examinera pas votre demande"
    return "Votre dossier n’est pas recevable" if refus else "Votre dossier est recevable"


def _refus(r: Redaction, acte: Evenement, dossier: Dossier, ligne: Financement | None) -> None:
    jour = date_longue(a_paris(acte.le).date())
    quoi = f"votre demande {au(ligne.financeur.nom)}" if ligne else "votre dossier"
    r.p(
        f"Vous avez demandé une aide pour votre action «\u00a0{dossier.intitule}\u00a0». "
        f"Le {jour}, {quoi} n’a pas pu être retenu{'e' if ligne else ''} pour l’examen, "
        "pour la raison que voici."
    )
    r.libre(acte.motif)
    if ligne is not None:
        r.p("Les autres financeurs que vous avez sollicités poursuivent leur examen.")


def _recevable(r: Redaction, acte: Evenement, dossier: Dossier) -> None:
    jour = date_longue(a_paris(acte.le).date())
    r.p(
        f"Votre dossier pour l’action «\u00a0{dossier.intitule}\u00a0» est recevable depuis le "
        f"{jour}. Il est maintenant examiné par les financeurs que vous avez sollicités."
    )
    r.p("Cette lettre n’est pas un accord\u00a0: elle ouvre seulement l’examen.")
    demandes = db.session.scalars(
        select(DemandeComplement).where(DemandeComplement.dossier_id == dossier.id)
    ).all()
    r.h2("Le délai de réponse")
    r.liste(explication(dossier, demandes))
