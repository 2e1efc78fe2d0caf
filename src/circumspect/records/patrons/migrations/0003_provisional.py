"""Cards made at the door: until when they live without proof of identity."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrons", "0002_notice_titles")]

    operations = [
        migrations.AddField(model_name="patron", name="provisional_until", field=models.DateField(null=True)),
        migrations.AddIndex(
            model_name="patron",
            index=models.Index(fields=["provisional_until"], name="patrons_provisional"),
        ),
    ]
