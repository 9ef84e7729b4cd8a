"""Contours of quartiers, and the CPO that a light yearly dossier continues.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contour_quartier",
        sa.Column("quartier_id", sa.Integer(), nullable=False),
        sa.Column("surfaces", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("charge_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["quartier_id"],
            ["quartier.id"],
            name=op.f("fk_contour_quartier_quartier_id_quartier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("quartier_id", name=op.f("pk_contour_quartier")),
    )
    # In one statement with its constraint: SQLite does not have to make the table again.
    op.execute(
        "ALTER TABLE dossier ADD COLUMN cpo_id INTEGER "
        "CONSTRAINT fk_dossier_cpo_id_dossier REFERENCES dossier (id)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE dossier DROP COLUMN cpo_id")
    op.drop_table("contour_quartier")
