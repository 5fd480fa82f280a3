"""`backfill(...)`: explain checkpoints of a training afterwards, as if it had been recorded then.

    python -m lightning_callbacks.backfill 'lightning_logs/version_0/checkpoints/*.ckpt'
        --module my.nets:Classifier --datamodule my.data:Data --monitor GradCAMMonitor

Checkpoints are loaded one after the other into one module; monitors are told of each as
`trainer.validate(ckpt_path=...)` would tell them.
"""

from lightning_callbacks.backfill.backfill import Backfilled, backfill
from lightning_callbacks.backfill.checkpoints import Checkpoint, CheckpointError

__all__ = ["Backfilled", "Checkpoint", "CheckpointError", "backfill"]
