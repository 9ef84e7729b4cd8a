"""The calls of the story: last year's, this year's, two open ones, next year's."""

from __future__ import annotations

from datetime import timedelta

from aap.demo.monde import Monde
from aap.domaine.horloge import horloge_fixee
from aap.models import Campagne, Enveloppe, TypeCampagne
from aap.services.campagne import (
    DonneesCampagne,
    Priorite,
    choisir_grille,
    creer_campagne,
    fixer_priorites,
)
from aap.services.campagne_etapes import declarer_prete
from aap.services.campagne_horloge import faire_a_l_heure
from aap.services.enveloppe import DonneesEnveloppe, creer_enveloppe
from aap.services.grille import creer_grille_par_defaut

# euros, by funder code (communes: see COMMUNE)
MONTANTS = {
    "etat-147-94": 1_150_000,
    "etat-147-91": 380_000,
    "ept-gosb": 210_000,
    "cd-94": 260_000,
    "cd-91": 150_000,
    "caf-94": 190_000,
    "cpam-94": 60_000,
    "ars-idf": 120_000,
    "drac-idf": 50_000,
    "valophis": 60_000,
    "icf-la-sabliere": 30_000,
    "paris-habitat": 30_000,
}
COMMUNE = 85_000
CADRAGE = (
    "Les actions doivent répondre aux objectifs du contrat de ville et aux besoins écrits dans les "
    "fiches des quartiers. Sont attendues en priorité : la réussite éducative, l’emploi et "
    "l’égalité entre les femmes et les hommes. Le droit commun est sollicité d’abord. Les "
    "associations de proximité peuvent demander une convention de plusieurs années."
)
POIDS = {"O1": 4, "O5": 4, "O7": 3, "O2": 3, "O4": 3, "O3": 2, "O6": 2, "OT": 2}


def ouvrir_campagne(
    monde: Monde,
    nom: str,
    genre: TypeCampagne,
    exercice: int,
    ouverture: float,
    cloture: float,
) -> Campagne:
    """A call prepared by the coordination, then opened by the clock.

    ``ouverture`` and ``cloture`` are days before now (negative: in the future).
    """
    with monde.le(max(ouverture + 25, 1)):
        campagne = _preparer(monde, nom, genre, exercice, ouverture, cloture)
    if ouverture > 0:
        with horloge_fixee(campagne.ouverture_le + timedelta(minutes=1)):
            faire_a_l_heure()
    return campagne


def _preparer(
    monde: Monde,
    nom: str,
    genre: TypeCampagne,
    exercice: int,
    ouverture: float,
    cloture: float,
) -> Campagne:
    acteur = monde.acteur("coordination")
    minuit = monde.debut.replace(hour=8, minute=0, second=0, microsecond=0)
    campagne = creer_campagne(
        acteur,
        monde.contrat,
        DonneesCampagne(
            nom=nom,
            type=genre,
            exercice=exercice,
            ouverture_le=minuit - timedelta(days=ouverture),
            cloture_le=minuit.replace(hour=17) - timedelta(days=cloture),
            grace_minutes=60,
            service="Direction de la politique de la ville",
            contact="politique.ville@demo.example.org",
            note_cadrage=CADRAGE,
        ),
    )
    priorites = {o.id: Priorite(POIDS.get(o.code, 2)) for o in monde.contrat.orientations}
    fixer_priorites(acteur, campagne, priorites)
    choisir_grille(acteur, campagne, creer_grille_par_defaut(acteur, monde.contrat))
    doter(monde, campagne)
    declarer_prete(acteur, campagne)
    return campagne


def doter(monde: Monde, campagne: Campagne) -> None:
    """One enveloppe per funder; the State of the Val-de-Marne delegates two parts of its own."""
    if campagne.type is TypeCampagne.FPCC:
        _enveloppe(monde, campagne, "etat-147-91", 30_000, "Fonds participatif")
        return
    reduit = 1 if campagne.type is TypeCampagne.AAP_ANNUEL else 4
    for code in sorted(monde.financeurs):
        montant = MONTANTS.get(code, COMMUNE) // reduit
        ligne = "Programme 147" if code.startswith("etat") else "Crédits"
        mere = _enveloppe(monde, campagne, code, montant, ligne)
        if code == "etat-147-94" and reduit == 1:
            _enveloppe(monde, campagne, code, 90_000, "Réussite éducative", mere)
            _enveloppe(monde, campagne, code, 60_000, "Adultes-relais", mere)


def _enveloppe(
    monde: Monde,
    campagne: Campagne,
    financeur: str,
    euros: int,
    libelle: str,
    parent: Enveloppe | None = None,
) -> Enveloppe:
    f = monde.financeurs[financeur]
    suffixe = f"-{libelle.split()[0].lower()}" if parent else ""
    return creer_enveloppe(
        monde.acteur("coordination"),
        campagne,
        DonneesEnveloppe(
            code=f"{financeur}{suffixe}",
            libelle=libelle if parent else f"{libelle} {campagne.exercice}",
            financeur_id=f.id,
            parent_id=parent.id if parent else None,
            montant=euros * 100,
            programme="147" if financeur.startswith("etat") else "",
            departement=f.departement if f.type.value in ("etat", "departement") else None,
            communes=frozenset({f.commune_id} if f.commune_id else ()),
        ),
    )
