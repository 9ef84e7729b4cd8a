"""What each document must say: legal mentions, amounts, refusals of contradictory data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aap.documents import (
    arrete,
    avenant,
    bilan,
    convention,
    dossier,
    etat_versement,
    fiche_instruction,
    notification,
    pv,
    recepisse,
    reversement,
)
from aap.documents.donnees import Echeance, LigneVersement, MontantFinanceur, Signataire
from aap.documents.texte import Gras, balisage, dessinable
from tests.unitaires import donnees_documents as X
from tests.unitaires.test_documents_rendu import texte


def test_recepisse_porte_les_mentions_legales() -> None:
    lu = texte(recepisse.produire(X.recepisse()))
    attendus = (
        "20 novembre 2026 à 14 h 32",
        "Direction de la politique de la ville",
        "politique.ville@exemple.fr",
        "01 23 45 67 89",
        "20 janvier 2027",
        "rejetée",
        "L231-4",
        "deux mois",
        "recours gracieux",
        "tribunal administratif de Melun",
        "2027-0042",
        "Statuts signés",
        X.EMPREINTE[:32],
    )
    for attendu in attendus:
        assert attendu in lu


def test_recepisse_incomplet_suspend_le_delai() -> None:
    d = replace(X.recepisse(), pieces_attendues=("le budget signé",), pieces=())
    lu = texte(recepisse.produire(d))
    assert "le budget signé" in lu and "L114-5" in lu and "Aucune pièce" in lu


def test_dossier_suit_le_cerfa() -> None:
    lu = texte(dossier.produire(X.dossier()))
    parties = ("1. Identification", "2. Relations", "3. Relations", "4. Moyens humains")
    parties += ("5. Budget", "6. Le projet", "7. Attestations", "8. Pièces jointes")
    places = [lu.index(p) for p in parties]
    assert places == sorted(places)
    assert "Total des charges 29 000 €" in lu and "79,3 %" in lu
    assert "n’est pas équilibré" not in lu
    assert "Signé électroniquement le 20 novembre 2026" in lu


def test_dossier_brouillon_et_desequilibre() -> None:
    d = X.dossier()
    budget = replace(d.budget, produits=d.budget.produits[:3])
    lu = texte(dossier.produire(replace(d, budget=budget, depose_le=None, indicateurs=())))
    assert "Brouillon, non déposé" in lu and "n’est pas équilibré" in lu
    assert "Aucun indicateur" in lu


def test_accord_montre_chaque_financeur_et_le_recours_si_reduit() -> None:
    lu = texte(notification.produire(X.notification("accord")))
    assert "État – BOP 147 12 000 € 10 000 €" in lu and "Total 23 000 € 16 000 €" in lu
    assert "Comment contester" in lu and "30 juin 2028" in lu
    entier = replace(X.notification("accord"), montants=(MontantFinanceur("État", 5, 5),))
    assert "Comment contester" not in texte(notification.produire(entier))


def test_refus_et_ajournement() -> None:
    refus = texte(notification.produire(X.notification("refus")))
    assert "n’est pas retenue" in refus and "public visé" in refus and "Melun" in refus
    ajournement = texte(notification.produire(X.notification("ajournement")))
    assert "Ce n’est pas un refus" in ajournement and "8 avril 2027" in ajournement
    assert "contester" not in ajournement
    attente = texte(notification.produire(X.notification("attente")))
    assert "est en liste d’attente" in attente and "ajournée" not in attente
    assert "Ce n’est pas un refus" in attente and "contester" not in attente


@pytest.mark.parametrize("sens", ["refus", "ajournement"])
def test_un_refus_sans_motif_est_impossible(sens: str) -> None:
    with pytest.raises(ValueError, match="motivé"):
        notification.produire(replace(X.notification(sens), motif="  "))


def test_un_accord_sans_montant_est_impossible() -> None:
    with pytest.raises(ValueError, match="montant"):
        notification.produire(replace(X.notification("accord"), montants=()))


def test_convention_annuelle() -> None:
    lu = texte(convention.produire(X.convention("annuelle")))
    attendus = (
        "n° 2000-321",
        "n° 2001-495",
        "n° 2014-173",
        "n° 2021-875",
        "n° 2021-1947",
        "10 000 € (dix-mille euros)",
        "six mois",
        "30 juin 2028",
        "5 % du montant",
        "Article 9 – Contrat d’engagement républicain",
        "Article 14 – Litiges",
        "Annexe 2 – Indicateurs",
        "FR76 3000 1007",
        "deux exemplaires",
    )
    for attendu in attendus:
        assert attendu in lu
    assert "29 septembre 2015" not in lu and "L1611-4" not in lu


def test_cpo_distingue_ferme_et_previsionnel() -> None:
    lu = texte(convention.produire(X.convention("cpo", 3)))
    assert "trente-et-un-mille euros" in lu and "29 septembre 2015" in lu
    assert "2027 Ferme" in lu and "2028 Prévisionnelle" in lu and "31 mars" in lu
    assert "Annexe 3 – Indicateurs" in lu


def test_convention_avec_une_commune_et_signee_en_ligne() -> None:
    d = X.convention("annuelle")
    signe = replace(d.signataire_financeur, signe_le=X.INSTANT)
    d = replace(
        d,
        financeur=replace(d.financeur, collectivite=True),
        beneficiaire=replace(d.beneficiaire, forme="commune"),
        signataire_financeur=signe,
    )
    lu = texte(convention.produire(d))
    assert "L1611-4" in lu and "signé électroniquement" in lu
    assert "Contrat d’engagement républicain" not in lu and "Article 13 – Litiges" in lu


def test_convention_contradictoire_refusee() -> None:
    annuelle, cpo = X.convention("annuelle"), X.convention("cpo", 3)
    cas = (
        (replace(annuelle, tranches=()), "au moins une"),
        (replace(annuelle, tranches=cpo.tranches), "qu’une tranche"),
        (replace(cpo, tranches=cpo.tranches * 2), "quatre ans"),
        (replace(annuelle, fin=annuelle.debut.replace(year=2026)), "finit avant"),
        (replace(annuelle, echeancier=(Echeance("Avance", "", 1),)), "échéancier"),
    )
    for donnees, message in cas:
        with pytest.raises(ValueError, match=message):
            convention.produire(donnees)


def test_arrete() -> None:
    lu = texte(arrete.produire(X.arrete()))
    assert "Arrêté n° 2027-118" in lu and "Préfet du Val-de-Marne," in lu
    assert "Article 1er – Attribution" in lu and "dix-mille euros" in lu
    assert "contester cet arrêté" in lu and "Non renseigné" not in lu
    with pytest.raises(ValueError, match="échéancier"):
        arrete.produire(replace(X.arrete(), montant=5))


def test_avenant() -> None:
    lu = texte(avenant.produire(X.avenant()))
    assert "Avenant n° 1 à la convention n° 2027-012" in lu
    assert "2028 10 500 € 11 000 €" in lu and "vingt-et-un-mille-cinq-cents euros" in lu
    assert "Article 4 – Ce qui ne change pas" in lu
    with pytest.raises(ValueError, match="ne change rien"):
        avenant.produire(replace(X.avenant(), effets=((2028, 5, 5),), clauses=()))
    with pytest.raises(ValueError, match="motivé"):
        avenant.produire(replace(X.avenant(), motif=""))


def test_fiche_d_instruction() -> None:
    lu = texte(fiche_instruction.produire(X.fiche()))
    assert "71,6 / 100" in lu and "3 évaluations" in lu and "de 2 à 4" in lu and "3,33" in lu
    assert "Favorable avec réserve" in lu and "L311-2" in lu
    vide = replace(X.fiche(), score=None, avis=(), evaluateurs=0, alertes=(), synthese="")
    lu = texte(fiche_instruction.produire(vide))
    assert "non noté" in lu and "Aucun avis" in lu and "Points à vérifier" not in lu


def test_pv() -> None:
    lu = texte(pv.produire(X.pv()))
    assert "5 présents pour un quorum de 4 : atteint" in lu
    assert "Dossier 2027-0002 (Association 2) : Marc Roy" in lu
    assert "Liste d’attente, rang 3" in lu and "4 dossiers programmés" in lu
    assert "État – BOP 147 168 000 € 40 000 €" in lu and "Total 322 000 € 64 000 €" in lu
    assert "9 h 30" in lu
    seul = replace(X.pv(1), secretaire=None, notes="", quorum=9)
    lu = texte(pv.produire(seul))
    assert "non atteint" in lu and "Aucun membre n’avait" in lu


def test_bilan_compare_prevu_et_realise() -> None:
    lu = texte(bilan.produire(X.bilan()))
    assert "604 – Prestations de services 3 200 € 3 012,50 € 94,1 %" in lu
    assert "Total des charges 29 000 € 28 777,60 € 99,2 %" in lu
    assert "déficit de 1 747,60 €" in lu and "37 %" in lu
    assert "Je certifie exactes" in lu


def test_etat_de_versement() -> None:
    lu = texte(etat_versement.produire(X.etat_versement()))
    assert "Déjà payé 8 000 €" in lu and "Reste à payer 2 000 €" in lu and "4512" in lu
    trop = LigneVersement(3, "Solde", 900000, "Payé", X.INSTANT.date(), X.INSTANT.date())
    d = X.etat_versement()
    with pytest.raises(ValueError, match="dépassent"):
        etat_versement.produire(replace(d, versements=(*d.versements, trop)))


def test_reversement() -> None:
    lu = texte(reversement.produire(X.reversement()))
    assert "1 350,50 € (mille-trois-cent-cinquante euros et cinquante centimes)" in lu
    assert "n’en avons pas reçu" in lu and "31 décembre 2028" in lu and "2028-77" in lu
    with pytest.raises(ValueError, match="motivée"):
        reversement.produire(replace(X.reversement(), motif=""))
    with pytest.raises(ValueError, match="dernière étape"):
        reversement.produire(replace(X.reversement(), montant=1))


def test_trois_signataires_ou_plus() -> None:
    d = X.pv(2)
    lu = texte(pv.produire(replace(d, president=Signataire("A", "Présidente", "Pour le COPIL"))))
    assert "Pour le COPIL" in lu


def test_texte_dessinable() -> None:
    assert dessinable("a\u200bb\x07c") == "abc"
    assert dessinable("👩\u200d👩\u200d👧 ok") == "□ ok"
    assert (
        dessinable("e\u0301te\u0301 œuf ½ ☑ 1\u202f000\u00a0€") == "été œuf ½ ☑ 1\u202f000\u00a0€"
    )
    assert dessinable("سلام") == "□"


def test_balisage_echappe_et_garde_les_espaces() -> None:
    assert balisage("a < b & c ", Gras("</b>"), " fin") == "a &lt; b &amp; c <b>&lt;/b&gt;</b> fin"
    assert balisage("l'année ?") == "l’année\u202f?"
    assert balisage("un\ndeux") == "un<br/>deux"
