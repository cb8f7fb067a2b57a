import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Flex, Form, Popconfirm, Table, Tag } from "antd";
import { useState } from "react";
import { $api, api, type Schemas } from "../../api/client";
import { useFormats, useTexts } from "../../app/preferences";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { type Granted, GrantedFields, scopesOf, useRoleName } from "./Granted";
import { Secret } from "./Secret";
import { TEXTS } from "./texts";

type Key = Schemas["KeyOut"];
const GRACE_MINUTES = 60;

/** Keys of systems. */
export function Keys() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const roleName = useRoleName();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Schemas["KeyMade"]>();
  const keys = $api.useQuery("get", "/api/v1/keys", { params: { query: { limit: 500 } } });
  const again = { onSettled: () => client.invalidateQueries({ queryKey: ["get", "/api/v1/keys"] }) };
  const add = useMutation({
    mutationFn: (told: Granted) =>
      api.POST("/api/v1/keys", { body: { name: told.name, roles: told.roles, scopes: scopesOf(told) } }),
    onSuccess: ({ data }) => {
      setMade(data);
      setAdding(false);
    },
    ...again,
  });
  const rotate = useMutation({
    mutationFn: (key: number) =>
      api.POST("/api/v1/keys/{key}/rotate", { params: { path: { key } }, body: { grace_minutes: GRACE_MINUTES } }),
    onSuccess: ({ data }) => setMade(data),
    ...again,
  });
  const revoke = useMutation({
    mutationFn: (key: number) => api.DELETE("/api/v1/keys/{key}", { params: { path: { key } } }),
    ...again,
  });
  const wrong = rotate.error ?? revoke.error;
  const columns = [
    { key: "name", title: t.keyName, dataIndex: "name" },
    { key: "prefix", title: t.prefix, render: (key: Key) => <code>{key.prefix}…</code> },
    { key: "roles", title: t.roles, render: (key: Key) => key.roles.map((role) => <Tag key={role}>{roleName(role)}</Tag>) },
    { key: "scopes", title: t.centres, render: (key: Key) => Object.values(key.scopes).flat().join("、") },
    { key: "made", title: t.made, render: (key: Key) => formats.instant(key.created_at) },
    { key: "used", title: t.used, render: (key: Key) => (key.used_at ? formats.instant(key.used_at) : t.never) },
    { key: "expires", title: t.expires, render: (key: Key) => (key.expires_at ? formats.instant(key.expires_at) : t.never) },
    {
      key: "deeds",
      render: (key: Key) =>
        key.revoked_at ? (
          <Tag>{t.revoke}</Tag>
        ) : (
          <Flex gap={4} justify="end">
            <Popconfirm title={t.sure} onConfirm={() => rotate.mutate(key.id)}>
              <Button size="small">{t.rotate}</Button>
            </Popconfirm>
            <Popconfirm title={t.sure} onConfirm={() => revoke.mutate(key.id)}>
              <Button size="small" danger>
                {t.revoke}
              </Button>
            </Popconfirm>
          </Flex>
        ),
    },
  ];
  return (
    <Flex vertical gap="middle">
      <div>
        <Button type="primary" onClick={() => setAdding(true)}>
          {t.addKey}
        </Button>
      </div>
      {made && <Secret title={t.keyOnce} secret={made.key} />}
      {wrong && <ProblemAlert error={wrong} />}
      <Table
        size="small"
        rowKey="id"
        loading={keys.isLoading}
        columns={columns}
        dataSource={keys.data?.items ?? []}
        pagination={{ hideOnSinglePage: true }}
      />
      <Drawer open={adding} title={t.addKey} onClose={() => setAdding(false)} size={420} destroyOnHidden>
        {add.error && <ProblemAlert error={add.error} />}
        <Form layout="vertical" onFinish={(told: Granted) => add.mutate(told)}>
          <GrantedFields nameLabel={t.keyName} />
          <Button type="primary" htmlType="submit" block loading={add.isPending}>
            {t.addKey}
          </Button>
        </Form>
      </Drawer>
    </Flex>
  );
}
