from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("privacydesk", "0004_records_requests"),
    ]

    operations = [
        migrations.RenameModel(old_name="GuardedRecord", new_name="SparedRecord"),
        migrations.AlterModelTable(name="sparedrecord", table="cases_spared_record"),
    ]
