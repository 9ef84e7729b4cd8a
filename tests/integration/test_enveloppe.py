"""Enveloppes: the tree, what remains, and the refusals that name it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import DBAPIError

from aap.domaine.erreurs import Conflit, Depassement, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.erreurs_http import traduire
from aap.models import Enveloppe, Financeur, OrigineCredits
from aap.requetes.campagnes import problemes_campagne
from aap.requetes.enveloppes import arbre_enveloppes
from aap.services.campagne import copier_campagne
from aap.services.enveloppe import (
    DonneesEnveloppe,
    confirmer_montants,
    creer_enveloppe,
    modifier_enveloppe,
    supprimer_enveloppe,
)
from tests import fabriques as f
from tests.outils_coordination import VEILLE, Coordination, monter
from workflows.financement import EtatFinancement


@pytest.fixture
def c(session: object):
    with horloge_fixee(VEILLE):
        yield monter()


def fille(c: Coordination, montant: int, libelle: str = "Réussite éducative") -> Enveloppe:
    return creer_enveloppe(
        c.acteur,
        c.campagne,
        DonneesEnveloppe(libelle, montant, c.etat.id, parent_id=c.enveloppe.id),
    )


def lire(e: Enveloppe, **changements: object) -> DonneesEnveloppe:
    """The enveloppe as its form shows it, with some changes."""
    d = DonneesEnveloppe(
        e.libelle,
        e.montant,
        e.financeur_id,
        code=e.code,
        parent_id=e.parent_id,
        origine=e.origine,
        programme=e.programme,
    )
    return replace(d, **changements)  # type: ignore[arg-type]


def attribuer(c: Coordination, enveloppe: Enveloppe, montant: int) -> None:
    dossier = f.dossier(c.campagne, c.organisme)
    f.financement(
        dossier,
        f.db.session.get_one(Financeur, enveloppe.financeur_id),
        arbitre=montant,
        demande=montant,
        d_enveloppe=enveloppe,
        etat=EtatFinancement.ARBITRE,
    )


def test_une_sous_enveloppe_ne_depasse_pas_sa_mere(c: Coordination) -> None:
    fille(c, 60_000_00)
    with pytest.raises(Depassement) as refus:
        fille(c, 40_000_01, "Adultes-relais")
    assert "Crédits de l’État 2027" in str(refus.value)
    assert "40\u202f000" in str(refus.value)
    fille(c, 40_000_00, "Adultes-relais")


def test_la_branche_garde_son_financeur_et_sa_nature(c: Coordination) -> None:
    with pytest.raises(Invalide) as refus:
        creer_enveloppe(
            c.acteur,
            c.campagne,
            DonneesEnveloppe("Autre", 1, c.ville.id, parent_id=c.enveloppe.id),
        )
    assert [p.champ for p in refus.value.problemes] == ["parent"]
    enfant = creer_enveloppe(
        c.acteur,
        c.campagne,
        DonneesEnveloppe(
            "Fille",
            1_00,
            c.etat.id,
            parent_id=c.enveloppe.id,
            origine=OrigineCredits.DROIT_COMMUN,
            programme="999",
        ),
    )
    assert (enfant.origine, enfant.programme) == (OrigineCredits.SPECIFIQUES, "147")
    modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, programme="177"))
    assert enfant.programme == "177"


def test_pas_de_cycle(c: Coordination) -> None:
    enfant = fille(c, 10_00)
    petite = creer_enveloppe(
        c.acteur, c.campagne, DonneesEnveloppe("Petite", 0, c.etat.id, parent_id=enfant.id)
    )
    for parent in (c.enveloppe, enfant, petite):
        with pytest.raises(Invalide) as refus:
            modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, parent_id=parent.id))
        assert "elle-même" in refus.value.problemes[0].message


def test_le_montant_couvre_ce_qui_est_deja_pris(c: Coordination) -> None:
    fille(c, 30_000_00)
    attribuer(c, c.enveloppe, 20_000_00)
    modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, montant=50_000_00))
    with pytest.raises(Depassement) as refus:
        modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, montant=49_999_99))
    assert "50\u202f000" in str(refus.value)


def test_la_nature_des_credits_attribues_ne_change_plus(c: Coordination) -> None:
    """Not on the enveloppe that pays, nor from above it."""
    autre = lire(c.enveloppe, origine=OrigineCredits.DROIT_COMMUN)
    modifier_enveloppe(c.acteur, c.enveloppe, autre)
    modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, origine=OrigineCredits.SPECIFIQUES))
    attribuer(c, fille(c, 30_000_00), 20_000_00)
    with pytest.raises(Invalide) as refus:
        modifier_enveloppe(c.acteur, c.enveloppe, autre)
    assert [p.champ for p in refus.value.problemes] == ["origine"]


def test_la_base_refuse_aussi(c: Coordination) -> None:
    """Behind the services: an UPDATE that lowers the amount, a line that draws too much."""
    attribuer(c, c.enveloppe, 90_000_00)
    f.db.session.commit()
    with pytest.raises(DBAPIError) as refus:
        f.db.session.execute(
            update(Enveloppe).where(Enveloppe.id == c.enveloppe.id).values(montant=1)
        )
    f.db.session.rollback()
    sens = traduire(refus.value)
    assert isinstance(sens, Depassement)
    with pytest.raises(DBAPIError):
        attribuer(c, c.enveloppe, 10_000_01)
    f.db.session.rollback()
    attribuer(c, f.db.session.get_one(Enveloppe, c.enveloppe.id), 10_000_00)


def test_confirmer_tout_un_arbre(c: Coordination) -> None:
    enfant = fille(c, 60_000_00)
    assert confirmer_montants(
        c.acteur, c.campagne, {c.enveloppe.id: 200_000_00, enfant.id: 150_000_00}
    )
    assert (c.enveloppe.montant, enfant.montant) == (200_000_00, 150_000_00)
    assert confirmer_montants(
        c.acteur, c.campagne, {c.enveloppe.id: 20_000_00, enfant.id: 20_000_00}
    )
    with pytest.raises(Depassement) as refus:
        confirmer_montants(c.acteur, c.campagne, {enfant.id: 20_000_01})
    assert "Crédits de l’État" in str(refus.value) and "0,01" in str(refus.value)
    assert enfant.montant == 20_000_00
    assert confirmer_montants(c.acteur, c.campagne, {enfant.id: 20_000_00}) == 0


def test_copie_a_zero_avec_le_montant_passe(c: Coordination) -> None:
    enfant = fille(c, 60_000_00)
    copie = copier_campagne(c.acteur, c.campagne)
    noeuds = arbre_enveloppes(copie)
    assert [(n.enveloppe.code, n.niveau, n.enveloppe.montant, n.passe) for n in noeuds] == [
        (c.enveloppe.code, 0, 0, 100_000_00),
        (enfant.code, 1, 0, 60_000_00),
    ]
    assert noeuds[0].enveloppe.libelle == "Crédits de l’État 2028"
    confirmer_montants(c.acteur, copie, {n.enveloppe.id: n.passe or 0 for n in noeuds})
    assert not [p for p in problemes_campagne(copie) if p.lien == "enveloppes"]


def test_supprimer_seulement_ce_qui_ne_sert_pas(c: Coordination) -> None:
    enfant = fille(c, 10_00)
    with pytest.raises(PasLeMoment):
        supprimer_enveloppe(c.acteur, c.enveloppe)
    supprimer_enveloppe(c.acteur, enfant)
    attribuer(c, c.enveloppe, 1_00)
    with pytest.raises(PasLeMoment):
        supprimer_enveloppe(c.acteur, c.enveloppe)
    with pytest.raises(Invalide):
        modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, financeur_id=c.ville.id))


def test_conditions_du_contrat_seulement(c: Coordination) -> None:
    d = lire(
        c.enveloppe,
        communes=frozenset({c.commune.id}),
        formes_juridiques=frozenset({"association"}),
        departement="94",
        taux_max_pour_mille=500,
    )
    modifier_enveloppe(c.acteur, c.enveloppe, d)
    noeud = arbre_enveloppes(c.campagne)[0]
    assert "Communes\u00a0: Orlyville" in noeud.conditions
    for faux in (
        {"communes": frozenset({999})},
        {"formes_juridiques": frozenset({"empire"})},
        {"montant_min": 200, "montant_max": 100},
        {"taux_max_pour_mille": 1001},
        {"libelle": "  "},
    ):
        with pytest.raises(Invalide):
            modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, **faux))


def test_code_unique_et_version(c: Coordination) -> None:
    with pytest.raises(Invalide) as refus:
        creer_enveloppe(
            c.acteur, c.campagne, DonneesEnveloppe("x", 0, c.etat.id, code=c.enveloppe.code)
        )
    assert refus.value.problemes[0].champ == "code"
    version = c.enveloppe.version
    modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe, montant=1_00), version=version)
    with pytest.raises(Conflit):
        modifier_enveloppe(c.acteur, c.enveloppe, lire(c.enveloppe), version=version)


def test_le_meme_nom_pour_deux_financeurs(c: Coordination) -> None:
    """« Crédits 2027 » of each funder: the code takes the funder's name; one funder, once."""
    for attendu, financeur in (("credits-2027", c.etat), ("credits-2027-orlyville", c.ville)):
        donnees = DonneesEnveloppe("Crédits 2027", 1_00, financeur.id)
        assert creer_enveloppe(c.acteur, c.campagne, donnees).code == attendu
        with pytest.raises(Invalide, match="peut pas être enregistrée"):
            creer_enveloppe(c.acteur, c.campagne, donnees)


def test_arbre_en_nombre_constant_de_requetes(c: Coordination) -> None:
    def compter() -> int:
        f.db.session.flush()
        f.db.session.expire_all()
        vues: list[str] = []

        def noter(_c: object, _cur: object, ordre: str, *_: object) -> None:
            vues.append(ordre)

        campagne = f.db.session.get_one(type(c.campagne), c.campagne.id)
        event.listen(f.db.engine, "before_cursor_execute", noter)
        arbre_enveloppes(campagne)
        event.remove(f.db.engine, "before_cursor_execute", noter)
        return len(vues)

    fille(c, 1_00)
    peu = compter()
    for i in range(8):
        fille(c, 1_00, f"Fille {i}")
    assert compter() == peu
    assert f.db.session.scalar(select(Enveloppe.id).limit(1))
