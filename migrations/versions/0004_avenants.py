"""Avenants: state, version, frozen content, signatures, new end and vote of a raise.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ETATS = ("projet", "signature_porteur", "signature_financeur", "signe", "abandonne")
SIGNATAIRES = ("signature_porteur_par_id", "signature_financeur_par_id")
AJOUTEES = (
    "version",
    "etat",
    "fin",
    "acte_type",
    "acte_numero",
    "acte_date",
    "contenu",
    "sha256",
    "signature_porteur_le",
    "signature_porteur_par_id",
    "signature_financeur_le",
    "signature_financeur_par_id",
)


def _cle(colonne):
    return op.f(f"fk_avenant_{colonne}_utilisateur")


def upgrade() -> None:
    etat = sa.Enum(*ETATS, name="etatavenant", native_enum=False, create_constraint=True, length=40)
    with op.batch_alter_table("avenant") as lot:
        lot.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        lot.add_column(sa.Column("etat", etat, nullable=False, server_default="projet"))
        lot.add_column(sa.Column("fin", sa.Date(), nullable=True))
        lot.add_column(
            sa.Column("acte_type", sa.String(length=40), nullable=False, server_default="")
        )
        lot.add_column(
            sa.Column("acte_numero", sa.String(length=60), nullable=False, server_default="")
        )
        lot.add_column(sa.Column("acte_date", sa.Date(), nullable=True))
        lot.add_column(sa.Column("contenu", sa.JSON(), nullable=True))
        lot.add_column(sa.Column("sha256", sa.String(length=64), nullable=True))
        for partie in ("porteur", "financeur"):
            lot.add_column(
                sa.Column(f"signature_{partie}_le", sa.DateTime(timezone=True), nullable=True)
            )
            lot.add_column(sa.Column(f"signature_{partie}_par_id", sa.Integer(), nullable=True))
    op.execute("UPDATE avenant SET etat = 'signe' WHERE signe_le IS NOT NULL")
    with op.batch_alter_table("avenant") as lot:
        for colonne in ("version", "etat", "acte_type", "acte_numero"):
            lot.alter_column(colonne, server_default=None)
        for colonne in SIGNATAIRES:
            lot.create_foreign_key(_cle(colonne), "utilisateur", [colonne], ["id"])
        lot.create_check_constraint(op.f("ck_avenant_numero_positif"), "numero_avenant > 0")
        lot.create_check_constraint(
            op.f("ck_avenant_signe_date"), "etat <> 'signe' OR signe_le IS NOT NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("avenant") as lot:
        lot.drop_constraint(op.f("ck_avenant_signe_date"), type_="check")
        lot.drop_constraint(op.f("ck_avenant_numero_positif"), type_="check")
        lot.drop_constraint("etatavenant", type_="check")
        for colonne in SIGNATAIRES:
            lot.drop_constraint(_cle(colonne), type_="foreignkey")
        for nom in reversed(AJOUTEES):
            lot.drop_column(nom)
