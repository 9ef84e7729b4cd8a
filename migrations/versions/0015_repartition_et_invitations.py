"""Sharing dossiers out (rules, working time, absences, proposals); opinions by invitation.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

RENDU = (
    "EXISTS (SELECT 1 FROM invitation_avis i WHERE i.demande_avis_id = OLD.demande_avis_id"
    " AND i.rendue_le IS NOT NULL)"
)
SQLITE = {
    "invitation_rendue_bu": "BEFORE UPDATE ON invitation_avis WHEN OLD.rendue_le IS NOT NULL",
    "invitation_rendue_bd": "BEFORE DELETE ON invitation_avis WHEN OLD.rendue_le IS NOT NULL",
    "avis_invite_bu": f"BEFORE UPDATE ON avis WHEN {RENDU}",
    "avis_invite_bd": f"BEFORE DELETE ON avis WHEN {RENDU}",
}
POSTGRESQL = (
    """CREATE TRIGGER invitation_rendue BEFORE UPDATE OR DELETE ON invitation_avis
      FOR EACH ROW WHEN (OLD.rendue_le IS NOT NULL)
      EXECUTE FUNCTION aap_intouchable('avis_invite')""",
    f"""CREATE FUNCTION aap_avis_invite() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF {RENDU} THEN RAISE EXCEPTION 'avis_invite' USING ERRCODE = 'check_violation'; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
      END $$""",
    """CREATE TRIGGER avis_invite BEFORE UPDATE OR DELETE ON avis
      FOR EACH ROW EXECUTE FUNCTION aap_avis_invite()""",
)


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("utilisateur_id", sa.Integer(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=False),
        sa.Column("remplacant_id", sa.Integer(), nullable=True),
        sa.Column("declaree_par_id", sa.Integer(), nullable=False),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("au >= du", name=op.f("ck_absence_dates")),
        sa.CheckConstraint(
            "remplacant_id IS NULL OR remplacant_id <> utilisateur_id",
            name=op.f("ck_absence_remplacant"),
        ),
        sa.ForeignKeyConstraint(
            ["declaree_par_id"],
            ["utilisateur.id"],
            name=op.f("fk_absence_declaree_par_id_utilisateur"),
        ),
        sa.ForeignKeyConstraint(
            ["remplacant_id"], ["utilisateur.id"], name=op.f("fk_absence_remplacant_id_utilisateur")
        ),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_absence_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_remplacant_id"), "absence", ["remplacant_id"], unique=False)
    op.create_index(op.f("ix_absence_utilisateur_id"), "absence", ["utilisateur_id"], unique=False)


def _repartition() -> None:
    op.create_table(
        "repartition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("par_financeur", sa.Boolean(), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                "calcul",
                "proposee",
                "application",
                "appliquee",
                "annulation",
                "annulee",
                "echec",
                name="etatrepartition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("auteur_id", sa.Integer(), nullable=False),
        sa.Column("bilan", sa.JSON(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["auteur_id"], ["utilisateur.id"], name=op.f("fk_repartition_auteur_id_utilisateur")
        ),
        sa.ForeignKeyConstraint(
            ["campagne_id"], ["campagne.id"], name=op.f("fk_repartition_campagne_id_campagne")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repartition")),
    )
    op.create_index(
        op.f("ix_repartition_campagne_id"), "repartition", ["campagne_id"], unique=False
    )


def _capacite_instruction() -> None:
    op.create_table(
        "capacite_instruction",
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("utilisateur_id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("plafond", sa.Integer(), nullable=True),
        sa.CheckConstraint("part BETWEEN 5 AND 100", name=op.f("ck_capacite_instruction_part")),
        sa.CheckConstraint(
            "plafond IS NULL OR plafond >= 0", name=op.f("ck_capacite_instruction_plafond")
        ),
        sa.ForeignKeyConstraint(
            ["campagne_id"],
            ["campagne.id"],
            name=op.f("fk_capacite_instruction_campagne_id_campagne"),
        ),
        sa.ForeignKeyConstraint(
            ["financeur_id"],
            ["financeur.id"],
            name=op.f("fk_capacite_instruction_financeur_id_financeur"),
        ),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_capacite_instruction_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint(
            "campagne_id", "utilisateur_id", "financeur_id", name=op.f("pk_capacite_instruction")
        ),
    )


def _ligne_repartition() -> None:
    op.create_table(
        "ligne_repartition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repartition_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("utilisateur_id", sa.Integer(), nullable=True),
        sa.Column("financeur_id", sa.Integer(), nullable=True),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                "proposee",
                "faite",
                "refusee",
                "annulee",
                "personne",
                name="etatlignerepartition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossier.id"],
            name=op.f("fk_ligne_repartition_dossier_id_dossier"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["financeur_id"],
            ["financeur.id"],
            name=op.f("fk_ligne_repartition_financeur_id_financeur"),
        ),
        sa.ForeignKeyConstraint(
            ["repartition_id"],
            ["repartition.id"],
            name=op.f("fk_ligne_repartition_repartition_id_repartition"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_ligne_repartition_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_repartition")),
    )
    op.create_index(
        "ix_ligne_repartition_etat", "ligne_repartition", ["repartition_id", "etat"], unique=False
    )


def _passation() -> None:
    op.create_table(
        "passation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("de_id", sa.Integer(), nullable=False),
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("par_id", sa.Integer(), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["a_id"], ["utilisateur.id"], name=op.f("fk_passation_a_id_utilisateur")
        ),
        sa.ForeignKeyConstraint(
            ["de_id"], ["utilisateur.id"], name=op.f("fk_passation_de_id_utilisateur")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_passation_dossier_id_dossier")
        ),
        sa.ForeignKeyConstraint(
            ["financeur_id"], ["financeur.id"], name=op.f("fk_passation_financeur_id_financeur")
        ),
        sa.ForeignKeyConstraint(
            ["par_id"], ["utilisateur.id"], name=op.f("fk_passation_par_id_utilisateur")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passation")),
    )
    op.create_index(op.f("ix_passation_a_id"), "passation", ["a_id"], unique=False)
    op.create_index(op.f("ix_passation_dossier_id"), "passation", ["dossier_id"], unique=False)


def _regle_affectation() -> None:
    op.create_table(
        "regle_affectation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campagne_id", sa.Integer(), nullable=False),
        sa.Column("commune_id", sa.Integer(), nullable=True),
        sa.Column("secteur_id", sa.Integer(), nullable=True),
        sa.Column("orientation_id", sa.Integer(), nullable=True),
        sa.Column("sollicite_id", sa.Integer(), nullable=True),
        sa.Column("utilisateur_id", sa.Integer(), nullable=False),
        sa.Column("financeur_id", sa.Integer(), nullable=False),
        sa.Column("obligatoire", sa.Boolean(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campagne_id"], ["campagne.id"], name=op.f("fk_regle_affectation_campagne_id_campagne")
        ),
        sa.ForeignKeyConstraint(
            ["commune_id"], ["commune.id"], name=op.f("fk_regle_affectation_commune_id_commune")
        ),
        sa.ForeignKeyConstraint(
            ["financeur_id"],
            ["financeur.id"],
            name=op.f("fk_regle_affectation_financeur_id_financeur"),
        ),
        sa.ForeignKeyConstraint(
            ["orientation_id"],
            ["orientation.id"],
            name=op.f("fk_regle_affectation_orientation_id_orientation"),
        ),
        sa.ForeignKeyConstraint(
            ["secteur_id"], ["secteur.id"], name=op.f("fk_regle_affectation_secteur_id_secteur")
        ),
        sa.ForeignKeyConstraint(
            ["sollicite_id"],
            ["financeur.id"],
            name=op.f("fk_regle_affectation_sollicite_id_financeur"),
        ),
        sa.ForeignKeyConstraint(
            ["utilisateur_id"],
            ["utilisateur.id"],
            name=op.f("fk_regle_affectation_utilisateur_id_utilisateur"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regle_affectation")),
    )
    op.create_index(
        op.f("ix_regle_affectation_campagne_id"), "regle_affectation", ["campagne_id"], unique=False
    )


def _invitation_avis() -> None:
    op.create_table(
        "invitation_avis",
        sa.Column("demande_avis_id", sa.Integer(), nullable=False),
        sa.Column(
            "nature",
            sa.Enum(
                "conseil_citoyen",
                "expert",
                "service",
                name="natureinvite",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("depot_id", sa.Integer(), nullable=False),
        sa.Column("cle_hachee", sa.String(length=64), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acceptee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recusee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoquee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rappelee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "brouillon_valeur",
            sa.Enum(
                "favorable",
                "favorable_reserve",
                "reserve",
                "defavorable",
                "ajourne",
                "hors_competence",
                "droit_commun",
                name="valeuravis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("brouillon", sa.Text(), nullable=False),
        sa.Column("brouillon_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rendue_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rendue_le IS NULL OR empreinte <> ''", name=op.f("ck_invitation_avis_rendue")
        ),
        sa.ForeignKeyConstraint(
            ["demande_avis_id"],
            ["demande_avis.id"],
            name=op.f("fk_invitation_avis_demande_avis_id_demande_avis"),
        ),
        sa.ForeignKeyConstraint(
            ["depot_id"], ["depot.id"], name=op.f("fk_invitation_avis_depot_id_depot")
        ),
        sa.PrimaryKeyConstraint("demande_avis_id", name=op.f("pk_invitation_avis")),
        sa.UniqueConstraint("cle_hachee", name=op.f("uq_invitation_avis_cle_hachee")),
    )


def _piece_invitation() -> None:
    op.create_table(
        "piece_invitation",
        sa.Column("demande_avis_id", sa.Integer(), nullable=False),
        sa.Column("fichier_id", sa.Integer(), nullable=False),
        sa.Column("libelle", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande_avis_id"],
            ["invitation_avis.demande_avis_id"],
            name=op.f("fk_piece_invitation_demande_avis_id_invitation_avis"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["fichier_id"], ["fichier.id"], name=op.f("fk_piece_invitation_fichier_id_fichier")
        ),
        sa.PrimaryKeyConstraint("demande_avis_id", "fichier_id", name=op.f("pk_piece_invitation")),
    )


def upgrade() -> None:
    _absence()
    _repartition()
    _capacite_instruction()
    _ligne_repartition()
    _passation()
    _regle_affectation()
    _invitation_avis()
    _piece_invitation()
    if op.get_bind().dialect.name == "postgresql":
        for ordre in POSTGRESQL:
            op.execute(ordre)
        return
    for nom, quand in SQLITE.items():
        op.execute(f"CREATE TRIGGER {nom} {quand} BEGIN SELECT RAISE(ABORT, 'avis_invite'); END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER avis_invite ON avis")
        op.execute("DROP TRIGGER invitation_rendue ON invitation_avis")
        op.execute("DROP FUNCTION aap_avis_invite()")
    else:
        for nom in SQLITE:
            op.execute(f"DROP TRIGGER {nom}")
    op.drop_table("piece_invitation")
    op.drop_table("invitation_avis")
    op.drop_index(op.f("ix_regle_affectation_campagne_id"), table_name="regle_affectation")
    op.drop_table("regle_affectation")
    op.drop_index(op.f("ix_passation_dossier_id"), table_name="passation")
    op.drop_index(op.f("ix_passation_a_id"), table_name="passation")
    op.drop_table("passation")
    op.drop_index("ix_ligne_repartition_etat", table_name="ligne_repartition")
    op.drop_table("ligne_repartition")
    op.drop_table("capacite_instruction")
    op.drop_index(op.f("ix_repartition_campagne_id"), table_name="repartition")
    op.drop_table("repartition")
    op.drop_index(op.f("ix_absence_utilisateur_id"), table_name="absence")
    op.drop_index(op.f("ix_absence_remplacant_id"), table_name="absence")
    op.drop_table("absence")
