from django.conf import settings
from django.db import models
from django.utils import timezone


class Account(models.Model):
    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    newsletter = models.BooleanField(default=False)


class Subscription(models.Model):
    account = models.ForeignKey(Account, related_name="subscriptions", on_delete=models.CASCADE)
    plan = models.CharField(max_length=40)
    seats = models.PositiveIntegerField(default=1)
    active = models.BooleanField(default=True)
    renews_on = models.DateField()

    def days_left(self) -> int:
        return (self.renews_on - timezone.localdate()).days
