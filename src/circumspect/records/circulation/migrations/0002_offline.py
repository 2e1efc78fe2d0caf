"""Letterboxes for scans made while the line was down."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("circulation", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="OfflineBox",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("made_on", models.DateField()),
                ("emptied", models.BooleanField(default=False)),
            ],
            options={"db_table": "circulation_offline_box"},
        ),
        migrations.CreateModel(
            name="OfflineLetter",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "box",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="circulation.offlinebox"
                    ),
                ),
            ],
            options={"db_table": "circulation_offline_letter"},
        ),
        migrations.CreateModel(
            name="OfflineConflict",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("letter", models.BinaryField()),
                (
                    "box",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="circulation.offlinebox"
                    ),
                ),
            ],
            options={"db_table": "circulation_offline_conflict"},
        ),
    ]
