"""Django's and REST framework's own exceptions, raised by handlers: errors that are expected."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404
from rest_framework.exceptions import APIException, Throttled

from chanx.core import websocket
from chanx.core.errors import MessageError, misnamed
from chanx.core.expected import code_of_status


def expect_framework_errors(consumer: type[websocket.AsyncJsonWebsocketConsumer[Any]]) -> None:
    """Have a consumer's handlers answer with Django's and REST framework's own exceptions.

    ===============================  =====================  =====================================
    exception                        code                   data
    ===============================  =====================  =====================================
    ``Http404``                      ``not_found``
    ``PermissionDenied``             ``permission_denied``
    ``ValidationError`` (Django's)   ``invalid``            texts by field, under ``errors``
    ``APIException``, its family     the exception's own    its ``detail`` under ``errors`` where
                                                            that is not a text; ``retry_after`` of
                                                            a ``Throttled``
    ===============================  =====================  =====================================

    Args:
        consumer: The class of all consumers of the framework.
    """
    consumer.exception_handler(Http404)(_not_found)
    consumer.exception_handler(PermissionDenied)(_permission_denied)
    consumer.exception_handler(ValidationError)(_invalid)
    consumer.exception_handler(APIException)(_of_api)


def _not_found(consumer: Any, error: Http404) -> MessageError:
    # As Django's views, which show the text to nobody but developers: it may name the model.
    return MessageError("not_found", "Not found.", status_code=404)


def _permission_denied(consumer: Any, error: PermissionDenied) -> MessageError:
    return MessageError("permission_denied", str(error) or "Permission denied.", status_code=403)


def _invalid(consumer: Any, error: ValidationError) -> MessageError:
    # Django's ValidationError has either, and message_dict raises where there are no fields.
    is_of_fields = hasattr(error, "error_dict")
    errors = error.message_dict if is_of_fields else {NON_FIELD_ERRORS: error.messages}
    texts = [text for several in errors.values() for text in several]
    detail = texts[0] if len(texts) == 1 else "The input is not valid."
    return MessageError("invalid", detail, data={"errors": errors}, status_code=400)


def _of_api(consumer: Any, error: APIException) -> MessageError:
    # A project's exception may have any; as a close code (4000 plus the status) it must be one that
    # refuses.
    status = error.status_code if 400 <= error.status_code <= 599 else 500
    data: dict[str, Any] = {}
    # None where the view does not know; a name that the stubs do not have.
    wait: Any = getattr(error, "wait", None) if isinstance(error, Throttled) else None
    if wait is not None:
        data["retry_after"] = wait
    if isinstance(error.detail, str):
        detail = str(error.detail)
    else:
        data["errors"], detail = error.detail, str(error.default_detail)
    return MessageError(_code_of(error), detail, data=data or None, status_code=status)


def _code_of(error: APIException) -> str:
    """Return the code of an exception's one text, or that of its class."""
    # A text for an error of one text; for others a list or dictionary, which is no name of a code.
    codes = error.get_codes()
    for code in (codes, error.default_code):
        if misnamed(code) is None:
            return str(code)
    return code_of_status(error.status_code)


__all__ = ["expect_framework_errors"]
