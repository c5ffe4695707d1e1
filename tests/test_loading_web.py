"""Pages and Markdown as they are published: accordions, structured data, front matter, dialects, look-alike characters."""

import json

import pytest

from rag.loading.cleaning import characters
from rag.text import terms
from tests.test_loading import failure, read_text
from tests.test_loading_blocks import blocks, marks, paths

# --- Characters ---


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("ＡＢ－１２３４", "AB-1234"),
        ("AB－１２３４", "AB-1234"),
        ("１，２９９．５０", "1,299.50"),
        ("退货，（Ａ）：３０天。", "退货，（A）：30天。"),
        ("Q\u200bX\u200b4", "QX4"),
        ("ship\u00adping", "shipping"),
        ("a\u2060b\ufeffc\u200ed", "abcd"),
        ("pay \u202e001\u202c \u2066now\u2069", "pay 001 now"),
        ("a\u200db", "ab"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("o\ufb03ce 5 m²", "office 5 m²"),
        ("𝐁𝐨𝐥𝐝", "Bold"),
    ],
)
def test_characters_are_as_they_look(raw, seen):
    assert characters(raw) == seen
    assert characters(seen) == seen


@pytest.mark.parametrize("suffix", ["md", "mdx", "rst", "html", "txt", "csv", "tsv"])
def test_codes_in_look_alike_characters_are_found(tmp_path, suffix):
    text = read_text(tmp_path, f"a.{suffix}", "The code is ＡＢ－１２３４ or Q\u200bX\u200b7 here, said once more\n" * 2).text
    assert "AB-1234" in text
    assert "QX7" in text


def test_terms_of_a_question_ignore_invisible_characters():
    assert terms("Q\u200bX\u00ad7 ＡＢ－１２") == terms("QX7 AB-12")


# --- HTML ---


def page(tmp_path, body, head=""):
    return read_text(tmp_path, "page.html", f"<html><head><title>T</title>{head}</head><body><main>{body}</main></body></html>")


def test_html_closed_accordions_are_read_below_their_questions(tmp_path):
    document = page(
        tmp_path,
        "<h1>Plan</h1><h3><button aria-expanded=true aria-controls=a>How to pause?</button></h3><div id=a><p>Press Pause.</div>"
        "<h3><button aria-expanded=false aria-controls=b>How to cancel?</button></h3><div id=b hidden><p>By the 20th.</div>"
        "<button aria-expanded=false data-bs-toggle=collapse data-bs-target='#c'>Give away?</button>"
        "<div id=c class=collapse aria-hidden=true style='display: none'><p>Three a year.</div>"
        "<div><button aria-expanded=false>Move?</button></div><div hidden>Tell us.</div>"
        "<details><summary>More?</summary><p>Ask.</details>",
    )
    assert blocks(document) == [
        ("heading1", "Plan"),
        ("heading3", "How to pause?"),
        ("paragraph", "Press Pause."),
        ("heading3", "How to cancel?"),
        ("paragraph", "By the 20th."),
        ("heading4", "Give away?"),
        ("paragraph", "Three a year."),
        ("heading4", "Move?"),
        ("paragraph", "Tell us."),
        ("heading4", "More?"),
        ("paragraph", "Ask."),
    ]


def test_html_details_are_sections_that_end_with_them(tmp_path):
    document = page(
        tmp_path,
        "<h2>FAQ</h2><details><summary>Shipping</summary>"
        "<details><summary>Do you ship <b>abroad</b>?</summary>To the EU.</details>"
        "By post.</details><p>Call us.<details><summary>Contents</summary><a href=a>One</a> <a href=b>Two</a></details>",
    )
    assert paths(document) == {
        "To the EU.": ("FAQ", "Shipping", "Do you ship abroad?"),
        "By post.": ("FAQ", "Shipping"),
        "Call us.": ("FAQ",),
        "Contents": ("FAQ",),
        "One Two": ("FAQ",),
    }
    assert page(tmp_path, "<details><summary>Do you ship?</summary>Yes.</details>").title == "T"
    document = page(tmp_path, "<h2>FAQ</h2><details><summary>Shop<h4>Do you ship?</h4></summary>Yes.</details>End.")
    assert paths(document) == {"Shop": ("FAQ",), "Yes.": ("FAQ", "Do you ship?"), "End.": ("FAQ",)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "<button class='accordion active'>Can I return?</button><div class=panel><p>Within 30 days.</p></div>",
            "<button class=accordion>How do I pay?</button><div class='panel x' style='display: none'><p>By card.</p></div>",
        ),
        (
            "<h3><button class=q>Can I return?</button></h3><p class=a>Within 30 days.</p>",
            "<h3><button class=q>How do I pay?</button></h3><p class=a>By card.</p>",
        ),
    ],
)
def test_html_buttons_of_one_class_open_what_stands_behind_them(tmp_path, first, second):
    document = page(tmp_path, f"<h2>FAQ</h2>{first}{second}")
    assert blocks(document) == [
        ("heading2", "FAQ"),
        ("heading3", "Can I return?"),
        ("paragraph", "Within 30 days."),
        ("heading3", "How do I pay?"),
        ("paragraph", "By card."),
    ]


@pytest.mark.parametrize(
    "buttons",
    [
        "<button class=b>Copy</button><pre class=c>ls</pre><button class=b>Copy</button><pre class=c>ls</pre>",
        "<button class=b>Copy</button><button class=b>Share</button><pre class=c>ls</pre><pre class=c>ls</pre>",
        "<pre>ls</pre><button class=b>Copy</button><pre class=c>ls</pre>",
        "<form><button class=b>Buy</button><pre class=c>ls</pre><button class=b>Lend</button><pre class=c>ls</pre></form>",
        "<button class=b>Copy</button><button class=c>Share</button><pre>ls</pre><pre>ls</pre>",
    ],
)
def test_html_other_buttons_are_left_out(tmp_path, buttons):
    assert page(tmp_path, f"<h2>FAQ</h2>{buttons}").text == "FAQ\n\nls\n\nls"


def test_html_headings_of_asides_head_nothing_behind_them(tmp_path):
    document = page(tmp_path, "<h2>Pay</h2><p>By card.<aside><h3>Tip</h3><p>Save it.</aside><p>Or cash.")
    assert paths(document) == {"By card.": ("Pay",), "Save it.": ("Pay", "Tip"), "Or cash.": ("Pay",)}


def test_html_tabs_are_read_each_below_its_name(tmp_path):
    document = page(
        tmp_path,
        "<h1>Post</h1><ul role=tablist><li><a role=tab href='#x' id=tx>Home</a><li><button role=tab id=ty>Abroad</button></ul>"
        "<div role=tabpanel id=x><p>Two days.</div><div role=tabpanel hidden aria-labelledby=ty><p>Nine days.</div>",
    )
    assert blocks(document) == [
        ("heading1", "Post"),
        ("heading2", "Home"),
        ("paragraph", "Two days."),
        ("heading2", "Abroad"),
        ("paragraph", "Nine days."),
    ]


def test_html_hidden_menus_and_other_hidden_parts_stay_hidden(tmp_path):
    document = page(
        tmp_path,
        "<h2>Pay <button>Copy link</button></h2><p>By card.<button aria-expanded=false aria-controls=m>Menu</button>"
        "<div id=m hidden><a href=/a>One</a> <a href=/b>Two</a></div><div hidden>secret</div><button>Send</button>"
        "<button aria-controls=n aria-expanded=false>Pages</button><nav id=n hidden>All pages are here</nav>",
    )
    assert document.text == "Pay\n\nBy card."


def test_html_headings_that_are_buttons_are_headings(tmp_path):
    document = page(tmp_path, "<h2><button class=x>What if it does not fit?</button></h2><div>Post office.</div>")
    assert blocks(document) == [("heading2", "What if it does not fit?"), ("paragraph", "Post office.")]


def test_html_tables_without_marked_header_take_the_first_row(tmp_path):
    rows = "<tr><td>Hotel<td>Breakfast<td>Pets<tr><td>Alder<td>12 euros<td>no<tr><td>Dune<td>9 euros<td>yes"
    assert page(tmp_path, f"<table>{rows}</table>").text == (
        "Hotel: Alder; Breakfast: 12 euros; Pets: no\nHotel: Dune; Breakfast: 9 euros; Pets: yes"
    )


def linked_data(*items):
    return "".join(f'<script type="application/ld+json">{json.dumps(item)}</script>' for item in items)


def question(text, answer):
    return {"@type": "Question", "name": text, "acceptedAnswer": {"@type": "Answer", "text": answer}}


def test_html_questions_of_structured_data_are_read_where_the_page_lacks_them(tmp_path):
    faq = {
        "@type": "FAQPage",
        "mainEntity": [question("Malta?", "<p>Nine <b>days</b>.</p>"), question("Card?", "By card, yes.")],
    }
    document = page(tmp_path, "<h1>Help</h1><p>By <b>card</b>, yes.", linked_data(faq, {"@graph": [faq]}))
    assert blocks(document)[2:] == [("heading2", "Malta?"), ("paragraph", "Nine days.")]
    assert document.sections[-1].headings == ("Help", "Malta?")


def test_html_prices_and_dates_of_structured_data_are_facts(tmp_path):
    offer = {"@type": "Offer", "price": 49.9, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}
    document = page(
        tmp_path,
        "<h1>Kettle</h1><p>Boils.",
        linked_data(
            {"@type": "Product", "name": "Kettle 2", "offers": [offer]},
            {"@type": "NewsArticle", "headline": "Recall", "datePublished": "2026-03-01T10:00:00Z", "author": {"name": "A"}},
        ),
    )
    assert document.text.split("\n\n")[2:] == [
        "Kettle 2. Price: 49.9 EUR; Availability: In stock",
        "Recall. Published: 2026-03-01",
    ]


@pytest.mark.parametrize("data", ["{", "[]", '{"@type": 3}', '{"@type": "Question", "name": {"a": []}}', "[" * 100_000, "null"])
def test_html_structured_data_that_is_none_is_left(tmp_path, data):
    assert page(tmp_path, "<p>Text", f'<script type="application/ld+json">{data}</script>').text == "Text"


def test_html_redirections_are_one_clear_reason(tmp_path):
    path = tmp_path / "old.html"
    path.write_text('<meta http-equiv="Refresh" content="0; url=../new.html"><body><a href=x>Redirecting</a>')
    error = failure(path)
    assert error.reason == "no text"
    assert "../new.html" in str(error)
    path.write_text("<html><body><script>location='/x'</script><img src=a.png>")
    assert failure(path).reason == "no text"
    path.write_text("")
    assert failure(path).reason == "empty"


def test_html_that_loads_itself_again_is_read(tmp_path):
    assert read_text(tmp_path, "a.html", '<meta http-equiv="refresh" content="300"><p>Text').text == "Text"


@pytest.mark.parametrize(
    "furniture",
    [
        "<p class=path><a href=/>Home</a> &gt; <a href=/help>Help</a> &gt; <a href=/p>Plan</a></p>",
        "<ol itemscope itemtype='https://schema.org/BreadcrumbList'><li><a href=/>Home</a><li>Plan</ol>",
        "<ul><li><a href='#a'>One</a><li><a href='#b'>Two</a></ul>",
        "<div class=toc><p>Contents</p><ul><li><a href=x.html>One</a></ul></div>",
        "<ul><li><a accesskey=p href=1>Back</a><li><a accesskey=n href=2>On</a></ul>",
        "<p><a rel=prev href=1>Back</a> | <a rel=next href=2>On</a></p>",
        "<table><tr><td><a accesskey=p href=1>Back</a></td><th>Part 2</th><td><a accesskey=n href=2>On</a></td></tr></table>",
        "<p><a href='#top'>Up</a></p>",
        "<p>Also in " + " | ".join(f"<a hreflang={code} href={code}>{code}</a>" for code in "de fr es it pt nl pl sv".split()),
        "<a href='https://twitter.com/intent/tweet?url=x'>Tweet</a> <a href='mailto:?subject=x'>Mail</a>",
        "<div class='x cookie-banner'><p>We store things.</p><button>Fine</button></div>",
        "<div><p>Was it any use?</p><button>Yes</button><button>No</button></div>",
        "<form><fieldset><legend>War das nützlich?</legend><button>Ja</button><button>Nein</button></fieldset></form>",
        "<div class=article-votes><span>Useful?</span> <button>+</button> <small>12 of 20 say so</small></div>",
        "<div role=alertdialog>Sign in</div><video>Old browser</video>",
    ],
)
def test_html_furniture_within_the_content_is_left_out(tmp_path, furniture):
    body = f"<h1>Plan</h1><p>It is free.</p>{furniture}<h2 id=a>One</h2><p>x<h2 id=b>Two</h2><p>y"
    assert page(tmp_path, body).text.split("\n\n") == ["Plan", "It is free.", "One", "x", "Two", "y"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<ul><li><a href=pay.html>Pay</a><li><a href=send.html>Send</a></ul>", ["- Pay\n- Send"]),
        ("<p><a href='https://x.example/form'>The form</a></p>", ["The form"]),
        ("<div><h3>Kettle</h3><p>49 euros.</p><button>Buy</button><button>Share</button></div>", ["Kettle", "49 euros."]),
        ("<div><p>How long?</p><p>Six days.</p><button>Copy</button><button>Print</button></div>", ["How long?", "Six days."]),
        ("<p>See <a hreflang=de href=de>the German page</a> for more.</p>", ["See the German page for more."]),
        (
            "<section class=cookies><p>Oat cookies cost 2 euros.</p><button>Buy</button></section>",
            ["Oat cookies cost 2 euros."],
        ),
        ("<div class=cookie-policy><p>We store your cart.</p></div>", ["We store your cart."]),
        ("<p>Go to <a href=a>Plan</a> &gt; <a href=b>Fees</a> and save.</p>", ["Go to Plan > Fees and save."]),
        ("<p>See <a href='#a'>one</a> or <a href='#b'>two</a>.</p>", ["See one or two."]),
        ("<p>Mail <a href='mailto:a@x.example?subject=y'>us</a>.</p>", ["Mail us."]),
    ],
)
def test_html_content_that_looks_like_furniture_is_kept(tmp_path, content, said):
    document = page(tmp_path, f"<h1>Plan</h1>{content}<h2 id=a>One</h2><p>x<h2 id=b>Two</h2><p>y")
    assert document.text.split("\n\n")[1:-4] == said


def test_html_links_above_the_first_heading_frame_the_page(tmp_path):
    body = "<div><a href=/><img alt='The shop of all' src=l.png></a></div><h2>Plan</h2><p>Free.<p><a href=x>Form</a>"
    assert read_text(tmp_path, "a.html", f"<body>{body}").text.split("\n\n") == ["Plan", "Free.", "Form"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "<p>The <abbr title='value added tax'>VAT</abbr>; <abbr title='value added tax'>VAT</abbr>",
            "The VAT (value added tax); VAT",
        ),
        ("<p>10<sup>6</sup> m<sup>2</sup>, 1<sup>st</sup>, H<sub>2</sub>O", "10⁶ m², 1st, H2O"),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字</ruby>です", "漢字です"),
        (
            "<p>Press <img src=s.png alt=Save> now<img alt=spacer role=presentation><img src=a/b_c.png alt=b-c>.",
            "Press Save now.",
        ),
        ("<div><img src=a alt='A red plug'><p>Figure 1. A red plug</p></div>", "Figure 1. A red plug"),
        ("<p><math alttext='x^2'><mi>x</mi></math> or <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "x^2 or 1/2"),
        ("<p>- one<br>- two<br>more", "- one\n- two\nmore"),
        ("<p>Lane 3<br>Leeds", "Lane 3\nLeeds"),
        ("<dl><dt>A</dt><dt>B</dt><dd>two</dd></dl>", "A, B: two"),
        ("<table><tr><th>Owner:</th><td>Ann</td></tr><tr><th>State:</th><td>Open</td></tr></table>", "Owner: Ann\nState: Open"),
        ("<table><tr><td><pre>1\n2</pre></td><td><pre>x\ny</pre></td></tr></table>", "x\ny"),
        ("<pre><span class=lineno>1 </span>x\n<span class=lineno>2 </span>y</pre>", "x\ny"),
        ("<p>Mail <a href='mailto:a@x.example'>us <span class=sr-only>(opens a window)</span></a>", "Mail us"),
        ("<p>Costs <s>49 €</s> <del>45 €</del> <span style='text-decoration: Line-Through'>40 €</span> 39 €.", "Costs 39 €."),
        ("<table><tr><th>Price</th><td><strike>49 €</strike> 39 €</td></tr></table>", "Price: 39 €"),
        ("<del><p>Old.</p></del><p>New.", "New."),
    ],
)
def test_html_text_is_what_a_reader_sees(tmp_path, body, said):
    assert page(tmp_path, body).text == said


@pytest.mark.parametrize(
    ("sign", "note"),
    [
        ("<sup><a href='#n1' id=r1>1</a></sup>", "<ol><li id=n1>E-mail is <b>not</b> accepted. <a href='#r1'>↩</a></li></ol>"),
        (
            "<a role=doc-noteref href='#n1' id=r1>[1]</a>",
            "<aside id=n1><span><a href='#r1'>[1]</a></span><p>E-mail is not accepted.</p></aside>",
        ),
        ("<a href='#n1' name=r1><sup>*</sup></a>", "<p><a name=n1 href='#r1'><sup>*</sup></a> E-mail is not accepted.</p>"),
        ("<a role=doc-noteref href='#n1'>1</a>", "<dl><dt id=n1>1</dt><dd>E-mail is not accepted.</dd></dl>"),
    ],
)
def test_html_footnotes_stand_where_they_are_referred_to(tmp_path, sign, note):
    document = page(tmp_path, f"<p>Send it by post{sign}. Wait.</p><p>Again{sign}.</p>{note}<p>End")
    assert document.text.split("\n\n") == ["Send it by post. (E-mail is not accepted.) Wait.", "Again.", "End"]


def test_html_task_boxes_say_their_state(tmp_path):
    text = page(
        tmp_path, "<ul><li><input type=checkbox disabled checked> Pack<li><input type=checkbox disabled> Send</ul>"
    ).text
    assert text == "- Done: Pack\n- To do: Send"


# --- Markdown ---


def test_markdown_front_matter_is_said_before_the_text(tmp_path):
    text = (
        "---\ntitle: 'It''s: how'\n"
        "description: >\n  What we\n  pay back.\nowner: Payments team # who\nvalid_until: 2026-12-31\n"
        'aliases:\n  - Money back\n  - /old/path\ntags: [a, "b, c"]\nlayout: page\nweight: 3\ndraft: false\nnested:\n  key: x\n'
        "# no\nempty:\n---\n\n# Refunds\n\nText"
    )
    document = read_text(tmp_path, "a.md", text)
    assert document.title == "It's: how"
    assert document.text.split("\n\n") == [
        "What we pay back.",
        "Owner: Payments team\nValid until: 2026-12-31\nAliases: Money back\nTags: a, b, c",
        "Refunds",
        "Text",
    ]
    assert read_text(tmp_path, "a.md", '+++\ntitle = "T"\nowner = "Ann"\nday = 2026-01-02\n+++\nText').text == (
        "Owner: Ann\nDay: 2026-01-02\n\nText"
    )


def test_markdown_between_two_rules_is_text(tmp_path):
    assert read_text(tmp_path, "a.md", "---\nA rule, and text.\n\n---\n\nMore").text == "A rule, and text.\n\nMore"


def test_markdown_tasks_say_their_state(tmp_path):
    text = "- [x] Pack\n- [ ] Send\n  1. [X] Seal\n- [x](https://x.example)\n\n```\n- [ ] code\n```"
    assert read_text(tmp_path, "a.md", text).text == "- Done: Pack\n- To do: Send\n1. Done: Seal\n- x\n\n- [ ] code"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("> [!NOTE]\n> Keep it.", ["Note: Keep it."]),
        ("> [!tip]- Mind the gap\n> Keep it.", ["Mind the gap: Keep it."]),
        (":::note\nKeep it.\n\nMore.\n:::\nAfter", ["Note: Keep it.", "More.", "After"]),
        (":::tip[How long?]\n\nSix days.\n\n:::", ["How long? Six days."]),
        ("::: warning Hot\n- a\n:::", ["Hot:", "- a"]),
        (":::info\n```sh\n:::\n```\n:::", ["Info:", ":::"]),
        ('!!! note "Title"\n    Keep it.\n\n    ```\n    x\n      y\n    ```\nAfter', ["Title: Keep it.", "x\n  y", "After"]),
        (
            "??? danger\n    Hot.\n\n    !!! tip\n        Cool.\n\n    Warm.\n\nAfter",
            ["Danger: Hot.", "Tip: Cool.", "Warm.", "After"],
        ),
        ('=== "macOS"\n\n    Press.\n\n=== "Linux"\n\n    Type.', ["macOS: Press.", "Linux: Type."]),
        ("!!! note\n\nAfter", ["Note:", "After"]),
        ("!!! no admonition at all", ["!!! no admonition at all"]),
        ("{: .note }\nText\n{: #id}\n\n[[_TOC_]]", ["Text"]),
    ],
)
def test_markdown_admonitions_are_paragraphs_with_their_title(tmp_path, text, said):
    assert read_text(tmp_path, "a.md", text).text.split("\n\n") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% if a %}Yes{% else %}No{% endif %}", "YesNo"),
        ("Go to [the page]({% link a.md %}) or [that]({{ site.url }}/b).", "Go to the page or that."),
        ('{% include note.html content="Keep it." %}', "Keep it."),
        ('{{< alert title="Hot" >}}\nMind it.\n{{< /alert >}}', "Hot Mind it."),
        ("{% comment %}\nhidden\n{% endcomment %}\n\nSeen", "Seen"),
        ("{% highlight sh %}\nls {{ x }}\n{% endhighlight %}", "ls {{ x }}"),
        ("Say {% raw %}{{ name }}{% endraw %}.", "Say {{ name }}."),
        ('Costs {{ "5 euros" | t }}.', "Costs 5 euros."),
        ("```\n{{ x }}\n```", "{{ x }}"),
        ("# A {{ x }}\n\n<div>{% b %}c</div>", "A\n\nc"),
        ("| a | b |\n|---|---|\n| 1 {{ x | y }} | 2 |", "a: 1; b: 2"),
        ("50 {% off", "50 {% off"),
    ],
)
def test_markdown_template_code_leaves_what_it_shows(tmp_path, text, said):
    assert read_text(tmp_path, "a.md", text).text == said


def test_markdown_footnotes_stand_where_they_are_referred_to(tmp_path):
    text = (
        "Send it[^1] by post. Wait.\n\n[^1]: E-mail is *not* accepted.\n\nCards[^c] too[^1].\n\n[^c]: and vouchers\n\n"
        "Now^[Not later.]. Odd[^9] `[^c]`.\n\n[^x]: Nobody refers to it.\n\n    And more."
    )
    assert read_text(tmp_path, "a.md", text).text.split("\n\n") == [
        "Send it by post. (E-mail is not accepted.) Wait.",
        "Cards (and vouchers) too.",
        "Now. (Not later.) Odd[^9] [^c].",
        "Nobody refers to it. And more.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Grace period\n: Ten days.\n\nFee\n: One *euro*.\n\n    - a",
            ["Grace period: Ten days.", "Fee: One euro.", "- a"],
        ),
        ("## How {#how}\n\nPay {: .note }\n\n![A red plug](a.png){width=50} [now]{.big}", ["How", "Pay", "A red plug now"]),
        ("See [[Refunds]], [[a/b|our *rules*]], [[Plan#Fees]], ![[x.png|200]]`[[x]]` [[1]](https://x.example)", None),
        ("It is ==new==, a == b, 10^6^ of H~2~O. %%hidden%% ^id1", ["It is new, a == b, 10⁶ of H2O."]),
        ("CO~2~ and C~6~H~12~O~6~", ["CO2 and C6H12O6"]),
        ("营业时间为9~12点和14~18点。重量5~10kg和10~20kg", ["营业时间为9~12点和14~18点。重量5~10kg和10~20kg"]),
        ("周一~周五和周六~周日，5V~12V~24V", ["周一~周五和周六~周日，5V~12V~24V"]),
        ("| 时间 |\n|---|\n| 9~12点和14~18点 |", ["时间: 9~12点和14~18点"]),
        ("10<sup>6</sup> and 1<sup>st</sup>", ["10⁶ and 1st"]),
        ("![setup_page](img/setup_page.png) ![Screen shot](b.png) ![logo.svg](c.svg)", ["Screen shot"]),
        ("*[VAT]: Value added tax\n\nVAT is due.", ["VAT: Value added tax", "VAT is due."]),
        ("---\nowner: Ann\n---\nAsk {{ page.owner }}, not {{ page.x }}.", ["Owner: Ann", "Ask Ann, not ."]),
    ],
)
def test_markdown_of_wikis_and_pandoc_shows_its_text(tmp_path, text, said):
    said = said or ["See Refunds, our rules, Plan > Fees, [[x]] [1]"]
    assert read_text(tmp_path, "a.md", text).text.split("\n\n") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```{note}\nKeep **it**.\n\n- a\n```\nAfter", ["Note: Keep it.", "- a", "After"]),
        ("````{admonition} How long?\n:class: tip\n\nSix days.\n\n```sh\nls\n```\n````", ["How long? Six days.", "ls"]),
        (
            "::::{tab-set}\n:::{tab-item} Linux\n:sync: l\nType.\n:::\n:::{tab-item} macOS\nPress.\n:::\n::::",
            ["Linux: Type.", "macOS: Press."],
        ),
        ("```{versionadded} 3.2\nThe switch.\n```", ["New in version 3.2: The switch."]),
        ("```{code-block} python\n:caption: a.py\nx = 1\n```\n\n```{r, echo=FALSE}\ny\n```", ["x = 1", "y"]),
        ("```{figure} a.png\n:alt: A plug\n:width: 50px\nThe *caption*.\n```", ["A plug", "The caption."]),
        ("```{toctree}\n:hidden:\na\nb\n```\n(label)=\n# Plan\n% comment\ntext", ["Plan", "text"]),
        (
            "See {ref}`the form <f>`, {ref}`pay-later`, {guilabel}`Save`, {func}`run`.",
            ["See the form, pay later, Save, run()."],
        ),
        (
            "```{list-table} Fees\n:header-rows: 1\n* - Item\n  - Fee\n* - [Lamp](https://x.example)\n  - 3\n```",
            ["Fees", "Item: Lamp; Fee: 3"],
        ),
        ("```{eval-rst}\n.. note:: Keep it.\n```", ["Note: Keep it."]),
        ("```{note}\nnever closed", ["Note: never closed"]),
    ],
)
def test_markdown_of_myst_shows_its_text(tmp_path, text, said):
    assert read_text(tmp_path, "a.md", text).text.split("\n\n") == said


def test_markdown_reference_links_are_marks(tmp_path):
    document = read_text(tmp_path, "a.md", "Fill in the [refund form][rf].\n\n[rf]: https://x.example/form")
    assert (document.text, marks(document)) == ("Fill in the refund form.", [("link", "refund form", "https://x.example/form")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<Accordion title="How long?">\n  Six days.\n</Accordion>', ["How long?", "Six days."]),
        ('<Tabs>\n<TabItem value="m" label="macOS">\n\nPress.\n\n</TabItem>\n</Tabs>', ["macOS", "Press."]),
        ('<Card title={"Start"} description="Begin here." href="/a" />', ["Start", "Begin here."]),
        ("Click <Button label='Save' /> twice", ["Click Save twice"]),
    ],
)
def test_mdx_components_say_what_they_show(tmp_path, text, said):
    assert read_text(tmp_path, "a.mdx", text).text.split("\n\n") == said


def test_markdown_components_say_what_they_show(tmp_path):
    assert read_text(tmp_path, "a.md", '<Tab title="macOS">\n\nPress.\n\n</Tab>').text == "macOS\n\nPress."


@pytest.mark.parametrize(
    "text",
    [
        "{% " * 60_000,
        "{{" * 100_000,
        "{% raw %}" * 20_000,
        "::: a" + " " * 50_000 + "{",
        " " * 50_000 + "x",
        "!!! a\n    " * 20_000,
        "> [!A]\n" * 20_000,
        "```{a}\n" * 10_000,
        "[^a] " * 20_000 + "\n\n[^a]: x",
        "^[" * 20_000,
        "[[" * 50_000 + "]]" * 10,
        "==a" * 30_000,
        "[a]{.b " * 20_000,
        "a\n: b\n\n" * 10_000,
        "%%" * 50_001,
    ],
)
def test_markdown_of_hostile_templates_is_read_in_time(tmp_path, text):
    read_text(tmp_path, "a.md", f"{text}\n\nend")


@pytest.mark.parametrize("text", ["---\n" + "a: [" * 50_000 + "\n---\nx", "---\na: &a [x]\nb: *a\n---\nx", "---\n: :\n---\nx"])
def test_front_matter_of_any_kind_is_read(tmp_path, text):
    assert read_text(tmp_path, "a.md", text).text.endswith("x")


def test_html_facts_that_the_page_shows_are_not_said_again(tmp_path):
    offer = {"price": "49.9", "priceCurrency": "EUR", "availability": "InStock"}
    data = linked_data({"@type": "Product", "name": "Kettle", "description": "Boils fast.", "offers": offer})
    assert page(tmp_path, "<h1>Kettle</h1><p>49,90 € in all. Boils <b>fast</b>.", data).text.split("\n\n")[2:] == [
        "Kettle. Availability: In stock"
    ]
