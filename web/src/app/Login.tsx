import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, Flex, Form, Input, Typography } from "antd";
import { useState } from "react";
import { api } from "../api/client";
import { ProblemAlert } from "../shared/ProblemAlert";
import { texts, useTexts } from "./preferences";
import { Switches } from "./Switches";
import type { Me } from "./session";

const TEXTS = texts(
  {
    login: "登录",
    name: "用户名",
    password: "密码",
    change: "修改密码",
    mustChange: "首次登录：请把一次性密码换成自己的密码（至少 12 位，不含用户名）。",
    old: "一次性密码",
    fresh: "新密码",
    again: "再输入一次",
    unlike: "两次输入不一致",
    required: "必填",
    tagline: "统一排班 · 产能预警 · 应急梯队",
  },
  {
    login: "Log in",
    name: "Name",
    password: "Password",
    change: "Change the password",
    mustChange: "First login: choose a password of your own (12 characters or more, without your name) for the one-time password.",
    old: "One-time password",
    fresh: "New password",
    again: "Once more",
    unlike: "The two are not alike",
    required: "Needed",
    tagline: "One roster · capacity warnings · emergency echelons",
  },
);

/** Log in, and change a one-time password. */
export function Login({ me }: { me: Me | null }) {
  const t = useTexts(TEXTS);
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const send = (asked: Promise<unknown>) =>
    asked.then(
      () => client.resetQueries(),
      (why: unknown) => setError(why),
    );
  return (
    <Flex vertical align="center" className="login">
      <Flex justify="end" style={{ alignSelf: "stretch" }}>
        <Switches />
      </Flex>
      <Typography.Title>Echelon</Typography.Title>
      <Typography.Paragraph type="secondary">{t.tagline}</Typography.Paragraph>
      <Card title={me ? t.change : t.login} className="login-card">
        {error !== undefined && <ProblemAlert error={error} />}
        {me ? <ChangePassword send={send} /> : <NameAndPassword send={send} />}
      </Card>
    </Flex>
  );
}

function NameAndPassword({ send }: { send: (asked: Promise<unknown>) => void }) {
  const t = useTexts(TEXTS);
  const rules = [{ required: true, message: t.required }];
  return (
    <Form layout="vertical" onFinish={(body: { name: string; password: string }) => send(api.POST("/api/v1/login", { body }))}>
      <Form.Item name="name" label={t.name} rules={rules}>
        <Input autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t.password} rules={rules}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block>
        {t.login}
      </Button>
    </Form>
  );
}

function ChangePassword({ send }: { send: (asked: Promise<unknown>) => void }) {
  const t = useTexts(TEXTS);
  const rules = [{ required: true, message: t.required }];
  const same = ({ getFieldValue }: { getFieldValue: (name: string) => unknown }) => ({
    validator: (_: unknown, value: unknown) =>
      value === getFieldValue("new") ? Promise.resolve() : Promise.reject(new Error(t.unlike)),
  });
  return (
    <Form
      layout="vertical"
      onFinish={(told: { old: string; new: string }) =>
        send(api.POST("/api/v1/me/password", { body: { old: told.old, new: told.new } }))
      }
    >
      <Alert type="info" title={t.mustChange} showIcon />
      <Form.Item name="old" label={t.old} rules={rules}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
      <Form.Item name="new" label={t.fresh} rules={[{ required: true, min: 12, message: t.mustChange }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="again" label={t.again} dependencies={["new"]} rules={[...rules, same]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block>
        {t.change}
      </Button>
    </Form>
  );
}
