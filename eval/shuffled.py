"""A reader whose weights mean nothing: the bundled one with the blocks of every matrix shuffled.

It runs exactly as the real one does. What the product keeps with it, it does not owe to what the reader learned.
"""

import shutil
from pathlib import Path

import numpy as np

from models.errors import BadInputError

SEED = 20180909


def shuffle_reader(source: Path, target: Path, seed: int = SEED) -> int:
    """Write a copy of a GGUF with the blocks of each matrix in an order drawn by `seed`; return how many matrices.

    A block is what the quantisation stores as one (32 weights for Q8_0, one for plain numbers), so every matrix keeps
    its values and stays readable. Norms, biases and metadata stay as they are.

    Raises:
        BadInputError: the file is no GGUF.

    """
    import gguf

    try:
        reader = gguf.GGUFReader(source, "r")
    except (OSError, ValueError) as error:
        msg = f"{source}: cannot be read as GGUF ({error}); give the path of a reader's .gguf file"
        raise BadInputError(msg) from error
    matrices = [
        (int(tensor.data_offset), int(tensor.n_bytes), gguf.GGML_QUANT_SIZES[tensor.tensor_type][1])
        for tensor in reader.tensors
        if sum(int(size) > 1 for size in tensor.shape) >= 2  # a matrix has two sides
    ]
    del reader  # it maps the file
    shutil.copyfile(source, target)
    target.chmod(0o644)
    content = np.memmap(target, dtype=np.uint8, mode="r+")
    random = np.random.default_rng(seed)
    for offset, size, block in matrices:
        blocks = content[offset : offset + size].reshape(-1, block)
        blocks[:] = blocks[random.permutation(len(blocks))]
    content.flush()
    return len(matrices)
