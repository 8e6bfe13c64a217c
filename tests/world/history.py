"""One history from one seed: tills, customers, other software, faults, and operators who type anything."""

from __future__ import annotations

import re
import signal
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.world import faults
from tests.world.books import WRITINGS, cents
from tests.world.faults import Cut, Fault, Silence
from tests.world.judge import Claim, Count, Judge, Wrong, key_of
from tests.world.machine import Process
from tests.world.people import AGAIN, AMOUNTS, FIRST, Sale, customers, pick
from tests.world.reader import Request
from tests.world.relay import Relay
from tests.world.rules import RULES, Rules
from tests.world.service import Call
from tests.world.till import Till, World

MEMORY = Path("/dev/shm")
DAY = 86_400.0
SALES = 12
"""The maximum for each operator."""
AGAIN_OFTEN = 0.3
"""How often an operator types another line about a sale."""
MOODS = ("rough", "late", "odd", "crowded", "killed", "clocks", "signals", "relayed", "rotated", "renamed", "lost")
"""The kinds of trouble; each history has some of them."""
HARDER = 10**9
"""From this seed on, histories have twice as many kinds at once."""
ODDER = 2 * 10**9
"""From this seed on, histories may also have the following kinds, each in half of the cases."""
MORE = ("forged", "shared", "astray")
CALM = 150.0
"""Seconds after which everything that ever will be is booked, shown and found."""
TOO_MANY = re.compile(r"pjterm void (\d+)")
ANOTHER_SALE = "another sale under the same invoice"
"""Then one of the two may be another customer's payment, which must not be voided."""
SETTLED = ("approved", "declined", "voided", "cancelled", "busy", "unreachable", "refunded")


def root() -> Path:
    """A directory for one history, in memory if possible."""
    return Path(tempfile.mkdtemp(prefix="pjterm-world-", dir=MEMORY if MEMORY.is_dir() else None))


def play(seed: int, place: Path, rules: Rules = RULES) -> Count:
    """Play one history and judge it; raises `Wrong`."""
    place.mkdir(parents=True, exist_ok=True)
    with World(place, seed, rules) as world:
        return History(world, seed).play()


class History:
    """One history, determined by its seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = Random(f"history {seed}")
        self.judge = Judge(world)
        often = 0.5 if seed >= HARDER else 0.25
        self.moods = {mood for mood in MOODS if self.rng.random() < often}
        if seed >= ODDER:
            self.moods |= {mood for mood in MORE if self.rng.random() < 0.5}
        self.tills: list[Till] = []
        self.said: dict[tuple[str, str], list[str]] = {}
        """The claims about each sale, by machine and key."""
        self.injected = 0
        self.copies: dict[str, tuple[bytes, float]] = {}
        world.shortcut = True

    # -- how it is generated ------------------------------------------------------------------------------------

    def play(self) -> Count:
        """Play it from beginning to end."""
        self._people()
        self._service()
        self._events()
        for till in self.tills:
            self.world.network(till).jitter(0.01, self.rng.choice((0.03, 0.1, 0.4)))
        time = self.world.time
        others = [time.spawn(t.name, partial(self._operate, t, n)) for n, t in enumerate(self.tills)]
        for task in others:
            time.join(task)
        self._calm()
        count = self.judge.count
        count.faults = self.injected + len(self.world.faults.met)
        count.doubles = self.judge.doubles()
        return count

    def _people(self) -> None:
        rng, world = self.rng, self.world
        crowded = not self.moods.isdisjoint({"crowded", "shared"})
        machines = rng.choice((1, 2)) if crowded else 1
        for n in range(machines + (crowded and rng.random() < 0.6)):
            machine = f"machine-{min(n, machines - 1)}"
            aliases = {r.name: r.id for r in (world.t1, world.t2)} if rng.random() < 0.8 else {}
            self.tills.append(world.till(f"till-{n}", machine, aliases=aliases))
        if not self.moods.isdisjoint({"relayed", "forged"}):
            for till in {t.machine.name: t for t in self.tills}.values():
                self._relay(world.relay(till))
        late = rng.choice((1.0, 2.0)) if "late" in self.moods else 0.0
        for n, reader in enumerate((world.t1, world.t2)):
            reader.usually = customers(Random(f"customers {world.seed} {n}"), late)

    def _relay(self, relay: Relay) -> None:
        """A relay that is slow, repeats itself, or sends invented events."""
        rng = Random(f"relay {self.world.seed}")
        slow, lies = rng.choice((0.1, 1.0, 10.0)), rng.choice((0.0, 0.1))

        def change(shown: dict[str, Any]) -> list[dict[str, Any]]:
            said = [shown] * rng.choice((0, 1, 1, 1, 1, 2))
            if rng.random() < lies:
                said.append({"status": rng.choice(("BUSY", "COMPLETE", "NO_CONNECTION", "THINKING"))})
            return said + self._forge(rng) if "forged" in self.moods and rng.random() < 0.5 else said

        relay.delay = lambda: rng.uniform(0.01, slow)
        relay.change = change
        relay.verified = rng.random() < 0.8

    def _service(self) -> None:
        rng, service = self.rng, self.world.service
        service.duplicates = rng.random() < 0.3
        if "odd" in self.moods:
            showing = service.books.showing
            match rng.randrange(6):
                case 0:
                    showing.writing = rng.choice(list(WRITINGS))
                case 1:
                    showing.stored = rng.choice(list(WRITINGS))
                    showing.as_sent = self.world.seed >= HARDER and rng.random() < 0.5
                case 2:
                    showing.filters = False
                    showing.paging = rng.choice(("whole", "last", "loop", "miss", "move"))
                    for _ in range(rng.choice((3, 70))):
                        service.others_charge("1.00")
                case 3:
                    showing.trimmed = tuple(rng.sample(("response", "amountBase", "invoiceNumber", "terminalId"), 2))
                case 4:
                    service.login("shop").sees = rng.choice(("own", "none"))
                case 5:
                    service.login("shop").may_search = False
        if "rough" in self.moods:
            often = rng.choice((0.03, 0.08))
            self.world.faults.random = self._fault(Random(f"faults {self.world.seed}"), often)

    def _forge(self, rng: Random) -> list[dict[str, Any]]:
        """What a sender with the webhook secret invents: whole stories about any transaction or none."""
        booked = [b.id for b in self.world.books.all]
        ids = [*booked[-4:], max(booked, default=10_000) + 1, 99_999]
        words = ("IN_PROGRESS", "COMPLETE", "COMPLETE", "BUSY", "NO_CONNECTION", "CONNECTING", "")
        often = range(rng.choice((1, 2, 15)))
        named = ({"transactionId": rng.choice(ids)} if rng.random() < 0.6 else {} for _ in often)
        return [{"status": rng.choice(words), **more} for more in named]

    def _fault(self, rng: Random, often: float) -> Callable[[Call, str], Fault | None]:
        def meet(_: Call, __: str) -> Fault | None:
            if rng.random() > often:
                return None
            whats: list[faults.What] = [Silence(), Cut(), Cut(0.5), faults.page(rng.choice((403, 404, 429, 502, 302)))]
            what = rng.choice(whats)
            return rng.choice((
                faults.no_connection(), faults.lost_request(what), faults.lost_answer(what), faults.lost_answer(what),
                faults.UNAUTHORIZED, faults.SLOW_DOWN,
            ))  # fmt: skip

        return meet

    def _events(self) -> None:
        """What happens independently: other software, network failures, clock jumps, sleeping machines."""
        rng, world = self.rng, self.world
        if "crowded" in self.moods:
            for _ in range(rng.randrange(4)):
                reader = rng.choice((world.t1, world.t2))
                self._at(rng.uniform(0, 60), reader.reset)
                uses = partial(world.service.others_use, reader, rng.uniform(1.0, 10.0))
                self._at(rng.uniform(0, 60), uses)
        if "rough" in self.moods and rng.random() < 0.5:
            network = world.network(rng.choice(self.tills))
            begin = rng.uniform(0, 40)
            self._at(begin, lambda: setattr(network, "up", False))
            self._at(begin + rng.choice((1.0, 5.0, 30.0)), lambda: setattr(network, "up", True))
        if "clocks" in self.moods:
            machine = rng.choice(self.tills).machine
            jump = rng.choice((3600.0, -3600.0, 60.0, -5.0))
            self._at(rng.uniform(0, 40), lambda: setattr(machine, "ahead", machine.ahead + jump))
            if rng.random() < 0.5:
                self._at(rng.uniform(0, 40), lambda: machine.sleep(rng.choice((2.0, 20.0, 300.0))))

        if "astray" in self.moods:
            self._go_astray()

    def _go_astray(self) -> None:
        """Each machine's clock is wrong from the start, as after a flat battery, and is changed again and again."""
        rng = self.rng
        for machine in {till.machine.name: till.machine for till in self.tills}.values():
            machine.ahead = rng.choice((0.0, 0.0, -200 * DAY, -DAY, 4 * 3600.0, 30 * DAY))
            for _ in range(rng.randrange(5)):
                ahead = rng.choice((0.0, 0.0, -90.0, 3600.0, -3600.0, -200 * DAY, 400 * DAY, DAY))
                self._at(rng.uniform(0, 80), partial(setattr, machine, "ahead", ahead))
            if rng.random() < 0.3:
                self._at(rng.uniform(0, 40), partial(machine.sleep, rng.choice((15.0, 130.0, 1000.0))))

    def _at(self, when: float, do: Callable[[], None]) -> None:
        def done() -> None:
            self.injected += 1
            do()

        self.world.time.at(when, done)

    # -- an operator ------------------------------------------------------------------------------------------------

    def _operate(self, till: Till, number: int) -> None:
        rng = Random(f"operator {self.world.seed} {number}")
        alone = rng.random() < 0.6
        keys = [f"{till.name}-{n}" if alone else f"K{n}" for n in range(SALES if alone else 4)]
        for n in range(rng.randrange(1, SALES + 1)):
            self.world.wait(rng.uniform(0.0, 3.0))
            sale = self._sale(rng, till, keys, n)
            self.judge.count.sales += 1
            self._between(till, rng)
            self._type(till, rng, sale.line(*pick(rng, FIRST).split()))
            while rng.random() < AGAIN_OFTEN:
                self.world.wait(rng.choice((0.1, 1.0, 5.0, 20.0)))
                self._once_more(till, rng, sale)

    def _between(self, till: Till, rng: Random) -> None:
        """What an owner does between two sales."""
        if "rotated" in self.moods and rng.random() < 0.2:
            self.injected += 1
            till.configure(login=rng.choice(("shop", "shop-2", "Shop")))
        if "renamed" in self.moods and rng.random() < 0.2:
            self.injected += 1
            names = [r.id for r in (self.world.t1, self.world.t2)]
            rng.shuffle(names)
            till.configure(aliases=dict(zip(("T1", "T2"), names, strict=True)))
        alone = sum(t.machine is till.machine for t in self.tills) == 1
        if "lost" in self.moods and alone and rng.random() < 0.2:
            self.injected += 1
            self._lose(till, rng)

    def _lose(self, till: Till, rng: Random) -> None:
        """The journal is lost or replaced by an older copy."""
        copy = self.copies.get(till.machine.name)
        if copy is not None and rng.random() < 0.5:
            till.restore(*copy)
            till.run("journal", "accept", "--yes")
        elif rng.random() < 0.5:
            till.lose_journal()
        elif (kept := till.back_up()) is not None:
            self.copies[till.machine.name] = kept, self.world.time.now

    def _sale(self, rng: Random, till: Till, keys: list[str], n: int) -> Sale:
        reader, amount = rng.choice(("T1", "T1", "T2")), rng.choice(AMOUNTS)
        how = rng.random()
        if "shared" in self.moods and how < 0.6:
            force = ("--force",) if rng.random() < 0.3 else ()
            return Sale(rng.choice(AMOUNTS[:2]), reader, f"{till.name}-i{n % 3}", rng.choice(("1042", "A-7")), force)
        if how < 0.75:
            return Sale(amount, reader, keys[n % len(keys)])
        if how < 0.85:
            return Sale(amount, reader, keys[n % len(keys)] + "i", rng.choice(("1042", "A-7", "00815")))
        return Sale(amount, reader)

    def _once_more(self, till: Till, rng: Random, sale: Sale) -> None:
        key = sale.key or self._last_key(till)
        if key is None:
            return
        words = pick(rng, AGAIN).split()
        match words[0]:
            case "charge":
                named = Sale(sale.amount, sale.reader, key, sale.invoice)
                if words[1:2] == ["-t"]:
                    named.reader, words = "T2", words[:1]
                self._type(till, rng, named.line(*words[1:]))
            case "resume" if words[1:2] == ["all"]:
                self._type(till, rng, ("resume", "--json", "--timeout", "5"))
            case "resume" if words[1:2] == ["--transaction"]:
                self._by_hand(till, rng, key)
            case "resume":
                if "--not-charged" in words:
                    self.judge.by_hand.add((till.machine.name, key))
                more = () if "--timeout" in words else ("--timeout", "12")
                self._type(till, rng, ("resume", key, *words[1:], *more, "--json"))
            case "status" | "follow":
                ids = [r.id for r in self.world.service.requests.values() if r.call is not None and key_of(r) == key]
                if ids:
                    more = ("--timeout", "4") if words[0] == "follow" else ()
                    self._type(till, rng, (words[0], ids[-1], *more, "--json"))
            case "why":
                self._type(till, rng, ("why", key, "--json"))
            case "cancel":
                self._type(till, rng, ("cancel", "-t", sale.reader, *words[1:], "--json", "--timeout", "15"))
            case "void":
                self._type(till, rng, ("void", key, "--yes", "--json", "--timeout", "15"))
            case "prompt":
                self._type(till, rng, ("prompt", "More?", "-t", sale.reader, "--json", "--timeout", "10"))
            case "refund" if words[1:]:
                self._give_back(till, rng, key)
            case "refund":
                self._type(till, rng, ("refund", "1.00", "-t", sale.reader, "--json", "--timeout", "20"))

    def _give_back(self, till: Till, rng: Random, key: str) -> None:
        """A refund of a payment under a key of its own, typed twice in half of the cases."""
        paid = [b.id for r in self._requests(till, key) for b in r.bookings if b.took_money]
        if paid:
            line = ("refund", "--transaction", str(paid[0]), "-k", f"{key}-r", "--yes", "--json", "--timeout", "15")
            for _ in range(rng.choice((1, 2))):
                self._type(till, rng, line)

    def _by_hand(self, till: Till, rng: Random, key: str) -> None:
        """The operator looks into the Virtual Terminal and types what it shows."""
        found = [b.id for r in self._requests(till, key) for b in r.bookings if b.at <= self.world.time.now]
        if found:
            self.judge.by_hand.add((till.machine.name, key))
            self._type(till, rng, ("resume", key, "--transaction", str(rng.choice(found)), "--yes", "--json"))

    def _requests(self, till: Till, key: str) -> list[Request]:
        """What was sent under a key from this machine."""
        taken = [r for r in self.world.service.requests.values() if r.call is not None]
        return [r for r in taken if key_of(r) == key and r.call.by.machine is till.machine]

    def _last_key(self, till: Till) -> str | None:
        sent = [r for r in self.world.service.requests.values() if r.call is not None]
        made = [key_of(r) for r in sent if r.call.by.machine is till.machine]
        return made[-1] if made else None

    def _type(self, till: Till, rng: Random, line: tuple[str, ...]) -> list[Claim]:
        """Type one command, and perhaps interfere with it while it runs."""
        if "--timeout" not in line and line[0] in ("charge", "resume"):
            line = (*line, "--timeout", "25")
        kill_at = rng.randrange(1, 70) if "killed" in self.moods and rng.random() < 0.3 else 0
        trouble: Callable[[Process], None] = lambda _: None  # noqa: E731
        if "signals" in self.moods and rng.random() < 0.3:
            after, signum = rng.uniform(0.0, 6.0), rng.choice((signal.SIGINT, signal.SIGINT, signal.SIGTERM))

            def trouble(process: Process) -> None:
                self.world.time.after(after, lambda: process.signal(signum))
                if rng.random() < 0.3:
                    self.world.time.after(after + 0.4, lambda: process.signal(signum))

        self.injected += bool(kill_at)
        found = self.judge.after(till.run(*line, kill_at=kill_at, trouble=trouble))
        for claim in found:
            self.said.setdefault((till.machine.name, claim.key), []).append(claim.outcome)
        return found

    # -- the end ------------------------------------------------------------------------------------

    def _calm(self) -> None:
        """With all faults gone, each sale has the true outcome, twice the same, and each unknown has a way out."""
        self.world.faults.clear()
        for till in self.tills:
            self.world.network(till).up = True
            self.world.network(till).there = self.world.network(till).back = lambda: 0.03
        self.world.wait(max(CALM, *(till.machine.asleep_until - self.world.time.now + 1 for till in self.tills)))
        for machine, key in sorted(self.judge.keys):
            till = next(t for t in self.tills if t.machine.name == machine)
            if self.said.get((machine, key)) != ["approved"] or self.rng.random() < 0.05:
                self._end(till, key)
        self._kept()

    def _kept(self) -> None:
        """Every request that was sent is in its journal."""
        for machine in {t.machine.name: t for t in self.tills}.values():
            if not machine.journal.exists():
                continue
            known = machine.kept_keys()
            for request in self.world.service.requests.values():
                by = request.call.by if request.call is not None else None
                is_from_here = by is not None and by.machine is machine.machine and by.machine.knows(request.at)
                if is_from_here and key_of(request) not in known:
                    raise Wrong("lost", f"{key_of(request)}, sent at {request.at:.1f}, is in no journal")

    def _end(self, till: Till, key: str) -> None:
        first = self._ask(till, "resume", key, "--timeout", "5")
        if first is None:
            return
        if first.outcome in ("unknown", "open"):
            first = self._way_out(till, key)
        again = self._ask(till, "resume", key, "--timeout", "5")
        if again is None or (again.outcome, again.id) != (first.outcome, first.id):
            raise Wrong("another truth", f"{first} and then {again}")
        self._matches_books(till, again)

    def _ask(self, till: Till, *line: str) -> Claim | None:
        run = till.run(*line, "--json")
        found = self.judge.after(run)
        return found[0] if found else None

    def _way_out(self, till: Till, key: str) -> Claim:
        """Every unknown has a command that ends it, which a careful operator would type."""
        paid = [b for r in self._requests(till, key) for b in r.bookings if b.stands]
        for extra in paid[1:]:
            till.run("void", str(extra.id), "--yes", "--json", "--timeout", "15")
        found = self._ask(till, "resume", key, "--timeout", "5")
        others = found is not None and found.error == "charged-twice" and not paid
        if others and ANOTHER_SALE not in self.world.runs[-1].err:
            found = self._take_back(till, key)
        if found is not None and found.outcome in ("unknown", "open"):
            self.judge.by_hand.add((till.machine.name, key))
            how = ("--transaction", str(paid[0].id), "--yes") if paid else ("--not-charged", "--yes")
            found = self._ask(till, "resume", key, *how)
        if found is None or found.outcome not in SETTLED:  # then the money is refunded, and all know it
            for booking in paid[:1]:
                till.run("void", str(booking.id), "--yes", "--json", "--timeout", "15")
            found = self._ask(till, "resume", key, "--not-charged", "--yes")
        if found is None or found.outcome not in SETTLED:
            raise Wrong("no way out", f"{key} stays {found}: {self.world.runs[-1]}")
        return found

    def _take_back(self, till: Till, key: str) -> Claim | None:
        """Two other tills charged this key, and only the answer names their charges: it says which one is too many."""
        for number in TOO_MANY.findall(self.world.runs[-1].err):
            till.run("void", number, "--yes", "--json", "--timeout", "15")
        return self._ask(till, "resume", key, "--timeout", "5")

    def _matches_books(self, till: Till, claim: Claim) -> None:
        """The final outcome matches the books."""
        run, mine = self.world.runs[-1], [r for r in self._requests(till, claim.key) if till.machine.knows(r.at)]
        again = any(self.judge.is_forced(r) for r in mine)  # the user said that the invoice was paid for another sale
        paid = [
            b.id for r in self._requests(till, claim.key) for b in r.bookings
            if b.took_money and self.judge.can_be_seen(b, run)
            and not (claim.amount is not None and self.judge.tells_nothing(b, run, cents(claim.amount)))
            and (till.machine.knows(r.at) or (b.invoice == claim.invoice and not again))  # else a lost journal's sale
        ]  # fmt: skip
        without = claim.outcome in ("cancelled", "busy", "unreachable", "declined")
        if without and paid and mine and not self.judge.by_word(run, claim.key):
            raise Wrong("false in the end", f"{claim} although {paid} are paid: {self.world.runs[-1]}")


def story(world: World) -> str:
    """Everything typed in a world, for debugging one that went wrong."""
    return "\n".join(str(run) for run in world.runs)
