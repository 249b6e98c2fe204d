"""The thread beside: it does what it is given, passes on what goes wrong, and ends when nobody needs it."""

import threading

from minrnn.parallel.worker import Helper


def test_it_works_beside_the_caller_in_the_order_given():
    seen, helper = [], Helper()
    outcomes = [helper.give(lambda k=k: seen.append((k, threading.current_thread()))) for k in range(3)]
    assert [outcome.get() for outcome in outcomes] == [None] * 3
    assert [k for k, _ in seen] == [0, 1, 2]
    assert threading.current_thread() not in {thread for _, thread in seen}


def test_an_error_is_handed_over_and_the_next_work_is_done():
    seen, helper = [], Helper()
    outcome = helper.give(lambda: {}["missing"])
    assert isinstance(outcome.get(), KeyError)
    assert helper.give(lambda: seen.append(1)).get() is None and seen


def test_its_thread_ends_with_it():
    threads, helper = [], Helper()
    helper.give(lambda: threads.append(threading.current_thread())).get()
    assert threads[0].is_alive()
    del helper
    threads[0].join(10)
    assert not threads[0].is_alive()
