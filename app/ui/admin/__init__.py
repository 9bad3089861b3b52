"""The pages for admins and reviewers: campaigns, raters, data and changes, and the frame around all admin pages.

Files and folders, each after those that it builds on:

- `calls`: Calls of the pages for admins: what a page's script sends, and what it gets back.
- `parts`: Building blocks of the pages for admins: buttons that call, forms, tables.
- `searching`: Search in long lists: in the rows of a table, and in many chips of a form.
- `quality/`: The Quality page: measures and flags of raters, disputed pairs to decide, and remarks of raters.
- `changes_part`: The Changes page: the audit log, for administrators.
- `campaigns/`: The Campaigns page: the list, one campaign in detail, and the forms that make and change campaigns.
- `uploads`: Files that administrators send in pieces, kept in a private folder until they are imported.
- `imports_part`: Import of a file on the Data page: choose it, see what it would add, then add it.
- `exports`: Export on the Data page: one kind of rows, or the whole store as an archive.
- `data_part`: The Data page: contents of the store by source, import of files, and export of everything.
- `live_part`: The Live arena page: models of live campaigns with their failure rates, to switch on and off.
- `invitations_part`: Invitations on the Raters page: make a link, list all links with their state, and revoke one.
- `raters_part`: The Raters page: everyone who rates, what is true of each now, and what can be changed.
- `endpoints`: The JSON endpoints of the pages for admins, under `/api/staff`: who calls, may they, and the reply.
- `pages`: The pages for admins and reviewers, at `/admin`: Leaderboard, Judges, Objective, Campaigns, Quality and
  others.
"""
