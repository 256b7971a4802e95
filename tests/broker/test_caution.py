"""How many messages are held: one at first, one by one after trouble. Counted by hand."""

import pytest

from service.channel.caution import ALONE_AFTER_TROUBLE, NEAR_LIMIT, Caution


def test_one_message_until_one_was_handled_then_all() -> None:
    caution = Caution(300)
    assert (caution.prefetch, caution.is_isolated) == (1, False)
    caution.passed(1)
    assert (caution.prefetch, caution.is_isolated) == (300, False)


def test_after_one_loss_it_begins_with_one_again() -> None:
    caution = Caution(300)
    caution.passed(1)
    caution.lost(held=12)
    assert (caution.prefetch, caution.is_isolated) == (1, False)
    caution.passed(1)
    assert caution.prefetch == 300


def test_after_two_losses_without_progress_a_hundred_are_handled_alone() -> None:
    """Seen to fail with a loss that is forgotten."""
    caution = Caution(300)
    caution.passed(1)
    caution.lost(held=12)
    caution.lost(held=1)
    assert (caution.prefetch, caution.is_isolated) == (1, True)
    caution.passed(ALONE_AFTER_TROUBLE - 1)
    assert caution.prefetch == 1
    caution.passed(1)
    assert (caution.prefetch, caution.is_isolated) == (300, False)


def test_what_passes_between_two_losses_is_progress() -> None:
    caution = Caution(300)
    for _ in range(5):
        caution.lost(held=1)
        caution.passed(1)
    assert not caution.is_isolated


def test_a_connection_lost_with_nothing_in_hand_blames_no_message() -> None:
    caution = Caution(300)
    for _ in range(5):
        caution.lost(held=0)
    assert (caution.prefetch, caution.is_isolated) == (1, False)


@pytest.mark.parametrize(("failures", "is_trouble"), [(0, False), (NEAR_LIMIT - 1, False), (NEAR_LIMIT, True)])
def test_what_was_delivered_in_vain_half_as_often_as_allowed_is_trouble(failures: int, is_trouble: bool) -> None:
    caution = Caution(300)
    caution.passed(1)
    assert caution.delivered(failures) is is_trouble
    assert caution.is_isolated is is_trouble
    assert caution.prefetch == (1 if is_trouble else 300)


def test_trouble_during_trouble_counts_anew() -> None:
    caution = Caution(300)
    caution.delivered(NEAR_LIMIT)
    caution.passed(60)
    caution.delivered(NEAR_LIMIT)
    caution.passed(60)
    assert caution.is_isolated
