"""Grids: frozen by the database too, criteria kept for some funders; private notes of a funder.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _figee(*grilles: str) -> str:
    """SQL: is one of these grids frozen?"""
    return (
        f"EXISTS (SELECT 1 FROM grille g WHERE g.id IN ({', '.join(grilles)})"
        " AND g.figee_le IS NOT NULL)"
    )


SQLITE = {
    "critere_fige_bi": f"BEFORE INSERT ON critere WHEN {_figee('NEW.grille_id')}",
    "critere_fige_bu": f"BEFORE UPDATE ON critere WHEN {_figee('NEW.grille_id', 'OLD.grille_id')}",
    "critere_fige_bd": f"BEFORE DELETE ON critere WHEN {_figee('OLD.grille_id')}",
    "grille_figee_bu": "BEFORE UPDATE OF contrat_id, nom, numero_version, figee_le ON grille"
    " WHEN OLD.figee_le IS NOT NULL",
    "grille_figee_bd": "BEFORE DELETE ON grille WHEN OLD.figee_le IS NOT NULL",
}
POSTGRESQL = [
    f"""CREATE FUNCTION aap_critere_fige() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' AND {_figee("NEW.grille_id")}
        OR TG_OP <> 'INSERT' AND {_figee("OLD.grille_id")}
      THEN RAISE EXCEPTION 'grille_figee' USING ERRCODE = 'check_violation';
      END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER critere_fige BEFORE INSERT OR UPDATE OR DELETE ON critere
      FOR EACH ROW EXECUTE FUNCTION aap_critere_fige()""",
    """CREATE TRIGGER grille_figee BEFORE DELETE
      OR UPDATE OF contrat_id, nom, numero_version, figee_le ON grille
      FOR EACH ROW WHEN (OLD.figee_le IS NOT NULL)
      EXECUTE FUNCTION aap_intouchable('grille_figee')""",
]
RETRAIT_POSTGRESQL = [
    "DROP TRIGGER grille_figee ON grille",
    "DROP TRIGGER critere_fige ON critere",
    "DROP FUNCTION aap_critere_fige()",
]


def upgrade() -> None:
    op.add_column("critere", sa.Column("reserve_a", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "note_interne",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("ecrite_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retiree_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_note_interne_dossier_id_dossier")
        ),
        sa.ForeignKeyConstraint(
            ["financeur_id"], ["financeur.id"], name=op.f("fk_note_interne_financeur_id_financeur")
        ),
        sa.ForeignKeyConstraint(
            ["auteur_id"], ["utilisateur.id"], name=op.f("fk_note_interne_auteur_id_utilisateur")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_interne")),
    )
    op.create_index(
        "ix_note_interne_dossier_financeur", "note_interne", ["dossier_id", "financeur_id"]
    )
    if op.get_bind().dialect.name == "postgresql":
        for ordre in POSTGRESQL:
            op.execute(ordre)
        return
    for nom, condition in SQLITE.items():
        op.execute(
            f"CREATE TRIGGER {nom} {condition} BEGIN SELECT RAISE(ABORT, 'grille_figee'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for ordre in RETRAIT_POSTGRESQL:
            op.execute(ordre)
    else:
        for nom in SQLITE:
            op.execute(f"DROP TRIGGER {nom}")
    op.drop_table("note_interne")
    op.execute("ALTER TABLE critere DROP COLUMN reserve_a")
