"""What the desk refuses, and what is wrong with mails, in Chinese. `{time}` is how long ago."""

ILLEGAL = "“{source}”的对话不能这样变为“{target}”，请重新查看该对话。"
ANSWERED_FIRST = "{name} {time}已回复。您的内容已存为草稿：请先看对方的回复，仍有需要再发送。"
WROTE_FIRST = "客户{time}发来了新消息。您的内容已存为草稿：请先看新消息，再发送。"
CHANGED_FIRST = "{name} {time}更改了此对话，请重新查看。"
NOT_YOURS = "此对话由 {name} 负责，请先接手。"
WRONG_RECIPIENT = "这条回复是写给“{shown}”的，而对话的收件人是“{recipient}”，因此没有发送。"
DESK_FULL = "{name} 已有 {open} 个进行中的对话（上限 {capacity} 个），请先解决、暂缓或转给他人。"
NO_DRAFT = "没有这份草稿，或已超过{days}的保留期而被删除。"
NO_AGENT = "没有名为“{id}”的客服。"
UNFILLED = "回复中的 {variable} 还没有填写，请替换为相应内容。回复没有发送。"
NO_CANNED = "没有这条快捷回复。"
SHORTCODE = "“{code}”不能用作快捷码：请使用 1 至 40 个文字、数字、- 或 _。"
SHORTCODE_TAKEN = "快捷码“{code}”已被使用。"
SCOPE = "“{scope}”不是有效的使用范围：all、team:NAME 或 agent:ID。"
LINE = "{what}：“{value}”无效，须为一行，1 至 {most} 个字符。"
LINES = {"id": "编号", "name": "名称", "team": "团队", "label": "标签", "key": "标识", "code": "代码"}
BAD_PRIORITY = "{value} 不是有效的优先级：0（低）至 3（紧急）。"
UNTIL_PAST = "{until} 已经过去了。"
NO_VIEW = "没有“{view}”这个列表，可用的有：{views}。"
SOMEBODY = "一位同事"

SETTING = "无法使用这些设置：{problem}"
BAD_VALUE = "{name}：“{value}”无效"
BAD_CLOCK = "“{value}”不是有效的时间，正确格式如 09:00 或 24:00"
BAD_ZONE = "“{value}”不是有效的时区，正确格式如 Europe/Berlin"
BAD_WEEK = "给出了 {n} 天的时间，应为 7 天，从星期一开始"
BAD_ORDER = "{day}的时段顺序不对，或有重叠"
BAD_DAY = "“{value}”不是有效的日期，正确格式如 2026-12-25，或表示每年的 12-25"

PROPOSAL_GONE = "这条建议提出后又有新消息，已不再适用，请重新查看该对话。"
NOT_YOUR_BASE = "此对话涉及知识库“{base}”，您无权查看，请联系管理员。"
REPLY_LONG = "回复有 {n} 个字符，超过 {most} 个字符的回复无法核对。"
UNPROVEN = "没有文档可以证明“{text}”，也无人担保：请修改或逐句确认。"
ONLY_INTERNAL = "只有内部文档 {document} 可以证明“{text}”：请修改或逐句确认。"
NO_ANSWER = "没有这条答案，它已被删除。"
ANSWER_CHANGED = "有人刚刚更改了这条答案，请重新查看。"
ANSWER_PUBLISHED = "这条答案已发布，请先撤回。"
ANSWER_UNREVIEWED = "这条答案还不能发布，请先请人审核。"
OWN_REVIEW = "这条答案是您自己写的，发布前请由他人审核。"
ANSWER_EMPTY = "请填写问题和答案。"
QUESTION_LONG = "问题有 {n} 个字符，最多 {most} 个。"
ANSWER_LONG = "答案有 {n} 个字符，最多 {most} 个。"
DUPLICATE = "知识库已有答案，出自 {document}：“{text}”。请修改那份文档；如果您的答案内容不同，也可以仍然发布。"
NOT_READ = "无法将答案读入知识库：{message}"
NO_REPLY = "此对话中没有这条回复。"
NO_FILE = "此对话中没有这个文件。"

MAIL_EMPTY = "[这封邮件没有可以显示的文字，整封邮件保存在对话的文件中。]"
MAIL_PROBLEMS = {
    "large": "邮件有 {mb} MB，超过 RAG_MAIL_MB={most}：只取回了邮件头，邮件仍在邮箱中",
    "files": "邮件有 {n} 个文件，其中 {most} 个单独保存（RAG_MAIL_FILES），全部文件都在邮件原文中",
    "nobody": "邮件没有可以回复的发件人",
    "own": "邮件来自客服工作台自身：有程序把它发出的邮件又退了回来",
    "loop": "{sender} 一小时内发来的邮件超过 {most} 封，可能是循环发送",
    "automatic": "由程序自动发送（{header}）",
    "refused": "{problem}",
    "failed": "邮件未能接收（{kind}），详情见日志，整封邮件保存在此",
    "structure": "无法读取邮件结构（{kind}）",
    "multiparts": "邮件的嵌套部分超过 {most} 个",
    "parts": "邮件的组成部分超过 {most} 个，前面的部分已作为文件保存在对话中",
    "depth": "邮件的嵌套超过 {most} 层",
    "text": "正文有 {n} 个字符，只显示 {most} 个",
    "charset": "正文并非所标明的 {charset} 编码，已尽可能读取",
}
"""What is wrong with a mail, by the kind that is kept with it."""
