"""Recours gracieux: received, acknowledged, examined again, decided, told.

The dates that bind are fixed at the reception and never change afterwards (triggers of 0022). A
late appeal is recorded all the same, and says it: only the decision may oppose the delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from aap.domaine.erreurs import Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.recours import CanalRecours, MotifRecours, SensRecours, jour_de_silence
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Dossier, Recours, Utilisateur
from aap.permissions import SYSTEME, Acteur, charger_acteur, exiger, may
from aap.pieces.commun import Controle
from aap.requetes.recours import (
    OBJETS,
    Refus,
    examinateurs,
    part_au_refus,
    recours_ouvert,
    refus_contestable,
    silences_a_dire,
)
from aap.services.arbitrage import liberer
from aap.services.avertissement import avertir_coordination, avertir_porteur
from aap.services.courriel import deposer_courriel
from aap.services.fichier import enregistrer_fichier
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.redaction import verrouiller
from aap.services.tour import prendre_son_tour
from aap.services.transition import effet, franchir, verifier_version
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

LONGUEUR_MIN = 10
TEXTE_MAX, MOTIF_MAX = 10_000, 4_000


@dataclass(frozen=True)
class DonneesRecours:
    """What came outside the platform. ``envoye_le``: postmark of a letter, the date that counts."""

    canal: CanalRecours
    recu_le: date
    texte: str
    envoye_le: date | None = None


def former_recours(
    acteur: Acteur, dossier: Dossier, texte: str, piece: tuple[str, Controle] | None = None
) -> Recours:
    """The porteur contests the refusal here; ``piece``: name and checked file, if she joins one.

    Raises Interdit, Invalide (no reason given), PasLeMoment (nothing to contest, one is open).
    """
    exiger(acteur, "dossier.former_recours", dossier)
    donnees = DonneesRecours(CanalRecours.PLATEFORME, aujourdhui(), texte)
    return _recevoir(acteur, dossier, donnees, piece)


def enregistrer_recours(
    acteur: Acteur, dossier: Dossier, donnees: DonneesRecours, piece: tuple[str, Controle]
) -> Recours:
    """The coordination records what came by letter, mail or by hand, with its scanned file.

    Raises Interdit, Invalide (dates, text), PasLeMoment (nothing to contest, one is open).
    """
    exiger(acteur, "dossier.enregistrer_recours", dossier)
    return _recevoir(acteur, dossier, donnees, piece)


def _recevoir(
    acteur: Acteur,
    dossier: Dossier,
    donnees: DonneesRecours,
    piece: tuple[str, Controle] | None,
) -> Recours:
    verrouiller(dossier)
    texte = nettoyer(donnees.texte).strip()[:TEXTE_MAX]
    ouvert = recours_ouvert(dossier)
    if ouvert and (ouvert.enregistre_par_id, ouvert.texte) == (acteur.utilisateur_id, texte):
        return ouvert  # a second click
    refus = _exiger_refus(dossier)
    problemes = _problemes(donnees, refus, texte)
    if problemes:
        raise Invalide("Le recours n’est pas complet.", problemes)
    recours = Recours(
        dossier=dossier,
        rang=1 + _dernier_rang(dossier),
        objet=refus.objet,
        canal=donnees.canal,
        notifiee_le=refus.notifiee_le,
        limite_le=refus.limite_le,
        envoye_le=donnees.envoye_le,
        recu_le=donnees.recu_le,
        silence_le=jour_de_silence(donnees.recu_le),
        texte=texte,
        enregistre_par_id=acteur.utilisateur_id or 0,
        fichier_id=_ranger(acteur, dossier, piece),
        rapport="",
        motif="",
    )
    db.session.add(recours)
    db.session.flush()
    _dire_reception(acteur, recours)
    return recours


def _exiger_refus(dossier: Dossier) -> Refus:
    refus = refus_contestable(dossier)
    if refus is None:
        raise PasLeMoment("Ce dossier n’a pas de refus notifié\u00a0: il n’y a rien à contester.")
    if recours_ouvert(dossier) is not None:
        raise PasLeMoment(
            "Un recours est déjà en cours d’examen sur ce dossier.",
            "Pour le compléter, écrivez un message depuis la page du dossier.",
        )
    return refus


def _problemes(d: DonneesRecours, refus: Refus, texte: str) -> list[Probleme]:
    trouves = []
    if len(texte) < LONGUEUR_MIN:
        trouves.append(Probleme("Dites ce qui est contesté, et pourquoi.", "texte"))
    if d.recu_le > aujourdhui():
        trouves.append(Probleme("La date de réception ne peut pas être à venir.", "recu_le"))
    if d.recu_le < refus.notifiee_le:
        trouves.append(Probleme("Le recours est reçu après la notification du refus.", "recu_le"))
    if d.canal is CanalRecours.COURRIER and d.envoye_le is None:
        trouves.append(
            Probleme("Indiquez la date du cachet de la poste\u00a0: elle compte.", "envoye_le")
        )
    if d.envoye_le is not None and not refus.notifiee_le <= d.envoye_le <= d.recu_le:
        trouves.append(
            Probleme("La date d’envoi est entre la notification et la réception.", "envoye_le")
        )
    return trouves


def _dernier_rang(dossier: Dossier) -> int:
    rang = db.session.scalar(select(func.max(Recours.rang)).where(Recours.dossier_id == dossier.id))
    return rang or 0


def _ranger(acteur: Acteur, dossier: Dossier, piece: tuple[str, Controle] | None) -> int | None:
    if piece is None:
        return None
    nom, contenu = piece
    return enregistrer_fichier(acteur, nom, contenu, entite="dossier", entite_id=dossier.id).id


def _dire_reception(acteur: Acteur, recours: Recours) -> None:
    dossier = recours.dossier
    tard = " (après la fin du délai)" if recours.tardif else ""
    consigner(
        acteur,
        recours,
        "recours.recevoir",
        f"Recours gracieux reçu le {recours.recu_le:%d/%m/%Y}{tard}",
        donnees={
            "objet": recours.objet.value,
            "canal": recours.canal.value,
            "notifiee_le": recours.notifiee_le.isoformat(),
            "limite_le": recours.limite_le.isoformat(),
            "recu_le": recours.recu_le.isoformat(),
            "envoye_le": recours.envoye_le.isoformat() if recours.envoye_le else None,
            "silence_le": recours.silence_le.isoformat(),
        },
        visible_porteur=True,
    )
    avertir_porteur(dossier, "recours_recu", recours=recours)
    avertir_coordination(
        dossier, "recours_forme", recours=recours, chemin=f"/instruction/recours/{recours.id}"
    )


def _exiger_ouvert(recours: Recours) -> None:
    if not recours.ouvert:
        raise PasLeMoment("Ce recours est décidé\u00a0: il ne se change plus.")


def confier_examen(
    acteur: Acteur,
    recours: Recours,
    utilisateur: Utilisateur,
    raison: str = "",
    *,
    version: int | None = None,
) -> None:
    """Entrust the new examination. ``raison``: why to somebody who took part in the refusal.

    The reason is owed while somebody else could do it; a former report is dropped (the journal
    keeps it). Raises Interdit, Invalide, PasLeMoment, Conflit.
    """
    exiger(acteur, "recours.confier", recours)
    verifier_version(recours, version)
    _exiger_ouvert(recours)
    if not may(charger_acteur(utilisateur), "recours.voir", recours):
        phrase = "Cette personne ne peut pas lire ce dossier\u00a0: choisissez-en une autre."
        raise Invalide(phrase, [Probleme(phrase, "examinateur")])
    lien = part_au_refus(recours.dossier).get(utilisateur.id, "")
    propre = nettoyer(raison).strip()[:1000]
    if lien and not propre and any(not e.lien for e in examinateurs(recours)):
        phrase = (
            f"Cette personne {lien}. Choisissez quelqu’un qui n’a pas pris part au refus, ou dites "
            "pourquoi ce n’est pas possible."
        )
        raise Invalide(phrase, [Probleme(phrase, "raison")])
    recours.examinateur = utilisateur
    recours.confie_le = maintenant()
    recours.proposition, recours.rapport, recours.examine_le = None, "", None
    consigner(
        acteur,
        recours,
        "recours.confier",
        f"Nouvel examen confié à {utilisateur.nom_complet}",
        motif=propre,
        donnees={"examinateur": utilisateur.id, "part_au_refus": lien},
    )
    deposer_courriel(
        utilisateur,
        "recours_confie",
        entite="dossier",
        entite_id=recours.dossier_id,
        dossier=recours.dossier,
        recours=recours,
        chemin=f"/instruction/recours/{recours.id}",
    )


def rendre_rapport(
    acteur: Acteur,
    recours: Recours,
    proposition: SensRecours,
    rapport: str,
    *,
    version: int | None = None,
) -> None:
    """What the new examination found, and what is proposed. Never shown to the porteur.

    Raises Interdit (not the examiner), Invalide, PasLeMoment, Conflit.
    """
    exiger(acteur, "recours.examiner", recours)
    verifier_version(recours, version)
    _exiger_ouvert(recours)
    propre = nettoyer(rapport).strip()[:TEXTE_MAX]
    if len(propre) < LONGUEUR_MIN:
        phrase = "Écrivez ce que le nouvel examen a montré."
        raise Invalide(phrase, [Probleme(phrase, "rapport")])
    recours.proposition, recours.rapport, recours.examine_le = proposition, propre, maintenant()
    consigner(
        acteur,
        recours,
        "recours.examiner",
        f"Nouvel examen rendu\u00a0: {proposition.libelle.lower()}",
        motif=propre,
        donnees={"proposition": proposition.value},
    )
    avertir_coordination(
        recours.dossier,
        "recours_examine",
        recours=recours,
        chemin=f"/instruction/recours/{recours.id}",
    )


def decider_recours(
    acteur: Acteur,
    recours: Recours,
    sens: SensRecours,
    motif: str,
    type_motif: MotifRecours | None = None,
    *,
    version: int | None = None,
) -> None:
    """Admit or refuse, with the reason that the porteur reads; also after the silence.

    Admitted: the dossier goes back to examination, its lines with it, without any amount. A
    refusal for lateness needs no new examination. Raises Interdit, Invalide, PasLeMoment, Conflit.
    """
    exiger(acteur, "recours.decider", recours)
    prendre_son_tour(recours.dossier)
    verrouiller(recours)
    verifier_version(recours, version)
    _exiger_ouvert(recours)
    propre = nettoyer(motif).strip()[:MOTIF_MAX]
    if problemes := _problemes_decision(recours, sens, propre, type_motif):
        raise Invalide("La décision n’est pas complète.", problemes)
    if recours.examine_le is None and type_motif is not MotifRecours.HORS_DELAI:
        raise PasLeMoment("Le nouvel examen n’est pas rendu\u00a0: confiez-le d’abord.")
    if sens is SensRecours.ADMIS:
        franchir(
            acteur,
            recours.dossier,
            "admettre_recours",
            motif=propre,
            donnees={"recours": recours.id},
        )
    recours.sens = sens
    recours.type_motif = type_motif if sens is SensRecours.REJETE else None
    recours.motif = propre
    recours.decide_le = maintenant()
    recours.decide_par_id = acteur.utilisateur_id
    consigner(
        acteur,
        recours,
        "recours.decider",
        sens.passe,
        motif=propre,
        donnees={
            "sens": sens.value,
            "type_motif": recours.type_motif.value if recours.type_motif else None,
            "proposition": recours.proposition.value if recours.proposition else None,
        },
        visible_porteur=True,
    )
    avertir_porteur(recours.dossier, f"recours_{sens.value}", recours=recours)


def _problemes_decision(
    recours: Recours, sens: SensRecours, motif: str, type_motif: MotifRecours | None
) -> list[Probleme]:
    trouves = []
    if len(motif) < LONGUEUR_MIN:
        trouves.append(Probleme("Écrivez les raisons\u00a0: le porteur les lira.", "motif"))
    if sens is SensRecours.REJETE and type_motif is None:
        trouves.append(Probleme("Choisissez le motif du rejet.", "type_motif"))
    if sens is SensRecours.REJETE and type_motif is MotifRecours.HORS_DELAI and not recours.tardif:
        phrase = f"Ce recours est arrivé dans le délai (jusqu’au {recours.limite_le:%d/%m/%Y})."
        trouves.append(Probleme(phrase, "type_motif"))
    return trouves


def constater_silences() -> int:
    """Tell the porteurs whose appeal silence refuses, once each; gives their number (job).

    Not a decision: the appeal stays open, the coordination may still decide.
    """
    dus = silences_a_dire()
    for recours in dus:
        consigner(
            SYSTEME,
            recours,
            "recours.constater_silence",
            "Deux mois sans réponse\u00a0: le recours est considéré comme rejeté",
            donnees={"silence_le": recours.silence_le.isoformat()},
            visible_porteur=True,
        )
        avertir_porteur(recours.dossier, "recours_silence", recours=recours)
        avertir_coordination(
            recours.dossier,
            "recours_silence_agent",
            recours=recours,
            chemin=f"/instruction/recours/{recours.id}",
        )
    return len(dus)


@garde_de("dossier", "recours_examine")
def _examine(_acteur: Acteur, dossier: Dossier) -> str | None:
    """An appeal against the present refusal is open and was examined again."""
    recours = recours_ouvert(dossier)
    if recours is None or recours.objet is not OBJETS.get(dossier.etat):
        return "Aucun recours du porteur n’est en cours sur ce refus."
    if recours.examine_le is None:
        return "Le nouvel examen du recours n’est pas rendu."
    return None


@effet("dossier", "admettre_recours")
def _lignes_en_recours(acteur: Acteur, dossier: Dossier, motif: str) -> None:
    """The lines that the refusal put out come back to examination, without any amount.

    ``dossier.etat`` is already the target: deposited again after an inadmissibility, examined
    after a rejection. What a funder refused by itself before a rejection stays so.
    """
    irrecevable = dossier.etat is EtatDossier.DEPOSE
    eteint = EtatFinancement.NON_RECEVABLE if irrecevable else EtatFinancement.REFUSE
    for ligne in sorted(dossier.financements, key=lambda f: f.id):
        if ligne.etat is eteint:
            liberer(acteur, ligne, "Nouvel examen sur recours")
            ligne.motif_refus = ""
            franchir(acteur, ligne, "admettre_recours", motif=motif)
