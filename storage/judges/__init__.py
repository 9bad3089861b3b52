"""What judges were asked, what they replied, and what was made of it.

Files and folders, each after those that it builds on:

- `judgeable`: Which responses there are to judge, and which pairs people have compared.
- `judgments`: What judges are given to read, what they said, and what was made of it: the rows of judging.
- `outcome_counts`: How the judgments of one judge end, as they come in, and what its calls cost.
- `replies`: What judges said, read back: their calls with who was shown, and verdicts that came without a call.
- `judgment_reading`: Single verdicts of a judge to list and to read: question, responses, and every call with its raw
  reply.
"""
