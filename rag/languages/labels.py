"""What stands before a number and says what it is, in English, German and Chinese, as regular expressions for `re.IGNORECASE`.

These are names of forms, as the labels of a form to fill in are; none decides what a sentence means.
"""

_NO = r"(?:s?[- ]?(?:nummer|nr))?"  # Handy, Handynummer, Handy-Nr
PHONE = (
    r"(?:tele|cell|mobile |smart)?phone|landline|tel|cell|mobile|mob|call|ring|text|contact number|whats\s?app|sms|fax|dial",
    rf"(?:telefon|tel|fon|handy|mobil|mobilfunk|festnetz|ruf|durchwahl|r[uü]ckruf|fax){_NO}|anrufen|rufen|erreichen|erreichbar",
    r"手机|手機|电话|電話|联系方式|热线|传真|致电|拨打",
)
CARD = (
    r"(?:credit|debit|bank)?\s?card|visa|mastercard|maestro|amex|american express|diners",
    rf"(?:kredit|bank|debit|giro|ec-?)?karten?{_NO}",
    r"银行卡|信用卡|借记卡|储蓄卡|卡号|卡號|銀行卡",
)
IBAN = (r"iban", r"kontonummer|bankverbindung", r"账号|账户|帳號")
# Numbers that a state or an insurance gives to a person.
PERSON = (
    (
        r"social security|soc\.? sec|ssn|itin|(?:taxpayer|tax) (?:id\w*|reference)|tin|nhs|national insurance|ni (?=n)|nino|"
        r"social insurance|sin|tax file|tfn|utr|unique taxpayer reference|pps|ppsn|aadhaar|aadhar|pan|hkid|hong kong id|"
        r"taiwan id|(?:national|identity|chinese|resident) (?:id|card|identity)|id card|passport|medicare|"
        r"(?:driving|driver|driver'?s) licen[cs]e"
    ),
    (
        rf"steuer[- ]?(?:id|identifikation|identnummer)?{_NO}|steuerliche identifikationsnummer|id-?nr|identifikationsnummer|"
        rf"ahv{_NO}|avs|(?:sozial|renten|kranken)?(?:versicherung|versicherten|vers\.?){_NO}|svnr|sv{_NO}|"
        rf"(?:personal)?ausweis{_NO}|perso|(?:reise)?pass-?(?:nummer|nr)|reisepass|f[uü]hrerschein{_NO}"
    ),
    r"身份证|身分證|身份證|公民身份|证件号|證件號|护照|護照|驾驶证|社保号|社会保障号|纳税人识别|通行证|統一編號|税号",
)
PASSWORD = (
    r"pass-?(?:word|code|phrase)|pwd?|pass",
    r"passwort|pa[sß]wort|kennwort|zugangsdaten",
    r"(?:登录|登錄|支付|交易|取款)?(?:密码|密碼|口令)",
)
CODE = (
    (
        r"pin(?: code)?|tan|otp|cvv2?|cvc2?|(?:security|verification|confirmation|one-time|2fa|sms|access) (?:pass)?code|"
        r"one-?time (?:password|pin)"
    ),
    (
        r"pin|tan|pr[uü]fziffer(?: (?:der|meiner) (?:kredit)?karte)?|"
        r"kartenpr[uü]fnummer|sicherheitscode|best[aä]tigungscode|zugangscode|"
        r"einmal-?code|"
        r"verifizierungscode"
    ),
    r"验证码|驗證碼|校验码|安全码|动态码|支付密码|取款密码",
)
KEY = (
    r"(?:\w{0,40}_)?(?:api|access|secret|private|auth|client|webhook)?[-_ ]?(?:key|token|secret)|bearer|authorization",
    r"api-?schl[uü]ssel|zugangs-?token|zugangsschl[uü]ssel|geheimschl[uü]ssel|schl[uü]ssel",
    r"密钥|密鑰|令牌|api\s?key",
)
# Numbers of things and of dealings, which are nobody's personal data.
THING = (
    (
        r"orders?|purchase orders?|po|invoices?|receipts?|returns?|rma|customer|client|member(?:ship)?|references?|ref|"
        r"tickets?|bookings?|reservations?|cases?|claims?|tracking|consignment|shipment|parcels?|packages?|deliver(?:y|ies)|articles?|"
        r"items?|sku|products?|parts?|models?|serial|s/n|isbn|imei|meid|ean|gtin|upc|barcode|vouchers?|coupons?|discount|"
        r"gift card|version|firmware|errors?|request|transactions?|quotes?|contracts?|vat|asin|lot|batch|zip|postcode|"
        r"amount|total"
    ),
    (
        rf"(?:bestell(?:ung|ungen)?|auftr[aä]ge?|rechnung(?:en)?|kunden?|vorg[aä]nge?|retouren?|r[uü]cksendung|sendung|pakete?|artikel|"
        rf"art\.|ersatzteil|serien?|modell|gutschein|lieferschein|liefer|ticket|referenz|buchung|vertrag|mitglied|reklamation|"
        rf"zahlungsreferenz|transaktion|beleg|ger[aä]te){_NO}|sendungsverfolgung|gutscheincode|postleitzahl|plz|aktenzeichen|"
        r"strichcode|hausnummer"
    ),
    (
        r"订单(?:编?号)?|訂單(?:編?號)?|单号|單號|快递单?号?|运单号?|物流单?号?|发票号?码?|退货单?号?|会员号?|客户号|流水号|交易号|"
        r"货号|商品编?号?|型号|配件|序列号|条形码|条码|书号|优惠码|优惠券|编号|工单号?|邮编"
    ),
)
# Between a label and its number: what makes it the name of a number, and what links the two.
NUMBER_WORDS = (
    r"no|nos|nr|num|numbers?|id|ids|code|ref|reference",
    r"nummern?|nr|nrn|kennzeichen",
    r"号码|號碼|编号|號|号|字号|字號|码",
)
LINKS = (
    (
        r"is|was|are|be|should|on|at|me|us|my|the|new|old|its?|s|with|has|by|to|please|him|her|them|under|via|right|correct|"
        r"x|key|header|holder|says|here|type|exp|token|value"
    ),
    (
        r"ist|war|lautet|lauten|unter|auf|an|am|die|der|das|mein|meine|meiner|mir|mich|uns|sie|bitte|neue|"
        r"neuen|hat|von|mit|tags[uü]ber|privat|dienstlich|token"
    ),
    r"是|为|為|的|我|请|打|到|新|换成|改成|改为|了|应该|尾号|在|用|这个|就|，",
)
AT = (r"at|ät",)
DOT = (r"dot|punkt|点",)
