"""What the search knows of the words on a page."""

from collections import Counter

from mmlib.reproduce.search import count, weights


def test_tags_scripts_and_popovers_are_no_words():
    html = (
        '<p>toolbar</p><article class="bd-article"><script>var x</script><p>sin<b>dy</b> &amp; <span>law</span></p>'
        '<pre>fit(law)</pre><span class="mm-about" id="a"><span>hidden</span><span><a href="#c">claim</a></span></span></article>'
    )
    words, prose = count(html, lambda text: text.replace("&", " ").replace("(", " ").replace(")", " ").split())
    assert "toolbar" not in words and "var" not in words and words["law"] == 2
    assert prose["law"] == 1 and "fit" not in prose and "hidden" not in prose


def test_a_page_on_a_word_outweighs_one_that_mentions_it():
    found = weights(
        {
            "on it": Counter(sindi=60, other=940),
            "mentions": Counter(sindi=2, other=998),
            "once": Counter(sindi=1, z=999),
        }
    )
    assert found["sindi"]["on it"] > found["sindi"]["mentions"] > 0 and "once" not in found["sindi"]


def test_a_long_page_needs_more_uses():
    found = weights({"short": Counter(x=10, y=90), "long": Counter(x=10, y=9990)})
    assert found["x"]["short"] > found["x"]["long"]
