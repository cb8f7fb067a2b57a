import react from "@vitejs/plugin-react";
import license from "rollup-plugin-license";
import { defineConfig } from "vitest/config";

/** Takes our measurement of scroll bars for that of @rc-component/util, which the content security policy refuses. */
const scrollBars = {
  name: "scroll-bars",
  enforce: "pre" as const,
  resolveId: (source: string) =>
    source.endsWith("/getScrollBarSize") ? new URL("src/shared/scrollBarSize.ts", import.meta.url).pathname : null,
};

const SERVICE = "http://127.0.0.1:8095";

export default defineConfig({
  plugins: [scrollBars, react(), license({ thirdParty: { output: "../api/screens/licences.txt" } })],
  build: {
    outDir: "../api/screens",
    emptyOutDir: true,
    assetsInlineLimit: 0, // nothing as data: or inline script, which the content security policy refuses
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1100, // kB before packing: what all screens share, with antd
  },
  server: { proxy: { "/api": SERVICE } },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
