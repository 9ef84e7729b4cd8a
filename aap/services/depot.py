"""Deposit: signature, transmission, immutable snapshot, récépissé."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from aap.domaine.complements import est_utile_seulement
from aap.domaine.erreurs import Conflit, Invalide, PasLeMoment, Probleme
from aap.domaine.horloge import maintenant
from aap.domaine.texte import nettoyer
from aap.extensions import db
from aap.models import Campagne, DemandeComplement, Depot, Dossier
from aap.permissions import Acteur, exiger
from aap.requetes.completude import bloquants, problemes_dossier
from aap.requetes.contenu_depose import contenu_depose
from aap.requetes.renvois import elements_demandes
from aap.services.avertissement import avertir_instruction, avertir_porteur
from aap.services.empreinte import empreinte
from aap.services.gardes import garde_de, raisons_contre
from aap.services.journal import consigner
from aap.services.recevabilite import poursuivre_examen
from aap.services.redaction import verrouiller
from aap.services.taches import enfiler
from aap.services.transition import effet, franchir
from workflows.dossier import EtatDossier

INCOMPLET = "Le dossier n’est pas complet : rien n’a été transmis."
REPONSE_MAX = 5000
CORRIGE = "Corrigé dans le dossier."
SANS_REPONSE = "Sans réponse."


def demander_signature(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    """Ask the signatories; they get a mail. Raises Invalide with what is missing, PasLeMoment."""
    exiger(acteur, "dossier.demander_signature", dossier)
    if dossier.etat is EtatDossier.BROUILLON:
        _exiger_complet(acteur, dossier, "Le dossier n’est pas complet.", ("campagne_ouverte",))
    franchir(acteur, dossier, "demander_signature", version=version)
    avertir_porteur(
        dossier, "signature_demandee", signataires=True, mandataires=True, auteur=acteur.nom
    )


def reprendre_redaction(acteur: Acteur, dossier: Dossier, *, version: int | None = None) -> None:
    """Give the dossier back to its writers, before the signature."""
    franchir(acteur, dossier, "rendre_a_la_redaction", version=version)


def _exiger_complet(acteur: Acteur, dossier: Dossier, phrase: str, gardes: tuple[str, ...]) -> None:
    """First the moment (PasLeMoment), then every blocking problem at once (Invalide)."""
    raisons = raisons_contre("dossier", gardes, acteur, dossier)
    if raisons:
        raise PasLeMoment(" ".join(raisons))
    problemes = bloquants(problemes_dossier(dossier))
    if problemes:
        raise Invalide(phrase, problemes)


def _relire(dossier: Dossier, relu: str | None) -> None:
    """What is signed is what was read. Raises Conflit when it has changed since."""
    verrouiller(dossier)
    if relu is not None and relu != empreinte(contenu_depose(dossier)):
        raise Conflit(
            "Le dossier a changé depuis que vous l’avez relu : rien n’a été transmis.",
            "Relisez-le, puis signez de nouveau.",
        )


def transmettre(
    acteur: Acteur, dossier: Dossier, *, version: int | None = None, relu: str | None = None
) -> Depot:
    """Sign and transmit: number, snapshot, hash; the récépissé and its mail follow by a job.

    ``relu``: hash of the content that the page showed. Raises PasLeMoment (closed campaign,
    already transmitted: it is transmitted once), Invalide with every blocking problem, Conflit.
    """
    exiger(acteur, "dossier.transmettre", dossier)
    if dossier.etat in (EtatDossier.BROUILLON, EtatDossier.EN_ATTENTE_SIGNATURE):
        _relire(dossier, relu)
        _exiger_complet(acteur, dossier, INCOMPLET, ("campagne_ouverte",))
    franchir(acteur, dossier, "transmettre", version=version)
    return _figer(acteur, dossier)


def prochain_numero(campagne: Campagne) -> str:
    """Next number of the campaign, e.g. « 2027-0042 »; one row update, so never twice.

    The other calls of the same year have series of their own: « FPCC-2027-0042 », and
    « AAP2-2027-0042 » in a second annual call. In a sandbox: « ESSAI-2027-0042 ».
    """
    rang = db.session.scalar(
        update(Campagne)
        .where(Campagne.id == campagne.id)
        .values(dernier_numero=Campagne.dernier_numero + 1)
        .returning(Campagne.dernier_numero)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(campagne, ["dernier_numero"])
    return f"{_serie(campagne)}{campagne.exercice}-{rang:04d}"


def _serie(campagne: Campagne) -> str:
    """« FPCC- »: what tells the numbers of this call from those of the year's other calls."""
    if campagne.bac_a_sable:
        return "ESSAI-"
    avant = db.session.scalar(
        select(func.count(Campagne.id)).where(
            Campagne.contrat_id == campagne.contrat_id,
            Campagne.type == campagne.type,
            Campagne.exercice == campagne.exercice,
            Campagne.bac_a_sable.is_(False),
            Campagne.id < campagne.id,
        )
    )
    serie = campagne.type.serie
    if avant:
        serie = f"{serie or 'AAP'}{avant + 1}"
    return f"{serie}-" if serie else ""


@effet("dossier", "transmettre")
@effet("dossier", "retransmettre")
def _dater(acteur: Acteur, dossier: Dossier, _motif: str) -> None:
    dossier.depose_le = maintenant()
    dossier.depose_par_id = acteur.utilisateur_id
    if dossier.numero is None:
        dossier.numero = prochain_numero(dossier.campagne)


def _figer(acteur: Acteur, dossier: Dossier) -> Depot:
    """Keep what was deposited; the journal holds its hash too."""
    contenu = contenu_depose(dossier)
    assert dossier.depose_le is not None and acteur.utilisateur_id is not None
    depot = Depot(
        dossier=dossier,
        numero_depot=len(dossier.depots) + 1,
        contenu=contenu,
        sha256=empreinte(contenu),
        depose_le=dossier.depose_le,
        depose_par_id=acteur.utilisateur_id,
    )
    db.session.add(depot)
    db.session.flush()
    consigner(
        acteur,
        dossier,
        "dossier.figer",
        f"Contenu figé (dépôt n° {depot.numero_depot})",
        donnees={"numero": dossier.numero, "sha256": depot.sha256},
    )
    enfiler("produire_recepisse", {"depot_id": depot.id}, cle_unique=f"recepisse:{depot.id}")
    return depot


def retirer_dossier(
    acteur: Acteur, dossier: Dossier, *, motif: str = "", version: int | None = None
) -> None:
    """The porteur gives up, before any decision; the lines that nobody paid are given up too."""
    depose = dossier.depose_le is not None
    franchir(acteur, dossier, "retirer", motif=motif, version=version)
    if depose:
        avertir_instruction(dossier, "dossier_retire", motif=motif)


def demande_en_cours(dossier: Dossier) -> DemandeComplement | None:
    """The request for complements that awaits an answer."""
    return db.session.scalar(
        select(DemandeComplement)
        .where(DemandeComplement.dossier_id == dossier.id, DemandeComplement.repondue_le.is_(None))
        .order_by(DemandeComplement.id.desc())
        .limit(1)
    )


def repondre_complements(
    acteur: Acteur,
    dossier: Dossier,
    reponse: str,
    *,
    reponses: Sequence[str] | None = None,
    version: int | None = None,
    relu: str | None = None,
) -> Depot:
    """Answer the request and transmit again: a new snapshot. Raises Invalide, PasLeMoment.

    ``reponses``: one text per element asked; ``reponse`` is then a word more, which may be empty.
    """
    exiger(acteur, "dossier.retransmettre", dossier)
    texte = nettoyer(reponse).strip()
    demande = None
    if dossier.etat is EtatDossier.A_COMPLETER:
        _relire(dossier, relu)
        demande = demande_en_cours(dossier)
        if reponses is not None and demande is not None and demande.elements:
            demande.reponses = _une_par_element(dossier, demande, reponses, texte)
            texte = _en_clair(demande, texte)
        elif not texte or len(texte) > REPONSE_MAX:
            raise Invalide("Expliquez en quelques mots (5 000 caractères au plus) votre réponse.")
        _exiger_complet(acteur, dossier, INCOMPLET, ("complements_dans_delai",))
    franchir(acteur, dossier, "retransmettre", version=version)
    if demande is not None:
        demande.reponse = texte
        demande.repondue_le = maintenant()
    depot = _figer(acteur, dossier)
    poursuivre_examen(dossier)
    avertir_instruction(dossier, "complements_recus")
    return depot


def enregistrer_reponses(
    acteur: Acteur, dossier: Dossier, reponses: Sequence[str], *, demande_id: int
) -> None:
    """Keep the answers being written, without transmitting; nothing is required, nothing is cut.

    Raises PasLeMoment when this request is no longer the one awaited.
    """
    exiger(acteur, "dossier.rediger", dossier)
    verrouiller(dossier)
    demande = demande_en_cours(dossier)
    en_cours = dossier.etat is EtatDossier.A_COMPLETER and demande is not None
    if demande is None or not en_cours or demande.id != demande_id:
        raise PasLeMoment(
            "Cette demande de compléments n’attend plus de réponse.",
            "Copiez votre texte, puis écrivez aux instructeurs depuis la page du dossier.",
        )
    demande.reponses = _nettes(demande, reponses)
    db.session.flush()


def _nettes(demande: DemandeComplement, reponses: Sequence[str]) -> list[str]:
    textes = [nettoyer(x).strip() for x in reponses[: len(demande.elements)]]
    return textes + [""] * (len(demande.elements) - len(textes))


def _une_par_element(
    dossier: Dossier, demande: DemandeComplement, reponses: Sequence[str], complement: str
) -> list[str]:
    """The answers, when each element has one of a reasonable length. Raises Invalide.

    What was corrected in the very place that the element names needs no words, nor what is
    only useful.
    """
    textes = _nettes(demande, reponses)
    if not all(textes):
        vus = elements_demandes(dossier, demande, contenu_depose(dossier))
        textes = [t or (CORRIGE if e.changements else "") for t, e in zip(textes, vus, strict=True)]
    problemes = [
        Probleme(
            "Répondez à cet élément, ou dites pourquoi vous ne pouvez pas le fournir."
            if not texte
            else "Cette réponse dépasse 5 000 caractères : raccourcissez-la.",
            f"reponse_{rang}",
        )
        for rang, (texte, element) in enumerate(zip(textes, demande.elements, strict=True))
        if len(texte) > REPONSE_MAX or not (texte or est_utile_seulement(element))
    ]
    if len(complement) > REPONSE_MAX:
        problemes.append(Probleme("Raccourcissez : 5 000 caractères au plus.", "reponse"))
    if problemes:
        raise Invalide("Votre réponse n’est pas complète : rien n’a été transmis.", problemes)
    return textes


def _en_clair(demande: DemandeComplement, complement: str) -> str:
    """The whole answer as one text, for those who read it without its form."""
    couples = zip(demande.elements, demande.reponses, strict=True)
    lignes = [f"{e} :\n{r or SANS_REPONSE}" for e, r in couples]
    return "\n\n".join([*lignes, complement] if complement else lignes)


@garde_de("dossier", "dossier_complet")
def _dossier_complet(_acteur: Acteur, dossier: Dossier) -> str | None:
    manquants = len(bloquants(problemes_dossier(dossier)))
    if not manquants:
        return None
    pluriel = "s" if manquants > 1 else ""
    return f"Il reste {manquants} point{pluriel} à compléter dans le dossier."


@garde_de("dossier", "complements_dans_delai")
def _dans_delai(_acteur: Acteur, dossier: Dossier) -> str | None:
    demande = demande_en_cours(dossier)
    if demande is not None and demande.en_retard:
        return (
            "Le délai de réponse est passé. Écrivez aux instructeurs : ils peuvent reprendre "
            "l’examen sans ces compléments."
        )
    return None


@garde_de("dossier", "complements_en_retard")
def _en_retard(_acteur: Acteur, dossier: Dossier) -> str | None:
    demande = demande_en_cours(dossier)
    if demande is not None and not demande.en_retard:
        return f"Le porteur peut encore répondre jusqu’au {demande.echeance:%d/%m/%Y}."
    return None
