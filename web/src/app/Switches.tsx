import { MoonOutlined, SunOutlined, TranslationOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { texts, usePreferences, useTexts } from "./preferences";

const TEXTS = texts({ other: "English", dark: "深色", light: "浅色" }, { other: "中文", dark: "Dark", light: "Light" });

/** Switch the language and the theme. */
export function Switches() {
  const { language, theme, set } = usePreferences();
  const t = useTexts(TEXTS);
  return (
    <>
      <Button
        type="text"
        icon={theme === "dark" ? <SunOutlined /> : <MoonOutlined />}
        aria-label={theme === "dark" ? t.light : t.dark}
        onClick={() => set({ theme: theme === "dark" ? "light" : "dark" })}
      />
      <Button
        type="text"
        icon={<TranslationOutlined />}
        lang={language === "zh" ? "en" : "zh-CN"}
        onClick={() => set({ language: language === "zh" ? "en" : "zh" })}
      >
        {t.other}
      </Button>
    </>
  );
}
