"""The whole dossier as a document, from its frozen content alone: what was signed.

A content frozen before the format 2 lacks some boxes: they are left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from aap.documents.budget_compte import (
    ORIGINES_COURTES,
    LigneLue,
    budget_fige,
    budget_lu,
    plan_fige,
)
from aap.documents.depuis_dossier import (
    cartouche_de,
    pieces_du_depot,
    qualite_signataire,
    territoire_de,
)
from aap.documents.donnees import (
    Action,
    Beneficiaire,
    Budget,
    Indicateur,
    MontantFinanceur,
    Rubrique,
    Signataire,
)
from aap.documents.donnees_cerfa import AidePassee, BudgetDate, DonneesDossier, LignePersonnes
from aap.documents.dossier import produire
from aap.documents.mentions import compte as compte_bancaire
from aap.domaine.budget import PlanComptable, plan_au
from aap.domaine.calendrier import date_longue
from aap.domaine.cerfa import (
    IDENTITE,
    MOYENS_HUMAINS,
    RELATIONS_ADMINISTRATION,
    RELATIONS_ASSOCIATIONS,
)
from aap.domaine.horloge import a_paris
from aap.domaine.identifiants import afficher_siret
from aap.domaine.montants import en_euros
from aap.domaine.questionnaire import (
    Profil,
    lire_jour,
    lisible,
    questions_pour,
    sections_lues,
)
from aap.domaine.questionnaire_types import PERSONNES
from aap.models import Depot, Dossier, FormeJuridique
from aap.models.types import Json
from aap.requetes.versions import noms_du_contrat

Noms = Mapping[tuple[str, str], str]
ATTESTATIONS = ("aides_publiques", "exactitude")
# Words of the questions before a content kept its own: what was signed then.
LIBELLES_ANCIENS = {
    "exactitude": "Les informations du dossier sont exactes et l’organisme est à jour de ses "
    "obligations sociales et fiscales",
}
EN_TABLEAU = frozenset(x for code, _ in PERSONNES for x in (code, f"{code}_etpt"))


def donnees_dossier(dossier: Dossier, contenu: Json, depot: Depot | None = None) -> DonneesDossier:
    """Data of the CERFA 12156*06 for this content; ``depot``: the deposit that froze it."""
    lu = _Lecture(dossier, contenu)
    return DonneesDossier(
        territoire=territoire_de(dossier.campagne),
        cartouche=cartouche_de(dossier, dossier.reference, depot.sha256 if depot else ""),
        action=lu.action(),
        beneficiaire=lu.beneficiaire(),
        entete=lu.entete(),
        identification=lu.identification(),
        relations=lu.identite(RELATIONS_ADMINISTRATION),
        reseaux=lu.identite(RELATIONS_ASSOCIATIONS),
        moyens=lu.identite(MOYENS_HUMAINS),
        budget_organisme=lu.budget_organisme(),
        comptes=lu.comptes(),
        projet=lu.projet(),
        personnes=lu.personnes(),
        indicateurs=tuple(Indicateur(*i[:3]) for i in contenu.get("indicateurs", [])),
        budget=lu.budget(1),
        budgets_suivants=lu.budgets_suivants(),
        montants=lu.montants(),
        aides_passees=tuple(AidePassee(*x) for x in contenu.get("aides_passees", [])),
        attestations=lu.attestations(),
        pieces=pieces_du_depot(lu.contenu),
        signataire=_signataire(lu, depot),
        depose_le=depot.depose_le if depot else None,
    )


def pdf_dossier(dossier: Dossier, contenu: Json, depot: Depot | None = None) -> bytes:
    """The dossier in the order of the CERFA; ``depot`` None: a draft of the moment."""
    return produire(donnees_dossier(dossier, contenu, depot))


def _signataire(lu: _Lecture, depot: Depot | None) -> Signataire | None:
    if depot is None:
        return None
    return Signataire(
        depot.depose_par.nom_complet,
        qualite_signataire(depot),
        pour=lu.organisme.get("nom", ""),
        signe_le=depot.depose_le,
        preuve=depot.sha256[:16],
    )


def _jour(texte: Any) -> str:
    """« 14 mars 2027 » from « 2027-03-14 » (or as typed when it is no day)."""
    try:
        return date_longue(lire_jour(str(texte or "").strip()))
    except ValueError:
        return str(texte or "")


class _Lecture:
    """One frozen content and the names behind its codes."""

    def __init__(self, dossier: Dossier, contenu: Json) -> None:
        self.dossier = dossier
        self.contenu = contenu
        self.organisme: Json = contenu.get("organisme", {})
        self.reponses: dict[str, str] = contenu.get("reponses", {})
        self.recent = "format" in contenu
        self.noms = self._noms()
        self.plan: PlanComptable = plan_fige(
            contenu.get("plan"), plan_au(a_paris(dossier.campagne.ouverture_le).date())
        )
        appel = contenu.get("appel") or {}
        self.exercice: int = appel.get("exercice", dossier.campagne.exercice)
        self.appel: str = appel.get("nom", dossier.campagne.nom)
        self.annees: int = contenu.get("annees") or max(
            [x[0] for x in contenu.get("budget", [])], default=1
        )

    def _noms(self) -> Noms:
        figes = self.contenu.get("noms")
        if figes is None:
            return noms_du_contrat(self.dossier)
        return {(genre, code): nom for genre, d in figes.items() for code, nom in d.items()}

    def nom(self, genre: str, code: str) -> str:
        return self.noms.get((genre, code), code)

    # --- who asks ---------------------------------------------------------------
    def beneficiaire(self) -> Beneficiaire:
        o = self.organisme
        return Beneficiaire(nom=o.get("nom", ""), sigle=o.get("sigle") or "", forme=o["forme"])

    def identification(self) -> tuple[tuple[str, str], ...]:
        o, identite = self.organisme, self.organisme.get("identite") or {}
        adresse = [x or "" for x in o.get("adresse", [])] + ["", "", ""]
        representant = [x for x in o.get("representant", []) if x]
        couples = [
            ("Nom", o.get("nom", "")),
            ("Sigle", o.get("sigle")),
            ("Forme juridique", FormeJuridique(o["forme"]).libelle),
            ("Objet", o.get("objet")),
            ("SIRET", afficher_siret(o["siret"]) if o.get("siret") else ""),
            ("RNA", o.get("rna")),
            ("Date de création", _jour(o.get("date_creation"))),
            (IDENTITE["date_jo"], _jour(identite.get("date_jo"))),
            (IDENTITE["site"], identite.get("site")),
            ("Adresse du siège", f"{adresse[0]}\n{adresse[1]} {adresse[2]}".strip()),
            (IDENTITE["adresse_gestion"], identite.get("adresse_gestion")),
            ("Courriel", o.get("courriel")),
            ("Téléphone", o.get("telephone")),
            ("Représentant légal", ", ".join(representant)),
            *((IDENTITE[c], identite.get(c)) for c in IDENTITE if c.startswith("representant_")),
            *((IDENTITE[c], identite.get(c)) for c in IDENTITE if c.startswith("charge_")),
        ]
        return self._boites(couples)

    def identite(self, champs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        identite = self.organisme.get("identite") or {}
        return self._boites([(mot, _en_mots(c, identite.get(c))) for c, mot in champs])

    def _boites(self, couples: Sequence[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
        """Every box of the form; of an older content, those it holds."""
        lues = [(mot, "" if v is None else str(v)) for mot, v in couples]
        return tuple((mot, v) for mot, v in lues if v or self.recent)

    def comptes(self) -> tuple[tuple[str, str], ...]:
        """What the record says of the exercice; nothing for an older content."""
        o = self.organisme
        if "fin_exercice_mois" not in o:
            return ()
        montants = [
            (mot, en_euros(o[c]) if o.get(c) is not None else "")
            for c, mot in (("budget_annuel", "Budget annuel"), ("tresorerie", "Trésorerie"))
        ]
        return (("Exercice comptable", self._exercice_comptable(self.exercice)), *montants)

    def _exercice_comptable(self, annee: int) -> str:
        """« du 1er janvier au 31 décembre 2027 »: the exercice that ends in ``annee``."""
        fin_mois = int(self.organisme.get("fin_exercice_mois") or 12)
        fin = date(annee + fin_mois // 12, fin_mois % 12 + 1, 1) - timedelta(days=1)
        debut = date(annee - 1 + fin_mois // 12, fin_mois % 12 + 1, 1)
        return f"du {date_longue(debut)} au {date_longue(fin)}"

    def budget_organisme(self) -> BudgetDate | None:
        fige = self.contenu.get("budget_organisme")
        if not fige:
            return None
        plan = plan_au(date(fige["exercice"], 1, 1))
        lignes = [LigneLue(cote, compte, montant) for cote, compte, montant in fige["lignes"]]
        return BudgetDate(
            f"Exercice {self._exercice_comptable(fige['exercice'])}", budget_lu(plan, lignes)
        )

    # --- what is asked ----------------------------------------------------------
    def action(self) -> Action:
        r = self.reponses
        periode = ""
        if r.get("date_debut") and r.get("date_fin"):
            periode = f"du {_jour(r['date_debut'])} au {_jour(r['date_fin'])}"
        orientation = self.contenu.get("orientation")
        return Action(
            numero=self.dossier.numero or "brouillon",
            intitule=r.get("intitule") or "Sans titre",
            campagne=self.appel,
            exercice=self.exercice,
            orientation=self.nom("orientation", orientation) if orientation else "",
            periode=periode,
            quartiers=tuple(self.nom("quartier", code) for code, _ in self.contenu["quartiers"]),
        )

    def entete(self) -> tuple[tuple[str, str], ...]:
        """The boxes on top of the CERFA."""
        frequence = {"premiere": "Première demande", "renouvellement": "Renouvellement"}
        fonctionnement = self.contenu["type"] == "fonctionnement"
        pluriannuelle = (
            f"Pluriannuelle\u00a0: exercices {self.exercice} à {self.exercice + self.annees - 1}"
        )
        couples = [
            ("Forme", "Subvention en numéraire"),
            ("Fréquence", frequence.get(self.reponses.get("renouvellement", ""), "")),
            ("Objet", "Fonctionnement global" if fonctionnement else "Projet ou action"),
            ("Période", pluriannuelle if self.annees > 1 else "Annuelle ou ponctuelle"),
            ("Adressée à", ", ".join(dict.fromkeys(m.financeur for m in self.montants()))),
            ("Politique de la ville", "Oui"),
        ]
        if self.contenu.get("cpo"):
            couples.append(("Suite de la convention pluriannuelle", str(self.contenu["cpo"])))
        return tuple((mot, v) for mot, v in couples if v)

    def montants(self) -> tuple[MontantFinanceur, ...]:
        """What is asked of each funder; never what is decided."""
        return tuple(
            MontantFinanceur(self.nom("financeur", code), montant, precision=_origine(origine))
            for code, origine, montant in self.contenu.get("financements", [])
        )

    def projet(self) -> tuple[Rubrique, ...]:
        rubriques = [
            Rubrique(libelle, texte)
            for code, libelle, texte in self._questions()
            if code not in EN_TABLEAU and code not in ATTESTATIONS
        ]
        objectifs = [f"– {c} {self.nom('objectif', c)}" for c in self.contenu.get("objectifs", [])]
        locaux = [f"– {texte}" for texte in self.contenu.get("objectifs_locaux", [])]
        parts = [
            f"– {self.nom('quartier', code)}"
            + (f", {part}\u00a0% du public" if part is not None else "")
            for code, part in self.contenu["quartiers"]
        ]
        for titre, lignes in (
            ("Quartiers", parts),
            ("Objectifs du contrat de ville", objectifs),
            ("Objectifs locaux des quartiers", locaux),
        ):
            if lignes:
                rubriques.append(Rubrique(titre, "\n".join(lignes)))
        return tuple(rubriques)

    def _questions(self) -> list[tuple[str, str, str]]:
        """(code, words of the question, answer as it is read) in the order of the form."""
        figees = self.contenu.get("questions")
        if figees is not None:
            return [(code, libelle, texte) for _, code, libelle, texte in figees]
        profil = Profil(self.contenu["type"], annees=self.annees, pluriannuel=self.annees > 1)
        return [
            (q.code, LIBELLES_ANCIENS.get(q.code, q.libelle), lisible(q, self.reponses[q.code]))
            for section in sections_lues(profil)
            for q in questions_pour(section, profil)
            if self.reponses.get(q.code)
        ]

    def personnes(self) -> tuple[LignePersonnes, ...]:
        r = self.reponses
        return tuple(
            LignePersonnes(mot, r.get(code, ""), r.get(f"{code}_etpt", ""))
            for code, mot in PERSONNES
            if self.recent or r.get(code)
        )

    # --- money ------------------------------------------------------------------
    def budget(self, annee: int) -> Budget:
        return budget_fige(self.plan, self.contenu.get("budget", []), annee)

    def budgets_suivants(self) -> tuple[BudgetDate, ...]:
        return tuple(
            BudgetDate(f"Exercice {self.exercice + annee - 1}", self.budget(annee))
            for annee in range(2, self.annees + 1)
        )

    def attestations(self) -> tuple[str, ...]:
        textes = {code: (libelle, texte) for code, libelle, texte in self._questions()}
        phrases = [
            f"{textes[code][0]}\u00a0: {textes[code][1]}" for code in ATTESTATIONS if code in textes
        ]
        phrases += self._attestations_association()
        demande = sum(m.demande for m in self.montants())
        suite = self.annees - 1
        annees = "".join(f", {self.exercice + i}" for i in range(1, suite + 1))
        phrases.append(
            f"Il est demandé une subvention de {en_euros(demande)} au titre de l’exercice "
            f"{self.exercice}"
            + (f" ; l’aide est aussi demandée pour{annees[1:]}." if annees else ".")
        )
        if self.organisme.get("compte"):
            titulaire, iban, bic = self.organisme["compte"]
            lu = compte_bancaire(titulaire, iban, bic or "").replace("\n", ", ")
            phrases.append(f"Elle sera versée au compte bancaire de l’organisme\u00a0: {lu}.")
        return tuple(phrases)

    def _attestations_association(self) -> list[str]:
        if not FormeJuridique(self.organisme["forme"]).signe_le_cer:
            return []
        signe = self.organisme.get("engagement")
        quand = f" Texte signé le {_jour(signe[1])}." if signe else ""
        phrases = [
            "L’organisme souscrit au contrat d’engagement républicain (décret n° 2021-1947)."
            + quand
        ]
        if self.recent:
            phrases.append(
                "L’organisme respecte les principes et les valeurs de la Charte des engagements "
                "réciproques du 14 février 2014."
            )
        return phrases


def _origine(origine: str) -> str:
    return ORIGINES_COURTES.get(origine, origine)


def _en_mots(champ: str, valeur: Any) -> Any:
    if champ in ("rup", "impots_commerciaux"):
        return {"oui": "Oui", "non": "Non"}.get(str(valeur), valeur)
    return _jour(valeur) if champ.startswith("date_") else valeur
