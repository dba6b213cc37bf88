from django.http import JsonResponse
from django.views.decorators.http import require_GET

from subscriptions.access import subscriber_required
from subscriptions.models import Subscription


@require_GET
@subscriber_required
def seats(request):
    """The seats of the account that is signed in."""
    subscription = (
        Subscription.objects.filter(account=request.user.account, active=True).order_by("-renews_on").first()
    )
    return JsonResponse({"plan": subscription.plan, "seats": subscription.seats, "days": subscription.days_left()})
