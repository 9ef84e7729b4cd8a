"""The acts of the porteur: organisme, draft, deposit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aap.domaine.erreurs import Conflit, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee, maintenant
from aap.extensions import db
from aap.models import (
    CoteBudget,
    Courriel,
    Depot,
    EtatRattachement,
    FormeJuridique,
    OrigineCredits,
    RoleMembre,
    TypeCampagne,
    TypeDossier,
    TypePiece,
)
from aap.permissions import charger_acteur
from aap.requetes.completude import bloquants, problemes_dossier
from aap.requetes.rubriques import empreinte_rubrique
from aap.services import depot as deposer
from aap.services import dossier as ecrire
from aap.services import organisme as orga
from aap.services.empreinte import empreinte
from aap.services.fichier import verifier_fichier
from aap.taches import depot as tache_depot
from tests.outils_porteur import (
    SIRET,
    archive,
    campagne_de,
    dossier_complet,
    pdf,
    personne,
    planter,
)
from workflows.dossier import EtatDossier
from workflows.financement import EtatFinancement


def test_organisme_en_double(session) -> None:
    planter()
    autre = charger_acteur(personne("Yann"))
    donnees = orga.DonneesOrganisme(
        nom="Copie", forme=FormeJuridique.ASSOCIATION, siret="732 829 320 00074"
    )
    with pytest.raises(orga.OrganismeExistant) as erreur:
        orga.creer_organisme(autre, donnees)
    assert erreur.value.organisme.siret == SIRET


@pytest.mark.parametrize(
    ("champ", "valeur"), [("siret", "12345678901234"), ("rna", "X94"), ("nom", " ")]
)
def test_organisme_mal_identifie(session, champ: str, valeur: str) -> None:
    acteur = charger_acteur(personne("Yann"))
    valeurs = {"nom": "Asso", "forme": FormeJuridique.ASSOCIATION, champ: valeur}
    with pytest.raises(Invalide) as erreur:
        orga.creer_organisme(acteur, orga.DonneesOrganisme(**valeurs))
    assert [p.champ for p in erreur.value.problemes] == [champ]


def test_rejoindre_puis_quitter(session) -> None:
    d = planter()
    yann = personne("Yann")
    acteur = charger_acteur(yann)
    demande = orga.demander_rattachement(acteur, d.organisme, "Je suis trésorier")
    assert orga.demander_rattachement(acteur, d.organisme) is demande
    with pytest.raises(Interdit):
        orga.repondre_rattachement(acteur, demande, True)
    orga.repondre_rattachement(d.acteur, demande, True)
    assert demande.etat is EtatRattachement.ACCEPTE
    with pytest.raises(PasLeMoment):
        orga.repondre_rattachement(d.acteur, demande, False)
    with pytest.raises(PasLeMoment, match="signataire"):
        orga.quitter_organisme(d.acteur, d.organisme)
    membre = next(m for m in d.organisme.membres if m.utilisateur_id == yann.id)
    orga.changer_role_membre(d.acteur, membre, RoleMembre.SIGNATAIRE)
    orga.quitter_organisme(d.acteur, d.organisme)
    with pytest.raises(Interdit):
        orga.quitter_organisme(d.acteur, d.organisme)
    with pytest.raises(PasLeMoment):
        orga.changer_role_membre(charger_acteur(yann), membre, RoleMembre.REDACTEUR)


def test_inviter_ouvre_un_compte(session) -> None:
    d = planter()
    membre = orga.inviter_membre(d.acteur, d.organisme, "Lea@Exemple.fr", prenom="Léa", nom="Roux")
    assert membre.utilisateur.courriel == "lea@exemple.fr"
    modeles = [c.modele for c in db.session.query(Courriel) if c.destinataire == "lea@exemple.fr"]
    assert modeles == ["compte_invitation", "invitation_organisme"]
    with pytest.raises(Conflit):
        orga.inviter_membre(d.acteur, d.organisme, "lea@exemple.fr")
    with pytest.raises(Invalide):
        orga.inviter_membre(d.acteur, d.organisme, "léa@exemple")


def test_cer_une_fois_par_version(session) -> None:
    d = planter()
    premiere = orga.signer_cer(d.acteur, d.organisme)
    assert orga.signer_cer(d.acteur, d.organisme) is premiere
    d.organisme.forme = FormeJuridique.COMMUNE
    with pytest.raises(PasLeMoment):
        orga.signer_cer(d.acteur, d.organisme)


def test_rib_et_coffre(session) -> None:
    d = planter()
    orga.enregistrer_rib(d.acteur, d.organisme, "FR14 2004 1010 0505 0001 3M02 606", "PSSTFRPPPAR")
    with pytest.raises(Invalide):
        orga.enregistrer_rib(d.acteur, d.organisme, "FR14 2004 1010 0505 0001 3M02 607")
    une = orga.deposer_piece(d.acteur, d.organisme, TypePiece.STATUTS, "statuts.pdf", pdf())
    deux = orga.deposer_piece(
        d.acteur, d.organisme, TypePiece.STATUTS, "../../x<b>.pdf", pdf() + b"%"
    )
    assert une.remplacee_le is not None
    assert orga.pieces_valables(d.organisme) == [deux]
    assert deux.fichier.nom == "x-b.pdf"


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (b"", "vide"),
        (b"MZ" + b"\0" * 400, "type accepté"),
        (b"<html><script>alert(1)</script></html>", "type accepté"),
        (b"%PDF-1.4\n<script>alert(1)</script>", "abîmé"),
        (pdf("secret"), "mot de passe"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "abîmée"),
        (b"PK\x03\x04" + b"\0" * 100, "type accepté"),
        (archive("word/document.xml", "word/vbaProject.bin"), "macros"),
    ],
)
def test_fichiers_refuses(session, octets: bytes, mot: str) -> None:
    with pytest.raises(Invalide, match=mot):
        verifier_fichier("piece.pdf", octets)


def test_fichier_trop_gros(session, regler) -> None:
    regler(taille_piece_mo=1)
    with pytest.raises(Invalide, match="dépasse 1"):
        verifier_fichier("gros.pdf", b"%PDF" + b"0" * (1024 * 1024))


def test_deux_personnes_sur_une_reponse(session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    une = ecrire.enregistrer_reponse(d.acteur, dossier, "besoin", "Texte de Mina", version=0)
    assert une.version == 1
    yann = orga.inviter_membre(d.acteur, d.organisme, "yann@exemple.fr").utilisateur
    with pytest.raises(ecrire.ReponseModifiee) as erreur:
        acteur = charger_acteur(yann)
        ecrire.enregistrer_reponse(acteur, dossier, "besoin", "Texte de Yann", version=0)
    assert erreur.value.actuelle.valeur == "Texte de Mina"
    meme = ecrire.enregistrer_reponse(d.acteur, dossier, "besoin", "Texte de Mina", version=0)
    assert meme.version == 1
    deux = ecrire.enregistrer_reponse(d.acteur, dossier, "besoin", "Suite", version=1)
    assert (deux.valeur, deux.version) == ("Suite", 2)
    assert {r.champ: r.valeur for r in dossier.reponses} == {"besoin": "Suite"}


def test_un_brouillon_accepte_tout(session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    for champ, valeur in (
        ("intitule", "<b>Gras</b>\x00"),
        ("beneficiaires", "²"),
        ("date_debut", "31/02/2027"),
        ("part_qpv", "Infinity"),
    ):
        ecrire.enregistrer_reponse(d.acteur, dossier, champ, valeur)
    session.refresh(dossier)
    assert dossier.intitule == "<b>Gras</b>"
    assert (dossier.beneficiaires, dossier.date_debut, dossier.part_qpv) == (None, None, None)
    assert len(bloquants(problemes_dossier(dossier))) > 10
    with pytest.raises(Invalide):
        ecrire.enregistrer_reponse(d.acteur, dossier, "inconnu", "x")


@pytest.mark.parametrize(
    ("saisie", "centimes"),
    [
        ("1 200,50 €", 120_050),
        ("1200.505", None),
        ("-5", None),
        ("1e9", None),
        ("²", None),
        ("Infinity", None),
        ("", None),
    ],
)
def test_montants_du_budget(session, saisie: str, centimes: int | None) -> None:
    d = planter()
    dossier = dossier_complet(d)
    ligne = ecrire.LigneSaisie(CoteBudget.CHARGE, "604", "Goûters", saisie)
    ecrire.enregistrer_budget(d.acteur, dossier, [ligne])
    gardee = next(x for x in dossier.lignes if x.compte == "604")
    assert (gardee.saisie, gardee.montant) == (saisie, centimes)
    lisible = [p for p in problemes_dossier(dossier) if "n’est pas lisible" in p.message]
    assert bool(lisible) == (centimes is None and saisie != "")


def test_aides_reportees_dans_le_budget(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    aide = next(x for x in dossier.lignes if x.financement_id)
    assert (aide.compte, aide.montant) == ("74etat", 800_000)
    avant = empreinte_rubrique(dossier, "financeurs")
    cles = {
        (d.etat.id, OrigineCredits.SPECIFIQUES): 500_000,
        (d.commune.id, OrigineCredits.DROIT_COMMUN): 100_000,
    }
    ecrire.fixer_demandes(d.acteur, dossier, cles, empreinte=avant)
    assert dossier.montant_demande == 600_000
    assert sorted(x.montant for x in dossier.lignes if x.financement_id) == [100_000, 500_000]
    with pytest.raises(Conflit):
        ecrire.fixer_demandes(d.acteur, dossier, {}, empreinte=avant)
    ecrire.fixer_demandes(d.acteur, dossier, {})
    assert dossier.montant_demande == 0 and not dossier.financements


def test_deux_appels_d_une_annee_ne_donnent_jamais_le_meme_numero(session) -> None:
    """An annual call, another one, the fund of the conseils citoyens: a series each."""
    d = planter()
    genres = (*TypeCampagne, TypeCampagne.FPCC)
    autres = [
        campagne_de(d.contrat, f"autre-{i}", exercice=d.campagne.exercice, type=genre)
        for i, genre in enumerate(genres)
    ]
    session.commit()
    assert [deposer.prochain_numero(c) for c in (d.campagne, *autres)] == [
        "2027-0001",
        "AAP2-2027-0001",
        "FPCC-2027-0001",
        "ETE-2027-0001",
        "FIL-2027-0001",
        "FPCC2-2027-0001",
    ]
    assert deposer.prochain_numero(d.campagne) == "2027-0002"


def test_transmettre_une_seule_fois(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    relu = empreinte(deposer.contenu_depose(dossier))
    depot = deposer.transmettre(d.acteur, dossier, version=dossier.version, relu=relu)
    assert (dossier.etat, dossier.numero) == (EtatDossier.DEPOSE, "2027-0001")
    assert depot.sha256 == relu == empreinte(depot.contenu)
    with pytest.raises(PasLeMoment):
        deposer.transmettre(d.acteur, dossier)
    assert session.query(Depot).count() == 1 and d.campagne.dernier_numero == 1
    with pytest.raises(PasLeMoment):
        ecrire.enregistrer_reponse(d.acteur, dossier, "besoin", "Trop tard")


def test_signer_ce_qui_a_ete_relu(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    relu = empreinte(deposer.contenu_depose(dossier))
    ecrire.enregistrer_reponse(d.acteur, dossier, "besoin", "Changé entre-temps")
    with pytest.raises(Conflit, match="relu"):
        deposer.transmettre(d.acteur, dossier, relu=relu)
    assert dossier.numero is None


def test_transmettre_incomplet_ou_sans_cer(session) -> None:
    d = planter()
    dossier = ecrire.creer_dossier(d.acteur, d.organisme, d.campagne)
    with pytest.raises(Invalide) as erreur:
        deposer.transmettre(d.acteur, dossier)
    assert len(erreur.value.problemes) > 10
    complet = dossier_complet(d, cer=False)
    with pytest.raises(PasLeMoment, match="engagement républicain"):
        deposer.transmettre(d.acteur, complet)
    assert d.campagne.dernier_numero == 0


@pytest.mark.parametrize(
    ("apres", "accepte"),
    [
        (timedelta(0), True),
        (timedelta(seconds=1), True),
        (timedelta(minutes=15), True),
        (timedelta(minutes=15, seconds=1), False),
    ],
)
def test_cloture_a_la_seconde(session, apres: timedelta, accepte: bool) -> None:
    d = planter()
    dossier = dossier_complet(d)
    with horloge_fixee(d.campagne.cloture_le + apres):
        if accepte:
            deposer.transmettre(d.acteur, dossier)
        else:
            with pytest.raises(PasLeMoment):
                deposer.transmettre(d.acteur, dossier)
    assert (dossier.numero is not None) == accepte


def test_redacteur_demande_la_signature(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    lea = orga.inviter_membre(d.acteur, d.organisme, "lea@exemple.fr").utilisateur
    redactrice = charger_acteur(lea)
    with pytest.raises(Interdit):
        deposer.transmettre(redactrice, dossier)
    deposer.demander_signature(redactrice, dossier)
    assert dossier.etat is EtatDossier.EN_ATTENTE_SIGNATURE
    with pytest.raises(PasLeMoment, match="attend la signature"):
        ecrire.enregistrer_reponse(redactrice, dossier, "besoin", "x")
    deposer.reprendre_redaction(redactrice, dossier)
    deposer.demander_signature(redactrice, dossier)
    deposer.transmettre(d.acteur, dossier)
    assert dossier.depose_par_id == d.signataire.id


def test_retrait_eteint_les_lignes(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    deposer.transmettre(d.acteur, dossier)
    deposer.retirer_dossier(d.acteur, dossier, motif="Action annulée")
    assert dossier.etat is EtatDossier.RETIRE
    assert [f.etat for f in dossier.financements] == [EtatFinancement.RENONCE]


def test_recepisse_produit_une_fois(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    depot = deposer.transmettre(d.acteur, dossier)
    tache_depot.produire_recepisse(depot.id)
    premier = depot.recepisse_id
    tache_depot.produire_recepisse(depot.id)
    assert premier is not None and depot.recepisse_id == premier
    assert [c.modele for c in session.query(Courriel)].count("recepisse") == 1


def test_reprendre_le_dossier_de_l_an_dernier(session) -> None:
    d = planter()
    ancien = dossier_complet(d)
    deposer.transmettre(d.acteur, ancien)
    suivante = campagne_de(d.contrat, "aap-2028", exercice=2028)
    neuf = ecrire.creer_dossier(d.acteur, d.organisme, suivante, precedent=ancien)
    assert neuf.total_charges == ancien.total_charges > 0
    reponses = {r.champ: r.valeur for r in neuf.reponses}
    assert reponses["renouvellement"] == "renouvellement"
    assert "date_debut" not in reponses and "exactitude" not in reponses
    assert [q.quartier_id for q in neuf.quartiers] == [d.quartier.id]
    assert [x.compte for x in neuf.lignes] == ["641", "756"] and not neuf.financements


def test_types_permis_et_campagne_close(session) -> None:
    d = planter()
    with pytest.raises(Invalide):
        ecrire.creer_dossier(d.acteur, d.organisme, d.campagne, TypeDossier.MICRO_PROJET)
    fpcc = campagne_de(d.contrat, "fpcc", type=TypeCampagne.FPCC)
    ecrire.creer_dossier(d.acteur, d.organisme, fpcc, TypeDossier.MICRO_PROJET)
    close = campagne_de(d.contrat, "close", cloture_le=maintenant() - timedelta(hours=1))
    with pytest.raises(PasLeMoment):
        ecrire.creer_dossier(d.acteur, d.organisme, close)


def test_autre_organisme_interdit(session) -> None:
    d = planter()
    dossier = dossier_complet(d)
    inconnu = charger_acteur(personne("Zoe"))
    for acte in (
        lambda: ecrire.enregistrer_reponse(inconnu, dossier, "besoin", "x"),
        lambda: ecrire.enregistrer_budget(inconnu, dossier, []),
        lambda: deposer.transmettre(inconnu, dossier),
        lambda: orga.signer_cer(inconnu, d.organisme),
    ):
        with pytest.raises(Interdit):
            acte()
