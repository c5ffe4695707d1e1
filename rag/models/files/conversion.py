"""A GGUF file to a plain transformers folder, so that loading needs no conversion."""

import contextlib
import io
from pathlib import Path

CONVERSION = 1  # raise it when convert writes something else: folders made before are then made again


def convert(gguf: Path, folder: Path) -> Path:
    """A GGUF file to a transformers folder, in float32.

    16 bits would halve its 540 MB, but cannot hold the 4-bit blocks exactly: one greedy answer in eight changed, in float16 as
    in bfloat16. float32 also loads fastest (0.1 s, against 0.5 s), because nothing is converted.
    """
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with contextlib.redirect_stderr(io.StringIO()):  # transformers draws three progress bars and takes no argument against them
        quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
        del quantised.config.quantization_config  # with it, the folder would ask for the GGUF file again
        plain = type(quantised)(quantised.config)  # `quantised` itself refuses save_pretrained
        plain.load_state_dict(quantised.state_dict(), assign=True)
        plain.tie_weights()
        plain.generation_config = quantised.generation_config
        try:
            plain.save_pretrained(folder)
        except SafetensorError as error:  # its way of saying that the disk is full
            raise OSError(str(error)) from error
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    # safetensors writes for the owner only; a cache filled by one user (a container build) is read by another
    (folder / "model.safetensors").chmod((folder / "config.json").stat().st_mode)
    return folder
