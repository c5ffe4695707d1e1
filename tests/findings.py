"""The faults that a test of version 1's security and reliability found, each with the tests that try it again.

python -m tests.findings [S1 M3 …]     (also the end of `python -m tests.attack`)
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FINDINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "S1": (
        "a small table stops the writer, and the page from starting again",
        (
            "test_ingestion::test_a_file_of_too_many_passages_is_quarantined",
            "test_loading_process::test_a_file_of_too_many_documents_is_refused_before_they_are_sent",
            "test_chunking_cost::test_hard_documents_take_work_in_proportion_to_their_length",
            "test_watching::test_stop_waits_for_no_parser",
            "test_watching::test_a_pending_file_of_a_killed_ingestion_is_deleted_without_being_embedded",
            "test_serve::test_a_server_is_up_while_it_reads_and_goes_on_where_it_was_killed",
        ),
    ),
    "S2": (
        "the length of a question is checked after it is stored and drawn",
        (
            "test_server_guard::test_a_question_that_is_too_long_is_neither_kept_nor_drawn",
            "test_server_guard::test_a_body_that_says_it_is_too_large_is_not_read",
            "test_server_guard::test_a_body_that_does_not_say_how_large_it_is_ends_where_it_is_too_large",
        ),
    ),
    "S3": (
        "any web site reads, adds and deletes documents through a visitor's browser",
        (
            "test_server_guard::test_only_its_own_hosts_are_taken",
            "test_server_guard::test_no_other_site_changes_anything",
            "test_server_guard::test_no_other_site_may_read",
        ),
    ),
    "S4": (
        "a damaged file of vectors ends every command with a segmentation fault",
        (
            "test_store::test_files_that_would_end_the_process_are_found_out_and_replaced",
            "test_faults::test_vectors_are_made_again_from_the_catalogue",
            "test_faults::test_a_server_answers_by_keywords_until_vectors_are_made_again",
        ),
    ),
    "M1": (
        "a refused question fails where it cannot be kept",
        (
            "test_service::test_a_refused_question_is_answered_though_it_cannot_be_kept",
            "test_catalogue::test_what_is_kept_of_a_question_waits_a_second_for_others_who_write",
        ),
    ),
    "M2": (
        "an upload is copied over the kept file before it may be",
        (
            "test_service::test_upload_leaves_nothing_where_another_writes_or_a_file_is_missing",
            "test_service::test_upload_keeps_two_files_of_one_name_as_two_documents",
            "test_proofs::test_a_full_disk_is_told_and_spoils_nothing",
        ),
    ),
    "M3": (
        "deleting one of two files of a name deletes both",
        (
            "test_watching::test_deleting_one_of_two_files_of_a_name_leaves_the_other",
            "test_service::test_deleting_an_upload_leaves_a_folders_file_of_its_name",
        ),
    ),
    "M4": (
        "tracebacks of a full disk, of damage and of broken weights",
        (
            "test_catalogue::test_a_full_disk_is_told_with_advice_and_nothing_is_half_written",
            "test_catalogue::test_damage_that_shows_after_opening_is_told_with_advice",
            "test_generation::test_damaged_weights_are_one_message",
            "test_proofs::test_damaged_files_are_told_or_mended",
        ),
    ),
    "M5": (
        "a lost or empty catalogue is an empty base without a word",
        (
            "test_faults::test_a_lost_catalogue_is_no_empty_base",
            "test_faults::test_damage_in_the_catalogue_is_one_message",
            "test_service::test_a_lost_catalogue_beside_uploads_is_never_taken_for_an_empty_base",
        ),
    ),
    "M6": (
        "copies of uploads stay, can be fetched, and fill the disk",
        (
            "test_temporary::test_the_folder_is_private_and_emptied_at_the_end_or_by_the_next_start",
            "test_server_roles::test_of_gradio_only_the_routes_of_the_page_are_there",
            "test_server_guard::test_one_client_uploads_so_much_in_a_day_and_says_how_much",
            "test_watching::test_uploads_have_a_bound_together",
        ),
    ),
    "M7": (
        "one client fills the queue",
        (
            "test_limits::test_a_client_with_many_questions_does_not_keep_another_waiting",
            "test_limits::test_who_has_too_many_is_told_when_and_others_are_not_refused",
            "test_proofs::test_a_crowd_is_answered_and_one_client_does_not_fill_the_queue",
        ),
    ),
    "M8": (
        "a server does not start while anybody writes",
        ("test_serve::test_a_server_starts_while_another_process_writes_and_reads_when_that_has_ended",),
    ),
    "L1": (
        "no security headers, any site frames the page",
        (
            "test_server_guard::test_every_answer_has_its_headers",
            "test_server_guard::test_a_space_may_be_framed_by_its_site_alone",
        ),
    ),
    "L2": (
        "what is kept can be read by other users of the machine",
        (
            "test_faults::test_folders_are_for_their_owner_alone",
            "test_faults::test_a_folder_of_an_earlier_version_is_closed_to_others",
            "test_catalogue::test_only_the_owner_may_read_what_is_kept",
        ),
    ),
    "L3": (
        "visitors see paths, process numbers and operators' advice",
        (
            "test_limits::test_visitors_see_no_paths_and_no_advice_for_who_hosts_it",
            "test_api_refusals::test_an_error_that_is_not_for_who_asks_is_not_told",
        ),
    ),
    "L4": (
        "text that a document injects into the draft is shown",
        (
            "test_api::test_what_is_no_part_of_the_answer_is_not_sent",
            "test_interface::test_a_draft_is_never_shown_as_an_answer",
            "test_interface::test_what_the_model_wrote_besides_is_shown_apart_from_the_answer",
        ),
    ),
    "L5": (
        "remarks of any size are kept, and questions for ever",
        (
            "test_faults::test_a_remark_that_is_too_long_is_not_kept",
            "test_erasure::test_retention_keeps_what_is_younger_or_all",
            "test_erasure::test_gaps_and_feedback_are_kept_masked",
        ),
    ),
    "L6": (
        "asking again twice at once takes one exchange too many",
        ("test_server_guard::test_two_that_ask_again_at_once_take_one_question_away",),
    ),
    "L7": ("bare 500s", ("test_server_guard::test_a_malformed_request_is_told_so",)),
    "L8": ("X-Forwarded-Host of anybody is believed", ("test_server_guard::test_only_trusted_proxies_are_believed",)),
    "L9": (
        "marks that turn the direction of writing reach the page",
        (
            "test_loading_web::test_characters_are_as_they_look",
            "test_interface::test_hostile_text_stays_text_everywhere",
        ),
    ),
    "L10": (
        "a folder that cannot be written cannot be listed either",
        ("test_database::test_a_file_where_nothing_can_be_written_is_read",),
    ),
    "L11": (
        "what was deleted for good stays in the files",
        (
            "test_erasure::test_documents_that_people_bring_and_delete_are_in_the_audit_log",
            "test_erasure::test_a_document_that_is_deleted_while_somebody_writes_is_gone_from_the_files_a_day_later",
            "test_erasure::test_erased_text_is_in_no_file",
            "test_kept::test_what_is_deleted_is_in_no_file_and_told_of_by_its_id",
        ),
    ),
    "L12": (
        "the number of a tab is the only key to its conversation",
        (
            "test_server_conversations::test_the_number_of_a_tab_leads_nobody_else_to_it",
            "test_server_conversations::test_the_answer_on_its_way_to_a_tab_is_not_told_to_who_knows_its_number",
        ),
    ),
    "L13": (
        "half-open requests have no time limit",
        (
            "test_server_guard::test_a_half_open_request_is_closed",
            "test_server_guard::test_a_body_that_pauses_too_long_is_given_up",
        ),
    ),
    "L14": (
        "weights of another content and the same size are used without a word",
        ("test_models::test_verify_notices_a_changed_byte", "test_trained_reader::test_changed_weights_are_refused"),
    ),
    "L15": (
        "handlers that are called private can be called by name",
        (
            "test_server_roles::test_handler_answers_who_may_and_refuses_the_others",
            "test_server_roles::test_route_of_the_page_answers_who_may",
        ),
    ),
}


class Outcomes:
    """A plugin of pytest: how each test ended, by its file and name; of one with several cases, the worst."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            name = report.nodeid.removeprefix("tests/").replace(".py::", "::").partition("[")[0]
            worst = ("passed", "skipped", "failed")
            self.of[name] = max(report.outcome, self.of.get(name, "passed"), key=worst.index)


def run(wanted: Sequence[str] = ()) -> dict[str, Counter[str]]:
    """How the tests of each finding end; a test that is not there counts as missing."""
    chosen = {name: tests for name, (_, tests) in FINDINGS.items() if not wanted or name in wanted}
    ids = dict.fromkeys(f"tests/{test.replace('::', '.py::')}" for tests in chosen.values() for test in tests)
    outcomes = Outcomes()
    pytest.main(["-q", "-n", "0", "--no-header", "--rootdir", str(ROOT), *ids], plugins=[outcomes])
    return {name: Counter(outcomes.of.get(test, "missing") for test in tests) for name, tests in chosen.items()}


def main(wanted: Sequence[str] = ()) -> int:
    """Prints how each finding stands; returns how many are left."""
    left = 0
    for name, ends in run(wanted).items():
        is_left = bool(ends["failed"] or ends["missing"]) or not ends["passed"]
        left += is_left
        tests = ", ".join(f"{n} {end}" for end, n in sorted(ends.items()))
        print(f"{name:<4} {'LEFT' if is_left else 'gone':<5} {FINDINGS[name][0]} ({tests})")
    print(f"{left} findings left")
    return left


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
