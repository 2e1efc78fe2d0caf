from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="subjectkey",
            name="ends_day",
            field=models.IntegerField(null=True),
        ),
    ]
