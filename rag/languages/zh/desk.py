"""What agents read at the desk, in Chinese. `{time}` is a span of time, or how long ago."""

DESK = "客服工作台"
SKIP = "跳到对话"
SEARCH = "搜索"
SEARCH_HINT = "搜索对话"
SEARCH_NONE = "没有包含“{text}”的对话。"
SEARCH_EMPTY = "请输入姓名、地址、标签或对话中的文字。"
NUMBERS = "统计"
SETTINGS = "设置"
GAPS = "知识缺口"
PAGE = "问答页面"
QUEUES = "对话列表"
VIEWS = {"mine": "我的", "waiting": "等待中", "team": "我的团队", "snoozed": "已暂缓", "all": "未解决"}
LATE = "{n} 个逾期"
PRIORITIES = {"low": "低", "normal": "普通", "high": "高", "urgent": "紧急"}
PRIORITY = "优先级：{name}"
STATES = {"bot": "机器人处理中", "waiting": "等待中", "open": "处理中", "snoozed": "已暂缓", "resolved": "已解决"}
OVERDUE = "逾期{time}"
DUE = "{time}到期"
WAITS = "已等待{time}"
JUST_NOW = "刚刚"
OWNED = "{name} 负责"
MINE = "由您负责"
UNTIL = "至 {time}"
UNTIL_REPLY = "至客户回复"
UNKNOWN = "访客 {n}"

EMPTY = {
    "mine": "您目前没有对话。",
    "waiting": "没有人在等待。",
    "team": "您的团队目前没有对话。",
    "snoozed": "没有暂缓的对话。",
    "all": "没有未解决的对话。",
}
EMPTY_FIRST = "客户在聊天页面或小组件中要求转人工时，对话会出现在这里。接下来："
EMPTY_STEPS = (
    "打开“等待中”，从第一个开始：逾期的排在最前，其次是紧急的，再按等待时间排列。",
    "看看机器人已经试过什么，接手对话，然后回复。您输入的内容会随时保存。",
    "在回复中输入 / 可使用快捷回复。内部备注只给同事看，客户看不到。",
    "处理完就标为已解决；也可以暂缓到某个时间，或到客户回复为止。",
)
EMPTY_KEYS = "所有操作都有快捷键，按 ? 查看。"
EMPTY_OTHERS = {"other": "有 {n} 个对话在等待："}
EMPTY_OPEN_WAITING = "打开“等待中”"

BACK = "返回列表"
NEXT = "下一个"
PREVIOUS = "上一个"
CLAIM = "接手"
TAKE_OVER = "由我接手"
ASSIGN = "转派"
ASSIGN_TO = "转派给"
TO_WAITING = "放回等待列表"
TO_BOT = "交给机器人"
SNOOZE = "暂缓"
SNOOZES = {"hour": "1 小时", "afternoon": "4 小时", "tomorrow": "明天", "week": "一周后", "reply": "等客户回复"}
SNOOZE_UNTIL = "暂缓至"
RESOLVE = "解决"
RESOLVE_NEXT = "解决并看下一个"
REOPEN = "重新打开"
WAKE = "恢复处理"
LABELS = "标签"
LABEL_NEW = "新标签"
MORE = "更多"
PRIORITY_SET = "优先级"
TEAM = "团队"
SAVE = "保存"
ADD = "添加"
REMOVE = "删除"

REPLY = "回复"
NOTE = "内部备注"
REPLY_HINT = "回复客户。输入 / 可使用快捷回复。"
NOTE_HINT = "仅同事可见，客户看不到。"
SEND = "发送"
ADD_NOTE = "添加备注"
TO = "发送给"
NOT_TO = "仅同事可见"
CANNED = "快捷回复"
CANNED_NONE = "还没有快捷回复，请在“设置”中添加。"
DRAFT_SAVED = "草稿已保存"
DRAFT_UNSAVED = "草稿尚未保存，正在重试"
DRAFT_LONG = "内容过长：只有前 {most} 个字符存为草稿，且无法发送"
DISCARD = "放弃草稿"
RESTORE = "找回放弃的草稿"
SENDING = "正在发送…"
SENT = "已发送。"
NOTED = "备注已添加。"
CUSTOMER_WROTE = "您输入时客户发来了新消息。您的内容仍在这里。"
READDRESSED = "客户留下了新的地址，您的回复现在将发送给 {name}。您的内容仍在这里。"
ELSEWHERE = "您在另一个标签页中写了不同的内容。此标签页保留自己的文字，另一份是："
TAKE_OTHER = "改用另一份继续写"
KEEP_MINE = "保留这一份"
KEY_USED = "您的第一份内容已经发送。之后改动的内容仍在这里。"
DELETED = "此对话已被删除。"
FAILED = "操作失败。您的内容仍在这里。"
UNSURE = "发送时连接中断。请再次发送，不会重复送达。"
ANSWERED = "您输入时 {name} 已回复。您的内容仍在这里。"
ANSWERED_AGO = "{name} 已回复（{time}）。您的内容没有发送，仍在这里。"
READ = "我已阅读"
STALE = "与客服工作台的连接已断开。显示的内容可能不是最新的，恢复连接后才能发送。"
BACK_AGAIN = "连接已恢复。"
ASSIGNED = "{name} 的对话现在由您负责。"
SEARCH_FOR = "搜索“{text}”"
WRITING = {"other": "{names} 正在输入"}

TIMELINE = "对话"
CUSTOMER = "客户"
CUSTOMER_NAME = "姓名"
CUSTOMER_ADDRESS = "地址"
CUSTOMER_CHANNEL = "来源"
CUSTOMER_BASE = "知识库"
CHANNELS = {"page": "聊天页面", "widget": "小组件", "api": "程序", "mail": "电子邮件"}
HISTORY = "以往的对话"
HISTORY_NONE = "这是第一次对话。"
REASON = "转人工原因"
REASONS = {
    "customer_request": "客户要求转人工",
    "missing_knowledge": "文档中没有答案",
    "unsupported_request": "机器人无法处理",
    "policy_restriction": "须由人工处理",
    "tool_failure": "机器人出错",
    "pending_clarification": "不清楚客户的问题",
    "usage_limit": "提问过多",
    "complaint": "投诉",
    "low_confidence": "机器人没有把握",
    "direct": "直接联系人工",
}
BOT = "机器人"
AGENT_IS_GONE = "已离职的同事"
DELIVERED = "已送达"
WAITING_TO_SEE = "待送达"
NOT_MAILED = "未发送邮件：没有设置 RAG_MAIL_SMTP"
NO_MAIL_TO = "不会向 {address} 发送邮件：没有设置 RAG_MAIL_SMTP"

KEYS = "快捷键"
KEYS_ON = "启用单键快捷键（仅此浏览器）"
CLOSE = "关闭"
PALETTE = "您想做什么？"
CTRL = "Ctrl"
KEY_NAMES = {
    "j k": "下一个、上一个",
    "Enter": "打开",
    "c": "接手",
    "r": "回复",
    "n": "内部备注",
    "e": "解决",
    "E": "解决并看下一个",
    "z": "暂缓",
    "a": "转派",
    "l": "标签",
    "m": "优先级、团队",
    "s": "建议的出处",
    "Tab": "回复为空时：采用建议",
    "/": "快捷回复；在列表中：搜索",
    "Ctrl Enter": "发送",
    "Ctrl K": "按名称查找所有操作",
    "Esc": "关闭、离开输入框、返回列表",
    "?": "显示快捷键",
}

NUMBERS_OF = "最近"

NOT_ON = "客服工作台未启用。有账户具有 agent 角色，或设置 RAG_DESK=on 后即启用。"
NO_CANNED = "没有这条快捷回复。"
LOCAL = "客服"
HERE = "在线"
AWAY = "离开"
GONE = "不在线"
HERE_WHY = "您目前为在线状态。点击可切换为离开：重新打开的对话会进入等待列表，不再分给您。"
AWAY_WHY = "您目前为离开状态：重新打开的对话会进入等待列表，不会分给您。点击可切换为在线。"
BE_AWAY = "切换为离开"
BE_HERE = "切换为在线"
SHOW = "显示"
SHOW_MORE = "显示更多"
TOOLS = "操作"
NO_TEAM = "所有团队"
WRITE = "输入"
SOURCES = "出处"
RATING = "评价"
NO_TIME = "“{value}”不是将来的时间。"
ANYWAY = "仍然继续"
ANSWERS = {
    "answered": "已根据文档核对",
    "quoted": "引自文档",
    "refused": "文档中没有答案",
    "handover": "已转人工",
    "none": "机器人没有给出回答：出错或被停止",
}
THE_CUSTOMER = "客户"
BY_ITSELF = "客服工作台"
TAKEN_OVER = "{who} 接手了对话"
DONE = {
    "hand_over": "已转人工。{reason}",
    "begun": "",
    "claim": "{who} 已接手",
    "assign": "{who} 将对话转派给 {to}",
    "release": "{who} 将对话放回等待列表",
    "time_out": "未及时回复：已放回等待列表",
    "give_back": "{who} 将对话交给了机器人",
    "back_to_bot": "{who}返回了机器人",
    "snooze": "{who} 暂缓了对话",
    "wake": "{who} 恢复了处理",
    "resolve": "{who} 解决了对话",
    "reopen": "{who} 重新打开了对话",
    "labelled": "{who} 更改了标签",
    "priority": "{who} 更改了优先级",
    "team": "{who} 更改了团队",
    "address": "{who}留下了地址",
    "recipient": "{who} 更改了收件人",
    "rated": "{who}评了 {value} 分（满分 5 分）",
    "mail": "程序发来一封邮件，已另行存放",
    "undelivered": "有一条回复无法送达，客户没有收到",
}
"""What an event is to read; `who` did it, `to` whom, `value` of what."""
NUMBERS_NOTE = "首次回复用时包括所有时间，不在服务时段内的也计入。这里不对客服进行排名。"
NUMBER_CAME = "转人工"
NUMBER_FIRST = "首次回复，半数不超过"
NUMBER_FIRST_90 = "首次回复，九成不超过"
NUMBER_RESOLVED = "已解决"
NUMBER_REOPENED = "客户重新打开"
NUMBER_RATING = "评分，{n} 次平均"
NUMBER_ALONE = "无需人工，共 {n} 个对话"
BY_LABEL = "按标签"
BY_BASE = "按知识库"
SAVED = "已保存。"
NOT_SET = "无法保存：{problem}"
NO_SPAN = "“{value}”不是有效的时段，正确格式如 09:00-17:00"
NO_NUMBER = "“{value}”不是数字"
CANNED_WHY = "输入 / 和名称即可插入。{customer}、{agent}、{conversation} 和 {base} 会自动替换。"
CANNED_HINT = "{customer}您好，我是{agent}。…"
SHORTCODE = "名称，在 / 之后输入"
SHORTCODE_HINT = "您好"
TEXT = "内容"
SCOPE = "适用于"
SCOPE_OWN = "仅自己"
SCOPES = {"all": "所有人"}
HOURS = "服务时间和目标"
HOURS_WHY = "客户会看到何时有人在线；没有人在线时，目标不计时。格式如 09:00-12:00, 13:00-17:00；留空表示不服务。"
ZONE = "时区"
CLOSED = "休息"
HOLIDAYS = "休息日，用空格分隔；不写年份则每年有效"
TARGETS = {
    "first_minutes": "首次回复的分钟数（0：无目标）",
    "next_minutes": "之后每次回复的分钟数（0：无目标）",
    "assign_minutes": "超过多少分钟未回复就放回等待列表（0：从不）",
    "reopen_days": "客户在多少天内来信会重新打开已解决的对话",
    "capacity": "每位客服同时处理的对话数",
}
AGENTS = "客服和团队"
AGENTS_WHY = "所有打开过客服工作台的人。账户用 `rag accounts add NAME --role agent` 创建。"
TEAMS = "团队"
TEAMS_HINT = "账单, 退货"
CAPACITY = "上限"
YOUR_NAME = "客户看到的姓名"
YOUR_NAME_WHY = "显示在您的回复上方，不能用于登录；留空则使用账户名。"
SETTINGS_OTHERS = "服务时间、目标、团队和公共快捷回复由编辑和管理员设置。"
