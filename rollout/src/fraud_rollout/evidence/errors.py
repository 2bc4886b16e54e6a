"""Why evidence is not there.

```
FraudError
└── EvidenceError
    ├── EvidenceMissing     it may still come: no answer, or too late
    └── EvidenceUntrusted   it cannot be used whatever else comes: another release, other rows, no scores
```
"""

from fraud_contract.errors import FraudError


class EvidenceError(FraudError):
    """No evidence."""

    code = "no_evidence"


class EvidenceMissing(EvidenceError):
    """The release does not answer, or not in time."""

    code = "evidence_missing"


class EvidenceUntrusted(EvidenceError):
    """What answered is not the release that was asked, or not to what was asked."""

    code = "evidence_untrusted"
