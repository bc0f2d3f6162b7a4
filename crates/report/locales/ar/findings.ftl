# الجمل المشتركة لشرح النتائج. القواعد في en/findings.ftl.
# تُعزل كل قيمة عن اتجاه النص، وتُختار صيغ العدد بحسب فئات الجمع العربية.

kind-of = { $kind } ({ $vector })
with-target = { $head }. المستهدَف: { $target }.
with-target-and-source = { $head }. المستهدَف: { $target }. المصدر: { $source }.
with-source = { $head }. المصدر: { $source }.
with-nothing = { $head }.

label-state = الحالة
label-who = الفاعل
label-whom = المستهدَف
label-sources = المصادر
label-when = متى
label-amount = المقدار
label-ports = المنافذ
label-measure = القياس
label-grounds = ما يؤيد ذلك
label-against = ما يعارض ذلك
label-confidence = درجة الثقة
label-instead = ما قد يكون بدلًا من ذلك
label-contacts = من وصل إلى من
label-sensors = رآه
label-class = التصنيف
label-flows = يستند إلى

state-opened = فُتحت: وقد تستمر
state-changed = تغيّرت: وهي مستمرة بأرقام جديدة
state-ended = انتهت
state-word-opened = فُتحت
state-word-changed = تغيّرت
state-word-ended = انتهت

target-high = { $address }، داخل شبكات { $side }
target-moderate = { $address }، داخل شبكات { $side } (الثقة في الجانب متوسطة)
target-low = { $address }، ربما داخل شبكات { $side } (الثقة في الجانب منخفضة فقط)
target-world = { $address }، عنوان عام لا يدّعيه أي طرف
target-unknown = { $address }، عنوان جانبه مجهول
source-high = { $address }، مصدر داخل شبكات { $side }
source-moderate = { $address }، مصدر داخل شبكات { $side } (الثقة في الجانب متوسطة)
source-low = { $address }، مصدر ربما كان داخل شبكات { $side } (الثقة في الجانب منخفضة فقط)
source-world = { $address }، مصدر في عنوان عام لا يدّعيه أي طرف
source-unknown = { $address }، مصدر جانبه مجهول
in-safe-area = { $host }؛ محمي بصفته منطقة آمنة: { $area } ({ $class })
area-hospital = مستشفى
area-water = مياه
area-power = كهرباء
area-election = انتخابات
area-emergency = طوارئ
area-csirt = CSIRT
area-mission = البعثة
area-other = غير ذلك
and-more = { $first }، و{ $more ->
    [one] واحد آخر
    [two] اثنان آخران
    [few] { $more } آخرون
   *[other] { $more } غيرها
}
more = { $more ->
    [one] وواحد آخر
    [two] واثنان آخران
    [few] و{ $more } آخرون
   *[other] و{ $more } غيرها
}
network-not-person = يدل العنوان على الشبكة التي يقع فيها؛ ولا يدل على من قام بالفعل
world = العالم
unknown = مجهول

nobody-forged = لا يمكن تسمية أحد: عناوين المصدر مزوّرة على الأرجح
nobody-ddos-reflection = لا يمكن تسمية أحد: الخوادم أجابت فحسب وأُسيء استعمالها؛ ومن زوّر الأسئلة لا يظهر هنا
nobody-scan-backscatter = لا يمكن تسمية أحد: المضيف المجيب هو المستهدَف؛ ومن أرسل إليه الحزم المزوّرة لا يظهر هنا
nobody = لم يُسمَّ أحد: ما شوهد لا يكفي لتعيين من قام بالفعل
nobody-hit = لم يُسمَّ مستهدَف بعينه
brief-forged = { $count ->
    [zero] لا مصادر
    [one] مصدر واحد مزوّر على الأرجح
    [two] مصدران مزوّران على الأرجح
    [few] { $count } مصادر مزوّرة على الأرجح
    [many] { $count } مصدرًا مزوّرًا على الأرجح
   *[other] { $count } مصدر مزوّر على الأرجح
}
brief-ddos-reflection = { $count ->
    [zero] لا خوادم
    [one] خادم واحد أُسيء استعماله
    [two] خادمان أُسيء استعمالهما
    [few] { $count } خوادم أُسيء استعمالها
    [many] { $count } خادمًا أُسيء استعمالها
   *[other] { $count } خادم أُسيء استعمالها
}
brief-sources = { $count ->
    [zero] لا مصادر
    [one] مصدر واحد
    [two] مصدران
    [few] { $count } مصادر
    [many] { $count } مصدرًا
   *[other] { $count } مصدر
}
brief-nobody = لم يُسمَّ أحد

sources-counted = { $count ->
    [zero] لا عناوين
    [one] عنوان واحد
    [two] عنوانان
    [few] { $count } عناوين
    [many] { $count } عنوانًا
   *[other] { $count } عنوان
}
sources-estimated = نحو { $count ->
    [zero] صفر من العناوين
    [one] عنوان واحد
    [two] عنوانين
    [few] { $count } عناوين
    [many] { $count } عنوانًا
   *[other] { $count } عنوان
} (تقدير في حدود 4٪ في 19 حالة من 20)
sources-first = أولها: { $addresses }
spoofed-likely = العناوين مزوّرة على الأرجح: وقد لا تكون لأصحابها صلة بالأمر
spoofed-unlikely = من غير المرجّح أن تكون العناوين مزوّرة
spoofed-unknown = لا يُعرف هل العناوين مزوّرة
spoofed-word-likely = مزوّرة على الأرجح
spoofed-word-unlikely = غير مزوّرة على الأرجح
spoofed-word-unknown = مجهول

from-to = من { $start } إلى { $end } (المدة { $duration })
amount-packets = { $count ->
    [zero] لا حزم
    [one] حزمة واحدة
    [two] حزمتان
    [few] { $count } حزم
   *[other] { $count } حزمة
}
amount-flows = { $count ->
    [zero] لا تدفقات
    [one] تدفق واحد
    [two] تدفقان
    [few] { $count } تدفقات
    [many] { $count } تدفقًا
   *[other] { $count } تدفق
}
amount = { $packets }، { $bytes }، { $flows }
amount-of-one = هذه أرقام المستشعر الذي رأى أكثر من غيره؛ ولا تُجمع

measure = { $what }: بلغ الأقصى { $value }؛ والحد { $threshold }
measure-with-baseline = { $what }: بلغ الأقصى { $value }؛ والحد { $threshold }؛ والمعتاد قبل ذلك { $baseline }
what-packets-per-second = عدد الحزم في الثانية
what-bytes-per-second = عدد البايتات في الثانية
what-receivers = عدد المضيفين الذين تلقّوا أجوبة
what-hosts = عدد المضيفين
what-ports = عدد المنافذ
what-commands = عدد الأوامر
what-attempts = عدد المحاولات
what-bytes = عدد البايتات
what-packets = عدد الحزم
what-flows = عدد التدفقات
what-names = عدد الأسماء

confidence-high = عالية: أدلة قوية ومباشرة
confidence-moderate = متوسطة: أدلة معقولة تترك مجالًا لتفسير آخر
confidence-low = منخفضة: أدلة ضعيفة أو غير مباشرة؛ تحقّق قبل أي إجراء
confidence-word-high = عالية
confidence-word-moderate = متوسطة
confidence-word-low = منخفضة
nothing-for = لم تُذكر أدلة
nothing-against = لا شيء مما فُحص يعارض ذلك
nothing-instead = لا شيء مما قيس يؤيد تفسيرًا آخر؛ ويبقى ما لا تراه المستشعرات

contact = وصل { $from } إلى { $to } أول مرة في { $first }
sensor = المستشعر { $sensor }
sensor-undeclared = مصدر غير مربوط بأي مستشعر معلَن: لا يمكن لأحد أن يقول ما كان له أن يراه سوى ذلك
sensor-unknown = لم يُسمَّ مستشعر
flow = الحزمة { $ordinal } (ابتداءً من 0) من الدفعة ذات الختم { $seal }
flow-unsealed = الحزمة { $ordinal } (ابتداءً من 0) من الدفعة { $batch }، ولم تُختم بعد
no-flows = لم يُذكر تدفق
class = { $title } (RSIT: { $class })
effect = قد يضر بما يلي: { $effects }
effect-C = السرية
effect-I = السلامة
effect-A = التوافر
effect-none = لا يضر بشيء في ذاته
and = { $first }، { $second }

title-ddos-flood = إغراق
title-ddos-reflection = إغراق بالانعكاس
title-scan-horizontal = مسح مضيفين كثيرين
title-scan-vertical = مسح مضيف واحد
title-scan-sweep = بحث عن المضيفين العاملين
title-scan-backscatter = ارتداد إغراق واقع في مكان آخر
title-intrusion-brute-force = تخمين كلمات المرور
title-worm-spread = انتشار دودة
title-beacon-periodic = اتصالات منتظمة بمضيف واحد
title-beacon-dns = إشارات مخفية في DNS
title-ics-command = أمر إلى نظام تحكم صناعي
title-ics-scan = مسح أنظمة التحكم الصناعي
title-exfiltration-volume = خروج غير معتاد للبيانات
title-anomaly-fragments = أجزاء حزم شاذة
title-anomaly-protocol = استعمال شاذ لبروتوكول

vector-syn = TCP SYN
vector-ack = TCP ACK
vector-tcp-other = مقاطع TCP أخرى
vector-ip-other = بروتوكولات IP أخرى
vector-fragment = أجزاء IP
vector-ipv6-extension = ترويسات IPv6 الإضافية
vector-tcp = TCP
vector-udp = UDP
vector-icmp = ICMP
vector-arp = ARP
vector-http = HTTP
vector-dns = DNS
vector-dhcp = DHCP
vector-ntp = NTP
vector-snmp = SNMP
vector-ssdp = SSDP
vector-cldap = CLDAP
vector-memcached = memcached
vector-chargen = chargen
vector-bacnet = BACnet
vector-dvr = مسجّلات الفيديو
vector-ike = IKE
vector-synack = TCP SYN مع ACK
vector-other = خدمة أخرى
vector-ssh = SSH
vector-ftp = FTP
vector-rdp = RDP
vector-smb = SMB
vector-telnet = Telnet
vector-dga = أسماء مولَّدة
vector-tunnel = نفق
vector-txt = سجلات TXT
vector-modbus = Modbus
vector-s7comm = S7comm
vector-dnp3 = DNP3
vector-iec104 = IEC 60870-5-104
vector-ethernet-ip = EtherNet/IP

class-availability-dos = التوافر: حجب الخدمة
class-availability-ddos = التوافر: حجب الخدمة الموزّع
class-availability-sabotage = التوافر: تخريب
class-availability-outage = التوافر: انقطاع
class-availability-misconfiguration = التوافر: خطأ في الإعداد
class-information-gathering-scanner = جمع المعلومات: مسح
class-information-gathering-sniffing = جمع المعلومات: تنصّت
class-intrusion-attempts-ids-alert = محاولة اختراق: استغلال ثغرة معروفة
class-intrusion-attempts-brute-force = محاولة اختراق: محاولات تسجيل دخول
class-intrusion-attempts-exploit = محاولة اختراق: نمط هجوم جديد
class-intrusions-system-compromise = اختراق: السيطرة على نظام
class-intrusions-application-compromise = اختراق: السيطرة على تطبيق
class-malicious-code-infected-system = برمجيات خبيثة: نظام مصاب
class-malicious-code-c2-server = برمجيات خبيثة: خادم قيادة وتحكم
class-malicious-code-malware-distribution = برمجيات خبيثة: توزيع
class-information-content-security-unauthorised-information-access = أمن المحتوى: وصول غير مصرّح به إلى معلومات
class-information-content-security-unauthorised-information-modification = أمن المحتوى: تعديل غير مصرّح به لمعلومات
class-information-content-security-data-loss = أمن المحتوى: فقدان بيانات
class-information-content-security-data-leak = أمن المحتوى: تسرّب معلومات سرية
class-other-other = غير ذلك
class-other-undetermined = غير ذلك: غير محدد

announced = أعلن أحد الأطراف هذا النشاط مسبقًا لهذا الوقت ولهذه المصادر
    .instead = نشاط معلَن مسبقًا، كاختبار مثلًا
seen-by-several = { $sensors ->
    [zero] لم يره أي مستشعر
    [one] رآه مستشعر واحد، والأرقام أرقامه
    [two] رآه مستشعران؛ والأرقام أرقام أكثرهما رؤية، فقد يكون الآخر رأى الحزم نفسها
    [few] رأته { $sensors } مستشعرات؛ والأرقام أرقام أكثرها رؤية، فقد تكون الأخرى رأت الحزم نفسها
    [many] رآه { $sensors } مستشعرًا؛ والأرقام أرقام أكثرها رؤية، فقد تكون الأخرى رأت الحزم نفسها
   *[other] رآه { $sensors } مستشعر؛ والأرقام أرقام أكثرها رؤية، فقد تكون الأخرى رأت الحزم نفسها
}

rate-over-bound = { $rate ->
    [zero] لم تصل أي حزمة في أشد الثواني
    [one] وصلت حزمة واحدة في أشد الثواني
    [two] وصلت حزمتان في أشد الثواني
    [few] وصلت { $rate } حزم في أشد الثواني
   *[other] وصلت { $rate } حزمة في أشد الثواني
}؛ ويُعدّ الأمر زائدًا ابتداءً من { $bound } في الثانية
usual-rate = المعتاد لهذا المستقبِل في الثانية: { $rate ->
    [zero] لا حزم
    [one] حزمة واحدة
    [two] حزمتان
    [few] { $rate } حزم
   *[other] { $rate } حزمة
}
many-senders = عدد العناوين التي أرسلت إليه في الوقت نفسه: { $senders }
handshakes-complete = يُتمّ المرسِلون مصافحاتهم كما يفعل العملاء
    .instead = إقبال كبير من عملاء حقيقيين
questions-refused = رُفض { $share } من الأسئلة، كما يحدث مع أسماء لا وجود لها
may-be-a-stream = { $senders ->
    [zero] لا يرسل أي عنوان
    [one] لا يرسل إلا عنوان واحد
    [two] لا يرسل إلا عنوانان
    [few] لا يرسل إلا { $senders } عناوين
    [many] لا يرسل إلا { $senders } عنوانًا
   *[other] لا يرسل إلا { $senders } عنوان
}، وقد يكون ما يُرسَل مطلوبًا
    .instead = بث يريده المستقبِل، كالفيديو أو النسخ الاحتياطي أو نفق
handshakes-not-completed = عدد المصافحات التي بدأت ولم يكتمل معظمها: { $flows }
one-way-sensor = لا يكاد المستشعر يرى أجوبة، فقد تكون الأجوبة سلكت طريقًا آخر
    .instead = حركة عادية تسلك أجوبتها طريقًا آخر
impossible-senders = { $share } من الحزم آتٍ من عناوين لا يمكن لأحد أن يرسل منها
senders-spread-evenly = تأتي كل حزمة تقريبًا من عنوان مختلف (بلغ التوزّع { $spread } من أقصاه)، كما هو حال العناوين المزوّرة
one-distance = { $share } من الحزم قطع المسافة نفسها مع أن عناوينها موزّعة في أنحاء العالم
requests-alike = الطلبات متشابهة (تفاوت أحجامها { $variation })، ويرسل كل مرسِل { $each } في الثانية

answers-not-asked = وصلت أجوبة لم يُرَ لها سؤال؛ عدد الأجوبة { $answers } وعدد الخوادم { $servers }
servers-are-abused = تجيب الخوادم عن أسئلة زوّرها أحدهم؛ وليست هي المهاجِمة
few-servers = { $servers ->
    [zero] لا يجيب أي خادم
    [one] لا يجيب إلا خادم واحد
    [two] لا يجيب إلا خادمان
    [few] لا تجيب إلا { $servers } خوادم
    [many] لا يجيب إلا { $servers } خادمًا
   *[other] لا يجيب إلا { $servers } خادم
}
    .instead = خادم طلب المستقبِل أجوبته من حيث لا يرى أي مستشعر
asked-to-amplify = { $share } من الأجوبة عن أسئلة اختيرت لتكبير الأجوبة
short-answers = الأجوبة قصيرة (متوسطها { $bytes ->
    [zero] لا بايتات
    [one] بايت واحد
    [two] بايتان
    [few] { $bytes } بايتات
    [many] { $bytes } بايتًا
   *[other] { $bytes } بايت
})، كالتي تصل إلى خادم أسماء طوال اليوم
    .instead = خادم أسماء كثير العمل لا يرى المستشعر أسئلته
asked-in-its-name = عدد التدفقات التي رُئيت فيها أسئلة باسم المستقبِل: { $flows }؛ فقد يكون هو السائل
    .instead = عميل كثير السؤال
spread-over-prefix = وهو موزّع على مضيفين في بادئة واحدة، لا يتلقى أيٌّ منهم معظمه؛ عدد المضيفين { $hosts }
large-answers = الأجوبة كبيرة: متوسطها { $bytes ->
    [zero] لا بايتات
    [one] بايت واحد
    [two] بايتان
    [few] { $bytes } بايتات
    [many] { $bytes } بايتًا
   *[other] { $bytes } بايت
}

answers-unasked = وصلت أجوبة عمّا لم يُرَ أنه أُرسل؛ عدد المضيفين { $hosts } وعدد الأجوبة { $packets }
sender-is-target = المضيف المجيب هو الذي يتعرّض للإغراق، تحت عناوين ليست عناوين المرسِلين؛ وهو لا يرتكب خطأ
few-receivers = { $hosts ->
    [zero] لم يتلقَّ أي مضيف
    [one] لم يتلقَّ إلا مضيف واحد
    [two] لم يتلقَّ إلا مضيفان
    [few] لم يتلقَّ إلا { $hosts } مضيفين
    [many] لم يتلقَّ إلا { $hosts } مضيفًا
   *[other] لم يتلقَّ إلا { $hosts } مضيف
} مثل هذه الأجوبة؛ ويلزم { $wanted } لثقة أكبر
    .instead = خادم سأله عملاؤه من حيث لا يرى أي مستشعر
