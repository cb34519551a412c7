"""Which texts can be the address of a server, and what can be sent in a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from cluster.addresses import fits_header, in_ascii, is_address, split_login


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example.:6443/k8s/clusters/c-m-1",
        "http://10.0.0.1",
        "https://[fd00::1]:6443",
        "https://[fe80::1%25eth0]:6443",
        "HTTPS://A_B.example:443",
        "https://bücher.example",
        "https://u:p%20w@a.example",
    ],
)
def test_what_leads_to_a_server_is_an_address(url: str) -> None:
    assert is_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://a..b",
        "http://.a",
        f"http://{'a' * 300}",
        f"http://{'a' * 64}.example",
        f"http://{'ü' * 60}.example",
        f"http://{'.'.join(['a' * 60] * 5)}",
        "http://h\\@evil",
        "http://h\\evil",
        "http://h h",
        "http://h\n",
        "http://h\r\nX: y",
        "http://h\x00",
        "http://h\u2028",
        "http://\ud800",
        "http://h:0",
        "http://h:65536",
        "http://h:six",
        "http://h:١",
        "http://[::1",
        "http://[1.2.3.4]",
        "http://[h]",
        "http://h%41",
        "http://<h>",
        "http://-h",
        "http://",
        "https:///path",
        "ftp://h",
        "http://h?x=1",
        "http://h#x",
        "h",
        "",
    ],
)
def test_what_leads_nowhere_is_none(url: str) -> None:
    assert not is_address(url)


@given(st.text(alphabet=st.characters(), max_size=80), st.sampled_from(["", "u:p@", "/p", ":1"]))
def test_an_address_can_be_requested_and_its_host_looked_up(text: str, more: str) -> None:
    for url in (f"http://{text}", f"http://{more}{text}", f"http://{text}{more}"):
        if is_address(url):
            sent = URL(in_ascii(url), encoded=True)
            assert sent.raw_host and sent.raw_host.encode("ascii")
            assert sent.raw_path.isascii()
            sent.raw_host.encode("idna")


def test_an_address_is_sent_in_ascii() -> None:
    assert in_ascii("https://ü:ä@bücher.example:1/ö/%20") == "https://%C3%BC:%C3%A4@xn--bcher-kva.example:1/%C3%B6/%20"
    assert in_ascii("http://[fe80::1%25e]:80/a") == "http://[fe80::1%25e]:80/a"


def test_a_login_is_cut_out_of_an_address() -> None:
    assert split_login("https://u%40x:p:w@h:1/a@b") == ("https://h:1/a@b", "u@x", "p:w")
    assert split_login("https://h/a@b") == ("https://h/a@b", "", "")
    assert split_login("http://token@[::1]:8080") == ("http://[::1]:8080", "token", "")


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00", "\x7f", "a\ud800"])
def test_no_header_holds_a_line_break_or_another_control_character(text: str) -> None:
    assert not fits_header(text)


def test_names_of_people_fit_a_header() -> None:
    assert fits_header("system:serviceaccount:a:b") and fits_header("Jürgen\tX")
