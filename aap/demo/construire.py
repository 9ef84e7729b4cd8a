"""Build the whole demonstration: about 230 dossiers at every stage, by the services.

Deterministic for a seed and a day; everything is dated back from now, so that the story is
always fresh. Each dossier is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from tqdm import tqdm

from aap.demo.campagnes import ouvrir_campagne
from aap.demo.circonstances import motiver
from aap.demo.coffre import IDENTITE, remplir_coffres
from aap.demo.ecriture import ecrire, imaginer
from aap.demo.liasses import remettre
from aap.demo.modeles import ecrire_un_modele
from aap.demo.monde import Monde, exercice_courant, ouvrir_monde, peupler
from aap.demo.noms import organismes as inventer_organismes
from aap.demo.noms import personne
from aap.demo.papiers import signer_des_papiers
from aap.demo.recours import contester
from aap.demo.revisions import reviser_budgets
from aap.demo.scenarios import proposer_scenarios
from aap.demo.suites import achever, annee_en_cours, annee_passee, fonds_participatif
from aap.extensions import db
from aap.models import (
    Campagne,
    Dossier,
    Organisme,
    Quartier,
    RoleMembre,
    TypeCampagne,
    Utilisateur,
)
from aap.permissions import charger_acteur
from aap.requetes.campagne_ouverte import types_permis
from aap.services.membre import inviter_membre
from aap.services.organisme import (
    DonneesOrganisme,
    creer_organisme,
    enregistrer_rib,
    signer_cer,
)

T = TypeVar("T")
NOMBRE_ORGANISMES = 90
ORDINAIRES = frozenset({"action", "fonctionnement", "adulte_relais"})


@dataclass
class Chantier:
    """What the builders pass along: the world, the porteurs and where they live."""

    monde: Monde
    organismes: list[Organisme] = field(default_factory=list)
    chez: dict[int, Quartier] = field(default_factory=dict)
    muet: bool = False
    pour_cent: int = 100

    def nombre(self, entier: int) -> int:
        """A number of the full demonstration, at the scale asked for."""
        return max(1, entier * self.pour_cent // 100)

    def suivre(self, elements: Sequence[T], titre: str) -> Iterable[T]:
        """A progress bar in a terminal, silence in tests."""
        return tqdm(elements, desc=titre, unit="", disable=self.muet, leave=True, ncols=78)


def construire(graine: int = 2030, *, muet: bool = False, pour_cent: int = 100) -> Monde:
    """Fill an empty, migrated database where the contract is loaded; commits as it goes.

    ``pour_cent``: scale of the numbers of organisations and dossiers (tests use a small one).
    """
    monde = ouvrir_monde(graine)
    chantier = Chantier(monde, muet=muet, pour_cent=pour_cent)
    with monde.le(1100):
        peupler(monde)
    db.session.commit()
    _fonder(chantier)
    remplir_coffres(monde, chantier.organismes)
    ecrire_un_modele(monde, "etat-147-94")
    y = exercice_courant()
    annuel = TypeCampagne.AAP_ANNUEL
    passee = _campagne(chantier, f"Appel à projets {y - 1}", annuel, y - 1, 620, 560)
    anciens = _ecrire_tout(chantier, passee, 72, 600, ORDINAIRES | {"pre"})
    annee_passee(chantier.monde, passee, anciens, chantier.suivre)
    courante = _campagne(chantier, f"Appel à projets {y}", annuel, y, 150, 95)
    precedents = {d.organisme_id: d for d in anciens}
    nouveaux = _ecrire_tout(chantier, courante, 104, 130, ORDINAIRES | {"pre"}, precedents)
    annee_en_cours(chantier.monde, courante, nouveaux, chantier.suivre)
    contester(monde, courante)
    with monde.le(3):
        reviser_budgets(monde, courante)
    with monde.le(2):
        proposer_scenarios(monde, courante)
        signer_des_papiers(monde, "etat-147-94")
    for payeur in ("etat-147-94", "cd-94"):
        remettre(monde, payeur)
        motiver(monde, payeur)
    _appels_ouverts(chantier, y)
    achever(monde)
    db.session.commit()
    return monde


def _campagne(
    chantier: Chantier, nom: str, genre: TypeCampagne, exercice: int, ouverture: float, fin: float
) -> Campagne:
    campagne = ouvrir_campagne(chantier.monde, nom, genre, exercice, ouverture, fin)
    db.session.commit()
    return campagne


def _fonder(chantier: Chantier) -> None:
    """Ninety invented organisations, each at home in one quartier."""
    monde = chantier.monde
    nombre = max(len(monde.quartiers), chantier.nombre(NOMBRE_ORGANISMES))
    inventes = inventer_organismes(monde.hasard, nombre)
    for rang, invente in enumerate(chantier.suivre(inventes, "Organismes")):
        quartier = monde.quartiers[rang % len(monde.quartiers)]
        prenom, nom = personne(monde.hasard)
        with monde.le(1000 - rang * 3):
            cle = "porteur" if rang == 0 else f"porteur.{rang}"
            monde.creer(
                cle,
                prenom,
                nom,
                role="porteur" if rang == 0 else "",
                description="Présidente d’association : rédige, signe, transmet, rend le bilan",
            )
            acteur = monde.acteur(cle)
            ville = quartier.communes[0]
            organisme = creer_organisme(
                acteur,
                DonneesOrganisme(
                    nom=invente.nom,
                    sigle=invente.sigle,
                    forme=invente.forme,
                    siret=invente.siret,
                    rna=invente.rna,
                    adresse=f"{monde.hasard.randint(1, 80)} rue de la Fraternité",
                    code_postal=f"{quartier.departement}000",
                    ville=ville.nom,
                    courriel=f"contact{rang}@demo.example.org",
                    representant_nom=f"{prenom} {nom}",
                    representant_fonction="Présidence",
                    objet="Agir avec les habitants du quartier.",
                    budget_annuel=monde.hasard.randrange(40, 400) * 1000_00,
                    tresorerie=monde.hasard.randrange(5, 60) * 1000_00,
                    identite=dict(IDENTITE) if invente.forme.signe_le_cer else {},
                ),
            )
            organisme.fictif = True
            if organisme.forme.signe_le_cer:
                signer_cer(acteur, organisme)
            if rang % 15 != 14:
                enregistrer_rib(acteur, organisme, invente.iban, "", invente.nom)
            if rang == 0:
                _deuxieme_membre(monde, organisme)
        chantier.organismes.append(organisme)
        chantier.chez[organisme.id] = quartier
        db.session.commit()
    monde.oublier()


def _deuxieme_membre(monde: Monde, organisme: Organisme) -> None:
    """The second volunteer of the showcase organisation, who writes but does not sign."""
    monde.creer(
        "redaction",
        "Karim",
        "Benali",
        role="porteur",
        description="Bénévole de la même association : rédige, ne signe pas",
    )
    inviter_membre(
        monde.acteur("porteur"),
        organisme,
        monde.utilisateurs["redaction"].courriel,
        RoleMembre.REDACTEUR,
    )


def _autour(chantier: Chantier, organisme: Organisme) -> list[Quartier]:
    """The organisation's quartier and those of the same commune."""
    base = chantier.chez[organisme.id]
    communes = {c.id for c in base.communes}
    return [q for q in chantier.monde.quartiers if {c.id for c in q.communes} & communes]


def _ecrire_tout(
    chantier: Chantier,
    campagne: Campagne,
    nombre: int,
    jours: float,
    types: frozenset[str],
    precedents: dict[int, Dossier] | None = None,
    *,
    complet: Callable[[int], bool] = lambda _rang: True,
    filtre: Callable[[Quartier], bool] = lambda _q: True,
) -> list[Dossier]:
    """``nombre`` drafts; porteurs in turn, one of six asks twice."""
    monde = chantier.monde
    porteurs = [o for o in chantier.organismes if filtre(chantier.chez[o.id])]
    dossiers = []
    rangs = range(chantier.nombre(nombre))
    for rang in chantier.suivre(rangs, f"Dossiers {campagne.nom}"):
        organisme = porteurs[rang % len(porteurs)]
        permis = types
        if organisme.forme.value == "gip" and "pre" in types:
            permis = frozenset({"pre"})
        elif "pre" in types:
            permis = types - {"pre"}
        permis &= {t.value for t in types_permis(campagne, organisme)}
        if not permis:
            continue
        with monde.le(jours - (rang % 20)):
            projet = imaginer(
                monde.hasard,
                [q for q in _autour(chantier, organisme) if filtre(q)],
                permis,
                _orientation(rang, monde.hasard),
            )
            acteur = charger_acteur(_signataire(organisme))
            precedent = (precedents or {}).get(organisme.id)
            dossiers.append(
                ecrire(
                    acteur,
                    organisme,
                    campagne,
                    projet,
                    monde.financeurs,
                    monde.hasard,
                    precedent=precedent if precedent and rang < len(porteurs) else None,
                    complet=complet(rang),
                )
            )
        db.session.commit()
    return dossiers


def _orientation(rang: int, hasard: Random) -> str | None:
    """Every orientation is served; then chance."""
    codes = ("O1", "O5", "O7", "O2", "O4", "O3", "O6", "OT")
    return codes[rang % len(codes)] if rang < 40 else hasard.choice(codes)


def _signataire(organisme: Organisme) -> Utilisateur:
    return next(m for m in organisme.membres if m.role is RoleMembre.SIGNATAIRE).utilisateur


def _appels_ouverts(chantier: Chantier, y: int) -> None:
    """Two calls to answer now, one of them the Essonne micro-projects, and next year's."""
    fil = _campagne(chantier, f"Appel au fil de l’eau {y}", TypeCampagne.FIL_DE_L_EAU, y, 30, -21)
    _ecrire_tout(chantier, fil, 34, 24, ORDINAIRES, complet=lambda rang: rang % 3 != 2)
    fpcc = _campagne(
        chantier, f"Fonds participatif des conseils citoyens {y}", TypeCampagne.FPCC, y, 45, -15
    )
    micro = _ecrire_tout(
        chantier,
        fpcc,
        18,
        40,
        frozenset({"micro_projet"}),
        filtre=lambda q: q.departement == "91",
    )
    fonds_participatif(chantier.monde, micro)
    _campagne(chantier, f"Appel à projets {y + 1}", TypeCampagne.AAP_ANNUEL, y + 1, -35, -80)
