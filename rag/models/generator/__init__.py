"""Messages in, a stream of text out: any causal model of transformers, or a server that speaks OpenAI's chat completions."""

from pathlib import Path

from rag.models.generator.causal import CausalGenerator

__all__ = ["SHIPPED", "CausalGenerator"]

SHIPPED = Path(__file__).parent / "shipped"  # the adapter that comes with the package
