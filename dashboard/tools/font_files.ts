// Cloudscape's global style sheet carries its fonts as data: URLs, which would block the first paint with 139 kB and
// need `font-src data:` in the content security policy. This writes them to files of their own.
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const DATA_FONT = /url\((["']?)data:font\/woff2;[^,]*base64,([A-Za-z0-9+/=]+)\1\)/g;

export function fontFiles(): Plugin {
  return {
    name: "font-files",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("global-styles/index.css")) return null;
      const withFiles = code.replace(DATA_FONT, (_match, _quote: string, base64: string) => {
        const source = Buffer.from(base64, "base64");
        const digest = createHash("sha256").update(source).digest("hex").slice(0, 8);
        const reference = this.emitFile({ type: "asset", name: `font-${digest}.woff2`, source });
        return `url(__VITE_ASSET__${reference}__)`;
      });
      return { code: withFiles, map: null };
    },
  };
}
