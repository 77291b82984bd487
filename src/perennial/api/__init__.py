"""The API: it translates between GraphQL over HTTP and the packages below, and does nothing else.

`app` puts the application together. `graphql` holds the schema, a folder for each topic; `http` reads requests and
writes answers; `limits` measures what a request costs; `auth` finds out who calls; `middleware` stands around every
request; `explorer` serves GraphiQL, `health` serves /healthz, /readyz and /metrics, and `pages` has the first page
and what is said where there is nothing. It may use `process` and
everything before it in the list. Begin reading with `app`.
"""
