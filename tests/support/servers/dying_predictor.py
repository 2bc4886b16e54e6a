"""`python -m support.servers.dying_predictor PORT`: a gRPC server whose process ends when it is called."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


class _Dying(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio ships no types
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        del details

        def die(_: bytes, __: grpc.ServicerContext) -> bytes:
            os._exit(1)

        return grpc.unary_unary_rpc_method_handler(die)


def main() -> None:
    """Serve until called."""
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool, handlers=[_Dying()])
        server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
        server.start()
        server.wait_for_termination()


if __name__ == "__main__":
    main()
