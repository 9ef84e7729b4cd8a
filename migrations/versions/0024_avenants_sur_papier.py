"""Avenants signed on paper: a signed copy, or pages of a scan, may be of an avenant.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

REGLES = {
    "copie_signee": ("un_acte_ou_un_avenant", "(convention_id IS NULL) <> (avenant_id IS NULL)"),
    "lot_pages": ("un_seul_acte", "convention_id IS NULL OR avenant_id IS NULL"),
}


def upgrade() -> None:
    for table, (nom, regle) in REGLES.items():
        with op.batch_alter_table(table) as lot:
            lot.add_column(sa.Column("avenant_id", sa.Integer(), nullable=True))
            lot.create_foreign_key(
                op.f(f"fk_{table}_avenant_id_avenant"), "avenant", ["avenant_id"], ["id"]
            )
            lot.create_index(op.f(f"ix_{table}_avenant_id"), ["avenant_id"])
            lot.create_check_constraint(op.f(f"ck_{table}_{nom}"), regle)
            if table == "copie_signee":
                lot.alter_column("convention_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    """The papers of avenants go; their files stay with the act."""
    op.execute("DELETE FROM lot_pages WHERE avenant_id IS NOT NULL")
    op.execute("DELETE FROM copie_signee WHERE avenant_id IS NOT NULL")
    for table, (nom, _regle) in REGLES.items():
        with op.batch_alter_table(table) as lot:
            lot.drop_constraint(op.f(f"ck_{table}_{nom}"), type_="check")
            lot.drop_constraint(op.f(f"fk_{table}_avenant_id_avenant"), type_="foreignkey")
            lot.drop_index(op.f(f"ix_{table}_avenant_id"))
            lot.drop_column("avenant_id")
            if table == "copie_signee":
                lot.alter_column("convention_id", existing_type=sa.Integer(), nullable=False)
