"""Random lives of one aid, act by act, beside a ledger kept by hand: they always say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from aap.domaine.erreurs import ErreurMetier
from aap.domaine.horloge import horloge_fixee
from aap.extensions import db
from aap.models import (
    Convention,
    Financement,
    Reversement,
    Tranche,
    TypeConvention,
    TypeVersement,
    Versement,
)
from aap.requetes.chemin_argent import chemin_de
from aap.requetes.comptes_argent import JUSTIFIEES, Vue, comptes, lignes_du_compte, sommes_de
from aap.requetes.finance import Filtres
from aap.requetes.invariants import INVARIANTS
from aap.requetes.soldes import reste_a_attribuer
from aap.services import avenant as avenants
from aap.services import bilan as bilans
from aap.services import convention as conventions
from aap.services import renoncement, versement
from aap.services import reversement as reversements
from aap.services.journal import verifier_journal
from aap.services.rejet_paiement import constater_rejet
from aap.services.tranche import abandonner_tranche, ajouter_versement
from tests.integration.test_avenants import ACTE, saisir
from tests.parcours.test_argent import (
    BILAN,
    PRINTEMPS,
    Monde,
    bilan_de,
    creer_monde,
    en_vigueur,
    notifier,
    remplir,
)
from workflows.financement import EtatFinancement as E
from workflows.versement import EtatVersement as V

VOTE, ENVELOPPE = 9_999_99, 14_000_00
PAYE_LE = date(2028, 3, 1)
EN_COURS = (V.PROPOSE, V.VALIDE, V.MANDATE)
CONTROLES = (
    "enveloppe.",
    "versement.",
    "tranche.",
    "avenant.",
    "financement.",
    "convention.",
    "bilan.",
    "reversement.",
)


@dataclass
class Livre:
    """What a careful person would write in a notebook, with additions only."""

    vote: int = VOTE
    ferme: int = VOTE  # amount of the tranche that pays, 0 when it was given up
    lignes: dict[int, list[Any]] = field(default_factory=dict)  # id -> [cents, state]
    demandes: dict[int, list[Any]] = field(default_factory=dict)  # id -> [cents, received?]
    renonce: bool = False
    acte: bool = True
    bilan: bool = False
    lache: bool = False  # money asked back, then given up: the line is justified

    def somme(self, *etats: V) -> int:
        return sum(montant for montant, etat in self.lignes.values() if etat in etats)

    @property
    def paye(self) -> int:
        return self.somme(V.PAYE)

    @property
    def reste(self) -> int:
        """Cents that one more payment may bear."""
        return self.ferme - sum(m for m, etat in self.lignes.values() if etat is not V.ANNULE)

    def tombe(self) -> None:
        """The act ends: what is neither paid nor being paid is cancelled."""
        for ligne in self.lignes.values():
            if ligne[1] in (V.PREVU, V.REJETE):
                ligne[1] = V.ANNULE
        if all(etat is V.ANNULE for _, etat in self.lignes.values()):
            self.ferme = 0

    def etats_possibles(self) -> set[E]:
        if self.renonce:
            return {E.RENONCE}
        if self.demandes:
            recus = all(recu for _, recu in self.demandes.values())
            return {E.REVERSE} if recus else {E.A_REVERSER}
        if not self.paye:
            return {E.ENGAGE}
        if self.lache:
            return {E.JUSTIFIE, E.CLOS}
        ouverte = E.VERSE if self.paye >= self.vote else E.VERSE_PARTIEL
        en_attente = any(etat not in (V.PAYE, V.ANNULE) for _, etat in self.lignes.values())
        return {ouverte, E.JUSTIFIE, E.CLOS} if self.bilan and not en_attente else {ouverte}


@dataclass
class Vie:
    """The world, its ledger, and the act that is done at each step."""

    m: Monde
    livre: Livre
    acte: Convention

    def versement(self, rang: int, *etats: V) -> Versement:
        """One of the payments that the act may concern; any of them when there is none."""
        tous = list(db.session.scalars(select(Versement).order_by(Versement.id)))
        bons = [v for v in tous if v.etat in etats] or tous
        return bons[rang % len(bons)]

    def passer(self, rang: int, service: Callable[..., Any], cible: V, *sources: V) -> None:
        v = self.versement(rang, *sources)
        assert self.livre.lignes[v.id][1] is v.etat
        service(v)
        assert self.livre.lignes[v.id][1] in sources, "un état que rien ne permet"
        self.livre.lignes[v.id][1] = cible

    def preparer(self, rang: int, _montant: int) -> None:
        """As far as the mandate, each step by whom it takes."""
        for geste in (self.proposer, self.valider, self.mandater):
            geste(rang, 0)

    def proposer(self, rang: int, _montant: int) -> None:
        self.passer(rang, lambda v: versement.proposer(self.m.anne, v), V.PROPOSE, V.PREVU)

    def valider(self, rang: int, _montant: int) -> None:
        self.passer(rang, lambda v: versement.valider(self.m.bruno, v), V.VALIDE, V.PROPOSE)

    def mandater(self, rang: int, _montant: int) -> None:
        self.passer(rang, lambda v: versement.mandater(self.m.anne, v, "M"), V.MANDATE, V.VALIDE)

    def payer(self, rang: int, _montant: int) -> None:
        self.passer(
            rang,
            lambda v: versement.constater_paiement(self.m.bruno, v, PAYE_LE),
            V.PAYE,
            V.MANDATE,
        )

    def verser(self, rang: int, _montant: int) -> None:
        self.preparer(rang, 0)
        self.payer(rang, 0)

    def payer_moins(self, rang: int, montant: int) -> None:
        v = self.versement(rang, V.MANDATE)
        versement.constater_paiement(self.m.bruno, v, PAYE_LE, montant, "Opposition")
        ligne = self.livre.lignes[v.id]
        assert ligne[1] is V.MANDATE and 0 < montant <= ligne[0]
        ligne[:] = [montant, V.PAYE]

    def rejeter(self, rang: int, _montant: int) -> None:
        self.passer(rang, lambda v: versement.rejeter(self.m.anne, v, "Non"), V.REJETE, *EN_COURS)

    def reprendre(self, rang: int, _montant: int) -> None:
        self.passer(rang, lambda v: versement.reprendre(self.m.anne, v), V.PREVU, V.REJETE)

    def revenir(self, rang: int, _montant: int) -> None:
        """The bank sends a payment back, while nothing is settled yet."""
        self.passer(
            rang, lambda v: constater_rejet(self.m.anne, v, "Compte clos"), V.REJETE, V.PAYE
        )
        assert not self.livre.demandes and not self.livre.lache

    def annuler(self, rang: int, _montant: int) -> None:
        sources = (V.PREVU, V.PROPOSE, V.VALIDE, V.REJETE)
        self.passer(rang, lambda v: versement.annuler(self.m.anne, v, "Non"), V.ANNULE, *sources)

    def ajouter(self, _rang: int, montant: int) -> None:
        tranche = self.acte.tranches[0]
        v = ajouter_versement(self.m.anne, tranche, TypeVersement.SOLDE, montant, PAYE_LE)
        assert montant <= self.livre.reste
        self.livre.lignes[v.id] = [montant, V.PREVU]

    def amender(self, _rang: int, montant: int) -> None:
        """Signed by both: the vote follows, what is paid or being paid does not move."""
        a = avenants.preparer_avenant(self.m.anne, self.acte, saisir((2027, montant), **ACTE))
        avenants.envoyer_a_la_signature(self.m.anne, a)
        avenants.signer_porteur(self.m.sam, a)
        avenants.signer_financeur(self.m.anne, a)
        livre = self.livre
        fixes = {c: list(x) for c, x in livre.lignes.items() if x[1] in (*EN_COURS, V.PAYE)}
        livre.vote = livre.ferme = montant
        tous = db.session.scalars(select(Versement).order_by(Versement.id))
        livre.lignes = {v.id: [v.montant, v.etat] for v in tous}
        assert {c: livre.lignes[c] for c in fixes} == fixes and livre.reste >= 0

    def resilier(self, _rang: int, _montant: int) -> None:
        conventions.resilier(self.m.anne, self.acte, "Action arrêtée")
        self.livre.acte = False
        self.livre.tombe()

    def abandonner(self, _rang: int, _montant: int) -> None:
        abandonner_tranche(self.m.anne, self.acte.tranches[0], "Exercice perdu")
        assert not self.livre.somme(*EN_COURS, V.PAYE)
        self.livre.tombe()

    def refaire(self, _rang: int, _montant: int) -> None:
        """A new act for the same aid, once the former one pays nothing any more."""
        self.acte = en_vigueur(self.m, type_acte=TypeConvention.ANNUELLE)
        assert not self.livre.ferme and not self.livre.renonce
        self.livre.acte, self.livre.ferme = True, self.livre.vote
        for v in self.acte.tranches[0].versements:
            self.livre.lignes[v.id] = [v.montant, v.etat]
        assert not self.livre.reste

    def renoncer(self, _rang: int, _montant: int) -> None:
        renoncement.renoncer_aide(self.m.sam, self.m.ligne, "Plus d’équipe")
        assert not self.livre.somme(*EN_COURS, V.PAYE)
        self.livre.renonce = True

    def rendre_bilan(self, rang: int, _montant: int) -> None:
        bilan = bilan_de(self.m, db.session)
        remplir(self.m, bilan, realise=(100, 60)[rang % 2])
        bilans.deposer_bilan(self.m.sam, bilan)
        reversements.valider_bilan(self.m.bruno, bilan)
        self.livre.bilan = True

    def justifier(self, _rang: int, _montant: int) -> None:
        reversements.justifier(self.m.anne, self.m.ligne, "Usage conforme")
        assert self.livre.bilan

    def reverser(self, rang: int, montant: int) -> None:
        bilan = bilan_de(self.m, db.session)
        if rang:  # most often a sum that was paid
            montant = 1 + montant % max(1, self.livre.paye)
        r = reversements.demander_reversement(self.m.anne, bilan, self.m.ligne, montant, "Trop")
        assert montant <= self.livre.paye - sum(x for x, _ in self.livre.demandes.values())
        self.livre.demandes[r.id] = [montant, False]

    def encaisser(self, _rang: int, _montant: int) -> None:
        r = next(iter(db.session.scalars(select(Reversement))))
        reversements.constater_reversement(self.m.anne, r, PAYE_LE, "T-1")
        self.livre.demandes[r.id][1] = True

    def lacher(self, _rang: int, _montant: int) -> None:
        r = next(iter(db.session.scalars(select(Reversement))))
        cle = r.id
        reversements.abandonner_reversement(self.m.anne, r, "Observations reçues")
        assert not self.livre.demandes.pop(cle)[1]
        self.livre.bilan = bilan_de(self.m, db.session).etat.value == "valide"
        self.livre.lache = True


GESTES = (
    *(nom for nom in vars(Vie) if nom[0] != "_" and nom not in ("versement", "passer")),
    *("verser", "verser", "verser", "preparer", "payer_moins", "ajouter", "amender"),
    *("rendre_bilan", "rendre_bilan", "reverser", "reverser", "encaisser", "lacher"),
)


def comparer(vie: Vie) -> None:
    """The ledger and the base, to the cent."""
    db.session.flush()
    livre, ligne = vie.livre, db.session.get_one(Financement, vie.m.ligne.id)
    tous = db.session.scalars(select(Versement))
    assert {v.id: [v.montant, v.etat] for v in tous} == livre.lignes
    assert versement.verse(ligne) == livre.paye <= livre.vote == ligne.montant_vote
    assert ligne.etat in livre.etats_possibles()
    fermes = db.session.scalars(select(Tranche).where(Tranche.financement_id == ligne.id))
    assert sum(t.montant for t in fermes if t.etat.value in ("ferme", "close")) == livre.ferme
    pris = 0 if livre.renonce else livre.vote
    assert reste_a_attribuer(vie.m.enveloppe) == ENVELOPPE - pris >= 0
    recus = db.session.scalars(select(Reversement))
    assert {r.id: [r.montant, r.recu_le is not None] for r in recus} == livre.demandes


def comparer_les_comptes(vie: Vie) -> None:
    """What the finance page adds up, whatever it groups by, and what the page of the line says."""
    livre, ligne = vie.livre, db.session.get_one(Financement, vie.m.ligne.id)
    encaisse = sum(m for m, recu in livre.demandes.values() if recu)
    attendu = {
        "vote": 0 if livre.renonce else livre.vote,
        "engage": livre.ferme,
        "paye": livre.paye,
        "justifie": livre.paye - encaisse if ligne.etat in JUSTIFIEES else 0,
        "a_recuperer": sum(m for m, recu in livre.demandes.values() if not recu),
    }
    assert {nom: getattr(sommes_de(ligne), nom) for nom in attendu} == attendu
    toutes = {tuple(comptes(vie.m.anne, Filtres(), vue).sommes) for vue in Vue}
    assert len(toutes) == 1
    for vue in Vue:
        page = comptes(vie.m.anne, Filtres(), vue)
        assert tuple(map(sum, zip(*(g.sommes for g in page.groupes), strict=True))) == page.sommes
        for g in page.groupes:
            assert lignes_du_compte(vie.m.anne, Filtres(), vue, g.cle).sommes == g.sommes
    pas = chemin_de(ligne, "Arrêté")
    for nom, titre in (("engage", "Engagé"), ("paye", "Payé"), ("a_recuperer", "À récupérer")):
        assert sum(p.montant for p in pas if p.titre == titre) == attendu[nom]


def payer_tout(vie: Vie) -> None:
    """What was ordered can always be recorded as paid, whatever came in between."""
    for v in db.session.scalars(select(Versement).where(Versement.etat == V.MANDATE)):
        vie.payer(0, 0)
        assert v.etat is V.PAYE
        comparer(vie)


def verifier() -> None:
    """What ``aap verifier`` says of all that carries money."""
    ecarts = [
        (code, e)
        for code, un in INVARIANTS.items()
        if code.startswith(CONTROLES)
        for e in un.controle(iter)
    ]
    assert ecarts == []


def _essayer(vie: Vie, geste: str, rang: int, montant: int) -> None:
    """One act in its savepoint: refused in words, it changes nothing anywhere."""
    avant = (vie.acte, vie.livre)
    vie.livre = Livre(**{c: _copie(x) for c, x in vars(vie.livre).items()})
    point = db.session.begin_nested()
    try:
        getattr(vie, geste)(rang, montant)
        point.commit()
    except (ErreurMetier, StopIteration):
        point.rollback()
        db.session.expire_all()
        vie.acte, vie.livre = avant


def _copie(valeur: Any) -> Any:
    return {c: list(x) for c, x in valeur.items()} if isinstance(valeur, dict) else valeur


@pytest.mark.une_base
def test_vies_au_hasard_et_grand_livre(session: Any) -> None:
    with horloge_fixee(PRINTEMPS):
        m = creer_monde(VOTE, enveloppe=ENVELOPPE)
        notifier(m, VOTE)
        acte = en_vigueur(m, type_acte=TypeConvention.ANNUELLE)
        session.commit()

    suites = st.lists(
        st.tuples(
            st.sampled_from(GESTES),
            st.integers(0, 5),
            st.one_of(st.integers(1, 15_000_00), st.sampled_from([1, 2_000_00, 8_000_00, VOTE])),
        ),
        max_size=18,
    )

    @settings(
        max_examples=80,
        phases=[Phase.generate, Phase.shrink],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(suites)
    def vivre(gestes: list[tuple[str, int, int]]) -> None:
        essai = session.begin_nested()
        lignes = {v.id: [v.montant, v.etat] for v in session.scalars(select(Versement))}
        vie = Vie(m, Livre(lignes=lignes), session.get_one(Convention, acte.id))
        try:
            for geste, rang, montant in gestes:
                _essayer(vie, geste, rang, montant)
                comparer(vie)
            payer_tout(vie)
            comparer_les_comptes(vie)
            verifier()
            assert verifier_journal()[1] is None
        finally:
            essai.rollback()
            session.expire_all()

    with horloge_fixee(BILAN):
        vivre()
