"""Pictures in pages that a server writes: what describes one is text, and a deleted one is a sentence."""

from app.web.media.page_pictures import PagePicture, pictures_html


def test_pictures_are_links_to_themselves_and_deleted_ones_a_sentence() -> None:
    shown = PagePicture("/media/1", 'A "red" <b>square</b>', 40, 30)
    html = pictures_html([shown, PagePicture("/media/2", "Secret", 1, 1, gone=True)], "Deleted <by> staff.")
    assert html.startswith('<div class="ev-stills"><a class="ev-still" href="/media/1"')
    assert 'width="40" height="30" loading="lazy"' in html
    assert "&lt;b&gt;square" in html and "<b>" not in html and 'A "' not in html
    assert '<p class="ev-picture is-gone">Deleted &lt;by&gt; staff.</p></div>' in html
    assert "/media/2" not in html and "Secret" not in html


def test_without_pictures_nothing_is_written() -> None:
    assert pictures_html([], "Deleted.") == ""
