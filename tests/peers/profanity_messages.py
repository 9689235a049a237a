"""The messages of one account in Profanity's databases, a line of JSON for each.

Arguments: the account's address, the folder of the databases.
"""

import json
import pathlib
import sqlite3
import sys

account, folder = sys.argv[1], pathlib.Path(sys.argv[2])
for path in folder.glob("*/chatlog.db"):
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    query = "SELECT message, from_jid, encryption FROM ChatLogs ORDER BY id"
    for text, sender, encryption in base.execute(query):
        fields = {"text": text, "sent": sender == account, "encrypted": encryption == "omemo"}
        print(json.dumps({"event": "message", **fields}))
