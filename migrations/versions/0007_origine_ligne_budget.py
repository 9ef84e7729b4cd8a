"""Where a subsidy of another funder comes from: crédits spécifiques or droit commun.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# In one statement with its constraint: neither database has to make the table again.
AJOUT = (
    "ALTER TABLE ligne_budget ADD COLUMN origine VARCHAR(40) "
    "CONSTRAINT ck_ligne_budget_originecredits "
    "CHECK (origine IN ('credits_specifiques', 'droit_commun'))"
)


def upgrade() -> None:
    op.execute(AJOUT)


def downgrade() -> None:
    op.execute("ALTER TABLE ligne_budget DROP COLUMN origine")
