# ruff: noqa: E501
"""What people type that is nobody's personal data and looks like it: order and tracking numbers, dates, prices, codes."""

import random
import string
import uuid
from collections.abc import Callable

Maker = Callable[[random.Random], str]


def some(made: random.Random, n: int, pool: str = string.digits) -> str:
    return "".join(made.choice(pool) for _ in range(n))


def luhn_valid(made: random.Random, prefix: str, length: int) -> str:
    """A number that passes the check of payment cards, as one in ten order numbers does."""
    while True:
        number = prefix + some(made, length - len(prefix))
        doubled = [int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(number))]
        if sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0:
            return number


def order_plain(made: random.Random) -> str:
    """A number that nothing but its form tells from a person's; those forms that belong to somebody are left out."""
    day = f"2026{made.randint(1, 12):02d}{made.randint(1, 28):02d}"
    return made.choice([
        some(made, 5), made.choice("123456789") + some(made, 5), made.choice("123456789") + some(made, 7),
        made.choice("3456789") + some(made, 8), made.choice("2345679") + some(made, 9), made.choice("2345679") + some(made, 11),
        f"{made.choice('123')}{some(made, 2)}-{some(made, 7)}-{some(made, 7)}", day + some(made, 4), day + some(made, 6),
        f"ORD-{some(made, 6)}", f"{made.choice('ABWKR')}{some(made, 8)}", f"2026-{some(made, 6)}", f"FN{some(made, 9)}",
        f"{some(made, 4)}-{some(made, 4)}", f"SO{day}-{some(made, 4)}", f"#{some(made, 6)}", f"{some(made, 2)}-{some(made, 5)}-{some(made, 5)}",
        f"{some(made, 3, string.ascii_uppercase)}-{some(made, 4)}-{some(made, 4)}", some(made, 8, string.ascii_uppercase + string.digits[2:]),
    ])  # fmt: skip


def order(made: random.Random) -> str:
    forms: list[Maker] = [
        order_plain, order_plain, lambda made: "00" + some(made, 8), lambda made: some(made, 18), lambda made: "2" + some(made, 18),
        lambda made: f"SO/2026/{some(made, 5)}", lambda made: f"R-{some(made, 7)}-{some(made, 2)}", lambda made: some(made, 16),
        lambda made: f"{some(made, 4)} {some(made, 4)} {some(made, 2)}", lambda made: f"{some(made, 3)}.{some(made, 3)}.{some(made, 3)}",
        lambda made: f"DE{some(made, 8)}", lambda made: f"INV-2026-{some(made, 4)}", lambda made: f"{some(made, 10)}/{some(made, 1)}",
    ]  # fmt: skip
    return made.choice(forms)(made)


def order_tricky(made: random.Random) -> str:
    """Order numbers in the forms of cards, telephones and national numbers; only the words around them tell."""
    return made.choice([
        luhn_valid(made, "4", 16), luhn_valid(made, "53", 16), luhn_valid(made, "62", 19), luhn_valid(made, "37", 15),
        "202456" + "1" + some(made, 3), "0171" + "2345" + some(made, 3), "138" + some(made, 8), "159" + some(made, 8),
        luhn_valid(made, made.choice("123457"), 9), "9434765919", "86095742719", "1237010180", "202-456-11" + some(made, 2),
        "078-05-" + some(made, 4), "212-73-65" + some(made, 2), "030-90182" + some(made, 2),
    ])  # fmt: skip


def tracking(made: random.Random) -> str:
    return (
        tracking_alone(made)
        if made.random() < 0.2
        else made.choice([some(made, 10), some(made, 12), some(made, 14), luhn_valid(made, "37", 15)])
    )


def tracking_alone(made: random.Random) -> str:
    return made.choice([
        "1Z" + some(made, 6, string.ascii_uppercase + string.digits) + some(made, 10), "003404341" + some(made, 11), f"RR{some(made, 9)}DE",
        f"AB{some(made, 9)}GB", "JJD0" + some(made, 16), "9400" + some(made, 18), "SF" + some(made, 13), "YT" + some(made, 13),
        "H" + some(made, 19), f"9400 1{some(made, 3)} {some(made, 4)} {some(made, 4)} {some(made, 4)} {some(made, 2)}",
    ])  # fmt: skip


def isbn(made: random.Random) -> str:
    body = "9783" + some(made, 8)
    whole = body + str(-sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(body)) % 10)
    return made.choice(
        [whole, f"{whole[:3]}-{whole[3]}-{whole[4:8]}-{whole[8:12]}-{whole[12]}", "3-" + f"{some(made, 3)}-{some(made, 5)}-X"]
    )


def ean(made: random.Random) -> str:
    body = made.choice(["400", "426", "501", "690", "761"]) + some(made, 9)
    return body + str(-sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(body)) % 10)


def date(made: random.Random) -> str:
    y, m, d = made.randint(2019, 2027), made.randint(1, 12), made.randint(1, 28)
    return made.choice(
        [
            f"{y}-{m:02d}-{d:02d}",
            f"{d}/{m}/{y}",
            f"{m:02d}/{d:02d}/{y}",
            f"{d} May {y}",
            f"{y}/{m:02d}/{d:02d}",
            f"{y}{m:02d}{d:02d}",
            f"{d:02d}-{m:02d}-{y}",
            f"{y}-{m:02d}-{d:02d}T10:20:30+00:00",
        ]
    )


def date_de(made: random.Random) -> str:
    y, m, d = made.randint(2019, 2027), made.randint(1, 12), made.randint(1, 28)
    return made.choice([f"{d:02d}.{m:02d}.{y}", f"{d}.{m}.{y % 100:02d}", f"{d}. Mai {y}", f"{d:02d}.{m:02d}.{y} 14:30"])


def version(made: random.Random) -> str:
    return made.choice(
        [
            f"{made.randint(1, 20)}.{made.randint(0, 9)}.{made.randint(0, 99)}",
            f"v{made.randint(1, 9)}.{made.randint(0, 12)}",
            f"{made.randint(1, 200)}.0.{some(made, 4)}.{some(made, 3)}",
            f"{some(made, 1)}.{some(made, 1)}.{some(made, 1)}-rc1+build.{some(made, 4)}",
            f"2026.{made.randint(1, 12)}.{made.randint(0, 9)}",
        ]
    )


def price(made: random.Random) -> str:
    return made.choice(
        [
            f"£{made.randint(1, 999)}.{some(made, 2)}",
            f"${made.randint(1, 9)},{some(made, 3)}.{some(made, 2)}",
            f"{made.randint(1, 999)} USD",
            f"EUR {some(made, 3)}.{some(made, 2)}",
            f"$1,{some(made, 3)},{some(made, 3)}.{some(made, 2)}",
        ]
    )


HARMLESS: dict[str, Maker] = {
    "order": order,
    "order plain": order_plain,
    "order tricky": order_tricky,
    "tracking": tracking,
    "tracking alone": tracking_alone,
    "sku": lambda made: made.choice([f"FN-{some(made, 4)}-BLK", f"{some(made, 3)}.{some(made, 3)}.{some(made, 2)}", some(made, 8), f"{some(made, 2, string.ascii_uppercase)}{some(made, 5)}", f"B0{some(made, 8, string.ascii_uppercase + string.digits)}", f"{some(made, 4)}-{some(made, 3)}-{some(made, 2)}", f"LRK/{some(made, 4)}/M"]),
    "model": lambda made: made.choice(["Corrie 300", "MX-5000X", "EOS 5D", "Galaxy S24", "WH-1000XM5", "T480s", "ThinkPad X13"]),
    "date": date,
    "date de": date_de,
    "date zh": lambda made: f"{made.randint(2019, 2027)}年{made.randint(1, 12)}月{made.randint(1, 28)}日",
    "time": lambda made: made.choice([f"{made.randint(0, 23):02d}:{made.randint(0, 59):02d}", f"{made.randint(0, 23)}:{made.randint(0, 59):02d}", f"{made.randint(0, 23):02d}:{made.randint(0, 59):02d}:{made.randint(0, 59):02d}"]),
    "price": price,
    "price de": lambda made: made.choice([f"{made.randint(1, 999)},{some(made, 2)} €", f"1.{some(made, 3)},{some(made, 2)} EUR", f"{made.randint(1, 99)} Euro", f"1.{some(made, 3)}.{some(made, 3)},{some(made, 2)} €"]),
    "price zh": lambda made: made.choice([f"{made.randint(1, 9999)}元", f"¥{made.randint(1, 9999)}.{some(made, 2)}", f"{some(made, 5)}.00元"]),
    "version": version,
    "postcode gb": lambda made: made.choice(["SW1A 1AA", "M1 1AE", "EH8 9YL", "CF10 3AT"]),
    "postcode us": lambda made: made.choice([some(made, 5), f"{some(made, 5)}-{some(made, 4)}"]),
    "postcode de": lambda made: some(made, 5),
    "postcode cn": lambda made: some(made, 6),
    "isbn": isbn,
    "imei": lambda made: luhn_valid(made, made.choice(["35", "86", "01"]), 15),
    "ean": ean,
    "serial": lambda made: made.choice([some(made, 12, string.ascii_uppercase + string.digits), f"SN{some(made, 10)}", f"{some(made, 4)}-{some(made, 4)}-{some(made, 4)}", some(made, 11)]),
    "voucher": lambda made: made.choice(["SUMMER24", "WELCOME-10", f"{some(made, 4, string.ascii_uppercase)}-{some(made, 4, string.ascii_uppercase)}-{some(made, 4)}", f"GC{some(made, 10)}", "SAVE20NOW"]),
    "error": lambda made: made.choice(["E-1042", "0x80070005", "HTTP 502", "ERR_CONNECTION_RESET", "5.7.1"]),
    "size": lambda made: made.choice(["10 x 20 x 30 cm", "120x60x75", "29 inch", "700x25c", "1.5 mm2", "EU 42-43"]),
    "uuid": lambda made: str(uuid.UUID(int=made.getrandbits(128), version=4)),
    "ip": lambda made: f"192.168.{made.randint(0, 255)}.{made.randint(1, 254)}",
}  # fmt: skip
