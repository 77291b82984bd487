// @graphql-eslint's rules for schemas, its recommended ones and Relay's. None is left out; three have an option, for a
// reason that stands beside it.
import graphql from "@graphql-eslint/eslint-plugin";

const { configs, parser } = graphql;

export default [
  {
    files: ["schema.graphql"],
    languageOptions: { parser, parserOptions: { graphQLConfig: { schema: "./schema.graphql" } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...configs["flat/schema-recommended"].rules,
      ...configs["flat/schema-relay"].rules,
      // What is made for one answer has no id: payloads, pages, what is said beside a result, and what is foreseen.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          exceptions: {
            types: ["BulkError", "MissedRuns", "Obstacle", "PageInfo", "UpcomingOccurrence", "Warning"],
            suffixes: ["Connection", "Edge", "Payload"],
          },
        },
      ],
      // Pages go forward alone.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      // Connections have `nodes` beside `edges`, and what is short is a plain list: publications, warnings, accounts. What
      // is foreseen is no Node, as it is stored nowhere; a test in tests/api/graphql/test_schema.py has the others.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
    },
  },
];
