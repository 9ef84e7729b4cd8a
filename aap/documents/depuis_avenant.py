"""From an avenant to its document, draft or signed."""

from __future__ import annotations

from aap.documents import avenant as document
from aap.documents.depuis_argent import financeur_de, sur_papier
from aap.documents.depuis_dossier import action_de, beneficiaire_de, territoire_de
from aap.documents.donnees import Cartouche, DonneesAvenant, Signataire
from aap.domaine.calendrier import date_longue
from aap.domaine.code_acte import chemin_acte
from aap.domaine.horloge import maintenant
from aap.domaine.montants import en_euros
from aap.extensions import reglages
from aap.models import Avenant
from aap.requetes.avenants import apercu


def pdf_avenant(avenant: Avenant) -> bytes:
    """PDF of the avenant; the exercices it does not change are not in its table."""
    acte = avenant.convention
    d = acte.dossier
    financeur, porteur = _signataires(avenant)
    return document.produire(
        DonneesAvenant(
            territoire=territoire_de(d.campagne),
            cartouche=Cartouche(
                reference=f"{acte.financeur.sigle or acte.financeur.code} {acte.numero} "
                f"avenant {avenant.numero_avenant}",
                etabli_le=avenant.signature_financeur_le or maintenant(),
                sha256=avenant.sha256 or "",
                qr=reglages().adresse_de(chemin_acte(avenant.id, avenant.sha256, avenant=True))
                if avenant.sha256
                else "",
            ),
            action=action_de(d),
            beneficiaire=beneficiaire_de(acte.organisme),
            financeur=financeur_de(acte.financeur),
            convention=acte.numero,
            numero=avenant.numero_avenant,
            motif=avenant.objet,
            effets=tuple(
                (int(e["exercice"]), int(e["avant"] or 0), int(e["apres"]))
                for e in avenant.effets
                if e["avant"] != e["apres"]
            ),
            clauses=_clauses(avenant),
            signataire_financeur=financeur,
            signataire_beneficiaire=porteur,
        )
    )


def _clauses(avenant: Avenant) -> tuple[str, ...]:
    clauses = []
    for e in avenant.effets:
        if e["avant"] is None:
            clauses.append(
                f"L’exercice {e['exercice']} est ajouté à la convention, à titre prévisionnel\u00a0"
                ": il devient ferme par un acte du financeur, après le vote de ses crédits."
            )
        if e.get("objectifs"):
            clauses.append(f"Objectifs de {e['exercice']}\u00a0: {e['objectifs'].rstrip('.')}.")
        elif "objectifs" in e and e["objectifs_avant"]:
            clauses.append(f"Les objectifs propres à {e['exercice']} sont supprimés.")
    vue = apercu(avenant)
    if vue.total_apres != vue.total_avant and len(vue.tranches) > 1:
        clauses.append(
            f"Le montant total de la convention passe de {en_euros(vue.total_avant)} à "
            f"{en_euros(vue.total_apres)}."
        )
    if avenant.fin is not None:
        clauses.append(f"L’action se termine au plus tard le {date_longue(avenant.fin)}.")
    return tuple(clauses)


def _signataires(avenant: Avenant) -> tuple[Signataire, Signataire]:
    """(funder, porteur): who signed, or who is expected to."""
    acte = avenant.convention
    preuve = (avenant.sha256 or "")[:16]
    f, p = avenant.signature_financeur_par, avenant.signature_porteur_par
    o = acte.organisme
    return sur_papier(
        avenant,
        Signataire(
            f.nom_complet if f else "",
            acte.financeur.service,
            pour=acte.financeur.nom,
            signe_le=avenant.signature_financeur_le,
            preuve=preuve if f else "",
        ),
        Signataire(
            p.nom_complet if p else o.representant_nom,
            "signataire" if p else o.representant_fonction,
            pour=o.nom,
            signe_le=avenant.signature_porteur_le,
            preuve=preuve if p else "",
        ),
    )
