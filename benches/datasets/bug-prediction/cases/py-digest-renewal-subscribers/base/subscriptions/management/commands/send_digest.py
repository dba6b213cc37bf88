"""Mails the weekly digest. Run by cron each Monday."""
from django.core.mail import send_mail
from django.core.management.base import BaseCommand

from subscriptions.models import Account

TEXT = "Dear {name},\n\nthis week: {headline}\n"


class Command(BaseCommand):
    help = "Mails the weekly digest"

    def add_arguments(self, parser):
        parser.add_argument("headline")

    def handle(self, *args, headline, **options):
        sent = 0
        for account in Account.objects.filter(newsletter=True, subscriptions__active=True).distinct():
            text = TEXT.format(name=account.name, headline=headline)
            send_mail("This week", text, "digest@news.example", [account.owner.email])
            sent += 1
        self.stdout.write(f"{sent} digests sent")
