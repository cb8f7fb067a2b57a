import { type ThemeConfig, theme as themes } from "antd";

const SHAPE = { borderRadius: 4, fontSize: 14 };

/** Text stands out from what lies behind it by 4.5 to 1 at least (WCAG 2.2, 1.4.3). */
export const THEMES: Record<"light" | "dark", ThemeConfig> = {
  light: {
    algorithm: themes.defaultAlgorithm,
    token: {
      ...SHAPE,
      colorPrimary: "#0b5394",
      colorPrimaryBg: "#dfeaf4",
      controlItemBgActive: "#dfeaf4",
      colorLink: "#0b5394",
      colorTextSecondary: "#434343",
      colorTextTertiary: "#595959",
      colorTextDescription: "#595959",
      colorTextPlaceholder: "#6b6b6b",
      colorTextDisabled: "#6b6b6b",
      colorInfo: "#0b5394",
      colorInfoBg: "#eaf2f9",
      colorInfoBorder: "#a9c7e2",
      colorError: "#b3001b",
      colorSuccess: "#1f6f1f",
      colorSuccessBg: "#eef7ee",
      colorWarning: "#8a5200",
      colorWarningBg: "#fff7e6",
      colorErrorBg: "#fff1f0",
    },
    components: { Menu: { groupTitleColor: "#595959" } },
  },
  dark: {
    algorithm: themes.darkAlgorithm,
    token: {
      ...SHAPE,
      colorPrimary: "#4a9fe3",
      colorLink: "#7db8ec",
      colorTextSecondary: "#c8c8c8",
      colorTextTertiary: "#b0b0b0",
      colorTextDescription: "#b0b0b0",
      colorTextPlaceholder: "#9a9a9a",
      colorTextDisabled: "#9a9a9a",
      colorInfo: "#7db8ec",
      colorError: "#ff7875",
      controlItemBgActive: "#0d1b27",
    },
    components: { Menu: { groupTitleColor: "#b0b0b0", itemSelectedColor: "#d6ebff" }, Button: { primaryColor: "#000" } },
  },
};
