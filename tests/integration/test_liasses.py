"""Liasses de mandatement: frozen, numbered without holes, each payment once, matched on return."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from aap.domaine.erreurs import Conflit, ErreurMetier, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import horloge_fixee
from aap.domaine.liasse import COLONNES
from aap.domaine.rapprochement import Constat, lire_extraction, rapprocher
from aap.extensions import db
from aap.models import (
    Evenement,
    Financement,
    Financeur,
    FormeJuridique,
    Liasse,
    LigneLiasse,
    RoleHabilitation,
    TypeFinanceur,
    Utilisateur,
    Versement,
)
from aap.permissions import Acteur, charger_acteur
from aap.requetes.invariants import INVARIANTS
from aap.requetes.liasses import lignes_de, octets_de
from aap.requetes.rapprochement import attendus
from aap.services import versement as service
from aap.services.liasse import Choisi, annuler_liasse, etablir_liasse, examiner
from aap.services.mandatement import MandatSaisi, mandater_liasse
from aap.services.organisme import enregistrer_rib
from aap.services.rejet_paiement import constater_rejet
from tests import fabriques as f
from tests.outils_course import courir, en_clair, un_seul
from tests.parcours.test_argent import ETE, PRINTEMPS, Monde, creer_monde, en_vigueur, notifier
from workflows.versement import EtatVersement

JOUR = datetime(2027, 3, 16, 10, tzinfo=UTC)
AUTRE_IBAN = "FR1420041010050500013M02606"


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        notifier(m)
        yield m


def valides(m: Monde) -> list[Versement]:
    """The two payments of the line, validated by the second officer."""
    versements = list(en_vigueur(m).tranches[0].versements)
    for v in versements:
        service.proposer(m.anne, v)
        service.valider(m.bruno, v)
    db.session.commit()
    return versements


def choix(*versements: Versement, ej: str = "2104000001", rib: bool = False) -> list[Choisi]:
    return [Choisi(v, v.version, ej, rib) for v in versements]


def prefecture(m: Monde) -> Financeur:
    return m.enveloppe.financeur


def autre_ligne(m: Monde, nom: str) -> Monde:
    """Another organisme paid by the same funder."""
    organisme = f.organisme(nom, signataire=db.session.get(Utilisateur, m.sam.utilisateur_id))
    dossier = f.dossier(m.ligne.dossier.campagne, organisme)
    anne = db.session.get_one(Utilisateur, m.anne.utilisateur_id)
    [ligne] = f.programmer(dossier, [(prefecture(m), m.enveloppe, 5_000_00)], anne)
    sam = f.acteur(db.session.get_one(Utilisateur, m.sam.utilisateur_id))
    autre = replace(m, ligne=ligne, sam=sam)
    notifier(autre, 5_000_00)
    return autre


def lire(octets: bytes) -> list[dict[str, str]]:
    assert octets.startswith(b"\xef\xbb\xbf")
    texte = StringIO(octets.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(texte, delimiter=";"))


def base_juste(*autres: str) -> None:
    for code in ("liasse.numero", "liasse.fichier", "liasse.versement", *autres):
        assert list(INVARIANTS[code].controle(iter)) == [], code


def test_ce_qui_est_fige(monde: Monde, session: Any) -> None:
    m = monde
    m.ligne.dossier.intitule = "=Jardin; « été »\n+1"
    organisme = m.ligne.dossier.organisme
    organisme.nom = organisme.titulaire_compte = "=cmd|A1"
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w))
    session.commit()
    assert liasse.numero == "2027-L001"
    octets = octets_de(liasse)
    lue, seconde = lire(octets)
    assert list(lue) == [c.nom for c in COLONNES]
    attendu = {
        "Liasse": "2027-L001",
        "Référence": "2027-L001-001",
        "Date": "15/03/2027",
        "SIRET": organisme.siret,
        "Bénéficiaire": "'=cmd|A1",
        "IBAN": organisme.iban,
        "Montant": "8000,01",
        "Numéro d’engagement": "2104000001",
        "Exercice": "2027",
        "Compte": "",
        "Décision du financeur": "Arrêté n° 2027-94-12",
        "Date de la décision": "10/03/2027",
        "Numéro de l’acte": "2027-001",
        "Date de l’acte": "15/03/2027",
        "Dossier": m.ligne.dossier.reference,
    }
    assert {nom: lue[nom] for nom in attendu} == attendu
    assert seconde["Montant"] == "2000,00" and "\n" not in lue["Objet"]
    # The IBAN is whole in the file only.
    ligne = lignes_de(liasse)[0]
    assert str(organisme.iban) not in ligne.compte and "••••" in ligne.compte
    journal = session.scalars(select(Evenement).where(Evenement.acte.like("%liasse%"))).all()
    assert {e.acte for e in journal} == {"liasse.etablir", "versement.mettre_en_liasse"}
    assert all(str(organisme.iban) not in str(e.donnees) + e.libelle for e in journal)
    # Nothing that changes later changes what was handed over.
    organisme.nom, v.tranche.convention.financeur.nom = "Autre nom", "Autre financeur"
    session.commit()
    assert octets_de(liasse) == octets and len(liasse.sha256) == 64
    base_juste()


def test_compte_m57_d_une_collectivite(monde: Monde) -> None:
    prefecture(monde).type = TypeFinanceur.COMMUNE
    v, w = valides(monde)
    assert lire(octets_de(etablir_liasse(monde.anne, prefecture(monde), choix(v))))[0][
        "Compte"
    ] == "65748"  # fmt: skip
    monde.ligne.dossier.organisme.forme = FormeJuridique.ETABLISSEMENT_PUBLIC
    assert lire(octets_de(etablir_liasse(monde.anne, prefecture(monde), choix(w))))[0][
        "Compte"
    ] == ""  # fmt: skip


def test_numeros_sans_trou(monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    premiere = etablir_liasse(m.anne, prefecture(m), choix(v))
    annuler_liasse(m.anne, premiere, "Mauvais exercice")
    with pytest.raises(Conflit):
        etablir_liasse(m.anne, prefecture(m), [replace(choix(w)[0], version=99)])
    seconde = etablir_liasse(m.bruno, prefecture(m), choix(w))
    assert (premiere.numero, seconde.numero) == ("2027-L001", "2027-L002")
    with horloge_fixee(datetime(2028, 1, 5, 10, tzinfo=UTC)):
        service.rejeter(m.anne, w, "Erreur")
        service.reprendre(m.anne, w)
        service.proposer(m.anne, w)
        service.valider(m.bruno, w)
        assert etablir_liasse(m.anne, prefecture(m), choix(w)).numero == "2028-L001"
    session.commit()
    base_juste()


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE liasse SET rang = 9",
        "UPDATE liasse SET octets = sha256",
        "DELETE FROM ligne_liasse",
        "UPDATE ligne_liasse SET montant = 1",
        "UPDATE ligne_liasse SET numero_ej = 'x'",
    ],
)
def test_la_base_refuse_de_changer_ce_qui_est_remis(monde: Monde, session: Any, ordre: str) -> None:
    etablir_liasse(monde.anne, prefecture(monde), choix(valides(monde)[0]))
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(text(ordre))
    session.rollback()


def test_une_annulation_ne_se_reprend_pas_et_une_ligne_vit_une_fois(
    monde: Monde, session: Any
) -> None:
    m = monde
    v = valides(m)[0]
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v))
    ligne = lignes_de(liasse)[0]
    valeurs = {c.name: getattr(ligne, c.name) for c in LigneLiasse.__table__.c if c.name != "id"}
    session.commit()
    session.add(LigneLiasse(**valeurs | {"rang": 2}))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    annuler_liasse(m.anne, liasse, "Doublon")
    session.commit()
    for table in ("liasse SET annulee_le = NULL, annulee_par_id = NULL, motif_annulation = ''",
                  "ligne_liasse SET sortie_le = NULL, sortie_motif = ''"):  # fmt: skip
        with pytest.raises(DBAPIError):
            session.execute(text(f"UPDATE {table}"))
        session.rollback()


def test_ce_qui_ne_part_pas_et_pourquoi(monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    organisme = m.ligne.dossier.organisme
    bon = choix(v)[0]

    def raisons(choisi: Choisi = bon) -> str:
        [examen] = examiner(m.anne, [choisi])
        return " ".join(examen.raisons)

    assert raisons() == ""
    assert "a changé" in raisons(replace(bon, version=v.version + 1))
    assert "engagement" in raisons(replace(bon, numero_ej="=1+1"))
    assert "engagement" in raisons(replace(bon, numero_ej="1" * 21))
    organisme.titulaire_compte = "M. Jean Dupond"
    [douteux] = examiner(m.anne, [bon])
    assert "Jean Dupond" in douteux.raisons[0] and douteux.a_verifier and not douteux.part
    assert raisons(replace(bon, rib_verifie=True)) == ""
    organisme.titulaire_compte = organisme.nom
    service.rejeter(m.anne, w, "À revoir")
    assert "n’est plus à mandater" in raisons(choix(w)[0])
    with pytest.raises(Conflit, match="un versement ne peut plus partir"):
        etablir_liasse(m.anne, prefecture(m), choix(v, w))
    enregistrer_rib(m.sam, organisme, AUTRE_IBAN, "", organisme.nom)
    assert "Le RIB a changé" in raisons()
    with pytest.raises(Invalide):
        etablir_liasse(m.anne, prefecture(m), [])


def test_qui_peut(monde: Monde, session: Any) -> None:
    m = monde
    v = valides(m)[0]
    with pytest.raises(Interdit):
        etablir_liasse(m.sam, prefecture(m), choix(v))
    ville = f.financeur(prefecture(m).contrat, "ville", "Ville d’essai")
    chloe = f.acteur(f.agent(RoleHabilitation.FINANCE, prefecture(m).contrat, ville, "Chloé"))
    with pytest.raises(Interdit):
        etablir_liasse(chloe, prefecture(m), choix(v))
    with pytest.raises(Invalide, match="un seul financeur"):
        etablir_liasse(chloe, ville, choix(v))
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v))
    for interdit in (chloe, m.sam, _deporte(m.bruno, m.ligne)):
        with pytest.raises(Interdit):
            annuler_liasse(interdit, liasse, "Erreur")
        with pytest.raises(Interdit):
            mandater_liasse(interdit, liasse, {})


def _deporte(acteur: Acteur, ligne: Financement) -> Acteur:
    return replace(acteur, deports=frozenset({ligne.dossier.organisme_id}))


def test_mandater_ligne_par_ligne_puis_rapprocher(monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w, ej="002104"))
    un, deux = lignes_de(liasse)
    w.tranche.convention.organisme.siret, siret = None, w.tranche.convention.organisme.siret
    fait = mandater_liasse(m.anne, liasse, {un.id: MandatSaisi("M-1"), deux.id: MandatSaisi("M 2")})
    assert (fait.faits, fait.refuses) == (0, 2) and "SIRET" in un.message and not v.numero_mandat
    w.tranche.convention.organisme.siret = siret
    session.commit()
    fait = mandater_liasse(m.anne, liasse, {un.id: MandatSaisi("M-1"), deux.id: MandatSaisi("=2")})
    assert (fait.faits, fait.deja, fait.refuses) == (1, 0, 1)
    assert v.numero_mandat == "M-1" and v.numero_ej == "002104" and un.message == ""
    assert "sans signe particulier" in deux.message
    assert mandater_liasse(m.bruno, liasse, {un.id: MandatSaisi("M-9")}).deja == 1
    assert v.numero_mandat == "M-1"
    with pytest.raises(Invalide):
        mandater_liasse(m.anne, liasse, {})
    with pytest.raises(PasLeMoment, match="déjà mandaté"):
        annuler_liasse(m.anne, liasse, "Erreur")
    session.commit()
    tete = "N° EJ;Code taxe 1;Exercice comptable;Montant payé;Date de dernière opération sur la DP"
    lignes = [f"2104;{siret};2027;8000,01;30/06/2027", f"2104;{siret};2027;2000;30/06/2027"]
    payes = lire_extraction("\r\n".join([tete, *lignes]))
    lus = rapprocher(payes, attendus(m.anne, prefecture(m).id), date(2027, 7, 1))
    assert [r.constat for r in lus] == [Constat.CONCORDANT, Constat.DOUTEUX]
    assert "2027-L001-002" in lus[1].motif and "pas mandaté" in lus[1].motif
    base_juste()


def test_helios_nomme_la_ligne_dans_l_objet_du_mandat(monde: Monde, session: Any) -> None:
    """Two mandates of one amount, paid the year after: only the line of the liasse tells them."""
    m = monde
    v, w = valides(m)
    v.montant = w.montant = 1_000_00
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w))
    mandater_liasse(m.anne, liasse, {x.id: MandatSaisi("BORD 7") for x in lignes_de(liasse)})
    siret = v.tranche.convention.organisme.siret
    tete = "IMMATRICULATION;NUM_MANDAT;DATE_EMISSION;MONTANT_PAIEMENT;DATE_PAIEMENT;OBJET_MANDAT"
    paye = f"{siret};812;04/01/2028;1000,00;10/01/2028;subv. 2027-l001-002 (solde)"
    muet = f"{siret};BORD7;04/12/2027;1000,00;10/12/2027;subvention"
    payes = lire_extraction("\r\n".join([tete, paye, muet]))
    lus = rapprocher(payes, attendus(m.anne, prefecture(m).id), date(2028, 2, 1))
    assert lus[0].constat is Constat.CONCORDANT and lus[0].attendu is not None
    assert lus[0].attendu.id == w.id
    assert lus[1].constat is Constat.DOUTEUX and "2 versements" in lus[1].motif


def test_annuler_et_sortir(monde: Monde, session: Any) -> None:
    m = monde
    v, w = valides(m)
    liasse = etablir_liasse(m.anne, prefecture(m), choix(v, w))
    with pytest.raises(Conflit):
        etablir_liasse(m.bruno, prefecture(m), choix(v))
    with pytest.raises(Invalide):
        annuler_liasse(m.anne, liasse, "  ")
    service.rejeter(m.bruno, w, "RIB clos")
    sortie = lignes_de(liasse)[1]
    assert sortie.sortie_motif == "Versement rejeté\u00a0: RIB clos"
    annuler_liasse(m.anne, liasse, "Mauvais exercice", version=liasse.version)
    assert liasse.annulee_le == PRINTEMPS and liasse.annulee_par_id == m.anne.utilisateur_id
    assert sortie.sortie_motif.startswith("Versement rejeté")
    for interdit in (lambda: annuler_liasse(m.anne, liasse, "Encore"),
                     lambda: mandater_liasse(m.anne, liasse, {})):  # fmt: skip
        with pytest.raises(PasLeMoment, match="annulée"):
            interdit()
    nouvelle = etablir_liasse(m.anne, prefecture(m), choix(v))
    assert nouvelle.numero == "2027-L002"
    mandater_liasse(m.anne, nouvelle, {lignes_de(nouvelle)[0].id: MandatSaisi("M-1")})
    with horloge_fixee(ETE):
        service.constater_paiement(m.anne, v, date(2027, 6, 30), 7_000_00, "Opposition")
        base_juste()
    session.commit()


def _vivre(m: Monde, hasard: Random, versements: list[Versement]) -> None:
    """The first act that passes, tried at random by either officer on either payment."""
    qui, v = hasard.choice((m.anne, m.bruno)), hasard.choice(versements)
    liasses = list(db.session.scalars(select(Liasse)))
    une = hasard.choice(liasses) if liasses else None
    actes: list[Callable[[], object]] = [
        lambda: etablir_liasse(qui, prefecture(m), choix(v)),
        lambda: etablir_liasse(qui, prefecture(m), choix(*versements)),
        lambda: service.proposer(qui, v),
        lambda: service.valider(qui, v),
        lambda: service.mandater(qui, v, "M-1"),
        lambda: service.rejeter(qui, v, "Rejet"),
        lambda: service.reprendre(qui, v),
        lambda: service.constater_paiement(qui, v, date(2027, 6, 30)),
        lambda: constater_rejet(qui, v, "Compte clos"),
    ]
    if une is not None:
        mandats = {x.id: MandatSaisi("M-2") for x in lignes_de(une) if hasard.random() < 0.7}
        actes += [lambda: annuler_liasse(qui, une, "Erreur")]
        actes += [lambda: mandater_liasse(qui, une, mandats)] * 2
    for acte in hasard.sample(actes, len(actes)):
        with suppress(ErreurMetier), db.session.begin_nested():
            acte()
            return


@pytest.mark.parametrize("graine", range(2))
def test_des_vies_au_hasard(monde: Monde, session: Any, graine: int) -> None:
    """Whatever is tried in whatever order: one live line each, nothing paid beyond the vote."""
    m, hasard = monde, Random(graine)
    versements = valides(m)
    payes: dict[int, int] = {}
    with horloge_fixee(ETE):
        for _ in range(30):
            _vivre(m, hasard, versements)
            session.expire_all()
            vivantes = [x.versement_id for x in session.scalars(select(LigneLiasse)) if x.vivante]
            assert len(vivantes) == len(set(vivantes))
            for v in versements:
                if v.etat is EtatVersement.PAYE:
                    payes[v.id] = v.montant
            assert service.verse(m.ligne) <= (m.ligne.montant_vote or 0)
            base_juste()
    base_juste("journal.chaines", "versement.vote", "versement.tranche")
    assert session.scalars(select(Liasse)).all() and payes


def _moi(acteur: Acteur) -> Callable[[], Acteur]:
    qui = acteur.utilisateur_id
    return lambda: charger_acteur(db.session.get_one(Utilisateur, qui))


def _etablir(acteur: Acteur, m: Monde, v: Versement) -> Callable[[], object]:
    moi, cle, version, payeur = _moi(acteur), v.id, v.version, prefecture(m).id

    def acte() -> None:
        with horloge_fixee(JOUR):
            choisi = Choisi(db.session.get_one(Versement, cle), version)
            etablir_liasse(moi(), db.session.get_one(Financeur, payeur), [choisi])

    return acte


def test_deux_agents_prennent_le_meme_versement(app: Flask, monde: Monde, session: Any) -> None:
    v = valides(monde)[0]
    un_seul(courir(app, [_etablir(a, monde, v) for a in (monde.anne, monde.bruno)]))
    session.expire_all()
    assert len(session.scalars(select(Liasse)).all()) == 1
    base_juste()


def test_deux_agents_deux_organismes_deux_numeros(app: Flask, monde: Monde, session: Any) -> None:
    v = valides(monde)[0]
    w = valides(autre_ligne(monde, "Les Amis du livre"))[0]
    actes = [_etablir(monde.anne, monde, v), _etablir(monde.bruno, monde, w)]
    assert courir(app, actes) == [None, None]
    session.expire_all()
    assert sorted(session.scalars(select(Liasse.rang))) == [1, 2]
    base_juste()


def test_mandater_et_annuler_ensemble(app: Flask, monde: Monde, session: Any) -> None:
    """The mandate or the cancelling, never both; twice the same mandate counts once."""
    v = valides(monde)[0]
    liasse = etablir_liasse(monde.anne, prefecture(monde), choix(v))
    cle, ligne = liasse.id, lignes_de(liasse)[0].id

    def mandater(acteur: Acteur) -> Callable[[], object]:
        moi = _moi(acteur)

        def acte() -> None:
            with horloge_fixee(JOUR):
                saisi = {ligne: MandatSaisi(f"M-{acteur.utilisateur_id}")}
                mandater_liasse(moi(), db.session.get_one(Liasse, cle), saisi)

        return acte

    def annuler() -> None:
        with horloge_fixee(JOUR):
            annuler_liasse(_moi(monde.bruno)(), db.session.get_one(Liasse, cle), "Erreur")

    un_seul(courir(app, [mandater(monde.anne), annuler]))
    session.expire_all()
    if liasse.annulee_le is not None:
        liasse = etablir_liasse(monde.anne, prefecture(monde), choix(v))
        cle, ligne = liasse.id, lignes_de(liasse)[0].id
        session.commit()
        en_clair(courir(app, [mandater(monde.anne), mandater(monde.bruno)]))
        session.expire_all()
    faits = session.scalars(select(Evenement).where(Evenement.acte == "versement.mandater")).all()
    assert len(faits) == 1
    base_juste()
