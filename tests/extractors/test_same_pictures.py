"""Which URLs of an article are one picture, and which are two."""

from __future__ import annotations

import pytest

from crawler.extractors.images.same_picture import LONGEST, key

A = "https://i.example/2026/quay.jpg"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A, "http://i.example/2026/quay.jpg"),
        (A, "https://www.i.example/2026/quay.jpg"),
        (A, A + "?w=300"),
        (A, A + "?width=1200&quality=80&fit=crop&auto=format"),
        (A, A + "?imageView2/2/w/640"),
        (A, A + "?x-oss-process=image/resize,w_640"),
        (A, A + "?t=resize:fill:640:0"),
        (A, "https://i.example/2026/quay-300x200.jpg"),
        (A, "https://i.example/2026/quay-scaled.jpg"),
        (A, "https://i.example/2026/640x360/quay.jpg"),
        (A, "https://i.example/w_700,h_300,c_fill/2026/quay.jpg"),
        (A, "https://i0.wp.com/i.example/2026/quay.jpg?resize=300%2C200&ssl=1"),
        (A, "https://proxy.example/sign/rs:fit/plain/https://i.example/2026/quay.jpg"),
        (A, "https://b.example/_next/image?url=https%3A%2F%2Fi.example%2F2026%2Fquay.jpg&w=640&q=75"),
        (A, "https://i.example/2026/quay.JPG#top"),
        ("https://img1.b.example/q.jpg", "https://img2.b.example/q.jpg"),
        ("https://1.bp.b.example/x/s320/q.jpg", "https://3.bp.b.example/x/s1600/q.jpg"),
        ("https://b.example/styles/large/public/q.jpg?itok=a", "https://b.example/styles/thumb/public/q.jpg?itok=b"),
        ("https://b.example/s/5457e1de-ca98-49ab-b4c2-e8865d98fcb4.jpg", "https://b.example/l/5457e1de-ca98-49ab-b4c2-e8865d98fcb4.jpg"),
        ("https://b.example/p.php?id=7&w=300", "https://b.example/p.php?id=7&w=1200"),
    ],
)  # fmt: skip
def test_versions_of_one_picture_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://i.example/photos/a/1600x900.jpg", "https://i.example/photos/b/1600x900.jpg"),
        ("https://i.example/2026/11/20/IMG_20261120_0001.jpg", "https://i.example/2026/11/21/IMG_20261120_0001.jpg"),
        ("https://i.example/a/main-image-2026.jpg", "https://j.example/a/main-image-2026.jpg"),
        ("https://i.example/p.php?id=1", "https://i.example/p.php?id=2"),
        ("https://i.example/p?w=1", "https://i.example/p?w=2"),
        ("https://i.example/p/640?id=1", "https://i.example/q/640?id=1"),
        (A, A + "?v=2"),
        (A, "https://i.example/2026/quay.png"),
        (A, "https://i.example/2026/quay-2.jpg"),
        ("https://i.example/quay-1.jpg", "https://i.example/quay-2.jpg"),
        ("https://i.example/s1/q.jpg", "https://i.example/s2/q.jpg"),
        ("https://b.example/?url=https://i.example/1.jpg", "https://b.example/?url=https://i.example/2.jpg"),
        ("https://i.example/Q.jpg", "https://i.example/q.jpg"),
    ],
)
def test_in_doubt_there_are_two_pictures(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "url",
    ["https://b.example/?url=https://[x/a.jpg", "https://b.example/?" + "url=https://b.example/a.jpg?" * 5000, ""],
)
def test_odd_urls_have_a_key(url: str) -> None:
    assert isinstance(key(url), str) and (len(url) <= LONGEST or key(url) == url)
