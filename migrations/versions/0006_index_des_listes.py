"""An index that answers the counts, totals and sorts of the agents' lists by itself.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLONNES = ["campagne_id", "etat", "montant_demande", "depose_le", "orientation_id", "organisme_id"]


def upgrade() -> None:
    op.create_index("ix_dossier_liste", "dossier", COLONNES)


def downgrade() -> None:
    op.drop_index("ix_dossier_liste", "dossier")
