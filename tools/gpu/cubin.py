"""What a cubin would make a GPU do, without the names: the machine code of its kernels, the shared memory and
parameters they declare, and the data they read. Line numbers, comments and paths leave no trace in it; the names
do carry some (nvcc puts a hash of the file into those of internal linkage), so they are left out."""

import hashlib
import struct

PROGBITS, NOBITS = 1, 8


def sections(data):
    """(name, type, size, bytes) of each section of a 64-bit little-endian ELF file."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("is not a 64-bit little-endian ELF file")
    table, = struct.unpack_from("<Q", data, 0x28)
    entry, count, names_at = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * entry) for i in range(count)]
    strings = headers[names_at][4]
    for name, kind, _, _, offset, size in headers:
        text = data[strings + name:data.index(b"\0", strings + name)].decode()
        yield text, kind, size, b"" if kind == NOBITS else data[offset:offset + size]


def kernels(data):
    """A digest of each kernel or function, and of each block of data, of a cubin."""
    code, beside, constants = {}, {}, []
    for name, kind, size, content in sections(data):
        if name.startswith(".text."):
            code[name[len(".text."):]] = content
        elif name.startswith((".nv.shared.", ".nv.constant0.")):
            part, function = name[len(".nv."):].split(".", 1)
            beside.setdefault(function, []).append(f"{part} {size}")
        elif kind == PROGBITS and name.startswith((".nv.constant3", ".nv.constant2", ".nv.global.init")):
            constants.append(content)
    digests = [hashlib.sha256(content).hexdigest() for content in constants]
    for function, content in code.items():
        digest = hashlib.sha256(content)
        digest.update("\n".join(sorted(beside.get(function, []))).encode())
        digests.append(digest.hexdigest())
    return digests
