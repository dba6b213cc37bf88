import io

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from members.importer import import_members
from members.models import Club


@require_POST
@permission_required("members.add_member")
def upload(request: HttpRequest, club_id: int) -> JsonResponse:
    club = get_object_or_404(Club, pk=club_id)
    text = io.TextIOWrapper(request.FILES["list"], encoding="utf-8-sig")
    report = import_members(club, text)
    return JsonResponse({"added": report.added, "known": report.known})
