"""What the budget page shows: accounts under their headings, aids asked, last year's figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aap.domaine.budget import Compte, Cote, PlanComptable, plan_au
from aap.domaine.horloge import a_paris
from aap.models import Dossier, Financement, LigneBudget
from aap.requetes.budget_precedent import Precedent, Repere
from aap.services.plan_financement import montant_ou_rien
from forms.budget import FormulaireBudget, LigneCompteForm

# Open on a page where nothing is written yet: what nearly every action has.
USUELS = frozenset({"60", "64", "74"})


@dataclass
class Rang:
    """One row to type in. ``groupes``: names of the live sums it counts in (totaux.js)."""

    compte: Compte
    form: LigneCompteForm
    groupes: str
    repere: Repere | None = None

    @property
    def texte(self) -> str:
        return str(self.form.saisie.data or "").strip()

    @property
    def montant(self) -> int:
        return montant_ou_rien(self.texte) or 0

    @property
    def faute(self) -> bool:
        return bool(self.texte) and montant_ou_rien(self.texte) is None

    @property
    def ecrite(self) -> bool:
        return bool(self.texte or self.form.libelle.data)

    @property
    def cle(self) -> str:
        return f"{self.compte.cote}:{self.compte.compte}"


@dataclass
class Aide:
    """A subsidy asked in this call: written on the page of the funders, shown here."""

    ligne: LigneBudget
    origine: str
    groupes: str
    repere: Repere | None = None

    @property
    def montant(self) -> int:
        return self.ligne.montant or 0


@dataclass
class Groupe:
    """Accounts under one heading, folded when nothing is written in them."""

    cle: str
    titre: str
    rangs: list[Rang] = field(default_factory=list)
    aides: list[Aide] = field(default_factory=list)
    ouvert: bool = False
    indirecte: bool = False

    @property
    def total(self) -> int:
        return sum(r.montant for r in self.rangs) + sum(a.montant for a in self.aides)

    @property
    def ecrit(self) -> bool:
        return bool(self.aides) or any(r.ecrite for r in self.rangs)


@dataclass
class Bloc:
    """One side of the table; ``total`` names its live sum (totaux.js)."""

    titre: str
    total: str
    cote: str
    contribution: bool
    groupes: list[Groupe] = field(default_factory=list)

    def groupe(self, plan: PlanComptable, compte: Compte) -> Groupe:
        titre = plan.bandeau(compte)
        trouve = next((g for g in self.groupes if g.titre == titre), None)
        if trouve is None:
            cle = f"{compte.cote}-{compte.groupe or compte.compte}"
            trouve = Groupe(cle, titre, indirecte=compte.indirecte)
            self.groupes.append(trouve)
        return trouve

    @property
    def somme(self) -> int:
        return sum(g.total for g in self.groupes)


BLOCS = (
    ("Charges", "charges", "charge", False),
    ("Produits", "produits", "produit", False),
    ("Emplois des contributions volontaires", "emplois", "charge", True),
    ("Contributions volontaires", "contributions", "produit", True),
)


def plan_du_dossier(dossier: Dossier) -> PlanComptable:
    """The chart in force on the day the call opens."""
    return plan_au(a_paris(dossier.campagne.ouverture_le).date())


def rangees(dossier: Dossier, plan: PlanComptable, ajout: str) -> list[dict[str, str]]:
    """Every account in the order of the chart: its typed lines, or an empty one."""
    typees: dict[tuple[str, str], list[dict[str, str]]] = {}
    for x in sorted(dossier.lignes, key=lambda x: x.rang):
        if x.annee == 1 and x.financement_id is None:
            typees.setdefault((x.cote.value, x.compte), []).append(_rangee(x))
    lignes = []
    for c in plan.comptes:
        if c.titre:
            continue
        vide = {"cote": c.cote, "compte": c.compte}
        lignes += typees.pop((c.cote, c.compte), [vide])
        if ajout == f"{c.cote}:{c.compte}":
            lignes.append(vide)
    return lignes + [ligne for reste in typees.values() for ligne in reste]


def _rangee(x: LigneBudget) -> dict[str, str]:
    return {
        "cote": x.cote.value,
        "compte": x.compte,
        "libelle": x.libelle,
        "saisie": x.saisie,
        "etat": x.etat_produit.value if x.etat_produit else "demande",
        "origine": x.origine.value if x.origine else "",
    }


def blocs(
    dossier: Dossier,
    plan: PlanComptable,
    form: FormulaireBudget,
    precedent: Precedent | None,
    ajout: str = "",
) -> list[Bloc]:
    """The rows of the form under their headings; the aids asked stand in account 74, read only."""
    cotes = [Bloc(*b) for b in BLOCS]
    for entree in form.lignes:
        compte = _compte(plan, str(entree.compte.data), str(entree.cote.data))
        bloc = next(
            b for b in cotes if b.cote == compte.cote and b.contribution == compte.contribution
        )
        _ranger(bloc, plan, compte, entree.form, precedent)
    for aide, compte in _aides(dossier, plan, precedent):
        groupe = cotes[1].groupe(plan, compte)
        aide.groupes = _sommes(cotes[1], groupe, compte)
        groupe.aides.append(aide)
    _ouvrir(cotes, ajout)
    return cotes


def _compte(plan: PlanComptable, code: str, cote_lue: str) -> Compte:
    """The account of a row; one that the chart does not know keeps its place apart."""
    cote: Cote = "produit" if cote_lue == "produit" else "charge"
    return plan.trouver(code, cote) or Compte(code[:20], "Compte inconnu", cote)


def _ranger(
    bloc: Bloc,
    plan: PlanComptable,
    compte: Compte,
    form: LigneCompteForm,
    precedent: Precedent | None,
) -> None:
    groupe = bloc.groupe(plan, compte)
    premier = not any(r.compte.compte == compte.compte for r in groupe.rangs)
    repere = precedent.compte(compte.cote, compte.compte) if precedent and premier else None
    groupe.rangs.append(Rang(compte, form, _sommes(bloc, groupe, compte), repere))


def _sommes(bloc: Bloc, groupe: Groupe, compte: Compte) -> str:
    noms = [bloc.total, f"g-{groupe.cle}"]
    noms += ["public"] if compte.public else []
    noms += ["indirectes"] if compte.indirecte else []
    return " ".join(noms)


def _aides(
    dossier: Dossier, plan: PlanComptable, precedent: Precedent | None
) -> Iterator[tuple[Aide, Compte]]:
    demandes: dict[int | None, Financement] = {f.id: f for f in dossier.financements}
    for x in dossier.lignes:
        f = demandes.get(x.financement_id) if x.financement_id is not None else None
        compte = plan.trouver(x.compte, "produit")
        if f is None or compte is None or x.annee != 1:
            continue
        repere = precedent.aide(f.financeur_id, f.origine.value) if precedent else None
        yield Aide(x, f.origine.libelle, "", repere), compte


def _ouvrir(cotes: Iterable[Bloc], ajout: str) -> None:
    """Headings where something is written, wrong or wanted; the usual ones on an empty page."""
    groupes = [g for b in cotes for g in b.groupes]
    vierge = not any(r.ecrite for g in groupes for r in g.rangs)
    for g in groupes:
        usuel = vierge and g.rangs and g.rangs[0].compte.groupe in USUELS
        g.ouvert = g.ecrit or bool(usuel) or any(r.cle == ajout for r in g.rangs)
