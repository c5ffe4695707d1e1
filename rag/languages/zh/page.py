"""What the page says, in Chinese: simplified characters, which readers of traditional ones are shown too."""

LOCALE = "zh_Hans_CN"  # of Babel: dates, numbers, plural forms
TAG = "zh-CN"  # of BCP 47, as HTML and browsers name it
OWN_NAME = "中文"
COLON = "："
COMMA = "、"
FULL_STOP = "。"
SPACE = ""  # between sentences

NAME = "Footnote"
TAGLINE = "答案出自您的文档，字字有据。"
TAB_CHAT = "问答"
TAB_KNOWLEDGE = "文档"

BASE = "知识库"
NO_BASE = "没有名为“{name}”的知识库。"
LANGUAGE = "语言"
SKIP = "跳至主要内容"

QUESTION = "您的问题"
QUESTION_HINT = "请输入问题…"
SEND = "发送"
STOP = "停止"
CLEAR = "新对话"

WELCOME = "您想了解什么？"
WELCOME_BASE = "我根据 {files}（共 {passages}）回答，并标出每个答案所依据的原文。"
WELCOME_EMPTY = "目前还没有可供查阅的文档。请先在“文档”页添加，再回到这里提问。"
WELCOME_READING = "正在读取文档。现在就可以提问，回答会以目前已读取的内容为准。"
WELCOME_EXAMPLES = "可以这样问"

YOU = "您的提问"
SEARCHING = "正在查找…"
CHECKING = "草稿，正在核对…"
STOPPED = "已停止"
FAILED = "出错了"
STATUS = {
    "answered": "已回答",
    "quoted": "引自文档原文",
    "refused": "未找到答案",
    "social": "闲聊",
    "handover": "人工服务",
}
STATUS_HINT = {
    "answered": "由语言模型撰写，并已与原文逐字核对",
    "quoted": "这是文档的原文：模型的草稿依据不足，未予采用",
    "refused": "没有任何段落能回答这个问题",
    "social": "这条消息不涉及文档内容",
    "handover": "此问题需由人工客服处理",
}
CHOICES = "选择回答"
SAY_ANSWER = "{status}：{text}"
SAY_FAILED = "{status}：{problem}"
LEFT_OUT = "已略去：模型另外写的、没有依据的内容"
STOPPED_EARLY = "还没开始写就停止了。"
SOURCE = "来源 {n}：{title}"
UNSUPPORTED = "这些文字没有原文依据"
UNSUPPORTED_LEGEND = "标有点状下划线的文字没有来源。"
FROM = {"answered": "根据来源", "quoted": "引自来源"}
CONFIDENCE = ((0.6, "较可信"), (0.3, "请核对来源"), (0.0, "不确定"))
SECONDS = "{seconds} 秒"
SEARCHED = "查找内容"
CLOSEST = "最接近的内容"

COPY = "复制"
COPIED = "已复制"
RETRY = "重新回答"
EDIT = "修改"
EDIT_SEND = "按此提问"
LIKE = "有帮助"
DISLIKE = "没帮助"
DISLIKE_WHY = "哪里不对？"
DISLIKE_COMMENT = "选填：文档中的正确答案，或补充说明"
DISLIKE_SEND = "提交反馈"
REASONS = {
    "wrong": "答错了",
    "incomplete": "不完整",
    "evidence": "来源里没有这么说",
    "outdated": "内容过时",
    "other": "其他",
}
THANKS = "谢谢，已记录。"

TABLE = "表格"

EVIDENCE = "依据"
EVIDENCE_EMPTY = "答案所依据的段落会显示在这里，关键文字会标出来。"
EVIDENCE_READING = "正在阅读这些段落…"
EVIDENCE_SOCIAL = "这条消息无需查找文档。"
EVIDENCE_NONE = "没有接近的段落。"
EVIDENCE_REFUSED = "这些段落最接近，但都不能回答这个问题。"
EVIDENCE_CLOSEST = "接近但未采用：{passages}"
PASSAGES = {"other": "{n} 个段落"}
FILES = {"other": "{n} 个文件"}
SCORE = "把握 {score}"
SCORE_HINT = "这一段正是答案所在的可能性，根据已知答案的问题测得"
PAGE = "第 {page} 页"
# What a source says of its age and language.
AS_OF = "内容截至{date}"
VALID_SINCE = "{date}起有效"
VALID_TO = "有效期至{date}"
OTHER_EDITION = "还找到另一版本：{document}，{edition}"
NO_LONGER_VALID = "已失效"
VERSION = "版本 {version}"
FOREIGN = "出自{language}页面"
INTERNAL = "仅限内部"
OCR = "由文字识别读取"
OCR_HINT = "这些文字是从图片中识别的，可能有错字，请与文档核对。"
WEIGHT = "权重 {weight}"
WEIGHT_ANSWER = "答案，权重 {weight}"
OPEN = "在文档中查看"
BACK = "回到答案"

VIEWER_RANGE = "第 {start} 至 {end} 字，共 {length} 字"
VIEWER_EARLIER = "上一页"
VIEWER_LATER = "下一页"
VIEWER_CLOSE = "关闭"

ADD = "添加文档"
ADD_HINT = "将文件拖到这里，或点击选择：{suffixes}。每个文件不超过 {megabytes} MB。"
ADD_FOR = "可见范围"
ADD_FOR_ALL = "所有人（文件另有说明的除外）"
ADDED_INTERNAL = "仅限内部可见：给访客的回答不会用到它，访客在列表中也看不到它。"
FILTER = "筛选"
FILTER_HINT = "按名称或标题筛选"
DOCUMENTS = "文档"
FILE_STATES = {"ready": "就绪", "pending": "等待中", "quarantined": "无法读取", "stopped": "已停止"}
FILE_COLUMNS = ("文档", "状态", "段落", "大小")
FILES_NONE = "还没有文档，请在上方添加。"
FILES_NO_MATCH = "没有与“{filter}”匹配的文档。"
FILES_MORE = "共 {all} 个，仅列出前 {shown} 个。其余的请用筛选查找。"
REPORT_MORE = "另有 {n} 个，见下方列表"
ROWS = {"other": "{n} 条"}
VIEW = "查看"
REREAD = "重新读取"
DELETE = "删除"
DELETE_SURE = "删除“{name}”？删除后，回答将不再用到它。"
DELETE_YES = "确认删除"
DELETED = "已删除 {name}。"
STOPPED_FILE = "{name} 没有读完，读取已被停止：请重新读取或删除"
REPORT = "新增 {added} 个，替换 {replaced} 个，未变 {unchanged} 个"
REPORT_FAILED = "；{files}无法读取"
REPORT_STOPPED = "已停止：{done}"
REPORT_NOT_READ = "；{files}未读取"
LEFT_OUT_OF_FILE = "未读取：{parts}"
LEFT_OUT_PARTS = {
    "hidden sheets": {"other": "{n} 个隐藏的工作表"},
    "hidden rows": {"other": "{n} 个隐藏的行"},
    "hidden columns": {"other": "{n} 个隐藏的列"},
    "formulas without a value": {"other": "{n} 个没有值的公式"},
    "pictures without text": {"other": "{n} 张没有文字的图片"},
    "rows without an answer": {"other": "{n} 行没有答案的内容"},
    "lines that are no JSON": {"other": "{n} 行非 JSON 内容"},
    "unreadable parts": {"other": "{n} 处无法读取的内容"},
    "pages without text": {"other": "{n} 个没有文字的页面"},
}
LEFT_OUT_WHERE = "{part}（{where}）"
LEFT_OUT_FIRST = "{part}（第一处：{where}）"
REPORT_LEFT_OUT = "；{files}有部分内容未读取"
ACTIVITY = "正在读取文档"
ACTIVITY_FILES = "文件 {done}/{total}"
ACTIVITY_PASSAGES = "已索引段落 {done}/{total}"
ACTIVITY_STARTS = "正在准备…"
ACTIVITY_WAITS = "另一个程序正在写入这些文档，待其结束后会读取新内容。"
STOP_READING = "停止"
STOPPING = "正在停止…"
NOTICE = "提示"
UPLOADED = "已上传"
UNEXPECTED = "我们这边出了点问题，已记录下来，请重试。"
