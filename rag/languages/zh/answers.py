"""What is said in the language of a message, in Chinese: refusals, replies, hand-over."""

MESSAGE_EMPTY = "问题为空：请输入您想了解的内容。"
MESSAGE_TOO_LONG = "问题有 {characters} 个字符，请控制在 {most} 个字符以内。"
VERDICTS = {"yes": "是的。", "no": "否。"}
ASK_BACK = "您指的是哪一个：{choices}？"
REFUSAL = "文档里没有找到能回答这个问题的内容。"
NO_DOCUMENTS = "目前还没有可供查阅的文档。"
REPLIES = {
    "greeting": "您好！想了解什么请直接问，我会根据这里的文档帮您解答。",
    "thanks": "不客气！还有其他问题，随时问我。",
    "bye": "再见，有问题随时再来。",
    "about-bot": (
        "我是{name}，一个助手程序，不是真人。我根据这里的文档回答，并标明每个回答所依据的原文。如需人工客服，请直接告诉我。"
    ),
    "capability": ("凡是这里的文档能回答的问题，我都可以帮忙，并标明答案出自哪里。我无法查询或更改订单和账户。"),
    "complaint": "非常抱歉。请告诉我您需要什么，我来查文档里是怎么说的。如需人工客服，请告诉我，我来查找联系方式。",
    "data": "我根据文档回答，无法查询订单、账户或个人信息。请告诉我您想了解什么；如需人工客服，也请告诉我。",
    "acknowledgement": "好的。还有其他问题，随时问我。",
    "insult": "很抱歉没能帮到您。请换个说法，我再试一次；如需人工客服，请告诉我。",
    "handover": "我是程序，无法从这里为您转接。根据文档，可以这样联系人工客服：",
    "handover-unknown": ("我是程序，无法从这里为您转接，文档里也没有写联系方式。请通过您已知的联系方式联系该机构。"),
    "handover-desk": "我已将您的对话转交给人工客服，客服会在这里回复您。",
}
TALLY_HELD = "“{table}”共 {rows} 行，其中 {n} 行为{held}。"
TALLY_ALL = "“{table}”共有 {rows} 行。"
TALLY_EXTREME = "在“{table}”的 {rows} 行中，{column}{which}为 {value}。"
TALLY_EXTREME_HELD = "在“{table}”中{held}的 {rows} 行里，{column}{which}为 {value}。"
TALLY_SUM = "“{table}”的 {rows} 行中，{column}合计为 {value}。"
TALLY_SUM_HELD = "“{table}”中{held}的 {rows} 行，{column}合计为 {value}。"
TALLY_HIGHEST, TALLY_LOWEST = "最高", "最低"
TALLY_AND, TALLY_BETWEEN, TALLY_MORE = "、", "、", "等，另有 {n} 行"
TALLY_YES = "是"
CONTACT_QUESTION = "客服的电话号码和电子邮箱是什么？"
