import { LogoutOutlined, QuestionCircleOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Flex, Layout, Menu, type MenuProps, Result, Select, Spin } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, Navigate, Route, Routes, useLocation, useNavigate } from "react-router";
import { $api, api } from "../api/client";
import { Boundary } from "../shared/Boundary";
import { Glossary } from "../shared/Glossary";
import { CentreProvider, centreOf, keptCentre } from "./centre";
import { texts, usePreferences, useTexts } from "./preferences";
import { Switches } from "./Switches";
import { type Group, SCREENS, type Screen } from "./screens";
import { type Me, MeProvider, may } from "./session";

const TEXTS = texts(
  {
    now: "现场",
    plan: "排班",
    respond: "预警与应急",
    people: "人员与申请",
    keep: "数据与系统",
    centre: "中心",
    logout: "退出登录",
    nowhere: "没有这个页面",
    nothing: "您的角色在这里还没有页面",
    home: "回到首页",
    menu: "菜单",
    help: "术语与帮助",
    skip: "跳到正文",
  },
  {
    now: "On the floor",
    plan: "Rosters",
    respond: "Warnings and response",
    people: "People and requests",
    keep: "Data and system",
    centre: "Centre",
    logout: "Log out",
    nowhere: "There is no such page",
    nothing: "There are no pages for your role here yet",
    home: "To the first page",
    menu: "Menu",
    help: "Terms and help",
    skip: "To the content",
  },
);
const GROUPS: Group[] = ["now", "plan", "respond", "people", "keep"];

const pages = new Map(SCREENS.map((screen) => [screen, lazy(screen.load)]));
const pathOf = (screen: Screen, centre: string) => (screen.ofCentre === false ? `/${screen.path}` : `/c/${centre}/${screen.path}`);

/** Menu, centre, language and the screen that is open. */
export function Shell({ me }: { me: Me }) {
  const centres = $api.useQuery("get", "/api/v1/centres", {}, { enabled: may(me, "centres:read") || may(me, "own:read") });
  const { pathname } = useLocation();
  if (centres.isLoading) return <Spin fullscreen />;
  const ids = (centres.data ?? []).map((one) => one.id);
  const named = centreOf(pathname);
  const centre = named ?? (ids.includes(keptCentre()) ? keptCentre() : ids[0]);
  const fits = (screen: Screen) => (screen.ofCentre === false || centre !== undefined) && (!screen.ofAgent || me.agent !== "");
  const allowed = SCREENS.filter((screen) => may(me, screen.permission) && fits(screen));
  return (
    <MeProvider me={me}>
      <CentreProvider centre={centre}>
        <Frame me={me} centre={centre} ids={ids} allowed={allowed} />
      </CentreProvider>
    </MeProvider>
  );
}

type FrameProps = { me: Me; centre: string | undefined; ids: string[]; allowed: Screen[] };

function Frame({ me, centre, ids, allowed }: FrameProps) {
  const t = useTexts(TEXTS);
  const [closed, setClosed] = useState(window.innerWidth < 1000);
  return (
    <Layout className="shell">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      {allowed.length > 1 && (
        <Layout.Sider
          theme="light"
          width={208}
          breakpoint="lg"
          collapsedWidth={window.innerWidth < 600 ? 0 : 56}
          collapsible
          collapsed={closed}
          onCollapse={setClosed}
          zeroWidthTriggerStyle={{ insetBlockStart: "auto", insetBlockEnd: 16 }}
        >
          <div className="brand">{closed ? "E" : "Echelon"}</div>
          <ScreenMenu centre={centre} allowed={allowed} />
        </Layout.Sider>
      )}
      <Layout>
        <Header me={me} centre={centre} ids={ids} />
        <Layout.Content id="content" className="content" tabIndex={-1}>
          <Pages centre={centre} allowed={allowed} />
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

function ScreenMenu({ centre, allowed }: { centre: string | undefined; allowed: Screen[] }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const { pathname } = useLocation();
  const items: MenuProps["items"] = useMemo(
    () =>
      GROUPS.map((group) => ({
        key: group,
        type: "group" as const,
        label: t[group],
        children: allowed
          .filter((screen) => screen.group === group)
          .map((screen) => ({ key: screen.path, label: <Link to={pathOf(screen, centre ?? "")}>{screen.title[language]}</Link> })),
      })).filter((group) => group.children.length > 0),
    [allowed, centre, language, t],
  );
  const open = allowed.find((screen) => `${pathname}/`.startsWith(`${pathOf(screen, centre ?? "")}/`));
  return (
    <nav aria-label={t.menu}>
      <Menu mode="inline" items={items} selectedKeys={open ? [open.path] : []} />
    </nav>
  );
}

function Header({ me, centre, ids }: { me: Me; centre: string | undefined; ids: string[] }) {
  const t = useTexts(TEXTS);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const elsewhere = (id: string) => navigate(pathname.startsWith("/c/") ? pathname.replace(/^\/c\/[^/]+/, `/c/${id}`) : `/c/${id}`);
  const leave = () => api.POST("/api/v1/logout").finally(() => client.resetQueries());
  return (
    <Layout.Header className="header">
      <Flex align="center" gap="small">
        {ids.length > 0 && (
          <Select
            aria-label={t.centre}
            value={centre}
            options={ids.map((value) => ({ value, label: value }))}
            onChange={elsewhere}
            popupMatchSelectWidth={false}
          />
        )}
      </Flex>
      <Flex align="center" gap={4}>
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t.help} onClick={() => setAsked(true)} />
        <Glossary open={asked} onClose={() => setAsked(false)} />
        <Switches />
        <span className="who">{me.name}</span>
        <Button type="text" icon={<LogoutOutlined />} aria-label={t.logout} onClick={leave} />
      </Flex>
    </Layout.Header>
  );
}

function Pages({ centre, allowed }: { centre: string | undefined; allowed: Screen[] }) {
  const t = useTexts(TEXTS);
  const first = allowed.find((screen) => screen.ofCentre !== false) ?? allowed[0];
  if (first === undefined) return <Result status="info" title={t.nothing} />;
  return (
    <Boundary>
      <Suspense fallback={<Spin className="waiting" />}>
        <Routes>
          {allowed.map((screen) => {
            const Page = pages.get(screen);
            const path = screen.ofCentre === false ? screen.path : `c/:centre/${screen.path}`;
            return <Route key={screen.path} path={`${path}/*`} element={Page && <Page />} />;
          })}
          <Route path="/" element={<Navigate to={pathOf(first, centre ?? "")} replace />} />
          {centre && <Route path="/c/:centre" element={<Navigate to={pathOf(first, centre)} replace />} />}
          <Route path="*" element={<Result status="404" title={t.nowhere} extra={<Link to="/">{t.home}</Link>} />} />
        </Routes>
      </Suspense>
    </Boundary>
  );
}
