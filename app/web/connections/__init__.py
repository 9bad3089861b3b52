"""What stands between a browser and the site: reverse proxies, the path below which they serve it, slow clients.

Files and folders, each after those that it builds on:

- `slow_clients`: A time limit for clients that send nothing, or headers drop by drop.
- `sub_path`: The path below which a reverse proxy serves the site, such as `/arena`; empty without one.
- `proxies`: What a reverse proxy says about a request: believed only from proxies that the operator trusts.
"""
