from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0004_left_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="staffmember",
            name="sealed_work_phone",
            field=models.BinaryField(blank=True, default=b""),
        ),
    ]
