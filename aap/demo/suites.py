"""What becomes of the dossiers of each call, so that every role has work waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aap.demo.lots_actes import preparer_ensemble
from aap.demo.monde import MEMBRES_COPIL, Monde
from aap.demo.notations import accorder, figer
from aap.demo.vies import (
    amender,
    bilan_du,
    conventionner,
    decider_pour,
    deposer,
    instruire,
    mettre_a_l_ordre_du_jour,
    payer,
    remplir_bilan,
    signataire,
    voter,
)
from aap.domaine.horloge import aujourdhui, horloge_fixee
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Financement,
    Seance,
    SensDecision,
    TypeConvention,
    ValeurAvis,
)
from aap.permissions import SYSTEME
from aap.services.affectation import affecter, declarer_deport
from aap.services.avis import demander_avis, rendre_avis_externe
from aap.services.bilan import demander_modification, mettre_en_defaut
from aap.services.campagne_etapes import avancer
from aap.services.campagne_horloge import faire_a_l_heure
from aap.services.depot import demander_signature, retirer_dossier
from aap.services.message import ecrire_message
from aap.services.publication import publier
from aap.services.pv import arreter_pv
from aap.services.recevabilite import declarer_irrecevable, demander_complements
from aap.services.reversement import decompte, demander_reversement, valider_bilan
from aap.services.seance import (
    DonneesSeance,
    clore,
    convoquer,
    creer_seance,
    marquer_presence,
    ouvrir,
)
from aap.services.taches import enfiler
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement

Suivre = Callable[[Sequence[Any], str], Iterable[Any]]
ETAT = ("etat-147-94", "etat-147-91")
# How far the first avenants go: the showcase organisation signs its own; the next ones are signed.
AVENANTS = {0: "porteur", 1: "papier", 2: "financeur"}


def _clore_depots(monde: Monde, campagne: Campagne) -> None:
    """The clock closes the call, then the coordination starts the examination."""
    with horloge_fixee(campagne.cloture_le + timedelta(hours=2)):
        faire_a_l_heure()
        avancer(monde.acteur("coordination"), campagne, "lancer_instruction")
    db.session.commit()


def _a_neuf_heures(monde: Monde, jours: float) -> datetime:
    """Nine o'clock in Paris (about), ``jours`` days before now; negative: to come."""
    return (monde.debut - timedelta(days=jours)).replace(hour=8, minute=0, second=0)


def _seance(monde: Monde, campagne: Campagne, titre: str, jours: float) -> Seance:
    acteur = monde.acteur("coordination")
    seance = creer_seance(
        acteur,
        campagne,
        DonneesSeance(titre, _a_neuf_heures(monde, jours), "Salle du conseil de l’EPT", quorum=3),
    )
    for cle, qualite in (("copil.prefecture", "Préfecture"), *_qualites()):
        convoquer(acteur, seance, monde.utilisateurs[cle], qualite)
    return seance


def _qualites() -> list[tuple[str, str]]:
    noms = {"mairie": "Maires du territoire", "ept": "EPT", "departement": "Département"}
    return [(f"copil.{m}", noms.get(m, "Caisse d’allocations familiales")) for m in MEMBRES_COPIL]


def _tenir(monde: Monde, seance: Seance, decisions: Sequence[tuple[Dossier, SensDecision]]) -> None:
    """Open, decide everything, close, sign the minutes, publish."""
    acteur = monde.acteur("coordination")
    ouvrir(acteur, seance)
    for presence in seance.presences:
        marquer_presence(acteur, presence, True)
    for dossier, sens in decisions:
        decider_pour(monde, seance, dossier, sens)
    clore(acteur, seance)
    arreter_pv(acteur, seance, "Agnès Garnier", "Préfecture")
    publier(acteur, seance)


def annee_passee(monde: Monde, campagne: Campagne, dossiers: list[Dossier], suivre: Suivre) -> None:
    """Last year's call, finished: bilans in, some late, one sum to give back, a dozen CPO."""
    for rang, dossier in enumerate(suivre(dossiers, "Dépôt, année passée")):
        with monde.le(585 - rang % 20):
            deposer(dossier)
        db.session.commit()
    _clore_depots(monde, campagne)
    for rang, dossier in enumerate(suivre(dossiers, "Instruction, année passée")):
        with monde.le(545 - rang % 40):
            if rang % 24 == 23:
                declarer_irrecevable(
                    monde.acteur("coordination"), dossier, "L’action se déroule hors du territoire."
                )
            else:
                instruire(monde, dossier)
        db.session.commit()
    retenus = [d for d in dossiers if d.etat is EtatDossier.INSTRUIT]
    with monde.le(475):
        figer(monde, campagne, retenus)
    with monde.le(470):
        seance = _seance(monde, campagne, f"Comité de pilotage {campagne.exercice}", 470)
        avancer(monde.acteur("coordination"), campagne, "passer_au_copil")
        mettre_a_l_ordre_du_jour(monde, seance, retenus)
        _tenir(
            monde,
            seance,
            [
                (d, SensDecision.REJETER if i % 11 == 10 else SensDecision.PROGRAMMER)
                for i, d in enumerate(retenus)
            ],
        )
        avancer(monde.acteur("coordination"), campagne, "notifier")
    db.session.commit()
    programmes = [d for d in retenus if d.etat is EtatDossier.PROGRAMME]
    for rang, dossier in enumerate(suivre(programmes, "Paiements, année passée")):
        _executer(monde, dossier, pluriannuel=rang % 4 == 0)
        db.session.commit()
    for rang, dossier in enumerate(suivre(programmes, "Bilans, année passée")):
        _rendre_compte(monde, dossier, rang)
        db.session.commit()


def _lignes(dossier: Dossier, etat: EtatFinancement) -> list[Financement]:
    return [f for f in dossier.financements if f.etat is etat]


def _executer(monde: Monde, dossier: Dossier, *, pluriannuel: bool) -> None:
    with monde.le(455):
        voter(monde, dossier)
    for ligne in _lignes(dossier, EtatFinancement.NOTIFIE):
        cpo = pluriannuel and ligne.financeur.code in ETAT
        with monde.le(435):
            conventionner(monde, ligne, annees=3 if cpo else 1)
    if not dossier.organisme.iban:
        return
    for ligne in _lignes(dossier, EtatFinancement.ENGAGE):
        with monde.le(415):
            payer(monde, ligne, combien=1)
        with monde.le(310):
            payer(monde, ligne)


def _rendre_compte(monde: Monde, dossier: Dossier, rang: int) -> None:
    """Most bilans are in and accepted; a few wait, are wrong, or late."""
    if dossier.etat is not EtatDossier.EN_EXECUTION:
        return
    if rang % 12 == 5:
        with horloge_fixee(monde.debut - timedelta(hours=20)):
            if aujourdhui() > bilan_du(dossier).echeance:
                mettre_en_defaut(SYSTEME, bilan_du(dossier))
        return
    realise = 62 if rang == 3 else 100
    with monde.le(200 - rang):
        bilan = remplir_bilan(monde, dossier, realise_pour_cent=realise, depot=rang % 13 != 8)
    if rang % 13 == 8 or rang % 9 == 4:
        return
    controle = monde.acteur("finance.controle")
    with monde.le(120 - rang):
        if rang % 15 == 6:
            demander_modification(controle, bilan, "Précisez le nombre de séances tenues.")
            return
        valider_bilan(controle, bilan)
        if rang == 3:
            _reverser(monde, dossier)


def _reverser(monde: Monde, dossier: Dossier) -> None:
    bilan = bilan_du(dossier)
    for ligne in _lignes(dossier, EtatFinancement.VERSE)[:1]:
        compte = decompte(bilan, ligne)
        if compte.a_reverser:
            demander_reversement(
                monde.acteur("finance.controle"),
                bilan,
                ligne,
                compte.a_reverser,
                "L’action n’a été réalisée qu’en partie.",
                list(compte.etapes),
            )


# stages of this year's dossiers, in the order of the list
ETAPES = (
    ("brouillon", 5),
    ("depose", 10),
    ("a_completer", 5),
    ("irrecevable", 3),
    ("en_instruction", 16),
    ("instruit", 12),
    ("inscrit", 9),
    ("retire", 2),
    ("decide", 42),
)


def _etapes(nombre: int) -> list[str]:
    """One stage per dossier, in the proportions of ETAPES, each stage at least once."""
    total = sum(n for _, n in ETAPES)
    etapes = [nom for nom, n in ETAPES[:-1] for _ in range(max(1, n * nombre // total))]
    return etapes + ["decide"] * (nombre - len(etapes))


def annee_en_cours(
    monde: Monde, campagne: Campagne, dossiers: list[Dossier], suivre: Suivre
) -> None:
    """This year's call, with dossiers stopped at every stage."""
    # The showcase organisation (first dossier) is among the decided ones.
    par_dossier = dict(zip([d.id for d in reversed(dossiers)], _etapes(len(dossiers)), strict=True))
    for rang, dossier in enumerate(suivre(dossiers, "Dépôt, année en cours")):
        if par_dossier[dossier.id] != "brouillon":
            with monde.le(110 - rang % 12):
                deposer(dossier)
        db.session.commit()
    _clore_depots(monde, campagne)
    for rang, dossier in enumerate(suivre(dossiers, "Instruction, année en cours")):
        with monde.le(80 - rang % 25):
            _examiner(monde, dossier, par_dossier[dossier.id])
        db.session.commit()
    with monde.le(50):
        accorder(monde, [d for d in dossiers if par_dossier[d.id] == "instruit"], 3)
    decides = [d for d in dossiers if par_dossier[d.id] == "decide"]
    _premiere_seance(monde, campagne, decides)
    programmes = [d for d in decides if d.etat is EtatDossier.PROGRAMME]
    for rang, dossier in enumerate(suivre(programmes, "Conventions, année en cours")):
        _engager(monde, dossier, rang)
        if rang % 12 == 0:
            _amender(monde, dossier, AVENANTS.get(rang // 12, "signe"))
        db.session.commit()
    preparer_ensemble(monde)
    inscrits = [d for d in dossiers if par_dossier[d.id] == "inscrit"]
    with monde.le(6):
        seance = _seance(monde, campagne, f"Comité de pilotage {campagne.exercice}, 2e séance", -2)
        mettre_a_l_ordre_du_jour(monde, seance, inscrits)
        declarer_deport(
            monde.acteur("coordination"),
            monde.utilisateurs["copil.mairie"],
            inscrits[0].organisme,
            "Membre du conseil d’administration de l’association.",
        )
    db.session.commit()


def _examiner(monde: Monde, dossier: Dossier, etape: str) -> None:
    coordination = monde.acteur("coordination")
    if etape in ("brouillon", "depose"):
        if etape == "depose":
            _affecter(monde, dossier)
        return
    if etape == "irrecevable":
        declarer_irrecevable(coordination, dossier, "L’action est terminée avant le dépôt.")
    elif etape == "retire":
        retirer_dossier(signataire(dossier), dossier)
    elif etape == "a_completer":
        _affecter(monde, dossier)
        demander_complements(
            coordination,
            dossier,
            "Le devis de la location de salle manque, et le calendrier est à préciser.",
            ["Devis de location", "Calendrier des séances"],
            monde.debut.date() + timedelta(days=9),
        )
    else:
        _affecter(monde, dossier)
        instruire(monde, dossier, clore=etape != "en_instruction")
        if etape == "en_instruction":
            ecrire_message(
                monde.acteur("coordination"),
                dossier,
                "Bonjour, pouvez-vous nous dire combien de séances sont prévues avant l’été ?",
            )


def _affecter(monde: Monde, dossier: Dossier) -> None:
    """One instructor of the State and one of the town."""
    for ligne in dossier.financements[:2]:
        code = ligne.financeur.code
        affecter(
            monde.acteur("coordination"),
            dossier,
            monde.utilisateurs[f"instruction.{code}"],
            ligne.financeur,
        )


def _premiere_seance(monde: Monde, campagne: Campagne, decides: list[Dossier]) -> None:
    sens = {7: SensDecision.REJETER, 13: SensDecision.AJOURNER, 19: SensDecision.REJETER,
            27: SensDecision.LISTE_ATTENTE, 33: SensDecision.REJETER}  # fmt: skip
    with monde.le(45):
        seance = _seance(monde, campagne, f"Comité de pilotage {campagne.exercice}", 45)
        mettre_a_l_ordre_du_jour(monde, seance, decides)
        _tenir(
            monde,
            seance,
            [(d, sens.get(i, SensDecision.PROGRAMMER)) for i, d in enumerate(decides)],
        )
    db.session.commit()


def _engager(monde: Monde, dossier: Dossier, rang: int) -> None:
    """Votes, letters, acts and first payments; a fifth of the dossiers stops at each step."""
    if rang % 6 == 1:
        return
    with monde.le(32 - rang % 5):
        voter(monde, dossier, notification=rang % 6 != 2)
    if rang % 6 == 3:
        return  # their acts are prepared together
    jusqua = {4: "porteur", 5: "financeur"}.get(rang % 6, "vigueur")
    notifiees = _lignes(dossier, EtatFinancement.NOTIFIE)
    for ligne in notifiees:
        cpo = rang % 3 == 0 and ligne.financeur.code in ETAT
        # The showcase organisation (first dossier) has a convention of its own to sign.
        a_signer = rang == 0 and ligne is notifiees[-1] and len(notifiees) > 1
        with monde.le(22 - rang % 5):
            conventionner(
                monde,
                ligne,
                annees=3 if cpo else 1,
                jusqua="porteur" if a_signer else jusqua,
                type_acte=TypeConvention.ANNUELLE if a_signer else None,
            )
    if not dossier.organisme.iban:
        return
    for ligne in _lignes(dossier, EtatFinancement.ENGAGE):
        if rang % 6 == 0:
            with monde.le(9):
                payer(monde, ligne, combien=1, jusqua="propose" if rang % 12 == 6 else "paye")


def _amender(monde: Monde, dossier: Dossier, jusqua: str) -> None:
    """An avenant to the State's CPO: signed, on paper for one, or waiting for somebody."""
    with monde.le(4):
        for ligne in dossier.financements:
            if ligne.financeur.code in ETAT:
                amender(monde, ligne, jusqua=jusqua)


def fonds_participatif(monde: Monde, dossiers: list[Dossier]) -> None:
    """Micro-projects of the Essonne: opinions of the conseil citoyen asked, some given."""
    for rang, dossier in enumerate(dossiers):
        with monde.le(20 - rang % 6):
            if rang % 6 == 5:
                demander_signature(signataire(dossier), dossier)
                db.session.commit()
                continue
            if rang % 6 == 4:
                continue
            deposer(dossier)
        with monde.le(8):
            instruire(monde, dossier, clore=False)
            demande = demander_avis(
                monde.acteur("coordination"),
                dossier,
                monde.utilisateurs["conseil.citoyen"],
                "Conseil citoyen",
                "Ce micro-projet est-il utile aux habitants de votre quartier ?",
                monde.debut.date() + timedelta(days=12),
            )
        if rang % 3 == 0:
            with monde.le(3):
                rendre_avis_externe(
                    monde.acteur("conseil.citoyen"),
                    demande,
                    ValeurAvis.FAVORABLE,
                    "Projet porté par des habitants connus, utile et peu coûteux.",
                )
        db.session.commit()


def achever(monde: Monde) -> None:
    """Start the clock's work from now on."""
    enfiler("campagnes_a_l_heure", cle_unique="campagnes_a_l_heure:demonstration")
    monde.oublier()
