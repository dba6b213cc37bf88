from django.http import JsonResponse
from django.views.decorators.http import require_GET

from subscriptions.access import subscriber_required


@require_GET
@subscriber_required
def seats(request):
    """The seats of the account that is signed in."""
    subscription = request.user.account.current()
    return JsonResponse({"plan": subscription.plan, "seats": subscription.seats, "days": subscription.days_left()})
