"""What the page remembers in a browser are settings that there are."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "frontend/src"


def declared():
    """Returns the keys of all settings, as the address names them."""
    keys = set(re.findall(r'(\w+): setting(?:<[^(]*>)?\("(\w+)"', (SOURCE / "view.ts").read_text()))
    found = {key for _, key in keys}
    for path in (SOURCE / "panels").rglob("settings.ts"):
        text = path.read_text("utf-8")
        panel = path.relative_to(SOURCE / "panels").parts[0]
        found |= {f"{panel}.{name}" for name in re.findall(r'\bkey\("(\w+)"\)', text)}
        found |= set(re.findall(rf'"({panel}\.\w+)"', text))
    return found


def test_every_key_is_a_setting_of_the_page():
    source = (SOURCE / "remembered.ts").read_text("utf-8")
    kept = set(re.findall(r'^  "([\w.]+)",$', source, re.MULTILINE))
    assert len(kept) > 5
    assert kept <= declared()
