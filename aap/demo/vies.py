"""The life of a dossier, act by act, through the services: every journal line is real."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from sqlalchemy import select

from aap.demo.monde import Monde
from aap.demo.papiers import signer_avenant
from aap.domaine.erreurs import Depassement, Invalide, PasLeMoment
from aap.domaine.horloge import aujourdhui
from aap.domaine.scrutin import ModeScrutin, Voix
from aap.extensions import db
from aap.models import (
    Bilan,
    Campagne,
    Dossier,
    Enveloppe,
    Financement,
    Membre,
    ModeCritere,
    RoleMembre,
    Seance,
    SensDecision,
    Tranche,
    TypeConvention,
    ValeurAvis,
    Versement,
)
from aap.permissions import Acteur, charger_acteur
from aap.requetes.soldes import reste_a_attribuer
from aap.services import avenant as avenants
from aap.services.arbitrage import arbitrer
from aap.services.avenant import ChangementTranche, SaisieAvenant, preparer_avenant
from aap.services.avis import rendre_avis
from aap.services.bilan import SaisieBilan, deposer_bilan, enregistrer_bilan
from aap.services.convention import acte_vivant, preparer_convention
from aap.services.decision import decider
from aap.services.depot import transmettre
from aap.services.evaluation import NoteSaisie, enregistrer_evaluation, envoyer_evaluation
from aap.services.instruction import clore_instruction
from aap.services.recevabilite import prendre_en_charge, prendre_en_instruction
from aap.services.scrutin import clore_scrutin, electeurs_de, noter_voix, ouvrir_scrutin
from aap.services.seance import inscrire
from aap.services.signature import (
    envoyer_a_la_signature,
    mettre_en_vigueur,
    signer_financeur,
    signer_porteur,
)
from aap.services.versement import constater_paiement, mandater, proposer, valider
from aap.services.vote import enregistrer_vote, notifier
from workflows.convention import EtatConvention
from workflows.financement import EtatFinancement
from workflows.versement import EtatVersement

COMMENTAIRES = {
    ValeurAvis.FAVORABLE: (
        "Action utile, bien connue des habitants. Le budget est sincère.",
        "Projet clair, équipe solide, bon lien avec les partenaires.",
        "Bonne participation des habitants ; suivi sérieux l’an passé.",
    ),
    ValeurAvis.FAVORABLE_RESERVE: (
        "Favorable, sous réserve de préciser le calendrier et le nombre de séances.",
        "Favorable, à condition de mieux toucher le quartier le plus éloigné.",
    ),
    ValeurAvis.RESERVE: (
        "Le besoin est réel mais l’action recoupe celle du centre social : à rapprocher.",
        "Coût par personne élevé ; les cofinancements restent fragiles.",
    ),
    ValeurAvis.DEFAVORABLE: ("L’action relève d’abord du droit commun, déjà présent.",),
}


def signataire(dossier: Dossier) -> Acteur:
    """The signatory of the dossier's organisme."""
    membre = db.session.scalars(
        select(Membre)
        .where(
            Membre.organisme_id == dossier.organisme_id,
            Membre.role == RoleMembre.SIGNATAIRE,
            Membre.parti_le.is_(None),
        )
        .order_by(Membre.id)
        .limit(1)
    ).one()
    return charger_acteur(membre.utilisateur)


def deposer(dossier: Dossier) -> None:
    transmettre(signataire(dossier), dossier)


def instruire(monde: Monde, dossier: Dossier, *, clore: bool = True) -> None:
    """Admissible, taken in charge, scored by two people at most, opinions of every funder."""
    hasard = monde.hasard
    prendre_en_instruction(monde.acteur("coordination"), dossier)
    for rang, ligne in enumerate(dossier.financements):
        acteur = monde.acteur(f"instruction.{ligne.financeur.code}")
        prendre_en_charge(acteur, ligne)
        if rang < (2 if hasard.random() < 0.5 else 1):
            _noter(acteur, dossier, hasard)
    if not clore:
        return
    for ligne in dossier.financements:
        _donner_avis(monde, ligne)
    clore_instruction(monde.acteur("coordination"), dossier)


def _noter(acteur: Acteur, dossier: Dossier, hasard: Random) -> None:
    grille = dossier.campagne.grille
    if grille is None:
        return
    notes = {
        c.id: NoteSaisie(hasard.choice((1, 2, 2, 3, 3, 3, 4, 4)), commentaire="")
        for c in grille.criteres
        if c.mode is ModeCritere.APPRECIE
    }
    evaluation = enregistrer_evaluation(
        acteur, dossier, notes, "Lecture du dossier et échange avec la structure."
    )
    envoyer_evaluation(acteur, evaluation)


def _donner_avis(monde: Monde, ligne: Financement) -> None:
    hasard = monde.hasard
    valeur = hasard.choices(
        list(COMMENTAIRES), weights=[70, 15, 10, 5] if ligne.montant_demande else [1, 0, 0, 0]
    )[0]
    part = {
        ValeurAvis.FAVORABLE: (80, 90, 100),
        ValeurAvis.FAVORABLE_RESERVE: (70, 80),
        ValeurAvis.RESERVE: (40, 50),
        ValeurAvis.DEFAVORABLE: (0,),
    }[valeur]
    montant = ligne.montant_demande * hasard.choice(part) // 100 // 10000 * 10000
    rendre_avis(
        monde.acteur(f"instruction.{ligne.financeur.code}"),
        ligne,
        valeur,
        hasard.choice(COMMENTAIRES[valeur]),
        montant,
    )


def mettre_a_l_ordre_du_jour(monde: Monde, seance: Seance, dossiers: Sequence[Dossier]) -> None:
    for dossier in dossiers:
        inscrire(monde.acteur("coordination"), seance, dossier)


def enveloppe_de(campagne: Campagne, ligne: Financement) -> Enveloppe | None:
    """The main enveloppe of the line's funder in this campaign."""
    return db.session.scalar(
        select(Enveloppe)
        .where(
            Enveloppe.campagne_id == campagne.id,
            Enveloppe.financeur_id == ligne.financeur_id,
            Enveloppe.parent_id.is_(None),
        )
        .order_by(Enveloppe.id)
        .limit(1)
    )


def repartir_montants(monde: Monde, dossier: Dossier) -> int:
    """Put on each line what its funder proposed, as far as the enveloppe goes; cents given."""
    total = 0
    for ligne in dossier.financements:
        if ligne.etat is not EtatFinancement.AVIS_RENDU or not ligne.montant_propose:
            continue
        enveloppe = enveloppe_de(dossier.campagne, ligne)
        if enveloppe is None:
            continue
        montant = min(ligne.montant_propose, reste_a_attribuer(enveloppe) // 10000 * 10000)
        if montant < 500_00:
            continue
        try:
            arbitrer(monde.acteur("coordination"), ligne, montant, enveloppe)
        except (Depassement, Invalide):
            continue
        total += montant
    return total


def decider_pour(monde: Monde, seance: Seance, dossier: Dossier, sens: SensDecision) -> None:
    """The committee's decision; without money left the dossier goes to the waiting list."""
    motifs = {
        SensDecision.AJOURNER: "Le partenariat avec le centre social est à préciser avant juin.",
        SensDecision.REJETER: "L’action relève du droit commun et recoupe un service existant.",
    }
    if sens is SensDecision.PROGRAMMER and not repartir_montants(monde, dossier):
        sens = SensDecision.LISTE_ATTENTE
    if sens is SensDecision.AJOURNER:
        mettre_aux_voix(monde, seance, dossier)
    decider(
        monde.acteur("coordination"),
        seance,
        dossier,
        sens,
        motifs.get(sens, ""),
        rang_attente=1 if sens is SensDecision.LISTE_ATTENTE else None,
    )


def mettre_aux_voix(monde: Monde, seance: Seance, dossier: Dossier) -> None:
    """A vote by name that postpones the dossier: one voice against, one abstention."""
    acteur = monde.acteur("coordination")
    electeurs = electeurs_de(seance, dossier)
    question = "Ajourner ce dossier jusqu’à la prochaine séance"
    scrutin = ouvrir_scrutin(acteur, seance, dossier, question, ModeScrutin.NOMINATIF, electeurs[0])
    autres = {1: Voix.CONTRE, 2: Voix.ABSTENTION}
    noter_voix(acteur, scrutin, {e: autres.get(i, Voix.POUR) for i, e in enumerate(electeurs)})
    clore_scrutin(acteur, scrutin)


def voter(monde: Monde, dossier: Dossier, *, notification: bool = True) -> None:
    """Each funder's legal act, then its letter."""
    acteur = monde.acteur("finance.saisie")
    for ligne in dossier.financements:
        if ligne.etat is not EtatFinancement.ARBITRE:
            continue
        etat = ligne.financeur.type.value in ("etat", "ars", "drac")
        enregistrer_vote(
            acteur,
            ligne,
            ligne.montant_arbitre or 0,
            "arrete" if etat else "deliberation",
            f"{'AR' if etat else 'DEL'}-{ligne.exercice}-{ligne.id:04d}",
            aujourdhui(),
        )
        if notification:
            notifier(acteur, ligne)


def conventionner(
    monde: Monde,
    ligne: Financement,
    *,
    annees: int = 1,
    jusqua: str = "vigueur",
    type_acte: TypeConvention | None = None,
) -> None:
    """Prepare, send, sign and notify the act of a line, up to the step asked for."""
    acteur = monde.acteur("finance.saisie")
    suites = {ligne.exercice + i: ligne.montant_vote or 0 for i in range(1, annees)}
    convention = preparer_convention(acteur, ligne, type_acte, exercices=suites or None)
    if jusqua == "projet":
        return
    envoyer_a_la_signature(acteur, convention)
    if convention.type is not TypeConvention.ARRETE:
        if jusqua == "porteur":
            return
        signer_porteur(signataire(ligne.dossier), convention)
    if jusqua == "financeur":
        return
    signer_financeur(monde.acteur("finance.controle"), convention)
    if jusqua == "vigueur":
        mettre_en_vigueur(acteur, convention)


def amender(monde: Monde, ligne: Financement, *, jusqua: str = "signe") -> None:
    """An avenant to the CPO of a line: a larger second year, with its objective."""
    acteur = monde.acteur("finance.saisie")
    convention = acte_vivant(ligne)
    if (
        convention is None
        or convention.type is not TypeConvention.CPO
        or (convention.etat is not EtatConvention.EN_VIGUEUR)
    ):
        return
    suivante = convention.tranches[1]
    saisie = SaisieAvenant(
        "Un deuxième groupe ouvre l’an prochain, à la demande des familles du quartier.",
        (
            ChangementTranche(
                suivante.exercice,
                suivante.montant + 800_00,
                "Ouvrir un deuxième groupe de douze personnes.",
            ),
        ),
    )
    avenant = preparer_avenant(acteur, convention, saisie)
    avenants.envoyer_a_la_signature(acteur, avenant)
    if jusqua == "porteur":
        return
    if jusqua == "papier":
        signer_avenant(monde, avenant, signataire(ligne.dossier))
        return
    avenants.signer_porteur(signataire(ligne.dossier), avenant)
    if jusqua != "financeur":
        avenants.signer_financeur(monde.acteur("finance.controle"), avenant)


def payer(monde: Monde, ligne: Financement, *, combien: int = 9, jusqua: str = "paye") -> None:
    """Pay the first ``combien`` planned payments of a line, by two people."""
    saisie, controle = monde.acteur("finance.saisie"), monde.acteur("finance.controle")
    versements = [v for t in _tranches(ligne) for v in t.versements]
    for versement in versements[:combien]:
        if versement.etat is not EtatVersement.PREVU:
            continue
        if not _proposable(saisie, versement):
            return
        if jusqua == "propose":
            continue
        valider(controle, versement)
        if jusqua == "valide":
            continue
        mandater(saisie, versement, f"M-{versement.id:05d}", f"210{versement.id:07d}")
        if jusqua == "mandate":
            continue
        constater_paiement(saisie, versement, aujourdhui())


def _proposable(saisie: Acteur, versement: Versement) -> bool:
    """Propose the payment; a late bilan of the same organisme stops it, as in real life."""
    try:
        with db.session.begin_nested():
            proposer(saisie, versement)
    except PasLeMoment:
        return False
    return True


def _tranches(ligne: Financement) -> list[Tranche]:
    return list(db.session.scalars(select(Tranche).where(Tranche.financement_id == ligne.id)))


def bilan_du(dossier: Dossier) -> Bilan:
    return db.session.scalars(select(Bilan).where(Bilan.dossier_id == dossier.id)).one()


def remplir_bilan(
    monde: Monde, dossier: Dossier, *, realise_pour_cent: int = 100, depot: bool = True
) -> Bilan:
    """Type the realised figures and texts; ``realise_pour_cent`` of each planned amount."""
    acteur, bilan = signataire(dossier), bilan_du(dossier)
    total = dossier.beneficiaires or 40
    saisie = SaisieBilan(
        textes={
            "mise_en_oeuvre": "L’action s’est tenue comme prévu, avec deux séances ajoutées à la "
            "demande des participants.",
            "publics": "Surtout des familles du quartier, venues par l’école.",
            "lieux": "Dans la salle commune du quartier, de janvier à décembre.",
            "objectifs_atteints": "Oui pour l’essentiel : la présence est régulière et les "
            "partenaires le confirment.",
            "observations": "La salle est devenue trop petite.",
        },
        nombres={
            "beneficiaires_reels": str(total * monde.hasard.randint(80, 120) // 100),
            "beneficiaires_femmes": str(total * 45 // 100),
            "beneficiaires_qpv": str(total * 65 // 100),
        },
        realises={
            x.id: (
                f"{x.prevu * realise_pour_cent // 10000}",
                "" if realise_pour_cent == 100 else "Moins de séances que prévu cette année.",
            )
            for x in bilan.lignes
        },
        mesures={
            m.indicateur_dossier_id: (str(monde.hasard.randint(10, 90)), "Feuilles de présence")
            for m in bilan.mesures
        },
    )
    enregistrer_bilan(acteur, bilan, saisie)
    if depot:
        deposer_bilan(acteur, bilan)
    return bilan
