"""Convocation to a COPIL session, with its agenda."""

from __future__ import annotations

from aap.documents import mentions, tableaux
from aap.documents.donnees_seance import DonneesConvocation
from aap.documents.redaction import Redaction
from aap.documents.tableaux import Rang
from aap.documents.texte import Gras
from aap.domaine.montants import en_euros
from aap.domaine.texte import accorder
from aap.filtres import date_heure


def produire(d: DonneesConvocation) -> bytes:
    """PDF: when, where, quorum, dossiers in their order, what to do of a conflict of interest."""
    r = Redaction(
        d.territoire,
        d.cartouche,
        f"Convocation – {d.titre}",
        f"{d.campagne} – {date_heure(d.prevue_le)}",
    )
    r.entete()
    r.h1("Convocation au comité de pilotage", f"{d.campagne} – {d.titre}")
    if d.destinataire:
        r.p(Gras(d.destinataire), ", vous êtes convoqué(e) à cette séance.")
    else:
        r.p("Les membres du comité de pilotage sont convoqués à cette séance.")
    tableaux.fiche(
        r,
        [
            ("Date", f"{date_heure(d.prevue_le)} (heure de Paris)"),
            ("Lieu", d.lieu or "Communiqué plus tard"),
            ("Quorum", accorder(d.quorum, "membre présent", "membres présents")),
            ("Dossiers à l’ordre du jour", str(len(d.points) + d.masques)),
        ],
    )
    _ordre_du_jour(r, d)
    r.h2("Si vous avez un lien avec un organisme")
    r.p(
        "Dites-le à la coordination avant la séance, ou au plus tard à l’appel du dossier\u00a0: "
        "vous quitterez la salle et ne prendrez pas part à la décision."
    )
    r.p(mentions.contact(d.territoire))
    return r.rendre()


def _ordre_du_jour(r: Redaction, d: DonneesConvocation) -> None:
    r.h2("Ordre du jour")
    if d.points:
        rangs = [
            Rang((str(p.rang), f"{p.numero} – {p.intitule}\n{p.organisme}", en_euros(p.demande)))
            for p in d.points
        ]
        total = en_euros(sum(p.demande for p in d.points))
        rangs.append(Rang(("", "Total demandé", total), "total"))
        tableaux.tableau(r, ("Rang", "Dossier", "Demandé"), rangs, [1, 8, 2.4], droites=(2,))
    else:
        r.p("Les dossiers ne sont pas encore inscrits.")
    if d.masques:
        suite = "n’est pas montré" if d.masques == 1 else "ne sont pas montrés"
        r.p(
            f"{accorder(d.masques, 'dossier')} {suite}\u00a0: vous avez déclaré un lien avec "
            "l’organisme."
        )
