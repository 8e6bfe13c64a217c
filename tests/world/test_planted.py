"""`reconcile` finds each planted difference, once, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tests.world.books import Booking
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World

SOUND = 100
Found = tuple[str, str | None, list[int]]
"""A difference: its kind, the key of its entry, and the transactions that it names."""


class Day:
    """A day at a till: correct sales with planted differences among them, and the expected findings."""

    def __init__(self, world: World, till: Till) -> None:
        self.world, self.till = world, till
        self.expected: list[Found] = []
        self.late: list[Booking] = []
        """Declined, and approved after the last command that would notice and correct the entry."""
        self._numbers = count(1)

    def sale(self, *options: str) -> tuple[str, Booking]:
        """A sale with a unique key and a unique amount."""
        number = next(self._numbers)
        key = f"sale-{number}"
        self.till.run("charge", f"{10 + number}.25", "-k", key, *options)
        return key, self.world.books.all[-1]

    def sound(self) -> None:
        """A sale; for some of them, with something that a shop does to a sale."""
        key, booking = self.sale()
        match booking.id % 10:
            case 1:
                self.till.run("tip", key, "1.00", "-y")
            case 2:
                self.till.run("refund", "2.00", "--transaction", key, "-y")
            case 3:
                self.till.run("void", key, "-y")
            case 4:
                self.world.t1.next(customer(Tap(approved=False)))
                self.sale()

    def expect(self, kind: str, key: str | None, *ids: int) -> None:
        self.expected.append((kind, key, list(ids)))

    # -- what is planted -------------------------------------------------------------------------------

    def money_without_entry(self) -> None:
        booking = self.world.service.others_charge(f"{500 + next(self._numbers)}.00")
        self.expect("money-without-entry", None, booking.id)

    def refund_without_entry(self) -> None:
        booking = self.world.service.others_charge(f"{500 + next(self._numbers)}.00", action="REFUND")
        self.expect("money-without-entry", None, booking.id)

    def approved_after_all(self) -> None:
        self.world.t1.next(customer(Tap(approved=False)))
        key, booking = self.sale()
        self.late.append(booking)
        self.expect("money-without-entry", key, booking.id)

    def void_undone(self) -> None:
        key, booking = self.sale()
        self.till.run("void", key, "-y", "-k", f"void-{key}")
        booking.status = "CAPTURE"
        self.expect("money-without-entry", f"void-{key}", booking.id)

    def voided_elsewhere(self) -> None:
        key, booking = self.sale()
        booking.status = "VOID"
        self.expect("entry-without-money", key, booking.id)

    def declined_elsewhere(self) -> None:
        key, booking = self.sale()
        booking.approved, booking.code, booking.status = False, "05", "DECLINED"
        self.expect("entry-without-money", key, booking.id)

    def another_amount(self) -> None:
        key, booking = self.sale()
        booking.amounts["amountBase"] += 1
        self.expect("entry-without-money", key, booking.id)

    def another_tip(self) -> None:
        key, booking = self.sale()
        self.till.run("tip", key, "1.00", "-y", "-k", f"tip-{key}")
        booking.amounts["amountTip"] += 1
        self.expect("entry-without-money", f"tip-{key}", booking.id)

    def not_there(self) -> None:
        key, booking = self.sale()
        self.world.books.all.remove(booking)
        self.expect("entry-without-money", key)

    def refund_not_there(self) -> None:
        key, _ = self.sale()
        self.till.run("refund", "2.00", "--transaction", key, "-y", "-k", f"back-{key}")
        self.world.books.all.pop()
        self.expect("entry-without-money", f"back-{key}")

    def refund_of_another_amount(self) -> None:
        key, _ = self.sale()
        self.till.run("refund", "2.00", "--transaction", key, "-y", "-k", f"back-{key}")
        booking = self.world.books.all[-1]
        booking.amounts["amountBase"] -= 1
        self.expect("entry-without-money", f"back-{key}", booking.id)

    def charged_twice(self) -> None:
        amount = f"{900 + next(self._numbers)}.00"
        self.till.run("charge", amount)
        first = self.world.books.all[-1]
        key = self.till.run("charge", amount, "--force", "--json").json["key"]
        self.expect("double-charge", key, first.id, self.world.books.all[-1].id)

    def still_open(self, reader: str) -> None:
        self.world.service.reader(reader).next(customer(Stays(90_000)))
        self.till.run("charge", "5.00", "-k", f"open-{reader}", "-t", reader, "--no-wait")
        self.expect("still-open", f"open-{reader}")


def planted(day: Day) -> Iterator[None]:
    """Twenty-eight differences, one per step; the open ones come last, since a waiting reader takes no more sales."""
    twice = (
        day.money_without_entry, day.refund_without_entry, day.approved_after_all, day.void_undone,
        day.voided_elsewhere, day.declined_elsewhere, day.another_amount, day.another_tip, day.not_there,
        day.refund_not_there, day.refund_of_another_amount, day.charged_twice,
    )  # fmt: skip
    thrice = (day.money_without_entry, day.voided_elsewhere, day.another_amount, day.not_there)
    for plant in (*twice, *twice, *thrice):
        plant()
        yield


def test_thirty_planted_differences_are_found_once_each_and_nothing_else(world: World, till: Till) -> None:
    day = Day(world, till)
    plants = planted(day)
    for number in range(SOUND):
        day.sound()
        if number % 3 == 0:
            next(plants, None)
    world.t1.next(customer(Tap(held=True)))
    _, held = day.sale()
    for reader in ("T1", "T2"):
        day.still_open(reader)
    for booking in day.late:
        booking.approved, booking.code, booking.status = True, "00", "CAPTURE"

    run = till.run("reconcile", "--json")

    found = [(i["difference"], i["key"], i["transactionIds"]) for i in run.json["items"]]
    assert sorted(day.expected, key=str) == sorted(found, key=str)
    assert (len(found), run.code, run.json["incomplete"]) == (30, 13, False)
    assert [held.id] == [h["transactionId"] for h in run.json["held"]]


def test_a_tip_changed_after_midnight_is_no_difference_of_the_day_before(world: World, till: Till) -> None:
    till.run("charge", "20", "-k", "sale")
    till.run("tip", "sale", "1.00", "-y")
    world.wait(86_400)
    till.run("tip", "sale", "2.00", "-y")

    days = [till.run("reconcile", "--day", f"2026-11-{day}", "--json") for day in (22, 23)]

    assert [(run.code, run.json["items"]) for run in days] == [(0, []), (0, [])]
