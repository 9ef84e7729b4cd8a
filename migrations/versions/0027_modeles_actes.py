"""Models of acts per funder, in numbered versions; a version once in force never changes.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = "modele_acte"
BROUILLON = "effet_le IS NULL AND retire_le IS NULL"
FIGE = "financeur_id, type, numero, articles, sha256, effet_le, mis_en_vigueur_le"
SQLITE = {
    "modele_fige_bu": f"BEFORE UPDATE OF {FIGE} ON {TABLE} WHEN OLD.effet_le IS NOT NULL",
    "modele_fige_bd": f"BEFORE DELETE ON {TABLE}",
}
POSTGRESQL = {
    "modele_fige": f"BEFORE UPDATE OF {FIGE} ON {TABLE} FOR EACH ROW"
    " WHEN (OLD.effet_le IS NOT NULL)",
    "modele_garde": f"BEFORE DELETE ON {TABLE} FOR EACH ROW",
}


def _vers(table: str, colonne: str, cible: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne], [f"{cible}.id"], name=op.f(f"fk_{table}_{colonne}_{cible}")
    )


def _table() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "arrete",
                "annuelle",
                "cpo",
                name=op.f(f"ck_{TABLE}_typeconvention"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("effet_le", sa.Date(), nullable=True),
        sa.Column("mis_en_vigueur_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ecrit_par_id", sa.Integer(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("numero > 0", name=op.f(f"ck_{TABLE}_numero_positif")),
        sa.CheckConstraint(
            "(effet_le IS NULL) = (sha256 = '') AND (effet_le IS NULL) = (mis_en_vigueur_le IS NULL)",
            name=op.f(f"ck_{TABLE}_effet"),
        ),
        _vers(TABLE, "financeur_id", "financeur"),
        _vers(TABLE, "ecrit_par_id", "utilisateur"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "financeur_id", "type", "numero", name=op.f(f"uq_{TABLE}_financeur_id_type_numero")
        ),
    )
    op.create_index(
        "ix_modele_acte_brouillon",
        TABLE,
        ["financeur_id", "type"],
        unique=True,
        sqlite_where=sa.text(BROUILLON),
        postgresql_where=sa.text(BROUILLON),
    )


def upgrade() -> None:
    _table()
    op.create_table(
        "texte_acte",
        sa.Column("convention_id", sa.Integer(), nullable=False),
        sa.Column("modele_id", sa.Integer(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        _vers("texte_acte", "convention_id", "convention"),
        _vers("texte_acte", "modele_id", TABLE),
        sa.PrimaryKeyConstraint("convention_id", name=op.f("pk_texte_acte")),
    )
    op.create_index(op.f("ix_texte_acte_modele_id"), "texte_acte", ["modele_id"])
    if op.get_bind().dialect.name == "postgresql":
        for nom, quand in POSTGRESQL.items():
            op.execute(
                f"CREATE TRIGGER {nom} {quand} EXECUTE FUNCTION aap_intouchable('modele_fige')"
            )
        return
    for nom, quand in SQLITE.items():
        op.execute(f"CREATE TRIGGER {nom} {quand} BEGIN SELECT RAISE(ABORT, 'modele_fige'); END")


def downgrade() -> None:
    """Dropping a table drops its triggers."""
    op.drop_table("texte_acte")
    op.drop_table(TABLE)
