"""From the rows of a tranche or of a reversement to the papers of the payment."""

from __future__ import annotations

from datetime import timedelta

from aap.documents import etat_versement, reversement
from aap.documents.depuis_argent import financeur_de
from aap.documents.depuis_dossier import action_de, beneficiaire_de, territoire_de
from aap.documents.donnees import (
    Cartouche,
    DonneesEtatVersement,
    DonneesReversement,
    LigneVersement,
    Signataire,
)
from aap.domaine.calendrier import date_longue
from aap.domaine.horloge import a_paris, maintenant
from aap.domaine.identifiants import afficher_siret
from aap.models import Convention, Dossier, Reversement, Tranche, Versement
from workflows.socle import Audience
from workflows.versement import EtatVersement

# Written remarks before the decision (CRPA L121-1, L122-1), then the delay of the convention.
JOURS_OBSERVATIONS, JOURS_PAIEMENT = 30, 60


def _dossier(tranche: Tranche) -> Dossier:
    f = tranche.financement
    return f.dossier if f is not None else tranche.convention.dossier


def _reference(acte: Convention) -> str:
    return f"{acte.type.libelle} n° {acte.numero}"


def _lignes(tranche: Tranche, audience: Audience) -> tuple[LigneVersement, ...]:
    return tuple(
        LigneVersement(
            v.rang,
            v.type.libelle,
            v.montant,
            v.etat.libelle(audience),
            v.prevu_le,
            v.paye_le,
            v.numero_mandat,
        )
        for v in sorted(tranche.versements, key=lambda v: v.rang)
        if v.etat is not EtatVersement.ANNULE
    )


def _verifications(tranche: Tranche) -> tuple[tuple[str, str], ...]:
    """What was looked at, with who proposed and validated each payment."""
    acte, o = tranche.convention, tranche.convention.organisme
    paires = [
        (
            "Acte notifié le",
            date_longue(a_paris(acte.notifiee_le).date()) if acte.notifiee_le else "",
        ),
        ("SIRET", afficher_siret(o.siret) if o.siret else ""),
        ("RIB au nom de", o.titulaire_compte),
    ]
    paires += [(f"Versement {v.rang}", _personnes(v)) for v in tranche.versements]
    return tuple((nom, valeur) for nom, valeur in paires if valeur)


def _personnes(v: Versement) -> str:
    if v.propose_par is None or v.etat is EtatVersement.ANNULE:
        return ""
    texte = f"proposé par {v.propose_par.nom_complet}"
    return texte + (f", validé par {v.valide_par.nom_complet}" if v.valide_par else "")


def pdf_etat_versement(tranche: Tranche, audience: Audience = "agent") -> bytes:
    """PDF of what one exercice was granted, paid and awaits; the porteur's has no inner names."""
    acte, o, d = tranche.convention, tranche.convention.organisme, _dossier(tranche)
    f = tranche.financement
    ej = next((v.numero_ej for v in tranche.versements if v.numero_ej), "")
    return etat_versement.produire(
        DonneesEtatVersement(
            territoire=territoire_de(d.campagne),
            cartouche=Cartouche(
                reference=f"{acte.financeur.sigle or acte.financeur.code} {acte.numero} "
                f"versements {tranche.exercice}",
                etabli_le=maintenant(),
            ),
            action=action_de(d),
            beneficiaire=beneficiaire_de(o),
            financeur=financeur_de(acte.financeur),
            acte=f"{_reference(acte)}, exercice {tranche.exercice}",
            montant_acte=tranche.montant,
            versements=_lignes(tranche, audience),
            signataire=Signataire("", acte.financeur.service, pour=acte.financeur.nom),
            numero_ej=ej,
            imputation=f.enveloppe.libelle if f is not None and f.enveloppe else "",
            titulaire_compte=o.titulaire_compte,
            iban=o.iban or "",
            bic=o.bic or "",
            verifications=_verifications(tranche) if audience == "agent" else (),
        )
    )


def pdf_reversement(objet: Reversement, acte: Convention | None) -> bytes:
    """PDF of the decision to claim money back, with its reasons, computation and remedies."""
    f, d = objet.financement, objet.bilan.dossier
    demande_le = a_paris(objet.cree_le).date()
    limite = demande_le + timedelta(days=JOURS_OBSERVATIONS)
    observations = (
        f"Vous pouvez présenter vos observations par écrit jusqu’au {date_longue(limite)}, depuis "
        "la page de votre dossier ou par courrier, seul ou accompagné de la personne de votre "
        "choix. Le financeur peut alors réduire ou abandonner sa demande."
    )
    return reversement.produire(
        DonneesReversement(
            territoire=territoire_de(d.campagne),
            cartouche=Cartouche(
                reference=f"Reversement {d.reference} {f.financeur.sigle or f.financeur.code}",
                etabli_le=objet.cree_le,
            ),
            action=action_de(d),
            beneficiaire=beneficiaire_de(d.organisme),
            financeur=financeur_de(f.financeur),
            acte=_reference(acte) if acte is not None else f"Aide de {f.exercice}",
            montant=objet.montant,
            motif=objet.motif,
            etapes=(),
            phrases=tuple(objet.etapes),
            observations=observations,
            a_payer_avant_le=demande_le + timedelta(days=JOURS_PAIEMENT),
            signataire=Signataire("", f.financeur.service, pour=f.financeur.nom),
            numero_titre=objet.numero_titre,
            modalites=f"La somme a été reçue le {date_longue(objet.recu_le)}. Rien n’est plus dû."
            if objet.recu_le
            else "",
        )
    )
