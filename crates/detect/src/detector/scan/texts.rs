//! What scans are told with.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: "\
kind-scan-horizontal = One source looked for a service on many hosts
kind-scan-vertical = One source looked for services on many ports of one host
kind-scan-sweep = One source asked many addresses whether a host is there
hosts-tried = It tried { $hosts } hosts on { $ports } port(s) within { $time }
ports-tried = It tried { $ports } ports of one host within { $time }
attempts-failed = Of { $settled } attempts { $failed } failed: refused, or never answered
walk-decides = So many failures in a row are not those of a user: the walk stands at { $sum }, scanners begin at { $threshold }
dense-targets = The addresses lie close together: { $share } are neighbours of others
stealth-probes = { $probes } probes had TCP flags that no conversation begins with
may-be-forged-requests = Others may ask in its name, so that the answers hit it: requests of this kind, about { $each } to each of { $hosts } hosts, are used for reflection
few-hosts = Only { $hosts } hosts; { $wanted } are wanted to be surer
few-ports = Only { $ports } ports; { $wanted } are wanted to be surer
many-answered = Many were there: { $answered } of { $settled } answered
comes-back = It comes back to hosts that it knows, as monitoring and peers do: { $share } of its visits
peer-like = { $hosts } scattered hosts on a port of no known service: peer-to-peer looks the same
one-direction = This sensor hardly sees answers, so silence says little
everyday-service = Every client uses port { $port } with many servers; a broken path looks the same
scattered = The { $hosts } hosts do not lie together
few-service-ports = Only { $ports } of the ports are those of services; transfers and calls draw ports too
target-flooded = { $sources } sources do the same to this host: that is rather a flood with random ports
flood-like = { $packets } packets with { $bytes } bytes are more than probes need
",
    ar: "\
kind-scan-horizontal = مصدر واحد بحث عن خدمة على مضيفين كثيرين
kind-scan-vertical = مصدر واحد بحث عن خدمات على منافذ كثيرة لمضيف واحد
kind-scan-sweep = مصدر واحد سأل عناوين كثيرة إن كان فيها مضيف
hosts-tried = جرّب { $hosts } مضيفًا على عدد من المنافذ هو { $ports } خلال { $time }
ports-tried = جرّب { $ports } منفذًا لمضيف واحد خلال { $time }
attempts-failed = من أصل { $settled } محاولة فشل { $failed }: رُفضت أو لم يُجب عنها قط
walk-decides = هذا العدد من الإخفاقات المتتالية ليس من مستخدم عادي: بلغ المؤشر { $sum }، والماسحون يبدؤون من { $threshold }
dense-targets = العناوين متقاربة: { $share } منها مجاورة لغيرها
stealth-probes = { $probes } رزمة استطلاع تحمل أعلام TCP لا تبدأ بها أي محادثة
may-be-forged-requests = قد يكون غيره من يسأل باسمه لتصيبه الأجوبة: طلبات كهذه، نحو { $each } لكل مضيف من { $hosts }، تُستعمل في هجمات الانعكاس
few-hosts = { $hosts } مضيفًا فقط؛ المطلوب { $wanted } لثقة أكبر
few-ports = { $ports } منفذًا فقط؛ المطلوب { $wanted } لثقة أكبر
many-answered = كثير منها موجود: أجاب { $answered } من { $settled }
comes-back = يعود إلى مضيفين يعرفهم كما تفعل المراقبة والأقران: { $share } من زياراته
peer-like = { $hosts } مضيفًا متفرقًا على منفذ لا خدمة معروفة له: هكذا تبدو شبكات الند للند أيضًا
one-direction = هذا المجس لا يكاد يرى الإجابات، فالصمت لا يدل على الكثير
everyday-service = كل عميل يستخدم المنفذ { $port } مع خوادم كثيرة؛ والمسار المعطوب يبدو كذلك
scattered = المضيفون وعددهم { $hosts } ليسوا متجاورين
few-service-ports = { $ports } فقط من المنافذ منافذ خدمات؛ ونقل الملفات والمكالمات تختار منافذ أيضًا
target-flooded = { $sources } مصدرًا يفعل الشيء نفسه بهذا المضيف: الأرجح أنه إغراق بمنافذ عشوائية
flood-like = { $packets } رزمة تحمل { $bytes } بايت أكثر مما يحتاجه الاستطلاع
",
    tr: "\
kind-scan-horizontal = Tek bir kaynak, birçok makinede bir hizmet aradı
kind-scan-vertical = Tek bir kaynak, bir makinenin birçok kapısında hizmet aradı
kind-scan-sweep = Tek bir kaynak, birçok adrese orada bir makine olup olmadığını sordu
hosts-tried = { $time } içinde { $ports } kapıda { $hosts } makineyi denedi
ports-tried = { $time } içinde bir makinenin { $ports } kapısını denedi
attempts-failed = { $settled } denemeden { $failed } tanesi başarısız oldu: reddedildi ya da hiç yanıt almadı
walk-decides = Art arda bu kadar başarısızlık bir kullanıcıya ait olamaz: gösterge { $sum } değerinde, tarayıcılar { $threshold } değerinde başlar
dense-targets = Adresler birbirine yakın: { $share } oranında başkalarına komşu
stealth-probes = { $probes } yoklama, hiçbir konuşmanın başlamadığı TCP bayraklarını taşıyordu
may-be-forged-requests = Yanıtlar ona gitsin diye başkaları onun adına soruyor olabilir: { $hosts } makinenin her birine yaklaşık { $each } adet giden bu tür istekler yansıtma saldırılarında kullanılır
few-hosts = Yalnızca { $hosts } makine; daha emin olmak için { $wanted } gerekir
few-ports = Yalnızca { $ports } kapı; daha emin olmak için { $wanted } gerekir
many-answered = Birçoğu oradaydı: { $settled } temastan { $answered } tanesi yanıt aldı
comes-back = İzleme sistemleri ve eşler gibi, bildiği makinelere geri dönüyor: ziyaretlerinin { $share } kadarı
peer-like = Bilinen hiçbir hizmete ait olmayan bir kapıda dağınık { $hosts } makine: eşler arası ağlar da böyle görünür
one-direction = Bu algılayıcı yanıtları neredeyse hiç görmüyor; sessizlik pek bir şey söylemez
everyday-service = Her istemci { $port } kapısını birçok sunucuyla kullanır; bozuk bir yol da böyle görünür
scattered = { $hosts } makine bir arada durmuyor
few-service-ports = Kapıların yalnızca { $ports } tanesi hizmet kapısı; aktarımlar ve görüşmeler de kapı seçer
target-flooded = { $sources } kaynak bu makineye aynısını yapıyor: bu daha çok rastgele kapılı bir taşkındır
flood-like = { $bytes } bayt taşıyan { $packets } paket, yoklamaların gerektirdiğinden fazladır
",
    fr: "\
kind-scan-horizontal = Une source a cherché un service sur de nombreux hôtes
kind-scan-vertical = Une source a cherché des services sur de nombreux ports d’un hôte
kind-scan-sweep = Une source a demandé à de nombreuses adresses si un hôte s’y trouve
hosts-tried = Elle a essayé { $hosts } hôtes sur { $ports } port(s) en { $time }
ports-tried = Elle a essayé { $ports } ports d’un hôte en { $time }
attempts-failed = Sur { $settled } tentatives, { $failed } ont échoué : refusées ou restées sans réponse
walk-decides = Tant d’échecs de suite ne sont pas ceux d’un utilisateur : la marche est à { $sum }, les scanners commencent à { $threshold }
dense-targets = Les adresses sont proches les unes des autres : { $share } sont voisines d’autres
stealth-probes = { $probes } sondes portaient des drapeaux TCP par lesquels aucune conversation ne commence
may-be-forged-requests = D’autres demandent peut-être en son nom pour que les réponses la frappent : de telles requêtes, environ { $each } à chacun de { $hosts } hôtes, servent aux réflexions
few-hosts = Seulement { $hosts } hôtes ; il en faut { $wanted } pour être plus sûr
few-ports = Seulement { $ports } ports ; il en faut { $wanted } pour être plus sûr
many-answered = Beaucoup étaient là : { $answered } sur { $settled } ont répondu
comes-back = Elle revient vers des hôtes qu’elle connaît, comme la supervision et les pairs : { $share } de ses visites
peer-like = { $hosts } hôtes dispersés sur un port sans service connu : le pair-à-pair y ressemble
one-direction = Ce capteur ne voit presque pas les réponses ; le silence dit peu
everyday-service = Chaque client utilise le port { $port } avec de nombreux serveurs ; un chemin coupé y ressemble
scattered = Les { $hosts } hôtes ne sont pas voisins
few-service-ports = Seulement { $ports } des ports sont ceux de services ; les transferts et les appels tirent aussi des ports
target-flooded = { $sources } sources font de même à cet hôte : c’est plutôt une inondation à ports aléatoires
flood-like = { $packets } paquets de { $bytes } octets, c’est plus que des sondes n’en demandent
",
};
