#!/usr/bin/env python3
"""An independent reader of safetensors files: struct and json only. Prints what it sees as one JSON object."""
import hashlib
import json
import struct
import sys

SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "I32": 4, "I64": 8, "F16": 2, "BF16": 2, "F32": 4, "F64": 8}


def main(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    assert 8 + length <= len(content) and length % 8 == 0
    header = json.loads(content[8:8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    data = content[8 + length:]
    out = {"metadata": metadata, "tensors": {}}
    at = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        count = 1
        for size in entry["shape"]:
            count *= size
        assert begin == at and end - begin == count * SIZES[entry["dtype"]], name
        at = end
        out["tensors"][name] = {"dtype": entry["dtype"], "shape": entry["shape"],
                                "sha256": hashlib.sha256(data[begin:end]).hexdigest()}
    assert at == len(data)
    # The checksum of the file, with zeros in its own place.
    own = metadata["imago.sha256"].encode()
    place = content.index(own)
    out["checksum_fits"] = hashlib.sha256(content[:place] + b"0" * 64 + content[place + 64:]).hexdigest().encode() == own
    out["file"] = hashlib.sha256(content).hexdigest()
    print(json.dumps(out))


main(sys.argv[1])
