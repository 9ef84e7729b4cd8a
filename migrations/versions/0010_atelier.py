"""The instructor's workbench: saved views, search keys of the texts, acts on many dossiers.

Revision ID: 0010
Revises: 0009
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ACTES = ("affecter", "prendre_en_instruction", "demander_complements")
ETATS = ("attente", "faite", "refusee", "annulee")
LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})


def upgrade() -> None:
    _vues()
    _recherche()
    _lots()


def _vues() -> None:
    op.create_table(
        "vue_liste",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utilisateur_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=60), nullable=False),
        sa.Column("adresse", sa.String(length=1000), nullable=False),
        sa.Column("par_defaut", sa.Boolean(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_vue_liste_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vue_liste")),
        sa.UniqueConstraint("utilisateur_id", "nom", name=op.f("uq_vue_liste_utilisateur_id_nom")),
    )
    op.create_index(
        "ix_vue_liste_defaut",
        "vue_liste",
        ["utilisateur_id"],
        unique=True,
        sqlite_where=sa.text("par_defaut"),
        postgresql_where=sa.text("par_defaut"),
    )


def _recherche() -> None:
    op.create_table(
        "recherche_dossier",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_recherche_dossier_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_recherche_dossier")),
    )
    connexion = op.get_bind()
    textes: dict[int, list[str]] = {}
    for dossier_id, valeur in connexion.execute(
        sa.text(
            "SELECT r.dossier_id, r.valeur FROM reponse r JOIN dossier d ON d.id = r.dossier_id"
            " WHERE d.depose_le IS NOT NULL AND r.valeur <> '' ORDER BY r.dossier_id, r.champ"
        )
    ):
        textes.setdefault(dossier_id, []).append(_normaliser(valeur))
    if textes:
        connexion.execute(
            sa.text("INSERT INTO recherche_dossier (dossier_id, texte) VALUES (:i, :t)"),
            [{"i": i, "t": " ".join(t)} for i, t in textes.items()],
        )


def _normaliser(texte: str) -> str:
    """The search key as it was on the day of this migration."""
    plat = unicodedata.normalize("NFKD", texte.translate(LIGATURES)).casefold()
    sans = "".join(c for c in plat if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", sans))


def _lots() -> None:
    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jeton", sa.String(length=40), nullable=False),
        sa.Column(
            "acte",
            sa.Enum(*ACTES, name="actelot", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("annule_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["auteur_id"], ["utilisateur.id"], name=op.f("fk_lot_auteur_id_utilisateur")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("jeton", name=op.f("uq_lot_jeton")),
    )
    op.create_index(op.f("ix_lot_auteur_id"), "lot", ["auteur_id"])
    op.create_table(
        "ligne_lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                *ETATS, name="etatlignelot", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lot.id"], name=op.f("fk_ligne_lot_lot_id_lot"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_ligne_lot_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_lot")),
        sa.UniqueConstraint("lot_id", "dossier_id", name=op.f("uq_ligne_lot_lot_id_dossier_id")),
    )
    op.create_index("ix_ligne_lot_etat", "ligne_lot", ["lot_id", "etat"])


def downgrade() -> None:
    for table in ("ligne_lot", "lot", "recherche_dossier", "vue_liste"):
        op.drop_table(table)
