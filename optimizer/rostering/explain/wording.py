"""What an explanation of a roster says, in English and Chinese; the numbers are filled in by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from data.model.people import Wish
from optimizer.rostering import goals, rules
from optimizer.rostering.explain.conflict import AgentConflict, Repair
from optimizer.rostering.explain.demand import Help, Unmet
from optimizer.rostering.explain.law import LEAVE, LINE_MINUTES
from optimizer.rostering.explain.shift import Alternative, ShiftReason, WishReason
from optimizer.rostering.explain.short import PLACES, ShortReason
from optimizer.rostering.explain.stage import SMALL
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue

WORST = 10
"""Intervals out of reach that are told one by one (house choice)."""

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "shift": "{agent} on {day}: {code}.",
        "frozen": "The day stood before this version was made: nothing was chosen.",
        "without": "A day off instead, everything else as it is, would cost {total} = {parts}.",
        "best": "Whatever else stands on this day, no legal line of the agent costs less while all others keep theirs.",
        "improvable": "A cheaper legal line exists ({total}): the search ended before it was found.",
        "legal": "{code}: {total} = {parts}{also}.",
        "same": "{code}: costs the same{also}.",
        "also": "; with it {changes}",
        "illegal": "{code}: forbidden, no line keeps {rules}.",
        "barred": "{code}: out of the question, the contract or the days that already stand leave no room for it.",
        "short": "{queue} {start}: {required:g} required, {serving} serving: {missing:g} missing.",
        "places": "{agents} agents = {serving} serving + {elsewhere} on other queues + {meal} at a meal or break + "
        "{leave} on leave + {forbidden} kept away by rules + {costly} who could come at a price + {unskilled} without the skill.",
        "kept": "{count} kept away: no line keeps {rules}.",
        "kept_by_contract": "{count} kept away: no shift of the contract holds the interval, or its days already stand.",
        "cheapest": "Least price of one more: {agent} with {alternative}",
        "wish": "{agent} wished for {day}: {what} (rank {rank}).",
        "off": "a day off",
        "on": "shift {shift}",
        "avoid": "not shift {shift}",
        "granted": "Granted: {code}.",
        "refused": "Not granted, {code} stands. To grant it: {alternative}",
        "stuck": "Not granted, {code} stood before this version was made.",
        "conflict": "No legal line: no line keeps {rules}. Agents: {agents}.",
        "no_room": "No legal line: contract and days that already stand leave no line, whatever rule is relaxed. Agents: {agents}.",
        "repair": "- relax {rules}: {breaches}; coverage {coverage:+.2f} at shadow prices, {hours:g} paid hours{moves}.",
        "breach": "{message}, beyond by {amount:g}",
        "move": "leave of {before} could move to {after} instead",
        "all_legal": "Every agent has a legal line.",
        "unmet": "{count} intervals want more agents than could legally be there; cost at least {cost:.2f} whatever is rostered.",
        "unmet_slot": "{queue} {start}: {required:g} required, at most {most:g} could be there: {missing:g} missing, cost "
        "{missing:g} x {price:g} = {cost:.2f}.",
        "all_met": "No interval wants more agents than could legally be there.",
        "overtime": "- {queue}: overtime of up to {agents} agents, {hours:g} hours{cost}: saves {saved:.2f}.",
        "skills": "- {queue}: teach it to up to {agents} agents whom their own queues do not need: saves {saved:.2f}.",
        "hire": "- {queue}: one more agent on contract {contract}, {hours:g} paid hours{cost}: saves {saved:.2f} at shadow prices.",
        "at_cost": " at {cost:.2f}",
        "no_help": "- Neither overtime nor other skills help; fewer calls, other shifts or looser rules would.",
        LEAVE: "leave stands on its days",
        LINE_MINUTES: "the paid minutes of the open days stay as they were",
        "and": " with ",
        "comma": ", ",
        "legend": "  {name}: {sentence}",
    },
    "zh": {
        "shift": "{agent}，{day}：{code}。",
        "frozen": "该日在本版本之前已定，未作选择。",
        "without": "若改为休息而其他不变，成本变化 {total} = {parts}。",
        "best": "其他坐席不变时，该日改排其他符号，该坐席没有成本更低的合规班表。",
        "improvable": "存在成本更低的合规班表（{total}）：搜索结束前未找到。",
        "legal": "{code}：{total} = {parts}{also}。",
        "same": "{code}：成本相同{also}。",
        "also": "；同时 {changes}",
        "illegal": "{code}：不可行，没有班表能同时满足 {rules}。",
        "barred": "{code}：不可行，合同或已定的日期不允许。",
        "short": "{queue} {start}：需求 {required:g} 人，在岗服务 {serving} 人，缺 {missing:g} 人。",
        "places": "坐席 {agents} 人 = 服务本队列 {serving} + 服务其他队列 {elsewhere} + 用餐或小休 {meal} + 休假 {leave} + "
        "受规则限制 {forbidden} + 可到岗但有代价 {costly} + 无此技能 {unskilled}。",
        "kept": "受限 {count} 人：没有班表能同时满足 {rules}。",
        "kept_by_contract": "受限 {count} 人：合同班次不含该时段，或相关日期已定。",
        "cheapest": "增加一人的最低代价：{agent}，{alternative}",
        "wish": "{agent} 对 {day} 的愿望：{what}（等级 {rank}）。",
        "off": "休息",
        "on": "班次 {shift}",
        "avoid": "不排班次 {shift}",
        "granted": "已满足：{code}。",
        "refused": "未满足，现排 {code}。若满足：{alternative}",
        "stuck": "未满足，{code} 在本版本之前已定。",
        "conflict": "无合规班表：没有班表能同时满足 {rules}。坐席：{agents}。",
        "no_room": "无合规班表：合同与已定日期之下，放宽任何规则都没有班表。坐席：{agents}。",
        "repair": "- 放宽 {rules}：{breaches}；按影子价格覆盖成本变化 {coverage:+.2f}，计薪 {hours:g} 小时{moves}。",
        "breach": "{first} 至 {last} 实际 {measured:g}、限值 {limit:g}、超出 {amount:g}",
        "move": "{before} 的休假可改到 {after}",
        "all_legal": "每位坐席都有合规班表。",
        "unmet": "有 {count} 个时段的需求超过可合规到岗的人数；无论如何排班，成本至少 {cost:.2f}。",
        "unmet_slot": "{queue} {start}：需求 {required:g} 人，至多可到岗 {most:g} 人，缺 {missing:g} 人，"
        "成本 {missing:g} × {price:g} = {cost:.2f}。",
        "all_met": "没有时段的需求超过可合规到岗的人数。",
        "overtime": "- {queue}：至多 {agents} 名坐席加班，共 {hours:g} 小时{cost}：节省 {saved:.2f}。",
        "skills": "- {queue}：培训至多 {agents} 名所在队列有余的坐席：节省 {saved:.2f}。",
        "hire": "- {queue}：按合同 {contract} 增加一名坐席，计薪 {hours:g} 小时{cost}：按影子价格节省 {saved:.2f}。",
        "at_cost": "，成本 {cost:.2f}",
        "no_help": "- 加班和技能培训均无帮助；可减少来电、调整班次或放宽规则。",
        LEAVE: "休假落实在所批日期",
        LINE_MINUTES: "开放日期的计薪分钟保持不变",
        "and": " 与 ",
        "comma": "，",
        "legend": "  {name}：{sentence}",
    },
}


def tell_shift(problem: RosterProblem, reason: ShiftReason, tongue: Tongue) -> list[str]:
    """Why an agent has a shift on a day, line by line."""
    words = WORDS[tongue]
    lines = [words["shift"].format(agent=reason.agent, day=reason.day, code=reason.code)]
    if reason.frozen:
        return [*lines, words["frozen"]]
    if reason.without:
        lines.append(words["without"].format(total=_total(reason.without), parts=_parts(reason.without)))
    cheapest = min((other.cost for other in reason.alternatives), default=0.0)
    lines.append(words["best"] if reason.best else words["improvable"].format(total=f"{cheapest:+.2f}"))
    lines += [tell_alternative(other, tongue) for other in reason.alternatives]
    named = [name for other in reason.alternatives for name in (*other.costs, *other.forbidden)]
    return lines + legend(problem, [*reason.without, *named], tongue)


def tell_alternative(other: Alternative, tongue: Tongue) -> str:
    """What another symbol would take."""
    words = WORDS[tongue]
    if not other.legal:
        return words["illegal" if other.forbidden else "barred"].format(code=other.code, rules=_joined(other.forbidden, tongue))
    moved = words["comma"].join(_change(*change) for change in other.changes)
    also = words["also"].format(changes=moved) if moved else ""
    form = words["legal" if other.costs else "same"]
    return form.format(code=other.code, total=_total(other.costs), parts=_parts(other.costs), also=also)


def tell_short(problem: RosterProblem, reason: ShortReason, tongue: Tongue) -> list[str]:
    """Why an interval has the agents that it has, line by line."""
    words, counts = WORDS[tongue], {place: reason.counts[place] for place in PLACES}
    start = f"{reason.start:%Y-%m-%d %H:%M}"
    numbers = counts | {"queue": reason.queue, "start": start, "required": reason.required, "missing": reason.missing}
    lines = [words["short"].format(**numbers), words["places"].format(agents=sum(counts.values()), **counts)]
    for names, count in reason.forbidden.items():
        lines.append(words["kept" if names else "kept_by_contract"].format(count=count, rules=_joined(names, tongue)))
    named = [name for names in reason.forbidden for name in names]
    if reason.alternative is not None:
        lines.append(words["cheapest"].format(agent=reason.agent, alternative=tell_alternative(reason.alternative, tongue)))
        lines += [words["improvable"].format(total=_total(reason.alternative.costs))] * (reason.alternative.cost < -SMALL)
        named += reason.alternative.costs
    return lines + legend(problem, named, tongue)


def tell_wish(problem: RosterProblem, reason: WishReason, tongue: Tongue) -> list[str]:
    """What became of a wish, line by line."""
    words, wish = WORDS[tongue], reason.wish
    lines = [words["wish"].format(agent=wish.agent, day=wish.day, what=_wished(wish, tongue), rank=wish.rank)]
    if reason.granting is None:
        return [*lines, words["granted" if reason.granted else "stuck"].format(code=reason.code)]
    lines.append(words["refused"].format(code=reason.code, alternative=tell_alternative(reason.granting, tongue)))
    if reason.granting.cost < -SMALL:
        lines.append(words["improvable"].format(total=_total(reason.granting.costs)))
    return lines + legend(problem, [*reason.granting.costs, *reason.granting.forbidden], tongue)


def tell_conflicts(problem: RosterProblem, found: Sequence[AgentConflict], tongue: Tongue) -> list[str]:
    """Who has no legal line and why, agents in the same place together, with the repairs."""
    words, alike = WORDS[tongue], dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]]()
    for one in found:
        told = tuple(_repair(repair, tongue) for repair in one.repairs)
        alike.setdefault((one.rules, told), []).append(one.agent)
    lines = [] if found else [words["all_legal"]]
    for (names, told), agents in alike.items():
        form = words["conflict" if names else "no_room"]
        lines += [form.format(rules=_joined(names, tongue), agents=words["comma"].join(agents)), *told]
    named = [name for one in found for name in (*one.rules, *(rule for repair in one.repairs for rule in repair.rules))]
    return lines + legend(problem, named, tongue)


def tell_demand(found: Sequence[Unmet], helps: Sequence[Help], tongue: Tongue) -> list[str]:
    """Demand out of reach and what would help, line by line."""
    words = WORDS[tongue]
    if not found:
        return [words["all_met"]]
    lines = [words["unmet"].format(count=len(found), cost=sum(one.cost for one in found))]
    for one in found[:WORST]:
        numbers = {"required": one.required, "most": one.most, "missing": one.missing, "cost": one.cost}
        price, start = one.cost / one.missing, f"{one.start:%Y-%m-%d %H:%M}"
        lines.append(words["unmet_slot"].format(queue=one.queue, start=start, price=price, **numbers))
    return lines + ([_help(one, tongue) for one in helps] or [words["no_help"]])


def legend(problem: RosterProblem, names: Iterable[str], tongue: Tongue) -> list[str]:
    """What each rule and goal says, once each."""
    form = WORDS[tongue]["legend"]
    return [form.format(name=name, sentence=_sentence(problem, name, tongue)) for name in dict.fromkeys(names)]


def _sentence(problem: RosterProblem, name: str, tongue: Tongue) -> str:
    """What a rule or a goal says, its numbers filled in."""
    for spec in problem.rulebook.rules:
        if spec.id == name:
            return rules.kinds()[spec.kind].sentence(rules.params_of(spec), tongue)
    told = [spec for spec in problem.rulebook.goals if f"goal.{spec.kind}" == name]
    kinds = [(goals.kinds()[spec.kind], spec.numbers) for spec in told]
    return " ".join(goal.sentence(goal.Params.model_validate(numbers), tongue) for goal, numbers in kinds) or WORDS[tongue][name]


def _repair(repair: Repair, tongue: Tongue) -> str:
    words = WORDS[tongue]
    moves = [words["move"].format(before=before, after=after) for before, after in repair.moves]
    return words["repair"].format(
        rules=_joined(repair.rules, tongue),
        breaches=words["comma"].join(words["breach"].format(**asdict(breach)) for breach in repair.breaches),
        coverage=repair.coverage,
        hours=repair.paid_minutes / 60,
        moves="".join(f"; {move}" for move in moves),
    )


def _help(one: Help, tongue: Tongue) -> str:
    words = WORDS[tongue]
    cost = "" if one.cost != one.cost else words["at_cost"].format(cost=one.cost)
    numbers = {"agents": one.agents, "contract": one.contract, "saved": one.saved, "hours": one.minutes / 60}
    return words[one.kind].format(queue=one.queue, cost=cost, **numbers)


def _wished(wish: Wish, tongue: Tongue) -> str:
    return WORDS[tongue][wish.kind].format(shift=wish.shift)


def _change(day: date, before: str, after: str) -> str:
    return f"{day:%m-%d} {before} -> {after}"


def _total(costs: Mapping[str, float]) -> str:
    return f"{sum(costs.values()):+.2f}"


def _parts(costs: Mapping[str, float]) -> str:
    return " ".join(f"{value:+.2f} {name}" for name, value in costs.items())


def _joined(names: Iterable[str], tongue: Tongue) -> str:
    return WORDS[tongue]["and"].join(names)
