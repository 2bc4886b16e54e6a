"""Everything that can go wrong, as one tree.

```
FraudError
├── RequestError            the caller can mend it
│   ├── MalformedRequest    400  not JSON, or not the shape of the route
│   ├── UnknownRoute        404
│   ├── UnknownModel        404
│   ├── MethodNotAllowed    405
│   ├── RequestTimeout      408  the body did not arrive in time
│   ├── RequestTooLarge     413
│   ├── UnsupportedMedia    415
│   ├── InvalidTransaction  422  a field's value is out of its range
│   └── HeadTooLarge        431
├── ServiceError            the caller can try again
│   ├── Overloaded          503
│   ├── PredictorAway       503
│   └── DeadlineExceeded    504
├── ArtifactError           a process refuses to start on it
│   ├── ArtifactMissing
│   ├── ArtifactCorrupt
│   ├── UnknownSchema
│   ├── NotCompilable       publishing refuses on it
│   ├── DatasetSeen         a model was fitted or chosen on rows that it is to be judged by
│   └── PairMismatch        also while serving: the two pods hold artifacts of different releases
├── RegistryError
│   ├── RegistryUnauthorized
│   ├── RegistryUnavailable
│   ├── NotInRegistry       there is none
│   └── UnusableInRegistry  there is one, and it cannot be used: nothing is replaced or moved because of it
├── UsageError              a command was called wrongly: exit code 2
│   └── InvalidReference    text that names no artifact, or an alias where a pinned version is needed
└── SettingsError
```

A message says what is wrong, where, and what to do. It may be shown to a caller, so it never holds
another library's exception text, a host name or a whole request body.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class FraudError(Exception):
    """Root of the tree. `status` is the HTTP status it answers with, `code` its stable name for machines."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    retry_after: ClassVar[int | None] = None
    """Seconds a caller should wait before trying again; None where trying again is no use."""

    def __init__(self, message: str, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def body(self, transaction_id: str | None = None) -> dict[str, Any]:
        """The JSON object of the answer: `error`, `code`, `details` and, if known, whose answer it is."""
        told = {"error": self.message, "code": self.code, "details": [dict(each) for each in self.details]}
        return told if transaction_id is None else told | {"transaction_id": transaction_id}


class RequestError(FraudError):
    """The request is at fault."""

    status = 400
    code = "bad_request"


class MalformedRequest(RequestError):
    """The body is no JSON, or not of the shape that the route takes."""

    code = "malformed"


class UnknownRoute(RequestError):
    """Nothing is served at that path."""

    status = 404
    code = "unknown_route"


class UnknownModel(RequestError):
    """The path or message names a model that is not served here."""

    status = 404
    code = "unknown_model"


class MethodNotAllowed(RequestError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class RequestTimeout(RequestError):
    """The body did not arrive in time."""

    status = 408
    code = "request_timeout"


class RequestTooLarge(RequestError):
    """Body or number of rows beyond the limit."""

    status = 413
    code = "too_large"


class UnsupportedMedia(RequestError):
    """The content type or encoding is none that the route reads."""

    status = 415
    code = "unsupported_media"


class InvalidTransaction(RequestError):
    """A field is missing, unknown or out of its range; `details` name each, what was got, what is allowed."""

    status = 422
    code = "invalid"


class HeadTooLarge(RequestError):
    """Request line and headers beyond the limit."""

    status = 431
    code = "head_too_large"


class ServiceError(FraudError):
    """The service is at fault for the moment."""

    status = 503
    code = "unavailable"
    retry_after = 1


class Overloaded(ServiceError):
    """More requests wait than the queue holds."""

    code = "overloaded"


class PredictorAway(ServiceError):
    """No predictor answers."""

    code = "predictor_away"


class DeadlineExceeded(ServiceError):
    """The answer would come after the request's deadline."""

    status = 504
    code = "deadline_exceeded"


class ArtifactError(FraudError):
    """An artifact cannot be used."""

    code = "artifact"


class ArtifactMissing(ArtifactError):
    """A folder or a file of an artifact is not there."""

    code = "artifact_missing"


class ArtifactCorrupt(ArtifactError):
    """A file differs from the manifest, or cannot be read."""

    code = "artifact_corrupt"


class UnknownSchema(ArtifactError):
    """Written by a version of this software that is not understood here."""

    code = "unknown_schema"


class NotCompilable(ArtifactError):
    """A preprocessing step has no compiled form; the message names it."""

    code = "not_compilable"


class PairMismatch(ArtifactError):
    """Model and preprocessor do not belong together."""

    status = 503
    code = "pair_mismatch"
    retry_after = 5


class DatasetSeen(ArtifactError):
    """A model was fitted or chosen on payments that it is to be judged by."""

    code = "dataset_seen"


class RegistryError(FraudError):
    """The registry did not give what was asked for."""

    code = "registry"


class RegistryUnauthorized(RegistryError):
    """The key was refused."""

    code = "registry_unauthorized"


class RegistryUnavailable(RegistryError):
    """The registry cannot be reached, or fails."""

    code = "registry_unavailable"


class NotInRegistry(RegistryError):
    """No such artifact, version or alias."""

    code = "not_in_registry"


class UnusableInRegistry(RegistryError):
    """There is such an artifact, but not one that this software published, or not all of it."""

    code = "unusable_in_registry"


class UsageError(FraudError):
    """A command line asks for something that makes no sense."""

    code = "usage"


class InvalidReference(UsageError):
    """A text that names no artifact, or no pinned version where one is needed."""

    code = "invalid_reference"


class SettingsError(FraudError):
    """A setting is unknown or has an impossible value."""

    code = "settings"
