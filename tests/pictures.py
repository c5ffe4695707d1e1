"""Pictures of text for tests: pages and price lists drawn with a font of matplotlib, and photos of them."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
PRICES = [("Service", "EUR"), ("Colour print A4", "0.50"), ("Scan to USB stick", "1.20"), ("Größe nach Maß", "12.00")]
PRICES += [("Laminating A4", "1.50"), ("Passport photos", "9.90")]


def drawn(texts, size=(900, 700), background=250):
    """Each (x, y, text, height of a letter) in dark grey; x from the right edge where it is negative."""
    picture = Image.new("L", size, background)
    draw = ImageDraw.Draw(picture)
    for x, y, text, height in texts:
        font = ImageFont.truetype(str(FONT), height)
        draw.text((x if x >= 0 else size[0] + x - draw.textlength(text, font=font), y), text, font=font, fill=30)
    return picture


def price_list():
    """A title, six rows of an article and its price at the right, and a sentence."""
    rows = [
        part
        for n, (name, price) in enumerate(PRICES)
        for part in ((70, 170 + 65 * n, name, 28), (-90, 170 + 65 * n, price, 28))
    ]
    return drawn([(70, 60, "Price list", 48), *rows, (70, 600, "Open Monday to Friday 9:00 to 18:30", 28)])


def photo(picture, lean=0.03):
    """The picture as a camera sees it from the side: in perspective, unevenly lit, blurred and with noise."""
    width, height = picture.size
    shown = [(0.06, 0.05 + lean), (0.94, 0.05 - lean), (0.90, 0.95 + lean), (0.03, 0.95 - lean)]
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (a, b), (x, y) in zip(shown, corners, strict=True):
        u, v = a * width, b * height
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        values += [x, y]
    seen = picture.transform(
        picture.size, Image.Transform.PERSPECTIVE, tuple(np.linalg.solve(rows, values)), Image.Resampling.BICUBIC, fillcolor=110
    )
    light = np.linspace(0.7, 1.0, width)[None, :]
    noisy = np.asarray(seen.filter(ImageFilter.GaussianBlur(0.8))) * light + np.random.default_rng(1).normal(
        0, 8, (height, width)
    )
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
