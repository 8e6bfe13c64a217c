"""The built-in scenarios, each with the real event that it stands for."""

from __future__ import annotations

from pjterm.simulator.shop.scenarios import (
    Act,
    Conduct,
    Customer,
    Device,
    Fate,
    Fault,
    HookRule,
    HttpRule,
    Rule,
    Scenario,
    Till,
)


def _conduct(name: str, says: str, conduct: Conduct, *http: HttpRule) -> Scenario:
    return Scenario(name, says, (Rule(conduct),), http)


def _http(name: str, says: str, fault: Fault) -> Scenario:
    return Scenario(name, says, http=(HttpRule(fault), HttpRule(fault, "POST /transactions")))


def _hook(fate: Fate, says: str) -> Scenario:
    return Scenario(f"webhook-{fate}", says, hooks=(HookRule(fate),))


_SLOW = HttpRule(Fault.SLOW, seconds=1.0)

NAMED = (
    Scenario("approved", "the customer's card is approved"),
    _conduct("declined", "the card is declined (05): a transaction exists and COMPLETE carries its id",
             Conduct(customer=Customer.DECLINED)),
    _conduct("cancelled", "the customer presses the red X: COMPLETE without a result",
             Conduct(customer=Customer.CANCELS)),
    _conduct("busy", "the reader works on something else: BUSY, the request never runs",
             Conduct(device=Device.BUSY)),
    _conduct("unreachable", "the reader is unplugged: CONNECTING, then NO_CONNECTION",
             Conduct(device=Device.UNPLUGGED)),
    _conduct("slow", "all takes long: the answer 1 s, the reader 2 s, the customer 10 s, COMPLETE 3 s more",
             Conduct(connecting=2.0, acts=10.0, completes=3.0), _SLOW),
    _conduct("device-timeout", "the customer never comes: after 10 s COMPLETE without a result",
             Conduct(customer=Customer.LEAVES)),
    _conduct("late-result", "poll and webhook say a bare COMPLETE for 3 s while the transaction is booked",
             Conduct(late=3.0)),
    _conduct("unknown-status", "a status no page documents shows between CONNECTING and IN_PROGRESS",
             Conduct(word="AWAITING_DEVICE")),
    _http("reply-lost", "the POST is taken, its answer never arrives", Fault.REPLY_LOST),
    _http("reply-lost-not-started", "the POST is not taken, and no answer arrives", Fault.NOT_STARTED),
    _http("http-500", "the POST is taken, the answer is a 500", Fault.HTTP_500),
    _http("http-502-html", "the POST is taken, a proxy answers 502 with an HTML page", Fault.HTTP_502_HTML),
    _http("truncated", "the POST is taken, the answer's JSON is cut short", Fault.TRUNCATED),
    _http("rate-limited", "the first POST is refused with 429, nothing is taken", Fault.RATE_LIMITED),
    _hook(Fate.LOST, "no webhook of a request is ever sent"),
    _hook(Fate.TWICE, "every webhook arrives twice"),
    _hook(Fate.LATE, "every webhook arrives 5 s late"),
    _hook(Fate.OUT_OF_ORDER, "the webhooks of a request arrive last first"),
    _hook(Fate.BAD_SIGNATURE, "every webhook carries a wrong signature, and says COMPLETE whatever is true"),
    _hook(Fate.SAME_ID, "all webhooks of a request carry one event id, and times that run backwards"),
    _conduct("declined-then-approved", "the first card is declined and the customer's second card approved 6 s later,"
             " on the same request: two transactions, one sale",
             Conduct(customer=Customer.DECLINED, second=Customer.PAYS, second_acts=6.0)),
    Scenario("late-booking", "the reader ends without a result while the bank still works: the sale is booked 6 s"
             " after a bare COMPLETE", (Rule(Conduct(booked=6.0, silent=True)),), again=True),
    Scenario("search-lag", "the POST's answer is lost, and the service's search is behind its books: it finds a"
             " sale 8 s after its booking", http=(HttpRule(Fault.REPLY_LOST),), search_lag=8.0),
    Scenario("second-till", "another till takes the same amount on the same reader first: BUSY, and a sale in the"
             " books that is not yours", tills=(Till(Act.CHARGE, nth=1),)),
    Scenario("reset-elsewhere", "another till resets the reader while the card is in: a bare COMPLETE, and the sale"
             " is booked 6 s later", (Rule(Conduct(acts=7.5, card_in=6.5, main_hides=True)),),
             tills=(Till(Act.RESET, after=1.5),), again=True),
    _http("proxy-page", "the POST is taken, and a firewall on the way answers 403 with a page of its own",
          Fault.PROXY_PAGE),
    _conduct("partial", "the card holds less than the sale: the bank approves 7.00 of it", Conduct(approves="7.00")),
    _conduct("held", "the account only authorizes: approved, status HOLD, not captured", Conduct(held=True)),
    Scenario("numbers-as-text", "a gateway on the way rewrites numbers: ids come as JSON strings, amounts as JSON"
             " numbers", numbers_as_text=True),
)  # fmt: skip


def named(name: str) -> Scenario | None:
    """The built-in scenario of that name, or None."""
    return next((s for s in NAMED if s.name == name), None)
