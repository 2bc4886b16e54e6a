"""Everything that can go wrong, as one tree.

```
FraudError
├── RequestError            the caller can mend it
│   ├── MalformedRequest    not JSON, or not the shape of the route
│   ├── UnknownRoute
│   ├── UnknownModel
│   ├── MethodNotAllowed
│   ├── RequestTimeout      the body did not arrive in time
│   ├── RequestTooLarge
│   ├── UnsupportedMedia
│   ├── InvalidTensor       the predictor takes another name, type or shape
│   ├── InvalidTransaction  a field's value is out of its range
│   └── HeadTooLarge
├── ServiceError            the caller can try again
│   ├── Overloaded
│   ├── PredictorAway
│   └── DeadlineExceeded
├── ArtifactError           a process refuses to start on it
│   ├── ArtifactMissing
│   ├── ArtifactCorrupt
│   ├── UnknownSchema
│   ├── ArtifactUntrusted   not signed, or by no key that is trusted here
│   ├── NotCompilable       publishing refuses on it
│   ├── DatasetSeen         a model was fitted or chosen on rows that it is to be judged by
│   └── PairMismatch        also while serving: the two pods hold artifacts of different releases
├── RegistryError
│   ├── RegistryUnauthorized
│   ├── RegistryUnavailable
│   ├── NotInRegistry       there is none
│   ├── UnusableInRegistry  there is one, and it cannot be used: nothing is replaced or moved because of it
│   └── RegistryBusy        another move of an alias is under way, or came in between
├── MetricsUnreadable       a process's metrics page is none, or too large
├── UsageError              a command was called wrongly: exit code 2
│   └── InvalidReference    text that names no artifact, or an alias where a pinned version is needed
└── SettingsError
```

The edge gives each a status of its transport (`fraud_serving`: `http_status`, `grpc`); none is known here.
A message says what is wrong, where, and what to do. It may be shown to a caller, so it never holds
another library's exception text, a host name or a whole request body.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class FraudError(Exception):
    """Root of the tree. `code` is its stable name for machines."""

    code: ClassVar[str] = "internal"
    retry_after: ClassVar[int | None] = None
    """Seconds a caller should wait before trying again; None where trying again is no use."""

    def __init__(self, message: str, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def body(self, transaction_id: str | None = None) -> dict[str, Any]:
        """The JSON object of the answer: `error`, `code`, `details` and, if known, `transaction_id`."""
        body = {"error": self.message, "code": self.code, "details": [dict(each) for each in self.details]}
        return body if transaction_id is None else body | {"transaction_id": transaction_id}


class RequestError(FraudError):
    """The request is at fault."""

    code = "bad_request"


class MalformedRequest(RequestError):
    """The body is no JSON, or not of the shape that the route takes."""

    code = "malformed"


class UnknownRoute(RequestError):
    """Nothing is served at that path."""

    code = "unknown_route"


class UnknownModel(RequestError):
    """The path or message names a model that is not served here."""

    code = "unknown_model"


class MethodNotAllowed(RequestError):
    """The path exists, the method does not."""

    code = "method_not_allowed"

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class RequestTimeout(RequestError):
    """The body did not arrive in time."""

    code = "request_timeout"


class RequestTooLarge(RequestError):
    """Body or number of rows beyond the limit."""

    code = "too_large"


class UnsupportedMedia(RequestError):
    """The content type or encoding is none that the route reads."""

    code = "unsupported_media"


class InvalidTensor(RequestError):
    """A tensor at the predictor is not of the name, type or shape that it takes."""

    code = "invalid_tensor"


class InvalidTransaction(RequestError):
    """A field is missing, unknown or out of its range; `details` name each, what was got, what is allowed."""

    code = "invalid"


class HeadTooLarge(RequestError):
    """Request line and headers beyond the limit."""

    code = "head_too_large"


class ServiceError(FraudError):
    """The service is at fault for the moment."""

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


class ArtifactUntrusted(ArtifactError):
    """Not signed, or by no key that is trusted here."""

    code = "artifact_untrusted"


class NotCompilable(ArtifactError):
    """A preprocessing step has no compiled form; the message names it."""

    code = "not_compilable"


class PairMismatch(ArtifactError):
    """Model and preprocessor do not belong together."""

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


class MetricsUnreadable(FraudError):
    """What answers on a metrics port is no page of Prometheus's text format."""

    code = "metrics_unreadable"


class RegistryBusy(RegistryError):
    """Another move of `production` is under way, or something else was put there since the caller looked."""

    code = "registry_busy"


class UsageError(FraudError):
    """A command line asks for something that makes no sense."""

    code = "usage"


class InvalidReference(UsageError):
    """A text that names no artifact, or no pinned version where one is needed."""

    code = "invalid_reference"


class SettingsError(FraudError):
    """A setting is unknown or has an impossible value."""

    code = "settings"
