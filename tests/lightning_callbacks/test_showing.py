"""Attributions that show themselves in notebooks."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lightning_callbacks import Feature, SpaceOptions, attribute
from lightning_callbacks.showing import as_html
from lightning_callbacks.showing.colours import NEGATIVE, POSITIVE, colours, ink
from lightning_callbacks.showing.inputs import MOST_SHOWN
from lightning_callbacks.showing.pictures import SIDE, overlay
from tests import toys

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "&amp;", "größe"]
VOID = {"img", "polyline", "image", "br"}


class Checked(HTMLParser):
    """Collects tags and text, and makes sure that every tag is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.open = [], "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(html):
    page = Checked()
    page.feed(html)
    page.close()
    assert not page.open
    assert not [tag for tag, _ in page.tags if tag in ("script", "iframe", "link", "object")]
    sources = [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not [k for _, attrs in page.tags for k in attrs if k.startswith("on")]
    return page


def of_images(**options):
    return attribute(toys.conv_net(3).eval(), toys.images(12, channels=3), **options)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(len(HOSTILE), 4)
        self.head = nn.Linear(4, 2)

    def forward(self, input_ids, attention_mask):
        return self.head((self.words(input_ids) * attention_mask.unsqueeze(2)).sum(1))


def of_text():
    ids = torch.arange(8).remainder(4).reshape(2, 4)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    batch = {"input_ids": ids, "attention_mask": mask}
    options = SpaceOptions(tokenizer=HOSTILE)
    return attribute(Words(), batch, method="deeplift", options=options)


def of_table():
    net = nn.Linear(4, 1, bias=False)
    net.weight.data = torch.tensor([[1.0, -2.0, 0.5, 0.0]])
    features = [
        Feature("<b>age</b>", 0, unit="years"),
        Feature("rooms", 1),
        Feature("kind", [2, 3], categories=["own", "<i>rent</i>"]),
    ]
    table = torch.tensor([[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    options = SpaceOptions(features=features)
    return attribute(net, table, method="deeplift", baseline="zero", options=options)


def of_series(length=700, channels=2):
    net = nn.Sequential(nn.Conv1d(channels, 4, 9), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    signals = torch.randn(2, channels, length, generator=torch.Generator().manual_seed(0))
    return attribute(net, signals, method="deeplift")


def test_images_are_shown_with_their_maps_and_no_more_than_a_few():
    found = of_images(method="deeplift")
    page = parsed(found._repr_html_())
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(pictures) == 2 * MOST_SHOWN
    assert {attrs["width"] for attrs in pictures} == {str(SIDE)}
    assert f"the first {MOST_SHOWN} of 12 samples" in page.text
    assert "values add up to within" in page.text
    sheet = Image.open(io.BytesIO(found._repr_png_()))
    assert sheet.size[0] > MOST_SHOWN * SIDE
    assert sheet.size[1] > 2 * SIDE


def test_class_activation_maps_are_named_by_their_layer():
    text = parsed(of_images(method="gradcam")._repr_html_()).text
    assert "gradcam of layer 5 · unit: logit" in text


def test_the_sign_is_the_colour():
    grey = Image.new("RGB", (40, 20), (128, 128, 128))
    shares = np.zeros((1, 2))
    shares[0] = -1, 1
    seen = np.asarray(overlay(grey, shares, signed=True), int)
    left, right = seen[10, 0], seen[10, -1]
    assert left[2] > left[0] + 50
    assert right[0] > right[2] + 50
    flat = np.asarray(overlay(grey, 0 * shares, signed=True))
    assert len(np.unique(flat)) == 1  # and neither sign


def test_a_flat_map_of_one_sign_is_flat_and_larger_is_lighter():
    grey = Image.new("RGB", (40, 20), (128, 128, 128))
    seen = np.asarray(overlay(grey, np.array([[0.0, 1.0]]), signed=False), int)
    assert seen[10, -1].sum() > seen[10, 0].sum() + 100
    assert (
        len(np.unique(np.asarray(overlay(grey, np.full((3, 3), 0.5), signed=False)), axis=0)) == 1
    )


def test_hostile_tokens_are_text():
    html = of_text()._repr_html_()
    page = parsed(html)
    assert all(token in page.text for token in HOSTILE)
    assert "<script>" not in html
    assert page.text.count(HOSTILE[2]) == 1  # in the second text it is padding


def test_words_are_legible_on_every_shade_of_either_theme():
    for name in ("vik", "berlin"):
        for share in np.linspace(-1, 1, 41):
            ground, colour = ink(float(share), name)
            assert contrast(ground, colour) >= 4.5
    assert ink(0.0, "vik")[0] == "#ffffff"
    assert ink(float("nan"), "berlin")[0] == ink(0.0, "berlin")[0]


def contrast(one, other):
    """As WCAG 2 defines it, of colours #rrggbb or #rgb."""

    def luminance(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_bars_of_tables_have_sign_length_and_order():
    html = of_table()._repr_html_()
    page = parsed(html)
    first = html.split("<figure>")[1]
    rows = re.findall(r"<tr>.*?</tr>", first)
    assert ["rooms" in rows[0], "age" in rows[1], "kind" in rows[2]] == [True] * 3
    assert NEGATIVE in rows[0]
    assert "width:50.0%" in rows[0]
    assert POSITIVE in rows[1]
    assert "width:25.0%" in rows[1]
    assert "<b>age</b>" in page.text
    assert "<i>rent</i>" in page.text
    assert "1 years" in page.text


def test_signals_are_drawn_channel_by_channel():
    page = parsed(of_series()._repr_html_())
    lines = [attrs["points"] for tag, attrs in page.tags if tag == "polyline"]
    assert len(lines) == 4
    assert len(lines[0].split()) == 350  # means of two points each
    many = parsed(of_series(50, 7)._repr_html_())
    assert "3 more channels" in many.text


def test_what_is_not_finite_is_shown_all_the_same():
    found = of_table()
    found.values[0, 0] = float("nan")
    found.values[1, 1] = float("inf")
    parsed(found._repr_html_())


def test_only_images_are_pictures():
    assert of_table()._repr_png_() is None
    assert of_text()._repr_png_() is None


def test_pieces_are_small():
    assert len(of_images(method="deeplift")._repr_html_()) < 600_000
    assert len(of_text()._repr_html_()) < 20_000


def test_both_themes_are_in_the_piece():
    html = as_html(of_text())
    assert "[data-jp-theme-light=false]" in html
    assert "prefers-color-scheme:dark" in html
    assert "--l:" in html
    assert "--d:" in html


@pytest.mark.parametrize("name", ["inferno", "vik", "berlin"])
def test_colours_are_the_pages(name, pytestconfig):
    text = (pytestconfig.rootpath / "frontend/src/maps/colormaps.ts").read_text()
    points = re.search(rf'{name}:\s*"([0-9a-f]+)"', text)[1]
    ends = [
        [int(points[k : k + 2], 16) for k in (at, at + 2, at + 4)] for at in (0, len(points) - 6)
    ]
    assert colours(name, np.array([0.0, 1.0])).tolist() == ends
