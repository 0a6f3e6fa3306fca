from __future__ import annotations

import pytest

from service.outgoing.hosts import HostRule, RefusedUrl, check_url, is_allowed_address, parse_host_rule

RULES = [parse_host_rule(text) for text in ("arxiv.org", "*.Example.org", "files.org:8443", "private:n8n:5678")]


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/pdf/1.pdf",
        "http://arxiv.org:443/a",
        "https://ARXIV.org./a?b#c",
        "https://a.b.example.org/x",
        "https://files.org:8443/x",
        "http://n8n:5678/webhook-waiting/1?signature=ab",
    ],
)
def test_what_a_rule_names_is_asked(url: str) -> None:
    assert check_url(url, RULES).private == ("n8n" in url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a",
        "https://notarxiv.org/a",
        "https://arxiv.org.evil.com/a",
        "https://arxiv.org:22/a",
        "https://arxiv.org:0/a",
        "https://arxiv.org@evil.com/a",
        "https://user:secret@arxiv.org/a",
        "https://evil.com\\@arxiv.org/a",
        "https://evil.com#@arxiv.org",
        "ftp://arxiv.org/a",
        "file:///etc/passwd",
        "gopher://arxiv.org",
        "//arxiv.org/a",
        "arxiv.org/a",
        "https://arxiv.org:x/a",
        "https://[::1",
        "https://arxiv.org/\r\nHost: evil",
        "https://n8n:80/a",
        "http://127.0.0.1/",
        f"https://arxiv.org/{'a' * 5000}",
        "",
    ],
)
def test_everything_else_is_not(url: str) -> None:
    with pytest.raises(RefusedUrl):
        check_url(url, RULES)
    with pytest.raises(RefusedUrl):
        check_url("https://arxiv.org/", [])


@pytest.mark.parametrize(
    "text", ["", "private:*", "private:*.org:80", "https://arxiv.org", "a.org/b", "a@b.org", "a:b"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rule for hosts"):
        parse_host_rule(text)


def test_a_star_is_any_host_on_the_usual_ports() -> None:
    assert check_url("https://anything.net/a", [HostRule("*")]).pattern == "*"
    with pytest.raises(RefusedUrl):
        check_url("https://anything.net:8080/a", [HostRule("*")])


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.0.9", False, True),
        ("172.16.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("100.64.0.1", False, False),
        ("64:ff9b::a00:1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:a00:1::", False, True),
        ("localhost", False, False),
    ],
)
def test_addresses_of_this_network_are_asked_by_private_rules_alone(address: str, public: bool, private: bool) -> None:
    assert is_allowed_address(address, private=False) is public
    assert is_allowed_address(address, private=True) is private
