"""What can go wrong with records.

```
FraudError
└── RecordError
    ├── RecordConflict      another process saved it in between
    ├── RecordNotSaved      the old one is still there
    └── NoSuchRecord
```
"""

from fraud_contract.errors import FraudError


class RecordError(FraudError):
    """A record could not be read or written."""

    code = "record_store"


class RecordConflict(RecordError):
    """The record was saved by another process since it was loaded."""

    code = "record_conflict"


class RecordNotSaved(RecordError):
    """The record could not be written; what was saved before is still there."""

    code = "record_not_saved"


class NoSuchRecord(RecordError):
    """There is no record of that id."""

    code = "no_such_record"
