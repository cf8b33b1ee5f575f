"""Verifies alerts as a receiver written for Python would, with the official package.

A line of stdin is one POST: {"headers": {...}, "body": "..."}.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook

webhook = Webhook(sys.argv[1])
count = 0
for line in sys.stdin:
    post = json.loads(line)
    webhook.verify(post["body"], post["headers"])
    count += 1
print(count)
