"""Minutes of a COPIL session: attendance, déports, decisions and totals."""

from __future__ import annotations

from collections import Counter

from aap.documents import tableaux
from aap.documents.donnees_seance import DecisionPV, DonneesPV
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.domaine.montants import en_euros
from aap.domaine.texte import accorder, enumerer
from aap.filtres import date_heure, date_longue

LIGNES_LIEES = 6
MOTIF_COURT = 600
RESULTATS = {
    "programmer": ("dossier programmé", "dossiers programmés"),
    "ajourner": ("dossier ajourné", "dossiers ajournés"),
    "rejeter": ("dossier rejeté", "dossiers rejetés"),
    "liste_attente": ("dossier en liste d’attente", "dossiers en liste d’attente"),
}
SENS = {
    "programmer": "Programmé",
    "ajourner": "Ajourné",
    "rejeter": "Rejeté",
    "liste_attente": "Liste d’attente",
}


def produire(d: DonneesPV) -> bytes:
    """PDF of the minutes."""
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Procès-verbal – {d.titre}",
        f"{d.campagne} – {date_longue(d.ouverte_le)}",
    )
    r.entete()
    r.h1("Procès-verbal du comité de pilotage", f"{d.campagne} – {d.titre}")
    presents = sum(c.present for c in d.convoques)
    tableaux.fiche(
        r,
        [
            ("Ouverture", date_heure(d.ouverte_le)),
            ("Clôture", date_heure(d.close_le)),
            ("Lieu", d.lieu),
            ("Présidence", f"{d.president.nom}, {d.president.qualite}"),
            ("Quorum", _quorum(presents, d.quorum)),
            ("Dossiers examinés", str(len(d.decisions))),
        ],
    )
    _presences(r, d)
    _deports(r, d)
    _decisions(r, d)
    _totaux(r, d)
    if d.notes.strip():
        r.h2("Observations")
        r.libre(d.notes)
    signataires = [d.president, *([d.secretaire] if d.secretaire else [])]
    r.signer(
        [f"La séance est levée. Procès-verbal arrêté le {date_longue(d.cartouche.etabli_le)}."],
        *signataires,
    )
    return r.rendre()


def _quorum(presents: int, quorum: int) -> str:
    suite = "atteint" if presents >= quorum else "non atteint"
    return f"{accorder(presents, 'présent')} pour un quorum de {quorum}\u00a0: {suite}"


def _presences(r: Redaction, d: DonneesPV) -> None:
    r.h2("Présences")
    rangs = [
        Rang((c.nom, c.qualite or "–", "Présent" if c.present else "Absent")) for c in d.convoques
    ]
    tableaux.tableau(r, ("Membre", "Qualité", "Présence"), rangs, [4, 6, 2])


def _deports(r: Redaction, d: DonneesPV) -> None:
    r.h2("Déports")
    points = [
        f"Dossier {x.action.numero} ({x.organisme})\u00a0: {', '.join(x.deportes)}"
        for x in d.decisions
        if x.deportes
    ]
    if not points:
        r.p("Aucun membre n’avait de lien d’intérêt avec un dossier examiné.")
        return
    r.p("Ces membres ont quitté la séance et n’ont pas pris part à la décision\u00a0:")
    r.liste(points)


def _decisions(r: Redaction, d: DonneesPV) -> None:
    r.h2("Décisions")
    rangs: list[Rang] = []
    for x in d.decisions:
        rangs += _decision(x)
    tableaux.tableau(
        r, ("Dossier et financeurs", "Demandé", "Accordé"), rangs, [7, 2, 2], droites=(1, 2)
    )


def _decision(x: DecisionPV) -> list[Rang]:
    sens = SENS[x.sens]
    if x.sens == "liste_attente" and x.rang_attente:
        sens = f"{sens}, rang {x.rang_attente}"
    titre = f"{x.action.numero} – {x.organisme} – {x.action.intitule}\nDécision\u00a0: {sens}"
    lignes = [Rang((titre,), "groupe")]
    for m in x.montants:
        cellules = (m.financeur, en_euros(m.demande), tableaux.euros(m.accorde))
        lignes.append(Rang(cellules, lie=len(lignes) < LIGNES_LIEES))
    lignes += [Rang((vote,), "note") for vote in x.votes]
    if x.motif.strip():
        court = len(x.motif) < MOTIF_COURT and len(lignes) <= LIGNES_LIEES
        lignes.append(Rang((f"Motif\u00a0: {x.motif}",), "note", lie=court))
    return lignes


def _totaux(r: Redaction, d: DonneesPV) -> None:
    r.h2("Totaux")
    compte: Counter[str] = Counter(x.sens for x in d.decisions)
    resultats = [accorder(compte[s], *RESULTATS[s]) for s in RESULTATS if compte[s]]
    r.p("Résultat\u00a0: ", enumerer(resultats) or "aucun dossier examiné", ".")
    demandes: Counter[str] = Counter()
    accordes: Counter[str] = Counter()
    for x in d.decisions:
        for m in x.montants:
            demandes[m.financeur] += m.demande
            accordes[m.financeur] += m.accorde or 0
    rangs = [
        Rang((nom, en_euros(demandes[nom]), en_euros(accordes[nom]))) for nom in sorted(demandes)
    ]
    somme = (en_euros(sum(demandes.values())), en_euros(sum(accordes.values())))
    rangs.append(Rang(("Total", *somme), "total"))
    tableaux.tableau(r, ("Financeur", "Demandé", "Accordé"), rangs, [7, 2.4, 2.4], droites=(1, 2))
