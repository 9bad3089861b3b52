"""The people who sign in: accounts, browser sessions and invitations.

Files and folders, each after those that it builds on:

- `sign_ins`: Browser sessions: the person behind each cookie, and when the session expires.
- `raters`: People with an account: create, find, change and erase them.
- `crowd`: Crowd work: one link a campaign that anybody from a crowd platform can open, and the people who did.
- `invites`: Invitations: links with which one person each can create an account.
"""
