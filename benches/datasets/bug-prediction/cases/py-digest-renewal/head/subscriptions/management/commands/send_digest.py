"""Mails the weekly digest. Run by cron each Monday."""
from django.core.mail import send_mail
from django.core.management.base import BaseCommand

from subscriptions.models import Account

TEXT = "Dear {name},\n\nthis week: {headline}\n{notice}"
NOTICE = "\nYour plan {plan} renews in {days} days.\n"
RENEWAL_NOTICE_DAYS = 14


class Command(BaseCommand):
    help = "Mails the weekly digest"

    def add_arguments(self, parser):
        parser.add_argument("headline")

    def handle(self, *args, headline, **options):
        sent = 0
        for account in Account.objects.filter(newsletter=True):
            subscription = account.current()
            notice = ""
            if 0 <= subscription.days_left() <= RENEWAL_NOTICE_DAYS:
                notice = NOTICE.format(plan=subscription.plan, days=subscription.days_left())
            text = TEXT.format(name=account.name, headline=headline, notice=notice)
            send_mail("This week", text, "digest@news.example", [account.owner.email])
            sent += 1
        self.stdout.write(f"{sent} digests sent")
