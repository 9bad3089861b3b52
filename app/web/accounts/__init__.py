"""Signing in: accounts, passwords, browser sessions and the throttle.

Files and folders, each after those that it builds on:

- `passwords`: Password hashes: Argon2id with the memory and time that OWASP's password storage sheet (2023) names as
  least.
- `sessions`: Browser sessions: a random cookie in the browser, its digest in the store.
- `throttle`: Slow down whoever guesses passwords, without locking the owner out for long and without keeping
  addresses.
- `accounts`: What people do with their accounts: sign in, accept an invitation, choose a language; and inviting them.
"""
