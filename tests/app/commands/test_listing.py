"""`evenhand list`: every kind, filtered by words, for people and for programs."""

from tests.app.commands.conftest import Console


def test_every_kind_lists_for_people_and_for_programs(example: Console) -> None:
    sizes = {}
    for kind in ("methods", "models", "questions", "campaigns", "raters", "formats"):
        rows = example(f"list {kind} --json").json[kind]
        sizes[kind] = len(rows)
        assert example(f"list {kind}").out.count("\n") >= len(rows)
    assert sizes["models"] == 4 + 2, "those compared, and those of the recorded run"
    assert sizes["questions"] >= 24
    assert sizes["campaigns"] == 1
    assert sizes["raters"] == 15 + 1, "people, and the judge of pairs"
    assert sizes["methods"] >= 2


def test_all_words_must_occur_whatever_their_case(example: Console) -> None:
    found = example("list questions CODE zh --json").json["questions"]
    assert found
    assert {(row["category"], row["language"]) for row in found} == {("code", "zh")}
    assert example("list models kestrel --json").json["models"][0]["model"].startswith("Kestrel")


def test_nothing_found_is_said_and_is_no_failure(example: Console) -> None:
    ran = example("list models unheard-of")
    assert (ran.code, ran.out) == (0, "No models contain these words.\n")
    assert example("list models unheard-of --json").json == {"models": []}


def test_what_rows_do_not_name_is_no_rater_and_no_question(console: Console) -> None:
    votes = "model_a,model_b,winner\none,two,model_a\none,three,tie\n"
    (console.folder / "votes.csv").write_text(votes, encoding="utf-8")
    assert console("import votes.csv --rater-kind human").code == 0
    assert console("list raters --json").json == {"raters": []}
    assert console("list questions --json").json == {"questions": []}
    assert console("rank --json").code == 0


def test_methods_and_formats_need_no_store(console: Console) -> None:
    assert console("list methods bradley").code == 0
    assert {row["kind"] for row in console("list formats --json").json["formats"]} == {
        "questions",
        "responses",
        "preferences",
        "satisfaction",
    }
    assert list(console.folder.iterdir()) == []


def test_a_long_text_is_one_cut_line_in_the_table_and_whole_in_json(example: Console) -> None:
    rows = example("list questions --json").json["questions"]
    longest = max(rows, key=lambda row: len(row["text"]))
    assert "\n" in longest["text"]
    table = example("list questions").out
    assert len(table.splitlines()) == len(rows) + 2
    assert "…" in table


def test_prompts_are_listed_and_shown_as_they_are_sent(console: Console) -> None:
    names = [row["prompt"] for row in console("list prompts pairwise zh --json").json["prompts"]]
    assert names == ["pair-3-turns-zh", "pair-3-zh", "pair-5-zh"]
    shown = console("prompt pair-3")
    assert (shown.code, shown.out.startswith("--- system\n")) == (0, True)
    assert "\n(response_a)\n" in shown.out and "[[C]]" in shown.out
    assert len(console("prompt pair-3 --json").json["messages"]) == 2
    unknown = console("prompt pair-4")
    assert (unknown.code, "expected a prompt among" in unknown.err) == (1, True)


def test_a_prompt_of_ones_own_is_read_from_a_folder(console: Console) -> None:
    (console.folder / "mine.md").write_text(
        "---\nname: mine\nversion: 1\nkind: single\nlanguage: en\noutput: score 1 to 5\nsource: me\n---\n"
        "=== user\n{question} {response}\n",
        encoding="utf-8",
    )
    assert "(response)" in console("prompt mine --prompts .").out
