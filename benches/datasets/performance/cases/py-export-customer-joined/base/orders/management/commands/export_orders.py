import sys
from datetime import date

from django.core.management.base import BaseCommand

from orders.export import write


class Command(BaseCommand):
    help = "Writes the orders shipped between two days as CSV."

    def add_arguments(self, parser):
        parser.add_argument("first", type=date.fromisoformat)
        parser.add_argument("last", type=date.fromisoformat)

    def handle(self, *args, first, last, **options):
        write(sys.stdout, first, last)
