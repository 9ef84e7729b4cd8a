"""The whole life of the money, through the services: vote to closing, and the reversement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from aap.domaine.erreurs import Conflit, Depassement, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.models import (
    Bilan,
    Convention,
    CoteBudget,
    Courriel,
    Deport,
    Enveloppe,
    Evenement,
    Financement,
    RoleHabilitation,
    TypeConvention,
    TypeVersement,
)
from aap.permissions import Acteur
from aap.requetes.cumuls import cumul_financeur
from aap.services import bilan as bilans
from aap.services import convention as conventions
from aap.services import reversement as reversements
from aap.services import signature, tranche, versement, vote
from aap.services.journal import verifier_journal
from aap.services.organisme import enregistrer_rib
from aap.services.verification_versement import a_verifier
from aap.services.versement import verse
from aap.taches.bilans import bilans_quotidiens
from tests import fabriques as f
from workflows.bilan import EtatBilan
from workflows.convention import EtatConvention
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement
from workflows.tranche import EtatTranche
from workflows.versement import EtatVersement

PRINTEMPS = datetime(2027, 3, 15, 10, tzinfo=UTC)
ETE = datetime(2027, 7, 1, 10, tzinfo=UTC)
BILAN = datetime(2028, 3, 1, 10, tzinfo=UTC)
VOTE = 10_000_01  # one cent more than a round sum: shares must be exact


@dataclass
class Monde:
    """One contrat, one funder with two officers, one organisme, one programmed dossier."""

    anne: Acteur
    bruno: Acteur
    sam: Acteur
    enveloppe: Enveloppe
    ligne: Financement


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        yield creer_monde()


def creer_monde(montant: int = VOTE, enveloppe: int = 30_000_00) -> Monde:
    contrat = f.contrat()
    prefecture = f.financeur(contrat)
    anne = f.agent(RoleHabilitation.FINANCE, contrat, prefecture, "Anne")
    bruno = f.agent(RoleHabilitation.FINANCE, contrat, prefecture, "Bruno")
    sam = f.utilisateur("Sam", "Signataire")
    organisme = f.organisme(signataire=sam)
    campagne = f.campagne(contrat, 2027)
    credits = f.enveloppe(campagne, prefecture, enveloppe)
    dossier = f.dossier(campagne, organisme)
    [ligne] = f.programmer(dossier, [(prefecture, credits, montant)], anne)
    return Monde(f.acteur(anne), f.acteur(bruno), f.acteur(sam), credits, ligne)


def notifier(m: Monde, montant: int = VOTE) -> Financement:
    vote.enregistrer_vote(m.anne, m.ligne, montant, "arrete", "2027-94-12", date(2027, 3, 10))
    vote.notifier(m.anne, m.ligne, version=m.ligne.version)
    return m.ligne


def en_vigueur(m: Monde, **options: Any) -> Convention:
    convention = conventions.preparer_convention(m.anne, m.ligne, **options)
    signature.envoyer_a_la_signature(m.anne, convention, version=convention.version)
    if convention.type is not TypeConvention.ARRETE:
        signature.signer_porteur(m.sam, convention, version=convention.version)
    signature.signer_financeur(m.anne, convention, version=convention.version)
    signature.mettre_en_vigueur(m.anne, convention, version=convention.version)
    return convention


def payer(m: Monde, v: Any, mandat: str = "M-1") -> None:
    versement.proposer(m.anne, v, version=v.version)
    versement.valider(m.bruno, v, version=v.version)
    versement.mandater(m.anne, v, mandat, version=v.version)
    versement.constater_paiement(m.anne, v, date(2027, 6, 30), version=v.version)


def remplir(m: Monde, bilan: Bilan, realise: int = 100) -> None:
    """Type the whole bilan; ``realise`` is the percentage of the planned amounts."""
    textes = {c: "Fait avec les habitants." for c, (_, requis) in bilans.TEXTES.items() if requis}
    bilans.enregistrer_bilan(
        m.sam,
        bilan,
        bilans.SaisieBilan(
            textes=textes,
            nombres={"beneficiaires_reels": "45", "beneficiaires_qpv": "40"},
            realises={
                x.id: (f"{x.prevu * realise // 100 // 100}", "Moins de séances que prévu.")
                if x.cote is CoteBudget.CHARGE
                else (f"{x.prevu * realise // 100 // 100}", "Selon les charges.")
                for x in bilan.lignes
            },
            mesures={
                x.indicateur_dossier_id: ("45", "Feuilles de présence") for x in bilan.mesures
            },
        ),
        version=bilan.version,
    )


def bilan_de(m: Monde, session: Any) -> Bilan:
    return session.scalars(select(Bilan).where(Bilan.dossier_id == m.ligne.dossier_id)).one()


def test_vie_entiere(monde: Monde, session: Any) -> None:
    m = monde
    ligne, dossier = notifier(m), m.ligne.dossier
    assert ligne.etat is EtatFinancement.NOTIFIE and ligne.notifie_le == date(2027, 3, 15)
    assert conventions.type_propose(ligne) is TypeConvention.ARRETE
    convention = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
    assert convention.numero == "2027-001"
    assert convention.etat is EtatConvention.EN_VIGUEUR
    assert ligne.etat is EtatFinancement.ENGAGE
    assert dossier.etat is EtatDossier.EN_EXECUTION
    bilan = bilan_de(m, session)
    assert bilan.echeance == date(2028, 6, 30)
    avance, solde = convention.tranches[0].versements
    assert (avance.montant, solde.montant) == (8_000_01, 2_000_00)
    with horloge_fixee(ETE):
        payer(m, avance)
        assert ligne.etat is EtatFinancement.VERSE_PARTIEL
        payer(m, solde, "M-2")
    assert ligne.etat is EtatFinancement.VERSE and verse(ligne) == VOTE
    with horloge_fixee(BILAN):
        remplir(m, bilan)
        bilans.deposer_bilan(m.sam, bilan, version=bilan.version)
        assert bilan.sha256 and bilan.contenu
        reversements.valider_bilan(m.anne, bilan, version=bilan.version)
    assert bilan.etat is EtatBilan.VALIDE
    assert ligne.etat is EtatFinancement.CLOS
    assert convention.tranches[0].etat is EtatTranche.CLOSE
    assert dossier.etat is EtatDossier.CLOS
    with horloge_fixee(datetime(2029, 1, 2, 10, tzinfo=UTC)):
        bilans_quotidiens()
    assert convention.etat is EtatConvention.ECHUE
    lues, rupture = verifier_journal()
    assert rupture is None and lues > 15
    modeles = set(session.scalars(select(Courriel.modele)))
    assert {
        "financement_notifie",
        "convention_a_signer",
        "convention_en_vigueur",
        "versement_paye",
        "bilan_depose",
        "bilan_valide",
    } <= modeles


def test_reversement(monde: Monde, session: Any) -> None:
    m = monde
    notifier(m)
    convention = en_vigueur(m)
    assert convention.type is TypeConvention.ARRETE
    with horloge_fixee(ETE):
        for v in convention.tranches[0].versements:
            payer(m, v, f"M-{v.rang}")
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        with pytest.raises(PasLeMoment):
            reversements.demander_reversement(m.anne, bilan, m.ligne, 1, "Trop tôt")
        reversements.valider_bilan(m.anne, bilan)
        assert m.ligne.etat is EtatFinancement.VERSE
        compte = reversements.decompte(bilan, m.ligne)
        assert compte.du == 4_000_00 and compte.a_reverser == 6_000_01
        with pytest.raises(Invalide):
            reversements.demander_reversement(m.anne, bilan, m.ligne, VOTE + 1, "Trop")
        demande = reversements.demander_reversement(
            m.anne, bilan, m.ligne, compte.a_reverser, "Action réduite", list(compte.etapes)
        )
        assert m.ligne.etat is EtatFinancement.A_REVERSER
        with pytest.raises(Invalide, match="antérieure"):
            reversements.constater_reversement(m.anne, demande, date(1900, 1, 1), "T-45")
        reversements.constater_reversement(m.anne, demande, date(2028, 2, 20), "T-45")
        with pytest.raises(PasLeMoment):
            reversements.constater_reversement(m.anne, demande, date(2028, 2, 20), "T-45")
    assert bilan.etat is EtatBilan.REVERSE
    assert m.ligne.etat is EtatFinancement.REVERSE
    assert convention.tranches[0].etat is EtatTranche.CLOSE
    assert m.ligne.dossier.etat is EtatDossier.CLOS
    assert m.ligne.montant_retenu == VOTE, "ce qui a été payé reste pris sur l’enveloppe"


def test_reversement_abandonne(monde: Monde, session: Any) -> None:
    m = monde
    notifier(m)
    convention = en_vigueur(m)
    with horloge_fixee(ETE):
        for v in convention.tranches[0].versements:
            payer(m, v)
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
        demande = reversements.demander_reversement(m.anne, bilan, m.ligne, 100, "Écart")
        reversements.abandonner_reversement(m.anne, demande, "Observations reçues")
        assert m.ligne.etat is EtatFinancement.JUSTIFIE
        assert bilan.etat is EtatBilan.DEPOSE


def test_on_ne_reprend_pas_pendant_qu_on_paie(monde: Monde, session: Any) -> None:
    """Money asked back while a payment was ordered: that payment could never be recorded."""
    m = monde
    notifier(m)
    avance, solde = en_vigueur(m).tranches[0].versements
    with horloge_fixee(ETE):
        payer(m, avance)
    with horloge_fixee(BILAN):
        versement.proposer(m.anne, solde)
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=40)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
        with session.begin_nested() as essai:
            with pytest.raises(PasLeMoment, match="en cours de paiement"):
                reversements.demander_reversement(m.anne, bilan, m.ligne, 100, "Écart")
            essai.rollback()
        versement.rejeter(m.bruno, solde, "Action réduite")
        demande = reversements.demander_reversement(m.anne, bilan, m.ligne, 100, "Écart")
        versement.reprendre(m.bruno, solde)
        with pytest.raises(PasLeMoment, match="aucun nouveau versement"):
            versement.proposer(m.anne, solde)
        reversements.constater_reversement(m.anne, demande, date(2028, 3, 1), "T-1")
        versement.annuler(m.anne, solde, "Action réduite")
    assert m.ligne.etat is EtatFinancement.REVERSE
    assert solde.tranche.etat is EtatTranche.CLOSE, "rien ne reste ouvert derrière"


def test_deux_personnes(monde: Monde) -> None:
    m = monde
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    versement.proposer(m.anne, v)
    with pytest.raises(PasLeMoment, match="une autre personne"):
        versement.valider(m.anne, v)
    with pytest.raises(Interdit):
        versement.valider(m.sam, v)
    versement.valider(m.bruno, v)
    assert (v.propose_par_id, v.valide_par_id) == (m.anne.utilisateur_id, m.bruno.utilisateur_id)


def test_double_clic_et_page_perimee(monde: Monde) -> None:
    m = monde
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    vue = v.version
    versement.proposer(m.anne, v, version=vue)
    with pytest.raises(Conflit):
        versement.proposer(m.anne, v, version=vue)
    vue = v.version
    versement.rejeter(m.bruno, v, "RIB à vérifier", version=vue)
    with pytest.raises(Conflit):
        versement.valider(m.bruno, v, version=vue)
    versement.reprendre(m.bruno, v, version=v.version)
    assert v.etat is EtatVersement.PREVU and v.propose_par_id is None
    versement.proposer(m.bruno, v, version=v.version)
    versement.valider(m.anne, v, version=v.version)
    versement.mandater(m.anne, v, "M-9", version=v.version)
    vue = v.version
    versement.constater_paiement(m.anne, v, date(2027, 3, 15), version=vue)
    with pytest.raises(Conflit):
        versement.constater_paiement(m.bruno, v, date(2027, 3, 15), version=vue)
    with pytest.raises(PasLeMoment):
        versement.constater_paiement(m.bruno, v, date(2027, 3, 15))
    assert verse(m.ligne) == 8_000_01


def test_bilan_en_retard_bloque(monde: Monde, session: Any) -> None:
    m = monde
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    bilan = bilan_de(m, session)
    bilan.echeance = date(2027, 3, 1)
    with pytest.raises(PasLeMoment, match="en retard"):
        versement.proposer(m.anne, v)
    bilans.enregistrer_bilan(m.sam, bilan, bilans.SaisieBilan())
    assert bilan.etat is EtatBilan.EN_SAISIE
    with pytest.raises(PasLeMoment, match="en retard"):
        versement.proposer(m.anne, v)
    remplir(m, bilan)
    bilans.deposer_bilan(m.sam, bilan)
    versement.proposer(m.anne, v)


def test_23_000_euros_tous_dossiers(monde: Monde) -> None:
    m = monde
    notifier(m)
    premier = en_vigueur(m)
    assert premier.type is TypeConvention.ARRETE
    second = f.dossier(m.ligne.dossier.campagne, m.ligne.dossier.organisme, intitule="Autre")
    [autre] = f.programmer(
        second, [(m.ligne.financeur, m.enveloppe, 13_000_00)], f.utilisateur("Coordination")
    )
    organisme_id = second.organisme_id
    assert cumul_financeur(m.ligne.financeur_id, organisme_id, 2027) == 23_000_01
    assert conventions.type_propose(autre) is TypeConvention.ANNUELLE
    v = premier.tranches[0].versements[0]
    versement.proposer(m.anne, v)  # the second sum is not voted yet
    vote.enregistrer_vote(m.anne, autre, 13_000_00, "arrete", "13", date(2027, 3, 12))
    with pytest.raises(PasLeMoment, match="faites signer la convention"):
        versement.valider(m.bruno, v)
    vote.notifier(m.anne, autre)
    arrete = conventions.preparer_convention(m.anne, autre, TypeConvention.ARRETE)
    with pytest.raises(PasLeMoment, match="23 000"):
        signature.envoyer_a_la_signature(m.anne, arrete)


def test_acte_remplace_avant_paiement(monde: Monde) -> None:
    m = monde
    notifier(m)
    arrete = en_vigueur(m)
    with pytest.raises(PasLeMoment, match="couvre déjà"):
        conventions.preparer_convention(m.anne, m.ligne)
    conventions.resilier(m.anne, arrete, "Convention requise")
    assert arrete.tranches[0].etat is EtatTranche.ABANDONNEE
    convention = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
    assert convention.numero == "2027-002"
    with pytest.raises(PasLeMoment):
        versement.proposer(m.anne, arrete.tranches[0].versements[0])


def test_pas_de_second_acte_tant_que_le_premier_paie(monde: Monde) -> None:
    """Ended while a payment was under way: a new act would bear the same vote a second time."""
    m = monde
    notifier(m)
    arrete = en_vigueur(m)
    v = arrete.tranches[0].versements[0]
    versement.proposer(m.anne, v)
    conventions.resilier(m.anne, arrete, "Convention requise")
    assert arrete.tranches[0].etat is EtatTranche.FERME
    with pytest.raises(PasLeMoment, match="paie encore"):
        conventions.preparer_convention(m.anne, m.ligne)
    versement.annuler(m.bruno, v, "Acte résilié")
    tranche.abandonner_tranche(m.anne, arrete.tranches[0], "Acte résilié")
    assert conventions.preparer_convention(m.anne, m.ligne).tranches[0].montant == VOTE


def test_vote_dans_l_enveloppe(monde: Monde) -> None:
    m = monde
    with pytest.raises(Depassement, match="Il reste 30"):
        vote.enregistrer_vote(m.anne, m.ligne, 30_000_01, "arrete", "1", date(2027, 3, 1))
    with pytest.raises(Invalide) as refus:
        vote.enregistrer_vote(m.anne, m.ligne, 0, "", " ", date(2028, 1, 1))
    assert len(refus.value.problemes) == 4
    with pytest.raises(Interdit):
        vote.enregistrer_vote(m.sam, m.ligne, 1, "arrete", "1", date(2027, 3, 1))
    vote.enregistrer_vote(m.anne, m.ligne, 30_000_00, "arrete", "1", date(2027, 3, 1))
    vote.corriger_vote(m.anne, m.ligne, "Faute de frappe")
    assert m.ligne.montant_vote is None and m.ligne.montant_retenu == VOTE


def test_deliberation_tout_ou_rien(monde: Monde, session: Any) -> None:
    m = monde
    second = f.dossier(m.ligne.dossier.campagne, m.ligne.dossier.organisme)
    [autre] = f.programmer(
        second, [(m.ligne.financeur, m.enveloppe, 5_000_00)], f.utilisateur("Coordination")
    )
    acte = vote.ActeFinanceur("deliberation", "D-4", date(2027, 3, 14))
    lignes = [vote.LigneVotee(m.ligne, VOTE, m.ligne.version), vote.LigneVotee(autre, 1, 99)]
    session.commit()
    with pytest.raises(Conflit):
        vote.enregistrer_votes(m.anne, lignes, acte)
    session.rollback()
    assert m.ligne.etat is EtatFinancement.ARBITRE
    votees = vote.enregistrer_votes(
        m.anne, [vote.LigneVotee(x, x.montant_arbitre, x.version) for x in (m.ligne, autre)], acte
    )
    assert {x.acte_numero for x in votees} == {"D-4"}


def test_signature_du_texte_lu(monde: Monde, session: Any) -> None:
    m = monde
    notifier(m)
    convention = conventions.preparer_convention(m.anne, m.ligne, TypeConvention.ANNUELLE)
    signature.envoyer_a_la_signature(m.anne, convention)
    m.ligne.dossier.lignes[0].montant += 1
    session.flush()
    with pytest.raises(PasLeMoment, match="a changé"):
        signature.signer_porteur(m.sam, convention)
    signature.renvoyer_en_projet(m.sam, convention, "Le budget a changé")
    signature.envoyer_a_la_signature(m.anne, convention)
    with pytest.raises(Interdit):
        signature.signer_porteur(m.anne, convention)
    signature.signer_porteur(m.sam, convention)
    trace = session.scalars(
        select(Evenement).where(Evenement.acte == "convention.signer_porteur")
    ).one()
    assert trace.donnees["sha256"] == convention.sha256
    assert trace.acteur_id == m.sam.utilisateur_id


@pytest.mark.parametrize("manque", ["cer", "rib", "siret"])
def test_ce_qui_bloque_un_paiement(monde: Monde, session: Any, manque: str) -> None:
    m = monde
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    organisme = m.ligne.dossier.organisme
    if manque == "cer":
        session.delete(organisme.engagements[0])
    elif manque == "rib":
        organisme.iban = None
    else:
        organisme.siret = None
    session.flush()
    with pytest.raises(PasLeMoment):
        versement.proposer(m.anne, v)


def bilan_accepte(
    m: Monde, session: Any, realise: int, montant: int = VOTE
) -> tuple[Convention, Any]:
    """An advance paid, the bilan of the year accepted; the solde is still to be paid."""
    notifier(m, montant)
    convention = en_vigueur(m)
    avance, solde = convention.tranches[0].versements
    with horloge_fixee(ETE):
        payer(m, avance)
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan, realise=realise)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
    return convention, solde


def test_le_montant_du_bilan_se_paie(monde: Monde, session: Any) -> None:
    """The page says: cancel this payment, plan another. The line must not close in between."""
    m = monde
    convention, solde = bilan_accepte(m, session, 90)
    with horloge_fixee(BILAN):
        assert "annulez ce versement et planifiez-en un autre" in a_verifier(solde)
        versement.annuler(m.anne, solde, "Payer le montant du bilan")
        assert m.ligne.etat is EtatFinancement.VERSE_PARTIEL
        autre = tranche.ajouter_versement(
            m.anne, convention.tranches[0], TypeVersement.SOLDE, 999_99, date(2028, 4, 30)
        )
        versement.proposer(m.anne, autre)
        versement.valider(m.bruno, autre)
        versement.mandater(m.anne, autre, "M-3")
        versement.constater_paiement(m.anne, autre, date(2028, 3, 1))
    assert m.ligne.etat is EtatFinancement.CLOS and m.ligne.dossier.etat is EtatDossier.CLOS


def test_accepter_un_bilan_ne_clot_pas_ce_qui_reste_du(monde: Monde, session: Any) -> None:
    """The solde was cancelled before the bilan came: what it leaves due can still be planned."""
    m = monde
    notifier(m)
    avance, solde = en_vigueur(m).tranches[0].versements
    with horloge_fixee(ETE):
        payer(m, avance)
        versement.annuler(m.anne, solde, "Attendre le bilan")
    session.add(
        Deport(
            utilisateur_id=m.bruno.utilisateur_id,
            organisme_id=m.ligne.dossier.organisme_id,
            motif="Membre du bureau",
            declare_par_id=m.bruno.utilisateur_id,
        )
    )
    with horloge_fixee(BILAN):
        bilan = bilan_de(m, session)
        remplir(m, bilan)
        bilans.deposer_bilan(m.sam, bilan)
        reversements.valider_bilan(m.anne, bilan)
        assert reversements.decompte(bilan, m.ligne).a_verser
    assert m.ligne.etat not in (EtatFinancement.JUSTIFIE, EtatFinancement.CLOS)
    assert m.ligne.dossier.etat is not EtatDossier.CLOS
    prevenus = set(
        session.scalars(
            select(Courriel.utilisateur_id).where(
                Courriel.modele == "bilan_depose", Courriel.texte.contains("/finance/bilans/")
            )
        )
    )
    assert m.bruno.utilisateur_id not in prevenus and m.anne.utilisateur_id in prevenus


def test_le_comptable_a_paye_moins_apres_le_bilan(monde: Monde, session: Any) -> None:
    """« Le reste de l’aide redevient à planifier », also when the bilan is already accepted."""
    m = monde
    convention, solde = bilan_accepte(m, session, 100)
    with horloge_fixee(BILAN):
        versement.proposer(m.anne, solde)
        versement.valider(m.bruno, solde)
        versement.mandater(m.anne, solde, "M-2")
        versement.constater_paiement(m.anne, solde, date(2028, 3, 1), 1_000_00, "Retenue")
        assert tranche.reste_a_planifier(convention.tranches[0]) == 1_000_00
        assert convention.tranches[0].etat is EtatTranche.FERME
        reversements.justifier(m.anne, m.ligne, "Retenue acceptée par le porteur")
    assert m.ligne.dossier.etat is EtatDossier.CLOS, "le financeur peut aussi en rester là"


def test_un_acte_signe_tard_ne_prevoit_rien_au_passe(monde: Monde) -> None:
    """Signed in September: the advance of June is for now, as the act says."""
    notifier(monde)
    with horloge_fixee(datetime(2027, 9, 15, 10, tzinfo=UTC)):
        avance, solde = en_vigueur(monde).tranches[0].versements
    assert (avance.prevu_le, solde.prevu_le) == (date(2027, 9, 15), date(2027, 12, 31))


def test_resilier_apres_le_bilan_clot_ce_qui_est_quitte(session: Any) -> None:
    """The solde falls with the act: nothing is due nor awaited, the line and the dossier end."""
    with horloge_fixee(PRINTEMPS):
        m = creer_monde(10_000_00)
        convention, solde = bilan_accepte(m, session, 80, 10_000_00)
    with horloge_fixee(BILAN):
        conventions.resilier(m.anne, convention, "Fin anticipée")
    assert solde.etat is EtatVersement.ANNULE
    assert m.ligne.etat is EtatFinancement.CLOS and m.ligne.dossier.etat is EtatDossier.CLOS


def test_le_meme_rib_envoye_deux_fois_n_arrete_rien(monde: Monde) -> None:
    """« Le RIB a changé » must be true: the validated payment of an account sent again goes."""
    m = monde
    notifier(m)
    v = en_vigueur(m).tranches[0].versements[0]
    organisme = m.ligne.dossier.organisme
    versement.proposer(m.anne, v)
    versement.valider(m.bruno, v)
    enregistrer_rib(m.sam, organisme, f.IBAN, "", organisme.titulaire_compte)
    versement.mandater(m.anne, v, "M-1")
    autre = v.tranche.versements[1]
    versement.proposer(m.anne, autre)
    versement.valider(m.bruno, autre)
    enregistrer_rib(m.sam, organisme, f.IBAN, "", "Un autre titulaire")
    with pytest.raises(PasLeMoment, match="RIB a changé"):
        versement.mandater(m.anne, autre, "M-2")
