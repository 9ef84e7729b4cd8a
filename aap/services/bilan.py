"""The bilan: opened with the action, pre-filled from the budget, deposited, controlled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from aap.domaine.bilan import LigneRealisee, verifier_bilan
from aap.domaine.calendrier import fin_exercice_comptable, limite_bilan
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import aujourdhui, maintenant
from aap.domaine.montants import lire_montant
from aap.domaine.questionnaire import lire_entier_positif
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import (
    Bilan,
    Dossier,
    LigneBilan,
    MesureIndicateur,
    PieceBilan,
    Tranche,
)
from aap.models.types import Json
from aap.permissions import SYSTEME, Acteur, exiger
from aap.requetes.revisions_budget import budget_en_vigueur
from aap.services.avertissement import (
    avertir_finance,
    avertir_instruction,
    avertir_porteur,
)
from aap.services.empreinte import empreinte
from aap.services.fichier import Contenu, enregistrer_fichier
from aap.services.gardes import garde_de
from aap.services.journal import consigner
from aap.services.tour import prendre_son_tour
from aap.services.transition import franchir, verifier_version
from workflows.bilan import EtatBilan

MODIFIABLES = frozenset(
    {EtatBilan.ATTENDU, EtatBilan.EN_DEFAUT, EtatBilan.EN_SAISIE, EtatBilan.A_MODIFIER}
)
# Days given to correct a bilan, when its due date is nearer than that.
DELAI_CORRECTION = 30
PIECES_MAX = 20
# CERFA 15059*02 §1 and annex: code -> (question, mandatory)
TEXTES: dict[str, tuple[str, bool]] = {
    "mise_en_oeuvre": ("Décrivez précisément ce qui a été fait", True),
    "publics": ("Qui a participé ?", True),
    "lieux": ("Dates et lieux de réalisation", True),
    "objectifs_atteints": ("Les objectifs sont-ils atteints, au vu des indicateurs ?", True),
    "charges_indirectes": ("Règles de répartition des charges indirectes", False),
    "contributions": ("Contributions volontaires en nature affectées à l’action", False),
    "observations": ("Observations", False),
}
NOMBRES: dict[str, tuple[str, bool]] = {
    "beneficiaires_reels": ("Nombre de personnes réellement concernées", True),
    "beneficiaires_femmes": ("Dont femmes et filles", False),
    "beneficiaires_qpv": ("Dont habitants d’un quartier prioritaire", True),
}


@dataclass(frozen=True)
class SaisieBilan:
    """What the porteur types; amounts and numbers as typed (kept even when unreadable).

    ``realises``: ligne id -> (amount typed, explanation); ``mesures``: indicateur id ->
    (value, how it was measured).
    """

    textes: Mapping[str, str] = field(default_factory=dict)
    nombres: Mapping[str, str] = field(default_factory=dict)
    realises: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    mesures: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def fin_exercice(dossier: Dossier) -> date:
    """End of the organisme's exercice in which the action ends."""
    terme = dossier.date_fin or date(dossier.campagne.exercice, 12, 31)
    return fin_exercice_comptable(terme, dossier.organisme.fin_exercice_mois)


def ouvrir_bilan(acteur: Acteur, dossier: Dossier) -> Bilan:
    """The bilan awaited from a dossier in execution (once per dossier and exercice).

    Due six months after the end of the exercice (loi 2000-321 art. 10).
    """
    exercice = dossier.campagne.exercice
    bilan = db.session.scalar(
        select(Bilan).where(Bilan.dossier_id == dossier.id, Bilan.exercice == exercice)
    )
    if bilan is not None:
        return bilan
    tranche_id = db.session.scalar(
        select(Tranche.id)
        .where(
            Tranche.financement_id.in_([f.id for f in dossier.financements]),
            Tranche.exercice == exercice,
        )
        .order_by(Tranche.id)
        .limit(1)
    )
    bilan = Bilan(
        dossier=dossier,
        exercice=exercice,
        tranche_id=tranche_id,
        echeance=limite_bilan(fin_exercice(dossier)),
        textes={},
    )
    bilan.lignes = [
        LigneBilan(rang=rang, cote=x.cote, compte=x.compte, libelle=x.libelle, prevu=x.montant or 0)
        for rang, x in enumerate(budget_en_vigueur(dossier))
    ]
    bilan.mesures = [MesureIndicateur(indicateur=i) for i in dossier.indicateurs]
    db.session.add(bilan)
    db.session.flush()
    consigner(
        acteur,
        bilan,
        "bilan.ouvrir",
        f"Bilan attendu avant le {bilan.echeance:%d/%m/%Y}",
        visible_porteur=True,
    )
    return bilan


def enregistrer_bilan(
    acteur: Acteur, bilan: Bilan, saisie: SaisieBilan, *, version: int | None = None
) -> Bilan:
    """Save what is typed, complete or not. Raises Interdit, PasLeMoment, Invalide (unknown ids)."""
    _exiger_modifiable(acteur, bilan)
    if bilan.etat in (EtatBilan.ATTENDU, EtatBilan.EN_DEFAUT):
        franchir(acteur, bilan, "commencer_saisie", version=version)
    elif version is not None and version != bilan.version:
        raise Conflit(
            "Une autre personne a modifié ce bilan pendant que vous écriviez.",
            "Rechargez la page pour voir sa saisie ; votre texte reste dans cet onglet.",
        )
    bilan.textes = {
        **bilan.textes,
        **{c: nettoyer(t)[:10_000] for c, t in saisie.textes.items() if c in TEXTES},
    }
    _poser_nombres(bilan, saisie)
    _poser_realises(bilan, saisie)
    _poser_mesures(bilan, saisie)
    bilan.modifie_le = maintenant()
    db.session.flush()
    return bilan


def _poser_nombres(bilan: Bilan, saisie: SaisieBilan) -> None:
    """What cannot be read stays as typed among the texts, until it is corrected."""
    textes = dict(bilan.textes)
    for champ, brut in ((c, t) for c, t in saisie.nombres.items() if c in NOMBRES):
        texte = nettoyer(brut, lignes=False)[:40]
        lu = _entier_ou_rien(texte)
        setattr(bilan, champ, lu)
        textes.pop(f"saisie_{champ}", None)
        if texte and lu is None:
            textes[f"saisie_{champ}"] = texte
    bilan.textes = textes


def _entier_ou_rien(brut: str) -> int | None:
    try:
        return lire_entier_positif(brut)
    except ValueError:
        return None


def _poser_realises(bilan: Bilan, saisie: SaisieBilan) -> None:
    lignes = {ligne.id: ligne for ligne in bilan.lignes}
    for ligne_id, (brut, explication) in saisie.realises.items():
        ligne = lignes.get(ligne_id)
        if ligne is None:
            raise Invalide("Une ligne ne fait pas partie de ce bilan.")
        ligne.saisie = nettoyer(brut, lignes=False)[:40]
        ligne.explication = nettoyer(explication)[:1000]
        try:
            ligne.realise = lire_montant(brut)
        except ValueError:
            ligne.realise = None


def _poser_mesures(bilan: Bilan, saisie: SaisieBilan) -> None:
    mesures = {m.indicateur_dossier_id: m for m in bilan.mesures}
    for indicateur_id, (valeur, mode) in saisie.mesures.items():
        mesure = mesures.get(indicateur_id)
        if mesure is None:
            raise Invalide("Un indicateur ne fait pas partie de ce dossier.")
        mesure.valeur = nettoyer(valeur, lignes=False)[:200]
        mesure.mode_mesure = nettoyer(mode)[:500]


def pieces_bilan(bilan: Bilan) -> list[PieceBilan]:
    """Files joined and not taken back, oldest first."""
    return list(
        db.session.scalars(
            select(PieceBilan)
            .where(PieceBilan.bilan_id == bilan.id, PieceBilan.retiree_le.is_(None))
            .order_by(PieceBilan.id)
        )
    )


def _exiger_modifiable(acteur: Acteur, bilan: Bilan) -> None:
    exiger(acteur, "bilan.commencer_saisie", bilan)
    prendre_son_tour(bilan)
    if bilan.etat not in MODIFIABLES:
        etat = bilan.etat.libelle("porteur")
        raise PasLeMoment(f"Ce bilan n’est plus modifiable\u00a0: il est «\u00a0{etat}\u00a0».")


def joindre_piece_bilan(acteur: Acteur, bilan: Bilan, nom: str, contenu: Contenu) -> PieceBilan:
    """Join a photo, the accounts, the activity report… Raises Invalide, PasLeMoment."""
    _exiger_modifiable(acteur, bilan)
    if len(pieces_bilan(bilan)) >= PIECES_MAX:
        raise Invalide(
            "Ce bilan a déjà toutes ses pièces.",
            [Probleme(f"{PIECES_MAX} pièces au plus.", "fichier")],
        )
    fichier = enregistrer_fichier(acteur, nom, contenu, entite="bilan", entite_id=bilan.id)
    piece = PieceBilan(bilan_id=bilan.id, fichier=fichier)
    db.session.add(piece)
    db.session.flush()
    return piece


def retirer_piece_bilan(acteur: Acteur, bilan: Bilan, piece: PieceBilan) -> None:
    """Take a file back before the deposit; its bytes stay for what was deposited before."""
    _exiger_modifiable(acteur, bilan)
    if piece.bilan_id != bilan.id:
        raise Invalide("Cette pièce n’est pas celle de ce bilan.")
    piece.retiree_le = piece.retiree_le or maintenant()
    db.session.flush()


def problemes_bilan(bilan: Bilan) -> list[Probleme]:
    """Everything that prevents the deposit, at once."""
    problemes = [
        Probleme(f"Répondez à « {question} ».", champ)
        for champ, (question, obligatoire) in TEXTES.items()
        if obligatoire and not str(bilan.textes.get(champ, "")).strip()
    ]
    problemes += [
        Probleme(f"Répondez à «\u00a0{question}\u00a0» (0 si personne).", champ)
        for champ, (question, obligatoire) in NOMBRES.items()
        if obligatoire and getattr(bilan, champ) is None
    ]
    problemes += [
        Probleme(f"«\u00a0{question}\u00a0»\u00a0: écrivez un nombre entier, en chiffres.", champ)
        for champ, (question, obligatoire) in NOMBRES.items()
        if not obligatoire and f"saisie_{champ}" in bilan.textes
    ]
    problemes += _problemes_publics(bilan)
    problemes += verifier_bilan(
        [
            LigneRealisee(
                x.compte, x.libelle, x.prevu, x.realise, x.explication, champ=f"ligne-{x.id}"
            )
            for x in bilan.lignes
        ]
    )
    problemes += [
        Probleme(
            f"Donnez la valeur atteinte pour « {m.indicateur.libelle} ».",
            f"mesure-{m.indicateur_dossier_id}",
        )
        for m in bilan.mesures
        if not m.valeur.strip()
    ]
    return problemes


def _problemes_publics(bilan: Bilan) -> list[Probleme]:
    total = bilan.beneficiaires_reels
    if total is None:
        return []
    return [
        Probleme(f"« {NOMBRES[champ][0]} » dépasse le nombre total de personnes.", champ)
        for champ in ("beneficiaires_femmes", "beneficiaires_qpv")
        if (getattr(bilan, champ) or 0) > total
    ]


def contenu_bilan(bilan: Bilan) -> Json:
    """What is certified, as canonical data (amounts in cents)."""
    return {
        "dossier": bilan.dossier.numero,
        "exercice": bilan.exercice,
        "textes": bilan.textes,
        "publics": {champ: getattr(bilan, champ) for champ in NOMBRES},
        "lignes": [
            [x.cote.value, x.compte, x.libelle, x.prevu, x.realise, x.explication]
            for x in bilan.lignes
        ],
        "mesures": [[m.indicateur.libelle, m.valeur, m.mode_mesure] for m in bilan.mesures],
        "pieces": [[p.fichier.nom, p.fichier.sha256] for p in pieces_bilan(bilan)],
    }


def deposer_bilan(acteur: Acteur, bilan: Bilan, *, version: int | None = None) -> Bilan:
    """Certify and deposit: snapshot and hash. Raises Invalide with everything that is missing."""
    exiger(acteur, "bilan.deposer", bilan)
    prendre_son_tour(bilan)
    verifier_version(bilan, version)
    problemes = problemes_bilan(bilan)
    if problemes:
        raise Invalide("Le bilan n’est pas complet : rien n’a été déposé.", problemes)
    bilan.contenu = contenu_bilan(bilan)
    bilan.sha256 = empreinte(bilan.contenu)
    bilan.depose_le = maintenant()
    bilan.depose_par_id = acteur.utilisateur_id
    bilan.demande_modification = ""
    franchir(acteur, bilan, "deposer", donnees={"sha256": bilan.sha256})
    avertir_instruction(bilan.dossier, "bilan_depose", bilan=bilan)
    _avertir_finance(bilan)
    return bilan


def _avertir_finance(bilan: Bilan) -> None:
    """Those who pay for the action control its bilan; who declared a conflict is told nothing."""
    dossier = bilan.dossier
    chemin = f"/finance/bilans/{bilan.id}"
    for financeur_id in sorted({f.financeur_id for f in dossier.financements if f.montant_vote}):
        avertir_finance(dossier, financeur_id, "bilan_depose", chemin=chemin, bilan=bilan)


def demander_modification(
    acteur: Acteur, bilan: Bilan, texte: str, *, version: int | None = None
) -> None:
    """Send the bilan back with what must be corrected, and at least 30 days to do it."""
    franchir(acteur, bilan, "demander_modification", motif=texte, version=version)
    bilan.demande_modification = nettoyer(texte).strip()
    bilan.echeance = max(bilan.echeance, aujourdhui() + timedelta(days=DELAI_CORRECTION))
    db.session.flush()
    avertir_porteur(bilan.dossier, "bilan_a_modifier", bilan=bilan)


def mettre_en_defaut(acteur: Acteur, bilan: Bilan, *, version: int | None = None) -> None:
    """The due date is past: no new payment until it is deposited."""
    franchir(acteur, bilan, "mettre_en_defaut", version=version)
    avertir_porteur(bilan.dossier, "bilan_en_defaut", bilan=bilan)


def relancer_bilan(bilan: Bilan, palier: int) -> None:
    """Remind the porteur, ``palier`` days or less before the due date (once per step)."""
    consigner(
        SYSTEME,
        bilan,
        f"bilan.relancer_{palier}",
        f"Rappel envoyé\u00a0: bilan attendu avant le {bilan.echeance:%d/%m/%Y}",
        visible_porteur=True,
    )
    avertir_porteur(bilan.dossier, "bilan_rappel", bilan=bilan)


@garde_de("bilan", "bilan_complet")
def _complet(_acteur: Acteur, bilan: Bilan) -> str | None:
    reste = len(problemes_bilan(bilan))
    if not reste:
        return None
    return f"Il reste {reste} point{'s' if reste > 1 else ''} à compléter dans le bilan."


@garde_de("bilan", "echeance_depassee")
def _echeance(_acteur: Acteur, bilan: Bilan) -> str | None:
    if aujourdhui() > bilan.echeance:
        return None
    return f"Le bilan est attendu jusqu’au {bilan.echeance:%d/%m/%Y}."


@garde_de("bilan", "bilan_depose")
def _depose(_acteur: Acteur, bilan: Bilan) -> str | None:
    return None if bilan.depose_le else "Aucun bilan n’a été déposé."


@garde_de("bilan", "bilan_absent")
def _absent(_acteur: Acteur, bilan: Bilan) -> str | None:
    return "Un bilan a déjà été déposé." if bilan.depose_le else None
