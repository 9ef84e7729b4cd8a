"""Results of the scoring: consensus, frozen ranked lists, abstentions, calibration round.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FIGEES = "id, campagne_id, numero, contenu, sha256, dossiers, fige_le, fige_par_id"
SQLITE = {
    "classement_intouchable_bu": f"BEFORE UPDATE OF {FIGEES} ON classement",
    "classement_rouvert_bu": "BEFORE UPDATE ON classement WHEN OLD.rouvert_le IS NOT NULL",
    "classement_intouchable_bd": "BEFORE DELETE ON classement",
}
POSTGRESQL = {
    "classement_intouchable": f"BEFORE DELETE OR UPDATE OF {FIGEES} ON classement FOR EACH ROW",
    "classement_rouvert": "BEFORE UPDATE ON classement FOR EACH ROW"
    " WHEN (OLD.rouvert_le IS NOT NULL)",
}


def _vers(table: str, colonne: str, cible: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [colonne],
        [cible],
        name=op.f(f"fk_{table}_{colonne}_{cible.split('.')[0]}"),
        **options,
    )


def _date(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True), nullable=vide)


def _entier(nom: str, *, vide: bool = False) -> sa.Column:
    return sa.Column(nom, sa.Integer(), nullable=vide)


def _texte(nom: str) -> sa.Column:
    return sa.Column(nom, sa.Text(), nullable=False)


def _consensus() -> None:
    op.create_table(
        "consensus",
        _entier("id"),
        _entier("dossier_id"),
        _entier("grille_id"),
        _texte("motif"),
        sa.Column("calcules", sa.JSON(), nullable=False),
        _entier("pose_par_id"),
        _date("pose_le"),
        _date("cree_le"),
        _date("modifie_le"),
        _entier("version"),
        _vers("consensus", "dossier_id", "dossier.id"),
        _vers("consensus", "grille_id", "grille.id"),
        _vers("consensus", "pose_par_id", "utilisateur.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consensus")),
        sa.UniqueConstraint("dossier_id", name=op.f("uq_consensus_dossier_id")),
    )
    op.create_table(
        "note_consensus",
        _entier("id"),
        _entier("consensus_id"),
        _entier("critere_id"),
        _entier("valeur", vide=True),
        sa.Column("sans_objet", sa.Boolean(), nullable=False),
        _texte("motif"),
        sa.CheckConstraint(
            "valeur IS NULL OR valeur BETWEEN 0 AND 4", name=op.f("ck_note_consensus_echelle")
        ),
        sa.CheckConstraint(
            "(valeur IS NULL) = sans_objet", name=op.f("ck_note_consensus_sans_objet")
        ),
        _vers("note_consensus", "consensus_id", "consensus.id", ondelete="CASCADE"),
        _vers("note_consensus", "critere_id", "critere.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_consensus")),
        sa.UniqueConstraint(
            "consensus_id", "critere_id", name=op.f("uq_note_consensus_consensus_id_critere_id")
        ),
    )


def _classement() -> None:
    op.create_table(
        "classement",
        _entier("id"),
        _entier("campagne_id"),
        _entier("numero"),
        sa.Column("contenu", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _entier("dossiers"),
        _date("fige_le"),
        _entier("fige_par_id"),
        _date("rouvert_le", vide=True),
        _entier("rouvert_par_id", vide=True),
        _texte("rouvert_motif"),
        sa.CheckConstraint(
            "(rouvert_le IS NULL) = (rouvert_par_id IS NULL)"
            " AND (rouvert_le IS NULL OR rouvert_motif <> '')",
            name=op.f("ck_classement_rouvert"),
        ),
        _vers("classement", "campagne_id", "campagne.id"),
        _vers("classement", "fige_par_id", "utilisateur.id"),
        _vers("classement", "rouvert_par_id", "utilisateur.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classement")),
        sa.UniqueConstraint("campagne_id", "numero", name=op.f("uq_classement_campagne_id_numero")),
    )
    op.create_index(
        "uq_classement_en_vigueur",
        "classement",
        ["campagne_id"],
        unique=True,
        sqlite_where=sa.text("rouvert_le IS NULL"),
        postgresql_where=sa.text("rouvert_le IS NULL"),
    )


def _abstention_et_etalonnage() -> None:
    op.create_table(
        "abstention",
        _entier("id"),
        _entier("dossier_id"),
        _entier("utilisateur_id"),
        _texte("motif"),
        _date("le"),
        _vers("abstention", "dossier_id", "dossier.id"),
        _vers("abstention", "utilisateur_id", "utilisateur.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abstention")),
        sa.UniqueConstraint(
            "dossier_id", "utilisateur_id", name=op.f("uq_abstention_dossier_id_utilisateur_id")
        ),
    )
    op.create_index(op.f("ix_abstention_utilisateur_id"), "abstention", ["utilisateur_id"])
    op.create_table(
        "etalonnage",
        _entier("campagne_id"),
        _date("ouvert_le"),
        _date("clos_le", vide=True),
        _texte("compte_rendu"),
        _vers("etalonnage", "campagne_id", "campagne.id"),
        sa.PrimaryKeyConstraint("campagne_id", name=op.f("pk_etalonnage")),
    )
    op.create_table(
        "etalonnage_dossier",
        _entier("dossier_id"),
        _entier("campagne_id"),
        _vers("etalonnage_dossier", "dossier_id", "dossier.id"),
        _vers("etalonnage_dossier", "campagne_id", "etalonnage.campagne_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_etalonnage_dossier")),
    )
    op.create_index(
        op.f("ix_etalonnage_dossier_campagne_id"), "etalonnage_dossier", ["campagne_id"]
    )


def upgrade() -> None:
    _consensus()
    _classement()
    _abstention_et_etalonnage()
    if op.get_bind().dialect.name == "postgresql":
        for nom, quand in POSTGRESQL.items():
            op.execute(
                f"CREATE TRIGGER {nom} {quand} EXECUTE FUNCTION"
                " aap_intouchable('classement_intouchable')"
            )
        return
    for nom, quand in SQLITE.items():
        op.execute(
            f"CREATE TRIGGER {nom} {quand} BEGIN SELECT RAISE(ABORT, 'classement_intouchable'); END"
        )


def downgrade() -> None:
    noms = POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE
    cible = " ON classement" if noms is POSTGRESQL else ""
    for nom in noms:
        op.execute(f"DROP TRIGGER {nom}{cible}")
    for table in (
        "etalonnage_dossier",
        "etalonnage",
        "abstention",
        "classement",
        "note_consensus",
        "consensus",
    ):
        op.drop_table(table)
