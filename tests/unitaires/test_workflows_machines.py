"""Every machine, exhaustively: state × trigger × role, wording, lives that must be possible."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows import MACHINES
from workflows.socle import AUDIENCES, EtatBase, MachineTable, Role, Ton, TransitionImpossible

TABLES = list(MACHINES.values())
TOUTES = pytest.mark.parametrize("machine", TABLES, ids=lambda m: m.nom)

# parcours.md §3, word for word.
ETATS = {
    "campagne": "preparation ouverte close instruction copil notifiee archivee",
    "dossier": "brouillon en_attente_signature depose a_completer irrecevable en_instruction "
    "instruit inscrit programme ajourne rejete liste_attente en_execution clos retire sans_suite "
    "caduc",
    "financement": "sollicite pris_en_charge avis_rendu arbitre vote notifie engage verse_partiel "
    "verse justifie clos non_recevable refuse ajourne renonce a_reverser reverse",
    "scenario": "brouillon fige promu",
    "seance": "preparee ouverte suspendue close pv_arrete",
    "convention": "projet signature_porteur signature_financeur signee en_vigueur echue resiliee",
    "avenant": "projet signature_porteur signature_financeur signe abandonne",
    "tranche": "previsionnelle ferme close abandonnee",
    "versement": "prevu propose valide mandate paye rejete annule",
    "bilan": "attendu en_saisie depose a_modifier valide en_defaut reversement_demande reverse",
}


def test_les_machines_et_leurs_etats_sont_ceux_du_parcours() -> None:
    assert {nom: [e.value for e in m.etats] for nom, m in MACHINES.items()} == {
        nom: etats.split() for nom, etats in ETATS.items()
    }
    assert all(nom == machine.nom for nom, machine in MACHINES.items())
    assert all(machine.initial is next(iter(machine.etats)) for machine in TABLES)


@TOUTES
def test_etat_declencheur_role(machine: MachineTable) -> None:
    """What the engine and ``possibles`` allow is exactly what the rows say."""
    permis = {
        (source, ligne.declencheur, role): ligne.cible
        for ligne in machine.transitions
        for source in ligne.sources
        for role in ligne.roles
    }
    cibles = {(etat, declencheur): cible for (etat, declencheur, _), cible in permis.items()}
    for etat in machine.etats:
        for declencheur in machine.declencheurs():
            attendue = cibles.get((etat, declencheur))
            ligne = machine.trouver(declencheur, etat)
            assert (ligne.cible if ligne else None) is attendue
            if attendue is None:
                with pytest.raises(TransitionImpossible, match="pas possible dans l’état"):
                    machine.suivant(declencheur, etat)
            else:
                assert machine.suivant(declencheur, etat) is attendue
            for role in Role:
                offerts = {t.declencheur for t in machine.possibles(etat, {role})}
                assert (declencheur in offerts) == ((etat, declencheur, role) in permis)


@TOUTES
def test_les_roles_s_additionnent(machine: MachineTable) -> None:
    for etat in machine.etats:
        assert machine.possibles(etat, Role) == machine.depuis(etat)
        assert machine.possibles(etat, ()) == ()


@TOUTES
def test_aucun_declencheur_inconnu_ni_automatique(machine: MachineTable) -> None:
    """Neither a trigger of another machine nor the library's own ``to_<state>`` passes."""
    etrangers = {d for autre in TABLES for d in autre.declencheurs()} - set(machine.declencheurs())
    for declencheur in etrangers | {f"to_{etat.value}" for etat in machine.etats}:
        for etat in machine.etats:
            with pytest.raises(TransitionImpossible):
                machine.suivant(declencheur, etat)


@given(donnees=st.data())
@settings(max_examples=150, deadline=None)
def test_marche_au_hasard(donnees: st.DataObject) -> None:
    """Whatever the clicks, the object stays in a declared state and stops only where it may."""
    machine = donnees.draw(st.sampled_from(TABLES))
    actes = st.sampled_from(machine.declencheurs())
    etat = machine.initial
    for declencheur in donnees.draw(st.lists(actes, max_size=60)):
        ligne = machine.trouver(declencheur, etat)
        if ligne is None:
            with pytest.raises(TransitionImpossible):
                machine.suivant(declencheur, etat)
            continue
        assert etat not in machine.terminaux()
        etat = machine.suivant(declencheur, etat)
        assert etat is ligne.cible
        assert isinstance(etat, machine.etats)


@TOUTES
def test_de_partout_on_peut_finir(machine: MachineTable) -> None:
    """No dead end: from every state some path reaches a final state."""
    mene = {etat for etat in machine.etats if etat.final}
    while suite := {s for t in machine.transitions if t.cible in mene for s in t.sources} - mene:
        mene |= suite
    assert mene == set(machine.etats)
    assert machine.terminaux() <= {etat for etat in machine.etats if etat.final}


# --- wording -----------------------------------------------------------------

TOUS_LES_ETATS = [etat for machine in TABLES for etat in machine.etats]


@pytest.mark.parametrize("etat", TOUS_LES_ETATS, ids=lambda e: f"{type(e).__name__}.{e}")
def test_chaque_etat_parle_a_chaque_audience(etat: EtatBase) -> None:
    assert isinstance(etat.ton, Ton)
    for audience in AUDIENCES:
        libelle, attendu = etat.libelle(audience), etat.attendu(audience)
        assert 0 < len(libelle) <= 32 and libelle[0].isupper() and not libelle.endswith(".")
        assert attendu[0].isupper() and attendu.endswith(".")
        assert "_" not in libelle + attendu


@TOUTES
def test_libelles_distincts_pour_les_agents(machine: MachineTable) -> None:
    assert len({etat.libelle() for etat in machine.etats}) == len(machine.etats)


def textes() -> Iterator[str]:
    for machine in TABLES:
        for etat in machine.etats:
            for audience in AUDIENCES:
                yield from (etat.libelle(audience), etat.attendu(audience))
        for ligne in machine.transitions:
            yield from (ligne.libelle, ligne.passe, ligne.aide)
        yield from machine.gardes.values()


def test_typographie() -> None:
    """U+202F before ; ! ?, U+00A0 before the colon and inside « », curly apostrophe."""
    faute = re.compile(r"[^\u202f][;!?]|[^\u00a0][:»]|«[^\u00a0]|'|\"|  |\.\.\.|\d \d")
    assert [texte for texte in textes() if faute.search(texte)] == []


@TOUTES
def test_boutons_et_journal(machine: MachineTable) -> None:
    for ligne in machine.transitions:
        assert re.match(r"[A-ZÀÉÊ]\w*(er|ir|re)\b", ligne.libelle), ligne.libelle
        assert ligne.passe[0].isupper() and not ligne.passe.endswith(".")
        assert ligne.passe != ligne.libelle
        assert ligne.aide == "" or ligne.aide.endswith(".")
    for fait in machine.gardes.values():
        assert fait[0].isupper() and fait.endswith(".")


@TOUTES
def test_rien_n_est_annonce_avant_publication(machine: MachineTable) -> None:
    """The porteur and the public read the same words during the whole examination."""
    if machine.nom != "dossier":
        return
    examen = ("en_instruction", "instruit", "inscrit")
    for audience in ("porteur", "public"):
        mots = {
            (machine.etats(e).libelle(audience), machine.etats(e).attendu(audience))  # type: ignore[call-arg,arg-type]
            for e in examen
        }
        assert len(mots) == 1


# --- rules of the field ------------------------------------------------------


def roles_de(nom: str, *declencheurs: str) -> set[Role]:
    lignes = [t for t in MACHINES[nom].transitions if t.declencheur in declencheurs]
    assert {t.declencheur for t in lignes} == set(declencheurs)
    return {role for t in lignes for role in t.roles}


def test_l_horloge_ouvre_et_ferme() -> None:
    assert roles_de("campagne", "ouvrir", "clore") == {Role.SYSTEME}
    assert roles_de("dossier", "declarer_caduc") == {Role.SYSTEME}


def test_seul_le_signataire_engage_le_porteur() -> None:
    for nom, actes in {
        "dossier": ("transmettre", "retransmettre"),
        "convention": ("signer_porteur",),
        "avenant": ("signer_porteur",),
        "bilan": ("deposer",),
    }.items():
        assert roles_de(nom, *actes) == {Role.PORTEUR_SIGNATAIRE}
        for ligne in MACHINES[nom].transitions:
            if ligne.declencheur in actes:
                assert "signataire_habilite" in ligne.gardes


def test_le_porteur_ne_decide_de_rien() -> None:
    """His acts: write, sign, answer, withdraw, give up, hand in a bilan."""
    porteur = {Role.PORTEUR_REDACTEUR, Role.PORTEUR_SIGNATAIRE}
    actes = {f"{m.nom}.{t.declencheur}" for m in TABLES for t in m.transitions if t.roles & porteur}
    assert actes == {
        "dossier.demander_signature",
        "dossier.rendre_a_la_redaction",
        "dossier.transmettre",
        "dossier.ranimer",
        "dossier.retransmettre",
        "dossier.retirer",
        "financement.renoncer",
        "convention.signer_porteur",
        "convention.renvoyer_en_projet",
        "avenant.signer_porteur",
        "avenant.renvoyer_en_projet",
        "bilan.commencer_saisie",
        "bilan.deposer",
    }


def test_observateur_administrateur_et_membre_du_copil_ne_changent_aucun_etat() -> None:
    """The COPIL decides together; the coordination records it in session."""
    sans_acte = {Role.OBSERVATEUR, Role.ADMINISTRATEUR, Role.COPIL}
    assert not [t for m in TABLES for t in m.transitions if t.roles & sans_acte]


def test_seule_la_finance_touche_a_l_argent() -> None:
    for nom in ("versement", "tranche"):
        for ligne in MACHINES[nom].transitions:
            assert ligne.roles <= {Role.FINANCE, Role.SYSTEME}
    assert Role.SYSTEME not in roles_de("versement", *MACHINES["versement"].declencheurs())


def test_les_regles_bloquantes_du_paiement() -> None:
    regles = {"convention_signee", "cer_signe", "siret_present", "rib_present", "bilan_recu"}
    for ligne in MACHINES["versement"].transitions:
        if ligne.declencheur in ("proposer", "valider", "mandater"):
            assert regles <= set(ligne.gardes)
    valider = MACHINES["versement"].trouver("valider", MACHINES["versement"].etats("propose"))  # type: ignore[call-arg]
    assert valider is not None and "deuxieme_personne" in valider.gardes


def test_un_refus_est_motive() -> None:
    refus = ("irrecevable", "rejete", "sans_suite", "ajourne", "a_completer", "non_recevable",
             "refuse", "a_reverser", "reversement_demande", "a_modifier", "resiliee", "abandonnee",
             "abandonne",
             "annule")  # fmt: skip
    for machine in TABLES:
        for ligne in machine.transitions:
            if ligne.cible.value in refus:
                assert ligne.motif_requis, f"{machine.nom}.{ligne.declencheur}"


@pytest.mark.parametrize(
    ("nom", "vie"),
    [
        ("campagne", "ouvrir clore lancer_instruction passer_au_copil notifier archiver"),
        ("campagne", "ouvrir clore rouvrir clore lancer_instruction rouvrir clore"),
        (
            "dossier",
            "demander_signature transmettre demander_complements retransmettre "
            "prendre_en_instruction clore_instruction inscrire programmer mettre_en_execution "
            "cloturer",
        ),
        (
            "dossier",
            "transmettre prendre_en_instruction demander_complements retransmettre "
            "prendre_en_instruction clore_instruction inscrire ajourner inscrire "
            "mettre_en_liste_attente repecher mettre_en_execution cloturer",
        ),
        ("dossier", "declarer_caduc ranimer transmettre declarer_irrecevable admettre_recours"),
        (
            "financement",
            "prendre_en_charge rendre_avis arbitrer enregistrer_vote notifier engager "
            "constater_acompte constater_solde justifier clore",
        ),
        (
            "financement",
            "prendre_en_charge rendre_avis arbitrer enregistrer_vote notifier engager "
            "constater_solde demander_reversement constater_reversement",
        ),
        ("scenario", "figer promouvoir"),
        ("seance", "ouvrir suspendre reprendre clore rouvrir clore arreter_pv"),
        (
            "convention",
            "envoyer_a_la_signature signer_porteur signer_financeur mettre_en_vigueur "
            "constater_echeance",
        ),
        ("convention", "soumettre_arrete signer_financeur mettre_en_vigueur resilier"),
        (
            "avenant",
            "envoyer_a_la_signature signer_porteur renvoyer_en_projet envoyer_a_la_signature "
            "signer_porteur signer_financeur",
        ),
        ("tranche", "affermir clore"),
        ("versement", "proposer rejeter reprendre proposer valider mandater constater_paiement"),
        ("bilan", "commencer_saisie deposer demander_modification deposer valider"),
        (
            "bilan",
            "mettre_en_defaut demander_reversement accepter_bilan_tardif deposer valider "
            "demander_reversement constater_reversement",
        ),
    ],
)
def test_vies_entieres(nom: str, vie: str) -> None:
    machine = MACHINES[nom]
    etat = machine.initial
    for declencheur in vie.split():
        etat = machine.suivant(declencheur, etat)
