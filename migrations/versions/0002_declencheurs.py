"""Triggers: no enveloppe is ever exceeded, the journal and the depots never change.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SANS_CREDIT = "('non_recevable','refuse','ajourne','renonce')"


def _retenu(a: str) -> str:
    """Cents that a line draws (same rule as Financement.montant_retenu)."""
    return (
        f"CASE WHEN {a}.etat IN {SANS_CREDIT} THEN 0"
        f" ELSE COALESCE({a}.montant_vote, {a}.montant_arbitre, 0) END"
    )


def _depasse_sqlite(enveloppe: str) -> str:
    return f"""
      SELECT RAISE(ABORT, 'enveloppe_depassee')
      FROM enveloppe e WHERE e.id = {enveloppe} AND e.montant <
        (SELECT COALESCE(SUM({_retenu("f")}), 0) FROM financement f WHERE f.enveloppe_id = e.id)
        + (SELECT COALESCE(SUM(c.montant), 0) FROM enveloppe c WHERE c.parent_id = e.id);
    """


SQLITE = [
    f"""CREATE TRIGGER financement_enveloppe_ai AFTER INSERT ON financement
      WHEN NEW.enveloppe_id IS NOT NULL BEGIN {_depasse_sqlite("NEW.enveloppe_id")} END""",
    f"""CREATE TRIGGER financement_enveloppe_au
      AFTER UPDATE OF etat, enveloppe_id, montant_arbitre, montant_vote ON financement
      WHEN NEW.enveloppe_id IS NOT NULL BEGIN {_depasse_sqlite("NEW.enveloppe_id")} END""",
    f"""CREATE TRIGGER enveloppe_arbre_ai AFTER INSERT ON enveloppe
      WHEN NEW.parent_id IS NOT NULL BEGIN {_depasse_sqlite("NEW.parent_id")} END""",
    f"""CREATE TRIGGER enveloppe_arbre_au AFTER UPDATE OF montant, parent_id ON enveloppe
      BEGIN {_depasse_sqlite("NEW.id")} {_depasse_sqlite("NEW.parent_id")} END""",
    """CREATE TRIGGER evenement_intouchable_bu BEFORE UPDATE ON evenement
      BEGIN SELECT RAISE(ABORT, 'journal_intouchable'); END""",
    """CREATE TRIGGER evenement_intouchable_bd BEFORE DELETE ON evenement
      BEGIN SELECT RAISE(ABORT, 'journal_intouchable'); END""",
    """CREATE TRIGGER depot_intouchable_bu
      BEFORE UPDATE OF dossier_id, numero_depot, contenu, sha256, depose_le, depose_par_id ON depot
      BEGIN SELECT RAISE(ABORT, 'depot_intouchable'); END""",
    """CREATE TRIGGER depot_intouchable_bd BEFORE DELETE ON depot
      BEGIN SELECT RAISE(ABORT, 'depot_intouchable'); END""",
]
NOMS_SQLITE = [ordre.split()[2] for ordre in SQLITE]

# FOR NO KEY UPDATE: the foreign-key check of a line already holds FOR KEY SHARE on the
# enveloppe; FOR UPDATE would make two writers wait for each other.
POSTGRESQL = [
    f"""CREATE FUNCTION aap_verifier_enveloppe(cible integer) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      plafond bigint;
      pris bigint;
    BEGIN
      IF cible IS NULL THEN RETURN; END IF;
      SELECT montant INTO plafond FROM enveloppe WHERE id = cible FOR NO KEY UPDATE;
      SELECT COALESCE(SUM({_retenu("f")}), 0) INTO pris
        FROM financement f WHERE f.enveloppe_id = cible;
      pris := pris
        + (SELECT COALESCE(SUM(c.montant), 0) FROM enveloppe c WHERE c.parent_id = cible);
      IF pris > plafond THEN
        RAISE EXCEPTION 'enveloppe_depassee' USING ERRCODE = 'check_violation';
      END IF;
    END $$""",
    """CREATE FUNCTION aap_financement_enveloppe() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM aap_verifier_enveloppe(NEW.enveloppe_id); RETURN NULL; END $$""",
    """CREATE FUNCTION aap_enveloppe_arbre() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM aap_verifier_enveloppe(NEW.parent_id);
      PERFORM aap_verifier_enveloppe(NEW.id);
      RETURN NULL;
    END $$""",
    """CREATE FUNCTION aap_intouchable() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
    END $$""",
    """CREATE TRIGGER financement_enveloppe
      AFTER INSERT OR UPDATE OF etat, enveloppe_id, montant_arbitre, montant_vote ON financement
      FOR EACH ROW WHEN (NEW.enveloppe_id IS NOT NULL)
      EXECUTE FUNCTION aap_financement_enveloppe()""",
    """CREATE TRIGGER enveloppe_arbre AFTER INSERT OR UPDATE OF montant, parent_id ON enveloppe
      FOR EACH ROW EXECUTE FUNCTION aap_enveloppe_arbre()""",
    """CREATE TRIGGER evenement_intouchable BEFORE UPDATE OR DELETE ON evenement
      FOR EACH ROW EXECUTE FUNCTION aap_intouchable('journal_intouchable')""",
    """CREATE TRIGGER depot_intouchable BEFORE DELETE
      OR UPDATE OF dossier_id, numero_depot, contenu, sha256, depose_le, depose_par_id ON depot
      FOR EACH ROW EXECUTE FUNCTION aap_intouchable('depot_intouchable')""",
]
RETRAIT_POSTGRESQL = [
    "DROP TRIGGER depot_intouchable ON depot",
    "DROP TRIGGER evenement_intouchable ON evenement",
    "DROP TRIGGER enveloppe_arbre ON enveloppe",
    "DROP TRIGGER financement_enveloppe ON financement",
    "DROP FUNCTION aap_intouchable()",
    "DROP FUNCTION aap_enveloppe_arbre()",
    "DROP FUNCTION aap_financement_enveloppe()",
    "DROP FUNCTION aap_verifier_enveloppe(integer)",
]


def upgrade() -> None:
    ordres = POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE
    for ordre in ordres:
        op.execute(ordre)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for ordre in RETRAIT_POSTGRESQL:
            op.execute(ordre)
        return
    for nom in NOMS_SQLITE:
        op.execute(f"DROP TRIGGER {nom}")
