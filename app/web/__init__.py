"""The web application around the pages: who is asking, what they may do, and what leaves the server.

Files and folders, each after those that it builds on:

- `accounts/`: Signing in: accounts, passwords, browser sessions and the throttle.
- `gradio_import`: Gradio, imported without the stub files that it writes beside its own source each time: half of its
  import's work.
- `headers`: The headers of every response, and the middleware that adds them.
- `serving`: Run the application on a port: taken first, before anything slow is loaded, and given back cleanly.
- `static_files`: Scripts, style sheets and fonts under `/static/`, cached for a year because their address holds
  their digest.
- `wording`: Sentences of the sign-in pages and of the errors that a browser may get, in both languages.
- `language`: Which language a page or a sentence is in: the person's choice, else what the browser asks for.
- `templates`: Our own server-rendered pages: Jinja with escaping on, one style sheet, no script.
- `pages`: The pages outside Gradio: sign in, sign out, accept an invitation; and the health check.
- `refusals`: Responses that say no: JSON for programs and for our own script, a small page for somebody who reads.
- `compare/`: The JSON API behind the Compare page.
- `gate`: The gate in front of the Gradio mounts: closed unless a path is known to be harmless or a person may pass.
- `security`: Which requests may come in at all, as plain ASGI: known methods, effects only from our own pages, small
  bodies.
- `page_head`: Put the reader's language into the head of Gradio's pages, which have no other way to be told.
- `application`: The whole web application: our routes first, then the admin pages, then the raters' pages.
"""
