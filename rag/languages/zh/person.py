"""What a customer reads about who has their conversation, in Chinese. `{name}` is a person's name, `{n}` a number."""

PERSON = {
    "bot": "当前由助手为您解答。",
    "talk": "转人工",
    "asked": "我想转人工。",
    "waiting": "正在等待人工客服，您排在第 {n} 位。",
    "next": "正在等待人工客服，下一位就是您。",
    "closed": "客服当前不在线，恢复服务时间：{time}。",
    "open": "{name} 正在为您服务。",
    "snoozed": "{name} 稍后会在此处回复您。",
    "resolved": "本次对话已结束。如有需要，请在此继续留言。",
    "back": "返回助手",
    "address": "您的电子邮箱，以便我们回复",
    "leave": "留下邮箱",
    "left": "我们也会将回复发送至 {name}。",
    "rate": "请评价本次服务",
    "stars": "{n} 分（满分 5 分）",
    "comment": "有什么可以改进的？（选填）",
    "rated": "感谢您的评价。",
    "somebody": "客服团队",
    "you": "您",
    "said": "{name} 回复",
    "write": "给 {name} 发消息…",
    "writeteam": "给客服团队发消息…",
    "status-waiting": "您的对话已转交给客服团队。",
    "status-open": "{name} 现在为您服务。",
    "status-released": "您的对话正在等待其他客服接待。",
    "status-bot": "助手继续为您解答。",
    "status-resolved": "本次对话已结束。",
    "status-reopened": "您的对话已重新打开。",
}

WITH_PEOPLE = "此对话现由人工客服处理，助手不再回答。"
NO_CASE = "客服处没有此对话：可能已被删除、已过期，或从未转交。"
NO_ADDRESS = "“{address}”不是有效的电子邮箱地址，正确格式如 name@example.com。"
NO_MAIL = "我们不通过电子邮件回复，请在此对话中查看回复。"
TEXT_EMPTY = "内容为空。"
TEXT_TOO_LONG = "内容有 {n} 个字符，最多可发送 {most} 个。"
RATING_BAD = "{value} 不是有效的评分，请给 1 到 5 分。"
NOT_RATED = "对话结束后才能评分。"
KEY_USED = "标识“{key}”已用于另一条内容；每条消息须使用各自的标识。"
NOT_NOW = "对话当前的状态不支持此操作。"
