"""What the server says besides the page, in Chinese: sign-in, conversations, unanswered questions, limits and faults."""

SIGN_IN = "登录"
SIGN_OUT = "退出登录"
SIGN_IN_FIRST = "请先登录。"
SIGN_IN_WITH = "使用 {provider} 登录"
SIGNED_IN_AS = "您已登录：{name}（{role}）。"
ROLES = {"visitor": "访客", "agent": "客服", "editor": "编辑", "admin": "管理员"}
ACCOUNT = "您的账户"
ACCOUNT_NAME = "用户名"
ACCOUNT_NAME_BAD = "“{name}”不能用作名称：请使用 1 至 {longest} 个可见字符。"
ACCOUNT_NAME_TAKEN = "用户名“{name}”已被使用，请换一个。"
ACCOUNT_EXISTS = "已经有账户了，请登录。"
ACCOUNT_DISABLED = "该账户已停用，请联系管理员。"
PW = "密码"
PW_OLD = "当前密码"
PW_NEW = "新密码"
PW_RULE = "至少 {shortest} 个字符。"
PW_CHANGE = "修改密码"
PW_CHANGED = "密码已修改，其他浏览器已退出登录。"
PW_BLANK = "密码只有空格，请使用含有字母或数字的密码。"
PW_WRONG = "用户名或密码不正确，请重试。"
PW_LENGTH = "密码有 {length} 个字符，请使用 {shortest} 至 {longest} 个字符。"
TOO_MANY_TRIES = "尝试次数过多，请等待{minutes}。"
SIGN_IN_FAILED = "登录失败，请重试。"
SETUP = "创建第一个账户"
SETUP_WHY = "这台服务器还没有任何账户。此账户将成为管理员。"
MAKE_ACCOUNT = "创建账户"
SETUP_LINK_OVER = "该链接无效或已被使用。在还没有账户时，重新启动服务器会显示新的链接。"
BAD_FIELDS = "以下内容缺失或无法识别：{fields}。"
NOT_ALLOWED = "您的账户没有此权限，请联系管理员调整角色。"
WRONG_HOST = "这台服务器不认识“{host}”这个名称；维护者可以在 RAG_TRUSTED_HOSTS 中添加。"
FOREIGN_SITE = "该请求来自其他网站，已被拒绝。"
BAD_REQUEST = "无法读取该请求。"
TOO_LARGE = "请求过大：最多 {most} 字节。"
TOO_SLOW = "该请求未能在{seconds}内发送完毕。"
TOO_OFTEN = "该密钥使用过于频繁，请等待{seconds}后再试。"
NO_PAGE = "没有这个页面。"
NO_PUBLIC_BASE = "请登录后再提问。"

CONVERSATIONS = "对话记录"
NO_CONVERSATION = "找不到这个对话：它可能已被删除、已过期，或属于他人。"
NO_CONVERSATIONS = "还没有记录。您的提问会显示在这里，只有您能看到。"
NO_MATCH = "没有包含“{text}”的对话。"
NOT_KEPT = "这里没有为您保存对话：请登录，或允许本网站使用 Cookie。"
KEPT_VISITOR = "为此浏览器保存，自您最后一次访问起保留{days}，其他人看不到。"
KEPT_ACCOUNT = "保存在您的账户中，其他人看不到。"
SEARCH = "搜索"
SEARCH_HINT = "提问和回答中的词语"
QUESTIONS = {"other": "{n} 个问题"}
MANAGE = "重命名、导出、删除"
TITLE = "标题"
TITLE_EMPTY = "标题为空：请输入标题，或保持原样。"
RENAME = "重命名"
EXPORT_TEXT = "导出为文本"
EXPORT_JSON = "导出为 JSON"
EXPORT_FROM = "{day}与“{base}”的对话"
DELETE_ONE = "永久删除"
DELETE_ALL = "删除全部对话"
DELETE_ALL_SURE = "所有对话都将永久删除，无法恢复。"
DELETED_ALL = "您的对话已删除。"

GAPS = "未能回答的问题"
GAPS_LINK = "未能回答的问题"
GAPS_WHY = "包括未找到答案、转人工和被评为没帮助的问题；意思相同的合并为一条，问得最多的排在前面。"
GAPS_NONE = "没有未能回答的问题。"
GAPS_OF = "知识库"
GAPS_SHOW = "显示"
GAP_KINDS = {
    "refused": {"other": "未找到答案 {n} 次"},
    "handover": {"other": "转人工 {n} 次"},
    "disliked": {"other": "被评为没帮助 {n} 次"},
}
GAP_LAST = "最近一次：{day}"
GAP_ALSO = "其他问法"
GAP_REASONS = "不满意的原因"
GAP_NEAREST = "最接近的段落"
GAP_NOTHING_NEAR = "没有接近的段落。"
GAPS_EARLIER = "问得较少的问题"

FOUND = {
    "same": "",
    "moved": "文档后来有改动，这一段换了位置。",
    "changed": "这一段在被引用之后有改动。",
    "elsewhere": "这一段现在在另一份文档里。",
    "gone": "文档中已没有这一段。",
}
"""What is said of where a passage that was quoted once was found."""

UNAVAILABLE = "暂时无法完成此操作。已通知维护者，请稍后再试。"
WRITING = "另一个程序正在写入文档，请等它结束后再试。"
NOT_THERE = "该内容已不存在。"
TOO_MANY_WAITING = {"other": "您已有 {n} 个问题在等待。请等其中一个答完后再问，大约需要{seconds}。"}
TOO_MANY_ASKED = "您在一分钟内提问过多，请等待{seconds}。"
TOO_MANY_REQUESTS = "请求过多，请等待{seconds}。"
TOO_MANY_UPLOADED = "您在一天内上传的文件已达 {most} MB，请等待{minutes}。"
UPLOAD_WITHOUT_LENGTH = "请注明上传内容的大小（Content-Length）。"
QUEUE_FULL = "现在提问的人很多，请大约{seconds}后再试。"
SERVER_STOPPING = "服务器正在停止，请一分钟后再问。"

DESK = "客服工作台"
WIDGETS = "嵌入其他网站"
WIDGETS_WHY = "将每行代码放到网站页面的末尾或 head 中，仅在该网站有效。点击即可选中。"
WIDGETS_NONE = "还没有聊天小组件。服务器的维护者可以这样创建："
WIDGET_TRY = "在页面中查看"
WIDGET_SIGNED = "该网站会标明用户身份：每位用户的签名由网站自己的服务器生成。"
WIDGET_EXAMPLE = "此页面已嵌入该小组件，效果与网站访客看到的相同。网站页面需要加入："
WIDGET_GUEST = "您在这里是访客；在标明用户身份的网站上，用户可以看到自己以往的对话。"
