"""Fine-tuning on a maintainer's own questions, each behind a gate: a checkpoint that is not better is not used."""
