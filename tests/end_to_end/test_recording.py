"""`warcpress record`: a page on the web becomes a test case, and no corrected file is overwritten."""

from __future__ import annotations

from pathlib import Path

from pages import article

from crawler.cli.record import Case

TEXT = ["The tram to the harbour runs every ten minutes again, the city's transport office said on Tuesday. " * 3] * 3
URL = "http://tram.test/news/tram.html"


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_page_is_recorded_and_gives_its_post_again(place, server) -> None:
    answer = article("Tram runs again", TEXT)
    server["tram.test/news/tram.html"] = answer
    place.configure('[[source]]\nname = "tram"\nurls = []\ntimezone = "Asia/Shanghai"\n')
    done = place.run("record", URL, "--source", "tram")
    folder = place.folder / "tests" / "sites"
    assert names(folder) == [f"tram.test/tram.{kind}" for kind in ("html", "json", "md")]
    assert done.out.split("\n")[:3] == [f"tests/sites/{name}" for name in names(folder)]
    page = folder / "tram.test" / "tram.html"
    assert page.read_text("utf-8") == answer
    case = Case.read(page)
    assert (case.page.url, case.source.name, case.source.timezone) == (URL, "tram", "Asia/Shanghai")
    assert case.post == page.with_suffix(".md").read_bytes().decode("utf-8")
    assert not place.data.exists()


def test_recorded_files_are_not_overwritten(place, server) -> None:
    server["tram.test/news/tram.html"] = article("Tram runs again", TEXT)
    place.configure("")
    place.run("record", URL, "--folder", "cases")
    cases = place.folder / "cases"
    post = cases / "tram.test" / "tram.md"
    post.write_text("as a person wants it\n", encoding="utf-8")
    done = place.run("record", URL, "--folder", "cases", code=2)
    assert done.out == "" and done.err.strip().split("\n")[-1] == (
        "warcpress record: cases/tram.test/tram.html: this page is recorded already; "
        "delete its three files to record it again"
    )
    server["tram.test/news/tram.html"] = article("Tram stops again", TEXT)
    place.run("record", URL, "--folder", "cases")
    assert post.read_text(encoding="utf-8") == "as a person wants it\n"
    again = [f"tram.test/tram-2.{kind}" for kind in ("html", "json", "md")]
    assert names(cases) == sorted([*again, *(f"tram.test/tram.{kind}" for kind in ("html", "json", "md"))])
    assert "Tram stops again" in (cases / again[2]).read_text(encoding="utf-8")
