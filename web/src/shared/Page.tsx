import { PrinterOutlined } from "@ant-design/icons";
import { Button, Flex, Typography } from "antd";
import { type ReactNode, useEffect } from "react";
import { texts, useTexts } from "../app/preferences";

const TEXTS = texts({ print: "打印" }, { print: "Print" });

/** A screen: its title, what can be done on it, its content. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const t = useTexts(TEXTS);
  useEffect(() => {
    document.title = `${title} · Echelon`;
  }, [title]);
  return (
    <article className="page">
      <Flex justify="space-between" align="start" gap="middle" wrap className="page-head">
        <div>
          <Typography.Title level={1}>{title}</Typography.Title>
          {lead && <Typography.Paragraph type="secondary">{lead}</Typography.Paragraph>}
        </div>
        <Flex gap="small" wrap className="page-actions">
          {actions}
          <Button icon={<PrinterOutlined />} aria-label={t.print} onClick={() => window.print()} />
        </Flex>
      </Flex>
      {children}
    </article>
  );
}
