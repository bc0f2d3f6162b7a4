//! What is told people of exfiltration.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: "
kind-exfiltration-volume = A host carries much data out to another side
carried-out = { $bytes } went out and { $back } came back
carried-for = it has gone on for { $time }
sends-more-than-usual = the host, or its neighbours if it is new, used to send out { $usual } in as much time
content-unknown = what was carried cannot be seen: it may be a copy, an upload or work that is allowed
usual-unknown = how much this host usually sends out is not known yet
backup-port = port { $port } is one that backups use
destination-common = several hosts use the same destination, as they do a service that stores files
carried-like-media = it was carried as calls and screens that are shown are
little-carried = uploads of this size are common; { $wanted } are needed to be more sure
",
    ar: "
kind-exfiltration-volume = مضيف ينقل بيانات كثيرة إلى جانب آخر
carried-out = خرج { $bytes } وعاد { $back }
carried-for = استمر ذلك { $time }
sends-more-than-usual = كان هذا المضيف (أو جيرانه إن كان جديدًا) يرسل عادةً { $usual } في مدة مماثلة
content-unknown = لا يمكن رؤية ما نُقل: قد يكون نسخة احتياطية أو رفع ملفات أو عملًا مسموحًا به
usual-unknown = لا يُعرف بعد مقدار ما يرسله هذا المضيف عادةً
backup-port = المنفذ { $port } تستخدمه أنظمة النسخ الاحتياطي
destination-common = تستخدم عدة أجهزة الوجهة نفسها، كما يحدث مع خدمات تخزين الملفات
carried-like-media = نُقلت البيانات بالطريقة التي تُنقل بها المكالمات ومشاركة الشاشة
little-carried = عمليات الرفع بهذا الحجم شائعة؛ ويلزم { $wanted } لزيادة اليقين
",
    tr: "
kind-exfiltration-volume = Bir makine başka bir tarafa çok miktarda veri taşıyor
carried-out = { $bytes } dışarı gitti, { $back } geri geldi
carried-for = { $time } süredir devam ediyor
sends-more-than-usual = bu makine (yeniyse komşuları) aynı sürede genellikle { $usual } gönderirdi
content-unknown = ne taşındığı görülemez: bir yedek, bir yükleme ya da izin verilen bir iş olabilir
usual-unknown = bu makinenin genellikle ne kadar gönderdiği henüz bilinmiyor
backup-port = { $port } numaralı bağlantı noktasını yedekleme yazılımları kullanır
destination-common = aynı hedefi birkaç makine kullanıyor; dosya saklama hizmetlerinde de böyledir
carried-like-media = görüşmelerin ve ekran paylaşımlarının taşındığı gibi taşındı
little-carried = bu boyutta yüklemeler olağandır; daha emin olmak için { $wanted } gerekir
",
    fr: "
kind-exfiltration-volume = Une machine transporte beaucoup de données vers un autre côté
carried-out = { $bytes } sont sortis et { $back } sont revenus
carried-for = cela dure depuis { $time }
sends-more-than-usual = cette machine, ou ses voisines si elle est nouvelle, envoyait d'habitude { $usual } dans le même temps
content-unknown = on ne peut pas voir ce qui a été transporté : ce peut être une copie, un envoi ou un travail autorisé
usual-unknown = on ne sait pas encore combien cette machine envoie d'habitude
backup-port = le port { $port } est utilisé par des sauvegardes
destination-common = plusieurs machines utilisent la même destination, comme elles le font d'un service de stockage
carried-like-media = le transport est celui des appels et des partages d'écran
little-carried = des envois de cette taille sont courants ; il en faut { $wanted } pour être plus sûr
",
};
