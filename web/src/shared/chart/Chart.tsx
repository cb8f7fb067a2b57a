import { BarChartOutlined, PictureOutlined, TableOutlined } from "@ant-design/icons";
import { Button, Flex } from "antd";
import { useEffect, useRef, useState } from "react";
import { texts, usePreferences, useTexts } from "../../app/preferences";
import { SaveSheet, type Sheet, TableView } from "../TableView";
import type { ChartOption, EChartsType } from "./echarts";

const TEXTS = texts({ chart: "图", table: "表", png: "导出图片" }, { chart: "Chart", table: "Table", png: "Save as a picture" });

export type Clicked = { seriesName?: string; name?: string; value: unknown; dataIndex: number };
type Props = {
  title: string;
  option: ChartOption;
  /** What the chart shows, for the table beside it and for exports. */
  sheet: () => Sheet;
  height?: number;
  onClick?: (clicked: Clicked) => void;
};

/** A chart with its table, which a screen reader reads, and its exports. */
export function Chart({ title, option, sheet, height = 320, onClick }: Props) {
  const t = useTexts(TEXTS);
  const [asTable, setAsTable] = useState(false);
  const chart = useRef<EChartsType>(undefined);
  const picture = async () => {
    const { saveAs } = await import("../save");
    const drawn = chart.current?.renderToCanvas({ pixelRatio: 2, backgroundColor: "#fff" });
    drawn?.toBlob((blob) => blob && saveAs(blob, `${title}.png`));
  };
  return (
    <section className="chart" aria-label={title}>
      <Flex justify="space-between" align="center" gap="small" className="chart-head">
        <h3>{title}</h3>
        <Flex gap={4}>
          <Button size="small" icon={asTable ? <BarChartOutlined /> : <TableOutlined />} onClick={() => setAsTable(!asTable)}>
            {asTable ? t.chart : t.table}
          </Button>
          {!asTable && <Button size="small" icon={<PictureOutlined />} aria-label={t.png} title={t.png} onClick={picture} />}
          <SaveSheet name={title} sheet={sheet} />
        </Flex>
      </Flex>
      {asTable ? (
        <div className="table-scroll">
          <TableView caption={title} {...sheet()} />
        </div>
      ) : (
        <Canvas title={title} option={option} height={height} onClick={onClick} chart={chart} />
      )}
    </section>
  );
}

/** What every chart is: the page shows through, and what is drawn stands at once. */
const PLAIN = { backgroundColor: "transparent", animation: false };

type CanvasProps = Pick<Props, "title" | "option" | "onClick"> & {
  height: number;
  chart: React.RefObject<EChartsType | undefined>;
};

function Canvas({ title, option, height, onClick, chart }: CanvasProps) {
  const { language, theme } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  const wanted = useRef(option);
  wanted.current = option;
  useEffect(() => {
    let gone = false;
    let resized: ResizeObserver | undefined;
    import("./echarts").then(({ init }) => {
      if (gone || place.current === null) return;
      const made = init(place.current, theme === "dark" ? "dark" : undefined, { locale: language === "zh" ? "ZH" : "EN" });
      made.setOption({ ...PLAIN, ...wanted.current });
      made.on("click", (event) => clicked.current?.(event as unknown as Clicked));
      resized = new ResizeObserver(() => made.resize());
      resized.observe(place.current);
      chart.current = made;
    });
    return () => {
      gone = true;
      resized?.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, [language, theme, chart]);
  useEffect(() => chart.current?.setOption({ ...PLAIN, ...option }, { notMerge: true }), [option, chart]);
  return <div ref={place} role="img" aria-label={title} style={{ height }} />;
}
