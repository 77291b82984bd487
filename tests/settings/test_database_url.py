"""DATABASE_URL is read whole, as libpq reads it: what is not known is refused by name, and nothing is passed over."""

import pytest
from support.environment import PRODUCTION

from perennial.core.errors import SettingsError
from perennial.settings.database_url import OPTIONS, DatabaseUrl, Place, read_database_url


def refusal(load, url: str) -> str:
    """Why the settings are refused, in one line that shows no secret."""
    with pytest.raises(SettingsError) as refused:
        load(PRODUCTION, {"DATABASE_URL": url})
    message = str(refused.value)
    assert message.startswith("DATABASE_URL")
    assert "hunter" not in message
    assert "\n" not in message
    return message


def places(url: str) -> list[tuple[str, int]]:
    return [tuple(place) for place in read_database_url(url).places]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u@db.example/name", [("db.example", 5432)]),
        ("POSTGRESQL://u@db.example:5433/name", [("db.example", 5433)]),
        ("postgres://u@h1:5433,h2/name", [("h1", 5433), ("h2", 5432)]),
        ("postgres://u@h1,[::1]:5434,[fe80::1]/name", [("h1", 5432), ("::1", 5434), ("fe80::1", 5432)]),
        ("postgres://u@/name", [("localhost", 5432)]),
        ("postgres:///name?user=u", [("localhost", 5432)]),
        ("postgres://u@/name?host=/run/postgresql", [("/run/postgresql", 5432)]),
        ("postgres://u@/name?host=/run/postgresql&port=5433", [("/run/postgresql", 5433)]),
        ("postgres://u@%2Frun%2Fpostgresql:5433/name", [("/run/postgresql", 5433)]),
        ("postgres://u@away.example:5433/name?host=/run/postgresql", [("/run/postgresql", 5433)]),
        ("postgres://u@/name?host=h1,h2&port=5433", [("h1", 5433), ("h2", 5433)]),
        ("postgres://u@/name?host=h1,h2&port=5433,5434", [("h1", 5433), ("h2", 5434)]),
        ("postgres://u@h1:1,h2:2/name?port=3", [("h1", 3), ("h2", 3)]),
        ("postgres://u@db.example/name\n", [("db.example", 5432)]),
    ],
)  # fmt: skip
def test_hosts_and_ports_are_read_as_libpq_reads_them(url, expected):
    assert places(url) == expected


@pytest.mark.parametrize(
    ("url", "user", "password", "name"),
    [
        ("postgres://alice:p%40ss%2Fw%3Ao%23r%3Fd%25%2Bx@h/name", "alice", "p@ss/w:o#r?d%+x", "name"),
        ("postgres://alice%40example.org:p+w@h/na%20me", "alice@example.org", "p+w", "na me"),
        ("postgres://alice:p@ss@h/name", "alice", "p@ss", "name"),
        ("postgres://alice:p:w@h/name", "alice", "p:w", "name"),
        ("postgres://alice:p%C3%A4ss@h/name", "alice", "p\u00e4ss", "name"),
        ("postgres://h/name?user=alice&password=a+b%2Bc%26d", "alice", "a+b+c&d", "name"),
        ("postgres://bob:other@h/other?user=alice&password=p&dbname=name", "alice", "p", "name"),
        ("postgres://alice:@h/name", "alice", None, "name"),
        ("postgres://h/name", "postgres", None, "name"),
    ],
)
def test_escapes_are_decoded_a_plus_is_a_plus_and_options_win(url, user, password, name):
    found = read_database_url(url)
    assert (found.user, found.password, found.database) == (user, password, name)


@pytest.mark.parametrize("url", ["postgres://u@h", "postgres://u@h/", "postgres://u@h/?sslmode=require"])
def test_a_url_that_names_no_database_is_refused(load, url):
    assert "names no database" in refusal(load, url)


@pytest.mark.parametrize(
    ("option", "meant"),
    [
        ("sslmod=require", "sslmode"),
        ("SSLMODE=require", "sslmode"),
        ("ssl=require", "sslmode"),
        ("ssl_mode=require", "sslmode"),
        ("sslrootcrt=/etc/ssl/ca.pem", "sslrootcert"),
        ("target_session_attr=read-write", "target_session_attrs"),
        ("database=other", "dbname"),
        ("connection_timeout=3", "connect_timeout"),
    ],
)
@pytest.mark.parametrize("before", ["", "sslmode=require&"])
def test_an_option_that_is_not_known_is_refused_by_name_with_the_one_that_is_meant(load, before, option, meant):
    message = refusal(load, f"postgres://u:hunter2@h/name?{before}{option}")
    assert f"'{option.partition('=')[0]}'" in message
    assert f"is {meant} meant?" in message


@pytest.mark.parametrize("option", ["keepalives=1", "hostaddr=10.0.0.1", "service=mine", "pool_timeout=3"])
def test_what_the_driver_cannot_do_is_refused_by_name_not_passed_over(load, option):
    message = refusal(load, f"postgres://u:hunter2@h/name?{option}")
    assert f"the option '{option.partition('=')[0]}', which is not known: docs/settings.md" in message


@pytest.mark.parametrize("option", ["=require", "colour=red", "password=a&hunter2", "password=a&hunter=2"])
def test_a_name_that_is_like_none_is_not_shown(load, option):
    assert "an option, which is not known: docs/settings.md" in refusal(load, f"postgres://u@h/name?{option}")


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("sslmode=verify_full", "sslmode"),
        ("sslmode=", "sslmode"),
        ("sslmode", "sslmode"),
        ("sslmode=require&sslmode=disable", "sslmode"),
        ("channel_binding=require", "channel_binding"),
        ("gssencmode=require", "gssencmode"),
        ("target_session_attrs=read-only", "target_session_attrs"),
        ("target_session_attrs=prefer-standby", "target_session_attrs"),
        ("ssl_min_protocol_version=TLSv9", "ssl_min_protocol_version"),
        ("sslrootcert=/nowhere/ca.pem", "sslrootcert names no file that can be read"),
        ("sslrootcert=system", "sslrootcert has to name a file"),
        ("passfile=/nowhere/pass", "passfile"),
        ("connect_timeout=0", "connect_timeout"),
        ("connect_timeout=soon", "connect_timeout"),
        ("sslmode=hunter2", "sslmode has to be one of disable,"),
        ("ssl_min_protocol_version=hunter2", "TLSv1.3"),
        ("passfile=hunter2", "passfile"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_options_name(load, option, named):
    assert named in refusal(load, f"postgres://u:hunter2@h/name?{option}")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:hunter2@h/name#frag",
        "postgres://u:hun#ter2@h/name",
        "postgres://u:hun/ter2@h/name",
        "postgres://u:12/hunter2@h/name",
        "postgres://u:12?hunter2@h/name",
        "postgres://u:12?hunter=2@h/name",
        "postgres+asyncpg://u:hunter2@h/name",
        "postgres://u:hunter2@h1:1,h2:x/name",
        "postgres://u:hunter2@h1,h2/name?port=1,2,3",
        "postgres://u:hunter2%00@h/name",
        "postgres://u:hunter2%FF@h/name",
        "host=h dbname=name password=hunter2",
    ],
)
def test_what_is_no_url_is_refused_and_no_piece_of_the_password_is_shown(load, url):
    refusal(load, url)


@pytest.mark.parametrize(
    "rest",
    ["hunter", "hunter&x=y", "x=y&hunter=1", "sslmode=hunter", "sslmode=require&hunter", "passfile=hunter", "a=%FF",
     "sslcert=a&hunter", "connect_timeout=hunter", "user=a&user=hunter", "sslmod=hunter", "ssl=hunter", "hosts=hunter"],
)  # fmt: skip
@pytest.mark.parametrize(
    "end", ["@db.example/name", "@db.example:5432,other/name?sslmode=require", "&sslmode=hunter@h/n"]
)
def test_of_a_password_that_is_cut_at_its_question_mark_nothing_is_shown(load, rest, end):
    """It has an @ before, so that what is left of it looks like a host; and then whatever an option may look like."""
    assert "is not a postgres://" in refusal(load, f"postgres://app:hun@hunter?{rest}{end}")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_passfile_that_others_may_use_is_refused_as_the_driver_would_pass_it_over(load, tmp_path, mode):
    file = tmp_path / "hunter2"
    file.touch(mode)
    file.chmod(mode)
    assert "its passfile may be used by others" in refusal(load, f"postgres://u@h/name?passfile={file}")
    assert "chmod 600" in refusal(load, f"postgres://u@h/name?passfile={tmp_path}")


def test_all_that_is_listed_is_taken(load, tmp_path):
    file = tmp_path / "file"
    file.touch(0o600)
    values = {
        "port": "5432", "connect_timeout": "3", "sslmode": "require", "sslnegotiation": "postgres", "gsslib": "gssapi",
        "ssl_min_protocol_version": "TLSv1.2", "ssl_max_protocol_version": "TLSv1.3", "channel_binding": "prefer",
        "target_session_attrs": "read-write", "gssencmode": "disable",
    } | dict.fromkeys(("sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile"), str(file))  # fmt: skip
    query = "&".join(f"{name}={values.get(name, 'some')}" for name in OPTIONS)
    url = f"postgres://u:hunter2@h/name?{query}"
    assert load(PRODUCTION, {"DATABASE_URL": url}).database_url.get_secret_value() == url


def test_what_the_driver_reads_reaches_it_unchanged(tmp_path):
    """Spaces, a plus and an ampersand included."""
    file = tmp_path / "a b+c&d"
    file.touch()
    escaped = str(file).replace(" ", "%20").replace("&", "%26")
    found = read_database_url(f"postgres://u@h/name?sslmode=verify-full&sslrootcert={escaped}&options=-c%20a%3Db")
    assert (
        f"sslrootcert={str(file).replace('/', '%2F').replace(' ', '%20').replace('+', '%2B').replace('&', '%26')}"
        in (found.dsn)
    )
    assert found.server_settings == {"application_name": "perennial", "options": "-c a=b"}


def test_ssl_true_is_another_word_for_require():
    assert read_database_url("postgres://u@h/name?ssl=true").dsn == "postgres:///?sslmode=require"


def test_where_the_database_is_can_be_said_without_a_secret():
    found = read_database_url("postgres://u:hunter2@h1:1,[::1]:2/name?sslpassword=hunter2")
    assert isinstance(found, DatabaseUrl)
    assert found.address == "h1:1,[::1]:2/name"
    assert "hunter2" not in repr(found)
    assert str(Place("/run", 5432)) == "/run:5432"
