import react from "@vitejs/plugin-react";
import license from "rollup-plugin-license";
import { defineConfig } from "vitest/config";

const WITHOUT_NONCE = "csp?.nonce)";
const OF_PAGE = `(csp?.nonce ?? document.querySelector("meta[property=csp-nonce]")?.nonce))`;

/** Some styles of @rc-component are written without the nonce that antd is given: then they take that of the page. */
const nonces = {
  name: "nonces",
  transform(code: string, id: string) {
    if (!id.endsWith("@rc-component/util/es/Dom/dynamicCSS.js")) return null;
    if (!code.includes(`if (${WITHOUT_NONCE}`)) throw new Error(`${id}: where a style gets its nonce has changed`);
    return code
      .replace(`if (${WITHOUT_NONCE}`, `if (${OF_PAGE}`)
      .replace("styleNode.nonce = csp?.nonce;", `styleNode.nonce = ${OF_PAGE.slice(0, -1)};`);
  },
};

const SERVICE = "http://127.0.0.1:8095";

export default defineConfig({
  plugins: [nonces, react(), license({ thirdParty: { output: "../api/screens/licences.txt" } })],
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
