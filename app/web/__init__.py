"""The web application around the pages: who is asking, what they may do, and what leaves the server.

Files and folders, each after those that it builds on:

- `connections/`: Reverse proxies, the path below which they serve the site, and slow clients.
- `accounts/`: Signing in: accounts, passwords, browser sessions and the throttle.
- `gradio_start`: Start Gradio without the work whose result nobody uses, which takes half of its time.
- `headers`: The headers of every response, and the middleware that adds them.
- `static_files`: Scripts, style sheets and fonts under `/static/`, cached for a year because their address contains
  their digest.
- `wording`: Texts of the sign-in pages and of error messages, in both languages.
- `language`: The language of a page or message: the person's choice, else the browser's preference.
- `templates`: Server-rendered pages: Jinja with autoescaping, the style sheets of all pages, no scripts.
- `crowd/`: Crowd work: the pages behind a campaign's crowd link.
- `pages`: The pages outside Gradio: sign-in, sign-out and invitations; and the health check.
- `refusals`: Error responses: JSON for programs and scripts, a small page for browsers.
- `serving`: Serve the application on a port, which is opened before slow imports and closed cleanly.
- `media/`: Pictures of the store on pages: who may fetch one, and how pages name them.
- `compare/`: The JSON API behind the Compare page.
- `rate/`: The JSON API behind the Rate page.
- `live/`: The live arena behind its page: two models asked at once, shown at one pace, and the JSON API.
- `gate`: Access control in front of the Gradio mounts: closed by default.
- `leaderboard/`: The JSON API behind the Leaderboard page.
- `security`: Request checks as plain ASGI: known methods, POST only from our own pages, limited bodies, no file
  values.
- `page_head`: Write the reader's language into the head of Gradio's pages, which offer no other way.
- `application`: The web application: our routes, then the admin pages, then the Compare page.
"""
