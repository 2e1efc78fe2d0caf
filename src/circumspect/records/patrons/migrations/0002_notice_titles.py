"""A choice of the patron's: may a letter or an e-mail name titles? And word of what ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrons", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="patron", name="sealed_notice_titles", field=models.BinaryField(null=True)
        ),
        migrations.CreateModel(
            name="NoticeWord",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("series", models.CharField(max_length=12)),
                ("epoch", models.IntegerField()),
                ("link", models.BinaryField()),
                ("back", models.BinaryField()),
                ("branch", models.CharField(max_length=32)),
                ("day", models.DateField()),
            ],
            options={"db_table": "patrons_notice_word"},
        ),
    ]
