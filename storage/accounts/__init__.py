"""The people who sign in: accounts, browser sessions and invitations.

Files and folders, each after those that it builds on:

- `sign_ins`: Browser sessions in the store: who is signed in with which cookie, until when.
- `raters`: People who judge: their accounts, found by name, changed, erased.
- `invites`: Invitations: links that make one account each.
"""
