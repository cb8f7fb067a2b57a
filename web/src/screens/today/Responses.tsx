import { Button, Card, Flex, Table, Tag } from "antd";
import { Link } from "react-router";
import { useSubmit } from "../../api/runs";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, usePreferences, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { LEVELS } from "../../shared/chart/colours";
import { Nothing } from "../../shared/Loaded";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { RunProgress } from "../../shared/run/RunProgress";
import { type Answer, calledOut, openProposals, type Step } from "./todayModel";
import type { Warning } from "./useToday";

const TEXTS = texts(
  {
    warnings: "当日预警",
    noWarnings: "当日没有预警",
    levels: { blue: "蓝色", yellow: "黄色", orange: "橙色", red: "红色" },
    queue: "队列",
    period: "时段",
    chance: "不达标概率",
    missing: "缺员（人）",
    act: "最迟处置",
    proposals: "待处理建议",
    noProposals: "没有待处理的建议",
    propose: "生成建议",
    accept: "采纳",
    decline: "不采纳",
    consented: "采纳（坐席已同意）",
    callOuts: "召集看板",
    noCallOuts: "没有进行中的召集",
    ask: "发起询问",
    standDown: "解除召集",
    arrived: "已到岗",
    answers: {
      asked: "已询问",
      accepted: "已接受",
      declined: "已拒绝",
      no_answer: "未应答",
      arrived: "已到岗",
      stood_down: "已解除",
    },
    came: "到岗",
    yes: "接受",
    no: "拒绝",
    playbook: "预案清单",
    noPlaybook: "没有启动中的预案",
    running: "查看启动中的预案",
    done: "已完成",
    level_set: "响应级别",
  },
  {
    warnings: "Warnings of the day",
    noWarnings: "No warnings on this day",
    levels: { blue: "Blue", yellow: "Yellow", orange: "Orange", red: "Red" },
    queue: "Queue",
    period: "Period",
    chance: "Chance of a miss",
    missing: "Agents missing",
    act: "Act by",
    proposals: "Proposals to answer",
    noProposals: "No proposals wait for an answer",
    propose: "Look for proposals",
    accept: "Accept",
    decline: "Decline",
    consented: "Accept (agents agreed)",
    callOuts: "Call-out board",
    noCallOuts: "No call-out is under way",
    ask: "Ask members",
    standDown: "Stand down",
    arrived: "Arrived",
    answers: {
      asked: "Asked",
      accepted: "Accepted",
      declined: "Declined",
      no_answer: "No answer",
      arrived: "Arrived",
      stood_down: "Stood down",
    },
    came: "Arrived",
    yes: "Accepts",
    no: "Declines",
    playbook: "Playbook checklist",
    noPlaybook: "No playbook is running",
    running: "Show what is running",
    done: "Done",
    level_set: "Response level",
  },
);

/** The last moment at which any remedy of a warning still helps. */
const lastChance = (remedies: unknown) => {
  const told = String(remedies ?? "")
    .split(";")
    .flatMap((one) => one.split("=")[1] ?? []);
  return told
    .filter((at) => !Number.isNaN(Date.parse(at)))
    .sort()
    .at(-1);
};

export function LevelTag({ level }: { level: string }) {
  const t = useTexts(TEXTS);
  if (!(level in LEVELS)) return <>{level}</>;
  const known = level as keyof typeof LEVELS;
  return (
    <span style={{ whiteSpace: "nowrap" }}>
      <span style={{ color: LEVELS[known].colour }}>{LEVELS[known].mark}</span> {t.levels[known]}
    </span>
  );
}

/** The day is told only where it is another than that of the board. */
const warningDay = (board: string, format: (day: string) => string) => (day: string) => (day === board ? "" : `${format(day)} `);

export function Warnings({ warnings, zone, day }: { warnings: Warning[]; zone: string; day: string }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const queueName = useNameOf();
  const today = warningDay(day, formats.day);
  const moment = (at: string | undefined) => (at === undefined ? "–" : `${today(at.slice(0, 10))}${formats.time(at, zone)}`);
  const order = Object.keys(LEVELS);
  const sorted = [...warnings].sort((a, b) => order.indexOf(b.level) - order.indexOf(a.level) || a.start.localeCompare(b.start));
  return (
    <Card size="small" title={t.warnings}>
      <Table
        size="small"
        rowKey="key"
        dataSource={sorted}
        pagination={{ pageSize: 6, hideOnSinglePage: true }}
        locale={{ emptyText: <Nothing why={t.noWarnings} /> }}
        columns={[
          {
            title: t.queue,
            render: (one: Warning) => (
              <>
                <LevelTag level={one.level} /> {queueName(one.queue)}
              </>
            ),
          },
          { title: t.chance, align: "end", render: (one: Warning) => formats.percent(one.chance) },
          { title: t.missing, align: "end", render: (one: Warning) => formats.number(Number(one.missing_heads)) },
          {
            title: t.period,
            render: (one: Warning) => (
              <>
                {moment(one.start)} – {moment(one.end)}
                <br />
                <small>
                  {t.act} {moment(lastChance(one.remedies))}
                </small>
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** What to do next: proposals, call-outs and playbooks; each deed is a run at the board's minute. */
export function Deeds({ at, zone, now }: { at: string; zone: string; now: string }) {
  const centre = useCentre();
  const submit = useSubmit(centre);
  const does = useMay("runs:write");
  const deed = (kind: string, params: object) => submit.mutate({ kind, params: { at, ...params } });
  return (
    <>
      {submit.error && <ProblemAlert error={submit.error} />}
      {submit.data && <RunProgress id={submit.data.id} />}
      <Proposals {...{ deed, does, zone }} />
      <CallOuts {...{ deed, does, now }} />
      <Playbooks {...{ does, deed, zone }} />
    </>
  );
}

type DeedProps = { does: boolean; deed: (kind: string, params: object) => void };
type Proposed = {
  proposal: string;
  deed: string;
  needs_consent?: boolean;
  expires_at?: string;
  reason_en?: string;
  reason_zh?: string;
};

function Proposals({ does, deed, zone }: DeedProps & { zone: string }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { language } = usePreferences();
  const steps = useRows(useCentre(), "proposals");
  const open = openProposals((steps.data ?? []).map(({ row }) => row as Proposed));
  const extra = does && (
    <Button size="small" onClick={() => deed("propose", {})}>
      {t.propose}
    </Button>
  );
  return (
    <Card size="small" title={t.proposals} extra={extra}>
      {open.length === 0 && <span className="none">{t.noProposals}</span>}
      {open.map((one) => (
        <Flex key={one.proposal} gap="small" align="center" justify="space-between">
          <span>
            {(language === "zh" ? one.reason_zh : one.reason_en) ?? one.proposal} ({t.act} {formats.instant(one.expires_at, zone)})
          </span>
          {does && (
            <Flex gap={4}>
              <Button
                size="small"
                type="primary"
                onClick={() => deed("accept", { ids: [one.proposal], consent: Boolean(one.needs_consent) })}
              >
                {one.needs_consent ? t.consented : t.accept}
              </Button>
              <Button size="small" onClick={() => deed("decline", { ids: [one.proposal] })}>
                {t.decline}
              </Button>
            </Flex>
          )}
        </Flex>
      ))}
    </Card>
  );
}

const ANSWER_COLOURS = {
  asked: "processing",
  accepted: "success",
  arrived: "success",
  declined: "error",
  no_answer: "warning",
  stood_down: "default",
};

function CallOuts({ does, deed, now }: DeedProps & { now: string }) {
  const t = useTexts(TEXTS);
  const queueName = useNameOf();
  const steps = useRows(useCentre(), "call-out-steps");
  const under = calledOut(
    (steps.data ?? []).map(({ row }) => row as Step),
    now,
  ).filter((one) => !one.ended);
  const count = (answers: Iterable<Answer>, wanted: Answer) => [...answers].filter((one) => one === wanted).length;
  return (
    <Card size="small" title={t.callOuts}>
      {under.length === 0 && <span className="none">{t.noCallOuts}</span>}
      {under.map((one) => (
        <section key={one.id}>
          <Flex gap="small" wrap align="center">
            <strong>
              {one.id} · {one.echelon} · {queueName(one.queue)}
            </strong>
            {(Object.keys(t.answers) as Answer[]).map((answer) => (
              <Tag key={answer} color={ANSWER_COLOURS[answer]}>
                {t.answers[answer]} {count(one.members.values(), answer)}
              </Tag>
            ))}
            {does && (
              <Button size="small" type="primary" onClick={() => deed("call-out-ask", { call_out: one.id })}>
                {t.ask}
              </Button>
            )}
            {does && (
              <Button size="small" danger onClick={() => deed("call-out-stand-down", { call_out: one.id })}>
                {t.standDown}
              </Button>
            )}
          </Flex>
          {[...one.members].map(([member, answer]) => (
            <Flex key={member} gap="small" align="center">
              {member} <Tag color={ANSWER_COLOURS[answer]}>{t.answers[answer]}</Tag>
              {does && (answer === "asked" || answer === "no_answer") && (
                <>
                  <Button size="small" onClick={() => deed("call-out-answer", { call_out: one.id, member, accepts: true })}>
                    {t.yes}
                  </Button>
                  <Button size="small" onClick={() => deed("call-out-answer", { call_out: one.id, member, accepts: false })}>
                    {t.no}
                  </Button>
                </>
              )}
              {does && answer === "accepted" && (
                <Button size="small" onClick={() => deed("call-out-arrive", { call_out: one.id, member })}>
                  {t.came}
                </Button>
              )}
            </Flex>
          ))}
        </section>
      ))}
    </Card>
  );
}

function Playbooks({ does, deed, zone }: DeedProps & { zone: string }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const steps = useRows(centre, "playbook-steps");
  const rows = (steps.data ?? []).map(({ key, row }) => ({ ...row, key }) as Record<string, string>);
  const extra = does && (
    <Button size="small" onClick={() => deed("playbooks-running", {})}>
      {t.running}
    </Button>
  );
  return (
    <Card size="small" title={t.playbook} extra={extra}>
      {rows.length === 0 && <span className="none">{t.noPlaybook}</span>}
      {rows.map((one) => (
        <Flex key={one.key} gap="small" align="center">
          <Link to={`/c/${centre}/playbooks/${one.playbook}`}>{one.playbook}</Link>
          {one.deed === "done" ? `✓ ${t.done}: ${one.action}` : `${t.level_set}:`}{" "}
          {one.deed === "level" && <LevelTag level={one.level ?? ""} />}
          <span>{formats.instant(one.at, zone)}</span>
        </Flex>
      ))}
    </Card>
  );
}
