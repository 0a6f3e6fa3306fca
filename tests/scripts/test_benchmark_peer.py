import pytest

from scripts.peer.measure import RunFailedError, Setting, measure, measure_ramp_seconds, measure_steady_share

TEN = Setting("ten", slots=10, seconds_per_page=1.0)


def test_the_steady_part_leaves_out_the_ramp_and_the_last_page_time() -> None:
    timeline = [(0.0, 1), (10.0, 8), (15.0, 10), (20.0, 0), (21.0, 0)]
    assert measure_steady_share(timeline, TEN) == pytest.approx(0.9)


def test_a_state_that_lasts_over_the_ends_of_the_steady_part_counts_within_it() -> None:
    assert measure_steady_share([(0.0, 5), (40.0, 0)], TEN) == pytest.approx(0.5)


@pytest.mark.parametrize("timeline", [[], [(0.0, 10), (12.0, 0)]])
def test_a_run_without_a_steady_part_has_no_share(timeline: list[tuple[float, int]]) -> None:
    assert measure_steady_share(timeline, TEN) is None


def test_an_instant_server_has_no_steady_part() -> None:
    assert measure_steady_share([(0.0, 1), (9.0, 0)], Setting("instant", slots=4, seconds_per_page=0.0)) is None


def test_the_ramp_ends_when_nine_slots_in_ten_are_busy() -> None:
    assert measure_ramp_seconds([(0.0, 1), (3.0, 8), (4.0, 9), (5.0, 2)], 10) == 4.0
    assert measure_ramp_seconds([(0.0, 1), (3.0, 8)], 10) is None


def test_pages_that_were_not_read_are_an_error_with_the_last_words(tmp_path) -> None:
    setting = Setting("one", slots=1, seconds_per_page=0.0)
    command = ["/bin/sh", "-c", "echo read nothing from {server}"]
    with pytest.raises(RunFailedError, match=r"0 of 3 pages were read(.|\n)*read nothing from http://127"):
        measure("idler", setting, command, 3, tmp_path / "log", {})


def test_a_program_that_fails_is_an_error_with_its_last_words(tmp_path) -> None:
    setting = Setting("one", slots=1, seconds_per_page=0.0)
    with pytest.raises(RunFailedError, match=r"ended with 3(.|\n)*no such thing"):
        measure("failing", setting, ["/bin/sh", "-c", "echo no such thing; exit 3"], 1, tmp_path / "log", {})
