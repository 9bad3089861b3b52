"""Hostile texts come out harmless, honest ones come out well."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest

from app.rendering.formulas import MAX_FORMULA, to_mathml
from app.rendering.html import MAX_RENDERED, RenderedTurn, Renderer, render_plain, render_text
from tests.call_counts import count_calls
from tests.hostile import BOMBS, MARKUP, PAYLOADS

SAFE_TAGS = set(
    "a blockquote br code del details div em h3 h4 h5 h6 hr li ol p pre s span strong summary table tbody td th "
    "thead tr ul math mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup "
    "mtable mtd mtext mtr munder munderover".split()
)
SAFE_ATTRIBUTES = set(
    "class dir href rel target start display linethickness mathvariant accent fence form maxsize minsize "
    "movablelimits stretchy width displaystyle scriptlevel columnalign".split()
)
VOID = {"br", "hr"}


class Inspector(HTMLParser):
    """Collects what is in a fragment and checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def inspect(page: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(page)
    inspector.close()
    assert inspector.open == []
    return inspector


def assert_harmless(page: str) -> None:
    for tag, attributes in inspect(page).found:
        assert tag in SAFE_TAGS
        assert set(attributes) <= SAFE_ATTRIBUTES
        if tag == "a":
            assert set(attributes) <= {"href", "rel", "target"}
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert attributes["target"] == "_blank"
            assert (attributes.get("href") or "").startswith(("https://", "http://", "mailto:"))
        else:
            assert "href" not in attributes


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_keeps_only_allowed_tags_and_attributes(name: str) -> None:
    assert_harmless(render_text(PAYLOADS[name]))


@pytest.mark.parametrize("name", MARKUP)
def test_a_hostile_text_stays_inside_the_panel_of_a_conversation(name: str) -> None:
    turns = [RenderedTurn(MARKUP[name], heading="<b>Turn 1</b>"), RenderedTurn(MARKUP[name], by="user")]
    assert_harmless(Renderer().render_turns(turns))


@pytest.mark.parametrize("name", BOMBS)
def test_expensive_markup_takes_a_bounded_number_of_calls_for_each_character(name: str) -> None:
    """Measured: at most 63 (rows of a table). A pattern that backtracks for ever meets the time limit of pytest."""
    assert count_calls(lambda: render_text(BOMBS[name])) < 5_000 + 120 * len(BOMBS[name])


def test_no_text_carries_invisible_or_reordering_characters() -> None:
    page = render_text(MARKUP["reordered text"] + MARKUP["reordered by entity"] + MARKUP["control characters"])
    assert "⟦U+202E⟧" in page and "⟦U+2066⟧" in page and "⟦U+001B⟧" in page
    assert not any(character in page for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x1b\x00")


def test_joiners_that_emoji_and_scripts_need_survive() -> None:
    assert "👩\u200d💻" in render_text("👩\u200d💻")


def test_raw_html_is_shown_as_the_model_wrote_it() -> None:
    assert inspect(render_text("a <b onclick=x>bold</b> & co")).text.strip() == "a <b onclick=x>bold</b> & co"


def test_an_image_is_shown_as_its_markdown() -> None:
    shown = inspect(render_text("![a cat](http://evil.example/cat.png) ![x](/logout)")).text.strip()
    assert shown == "![a cat](http://evil.example/cat.png) ![x](/logout)"


def test_only_absolute_web_addresses_become_links() -> None:
    page = render_text("[a](https://e.org/x?y=1&z=2) [b](/logout) [c](javascript:x) <mailto:m@e.org>")
    links = [attributes["href"] for tag, attributes in inspect(page).found if tag == "a"]
    assert links == ["https://e.org/x?y=1&z=2", "mailto:m@e.org"]


def test_a_table_scrolls_in_its_box_and_keeps_its_alignment() -> None:
    page = render_text("| n | v |\n|:--|--:|\n| a | 1 |\n")
    assert page == (
        '<div class="wide"><table dir="auto">\n<thead>\n<tr>\n'
        '<th class="left">n</th>\n<th class="right">v</th>\n</tr>\n'
        '</thead>\n<tbody>\n<tr>\n<td class="left">a</td>\n<td class="right">1</td>\n</tr>\n</tbody>\n'
        "</table></div>\n"
    )


def test_code_of_a_known_language_is_coloured_by_classes_alone() -> None:
    page = render_text("```python\ndef f(x):\n    return x\n```\n")
    assert '<span class="t-k">def</span>' in page
    assert "style" not in page
    assert inspect(page).text.strip() == "def f(x):\n    return x"


def test_code_of_an_unknown_language_is_shown_plain() -> None:
    assert render_text("```klingon\na < b\n```\n") == '<pre class="code" dir="ltr"><code>a &lt; b\n</code></pre>\n'


def test_nested_lists_keep_their_depth_and_numbers() -> None:
    tags = [tag for tag, _ in inspect(render_text("3. a\n   - b\n     - c\n4. d\n")).found]
    assert tags == ["ol", "li", "ul", "li", "ul", "li", "li"]
    assert '<ol start="3" dir="auto">' in render_text("3. a\n")


def test_task_lists_read_the_same_in_every_theme() -> None:
    assert inspect(render_text("- [ ] open\n- [x] done\n- [X] **too**\n")).text.split("\n")[1:4] == [
        "☐ open",
        "☑ done",
        "☑ too",
    ]


def test_headings_stand_below_those_of_the_page() -> None:
    assert [tag for tag, _ in inspect(render_text("# a\n## b\n###### c\n")).found] == ["h3", "h4", "h6"]


def test_single_line_breaks_are_kept() -> None:
    assert render_text("白日依山尽，\n黄河入海流。") == '<p dir="auto">白日依山尽，<br>\n黄河入海流。</p>\n'


def test_chinese_emphasis_and_formulas_need_no_spaces() -> None:
    page = render_text("设**函数**$f(x)=x^2$在\\(x=0\\)处取最小值。")
    assert "<strong>函数</strong><math" in page
    assert page.count("<math") == 2


MONEY = [
    "$5 and $6",
    "It costs $5, not $6.",
    "$100–$200",
    "$100–200$",
    "US$5/US$6",
    "US$5/HK$6",
    "价格是$5，不是$6。",
    "价格是$5，不是6$。",
    "**$4** and 25$",
    "**Price:** $4.99 **Total:** 25$",
    "($5) and (10$)",
    "($5)/(10$)",
    "I have $5, you have 10$.",
    "now $4 (was $5) or 6$",
    "$5 million to 10$",
    "It earned $2.50 each so they cost 4*2.5=$10",
    "A$AP and Ke$ha",
    "$HOME/bin:$PATH",
    "- $$ to $$$",
    "$$$: fancy, $$",
    "`$a` and `$b`",
    r"\$x\$",
]


@pytest.mark.parametrize("text", MONEY)
def test_money_is_not_mathematics(text: str) -> None:
    assert "<math" not in render_text(text)


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x$ costs $5 and $y$ costs $6", 2),
        ("$5$, $10, 20$ and $2**3$", 3),
        ("the $n$th and the $k$-th of $[0,1)$", 3),
        ("$x = 2 or y = 3$", 1),
        (r"$3 \text{ apples and pears}$", 1),
        (r"$40^\circ + 2(\angle QRP) = 180^\circ$", 1),
        (r"$\mathrm{X} 、 \mathrm{Y}$ 和 $(0，6)$", 2),
        ("$2xy + 3 mod 2$ and $3 sin x$", 2),
        (r"$a \$ b$, $a$$b$", 3),
    ],
)
def test_formulas_beside_words_and_money_stay_formulas(text: str, formulas: int) -> None:
    assert render_text(text).count("<math") == formulas


@pytest.mark.parametrize("text", ["$x^2$", r"\(x^2\)", "Let $x$ be, and $y_1$.", "$\\alpha$-helix", "$$x$$ inside"])
def test_inline_mathematics_becomes_mathml(text: str) -> None:
    assert "<math" in render_text(text)
    assert "$" not in inspect(render_text(text)).text


@pytest.mark.parametrize(
    "text",
    [
        "$$\nx = 1\n$$",
        "$$x = 1$$",
        "\\[\nx = 1\n\\]",
        "text\n\\[ x = 1 \\]\nmore",
        "> $$\n> x = 1\n> $$",
        "1. a\n\n   $$\n   x = 1\n   $$\n",
        "\\begin{equation}\nx = 1\n\\end{equation}",
    ],
)
def test_display_mathematics_stands_on_its_own_line(text: str) -> None:
    page = render_text(text)
    assert (
        '<span class="formula"><math display="block"><mrow><mi>x</mi><mo>=</mo><mn>1</mn></mrow></math></span>' in page
        or "<mrow><mrow><mi>x</mi><mo>=</mo><mn>1</mn></mrow></mrow>" in page
    )


def test_aligned_lines_share_their_columns_and_bear_no_numbers() -> None:
    page = render_text("\\begin{align}\na &= b \\\\\nc &= d \\tag{7}\n\\end{align}\n")
    assert page.count("<mtr>") == 2
    assert '<mtd columnalign="right"><mi>a</mi></mtd>' in page
    assert "(1)" not in inspect(page).text


def test_a_full_stop_after_a_formula_is_kept() -> None:
    assert render_text("\\[ x \\].").endswith("</math>.</span></p>\n")


@pytest.mark.parametrize(
    "source",
    [
        "\\nosuchcommand{x}",
        "\\frac{1}",
        "x^2^3",
        "\\left( x",
        "\\begin{matrix} x",
        "\\def\\a{b}\\a",
        "{" * 99 + "}" * 99,
    ],
)
def test_a_formula_that_fails_is_shown_as_its_source(source: str) -> None:
    page = render_text(f"before ${source}$ after")
    assert '<code class="source">' in page
    assert inspect(page).text.strip() == f"before ${source}$ after"


def test_a_formula_too_long_or_empty_is_not_converted() -> None:
    assert to_mathml("x" * (MAX_FORMULA + 1), display=False) is None
    assert to_mathml("  ", display=False) is None


@pytest.mark.parametrize(("display", "tag"), [(True, "munder"), (False, "msub")])
def test_function_names_stand_upright_before_a_space_with_their_limits_below(display: bool, tag: str) -> None:
    assert to_mathml(r"\max_{x} f", display=display) == (
        f'<math display="{"block" if display else "inline"}"><mrow><{tag}><mi>max</mi><mrow><mi>x</mi></mrow></{tag}>'
        '<mspace width="0.167em"></mspace><mi>f</mi></mrow></math>'
    )


def test_a_box_is_a_class_because_browsers_draw_no_enclosure() -> None:
    assert to_mathml(r"\boxed{x}", display=False) == (
        '<math display="inline"><mrow><mrow class="boxed"><mrow><mi>x</mi></mrow></mrow></mrow></math>'
    )


def test_double_bars_keep_their_sign() -> None:
    assert str(to_mathml(r"\| v \|", display=False)).count("‖") == 2


def test_text_inside_a_formula_is_escaped() -> None:
    assert to_mathml(r"\text{<b>&lt;}", display=False) == (
        '<math display="inline"><mrow><mtext>&lt;b&gt;&lt;</mtext></mrow></math>'
    )


def test_each_outer_block_finds_its_own_direction_and_code_runs_left_to_right() -> None:
    page = render_text("# مرحبا\n\nسعره **$4** فقط\n\n- אחד\n\n  שתיים\n\n> a\n\n```\nx = 1\n```\n")
    for tag in ("h3", "p", "ul", "blockquote"):
        assert f'<{tag} dir="auto">' in page
    assert "<li>\n<p>אחד" in page, "a list finds its direction in its items, so they have none of their own"
    assert '<pre dir="ltr"' in page or 'dir="ltr"' in page.split("<pre", 1)[1].split(">", 1)[0]


def test_marks_of_direction_are_ordinary_only_beside_letters_that_run_right_to_left() -> None:
    assert "⟦U+200F⟧" in render_text("left\u200f right")
    assert "⟦" not in render_text("שלום\u200f! \u061cمرحبا\u200e")
    assert "⟦U+202E⟧" in render_text("שלום \u202eabc\u202c")
    assert render_plain("a\u200eb") == "a⟦U+200E⟧b"


def test_an_open_code_fence_swallows_nothing_after_the_turn() -> None:
    page = Renderer().render_turns([RenderedTurn("```\nopen"), RenderedTurn("closed")])
    assert page.endswith('<div class="turn turn-model"><p dir="auto">closed</p>\n</div>')


def test_turn_headings_are_escaped_and_speakers_marked() -> None:
    page = Renderer().render_turns([RenderedTurn("hi", by="user", heading="A & B"), RenderedTurn("ho")])
    assert page == (
        '<div class="turn turn-user"><p class="turn-heading">A &amp; B</p><p dir="auto">hi</p>\n</div>\n'
        '<div class="turn turn-model"><p dir="auto">ho</p>\n</div>'
    )


def test_text_beyond_the_limit_follows_as_plain_text() -> None:
    text = "**word** and more\n\n" * 5_000
    page = render_text(text)
    inspector = inspect(page)
    assert ("details", {"class": "rest"}) in inspector.found
    assert page.count("<strong>") < MAX_RENDERED / 19
    assert inspector.text.count("word") == 5_000


def test_empty_text_gives_an_empty_page() -> None:
    assert render_text("") == render_text(" \n\n ") == ""


def test_the_cache_returns_the_same_page_and_forgets_the_oldest() -> None:
    renderer = Renderer(max_bytes=100)
    first = renderer.render("a" * 40)
    assert renderer.render("a" * 40) is first
    renderer.render("b" * 40)
    renderer.render("c" * 40)
    assert renderer.render("a" * 40) is not first
    assert renderer.render("a" * 40) == first


def test_a_page_larger_than_the_cache_is_not_kept() -> None:
    renderer = Renderer(max_bytes=10)
    assert renderer.render("hello there") is not renderer.render("hello there")


def test_threads_get_what_one_thread_gets() -> None:
    texts = [text for text in MARKUP.values() for _ in range(4)]
    alone = [render_text(text) for text in texts]
    renderer = Renderer()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(renderer.render, texts)) == alone
