"""Of which last day on the shelf has the patron been told?"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("holds", "0001_initial")]

    operations = [
        migrations.AddField(model_name="hold", name="noticed_for", field=models.DateField(null=True)),
    ]
