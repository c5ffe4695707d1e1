"""What OCR costs and gets right: scans of a page at 150 and 300 dpi, and photos of a price list.

    python -m benchmarks.ocr [--threads 2]

The pictures are drawn here with a font of matplotlib. Of each: processor seconds, seconds, the share of lines read letter by
letter as they were drawn, and the peak memory of the process so far.
"""

import argparse
import resource
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from rag.loading.ocr import OcrLimits, lines_of, ocr_for

FONT = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
PROSE = (
    "Returns are accepted within 30 days of delivery. Keep the receipt and send the goods back in their own box. Für "
    "Rücksendungen aus Österreich und der Schweiz gelten längere Fristen; die Gebühr beträgt 4,90 €. "
)
PRICES = [
    ("Colour print A4", "0.50"),
    ("Black and white print A4", "0.10"),
    ("Scan to USB stick", "1.20"),
    ("Laminating A4", "1.50"),
    ("Spiral binding up to 100 pages", "3.80"),
    ("Passport photos, set of four", "9.90"),
    ("Größe nach Maß, je m²", "12.00"),
]
Drawn = tuple[Image.Image, list[str]]


def page(dpi: int) -> Drawn:
    """An A4 page of prose in letters of 11 points, and prices below it."""
    width, height, margin = round(8.27 * dpi), round(11.69 * dpi), round(0.9 * dpi)
    picture = Image.new("L", (width, height), 255)
    draw, font, y = ImageDraw.Draw(picture), ImageFont.truetype(FONT, round(11 * dpi / 72)), margin
    said: list[str] = []
    line = ""
    for word in (PROSE * 8).split():
        if draw.textlength(f"{line} {word}", font=font) > width - 2 * margin:
            draw.text((margin, y), line, font=font, fill=0)
            said.append(line)
            line, y = "", y + round(15 * dpi / 72)
        line = f"{line} {word}".strip()
    for name, price in PRICES:
        y += round(18 * dpi / 72)
        draw.text((margin, y), name, font=font, fill=0)
        draw.text((width - margin, y), price, font=font, fill=0, anchor="ra")
        said += [name, price]
    return picture, said


def photo(size: tuple[int, int] = (3024, 4032)) -> Drawn:
    """A photo of 12 megapixels of a price list, at an angle, unevenly lit, blurred and with noise."""
    width, height = size
    sheet = Image.new("RGB", size, (250, 248, 240))
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 90)
    for n, (name, price) in enumerate(PRICES):
        draw.text((260, 600 + 200 * n), name, font=font, fill=(30, 30, 30))
        draw.text((width - 300, 600 + 200 * n), price, font=font, fill=(30, 30, 30), anchor="ra")
    shown = [(0.10, 0.09), (0.92, 0.05), (0.86, 0.94), (0.05, 0.90)]
    rows, values = [], []
    for (a, b), (x, y) in zip(shown, [(0, 0), (width, 0), (width, height), (0, height)], strict=True):
        u, v = a * width, b * height
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        values += [x, y]
    turned = tuple(np.linalg.solve(rows, values))
    seen = sheet.transform(size, Image.Transform.PERSPECTIVE, turned, Image.Resampling.BICUBIC, fillcolor=(120, 100, 80))
    light = np.linspace(0.65, 1.05, width)[None, :, None] * np.linspace(1, 0.85, height)[:, None, None]
    noise = np.random.default_rng(0).normal(0, 9, (height, width, 3))
    pixels = np.asarray(seen.filter(ImageFilter.GaussianBlur(1.5))) * light + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), [text for pair in PRICES for text in pair]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    limits = OcrLimits(seconds=3600, pages=1000, threads=parser.parse_args().threads)
    taken, said = photo()
    pictures = {"page, 150 dpi": page(150), "page, 300 dpi": page(300), "photo": (taken, said)}
    for degrees in (90, 180):
        pictures[f"photo, turned by {degrees}"] = taken.rotate(degrees, expand=True), said
    print("| picture | processor seconds | seconds | lines right | peak memory |\n|---|---|---|---|---|")
    with ocr_for("pictures", limits):
        lines_of(taken.resize((300, 400)))  # loads the models
        for name, (picture, expected) in pictures.items():
            start, busy = time.perf_counter(), time.process_time()
            read = {line.text for line in lines_of(picture)}
            busy, took = time.process_time() - busy, time.perf_counter() - start
            right = sum(line in read for line in expected) / len(expected)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(f"| {name} | {busy:.1f} | {took:.1f} | {right:.2f} | {peak:.2f} GB |")


if __name__ == "__main__":
    main()
