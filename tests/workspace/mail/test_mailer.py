"""The mailer against a real SMTP server: what arrives, what is tried again, what is given up."""

import threading
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import AuthResult
from structlog.testing import capture_logs

from services.workspace.mail.mailer import FIRST_PAUSE, GIVEN_UP_AFTER, LONGEST_PAUSE
from services.workspace.stores.jobs import Ending
from services.workspace.stores.mails import CLAIM
from services.workspace.tables import MAILS
from tests.support.mail import MailServer, parts_of

FAILED = Ending("failed", 1, 3, error_code="EMPTY_FILE", error_message="The file is empty.")


def left(house):
    """The mails that are still to be sent."""
    with house.database.read() as connection:
        return connection.execute(sa.select(MAILS)).all()


def test_a_success_is_told_and_that_is_all(house, server, url):
    job = house.ended(Ending("completed", 3, 3, result='{"total": 3, "created": 2, "errors": 1}'))
    mailer = house.mailer(url, public_url="https://assay.example.com/x/")
    for _ in range(2):
        mailer.work()
    recipients, message = server.next()
    assert recipients == ["ops@example.com"]
    assert message["Subject"] == "Import completed, 1 failed: Shoes & Co"
    assert (message["From"], message["To"]) == ("Assay <assay@example.com>", "ops@example.com")
    assert (message["Message-ID"], message["Auto-Submitted"]) == (f"<{job}@example.com>", "auto-generated")
    text, html = parts_of(message)
    for told in (
        job,
        "Catalog:   cat_1\n",
        "Created:   2\n",
        f"https://assay.example.com/x/api/workspace/ws_a/jobs/{job}",
    ):
        assert told in text
    assert f'href="https://assay.example.com/x/api/workspace/ws_a/jobs/{job}"' in html
    assert "Shoes &amp; Co" in html
    assert (server.is_empty, left(house)) == (True, [])


def test_a_failure_is_told_with_its_reason(house, server, url):
    house.ended(FAILED)
    house.mailer(url).work()
    _, message = server.next()
    assert message["Subject"] == "Import failed: Shoes & Co"
    for part in parts_of(message):
        assert "EMPTY_FILE" in part and "The file is empty." in part and "1 of 3" in part


def test_a_server_that_is_away_is_tried_again(house):
    with MailServer() as server:
        jobs = [house.ended() for _ in range(2)]
        mailer = house.mailer(f"smtp://127.0.0.1:{server.port}")
        mailer.work()
        assert [mail.tries for mail in left(house)] == [1, 0]  # one is enough to know
        mailer.work()
        assert {mail.due_at for mail in left(house)} == {house.micros + FIRST_PAUSE}
        server.listen()
        mailer.work()
        assert server.is_empty
        house.micros += FIRST_PAUSE
        mailer.work()
        assert {server.next()[1]["Message-ID"] for _ in jobs} == {f"<{job}@example.com>" for job in jobs}
    assert left(house) == []


def test_a_mail_that_is_refused_for_now_is_tried_again_after_longer_and_longer_pauses(house, server, url):
    house.ended()
    mailer, pauses = house.mailer(url), []
    server.answers += ["451 busy"] * 12
    for _ in range(12):
        mailer.work()
        (mail,) = left(house)
        pauses.append(mail.due_at - house.micros)
        house.micros = mail.due_at
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    mailer.work()
    assert server.next() and left(house) == []


@pytest.mark.parametrize("answer", ["451 busy", None], ids=["refused for now", "nobody there"])
def test_after_a_day_it_is_given_up(house, server, url, answer):
    house.ended()
    mailer = house.mailer(url if answer else "smtp://127.0.0.1:1")
    server.answers += [answer] * 100
    end = house.micros + GIVEN_UP_AFTER
    with capture_logs() as logs:
        while mails := left(house):
            house.micros = max(house.micros, mails[0].due_at)
            assert house.micros <= end
            mailer.work()
    assert house.micros > end - LONGEST_PAUSE
    assert logs[-1]["event"] == "mail was given up"


def test_a_refusal_for_good_is_not_tried_again(house, server, url):
    house.ended()
    server.answers.append("554 5.7.1 not from you")
    mailer = house.mailer(url)
    with capture_logs() as logs:
        mailer.work()
    assert (logs[-1]["event"], logs[-1]["reason"]) == ("mail was refused", "554 5.7.1 not from you")
    assert (left(house), server.is_empty) == ([], True)


def test_of_several_recipients_only_those_refused_for_now_are_tried_again(house, server, url):
    house.ended()
    answers = {"later@example.com": "450 busy", "never@example.com": "550 <never@example.com> is nobody"}
    server.refused_recipients = answers
    mailer = house.mailer(url, recipients=("ok@example.com", *answers))
    with capture_logs() as logs:
        mailer.work()
    assert [log["event"] for log in logs] == ["mail sent", "mail was refused", "mail has to wait"]
    assert logs[-1]["reason"] == "450 busy; 550 <(recipient)> is nobody"
    assert server.next()[0] == ["ok@example.com"]
    server.refused_recipients = {}
    house.micros += FIRST_PAUSE
    mailer.work()
    assert server.next()[0] == ["later@example.com"]
    assert (left(house), server.is_empty) == ([], True)


def test_without_a_server_a_mail_is_a_file(house):
    job = house.ended(FAILED)
    house.mailer().work()
    (file,) = (house.folder / "outbox").iterdir()
    assert file.name == f"{job}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "ops@example.com"
    assert "EMPTY_FILE" in parts_of(message)[0]
    assert left(house) == []


def test_with_a_server_and_nobody_to_write_to_a_mail_is_a_file_and_a_warning(house, server, url):
    job = house.ended()
    with capture_logs() as logs:
        house.mailer(url, recipients=()).work()
    message = message_from_bytes((house.folder / "outbox" / f"{job}.eml").read_bytes(), policy=policy.default)
    assert message["To"] is None
    assert (logs[-1]["log_level"], logs[-1]["event"]) == ("warning", "mail has no recipient and was written instead")
    assert (left(house), server.is_empty) == ([], True)


def test_a_folder_that_cannot_be_written_into_is_tried_again(house):
    job = house.ended()
    (house.folder / "outbox").write_text("in the way")
    mailer = house.mailer()
    mailer.work()
    (house.folder / "outbox").unlink()
    house.micros += FIRST_PAUSE
    mailer.work()
    assert [file.stem for file in (house.folder / "outbox").iterdir()] == [job]


def login(user, password):
    def check(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    return check


def test_a_server_with_starttls_and_login(house, certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = {"require_starttls": True, "auth_required": True, "authenticator": login(b"us@er", b"p:ss/w%rd")}
    with MailServer(tls_context=tls, **options) as server:
        server.listen()
        house.ended()
        house.mailer(f"smtp+starttls://us%40er:p%3Ass%2Fw%25rd@127.0.0.1:{server.port}").work()
        assert server.next()
    assert left(house) == []


def test_a_server_with_tls_from_the_start(house, certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(ssl=tls) as server:
        server.listen()
        house.ended()
        house.mailer(f"smtps://127.0.0.1:{server.port}").work()
        assert server.next()
    assert left(house) == []


def test_a_wrong_password_is_tried_again_and_not_logged(house, certificate, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(tls_context=tls, authenticator=login(b"us", b"right")) as server, capture_logs() as logs:
        server.listen()
        house.ended()
        house.mailer(f"smtp+starttls://us:hush@127.0.0.1:{server.port}").work()
        assert server.is_empty
    assert [mail.tries for mail in left(house)] == [1]
    assert logs[-1]["reason"] == "the login was refused: 535"
    assert "hush" not in str(logs)


def test_a_certificate_that_nobody_vouches_for_is_no_connection(house, tls):
    with MailServer(tls_context=tls) as server:
        server.listen()
        house.ended()
        house.mailer(f"smtp+starttls://127.0.0.1:{server.port}").work()
        assert server.is_empty
    assert [mail.tries for mail in left(house)] == [1]


def test_a_server_that_cannot_encrypt_is_sent_nothing(house, server):
    house.ended()
    house.mailer(f"smtp+starttls://us:hush@127.0.0.1:{server.port}").work()
    assert (server.is_empty, [mail.tries for mail in left(house)]) == (True, [1])


def test_addresses_are_not_logged(house, server, url):
    house.ended()
    with capture_logs() as logs:
        house.mailer(url).work()
    assert [log["event"] for log in logs] == ["mail sent"]
    assert "ops@example.com" not in str(logs)


def test_the_thread_sends_what_another_life_left_and_ends_when_told(house, server, url):
    job = house.ended()
    house.mails.claim()  # and died
    house.micros += CLAIM
    mailer = house.mailer(url)
    mailer.start()
    assert server.next()[1]["Message-ID"] == f"<{job}@example.com>"
    mailer.stop()
    assert not any(thread.name == "mailer" for thread in threading.enumerate())


def test_a_database_that_fails_does_not_end_the_sending(house, server, url):
    mailer, claim, turns = house.mailer(url), house.mails.claim, []

    def failing_once():
        turns.append(1)
        if len(turns) == 1:
            raise sa.exc.OperationalError("select", {}, Exception("disk"))
        return claim()

    house.mails.claim = failing_once
    house.ended()
    mailer.start()
    assert server.next()
    mailer.stop()


def test_stopping_before_the_start_is_harmless(house):
    house.mailer().stop()
