"""What an instructor must look at: administrative state, weight of the request, late bilans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from aap.domaine.horloge import aujourdhui
from aap.domaine.montants import en_euros, nombre, pourcent, rapport
from aap.domaine.questionnaire import QUESTIONS
from aap.domaine.texte import accorder
from aap.extensions import db
from aap.models import Bilan, Dossier, Organisme, PieceOrganisme
from aap.requetes.completude import problemes_dossier
from workflows.bilan import EtatBilan
from workflows.socle import Ton

DEPENDANCE = Fraction(1, 2)
MOIS_TRESORERIE_MIN = 1
BILANS_DUS = (
    EtatBilan.ATTENDU,
    EtatBilan.EN_SAISIE,
    EtatBilan.A_MODIFIER,
    EtatBilan.EN_DEFAUT,
)

# What the form tells its porteur (« choisissez… »), as an instructor reads it.
POUR_AGENT = {
    "orientation": "Aucune orientation n’est choisie.",
    "objectifs": "Aucun objectif n’est choisi.",
    "objectifs_locaux": "Aucun objectif local n’est choisi dans la fiche d’un quartier visé.",
    "quartiers": "Aucun quartier n’est choisi.",
    "indicateurs": "Aucun indicateur de réussite n’est choisi.",
    "financeurs": "Aucun financeur n’est sollicité.",
}
DIT_AUTREMENT = "bilan"  # each late bilan has its own line


@dataclass(frozen=True)
class Alerte:
    """``ton``: refus (must be settled), attention (to be weighed)."""

    ton: Ton
    texte: str


def _attention(texte: str) -> Alerte:
    return Alerte(Ton.ATTENTION, texte)


def _refus(texte: str) -> Alerte:
    return Alerte(Ton.REFUS, texte)


def alertes(dossier: Dossier, comptes: Sequence[PieceOrganisme]) -> list[Alerte]:
    """Everything at once, the gravest first; ``comptes``: accounts of the organisme in force."""
    problemes = problemes_dossier(dossier)
    trouvees = [
        (_refus if p.bloquant else _attention)(POUR_AGENT.get(p.champ, p.message))
        for p in problemes
        if p.champ not in QUESTIONS and p.champ != DIT_AUTREMENT
    ]
    if manquantes := sum(p.champ in QUESTIONS and p.bloquant for p in problemes):
        trouvees.append(_refus(f"{accorder(manquantes, 'réponse')} à compléter dans le dossier."))
    trouvees += _administratif(dossier.organisme) + _comptes(comptes)
    trouvees += _poids(dossier) + _bilans(dossier.organisme)
    return sorted(trouvees, key=lambda a: a.ton is not Ton.REFUS)


def _administratif(o: Organisme) -> list[Alerte]:
    trouvees = []
    if not o.siret:
        trouvees.append(_refus("Aucun numéro SIRET : aucun paiement n’est possible sans lui."))
    if o.forme.signe_le_cer and not o.engagements:
        trouvees.append(_refus("Le contrat d’engagement républicain n’est pas signé."))
    if not o.iban:
        trouvees.append(_attention("Aucun RIB n’est enregistré."))
    return trouvees


def _comptes(comptes: Sequence[PieceOrganisme]) -> list[Alerte]:
    jour = aujourdhui()
    if not comptes:
        return [_attention("Les derniers comptes approuvés ne sont pas déposés.")]
    if all(p.valable_jusquau is not None and p.valable_jusquau < jour for p in comptes):
        return [_attention("Les comptes déposés ne sont plus valables.")]
    return []


def _poids(d: Dossier) -> list[Alerte]:
    """Dependency of the organisme on this call, and months of cash."""
    trouvees = []
    budget = d.organisme.budget_annuel
    part = rapport(d.montant_demande, budget) if budget else None
    if part is not None and part > DEPENDANCE:
        trouvees.append(
            _attention(
                f"La demande représente {pourcent(part)} du budget annuel de l’organisme "
                f"({en_euros(budget or 0)}) : dépendance forte."
            )
        )
    mois = mois_de_tresorerie(d.organisme)
    if mois is not None and mois < MOIS_TRESORERIE_MIN:
        trouvees.append(
            _attention(f"La trésorerie couvre {nombre(mois, 1)} mois de dépenses seulement.")
        )
    return trouvees


def mois_de_tresorerie(o: Organisme) -> Fraction | None:
    """Cash over one month of the annual budget; None when unknown."""
    if o.tresorerie is None or not o.budget_annuel:
        return None
    return Fraction(o.tresorerie * 12, o.budget_annuel)


def _bilans(o: Organisme) -> list[Alerte]:
    """Bilans of the former dossiers of the organisme whose date has passed."""
    dus = db.session.execute(
        select(Bilan.exercice, Dossier.numero)
        .join(Dossier, Dossier.id == Bilan.dossier_id)
        .where(
            Dossier.organisme_id == o.id,
            Bilan.etat.in_(BILANS_DUS),
            Bilan.echeance < aujourdhui(),
        )
        .order_by(Bilan.exercice, Dossier.numero)
    )
    return [
        _refus(f"Le bilan {exercice} du dossier {numero} est en retard.")
        for exercice, numero in dus
    ]
