"""`python -m support.servers.transformer_of_pods`: a transformer whose predictor has the addresses in PODS.

No machine that runs tests has a name with several addresses, as a headless Service is.
"""

import os
import sys

from fraud_serving.process import run
from fraud_transformer.__main__ import serve
from fraud_transformer.scoring import discovery


def resolver(target: str) -> discovery.Resolve:
    """Those addresses, with the port of `target`."""
    port = target.rpartition(":")[2]
    addresses = frozenset(f"{host}:{port}" for host in os.environ["PODS"].split(","))

    async def resolve() -> frozenset[str]:
        return addresses

    return resolve


if __name__ == "__main__":
    discovery.resolver = resolver
    sys.exit(run(serve))
