"""Detector `password`: passwords by the word before them."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import ASSIGN, END, QUOTE, replaced

_WORD = r"(?:passw(?:or)?d|passphrase|passcode|pwd|(?:\b|_|\\[nrt])(?:pw|pass)|(?-i:[A-Z]PASS))"
# `password: str = "…"`
_TYPED = r":\s?[a-z][a-z.]*(?:\s?\|\s?[a-z]+)?\s?=\s?"
# Not what begins a placeholder, a variable, a list or what stands here after redaction.
_FIRST = r"[!#+./0-9:?-Z^-z|~-]"
_PLAIN = r"""[!#$%*+./0-9:=?-Z^-z|~-]"""
# Without quotes a digit or a sign is asked for, since words of prose and names in code follow too; six signs at least.
_ODD = r"[0-9!#@^+~?]"
_UNQUOTED = (
    rf"(?:[a-z_./-]{{5,}}{_ODD}{_PLAIN}*|[a-z_./-]{{2,4}}{_ODD}{_PLAIN}{{3,}}"
    rf"|[a-z_./-]?{_ODD}{_PLAIN}{{5,}})"
    # An ampersand is a part of it when no further parameter follows.
    r"(?:&[a-z0-9!#@^+~?$*]*)?"
)

DETECTOR = Detector(
    name="password",
    what="The value after password, passwd, pwd or passphrase: in quotes, in settings, addresses, SQL, XML and prose.",
    pattern=(
        # "password": "…", PASSWORD '…' (SQL), identified by '…'
        rf"(?i)((?:{_WORD}(?:{ASSIGN}|{_TYPED}|\s{{1,2}})|identified\s(?:with\s[a-z0-9_]+\s)?by\s){QUOTE})"
        rf"{_FIRST}(?:[^\s\"'\\]|\\+[^\s\"'\\]){{3,}}({QUOTE})"
        # password=…, password: …, --password …, the password is …
        rf"|((?:{_WORD}(?:{ASSIGN}|\s(?:is|was)\s{{1,2}})|--?{_WORD}\s|identified\sby\s)){_UNQUOTED}({END})"
        # DB_PASSWORD=… in settings, ?password=… in addresses: whatever follows
        rf"|((?:(?-i:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD)|[?&]{_WORD})=){_FIRST}{_PLAIN}{{3,}}"
        # <password>…</password>
        rf"|({_WORD}(?:\s[^<>]*)?>){_FIRST}[^\s<]{{3,}}(</)"
    ),
    first_look=(
        rf"(?i)(?:{_WORD}(?:(?:{ASSIGN}|{_TYPED})(?:{QUOTE})?{_FIRST}|\s{{1,2}}(?:{QUOTE}|(?:is|was)\s))"
        rf"|--?{_WORD}\s|identified\s(?:with\s[a-z0-9_]+\s)?by\s|{_WORD}(?:\s[^<>]*)?>[^\s<])"
    ),
    replacement=r"\1\3\5\6" + replaced("password") + r"\2\4\7",
    matches=(
        Example('{"user": "ann", "password": "correcthorse"}', "correcthorse"),
        Example('{\\"password\\":\\"hunter-two\\"}', "hunter-two"),
        Example("my password is Tr0ub4dor&3.", "Tr0ub4dor"),
        Example("password: hunter2", "hunter2"),
        Example("DB_PASSWORD=swordfish\nDB_USER=app", "swordfish"),
        Example("https://example.com/login?user=a&password=swordfish&next=/", "swordfish"),
        Example("CREATE USER app IDENTIFIED BY 'swordfish';", "swordfish"),
        Example('def connect(passwd: str = "sword-fish"):', "sword-fish"),
        Example('{"text": "Login\\\\npw: hunter2\\\\n"}', "hunter2"),
        Example("<password>swordfish</password>", "swordfish"),
        Example(f"mysql --password {letters(10)} -h db", letters(10)),
        Example(f"db_pwd = '{letters(8)}'", letters(8)),
    ),
    misses=(
        "password: required",
        "Enter your password: ",
        "password: str",
        "password = getpass.getpass()",
        "connect(user=user, password=password)",
        "password=os.environ['DB_PASSWORD']",
        "password: {type: string, minLength: 8}",
        '"password": "${PASSWORD}"',
        '"password": "********"',
        '"password": {"type": "string"}',
        "the password is 8-16 characters long",
        "the password is case sensitive",
        "password=<your password>",
    ),
    source="recorded configuration, logs and prompts; the words are those of OWASP's logging cheat sheet",
    by_name=True,
)
