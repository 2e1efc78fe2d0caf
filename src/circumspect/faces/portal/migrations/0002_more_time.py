from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_sign_in")]

    operations = [
        migrations.AddField(
            model_name="signin",
            name="has_more_time",
            field=models.BooleanField(default=False),
        ),
    ]
