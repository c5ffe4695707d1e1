"""Chinese words as data, for search and for telling formats apart; none of them decides what a sentence means."""

QUESTION_COLUMNS = frozenset(("问题", "標題", "标题", "問題"))
ANSWER_COLUMNS = frozenset(("答案", "回答", "正文", "内容"))
YES_CELLS = frozenset(("是", "有", "支持", "可以", "可", "能"))
NO_CELLS = frozenset(("否", "无", "無", "没有", "沒有", "不支持", "不可以", "不可", "不能"))

LABELS = {
    "date": """最后更新时间, 最后更新日期, 最后更新, 最近更新, 更新日期, 更新时间, 修订日期, 修改日期, 最後更新, 更新時間,
        修訂日期, 日期, 发布日期, 发布时间, 發布日期, 發佈日期""",
    "valid_from": "生效日期, 生效时间, 生效時間, 实施日期, 實施日期, 施行日期, 启用日期",
    "valid_until": "有效期至, 有效期限至, 有效至, 失效日期, 到期日期, 到期日",
    "version": "版本号, 版本號, 文档版本, 版本, 版次",
    "superseded_by": "替代文件, 取代文件",
    "status": "文档状态, 状态, 狀態",
    "owner": "负责人, 負責人, 责任人, 责任部门, 负责部门, 归口部门",
    "audience": "受众, 可见范围, 可見範圍, 密级, 保密级别, 机密等级, 适用对象, 发放范围",
    "language": "语言, 語言",
}
INTERNAL_KEYS = frozenset(("内部", "草稿"))
PUBLIC_KEYS = frozenset(("公开", "已发布"))
SUPERSEDED_KEYS = frozenset(("已废止", "已过期", "已失效", "已作废"))
INTERNAL_NOTICES = (
    r"(?:公司)?(?:内部|內部)(?:资料|資料|文件|文档|使用|公开|专用|专享|培训资料|手册)?",
    r"(?:公司)?(?:内部|內部)(?:资料|資料|文件|文档)?[，,]?(?:请勿|請勿|勿|不得|严禁)(?:外传|外傳|外泄|对外传播|传播)",
    r"(?:仅|僅|只)(?:供|限)(?:公司)?(?:内部|內部)(?:员工|員工|人员|人員)?(?:使用|参考|參考|查阅|阅读|传阅)?",
    r"(?:仅|僅|只)(?:供|限)(?:本?公司)?(?:员工|員工|职员|客服|客服人员|工作人员|同事)(?:使用|参考|查阅|阅读|内部使用)?",
    r"(?:员工|員工|客服|客服人员|职员)专用",
    r"绝密|机密|機密|秘密|保密|(?:请勿|請勿|不得|严禁)(?:外传|外傳|对外公开|对外传播)",
)
INTERNAL_VALUES = (r"员工|員工|客服|客服人员|职员",)
_THIS = r"[本此该](?:页|页面|文件|文档|政策|版本|文)"
_REPLACED = r"(?:取代|替代|代替)"
SUPERSEDED_NOTICES = (
    rf"(?:{_THIS}|[本此该]|页面|文件|文档|政策|版本)?已?(?:过期|過期|废止|廢止|失效|作废|作廢|过时|過時|停用|归档)",
    rf"{_THIS}已?被{_REPLACED}",
    rf"{_THIS}(?:已被?|被|已?由)[《「]?(?P<by>[^《「》」。]{{2,100}})[》」]?(?:所)?{_REPLACED}",
    rf"(?:已被?|被|已?由)[《「](?P<by>[^《「》」。]{{2,100}})[》」](?:所)?{_REPLACED}",
)
SUPERSEDED_VALUES = (rf"(?:已被?|被|已?由)(?P<by>[^《「》」。]{{2,100}}){_REPLACED}",)
VALID_BETWEEN = (rf"(?P<page>{_THIS}的?)?有效期限?[:：为自]?\s*{{date}}\s*起?(?:至|到|[-–—~～])\s*{{date}}止?",)
EDITIONS = (r"第\s?(?P<n>\d{1,3})\s?版",)
# A date that its label follows.
STARTS = (r"(?:[本此]\w{1,4}?)?(?:自|从)?\s*{date}\s*(?:起)?(?:正式)?(?:生效|施行|实施|實施|执行|适用)",)
# Measure words, before which one character of a numeral is a number.
MEASURES = "天日号月年周个小分秒时元块角件次位名人种份张台岁倍折页条章层楼公斤克米箱包双只"
