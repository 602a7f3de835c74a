"""Strings that break text processing."""

HOSTILE = {
    "empty": "",
    "spaces": " \n\t \n\n " * 50,
    "emoji": "😀👩‍👩‍👧‍👦🇫🇷" * 2_000,
    "runs of emoji": ("😀" * 100 + " ") * 500,
    "control characters": "Moscow\x00\x01\x1b[31m in \x7f\x85 Russia \ufeff\u200b" * 50,
    "one endless word": "a" * 200_000,
    "endless brackets": "(" * 20_000,
    "right to left": "أعلنت الحكومة اليوم \u202eMoscow\u202c שלום עולם " * 50,
    "combining marks": "Z̷̢̛a̸͝l̴̕g̵͘o̶͠ in London " * 200,
    "lone surrogate": "Vladimir Putin \ud800 visits \udfff Moscow " * 5,
    "one name a line": "London\nParis\n" * 200,
}
