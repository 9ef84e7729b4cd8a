"""The minutes: canonical content, frozen with its hash, that can be made again and compared."""

from __future__ import annotations

from dataclasses import dataclass

from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Decision, Seance, Utilisateur
from aap.models.types import Json
from aap.permissions import Acteur, exiger
from aap.requetes.faits_seance import decisions_de, ecarts, faits_des_tables, faits_du_journal
from aap.services.empreinte import empreinte
from aap.services.taches import enfiler
from aap.services.transition import franchir, verifier_version
from workflows.seance import EtatSeance


@dataclass(frozen=True)
class Rejeu:
    """``intact``: the frozen content still has its hash. Differences in words."""

    intact: bool
    ecarts_journal: tuple[str, ...]
    ecarts_tables: tuple[str, ...]

    @property
    def conforme(self) -> bool:
        return self.intact and not self.ecarts_journal and not self.ecarts_tables


def contenu_pv(seance: Seance, president: str, qualite: str) -> Json:
    """Facts (replayable) and the words they were told with (names as of today)."""
    decisions = {d.dossier_id: d for d in decisions_de(seance)}
    noms = {p.utilisateur_id: p.utilisateur.nom_complet for p in seance.presences}
    return {
        "faits": faits_des_tables(seance),
        "libelles": {
            "titre": seance.titre,
            "campagne": seance.campagne.nom,
            "exercice": seance.campagne.exercice,
            "lieu": seance.lieu,
            "ouverte_le": seance.ouverte_le.isoformat() if seance.ouverte_le else None,
            "close_le": seance.close_le.isoformat() if seance.close_le else None,
            "notes": seance.notes,
            "president": {"nom": president, "qualite": qualite},
            "membres": {str(i): nom for i, nom in sorted(noms.items())},
            "dossiers": [
                _libelle(decisions[i.dossier_id])
                for i in sorted(seance.inscriptions, key=lambda i: (i.rang, i.id))
                if i.dossier_id in decisions
            ],
        },
    }


def _libelle(d: Decision) -> Json:
    dossier = d.dossier
    return {
        "dossier": dossier.id,
        "numero": dossier.reference,
        "intitule": dossier.intitule,
        "organisme": dossier.organisme.nom,
        "orientation": dossier.orientation.titre if dossier.orientation else "",
        "lignes": [
            {
                "financement": f.id,
                "financeur": f.financeur.nom,
                "demande": f.montant_demande,
                "origine": f.origine.value,
                "enveloppe": f.enveloppe.libelle if f.enveloppe else "",
            }
            for f in sorted(dossier.financements, key=lambda f: f.id)
        ],
    }


def arreter_pv(
    acteur: Acteur,
    seance: Seance,
    president: str,
    qualite: str = "",
    *,
    version: int | None = None,
) -> Seance:
    """Freeze the minutes with their hash; the PDF follows by itself.

    ``president``: who chaired and signs. Raises Interdit, Invalide, Conflit, PasLeMoment (state,
    or the journal does not tell the same facts as the tables).
    """
    exiger(acteur, "seance.arreter_pv", seance)
    verifier_version(seance, version)
    if seance.etat is not EtatSeance.CLOSE:
        raise PasLeMoment("Le procès-verbal s’arrête une fois la séance close.")
    nom = nettoyer(president, lignes=False)[:160]
    if not nom:
        raise Invalide(
            "Indiquez qui a présidé la séance.",
            [Probleme("Indiquez qui a présidé la séance.", "president")],
        )
    contenu = contenu_pv(seance, nom, nettoyer(qualite, lignes=False)[:200])
    differences = ecarts(contenu["faits"], faits_du_journal(seance.id))
    if differences:
        raise Conflit(
            "Le journal ne dit pas la même chose que les décisions enregistrées\u00a0: "
            + " ; ".join(differences[:5]),
            "Ne publiez rien et prévenez l’administration technique.",
        )
    seance.pv_contenu = contenu
    seance.pv_sha256 = empreinte(contenu)
    franchir(acteur, seance, "arreter_pv", donnees={"sha256": seance.pv_sha256})
    enfiler("produire_pv", {"seance_id": seance.id}, cle_unique=f"pv:{seance.id}")
    return seance


def rejouer_pv(seance: Seance) -> Rejeu:
    """Make the facts again from the journal and from the tables. Raises PasLeMoment without PV."""
    if seance.pv_contenu is None:
        raise PasLeMoment("Le procès-verbal de cette séance n’est pas arrêté.")
    faits = seance.pv_contenu["faits"]
    return Rejeu(
        intact=empreinte(seance.pv_contenu) == seance.pv_sha256,
        ecarts_journal=tuple(ecarts(faits, faits_du_journal(seance.id))),
        ecarts_tables=tuple(ecarts(faits, faits_des_tables(seance))),
    )


def presidence_par_defaut(seance: Seance) -> tuple[str, str]:
    """First present member with a quality, as a suggestion (name, quality)."""
    presents = sorted((p for p in seance.presences if p.present), key=lambda p: p.id)
    for p in presents:
        if p.qualite:
            return p.utilisateur.nom_complet, p.qualite
    personne: Utilisateur | None = presents[0].utilisateur if presents else None
    return (personne.nom_complet if personne else "", "")


def seance_par_id(seance_id: int) -> Seance | None:
    return db.session.get(Seance, seance_id)
