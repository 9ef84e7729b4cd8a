"""The engine against its tables, without exception: every machine, state, trigger and role.

The rows are real and so are the rules (``permissions``, ``transition``, ``journal``). The facts
are put to true or false through ``gardes.GARDES``; what a transition brings along (``EFFETS``)
is left out, it is tested with its own service. States are set in memory for each question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from aap.domaine.erreurs import Conflit, ErreurMetier, Interdit, Invalide, PasLeMoment
from aap.domaine.horloge import maintenant
from aap.extensions import db
from aap.models import (
    Avenant,
    Bilan,
    Convention,
    DemandeAvis,
    Evenement,
    OrigineScenario,
    RoleHabilitation,
    RoleMembre,
    Scenario,
    Seance,
    Tranche,
    TypeConvention,
    TypeVersement,
    Versement,
)
from aap.permissions import REGLES, SYSTEME, Acteur, may, roles_sur
from aap.permissions.acteur import HabilitationActive
from aap.services import gardes, transition
from aap.services.journal import verifier_journal
from aap.services.transition import boutons, franchir
from tests import fabriques as f
from workflows import MACHINES
from workflows.socle import EtatBase, MachineTable, Role

MOTIF = "Le budget est incomplet."
NOMS = sorted(MACHINES)


class Scene:
    """One coherent set of rows (a machine each) and one person per role."""

    def __init__(self) -> None:
        contrat = f.contrat()
        payeur = f.financeur(contrat)
        campagne = f.campagne(contrat)
        structure = f.organisme(signataire=f.utilisateur())
        dossier = f.dossier(campagne, structure)
        enveloppe = f.enveloppe(campagne, payeur, 50_000_00)
        ligne = f.financement(dossier, payeur, arbitre=5_000_00, d_enveloppe=enveloppe)
        ligne.montant_vote = 5_000_00
        seance = _poser(Seance(campagne=campagne, titre="Comité", prevue_le=maintenant()))
        scenario = _poser(Scenario(campagne=campagne, nom="Essai", origine=OrigineScenario.VIDE))
        convention = _poser(_convention(dossier, payeur))
        tranche = _poser(
            Tranche(convention=convention, exercice=2027, montant=5_000_00, financement_id=ligne.id)
        )
        avenant = _poser(
            Avenant(
                convention=convention, numero_avenant=1, objet="Essai", signe_le=date(2027, 5, 2)
            )
        )
        versement = _poser(
            Versement(
                tranche=tranche,
                rang=1,
                type=TypeVersement.UNIQUE,
                montant=5_000_00,
                prevu_le=date(2027, 3, 1),
                paye_le=date(2027, 3, 2),
            )
        )
        bilan = _poser(
            Bilan(
                dossier=dossier,
                exercice=2027,
                tranche_id=tranche.id,
                echeance=date(2028, 6, 30),
                depose_le=maintenant(),
            )
        )
        self.objets: dict[str, Any] = {
            x.__tablename__: x
            for x in (
                campagne,
                dossier,
                ligne,
                scenario,
                seance,
                convention,
                avenant,
                tranche,
                versement,
                bilan,
            )
        }
        self.acteurs = _acteurs(contrat.id, payeur.id, structure.id)
        self.acteurs[Role.OBSERVATEUR] = _observateur(contrat.id, dossier)


def _poser(objet: Any) -> Any:
    db.session.add(objet)
    db.session.flush()
    return objet


def _convention(dossier: Any, payeur: Any) -> Convention:
    return Convention(
        type=TypeConvention.ANNUELLE,
        financeur=payeur,
        organisme=dossier.organisme,
        dossier=dossier,
        exercice=2027,
        dernier_exercice=2027,
        numero="2027-001",
        signee_le=maintenant(),
    )


def _acteur(nom: str, **droits: Any) -> Acteur:
    return Acteur(utilisateur_id=f.utilisateur(nom=nom).id, nom=nom, **droits)


def _agent(role: RoleHabilitation, contrat_id: int, financeur_id: int | None = None) -> Acteur:
    droit = HabilitationActive(id=0, role=role, contrat_id=contrat_id, financeur_id=financeur_id)
    return _acteur(role.value, habilitations=(droit,))


def _acteurs(contrat_id: int, financeur_id: int, organisme_id: int) -> dict[Role, Acteur]:
    h = RoleHabilitation
    return {
        Role.PORTEUR_REDACTEUR: _acteur("r", membres={organisme_id: RoleMembre.REDACTEUR}),
        Role.PORTEUR_SIGNATAIRE: _acteur("s", membres={organisme_id: RoleMembre.SIGNATAIRE}),
        Role.INSTRUCTEUR: _agent(h.INSTRUCTEUR, contrat_id, financeur_id),
        Role.COORDINATEUR: _agent(h.COORDINATEUR, contrat_id),
        Role.COPIL: _agent(h.COPIL, contrat_id),
        Role.FINANCE: _agent(h.FINANCE, contrat_id, financeur_id),
        Role.ADMINISTRATEUR: _agent(h.ADMINISTRATEUR, contrat_id),
        Role.SYSTEME: SYSTEME,
    }


def _observateur(contrat_id: int, dossier: Any) -> Acteur:
    observateur = _agent(RoleHabilitation.OBSERVATEUR, contrat_id)
    demandeur = f.utilisateur()
    _poser(
        DemandeAvis(
            dossier=dossier,
            utilisateur_id=observateur.utilisateur_id,
            demandee_par_id=demandeur.id,
            echeance=date(2027, 1, 31),
        )
    )
    return observateur


@pytest.fixture
def scene(session: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(transition, "EFFETS", {})
    _faits(monkeypatch)
    yield Scene()


def _faits(monkeypatch: pytest.MonkeyPatch, **refus: str) -> None:
    """Every guard answers yes, but those of ``refus`` (name -> reason)."""

    def repondre(nom: str) -> Callable[[Acteur, Any], str | None]:
        return lambda _acteur, _objet: refus.get(nom)

    tous = {(m.nom, nom): repondre(nom) for m in MACHINES.values() for nom in m.gardes}
    monkeypatch.setattr(gardes, "GARDES", tous)


def mettre(objet: Any, etat: EtatBase) -> None:
    """Put the state behind the session's back: the next refusal must leave the row clean."""
    modele = type(objet)
    db.session.execute(
        update(modele).where(modele.id == objet.id).values(etat=etat),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(objet, "etat", etat)


def verdict(
    machine: MachineTable, etat: EtatBase, acte: str, roles: frozenset[Role]
) -> type | None:
    """What the table alone says: None when the act passes, else the refusal expected."""
    lignes = [t for t in machine.transitions if t.declencheur == acte]
    if not any(t.roles & roles for t in lignes):
        return Interdit
    ici = [t for t in lignes if etat in t.sources]
    if not ici:
        return PasLeMoment
    return None if ici[0].roles & roles else Interdit


def nombre_de_lignes() -> int:
    return db.session.scalar(select(func.count()).select_from(Evenement)) or 0


def derniere_ligne() -> Evenement:
    return db.session.scalars(select(Evenement).order_by(Evenement.id.desc()).limit(1)).one()


def tenter(acteur: Acteur, objet: Any, acte: str) -> type[ErreurMetier] | None:
    try:
        franchir(acteur, objet, acte, motif=MOTIF)
    except ErreurMetier as erreur:
        return type(erreur)
    return None


def roles_attendus(nom: str, role: Role) -> frozenset[Role]:
    """A signatory also writes; an observer has nothing outside the dossier he was asked about."""
    if role is Role.PORTEUR_SIGNATAIRE:
        return frozenset({role, Role.PORTEUR_REDACTEUR})
    return frozenset({role})


SANS_ORGANISME = {"campagne", "scenario", "seance"}
PORTEURS = {Role.PORTEUR_REDACTEUR, Role.PORTEUR_SIGNATAIRE, Role.OBSERVATEUR}


@pytest.mark.parametrize("nom", NOMS)
def test_les_roles_de_la_scene(scene: Scene, nom: str) -> None:
    """Each person of the scene holds her role, and no other, on each object."""
    for role, acteur in scene.acteurs.items():
        tenus = roles_sur(acteur, scene.objets[nom])
        if nom in SANS_ORGANISME and role in PORTEURS:
            assert tenus == frozenset(), (nom, role)
        else:
            assert tenus == roles_attendus(nom, role), (nom, role)


@pytest.mark.parametrize("nom", NOMS)
def test_toute_la_table(scene: Scene, nom: str) -> None:
    """permissions + franchir give what the table says for every state, trigger and role."""
    machine, objet = MACHINES[nom], scene.objets[nom]
    reussis = 0
    for role, acteur in scene.acteurs.items():
        roles = roles_sur(acteur, objet)
        for etat in machine.etats:
            for acte in machine.declencheurs():
                mettre(objet, etat)
                attendu = verdict(machine, etat, acte, roles)
                assert bool(may(acteur, f"{nom}.{acte}", objet)) == any(
                    t.roles & roles for t in machine.transitions if t.declencheur == acte
                )
                assert tenter(acteur, objet, acte) is attendu, (role, etat, acte)
                if attendu is None:
                    reussis += 1
                    ligne = machine.trouver(acte, etat)
                    assert ligne is not None and objet.etat is ligne.cible
                else:
                    assert objet.etat is etat and not db.session.is_modified(objet)
    assert nombre_de_lignes() == reussis > 0
    assert verifier_journal() == (reussis, None)


@pytest.mark.parametrize("nom", NOMS)
def test_les_boutons_sont_ce_que_franchir_accepte(scene: Scene, nom: str) -> None:
    machine, objet = MACHINES[nom], scene.objets[nom]
    for acteur in scene.acteurs.values():
        roles = roles_sur(acteur, objet)
        for etat in machine.etats:
            mettre(objet, etat)
            offerts = [b.transition.declencheur for b in boutons(acteur, objet) if b.possible]
            acceptes = [
                acte
                for acte in machine.declencheurs()
                if verdict(machine, etat, acte, roles) is None
            ]
            assert len(offerts) == len(set(offerts))
            assert set(offerts) == set(acceptes), (acteur.nom, etat)


def _lignes_gardees(nom: str) -> list[tuple[Any, EtatBase, str]]:
    return [
        (t, source, garde)
        for t in MACHINES[nom].transitions
        for source in t.sources
        for garde in t.gardes
    ]


def _qui_peut(scene: Scene, objet: Any, ligne: Any) -> Acteur:
    return next(a for a in scene.acteurs.values() if ligne.roles & roles_sur(a, objet))


@pytest.mark.parametrize("nom", NOMS)
def test_un_fait_qui_manque_arrete_l_acte(
    scene: Scene, nom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each guard alone is enough to refuse, with its own reason, on the button as on the click."""
    objet = scene.objets[nom]
    for ligne, source, garde in _lignes_gardees(nom):
        raison = f"Il manque {garde}."
        _faits(monkeypatch, **{garde: raison})
        acteur = _qui_peut(scene, objet, ligne)
        mettre(objet, source)
        bouton = next(b for b in boutons(acteur, objet) if b.transition is ligne)
        assert not bouton.possible and bouton.raisons == (raison,)
        with pytest.raises(PasLeMoment, match=raison):
            franchir(acteur, objet, ligne.declencheur, motif=MOTIF)
        assert objet.etat is source
    assert nombre_de_lignes() == 0


def test_toutes_les_raisons_sont_dites(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _faits(monkeypatch, convention_signee="La convention manque.", bilan_recu="Le bilan manque.")
    tranche = scene.objets["tranche"]
    with pytest.raises(PasLeMoment) as refus:
        franchir(scene.acteurs[Role.FINANCE], tranche, "affermir")
    assert "La convention manque. Le bilan manque." in str(refus.value)


@pytest.mark.parametrize("nom", NOMS)
def test_motif_exige(scene: Scene, nom: str) -> None:
    """A row that asks for a reason refuses blanks and says which field to fill in."""
    objet = scene.objets[nom]
    for ligne in MACHINES[nom].transitions:
        if not ligne.motif_requis:
            continue
        acteur = _qui_peut(scene, objet, ligne)
        for vide in ("", "  \n"):
            mettre(objet, ligne.sources[0])
            with pytest.raises(Invalide) as refus:
                franchir(acteur, objet, ligne.declencheur, motif=vide)
            assert [p.champ for p in refus.value.problemes] == ["motif"]
            assert objet.etat is ligne.sources[0]
        franchir(acteur, objet, ligne.declencheur, motif=f"  {MOTIF} ")
        assert derniere_ligne().motif == MOTIF


@pytest.mark.parametrize("nom", NOMS)
def test_page_perimee(scene: Scene, nom: str) -> None:
    """An old version is refused; the right one passes."""
    objet = scene.objets[nom]
    ligne = MACHINES[nom].transitions[0]
    acteur = _qui_peut(scene, objet, ligne)
    mettre(objet, ligne.sources[0])
    with pytest.raises(Conflit):
        franchir(acteur, objet, ligne.declencheur, motif=MOTIF, version=objet.version - 1)
    assert objet.etat is ligne.sources[0]
    avant = objet.version
    franchir(acteur, objet, ligne.declencheur, motif=MOTIF, version=avant)
    assert objet.version == avant + 1


@pytest.mark.parametrize("nom", NOMS)
def test_ligne_du_journal(scene: Scene, nom: str) -> None:
    """Each row of the table writes who, what, from where to where, once."""
    objet = scene.objets[nom]
    for rang, ligne in enumerate(MACHINES[nom].transitions, 1):
        acteur = _qui_peut(scene, objet, ligne)
        mettre(objet, ligne.sources[0])
        franchir(acteur, objet, ligne.declencheur, motif=MOTIF, donnees={"piece": 3})
        ecrite = derniere_ligne()
        assert nombre_de_lignes() == rang
        assert (ecrite.acte, ecrite.libelle) == (f"{nom}.{ligne.declencheur}", ligne.passe)
        assert (ecrite.entite, ecrite.entite_id) == (nom, objet.id)
        assert ecrite.acteur_id == acteur.utilisateur_id
        assert ecrite.donnees == {
            "avant": ligne.sources[0].value,
            "apres": ligne.cible.value,
            "piece": 3,
        }


def test_le_deporte_ne_peut_rien(scene: Scene) -> None:
    """A déport takes every agent role away on what belongs to the organisme."""
    dossier = scene.objets["dossier"]
    agent = scene.acteurs[Role.INSTRUCTEUR]
    deporte = Acteur(
        agent.utilisateur_id,
        agent.nom,
        habilitations=agent.habilitations,
        deports=frozenset({dossier.organisme_id}),
    )
    for etat in MACHINES["dossier"].etats:
        mettre(dossier, etat)
        assert boutons(deporte, dossier) == []
        for acte in MACHINES["dossier"].declencheurs():
            assert tenter(deporte, dossier, acte) is Interdit


def test_aucune_regle_ne_double_la_table() -> None:
    """An act of a machine is decided by its table alone."""
    actes = {f"{m.nom}.{acte}" for m in MACHINES.values() for acte in m.declencheurs()}
    assert not actes & set(REGLES)


def test_chaque_garde_a_sa_fonction(app: Any) -> None:
    """No fact of a table is left without an answer, no answer is left without a table."""
    declarees = {(m.nom, garde) for m in MACHINES.values() for garde in m.gardes}
    assert set(gardes.GARDES) == declarees


def test_chaque_effet_suit_une_transition(app: Any) -> None:
    actes = {(m.nom, acte) for m in MACHINES.values() for acte in m.declencheurs()}
    assert set(transition.EFFETS) <= actes
    assert {acte.split(".", 1)[0] for acte in transition.INVISIBLES_PORTEUR} <= set(MACHINES)
    assert {tuple(acte.split(".", 1)) for acte in transition.INVISIBLES_PORTEUR} <= actes
