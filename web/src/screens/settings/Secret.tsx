import { Alert, Typography } from "antd";

/** A secret that is shown once, with a button that copies it. */
export function Secret({ title, secret }: { title: string; secret: string }) {
  return (
    <Alert
      type="warning"
      showIcon
      title={title}
      description={
        <Typography.Text code copyable>
          {secret}
        </Typography.Text>
      }
    />
  );
}
