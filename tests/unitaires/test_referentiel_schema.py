"""Every fault of a contrat's files is told in French: which file, where in it, what was read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aap.referentiel.lecture import (
    DONNEES,
    ReferentielInvalide,
    contrats_fournis,
    lire_contrat,
)
from aap.referentiel.schema import Faute

PETIT = "exemple-val-fictif"
Changer = Callable[[Any], Any]


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """A copy of the small contract, free to spoil."""
    copie = tmp_path / "contrat"
    shutil.copytree(DONNEES / PETIT, copie)
    return copie


def gater(dossier: Path, fichier: str, changer: Changer) -> None:
    chemin = dossier / fichier
    contenu = json.loads(chemin.read_text("utf-8"))
    changer(contenu)
    chemin.write_text(json.dumps(contenu, ensure_ascii=False), "utf-8")


def fautes(dossier: Path) -> list[Faute]:
    with pytest.raises(ReferentielInvalide) as refus:
        lire_contrat(dossier)
    return refus.value.fautes


def poser(cle: str, valeur: Any, *chemin: Any) -> Changer:
    """Put ``valeur`` at ``cle`` of the object that stands at ``chemin``."""

    def changer(contenu: Any) -> None:
        for pas in chemin:
            contenu = contenu[pas]
        contenu[cle] = valeur

    return changer


def oter(cle: str, *chemin: Any) -> Changer:
    def changer(contenu: Any) -> None:
        for pas in chemin:
            contenu = contenu[pas]
        del contenu[cle]

    return changer


def test_les_contrats_fournis_sont_justes() -> None:
    assert contrats_fournis() == [PETIT, "gosb-2024-2030"]
    for code in contrats_fournis():
        assert lire_contrat(DONNEES / code).contrat["code"] == code


def test_empreinte_suit_le_contenu(dossier: Path) -> None:
    avant = lire_contrat(dossier).empreinte
    assert re.fullmatch(r"[0-9a-f]{64}", avant)
    assert lire_contrat(DONNEES / PETIT).empreinte == avant
    gater(dossier, "contrat.json", poser("nom", "Un autre nom"))
    assert lire_contrat(dossier).empreinte != avant


@pytest.mark.parametrize("nom", ["contrat", "quartiers", "indicateurs", "notes", "financeurs"])
def test_fichier_manquant(dossier: Path, nom: str) -> None:
    (dossier / f"{nom}.json").unlink()
    (faute,) = fautes(dossier)
    assert (faute.fichier, faute.message) == (f"{nom}.json", "le fichier manque")


def test_json_illisible_dit_la_ligne(dossier: Path) -> None:
    (dossier / "notes.json").write_text('{\n "contrat": [,]\n}', "utf-8")
    (faute,) = fautes(dossier)
    assert (faute.fichier, faute.chemin) == ("notes.json", "ligne 2")
    assert faute.message == "ce n’est pas du JSON"


def test_fiche_illisible_dit_son_dossier(dossier: Path) -> None:
    (dossier / "fiches" / "la-digue.json").write_text("{", "utf-8")
    assert fautes(dossier)[0].fichier == "fiches/la-digue.json"


def test_encodage_refuse(dossier: Path) -> None:
    (dossier / "notes.json").write_bytes('{"contrat": ["été"]}'.encode("latin-1"))
    (faute,) = fautes(dossier)
    assert (faute.fichier, faute.message) == ("notes.json", "le fichier n’est pas en UTF-8")


# file, how to spoil it, path told, start of the sentence, value told
CAS: list[tuple[str, Changer, str, str, Any]] = [
    ("contrat.json", poser("couleur", "bleu"), "couleur", "ce champ n’existe pas", "bleu"),
    ("contrat.json", oter("pilote"), "pilote", "ce champ manque", None),
    ("contrat.json", poser("nom", 12), "nom", "un texte est attendu", 12),
    ("contrat.json", poser("nom", "  "), "nom", "ce texte ne peut pas être vide", "  "),
    ("contrat.json", poser("code", "Val Fictif"), "code", "la forme attendue", "Val Fictif"),
    ("contrat.json", poser("debut", "2025"), "debut", "un nombre entier est attendu", "2025"),
    ("contrat.json", poser("debut", True), "debut", "un nombre entier est attendu", True),
    ("contrat.json", poser("fin", 3000), "fin", "le nombre doit être entre 1990 et 2100", 3000),
    ("contrat.json", poser("communes", []), "communes", "au moins 1 élément", []),
    ("contrat.json", poser("communes", {}), "communes", "une liste est attendue", {}),
    ("contrat.json", poser("regles", []), "regles", "un objet est attendu", []),
    (
        "contrat.json",
        poser("siren", "123", "pilote"),
        "pilote.siren",
        "la forme attendue",
        "123",
    ),
    (
        "contrat.json",
        poser("code_insee", "9900", "communes", 1),
        "communes[1].code_insee",
        "la forme attendue",
        "9900",
    ),
    (
        "contrat.json",
        poser("hors_perimetre", "non", "communes", 0),
        "communes[0].hors_perimetre",
        "true ou false est attendu",
        "non",
    ),
    (
        "contrat.json",
        poser("code", "bourg-imaginaire", "communes", 1),
        "communes[1].code",
        "cette valeur apparaît deux fois",
        "bourg-imaginaire",
    ),
    (
        "contrat.json",
        poser("code", ["a"], "communes", 1),
        "communes[1].code",
        "un texte est attendu",
        ["a"],
    ),
    (
        "contrat.json",
        poser("titre", None, "orientations", 0, "objectifs_strategiques", 1),
        "orientations[0].objectifs_strategiques[1].titre",
        "un texte est attendu",
        None,
    ),
    ("quartiers.json", poser("type", "zus", 0), "[0].type", "l’une de ces valeurs", "zus"),
    ("quartiers.json", poser("code_qpv", "QP094001", 1), "[1].code_qpv", "la forme", "QP094001"),
    ("quartiers.json", poser("communes", [], 2), "[2].communes", "au moins 1 élément", []),
    ("indicateurs.json", poser("code", "population", 1), "[1].code", "cette valeur", "population"),
    ("financeurs.json", poser("type", "banque", 0), "[0].type", "l’une de ces", "banque"),
    ("notes.json", poser("quartiers", ["x"]), "quartiers", "un objet est attendu", ["x"]),
    (
        "fiches/la-digue.json",
        poser("valeur", "950", "indicateurs", 0),
        "indicateurs[0].valeur",
        "un nombre est attendu",
        "950",
    ),
    (
        "fiches/la-digue.json",
        poser("annee", 1800, "indicateurs", 0),
        "indicateurs[0].annee",
        "le nombre doit être entre",
        1800,
    ),
    (
        "fiches/la-digue.json",
        poser("operationnels", [""], "themes", 0, "groupes", 0),
        "themes[0].groupes[0].operationnels[0]",
        "ce texte ne peut pas être vide",
        "",
    ),
]


@pytest.mark.parametrize(
    ("fichier", "changer", "chemin", "message", "valeur"), CAS, ids=[f"{c[0]}-{c[2]}" for c in CAS]
)
def test_faute_de_forme(
    dossier: Path, fichier: str, changer: Changer, chemin: str, message: str, valeur: Any
) -> None:
    gater(dossier, fichier, changer)
    faute = next(f for f in fautes(dossier) if f.chemin == chemin)
    assert faute.fichier == fichier
    assert faute.message.startswith(message)
    assert faute.valeur == valeur
    assert str(faute).startswith(f"{fichier} : {chemin} : {message}")
    assert f"(lu : {valeur!r})" in str(faute)


def test_quatre_decimales_refusees(dossier: Path) -> None:
    gater(dossier, "fiches/la-digue.json", poser("valeur", 17.1234, "indicateurs", 0))
    (faute,) = fautes(dossier)
    assert faute.message == "trois décimales au plus"


def test_racine_de_mauvais_genre(dossier: Path) -> None:
    (dossier / "quartiers.json").write_text("{}", "utf-8")
    (faute,) = fautes(dossier)
    assert str(faute) == "quartiers.json : (racine) : une liste est attendue (lu : {})"


REFERENCES: list[tuple[str, Changer, str, str]] = [
    ("contrat.json", poser("secteur", "nulle-part", "communes", 0), "secteur", "nulle-part"),
    ("contrat.json", poser("orientations", ["Z9"], "themes", 0), "orientation", "Z9"),
    ("quartiers.json", poser("communes", ["nulle-part"], 0), "commune", "nulle-part"),
    ("quartiers.json", poser("secteur", "nulle-part", 0), "secteur", "nulle-part"),
    ("financeurs.json", poser("commune", "nulle-part", 2), "commune", "nulle-part"),
    ("notes.json", poser("nulle-part", "x", "quartiers"), "quartier", "nulle-part"),
    ("notes.json", poser("nulle-part", "x", "fiches"), "fiche", "nulle-part"),
    ("fiches/la-digue.json", poser("commune", "nulle-part"), "commune", "nulle-part"),
    ("fiches/la-digue.json", poser("quartiers", ["nulle-part"]), "quartier", "nulle-part"),
    ("fiches/la-digue.json", poser("themes_dans", "nulle-part"), "fiche", "nulle-part"),
    ("fiches/la-digue.json", poser("theme", "nulle-part", "themes", 0), "theme", "nulle-part"),
    ("fiches/la-digue.json", poser("code", "inconnu", "indicateurs", 0), "indicateur", "inconnu"),
    ("fiches/la-digue.json", poser("manquants", ["inconnu"]), "indicateur", "inconnu"),
]


@pytest.mark.parametrize(("fichier", "changer", "genre", "code"), REFERENCES)
def test_reference_inconnue(
    dossier: Path, fichier: str, changer: Changer, genre: str, code: str
) -> None:
    gater(dossier, fichier, changer)
    (faute,) = fautes(dossier)
    assert (faute.fichier, faute.message, faute.valeur) == (fichier, f"{genre} inconnu(e)", code)


def test_deux_fiches_de_meme_code(dossier: Path) -> None:
    shutil.copy(dossier / "fiches" / "la-digue.json", dossier / "fiches" / "zz.json")
    (faute,) = fautes(dossier)
    assert (faute.fichier, faute.chemin, faute.valeur) == ("fiches/zz.json", "code", "la-digue")
    assert faute.message == "cette valeur apparaît deux fois"


def test_code_d_objectif_unique_dans_tout_le_contrat(dossier: Path) -> None:
    """Two orientations cannot share the code of an objective: one would erase the other."""
    gater(
        dossier,
        "contrat.json",
        lambda x: x["orientations"].append({**x["orientations"][0], "code": "A3"}),
    )
    vues = fautes(dossier)
    assert [f.valeur for f in vues] == ["A1.1", "A1.1.1", "A1.1.2", "A1.2", "A1.2.1"]
    assert (
        vues[1].chemin
        == "orientations[2].objectifs_strategiques[0].objectifs_operationnels[0].code"
    )
    assert {f.message for f in vues} == {"cette valeur apparaît deux fois"}


def test_note_qui_n_est_pas_un_texte(dossier: Path) -> None:
    gater(dossier, "notes.json", poser("la-digue", 3, "quartiers"))
    (faute,) = fautes(dossier)
    assert (faute.chemin, faute.message) == ("quartiers.la-digue", "un texte est attendu")


def test_toutes_les_fautes_a_la_fois(dossier: Path) -> None:
    """One reading is enough to correct everything: no fault hides another."""
    gater(dossier, "contrat.json", poser("nom", ""))
    gater(dossier, "contrat.json", poser("debut", "hier"))
    gater(dossier, "quartiers.json", poser("type", "zus", 0))
    (dossier / "notes.json").unlink()
    (dossier / "indicateurs.json").write_text("[", "utf-8")
    gater(dossier, "fiches/les-tilleuls.json", poser("titre", 4))
    with pytest.raises(ReferentielInvalide) as refus:
        lire_contrat(dossier)
    vues = {(f.fichier, f.chemin) for f in refus.value.fautes}
    assert vues == {
        ("contrat.json", "nom"),
        ("contrat.json", "debut"),
        ("quartiers.json", "[0].type"),
        ("notes.json", ""),
        ("indicateurs.json", "ligne 1"),
        ("fiches/les-tilleuls.json", "titre"),
    }
    assert len(str(refus.value).splitlines()) == len(vues)


def test_toutes_les_references_a_la_fois(dossier: Path) -> None:
    gater(dossier, "quartiers.json", poser("communes", ["x", "pont-invente", "y"], 0))
    gater(dossier, "fiches/la-digue.json", poser("quartiers", ["z"]))
    assert {(f.fichier, f.valeur) for f in fautes(dossier)} == {
        ("quartiers.json", "x"),
        ("quartiers.json", "y"),
        ("fiches/la-digue.json", "z"),
    }


def test_dossier_vide(tmp_path: Path) -> None:
    assert {f.fichier for f in fautes(tmp_path)} == {
        "contrat.json",
        "quartiers.json",
        "indicateurs.json",
        "notes.json",
        "financeurs.json",
    }
