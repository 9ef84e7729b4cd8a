"""Each element of a request for complements says where it is answered.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("demande_complement") as lot:
        lot.add_column(sa.Column("renvois", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("demande_complement") as lot:
        lot.alter_column("renvois", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("demande_complement") as lot:
        lot.drop_column("renvois")
