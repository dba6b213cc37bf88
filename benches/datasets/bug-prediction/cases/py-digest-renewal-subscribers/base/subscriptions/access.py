"""Who may see what."""
from functools import wraps

from django.core.exceptions import PermissionDenied

from subscriptions.models import Subscription


def subscriber_required(view):
    """Refuses accounts that have no active subscription."""

    @wraps(view)
    def inner(request, *args, **kwargs):
        if not Subscription.objects.filter(account=request.user.account, active=True).exists():
            raise PermissionDenied("no active subscription")
        return view(request, *args, **kwargs)

    return inner
