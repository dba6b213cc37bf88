from django.db import models


class Club(models.Model):
    name = models.CharField(max_length=80)


class Member(models.Model):
    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="members")
    number = models.CharField(max_length=12)
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["club", "number"], name="one_number_a_member"),
        ]


class ImportReport(models.Model):
    club = models.ForeignKey(Club, on_delete=models.CASCADE)
    added = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)
