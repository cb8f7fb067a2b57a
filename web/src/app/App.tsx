import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider, Spin } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { BrowserRouter } from "react-router";
import { ApiError } from "../api/client";
import { Login } from "./Login";
import { PreferencesProvider, usePreferences } from "./preferences";
import { Shell } from "./Shell";
import { useAskedMe } from "./session";
import { THEMES } from "./theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      structuralSharing: false, // rosters are compared by no one, and comparing them is dear
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.problem.status < 500),
    },
  },
});

export function App({ nonce }: { nonce: string }) {
  return (
    <PreferencesProvider>
      <QueryClientProvider client={client}>
        <Themed nonce={nonce} />
      </QueryClientProvider>
    </PreferencesProvider>
  );
}

function Themed({ nonce }: { nonce: string }) {
  const { language, theme } = usePreferences();
  dayjs.locale(language === "zh" ? "zh-cn" : "en"); // calendars name months and weekdays by it
  return (
    <ConfigProvider
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
      locale={language === "zh" ? zhCN : enUS}
      theme={THEMES[theme]}
    >
      <AntApp>
        <Entrance />
      </AntApp>
    </ConfigProvider>
  );
}

/** Whoever is known and has a password of their own comes in. */
function Entrance() {
  const me = useAskedMe();
  if (me === undefined) return <Spin fullscreen />;
  if (me === null || me.must_change_password) return <Login me={me} />;
  return (
    <BrowserRouter>
      <Shell me={me} />
    </BrowserRouter>
  );
}
