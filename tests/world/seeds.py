"""Histories that went wrong once, each with its story: they are played again with every run.

Each was found by chance, traced to the rule that was missing, and stays here so that the rule stays too.
"""

from __future__ import annotations

SEEDS: dict[int, str] = {
    6: "Two tills used one key for sales of different amounts; the one that asked again was told ALREADY PAID.",
    35: "A prompt was cancelled by the operator's word, and what to type next named no command.",
    59: "An id read as declined, then as approved; the search after the end showed it trimmed, and declined it stayed.",
    112: "A webhook alone said the end, the card after the declined one was approved.",
    292: "4.00 of 5.00 was approved at our own reader, and --not-charged called that cancelled.",
    344: "A declined id was approved during 15 s of silence; the search left out the fields that said so.",
    372: "Declined was told while the request still ran, for the relay had said that it was over.",
    383: "The same with --timeout 3.",
    394: "A login that may not search: the declined id was never read again, and was approved since.",
    431: "The service cut our number to eight digits, so what our own reader named was called a stranger's.",
    439: "Declined was told before a poll had said the end.",
    449: "Declined at the end that a relay reported early; the second card was approved 0.1 s later.",
    462: "A login that sees no transactions: the search found nothing, and the id that had flipped was not read again.",
    562: "--wait-busy ended with 12 after the API had taken the request.",
    570: "A key was paid under another login; for this one it was never taken, and why named only that.",
    792: "Ctrl-C between two tries of --wait-busy: the look before the next one waited for nothing, over and over.",
    1338: "A booking under a cut number came 12 s after the end; asked again, the sale was still called cancelled.",
    1750: "A login that may not search: who asked for a decline did not read it again, and it was approved since.",
    20201: "The service keeps no numbers, and a booking came 5 s after the end; asked again, it was still cancelled.",
    20872: "The same where the number is kept in another spelling, and another till reset the reader.",
    20041: "A search leaves numbers out: a key that names another amount on another till was charged again.",
    20217: "A number that the service writes with commas: the operator's word outranks what only looks like the sale.",
    20279: "After a void, a sale was said to be paid by another login's, which was open under the same invoice.",
    20381: "A process was killed before its journal had a table, and the histories themselves fell over that.",
    20479: "The journal is lost and the service shows no numbers: nobody can know that a key names another amount.",
    20659: "A service cuts numbers to eight digits: a key was charged anew over another amount, its journal lost.",
    20753: "A booking came late under a number with zeros before it: asked again, the sale was still called cancelled.",
    40235: "The same where 4.00 of 5.00 was approved before.",
    40274: "A first sale, kept under another spelling, was the control of its own absence: its key was sent again.",
    60540: "One of two charges of a key was refunded whole, so nothing was doubled: the judge still saw two.",
    60861: "Resume of all named what another login had open, and may not ask about it: the judge called that a lie.",
    61083: "A killed command's declined card was named by hand as the sale, while the reader took the next one.",
    61236: "A card that another till was declined under this key was approved after our POST: the key was sent again.",
    80823: "Killed after a poll had agreed with the end: the next command polled no more, and called it cancelled.",
    1000054: "Two commands with one key under two logins in the same second: neither saw the other's entry.",
    7000176: "Another till used up the login's limit just then: a sale long void was told as ALREADY PAID.",
    7000330: "A second try met a 401: exit 4, as if nothing could ever have been taken under its key.",
    7000453: "One poll met the limit of the login: a sale that was approved since was still called cancelled.",
    8000282: "A charge over another amount was voided, and only the next command told of the one that stood.",
    8000523: "One key over two amounts on two tills, and a search that leaves numbers out: nobody said the double.",
}
