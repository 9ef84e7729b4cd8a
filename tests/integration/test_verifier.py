"""``flask verifier``: silent on a sound base, names each fault on a damaged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from aap.commandes import verifier as commande
from aap.domaine.horloge import horloge_fixee, maintenant
from aap.domaine.recours import (
    CanalRecours,
    ObjetRecours,
    SensRecours,
    dernier_jour,
    jour_de_silence,
)
from aap.extensions import db
from aap.models import (
    Bilan,
    Convention,
    Depot,
    Enveloppe,
    ModeleActe,
    Recours,
    Reponse,
    Reversement,
    RevisionBudget,
    TexteActe,
    TypeConvention,
)
from aap.permissions import SYSTEME
from aap.requetes.invariants import INVARIANTS
from aap.services import versement
from aap.services.avenant import (
    ChangementTranche,
    SaisieAvenant,
    envoyer_a_la_signature,
    preparer_avenant,
    signer_financeur,
    signer_porteur,
)
from aap.services.empreinte import empreinte
from aap.services.fichier import ranger_fichier
from aap.services.liasse import Choisi, etablir_liasse
from aap.services.sceau import sceller
from aap.stockage import stockage
from tests import fabriques as f
from tests.parcours.test_argent import (
    ETE,
    PRINTEMPS,
    Monde,
    creer_monde,
    en_vigueur,
    notifier,
    payer,
)

GARDES = {
    "sqlite": [
        f"DROP TRIGGER {n}"
        for n in (
            "enveloppe_arbre_ai",
            "enveloppe_arbre_au",
            "financement_enveloppe_au",
            "depot_intouchable_bu",
            "liasse_figee_bu",
            "ligne_liasse_figee_bu",
            "evenement_intouchable_bu",
            "evenement_intouchable_bd",
        )
    ],
    # Not dropped: a base whose schema has changed must be built again, and there are many cases.
    "postgresql": ["SET LOCAL session_replication_role = replica"],
}
FAUX = "f" * 64
INSTANT = datetime(2027, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
def monde(session: Any) -> Iterator[Monde]:
    """A deposited, programmed, voted, signed and paid dossier, with its papers."""
    with horloge_fixee(PRINTEMPS):
        m = creer_monde()
        dossier = m.ligne.dossier
        contenu = {"intitule": dossier.intitule, "montant": m.ligne.montant_demande}
        session.add(
            Depot(
                dossier=dossier,
                numero_depot=1,
                contenu=contenu,
                sha256=empreinte(contenu),
                depose_le=maintenant(),
                depose_par_id=m.sam.utilisateur_id,
            )
        )
        session.add(Reponse(dossier_id=dossier.id, champ="beneficiaires", valeur="40"))
        dossier.montant_demande = m.ligne.montant_demande
        ranger_fichier(
            SYSTEME, "a.pdf", b"%PDF-1", "application/pdf", entite="dossier", entite_id=dossier.id
        )
        notifier(m)
        convention = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
        saisie = SaisieAvenant("Un atelier de moins", (ChangementTranche(2027, 9_000_00),))
        avenant = preparer_avenant(m.anne, convention, saisie)
        envoyer_a_la_signature(m.anne, avenant)
        signer_porteur(m.sam, avenant)
        signer_financeur(m.anne, avenant)
    with horloge_fixee(ETE):
        premier, second = convention.tranches[0].versements
        payer(m, premier)
        versement.proposer(m.anne, second)
        versement.valider(m.bruno, second)
        etablir_liasse(m.anne, m.enveloppe.financeur, [Choisi(second, second.version)])
        sceller()
        session.commit()
        yield m


def _modele(sha256: str = FAUX, *, lie: bool = False) -> Callable[[Monde], None]:
    """A text in force, tied or not to the act that was signed without it."""

    def ecrire(m: Monde) -> None:
        modele = ModeleActe(
            financeur_id=m.ligne.financeur_id,
            type=TypeConvention.ANNUELLE,
            numero=1,
            articles=[],
            sha256=sha256,
            effet_le=INSTANT.date(),
            mis_en_vigueur_le=INSTANT,
            ecrit_par_id=m.anne.utilisateur_id,
        )
        db.session.add(modele)
        if lie:
            acte = db.session.scalars(select(Convention)).one()
            acte.texte = TexteActe(modele=modele, jour=INSTANT.date())

    return ecrire


def _recours(**change: Any) -> Callable[[Monde], None]:
    """An appeal against a refusal that was never made."""

    def ecrire(m: Monde) -> None:
        valeurs: dict[str, Any] = {
            "objet": ObjetRecours.REJET,
            "canal": CanalRecours.COURRIER,
            "notifiee_le": date(2027, 2, 1),
            "limite_le": dernier_jour(date(2027, 2, 1)),
            "recu_le": date(2027, 3, 1),
            "silence_le": jour_de_silence(date(2027, 3, 1)),
            "texte": "Notre dossier était complet.",
            "enregistre_par_id": m.anne.utilisateur_id,
            **change,
        }
        if "sens" in valeurs:
            valeurs["decide_par_id"] = m.anne.utilisateur_id
        db.session.add(Recours(dossier_id=m.ligne.dossier_id, rang=1, **valeurs))

    return ecrire


def _budget_revise(**change: Any) -> Callable[[Monde], None]:
    """A revised budget given back, that does not say what was frozen."""

    def ecrire(m: Monde) -> None:
        valeurs: dict[str, Any] = {
            "echeance": date(2027, 5, 1),
            "texte": "Une aide est refusée.",
            "rendue_le": maintenant(),
            "rendue_par_id": m.sam.utilisateur_id,
            "explication": "Moins de sorties.",
            "lignes": [],
            "aides": [[m.ligne.id, "État", 1_000_00]],
            **change,
        }
        qui = m.anne.utilisateur_id
        db.session.add(
            RevisionBudget(dossier_id=m.ligne.dossier_id, rang=1, demandee_par_id=qui, **valeurs)
        )

    return ecrire


def sql(ordre: str, **valeurs: Any) -> Callable[[Monde], None]:
    def executer(_m: Monde) -> None:
        db.session.execute(text(ordre), valeurs)

    return executer


def _arbre(m: Monde) -> None:
    autre = f.financeur(m.enveloppe.financeur.contrat, "ville", "Ville d’essai")
    db.session.add(
        Enveloppe(
            campagne_id=m.enveloppe.campagne_id,
            financeur=autre,
            parent_id=m.enveloppe.id,
            code="fille",
            libelle="Fille",
            montant=40_000_00,
        )
    )


def _autre_financeur(m: Monde) -> None:
    m.enveloppe.financeur = f.financeur(m.enveloppe.financeur.contrat, "ville", "Ville d’essai")


def _sans_decision(m: Monde) -> None:
    db.session.execute(text("DELETE FROM decision"))
    db.session.execute(text("UPDATE dossier SET etat = 'programme'"))


def _ligne_sans_enveloppe(m: Monde) -> None:
    db.session.execute(
        text(
            "UPDATE financement SET etat='arbitre', enveloppe_id=NULL,"
            " montant_vote=NULL, montant_arbitre=NULL"
        )
    )


def _bilan(**valeurs: Any) -> Callable[[Monde], None]:
    def poser(m: Monde) -> None:
        db.session.flush()
        db.session.execute(text("DELETE FROM ligne_bilan"))
        db.session.execute(text("DELETE FROM bilan"))
        db.session.expire_all()
        db.session.add(
            Bilan(
                dossier_id=m.ligne.dossier_id,
                exercice=2027,
                etat="depose",
                echeance=PRINTEMPS.date(),
                depose_le=maintenant(),
                **valeurs,
            )
        )

    return poser


def _reversement(m: Monde) -> None:
    bilan = Bilan(dossier_id=m.ligne.dossier_id, exercice=2028, echeance=PRINTEMPS.date())
    db.session.add(
        Reversement(bilan=bilan, financement=m.ligne, montant=1, motif="Trop perçu", etapes=[])
    )
    db.session.flush()
    db.session.execute(text("UPDATE financement SET etat = 'reverse'"))


def _fichier_absent(_m: Monde) -> None:
    stockage().effacer(str(db.session.scalar(text("SELECT cle FROM fichier"))))


DEGATS: dict[str, list[Callable[[Monde], None]]] = {
    "enveloppe.solde": [sql("UPDATE enveloppe SET montant = 1"), _arbre],
    "enveloppe.arbre": [_arbre],
    "enveloppe.ligne": [_autre_financeur],
    "versement.tranche": [sql("UPDATE versement SET montant = montant + 1")],
    "tranche.vote": [sql("UPDATE tranche SET montant = montant + 1")],
    "versement.vote": [sql("UPDATE financement SET montant_vote = 1")],
    "tranche.organisme": [sql("UPDATE financement SET exercice = 2030")],
    "dossier.depot": [
        sql("UPDATE dossier SET numero = NULL"),
        sql("UPDATE dossier SET etat = 'brouillon'"),
    ],
    "financement.programme": [_ligne_sans_enveloppe],
    "dossier.decision": [_sans_decision],
    "convention.signature": [
        sql("UPDATE convention SET signature_financeur_le = NULL"),
        sql("UPDATE convention SET sha256 = NULL"),
    ],
    "versement.deux_personnes": [sql("UPDATE versement SET propose_par_id = NULL")],
    "avenant.numero": [sql("UPDATE avenant SET numero_avenant = 2")],
    "avenant.signature": [sql("UPDATE avenant SET signature_porteur_par_id = NULL")],
    "avenant.montants": [sql("UPDATE tranche SET montant = montant - 1")],
    "contenu.avenant": [sql("UPDATE avenant SET sha256 = :s", s=FAUX)],
    "liasse.numero": [sql("UPDATE liasse SET rang = 2")],
    "liasse.fichier": [
        sql("UPDATE liasse SET sha256 = :s", s=FAUX),
        sql("UPDATE ligne_liasse SET montant = montant + 1"),
    ],
    "liasse.versement": [
        sql("UPDATE versement SET montant = montant - 1 WHERE etat = 'valide'"),
        sql("UPDATE versement SET etat = 'prevu' WHERE etat = 'valide'"),
    ],
    "bilan.depot": [_bilan()],
    "reversement.recu": [_reversement],
    "seance.pv": [sql("UPDATE seance SET etat = 'pv_arrete'")],
    "contenu.depot": [sql("UPDATE depot SET sha256 = :s", s=FAUX)],
    "contenu.convention": [sql("UPDATE convention SET sha256 = :s", s=FAUX)],
    "contenu.bilan": [_bilan(contenu={"a": 1}, sha256=FAUX)],
    "contenu.pv": [sql("UPDATE seance SET pv_sha256 = :s", s=FAUX)],
    "dossier.totaux": [
        sql("UPDATE dossier SET montant_demande = 1"),
        sql("UPDATE dossier SET total_charges = 1"),
    ],
    "recherche.texte": [
        sql("UPDATE dossier SET intitule_recherche = 'autre'"),
        sql("UPDATE organisme SET nom_recherche = 'autre'"),
    ],
    "dossier.projections": [sql("UPDATE dossier SET beneficiaires = 41")],
    "fichier.stockage": [
        _fichier_absent,
        sql("UPDATE fichier SET sha256 = :s", s=FAUX),
        sql("UPDATE fichier SET taille = taille + 1"),
    ],
    "recours.delais": [_recours(limite_le=date(2027, 6, 1)), _recours(silence_le=date(2027, 4, 1))],
    "recours.ouvert": [_recours()],
    "recours.levees": [
        _recours(sens=SensRecours.ADMIS, motif="Pièce retrouvée", decide_le=INSTANT),
    ],
    "modele.texte": [_modele()],
    "modele.actes": [_modele(empreinte([]), lie=True)],
    "contenu.budget_revise": [_budget_revise(sha256=FAUX)],
    "journal.chaines": [sql("UPDATE evenement SET libelle = 'faux' WHERE rang = 1")],
    "journal.sceaux": [
        sql("DELETE FROM evenement WHERE chaine LIKE 'dossier:%' AND rang > 1"),
    ],
}
# Needs a campaign whose ranked list is frozen: test_resultats_services tampers with one.
AILLEURS = {"notation.classement"}
CAS = [(code, degat) for code, degats in DEGATS.items() for degat in degats]


def lancer(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["verifier", *arguments])


def test_une_base_juste(app: Flask, monde: Monde) -> None:
    sortie = lancer(app)
    assert sortie.exit_code == 0, sortie.output
    assert "FAUX" not in sortie.output
    assert sortie.output.count("  bon  ") == len(INVARIANTS)


def test_une_base_vide(app: Flask, base: Any) -> None:
    assert lancer(app).exit_code == 0


def test_chaque_invariant_est_mis_en_defaut_ici() -> None:
    assert set(INVARIANTS) <= set(DEGATS) | AILLEURS


@pytest.mark.parametrize(("code", "degat"), CAS, ids=[f"{c}-{i}" for i, (c, _) in enumerate(CAS)])
def test_un_degat_est_nomme(
    app: Flask, session: Any, base: Any, monde: Monde, code: str, degat: Callable[[Monde], None]
) -> None:
    for ordre in GARDES[base.nom]:
        session.execute(text(ordre))
    degat(monde)
    session.commit()
    sortie = lancer(app, "--seulement", code)
    assert sortie.exit_code == 1, sortie.output
    assert f"FAUX    {INVARIANTS[code].phrase}" in sortie.output
    assert "            - " in sortie.output


def test_les_premiers_ecarts_seulement(
    app: Flask, session: Any, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commande, "MONTRES", 1)
    f.organisme("Deuxième")
    session.execute(text("UPDATE organisme SET nom_recherche = 'autre'"))
    session.commit()
    sortie = lancer(app, "--seulement", "recherche.texte")
    assert "(2)" in sortie.output and "et 1 autres" in sortie.output


def test_un_controle_inconnu_est_refuse(app: Flask, base: Any) -> None:
    sortie = lancer(app, "--seulement", "nimporte.quoi")
    assert sortie.exit_code == 1 and "Contrôle inconnu" in sortie.output


def test_la_liste_des_controles(app: Flask, base: Any) -> None:
    sortie = lancer(app, "--liste")
    assert sortie.exit_code == 0
    assert all(code in sortie.output for code in INVARIANTS)


def test_le_controle_n_ecrit_rien(app: Flask, session: Any, monde: Monde) -> None:
    """Run while others work: it holds no write lock (SQLite) and leaves nothing behind."""
    avant = session.scalar(text("SELECT COUNT(*) FROM evenement"))
    with horloge_fixee(ETE + timedelta(days=1)):
        lancer(app)
    assert session.scalar(text("SELECT COUNT(*) FROM evenement")) == avant
