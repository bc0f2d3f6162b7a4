//! What is told people of guesses at passwords.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: "
kind-intrusion-brute-force = Somebody tries passwords at a login service
sessions-alike = { $sessions } short sessions are nearly the same size ({ $share } of them are like others; { $bytes } each on average)
logins-refused = the server refused in { $refused } of { $sessions } sessions
guesses-shared = { $clients } clients and { $servers } servers take part
no-refusal-seen = no refusal is visible, so the sessions may be logins that succeed
service-unknown = what listens at port { $port } is not known; other programs open many short sessions as well
sessions-regular = the sessions come regularly, { $every } apart, as those of monitoring do
sessions-differ = { $others } other sessions between the same hosts look like ordinary use
few-sessions = there were only { $sessions } sessions within the window; { $wanted } are needed to be more sure
few-sessions-each = each client has only a few sessions, which ordinary users have as well
",
    ar: "
kind-intrusion-brute-force = جهة ما تجرّب كلمات مرور على خدمة تسجيل دخول
sessions-alike = { $sessions } جلسة قصيرة متقاربة الحجم جدًا (نسبة ما يشبه غيره منها { $share }؛ ومتوسط حجم الجلسة { $bytes })
logins-refused = رفض الخادم في { $refused } من أصل { $sessions } جلسة
guesses-shared = عدد العملاء المشاركين { $clients } وعدد الخوادم { $servers }
no-refusal-seen = لا يظهر أي رفض، لذا قد تكون هذه الجلسات عمليات دخول ناجحة
service-unknown = الخدمة التي تستمع على المنفذ { $port } غير معروفة؛ وهناك برامج أخرى تفتح جلسات قصيرة كثيرة أيضًا
sessions-regular = تأتي الجلسات بانتظام، بفاصل { $every }، كما تفعل أنظمة المراقبة
sessions-differ = { $others } جلسة أخرى بين المضيفين أنفسهم تشبه الاستخدام المعتاد
few-sessions = لم يكن في نافذة الرصد سوى { $sessions } جلسة؛ ويلزم { $wanted } لزيادة اليقين
few-sessions-each = لكل عميل بضع جلسات فقط، وهذا شأن المستخدمين العاديين أيضًا
",
    tr: "
kind-intrusion-brute-force = Birisi bir oturum açma hizmetinde parola deniyor
sessions-alike = { $sessions } kısa oturumun boyutu neredeyse aynı (diğerlerine benzeyenlerin oranı { $share }; ortalama { $bytes })
logins-refused = sunucu { $sessions } oturumun { $refused } tanesinde reddetti
guesses-shared = katılan istemci sayısı { $clients }, sunucu sayısı { $servers }
no-refusal-seen = hiçbir ret görünmüyor; bu oturumlar başarılı girişler olabilir
service-unknown = { $port } numaralı bağlantı noktasını neyin dinlediği bilinmiyor; başka programlar da çok sayıda kısa oturum açar
sessions-regular = oturumlar, izleme sistemlerinde olduğu gibi, { $every } arayla düzenli geliyor
sessions-differ = aynı makineler arasındaki { $others } başka oturum olağan kullanıma benziyor
few-sessions = pencere içinde yalnızca { $sessions } oturum vardı; daha emin olmak için { $wanted } gerekir
few-sessions-each = her istemcinin yalnızca birkaç oturumu var; sıradan kullanıcılarda da böyledir
",
    fr: "
kind-intrusion-brute-force = Quelqu'un essaie des mots de passe sur un service de connexion
sessions-alike = { $sessions } sessions courtes ont presque la même taille ({ $share } d'entre elles ressemblent à d'autres ; { $bytes } chacune en moyenne)
logins-refused = le serveur a refusé dans { $refused } sessions sur { $sessions }
guesses-shared = clients impliqués : { $clients } ; serveurs impliqués : { $servers }
no-refusal-seen = aucun refus n'est visible : il peut s'agir de connexions réussies
service-unknown = on ne sait pas ce qui écoute sur le port { $port } ; d'autres programmes ouvrent aussi beaucoup de sessions courtes
sessions-regular = les sessions reviennent régulièrement, toutes les { $every }, comme celles d'une surveillance
sessions-differ = d'autres sessions entre les mêmes machines ({ $others }) ressemblent à un usage ordinaire
few-sessions = il n'y a eu que { $sessions } sessions dans la fenêtre ; il en faut { $wanted } pour être plus sûr
few-sessions-each = chaque client n'a que quelques sessions, comme en ont aussi des utilisateurs ordinaires
",
};
