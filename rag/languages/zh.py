"""Chinese."""

QUESTION_COLUMNS = frozenset(("问题", "標題", "标题", "問題"))
ANSWER_COLUMNS = frozenset(("答案", "回答", "正文", "内容"))
