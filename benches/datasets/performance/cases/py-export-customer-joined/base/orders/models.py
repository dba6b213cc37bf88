from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=120)
    vat_number = models.CharField(max_length=20, blank=True)


class OrderQuerySet(models.QuerySet):
    def shipped_between(self, first, last):
        found = self.filter(shipped_on__range=(first, last)).order_by("shipped_on")
        return found.select_related("customer").prefetch_related("lines")


class Order(models.Model):
    number = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    shipped_on = models.DateField(null=True, db_index=True)
    total_cents = models.PositiveIntegerField()

    objects = OrderQuerySet.as_manager()


class OrderLine(models.Model):
    order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)
    sku = models.CharField(max_length=32)
    quantity = models.PositiveIntegerField()
