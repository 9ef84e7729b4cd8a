"""Decisions taken outside a session (waiting list): no session, and published at once.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SENS = "sens IN ('programmer', 'ajourner', 'rejeter', 'liste_attente')"
HORS_SEANCE = "seance_id IS NOT NULL OR publiee_le IS NOT NULL"


def _sens():
    return sa.CheckConstraint(SENS, name=op.f("ck_decision_sensdecision"))


def _refaire_sqlite(nullable: bool, *contraintes) -> None:
    """SQLite makes the table again; its CHECK constraints are not read back, so they are told."""
    with op.batch_alter_table("decision", recreate="always", table_args=contraintes) as lot:
        lot.alter_column("seance_id", existing_type=sa.Integer(), nullable=nullable)


def upgrade() -> None:
    nom = op.f("ck_decision_hors_seance_publiee")
    if op.get_bind().dialect.name == "sqlite":
        _refaire_sqlite(True, _sens(), sa.CheckConstraint(HORS_SEANCE, name=nom))
        return
    op.alter_column("decision", "seance_id", existing_type=sa.Integer(), nullable=True)
    op.create_check_constraint(nom, "decision", HORS_SEANCE)


def downgrade() -> None:
    """The older schema has no place for these decisions: they stay in the journal."""
    op.execute("DELETE FROM decision WHERE seance_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _refaire_sqlite(False, _sens())
        return
    op.drop_constraint(op.f("ck_decision_hors_seance_publiee"), "decision", type_="check")
    op.alter_column("decision", "seance_id", existing_type=sa.Integer(), nullable=False)
