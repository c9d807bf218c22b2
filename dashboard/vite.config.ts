import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { fontFiles } from "./tools/font_files.ts";

// `make dashboard` names the running local cloud here; its paths are those of a deployment.
const cloud = process.env["DASHBOARD_CLOUD"] ?? "http://127.0.0.1:4600";

export default defineConfig({
  plugins: [react(), fontFiles()],
  build: {
    target: "es2022",
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    sourcemap: false,
    // One file for what half of the pages need. The bundler makes one for every set of pages that share a module, which
    // come to 84 to 117 files for a page.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "most-pages", minShareCount: 14 }] } } },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(["/api", "/cognito", "/settings.json"].map((path) => [path, cloud])),
  },
  test: {
    // A document costs a second to make: a test that needs one says `@vitest-environment happy-dom`.
    environment: "node",
    // Modules are loaded once for all files, not once for each: four fifths of the processor time.
    isolate: false,
    pool: "threads",
    maxWorkers: 1,
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
