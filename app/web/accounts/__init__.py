"""Signing in: accounts, passwords, browser sessions and the throttle.

Files and folders, each after those that it builds on:

- `passwords`: Password hashes: Argon2id with the minimum memory and time of OWASP's password storage cheat sheet
  (2023).
- `sessions`: Browser sessions: a random cookie in the browser, its digest in the store.
- `throttle`: Slow down password guessing without long lockouts and without storing addresses.
- `accounts`: User accounts: sign-in, invitations, passwords and language.
"""
