import { defineConfig } from "vite";

export default defineConfig({
  base: "/graphql/",
  build: {
    outDir: "../src/perennial/explorer/built",
    emptyOutDir: true,
    // Nothing inside the page or as a data URI: the content security policy then allows our own host's files, and that is all.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: "es" },
  logLevel: "warn",
});
