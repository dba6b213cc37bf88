from desk.inbound import parse


def test_plain_mail():
    draft = parse(b"From: kim@shop.example\nSubject: Broken\n\nIt does not start.\n")
    assert draft.subject == "Broken"
    assert draft.text == "It does not start.\n"


def test_latin1_body():
    raw = b"Subject: x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\ngr\xfcn\n"
    assert parse(raw).text == "gr\u00fcn\n"
