"""Notices that are to go or went, returned addresses, and rounds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ReturnedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.BinaryField(unique=True)),
                ("day", models.DateField()),
            ],
            options={
                "db_table": "notices_returned_address",
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("day", models.DateField()),
            ],
            options={
                "db_table": "notices_round",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("epoch", models.IntegerField()),
                ("link", models.BinaryField()),
                ("back", models.BinaryField()),
                ("kind", models.CharField(max_length=120)),
                ("channel", models.CharField(max_length=8)),
                ("state", models.CharField(default="queued", max_length=8)),
                ("branch", models.CharField(max_length=32)),
                ("sent_on", models.DateField()),
                ("tries", models.SmallIntegerField(default=0)),
                ("try_at", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "notices_notice",
                "indexes": [
                    models.Index(fields=["link"], name="notices_notice_link"),
                    models.Index(fields=["state", "channel"], name="notices_notice_state"),
                    models.Index(fields=["sent_on"], name="notices_notice_day"),
                ],
            },
        ),
    ]
