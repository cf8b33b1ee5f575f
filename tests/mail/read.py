"""Reads mails as strictly as Python can and prints what is in them as JSON, an object a line.

usage: read.py FILE...
"""

import email
import email.policy
import json
import sys

policy = email.policy.default.clone(raise_on_defect=True)
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=policy)
    parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    names = ["Subject", "From", "To", "Message-ID", "References", "In-Reply-To", "List-Id",
             "Auto-Submitted", "Date"]
    seen = {name: None if mail[name] is None else str(mail[name]) for name in names}
    print(json.dumps({**seen, "type": mail.get_content_type(), "parts": parts}))
