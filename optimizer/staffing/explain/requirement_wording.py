"""What the explanation of a requirement says, in English and Chinese; the numbers are filled in by name."""

TARGET_WORDS = {
    "none": ("none", "无"),
    "service_level": ("service level", "服务水平"),
    "abandonment": ("abandonment", "放弃率"),
    "asa": ("asa", "平均应答时间"),
    "occupancy": ("occupancy", "占用率上限"),
    "min_staff": ("min staff", "最低在岗人数"),
    "answer_rate": ("answer rate", "接通率"),
    "due": ("due date", "完成时限"),
}
"""Targets that may bind, by `optimizer.staffing.pool.TARGETS`."""

CAPS = {
    "max_abandon_rate": ("abandonment at most {max_abandon_rate:.1%}", "放弃率不超过 {max_abandon_rate:.1%}"),
    "max_asa_s": ("asa at most {max_asa_s:g} s", "平均应答时间不超过 {max_asa_s:g} 秒"),
    "max_occupancy": ("occupancy at most {max_occupancy:.1%}", "占用率不超过 {max_occupancy:.1%}"),
    "min_answer_rate": ("answer rate at least {min_answer_rate:.1%}", "接通率不低于 {min_answer_rate:.1%}"),
}
"""Targets beside the service level, by their name in `ServiceTarget`."""

WORDS = {
    "mean": ("", ""),
    "quantile": (", the quantile {level:g} of the forecast", "（预测的 {level:g} 分位数）"),
    "expected": (
        ", the mean of the forecast; without the Poisson noise of the count its spread is {rate_spread:.1%} of the mean,"
        " {low_calls:.2f} to {high_calls:.2f} calls but for 2 % at either end, and the service is expected over {nodes:.0f} such"
        " rates",
        "（预测均值；去除计数的泊松噪声后，离散度为均值的 {rate_spread:.1%}，两端各除 2 % 外为 {low_calls:.2f} 至"
        " {high_calls:.2f} 通，服务水平按 {nodes:.0f} 个到达率取期望）",
    ),
    "stationary": ("", ""),
    "offered_load": (" if the rate held for ever; calls run on from slot to slot", "（假设到达率恒定）；通话会延续到下一时段"),
    "carried": ("; the line and the calls of earlier slots run on", "；之前时段的排队与通话会延续"),
    "erlang_a": (
        "Erlang A (callers wait {patience_s:g} s on average before they hang up)",
        "按 Erlang A 模型（来电者平均等待 {patience_s:g} 秒后放弃）",
    ),
    "erlang_c": ("Erlang C (nobody hangs up)", "按 Erlang C 模型（无人放弃）"),
    "room": (", room for {room:.0f} to wait", "，最多 {room:.0f} 人等候"),
    "patience_mix": (
        ", the patience near zero; {mean_patience_s:g} s is the mean of all",
        "（取等待初期的放弃率；总体平均耐心 {mean_patience_s:g} 秒）",
    ),
    "places": (" x {concurrency:.0f} chats = {places:.0f} places", " × {concurrency:.0f} 个会话 = {places:.0f} 个服务位"),
    "blocked": (", find no room for {blocked_rate:.1%}", "，因无空位被拒 {blocked_rate:.1%}"),
}
"""Parts of lines that depend on how the requirement was made."""

LINES = {
    "rate": (
        "Arrival rate = {calls:.2f} calls / {slot_minutes:g} min = {calls_per_hour:.2f} calls an hour{load_words}.",
        "到达率 = {calls:.2f} 通 / {slot_minutes:g} 分钟 = 每小时 {calls_per_hour:.2f} 通{load_words}。",
    ),
    "load": (
        "Load = calls x handle time / slot = {calls:.2f} x {handle_time_s:.1f} s / {slot_s:g} s = {load_erlang:.3f} Erlang"
        "{load_model_words}; planned for: {planned_load_erlang:.3f} Erlang.",
        "话务量 = 来话量 × 平均处理时长 / 时段长度 = {calls:.2f} × {handle_time_s:.1f} 秒 / {slot_s:g} 秒 ="
        " {load_erlang:.3f} 爱尔兰{load_model_words}；计划话务量 {planned_load_erlang:.3f} 爱尔兰。",
    ),
    "service": (
        "{model_words}{patience_words}{room_words}: {on_phone:.0f} agents{places_words} answer {service_level:.1%} within"
        " {threshold_s:g} s (target {target_service_level:.0%}, {definition_words}); one less {service_level_one_less:.1%}.",
        "{model_words}{patience_words}{room_words}：{on_phone:.0f} 名在线坐席{places_words}在 {threshold_s:g} 秒内接起"
        " {service_level:.1%}（目标 {target_service_level:.0%}，口径：{definition_words}）；"
        "少一人则为 {service_level_one_less:.1%}。",
    ),
    "metrics": (
        "They lose {abandon_rate:.1%} of the calls{blocked_words}, answer after {asa_s:.1f} s on average and are busy"
        " {occupancy:.1%} of the time.",
        "放弃率 {abandon_rate:.1%}{blocked_words}，平均应答时间 {asa_s:.1f} 秒，占用率 {occupancy:.1%}。",
    ),
    "work": (
        "Work = items x handle time / slot = {calls:.2f} x {handle_time_s:.1f} s / {slot_s:g} s = {load_erlang:.3f} Erlang"
        "{load_words}; at {busy_share:.0%} of an agent's time {planned_load_erlang:.3f} agents.",
        "工作量 = 件数 × 平均处理时长 / 时段长度 = {calls:.2f} × {handle_time_s:.1f} 秒 / {slot_s:g} 秒 ="
        " {load_erlang:.3f} 爱尔兰{load_words}；按坐席 {busy_share:.0%} 的时间计为 {planned_load_erlang:.3f} 人。",
    ),
    "due": (
        "It is due {due_minutes:g} min after it comes: within {due_slots:.0f} slots, its own included, in open hours, in the order"
        " it came. Until the end of this slot {come:.2f} agent-slots have come and there are agents for {done:.0f}.",
        "须在到达后 {due_minutes:g} 分钟内完成：连同到达时段共 {due_slots:.0f} 个时段，仅在开放时段、按到达先后处理。"
        "至本时段末累计到达 {come:.2f} 人时段，已安排 {done:.0f} 人时段。",
    ),
    "levelled": (
        "Levelled, so that the peaks of agents in all are lowest: {others:.0f} for the other queues + {on_phone:.0f} ="
        " {total:.0f}.",
        "削峰填谷，使总人数的峰值最低：其他队列 {others:.0f} 人 + {on_phone:.0f} 人 = {total:.0f} 人。",
    ),
    "binding": (
        "Binding: {binding} (least staff {min_staff:g}{caps_words}).",
        "起决定作用的是：{binding}（最低在岗 {min_staff:g} 人{caps_words}）。",
    ),
    "carried": (
        "In the stationary model {stationary_agents:.0f} agents would do; {moved:+.0f} for what earlier slots leave over:"
        " {left:.1f} callers wait or talk as the slot starts, where {settled:.1f} would in the long run. The service above is that"
        " of the whole staffing, at the mean rate where it is planned for.",
        "稳态模型需 {stationary_agents:.0f} 人；因之前时段的延续调整 {moved:+.0f} 人：时段开始时有 {left:.1f} 人在等候或通话，"
        "长期稳态为 {settled:.1f} 人。上述服务水平按整日在岗人数、以计划的平均到达率计算。",
    ),
    "heads": (
        "Heads = {on_phone:.0f} / (1 - shrinkage {shrinkage:.1%}), rounded up = {heads:.0f}.",
        "排班人数 = {on_phone:.0f} / (1 − 损耗率 {shrinkage:.1%})，向上取整 = {heads:.0f}。",
    ),
    "own_shrinkage": (
        "Shrinkage of the queue itself: {own_shrinkage:.1%}; the causes of the centre, {ahead_days:.1f} days ahead:",
        "队列自身损耗率 {own_shrinkage:.1%}；距排班 {ahead_days:.1f} 天时中心各项原因：",
    ),
    "never_known": (
        "  {name}: {part:.2%}, whatever the day, as it is never known beforehand.",
        "  {name}：{part:.2%}，无法事先获知，任何日期均计入。",
    ),
    "known": (
        "  {name}: 0.00% of {share:.2%}, as what is less than {known_days:g} days ahead stands in the roster.",
        "  {name}：{share:.2%} 中计 0.00%，{known_days:g} 天以内已列入排班表。",
    ),
    "fading": (
        "  {name}: {share:.2%} x (1 - exp(-({ahead_days:.1f} - {known_days:g}) / {fade_days:g})) = {part:.2%}.",
        "  {name}：{share:.2%} × (1 − exp(−({ahead_days:.1f} − {known_days:g}) / {fade_days:g})) = {part:.2%}。",
    ),
    "whole": (
        "  {name}: {part:.2%}, as nothing of it is known more than {known_days:g} days ahead.",
        "  {name}：{part:.2%}，超过 {known_days:g} 天的部分尚未知。",
    ),
}
"""The steps, one line each."""
