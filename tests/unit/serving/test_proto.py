"""The .proto in the repository is what the gRPC port speaks."""

from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

PROTO = Path(__file__).parents[3] / "serving" / "proto" / "open_inference.proto"


def test_the_proto_compiles_to_what_is_served(tmp_path: Path) -> None:
    compiled = tmp_path / "descriptors"
    arguments = ["protoc", f"--proto_path={PROTO.parent}", f"--descriptor_set_out={compiled}", PROTO.name]
    assert 0 == protoc.main(arguments)
    [ours] = FileDescriptorSet.FromString(compiled.read_bytes()).file
    served = FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(served)
    assert lines(served) == lines(ours)


def lines(file: FileDescriptorProto) -> list[str]:
    """A file without its name, and without what a compiler may add or leave out."""
    file.ClearField("options")
    file.ClearField("name")
    for method in file.service[0].method:
        method.ClearField("options")
    return [line for line in str(file).splitlines() if "json_name" not in line]
