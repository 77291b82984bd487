import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

import { defineConfig } from "vite";

const pack = promisify(gzip);
const WORTH_IT = 0.9;

// Leaves a packed copy beside each asset that it makes smaller, so that the server has nothing to pack.
const packed = {
  name: "packed",
  async writeBundle({ dir }, bundle) {
    const assets = Object.values(bundle).filter(({ fileName }) => fileName.startsWith("assets/"));
    await Promise.all(
      assets.map(async ({ fileName, code, source }) => {
        const content = Buffer.from(code ?? source);
        const small = await pack(content, { level: constants.Z_BEST_COMPRESSION });
        if (small.length < content.length * WORTH_IT) await writeFile(join(dir, `${fileName}.gz`), small);
      }),
    );
  },
};

export default defineConfig({
  base: "/graphql/",
  plugins: [packed],
  build: {
    outDir: "../src/perennial/api/explorer/built",
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
