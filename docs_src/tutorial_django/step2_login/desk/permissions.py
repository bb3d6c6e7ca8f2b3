"""Who may see a case: for views as for consumers."""

from typing import Any

from rest_framework.permissions import BasePermission

from desk.models import Case


class IsOwnerOrHelper(BasePermission):
    """Lets the owner of a case in, and the staff."""

    message = "The case is somebody else's."

    def has_object_permission(self, request: Any, view: Any, obj: Case) -> bool:
        return bool(request.user.is_staff or obj.owner_id == request.user.pk)
