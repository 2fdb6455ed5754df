"""Addresses of films: as they are told, or refused in words."""

import pytest
from yarl import URL

from nemo_sdk._transfer.film_address import film_url, redirected
from nemo_sdk._transfer.film_answer import Refused

SIGNS = "/a%27b%2Fc%3d%7E/../d;e,f?sig=%2f%2B%7E~'()&x=a+b&[]={}|^`"
NO_ADDRESS = [
    *("", " ", "film.mp4", "/film.mp4", "//host/film.mp4", "file:///etc/passwd", "data:,x"),
    *("http://", "http:///film.mp4", "http://host:99999/", "http://host:x/", "http://host:-1/"),
    *("http://a..b/", "http://.a/", f"http://{'a' * 64}.b/", "http://[::1/", "http://[x]/"),
    *("http://\ud800/", "http://host/\udcff", "http://h\u00fc..b/x", "http://\u00fc" + "x" * 64),
    f"http://host:{'9' * 5000}/",
]


@pytest.mark.parametrize("host", ["http://host", "https://u:p@host:8443", "http://[::1]:81"])
def test_address_is_kept_sign_for_sign(host: str) -> None:
    """A signature may cover every sign, in whatever letters."""
    assert str(film_url(host + SIGNS)) == host + SIGNS
    assert str(film_url(f"{host}{SIGNS}#part")) == host + SIGNS


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("http://host/\u00fc%27?sig=%3d+", "http://host/%C3%BC%27?sig=%3d+"),
        ("http://host/a b%27", "http://host/a%20b%27"),
        (" http://host/a\n", "http://host/a"),
        ("http://b\u00fccher.example/%2F?\u96ea", "http://xn--bcher-kva.example/%2F?%E9%9B%AA"),
    ],
)
def test_only_signs_that_no_address_has_are_written_in_others(told: str, asked: str) -> None:
    """Letters of other scripts and spaces are encoded, and nothing else is touched."""
    assert str(film_url(told)) == asked


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_of_the_web_is_refused(text: str) -> None:
    """No address, however odd, is an error of another kind."""
    with pytest.raises(Refused, match="its address is none"):
        film_url(text)


@pytest.mark.parametrize(
    ("location", "reached"),
    [
        ("c?x=%27", "https://host/a/c?x=%27"),
        ("/c%2Fd", "https://host/c%2Fd"),
        ("//other/c", "https://other/c"),
        ("?sig=%3d", "https://host/a/b?sig=%3d"),
        ("../c", "https://host/c"),
        ("https://other:1/%7e", "https://other:1/%7e"),
    ],
)
def test_redirect_is_from_where_it_was_told(location: str, reached: str) -> None:
    """Relative Locations are of the address that gave them."""
    assert str(redirected([URL("https://host/a/b")], location)) == reached


@pytest.mark.parametrize("location", ["http://host/a", "http://other/b"])
def test_no_redirect_leads_out_of_https(location: str) -> None:
    """What was to be secret and unchanged on its way stays so."""
    with pytest.raises(Refused, match="from https to http"):
        redirected([URL("https://host/a")], location)
