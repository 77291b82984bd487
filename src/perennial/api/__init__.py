"""The API: it translates between GraphQL over HTTP and the packages below, and does nothing else.

`app` builds the application. `graphql` holds the schema, a folder for each topic; `http` reads requests and writes
responses; `limits` measures what a request costs; `auth` authenticates the caller; `middleware` wraps every request;
`explorer` serves GraphiQL, `health` serves /healthz, /readyz and /metrics, and `pages` has the start page and the 404
page. `persisted_queries` knows documents by their hashes.
`json_line`, `paths` and `content_policy` are shared by several of these. The API may use `process` and every
package before it in the list. Begin reading with `app`.
"""
