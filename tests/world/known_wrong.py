"""Worlds that end wrong today: tests that state the right value, and fail.

Whoever mends one deletes its line; a test of this list that passes fails the run. The list is to be empty.
"""

# In work elsewhere: test_declines, test_clocks and test_commands. Free: test_key_first, test_ends, test_counts.
KNOWN_WRONG: list[str] = [
    "test_commands.py::test_cancel_says_that_nothing_was_cancelled_where_it_asked_nobody",
    "test_commands.py::test_each_of_two_unknowns_on_one_reader_can_be_overridden",
    "test_declines.py::test_a_duplicate_of_another_sale_of_this_journal_is_declined",
    "test_declines.py::test_a_webhook_alone_does_not_end_a_request_whose_first_card_was_declined",
    "test_declines.py::test_an_id_that_changes_is_read_whole_again_where_the_search_after_the_end_shows_it_trimmed",
    "test_ends.py::test_a_lag_that_was_seen_before_is_waited_for",
    "test_histories.py::test_no_history_breaks_a_rule[0]",
    "test_histories.py::test_no_history_breaks_a_rule[1]",
    "test_histories.py::test_no_history_breaks_a_rule[2]",
    "test_histories.py::test_no_history_breaks_a_rule[3]",
    "test_histories.py::test_no_history_breaks_a_rule[4]",
    "test_histories.py::test_no_history_breaks_a_rule[5]",
    "test_histories.py::test_no_history_breaks_a_rule[6]",
    "test_histories.py::test_no_history_breaks_a_rule[7]",
]
