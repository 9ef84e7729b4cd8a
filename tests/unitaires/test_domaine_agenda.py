"""The .ics file, by the letter of RFC 5545."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aap.domaine.agenda import Personne, Reunion, ecrire_agenda, plier

REUNION = Reunion(
    uid="seance-3@exemple.fr",
    sequence=2,
    ecrite_le=datetime(2027, 1, 5, 10, tzinfo=UTC),
    debut=datetime(2027, 7, 1, 7, 30, tzinfo=UTC),
    duree=timedelta(hours=3),
    titre="COPIL ; été, « suite » \\ fin",
    lieu="Salle du conseil, 1er étage\nOrly",
    description="é" * 200,
    adresse="https://exemple.fr/copil/seances/3",
    organisateur=Personne("Contrat de ville", "contact@exemple.fr"),
    invite=Personne('Anne "Nine" Roy;X', "anne@exemple.fr\r\nATTENDEE:mailto:x@y.fr"),
)


def _lignes(octets: bytes) -> list[str]:
    """Unfolded content lines."""
    texte = octets.decode()
    assert texte.endswith("END:VCALENDAR\r\n") and "\n" not in texte.replace("\r\n", "")
    assert all(len(ligne.encode()) <= 75 for ligne in texte.split("\r\n"))
    return texte.replace("\r\n ", "").split("\r\n")


def test_convocation() -> None:
    lignes = _lignes(ecrire_agenda(REUNION, "REQUEST"))
    for ligne in (
        "METHOD:REQUEST",
        "UID:seance-3@exemple.fr",
        "SEQUENCE:2",
        "DTSTAMP:20270105T100000Z",
        "DTSTART:20270701T073000Z",
        "DTEND:20270701T103000Z",
        "SUMMARY:COPIL \\; été\\, « suite » \\\\ fin",
        "LOCATION:Salle du conseil\\, 1er étage\\nOrly",
        f"DESCRIPTION:{'é' * 200}",
        "STATUS:CONFIRMED",
        'ORGANIZER;CN="Contrat de ville":mailto:contact@exemple.fr',
    ):
        assert ligne in lignes
    (invite,) = [x for x in lignes if x.startswith("ATTENDEE")]
    assert 'CN="Anne ’Nine’ Roy;X":mailto:anne@exemple.fr' in invite


def test_annulation_et_fichier_pour_tous() -> None:
    annule = _lignes(ecrire_agenda(replace(REUNION, sequence=3), "CANCEL"))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"} <= set(annule)
    public = _lignes(ecrire_agenda(REUNION))
    assert "METHOD:PUBLISH" in public and not any(x.startswith("ATTENDEE") for x in public)


def test_une_ligne_pliee_ne_coupe_aucun_caractere() -> None:
    ligne = "SUMMARY:" + "aé€🎉" * 40
    assert plier(ligne).replace("\r\n ", "") == ligne
    assert plier("x" * 75) == "x" * 75
