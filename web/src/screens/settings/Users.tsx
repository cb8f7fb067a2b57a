import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Flex, Form, Popconfirm, Table, Tag } from "antd";
import { useState } from "react";
import { $api, api, type Schemas } from "../../api/client";
import { useFormats, useTexts } from "../../app/preferences";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { type Granted, GrantedFields, scopesOf, useRoleName } from "./Granted";
import { Secret } from "./Secret";
import { TEXTS } from "./texts";

type User = Schemas["UserOut"];

/** People who may log in. */
export function Users() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const roleName = useRoleName();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [oneTime, setOneTime] = useState<Schemas["OneTime"]>();
  const users = $api.useQuery("get", "/api/v1/users", { params: { query: { limit: 500 } } });
  const again = { onSettled: () => client.invalidateQueries({ queryKey: ["get", "/api/v1/users"] }) };
  const add = useMutation({
    mutationFn: (told: Granted) =>
      api.POST("/api/v1/users", { body: { name: told.name, roles: told.roles, agent: told.agent ?? "", scopes: scopesOf(told) } }),
    onSuccess: ({ data }) => {
      setOneTime(data);
      setAdding(false);
    },
    ...again,
  });
  const reset = useMutation({
    mutationFn: (name: string) => api.POST("/api/v1/users/{name}/password", { params: { path: { name } } }),
    onSuccess: ({ data }) => setOneTime(data),
    ...again,
  });
  const disable = useMutation({
    mutationFn: ({ name, version, disabled }: User) =>
      api.PATCH("/api/v1/users/{name}", {
        params: { path: { name }, header: { "if-match": `"${version}"` } },
        body: { disabled: !disabled },
      }),
    ...again,
  });
  const wrong = add.error ?? reset.error ?? disable.error;
  const columns = [
    { key: "name", title: t.name, dataIndex: "name" },
    { key: "roles", title: t.roles, render: (user: User) => user.roles.map((role) => <Tag key={role}>{roleName(role)}</Tag>) },
    { key: "agent", title: t.agent, dataIndex: "agent" },
    { key: "scopes", title: t.centres, render: (user: User) => Object.values(user.scopes).flat().join("、") },
    {
      key: "state",
      title: t.state,
      render: (user: User) => (user.disabled ? t.disabled : user.must_change_password ? t.oneTimePending : t.active),
    },
    { key: "made", title: t.made, render: (user: User) => formats.instant(user.created_at) },
    {
      key: "deeds",
      render: (user: User) => (
        <Flex gap={4} justify="end">
          <Popconfirm title={`${t.reset}: ${user.name}`} onConfirm={() => reset.mutate(user.name)}>
            <Button size="small">{t.reset}</Button>
          </Popconfirm>
          <Popconfirm title={t.sure} onConfirm={() => disable.mutate(user)}>
            <Button size="small" danger={!user.disabled}>
              {user.disabled ? t.enable : t.disable}
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
          {t.add}
        </Button>
      </div>
      {oneTime && <Secret title={`${oneTime.name}: ${t.oneTime}`} secret={oneTime.password} />}
      {wrong && <ProblemAlert error={wrong} />}
      <Table
        size="small"
        rowKey="name"
        loading={users.isLoading}
        columns={columns}
        dataSource={users.data?.items ?? []}
        pagination={{ hideOnSinglePage: true }}
      />
      <Drawer open={adding} title={t.add} onClose={() => setAdding(false)} size={420} destroyOnHidden>
        {add.error && <ProblemAlert error={add.error} />}
        <Form layout="vertical" onFinish={(told: Granted) => add.mutate(told)}>
          <GrantedFields nameLabel={t.name} withAgent />
          <Button type="primary" htmlType="submit" block loading={add.isPending}>
            {t.add}
          </Button>
        </Form>
      </Drawer>
    </Flex>
  );
}
