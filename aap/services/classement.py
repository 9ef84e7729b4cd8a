"""The frozen ranked list: inputs, result and hash; made again and compared years later."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from aap.domaine.classement_fige import comparer_entrees, contenu_fige, ecrire_entrees, refaire
from aap.domaine.empreinte import empreinte
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import accorder, nettoyer
from aap.extensions import db
from aap.models import Campagne, Classement, Evenement
from aap.permissions import Acteur, exiger
from aap.requetes.entrees_notation import classement_en_vigueur, lire_entrees
from aap.services.journal import consigner
from aap.services.redaction import verrouiller

MOTIF_MAX = 2000


@dataclass(frozen=True)
class Rejeu:
    """A frozen list made again. ``sha256``: what its inputs give now with the same formula.

    ``ecarts_*``: differences in words with what was frozen (result), with the journal line of the
    freezing, with the tables of today (a déport declared since is one, and legitimate).
    """

    classement: Classement
    sha256: str
    ecarts_resultat: tuple[str, ...]
    ecarts_journal: tuple[str, ...]
    ecarts_tables: tuple[str, ...]

    @property
    def conforme(self) -> bool:
        """The same inputs give the same hash, and the journal tells the same hash."""
        return (
            self.sha256 == self.classement.sha256
            and not self.ecarts_resultat
            and not self.ecarts_journal
        )


def figer_classement(acteur: Acteur, campagne: Campagne, *, temoin: str = "") -> Classement:
    """Freeze the list as it is now. ``temoin``: hash that the page showed, when it showed one.

    Raises Interdit, PasLeMoment (already frozen, nothing ranked), Conflit (the list has changed
    since the page was read).
    """
    exiger(acteur, "classement.figer", campagne)
    verrouiller(campagne)
    if classement_en_vigueur(campagne.id) is not None:
        raise PasLeMoment("Le classement de cette campagne est déjà figé.")
    entrees = lire_entrees(campagne)
    contenu = contenu_fige(entrees)
    classes = [r for r in contenu["resultats"] if r["rang"] is not None]
    if not classes:
        raise PasLeMoment(
            "Aucun dossier n’est classé.", "Attendez que des notations soient envoyées."
        )
    sha256 = empreinte(contenu)
    if temoin and temoin != sha256:
        raise Conflit(
            "Le classement a changé depuis que vous avez ouvert cette page.",
            "Relisez-le, puis figez-le.",
        )
    assert acteur.utilisateur_id is not None
    fige = Classement(
        campagne=campagne,
        numero=_suivant(campagne.id),
        contenu=contenu,
        sha256=sha256,
        dossiers=len(contenu["resultats"]),
        fige_le=maintenant(),
        fige_par_id=acteur.utilisateur_id,
    )
    db.session.add(fige)
    db.session.flush()
    consigner(
        acteur,
        campagne,
        "classement.figer",
        f"Classement n° {fige.numero} figé : "
        f"{accorder(len(classes), 'dossier classé', 'dossiers classés')}",
        donnees={"classement": fige.id, "numero": fige.numero, "sha256": sha256},
    )
    return fige


def _suivant(campagne_id: int) -> int:
    dernier = db.session.scalar(
        select(func.max(Classement.numero)).where(Classement.campagne_id == campagne_id)
    )
    return (dernier or 0) + 1


def rouvrir_classement(acteur: Acteur, campagne: Campagne, motif: str) -> Classement:
    """Let the notes move again; the frozen list stays as it is, with who reopened it and why.

    Raises Interdit, PasLeMoment (nothing frozen), Invalide (no motif).
    """
    exiger(acteur, "classement.figer", campagne)
    verrouiller(campagne)
    fige = classement_en_vigueur(campagne.id)
    if fige is None:
        raise PasLeMoment("Le classement de cette campagne n’est pas figé.")
    propre = nettoyer(motif).strip()[:MOTIF_MAX]
    if not propre:
        phrase = "Dites pourquoi le classement est rouvert."
        raise Invalide(phrase, [Probleme(phrase, "motif")])
    fige.rouvert_le = maintenant()
    fige.rouvert_par_id = acteur.utilisateur_id
    fige.rouvert_motif = propre
    db.session.flush()
    consigner(
        acteur,
        campagne,
        "classement.rouvrir",
        f"Classement n° {fige.numero} rouvert",
        motif=propre,
        donnees={"classement": fige.id, "numero": fige.numero, "sha256": fige.sha256},
    )
    return fige


def classements_de(campagne: Campagne) -> list[Classement]:
    """Every frozen list of the campaign, inputs included, oldest first."""
    return list(
        db.session.scalars(
            select(Classement)
            .where(Classement.campagne_id == campagne.id)
            .options(undefer(Classement.contenu))
            .order_by(Classement.numero)
        )
    )


def rejouer(fige: Classement) -> Rejeu:
    """Make a frozen list again from its inputs, and compare it with journal and tables."""
    refait = refaire(fige.contenu)
    tables: tuple[str, ...] = ()
    if fige.rouvert_le is None and "entrees" in fige.contenu:
        tables = comparer_entrees(
            fige.contenu["entrees"], ecrire_entrees(lire_entrees(fige.campagne))
        )
    return Rejeu(fige, refait.sha256, refait.ecarts, _ecarts_journal(fige), tables)


def _ecarts_journal(fige: Classement) -> tuple[str, ...]:
    """The hash told by the journal, which nobody can rewrite unseen (chain, seals)."""
    lignes = db.session.scalars(
        select(Evenement).where(
            Evenement.entite == "campagne",
            Evenement.entite_id == fige.campagne_id,
            Evenement.acte == "classement.figer",
        )
    )
    dits = [e.donnees["sha256"] for e in lignes if e.donnees.get("classement") == fige.id]
    if not dits:
        return ("le journal ne dit pas que ce classement a été figé",)
    if dits != [fige.sha256]:
        return (f"le journal dit une autre empreinte : {', '.join(dits)}",)
    return ()


def campagne_par_nom(nom: str) -> Campagne | None:
    """By id, or by code when only one campaign has it."""
    if nom.isdigit():
        return db.session.get(Campagne, int(nom))
    trouvees = db.session.scalars(select(Campagne).where(Campagne.code == nom)).all()
    return trouvees[0] if len(trouvees) == 1 else None
