import { texts } from "../../app/preferences";

export const KIND_TEXTS = texts(
  {
    percent: "按百分比增减（%）",
    absolute: "每时段增减（通）",
    set: "每时段设为（通）",
    min: "每时段不低于（通）",
    max: "每时段不高于（通）",
    daily_total: "每日总量设为（通）",
    copied_day: "复制某一天",
  },
  {
    percent: "Change by per cent",
    absolute: "Add calls per interval",
    set: "Set calls per interval",
    min: "At least, per interval",
    max: "At most, per interval",
    daily_total: "Set the calls of each day",
    copied_day: "Copy a day",
  },
);
