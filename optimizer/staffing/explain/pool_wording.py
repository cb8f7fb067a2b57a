"""What the answer about one pool says, in English and Chinese; the numbers are filled in by name."""

DEFINITION_WORDS = {
    "offered": ("answered in time / offered", "限时接起 / 来话"),
    "answered": ("answered in time / answered", "限时接起 / 接起"),
    "offered_less_short": ("answered in time / (offered - abandoned in time)", "限时接起 /（来话 − 限时内放弃）"),
    "answered_or_short": ("(answered + abandoned in time) / offered", "（限时接起 + 限时内放弃）/ 来话"),
    "virtual_wait": ("wait within the limit had nobody hung up / offered", "若不放弃则等待不超时 / 来话"),
}
"""Service-level definitions."""

TARGET_LINES = {
    "service_level": (
        "Service level at least {service_level_bound:.2%} within {threshold_s:g} s: least agents {needed}.",
        "服务水平：{threshold_s:g} 秒内不低于 {service_level_bound:.2%}：至少 {needed} 人。",
    ),
    "abandonment": (
        "Abandonment at most {max_abandon_rate:.2%}: least agents {needed}.",
        "放弃率不超过 {max_abandon_rate:.2%}：至少 {needed} 人。",
    ),
    "asa": ("ASA at most {max_asa_s:g} s: least agents {needed}.", "平均应答时间不超过 {max_asa_s:g} 秒：至少 {needed} 人。"),
    "occupancy": (
        "Occupancy at most {max_occupancy:.2%}: least agents {needed}.",
        "占用率不超过 {max_occupancy:.2%}：至少 {needed} 人。",
    ),
    "answer_rate": (
        "Answer rate at least {min_answer_rate:.2%}: least agents {needed}.",
        "接通率不低于 {min_answer_rate:.2%}：至少 {needed} 人。",
    ),
    "min_staff": ("Least staff: least agents {needed}.", "最低在岗：{needed} 人。"),
}
"""What each target asks for on its own, by `optimizer.staffing.pool.TARGETS`."""

LINES = {
    "rate": (
        "Arrival rate = {calls:g} calls / {per_s:g} s = {calls_per_s:.6g} calls a second.",
        "到达率 = {calls:g} 通 / {per_s:g} 秒 = 每秒 {calls_per_s:.6g} 通。",
    ),
    "load": (
        "Load a = calls x handle time / time = {calls:g} x {handle_time_s:g} / {per_s:g} = {load_erlang:.4f} Erlang.",
        "话务量 a = 来话量 × 平均处理时长 / 时长 = {calls:g} × {handle_time_s:g} / {per_s:g} = {load_erlang:.4f} 爱尔兰。",
    ),
    "idle": ("No calls: no target asks for anybody.", "无来话：各项目标均无需坐席。"),
    "erlang_b": (
        "Erlang B (no place to wait), n = {agents}: P(blocked) = (a^n / n!) / (1 + a + a^2 / 2! + ... + a^n / n!)"
        " = {blocked_rate:.8g}; service level = 1 - P(blocked) = {service_level:.8f}.",
        "Erlang B（不能等候），n = {agents}：P(阻塞) = (a^n / n!) / (1 + a + a^2 / 2! + ... + a^n / n!)"
        " = {blocked_rate:.8g}；服务水平 = 1 − P(阻塞) = {service_level:.8f}。",
    ),
    "erlang_c": (
        "Erlang C (nobody hangs up, no limit to the line), n = {agents}: Erlang B = {erlang_b:.8g};"
        " P(wait) = 1 / (1 + (1/B - 1)(1 - a/n)) = 1 / (1 + (1/{erlang_b:.8g} - 1)(1 - {load_erlang:.4f}/{agents}))"
        " = {wait_probability:.8f}.",
        "Erlang C（无人放弃，排队不限），n = {agents}：Erlang B = {erlang_b:.8g}；"
        "P(等待) = 1 / (1 + (1/B − 1)(1 − a/n)) = 1 / (1 + (1/{erlang_b:.8g} − 1)(1 − {load_erlang:.4f}/{agents}))"
        " = {wait_probability:.8f}。",
    ),
    "level_c": (
        "Service level = 1 - P(wait) exp(-(n - a) T / AHT) = 1 - {wait_probability:.8f} x"
        " exp(-({agents} - {load_erlang:.4f}) x {threshold_s:g} / {handle_time_s:g}) = {service_level:.8f}.",
        "服务水平 = 1 − P(等待) exp(−(n − a) T / 平均处理时长) = 1 − {wait_probability:.8f} ×"
        " exp(−({agents} − {load_erlang:.4f}) × {threshold_s:g} / {handle_time_s:g}) = {service_level:.8f}。",
    ),
    "asa_c": (
        "ASA = P(wait) AHT / (n - a) = {wait_probability:.8f} x {handle_time_s:g} / ({agents} - {load_erlang:.4f})"
        " = {asa_s:.4f} s.",
        "平均应答时间 = P(等待) × 平均处理时长 / (n − a) = {wait_probability:.8f} × {handle_time_s:g} / ({agents} −"
        " {load_erlang:.4f}) = {asa_s:.4f} 秒。",
    ),
    "erlang_a": (
        "Erlang A (callers hang up after {patience_s:g} s on average, no limit to the line), n = {agents}: with"
        " x = a patience / AHT = {x:.4f}, y = n patience / AHT = {y:.4f} and A = 1 + x/(y+1) + x^2/((y+1)(y+2)) + ...,"
        " P(wait) = A / (1/B + A - 1) with Erlang B = {erlang_b:.8g}: {wait_probability:.8f}.",
        "Erlang A（来电者平均 {patience_s:g} 秒后放弃，排队不限），n = {agents}：令 x = a × 平均耐心 / 平均处理时长 = {x:.4f}，"
        "y = n × 平均耐心 / 平均处理时长 = {y:.4f}，A = 1 + x/(y+1) + x^2/((y+1)(y+2)) + ...，P(等待) = A / (1/B + A − 1)，"
        "其中 Erlang B = {erlang_b:.8g}：{wait_probability:.8f}。",
    ),
    "limited_c": (
        "M/M/n/K (nobody hangs up, {room} can wait), n = {agents}, K = {capacity}: with r = a/n and S = 1 + r + ... + r^{room},"
        " P(all busy) = S / (1/B + S - 1) with Erlang B = {erlang_b:.8g}: {wait_probability:.8f};"
        " P(blocked) = r^{room} / (1/B + S - 1) = {blocked_rate:.8g}.",
        "M/M/n/K（无人放弃，最多 {room} 人等候），n = {agents}，K = {capacity}：令 r = a/n，S = 1 + r + ... + r^{room}，"
        "P(全忙) = S / (1/B + S − 1)，其中 Erlang B = {erlang_b:.8g}：{wait_probability:.8f}；"
        "P(阻塞) = r^{room} / (1/B + S − 1) = {blocked_rate:.8g}。",
    ),
    "limited_a": (
        "M/M/n/K+M (callers hang up after {patience_s:g} s on average, {room} can wait), n = {agents}, K = {capacity}:"
        " Erlang A with its sums cut after {room} places, x = a patience / AHT = {x:.4f}, y = n patience / AHT = {y:.4f},"
        " Erlang B = {erlang_b:.8g}: P(all busy) = {wait_probability:.8f}, P(blocked) = {blocked_rate:.8g}.",
        "M/M/n/K+M（来电者平均 {patience_s:g} 秒后放弃，最多 {room} 人等候），n = {agents}，K = {capacity}："
        "Erlang A 的级数在 {room} 个等候位处截断，x = a × 平均耐心 / 平均处理时长 = {x:.4f}，"
        "y = n × 平均耐心 / 平均处理时长 = {y:.4f}，Erlang B = {erlang_b:.8g}："
        "P(全忙) = {wait_probability:.8f}，P(阻塞) = {blocked_rate:.8g}。",
    ),
    "level": (
        "Service level ({definition_words}, T = {threshold_s:g} s), summed exactly over the calls in line: {service_level:.8f}.",
        "服务水平（{definition_words}，T = {threshold_s:g} 秒），对排队人数精确求和：{service_level:.8f}。",
    ),
    "abandonment": (
        "Abandonment = mean queue / (rate x patience) = {mean_queue:.6f} / ({calls_per_s:.6g} x {patience_s:g})"
        " = {abandon_rate:.8f}; answer rate = 1 - abandonment - blocked = {answer_rate:.8f}.",
        "放弃率 = 平均排队人数 / (到达率 × 平均耐心) = {mean_queue:.6f} / ({calls_per_s:.6g} × {patience_s:g})"
        " = {abandon_rate:.8f}；接通率 = 1 − 放弃率 − 阻塞率 = {answer_rate:.8f}。",
    ),
    "asa": (
        "ASA (mean wait of the answered): {asa_s:.4f} s; mean wait of all let in: {mean_wait_s:.4f} s.",
        "平均应答时间（仅已接起）：{asa_s:.4f} 秒；全部进线者平均等待：{mean_wait_s:.4f} 秒。",
    ),
    "occupancy": (
        "Occupancy = a x answer rate / n = {load_erlang:.4f} x {answer_rate:.6f} / {agents} = {occupancy:.2%}.",
        "占用率 = a × 接通率 / n = {load_erlang:.4f} × {answer_rate:.6f} / {agents} = {occupancy:.2%}。",
    ),
    "percentiles": (
        "Half wait at most {wait_p50_s:.2f} s, 90 % at most {wait_p90_s:.2f} s, 95 % at most {wait_p95_s:.2f} s;"
        " of the answered 90 % at most {answered_wait_p90_s:.2f} s.",
        "等待时间：50% 不超过 {wait_p50_s:.2f} 秒，90% 不超过 {wait_p90_s:.2f} 秒，95% 不超过 {wait_p95_s:.2f} 秒；"
        "已接起者 90% 不超过 {answered_wait_p90_s:.2f} 秒。",
    ),
    "binding": ("Binding: {binding_words}, least agents {agents}.", "起决定作用的是：{binding_words}，{agents} 人。"),
    "one_less": (
        "One less, {fewer}: service level {service_level_one_less:.2%}, abandonment {abandon_rate_one_less:.2%},"
        " occupancy {occupancy_one_less:.2%}.",
        "少一人（{fewer} 人）：服务水平 {service_level_one_less:.2%}，放弃率 {abandon_rate_one_less:.2%}，"
        "占用率 {occupancy_one_less:.2%}。",
    ),
    "heads": (
        "Heads = n / (1 - shrinkage) = {agents} / (1 - {shrinkage:g}), rounded up = {heads}.",
        "排班人数 = n / (1 − 损耗率) = {agents} / (1 − {shrinkage:g})，向上取整 = {heads}。",
    ),
}
"""The steps, one line each."""
