"""Budgets of what a caller can make the service spend, beside those of `settings`, which can be changed.

Each is checked before the work it bounds, for every protocol and notation alike.
"""

from typing import Final

MAX_PROBLEMS: Final = 20
"""Problems reported in one response: enough to mend a request, too few to fill a log. Reading ends there."""
MAX_ECHO: Final = 64
"""Characters of a refused name or value that are reported; never a whole body."""
MIN_ROWS: Final = 21_845
"""Rows for which the following hold, where the setting allows fewer."""
CONTAINERS: Final = 6
"""Objects and arrays in one JSON body for each row that may be in it: as tensors five, each value in a list
of its own. To make one takes as long as to read some hundred bytes."""
OBJECTS: Final = 2
"""Objects among them for each row: one as a transaction."""
VALUES: Final = 6
"""Values in one JSON body beside the first of each object and array, for each row: five."""
MAX_NAMES: Final = 8
"""Names of each object in a JSON body that count for nothing: a transaction has five, a tensor too."""
FREE_NAMES: Final = 1_024
"""Names beyond those, of all objects in a body: each is remembered while its object is read, which takes as
long as ten numbers."""
MAX_ADVISED_CATEGORIES: Final = 20
"""Unknown categories of one request that come with suggestions; others are named as unknown."""

SMALL_BODY: Final = 16 << 10
"""Bytes of a body or message that is read at once: a millisecond at most, whatever it holds."""
MAX_WAITING_BODIES: Final = 32
"""Larger ones that wait for their turn to be read."""

MAX_REQUEST_ID: Final = 1_024
"""Characters of an inference request's id, which comes back in the response."""
MAX_PARAMETERS: Final = 64
"""Parameters of an inference request, of an input, or of an output."""

MAX_MEMBERS: Final = 64
"""Members of a compressed body that may be smaller than `MIN_MEMBER`."""
MIN_MEMBER: Final = 256
"""Compressed bytes that each further member must come with: to begin one costs as much as some KiB."""
MAX_INFLATION: Final = 64
"""Bytes that a compressed stream may inflate to for each compressed one; payments come to some ten."""
FREE_INFLATION: Final = 1 << 20
"""Bytes that a compressed stream may inflate to beyond that."""
MAX_INFLATED_LINE: Final = 1 << 10
"""Bytes that a compressed stream may inflate to for each line that is answered, beyond `FREE_INFLATION`: who
has the service inflate has to take answers. Lines come to some hundred."""
MAX_BLANK_LINES: Final = 10
"""Blank lines of a stream for each line that is not."""
FREE_BLANK_LINES: Final = 1_000
"""Blank lines of a stream beyond that."""
MAX_REFUSED_SHARE: Final = 0.1
"""Refused lines of a stream for each accepted one: a refusal costs many times the bytes that cause it."""
FREE_REFUSED_LINES: Final = 1_000
"""Refused lines of a stream beyond that."""
SILENT_SECONDS: Final = 5.0
"""For so long without a line a stream keeps its place from others, once all places are taken."""
