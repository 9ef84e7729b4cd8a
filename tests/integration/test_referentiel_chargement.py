"""Loading a contrat: exact counts, nothing twice, differences told, nothing used is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from aap.extensions import Base, db
from aap.models import (
    Contrat,
    DossierQuartier,
    Fiche,
    Financeur,
    IndicateurQuartier,
    Quartier,
    TypeFinanceur,
)
from aap.referentiel.lecture import DONNEES, lire_contrat
from aap.requetes.comptes_referentiel import compter
from aap.services.referentiel import Rapport, charger_contrat
from tests import fabriques as f

GOSB, PETIT = "gosb-2024-2030", "exemple-val-fictif"
COMPTES_GOSB = {
    "orientations": 8,
    "objectifs stratégiques": 26,
    "objectifs opérationnels": 93,
    "quartiers": 36,
    "communes": 19,
    "communes hors du territoire": 1,
    "secteurs": 5,
    "fiches": 46,
    "sections par thème": 120,
    "objectifs opérationnels locaux": 1372,
    "indicateurs d’évaluation": 631,
    "valeurs d’indicateurs": 445,
    "valeurs écartées (douteuses)": 11,
}
Changer = Callable[[Any], Any]


@pytest.fixture
def copie(tmp_path: Path) -> Path:
    """A copy of the small contract, free to change."""
    chemin = tmp_path / "contrat"
    shutil.copytree(DONNEES / PETIT, chemin)
    return chemin


def changer(dossier: Path, fichier: str, modifier: Changer) -> None:
    chemin = dossier / fichier
    contenu = json.loads(chemin.read_text("utf-8"))
    modifier(contenu)
    chemin.write_text(json.dumps(contenu, ensure_ascii=False), "utf-8")


def charger(chemin: Path) -> Rapport:
    rapport = charger_contrat(lire_contrat(chemin))
    db.session.expire_all()
    return rapport


def lignes() -> dict[str, int]:
    """Table -> number of rows."""
    return {
        nom: db.session.scalar(select(func.count()).select_from(table)) or 0
        for nom, table in Base.metadata.tables.items()
    }


def contrat(code: str) -> Contrat:
    return db.session.scalars(select(Contrat).where(Contrat.code == code)).one()


def quartier(code: str) -> Quartier | None:
    return db.session.scalar(select(Quartier).where(Quartier.code == code))


def sans_vieux_port(dossier: Path) -> None:
    """Take « Le Vieux Port » (no fiche) out of the files."""
    changer(dossier, "quartiers.json", lambda x: x.pop())
    changer(dossier, "notes.json", lambda x: x["quartiers"].clear())


def test_le_contrat_signe_entre_entier(session: Any) -> None:
    rapport = charger(DONNEES / GOSB)
    assert rapport.ajouts and not rapport.changements and not rapport.retraits
    assert compter(contrat(GOSB)) == COMPTES_GOSB


def test_un_second_chargement_ne_change_rien(session: Any) -> None:
    charger(DONNEES / GOSB)
    avant = lignes()
    assert charger(DONNEES / GOSB).vide
    assert lignes() == avant


def test_les_deux_contrats_vivent_ensemble(session: Any) -> None:
    charger(DONNEES / PETIT)
    petit = compter(contrat(PETIT))
    charger(DONNEES / GOSB)
    assert compter(contrat(PETIT)) == petit
    assert compter(contrat(GOSB)) == COMPTES_GOSB
    assert charger(DONNEES / PETIT).vide and charger(DONNEES / GOSB).vide
    assert (petit["quartiers"], petit["orientations"], petit["valeurs d’indicateurs"]) == (3, 2, 3)


def test_les_valeurs_sont_exactes(session: Any) -> None:
    """A value is kept in whole thousandths: 17.5 is 17 500, never 17 499."""
    charger(DONNEES / PETIT)
    chomage = db.session.scalars(
        select(IndicateurQuartier).where(IndicateurQuartier.code == "taux_chomage")
    ).one()
    assert (chomage.valeur_milliemes, chomage.annee, chomage.ecarte) == (17_500, 2023, False)


def test_ce_qui_change_est_dit(session: Any, copie: Path) -> None:
    charger(copie)
    changer(copie, "contrat.json", lambda x: x.update(nom="Le Val, corrigé"))
    changer(copie, "quartiers.json", lambda x: x[0].update(nom="Les Grands Tilleuls"))
    changer(copie, "indicateurs.json", lambda x: x[1].update(note="À prendre avec prudence."))
    changer(
        copie,
        "quartiers.json",
        lambda x: x.append({**x[2], "code": "la-butte", "nom": "La Butte"}),
    )
    sans_digue = {"themes": [], "indicateurs": [], "manquants": []}
    changer(copie, "fiches/la-digue.json", lambda x: x.update(sans_digue))
    rapport = charger(copie)
    assert rapport.ajouts == ["quartier la-butte"]
    assert f"contrat {PETIT} : nom" in rapport.changements
    assert "quartier les-tilleuls : nom" in rapport.changements
    assert "quartier les-tilleuls : recherche" in rapport.changements
    assert any("taux_chomage : note" in c for c in rapport.changements)
    assert any(r.startswith("indicateur_quartier ") for r in rapport.retraits)
    assert any(r.startswith("section_theme ") for r in rapport.retraits)
    assert charger(copie).vide


def test_les_themes_pris_ailleurs_sont_dits(session: Any, copie: Path) -> None:
    """« themes_dans » and the note of a theme are compared like the rest."""
    charger(copie)
    changer(copie, "fiches/les-tilleuls.json", lambda x: x["themes"][0].update(note="Coquille."))
    changer(copie, "fiches/la-digue.json", lambda x: x.update(themes_dans="les-tilleuls"))
    rapport = charger(copie)
    assert "fiche la-digue : themes_dans" in rapport.changements
    assert any(c.startswith("section_theme ") and "note" in c for c in rapport.changements)
    digue = db.session.scalars(select(Fiche).where(Fiche.code == "la-digue")).one()
    assert digue.themes_fiche is not None and digue.themes_fiche.code == "les-tilleuls"
    assert charger(copie).vide
    assert "fiche la-digue : themes_dans" in charger(DONNEES / PETIT).changements


def test_une_section_qui_part_n_emporte_rien_d_autre(session: Any, copie: Path) -> None:
    """The objectives of a section that left do not count any more."""
    charger(copie)
    avant = compter(contrat(PETIT))
    changer(copie, "fiches/la-digue.json", lambda x: x.update(themes=[]))
    charger(copie)
    apres = compter(contrat(PETIT))
    assert apres["sections par thème"] == avant["sections par thème"] - 1
    assert apres["objectifs opérationnels locaux"] == avant["objectifs opérationnels locaux"] - 1
    assert apres["indicateurs d’évaluation"] == avant["indicateurs d’évaluation"] - 1
    assert charger(copie).vide


def test_quartier_inutile_supprime(session: Any, copie: Path) -> None:
    charger(copie)
    sans_vieux_port(copie)
    assert charger(copie).retraits == ["quartier le-vieux-port : supprimé"]
    assert quartier("le-vieux-port") is None
    assert charger(copie).vide


def test_quartier_employe_retire_puis_retabli(session: Any, copie: Path) -> None:
    charger(copie)
    dossier = f.dossier(f.campagne(contrat(PETIT)), f.organisme())
    dossier.quartiers = [DossierQuartier(quartier=quartier("le-vieux-port"), part=100)]
    db.session.flush()
    sans_vieux_port(copie)
    assert charger(copie).retraits == ["quartier le-vieux-port : retiré (encore cité)"]
    garde = quartier("le-vieux-port")
    assert garde is not None and garde.retire_le is not None
    assert [q.quartier.code for q in dossier.quartiers] == ["le-vieux-port"]
    assert compter(contrat(PETIT))["quartiers"] == 2
    assert charger(copie).vide
    rapport = charger(DONNEES / PETIT)
    assert "quartier le-vieux-port : rétabli" in rapport.changements
    revenu = quartier("le-vieux-port")
    assert revenu is not None and revenu.id == garde.id and revenu.retire_le is None
    assert charger(DONNEES / PETIT).vide


def test_quartier_et_sa_fiche_partent_ensemble(session: Any, copie: Path) -> None:
    charger(copie)
    (copie / "fiches" / "la-digue.json").unlink()
    changer(copie, "quartiers.json", lambda x: x.pop(1))
    rapport = charger(copie)
    assert "quartier la-digue : supprimé" in rapport.retraits
    assert "fiche la-digue : supprimé" in rapport.retraits
    assert quartier("la-digue") is None
    assert not db.session.scalars(select(Fiche).where(Fiche.code == "la-digue")).all()
    assert charger(copie).vide


def test_financeur_ajoute_a_l_ecran_reste(session: Any, copie: Path) -> None:
    charger(copie)
    f.financeur(contrat(PETIT), "fondation", "Fondation locale", TypeFinanceur.AUTRE)
    assert charger(copie).vide
    assert db.session.scalar(select(Financeur.id).where(Financeur.code == "fondation"))


def test_orientation_ajoutee_puis_otee(session: Any, copie: Path) -> None:
    """A whole branch comes and goes, children included."""
    charger(copie)
    avant = lignes()
    branche = {
        "code": "A3",
        "titre": "Travailler",
        "axe": "Emploi",
        "transversale": False,
        "objectifs_strategiques": [
            {
                "code": "A3.1",
                "titre": "Insérer",
                "objectifs_operationnels": [{"code": "A3.1.1", "titre": "Accompagner"}],
                "dispositifs": ["Mission locale"],
            }
        ],
    }
    changer(copie, "contrat.json", lambda x: x["orientations"].append(branche))
    assert len(charger(copie).ajouts) == 4
    retour = charger(DONNEES / PETIT)
    assert len(retour.retraits) == 4
    assert all(r.endswith("supprimé") for r in retour.retraits)
    assert lignes() == avant


# --- the command --------------------------------------------------------------------------


@pytest.fixture
def commande(app: Flask) -> Iterator[Callable[..., Result]]:
    lanceur = app.test_cli_runner()

    def lancer(*mots: str) -> Result:
        return lanceur.invoke(args=["referentiel", *mots])

    yield lancer


def nombre_de_contrats(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Contrat)) or 0


def test_commande_a_blanc_n_ecrit_rien(app: Flask, commande: Callable[..., Result]) -> None:
    sortie = commande("charger", PETIT, "--a-blanc")
    assert sortie.exit_code == 0, sortie.output
    assert "ajouts :" in sortie.output
    assert "À blanc : rien n’a été écrit." in sortie.output
    assert nombre_de_contrats(app) == 0


def test_commande_charge_et_verifie(app: Flask, commande: Callable[..., Result]) -> None:
    assert commande("charger", PETIT).exit_code == 0
    assert nombre_de_contrats(app) == 1
    assert "rien à changer" in commande("charger", PETIT).output
    verdict = commande("verifier")
    assert verdict.exit_code == 0, verdict.output
    assert "La base correspond aux fichiers." in verdict.output
    assert "3 quartiers" in verdict.output


def test_commande_verifier_voit_un_ecart(app: Flask, commande: Callable[..., Result]) -> None:
    commande("charger", PETIT)
    with app.app_context():
        quartier("la-digue").nom = "La Dique"  # type: ignore[union-attr]
        db.session.commit()
    verdict = commande("verifier")
    assert verdict.exit_code == 1
    assert "quartier la-digue : nom" in verdict.output
    assert "La base diffère des fichiers" in verdict.output
    with app.app_context():
        assert quartier("la-digue").nom == "La Dique"  # type: ignore[union-attr]


def test_commande_dossier_modifie(app: Flask, commande: Callable[..., Result], copie: Path) -> None:
    commande("charger", PETIT)
    sans_vieux_port(copie)
    changer(copie, "quartiers.json", lambda x: x[0].update(nom="Les Grands Tilleuls"))
    sortie = commande("charger", "--dossier", str(copie)).output
    assert "- quartier les-tilleuls : nom" in sortie
    assert "retraits : 1" in sortie and "- quartier le-vieux-port : supprimé" in sortie


@pytest.mark.parametrize("mots", [("charger", "inconnu"), ("verifier",), ("verifier", "inconnu")])
def test_commande_refuse(commande: Callable[..., Result], mots: tuple[str, ...]) -> None:
    """Unknown code, or nothing loaded: exit code 1 and a sentence, never a trace."""
    sortie = commande(*mots)
    assert sortie.exit_code == 1
    assert isinstance(sortie.exception, SystemExit)
    assert sortie.output.startswith("Error") or "Aucun contrat" in sortie.output


def test_commande_verifier_code_inconnu(commande: Callable[..., Result]) -> None:
    commande("charger", PETIT)
    sortie = commande("verifier", "inconnu")
    assert sortie.exit_code == 1
    assert "inconnu" in sortie.output


def test_commande_dit_toutes_les_fautes(
    app: Flask, commande: Callable[..., Result], copie: Path
) -> None:
    changer(copie, "contrat.json", lambda x: x.update(nom=""))
    changer(copie, "quartiers.json", lambda x: x[0].update(type="zus"))
    sortie = commande("charger", "--dossier", str(copie))
    assert sortie.exit_code == 1
    assert "contrat.json : nom : ce texte ne peut pas être vide" in sortie.output
    assert "quartiers.json : [0].type : l’une de ces valeurs est attendue" in sortie.output
    assert nombre_de_contrats(app) == 0
