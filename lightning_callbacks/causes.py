"""Why a monitor could not record something, in words: what torch says of some models helps nobody.

It knows errors and warnings; nothing of monitors.
"""

from __future__ import annotations

# By what torch's own text holds.
_SENTENCES = {
    "use_reentrant=True, torch.utils.checkpoint is incompatible with .grad()": (
        "The model calls torch.utils.checkpoint with use_reentrant=True in eval mode too, through "
        "which no gradients of inputs can be taken. Pass use_reentrant=False, or checkpoint only "
        "where self.training is set"
    ),
    "torch.utils.checkpoint: A different number of tensors was saved": (
        "The model calls torch.utils.checkpoint in eval mode too, and what runs again there is "
        "not what was looked at. Checkpoint only where self.training is set"
    ),
    "dispatch: attempting to run unimplemented operator": (
        "The model has weights of a quantised type that can't be computed with as this monitor "
        "does. Record it before it is quantised, or name layers that are not"
    ),
    "register_forward_hook is not supported on ScriptModules": (
        "The layer is scripted, and what happens inside of scripted modules is not seen. Record "
        "the module that was scripted"
    ),
}


class MonitorWarning(UserWarning):
    """A monitor could not record something; training goes on as if it were not there."""


class RefusedError(RuntimeError):
    """A monitor can't work in this training, and says what to do instead; no use to try again."""


def cause_of(error: Exception) -> str:
    """Returns what to tell of `error`: a sentence that says what to do, where there is one."""
    text = str(error)
    if isinstance(error, RefusedError):
        return text.rstrip(".")
    found = (sentence for words, sentence in _SENTENCES.items() if words in text)
    return next(found, f"{type(error).__name__}: {text}".rstrip("."))
