"""The journal: a touched line is named, the database refuses to touch one, writers queue."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aap.extensions import db
from aap.models import Evenement
from aap.permissions import SYSTEME
from aap.services.journal import ORIGINE, consigner, verifier_journal
from aap.services.sceau import CHAINE, sceaux_rompus, sceller
from tests import fabriques as f

LEVER = {
    "sqlite": [
        "DROP TRIGGER evenement_intouchable_bu",
        "DROP TRIGGER evenement_intouchable_bd",
    ],
    "postgresql": ["DROP TRIGGER evenement_intouchable ON evenement"],
}


def lever_la_garde(nom: str) -> None:
    """What somebody who owns the database can do."""
    for ordre in LEVER[nom]:
        db.session.execute(text(ordre))


def ecrire(nombre: int = 5) -> str:
    """Lines about two people; the chain of the first one."""
    premier, second = f.utilisateur(), f.utilisateur()
    for rang in range(nombre):
        consigner(SYSTEME, premier, "essai.noter", f"Ligne {rang} : « é’€ »", donnees={"n": rang})
        consigner(SYSTEME, second, "essai.noter", f"Autre {rang}", motif="par sûreté")
    db.session.commit()
    return f"utilisateur:{premier.id}"


def test_les_lignes_se_suivent(session: Any) -> None:
    chaine = ecrire(3)
    lignes = session.scalars(
        select(Evenement).where(Evenement.chaine == chaine).order_by(Evenement.rang)
    ).all()
    assert [e.rang for e in lignes] == [1, 2, 3]
    assert [e.precedent for e in lignes] == [ORIGINE, lignes[0].hachage, lignes[1].hachage]
    session.expire_all()  # read again: what the database gives back hashes the same
    assert verifier_journal() == (6, None)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE evenement SET libelle = 'faux' WHERE chaine = :c AND rang = 2",
        "UPDATE evenement SET hachage = 'faux' WHERE chaine = :c AND rang = 2",
        "DELETE FROM evenement WHERE chaine = :c AND rang = 5",
    ],
)
def test_la_base_refuse_de_toucher_au_journal(session: Any, ordre: str) -> None:
    chaine = ecrire()
    with pytest.raises(DBAPIError, match="journal_intouchable"):
        session.execute(text(ordre), {"c": chaine})
    session.rollback()
    assert verifier_journal() == (10, None)


@pytest.mark.parametrize(
    ("ordre", "rang", "raison"),
    [
        ("UPDATE evenement SET libelle = 'faux' WHERE chaine = :c AND rang = 2", 2, "contenu"),
        ("UPDATE evenement SET motif = 'faux' WHERE chaine = :c AND rang = 1", 1, "contenu"),
        ("UPDATE evenement SET acteur_id = NULL, qualite = 'X' WHERE chaine = :c AND rang = 4", 4,
         "contenu"),
        ("UPDATE evenement SET precedent = hachage WHERE chaine = :c AND rang = 3", 3,
         "précédente"),
        ("DELETE FROM evenement WHERE chaine = :c AND rang = 3", 4, "la ligne 3 manque"),
        ("DELETE FROM evenement WHERE chaine = :c AND rang = 1", 2, "la ligne 1 manque"),
    ],
)  # fmt: skip
def test_une_ligne_touchee_est_nommee(
    session: Any, base: Any, ordre: str, rang: int, raison: str
) -> None:
    chaine = ecrire()
    lever_la_garde(base.nom)
    session.execute(text(ordre), {"c": chaine})
    session.commit()
    session.expire_all()
    _, rupture = verifier_journal()
    assert rupture is not None
    assert (rupture.chaine, rupture.rang) == (chaine, rang)
    assert raison in rupture.raison


def test_la_commande_nomme_la_ligne_rompue(app: Flask, session: Any, base: Any) -> None:
    chaine = ecrire()
    executer = app.test_cli_runner().invoke
    bon = executer(args=["journal", "verifier"])
    assert bon.exit_code == 0, bon.output
    assert "10 lignes" in bon.output
    lever_la_garde(base.nom)
    session.execute(
        text("UPDATE evenement SET motif='x' WHERE chaine=:c AND rang=2"), {"c": chaine}
    )
    session.commit()
    mauvais = executer(args=["journal", "verifier"])
    assert mauvais.exit_code == 1
    assert f"chaîne {chaine}, ligne 2" in mauvais.output


def test_un_sceau_voit_la_fin_coupee_que_la_chaine_ne_voit_pas(session: Any, base: Any) -> None:
    chaine = ecrire()
    sceau = sceller()
    session.commit()
    assert sceau is not None and sceau.chaine == CHAINE and sceau.donnees["tetes"][chaine][0] == 5
    assert list(sceaux_rompus()) == []
    lever_la_garde(base.nom)
    session.execute(text("DELETE FROM evenement WHERE chaine=:c AND rang>3"), {"c": chaine})
    session.commit()
    assert verifier_journal()[1] is None  # the chain alone is coherent…
    (rupture,) = sceaux_rompus()  # …the seal is not fooled
    assert (rupture.chaine, rupture.rang) == (chaine, 5)
    assert "disparu" in rupture.raison


def test_un_second_sceau_suit_le_premier(app: Flask, session: Any) -> None:
    ecrire(1)
    sortie = app.test_cli_runner().invoke(args=["journal", "sceller"])
    assert sortie.exit_code == 0, sortie.output
    encore = sceller()  # within the overlap: sealed twice, never forgotten
    session.commit()
    assert encore is not None and encore.rang == 2
    assert verifier_journal()[1] is None


def test_des_ecrivains_concurrents_font_une_seule_chaine(app: Flask, session: Any) -> None:
    """Four threads, ten lines each, on one chain: no fork, no hole, no line lost."""
    personne = f.utilisateur()
    session.commit()
    numero, fautes = personne.id, []

    def ecrivain(qui: int) -> None:
        try:
            with app.app_context():
                for rang in range(10):
                    objet = db.session.get_one(type(personne), numero)
                    consigner(SYSTEME, objet, "essai.noter", f"Écrivain {qui}, ligne {rang}")
                    db.session.commit()
        except Exception as erreur:
            fautes.append(erreur)

    session.remove()
    fils = [threading.Thread(target=ecrivain, args=(i,)) for i in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(60)
    assert fautes == []
    assert verifier_journal() == (40, None)
    rangs = session.scalars(
        select(Evenement.rang).where(Evenement.chaine == f"utilisateur:{numero}")
    )
    assert sorted(rangs) == list(range(1, 41))


def test_un_retour_en_arriere_ne_laisse_aucune_ligne(session: Any) -> None:
    personne = f.utilisateur()
    session.commit()
    consigner(SYSTEME, personne, "essai.noter", "Jamais écrite")
    session.rollback()
    assert verifier_journal() == (0, None)
