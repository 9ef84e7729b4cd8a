"""Instruction sheet: summary, markers, scores by criterion, opinions."""

from __future__ import annotations

from aap.documents import tableaux
from aap.documents.donnees_seance import DonneesFiche, LigneNote
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import decimal_fr, en_euros
from aap.domaine.texte import accorder

TIRET = "–"
COMMENTAIRE_COURT = 400


def produire(d: DonneesFiche) -> bytes:
    """PDF of the sheet. A working paper until the decision (CRPA L311-2)."""
    a = d.action
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Fiche d’instruction – dossier {a.numero}",
        f"{a.intitule} – {d.beneficiaire.nom}",
    )
    r.entete()
    r.h1(a.intitule, f"Fiche d’instruction – dossier {a.numero} – {a.campagne}")
    r.note(
        "Document préparatoire, non communicable avant la décision (code des relations entre le "
        "public et l’administration, article L311-2)."
    )
    paires = [
        ("Organisme", d.beneficiaire.nom_complet),
        ("Orientation", a.orientation),
        ("Quartiers", ", ".join(a.quartiers)),
        ("Période", a.periode),
        *d.reperes,
    ]
    tableaux.fiche(r, [p for p in paires if p[1]])
    r.h2("L’action en bref")
    r.libre(d.resume)
    if d.alertes:
        r.h2("Points à vérifier")
        r.liste(list(d.alertes))
    r.h2("Aides demandées et proposées")
    tableaux.financeurs(r, d.montants, decide=any(m.accorde is not None for m in d.montants))
    _notes(r, d)
    _avis(r, d)
    if d.synthese.strip():
        r.h2("Synthèse")
        r.libre(d.synthese)
    return r.rendre()


def _notes(r: Redaction, d: DonneesFiche) -> None:
    r.h2("Notation")
    score = f"{decimal_fr(d.score, 1)}\u00a0/\u00a0100" if d.score is not None else "non noté"
    r.p(
        "Note pondérée\u00a0: ",
        Gras(score),
        f", {accorder(d.evaluateurs, 'évaluation')}. La note éclaire la décision, elle ne la "
        "remplace pas.",
    )
    rangs: list[Rang] = []
    for n in d.notes:
        rangs.append(_ligne(n))
        rangs += [
            Rang((c,), "note", lie=len(c) < COMMENTAIRE_COURT) for c in n.commentaires if c.strip()
        ]
    entetes = ("Critère", "Poids", "Moyenne sur 4", "Étendue")
    tableaux.tableau(r, entetes, rangs, [6, 1.5, 2, 2], droites=(1, 2, 3))


def _ligne(n: LigneNote) -> Rang:
    nom = f"{n.critere} (calculé)" if n.calcule else n.critere
    moyenne = TIRET if n.moyenne is None else decimal_fr(n.moyenne, 2, fixe=False)
    connue = n.mini is not None and n.maxi is not None
    etendue = f"de {n.mini} à {n.maxi}" if connue and n.mini != n.maxi else TIRET
    return Rang((nom, str(n.poids), moyenne, etendue))


def _avis(r: Redaction, d: DonneesFiche) -> None:
    r.h2("Avis")
    if not d.avis:
        r.p("Aucun avis n’a encore été rendu.")
        return
    rangs = []
    for a in d.avis:
        propose = TIRET if a.montant_propose is None else en_euros(a.montant_propose)
        rangs.append(Rang((a.auteur, a.valeur, a.commentaire or TIRET, propose)))
    entetes = ("De", "Avis", "Commentaire", "Montant proposé")
    tableaux.tableau(r, entetes, rangs, [2.6, 2.2, 5, 2.2], droites=(3,))
