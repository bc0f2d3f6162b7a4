//! What is told people of worms.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: "
kind-worm-spread = A worm spreads from host to host
reached-then-spread = { $hosts } hosts spread at this port, and { $links } of them were reached there by another one before they began
first-spreader = the first that was seen to spread is { $host }, since { $moment }
spreaders-are-victims = the hosts that spread are infected: they are victims as well, and their owners need not know of it
series-of-sessions = after a time of silence they opened { $sessions } conversations, one after the other, with the same few hosts
contacts-fail = { $share } of their conversations were not accepted, as when addresses are tried at random
datagrams-alike = their datagrams are all of about { $bytes }
growth-fit = the number of spreaders doubled in { $doubling } at first (between { $least } and { $most } in 19 of 20 cases, if each spreads alike)
growth-ends = growth slows as if about { $hosts } hosts could be infected
openings-unseen = the openings of most conversations were not seen, so who began is known from the ports alone
few-spreaders = only { $hosts } spreaders are linked to each other; { $wanted } are needed to be more sure
spreaders-apart = { $hosts } other hosts spread at this port without having been seen to be reached; they may be scanners
part-of-outbreak = it is a part of an outbreak at this port, which is told as an event of its own
",
    ar: "
kind-worm-spread = دودة حاسوبية تنتشر من مضيف إلى آخر
reached-then-spread = { $hosts } مضيفًا ينشر عبر هذا المنفذ، و{ $links } منها وصل إليه مضيف آخر عبر المنفذ نفسه قبل أن يبدأ النشر
first-spreader = أول مضيف شوهد وهو ينشر هو { $host }، منذ { $moment }
spreaders-are-victims = المضيفات التي تنشر مصابة، فهي ضحايا أيضًا، وقد لا يعلم أصحابها بذلك
series-of-sessions = بعد فترة صمت فتحت { $sessions } محادثة متتابعة مع المضيفات القليلة نفسها
contacts-fail = لم تُقبل { $share } من محادثاتها، كما يحدث عند تجربة عناوين عشوائية
datagrams-alike = حزم البيانات كلها بحجم { $bytes } تقريبًا
growth-fit = تضاعف عدد الناشرين في البداية خلال { $doubling } (بين { $least } و{ $most } في 19 من كل 20 حالة، إذا كان نشاط النشر متماثلًا)
growth-ends = يتباطأ النمو كما لو أن عدد المضيفات القابلة للإصابة نحو { $hosts }
openings-unseen = لم تُشاهد بدايات معظم المحادثات، لذا لا يُعرف البادئ إلا من أرقام المنافذ
few-spreaders = { $hosts } ناشرًا فقط مرتبط بعضهم ببعض؛ ويلزم { $wanted } لزيادة اليقين
spreaders-apart = { $hosts } مضيفًا آخر ينشر عبر هذا المنفذ دون أن يُشاهد وصول أحد إليه؛ وقد تكون هذه ماسحات
part-of-outbreak = هذا جزء من تفشٍّ عند هذا المنفذ، ويُبلَّغ عنه حدثًا قائمًا بذاته
",
    tr: "
kind-worm-spread = Bir solucan makineden makineye yayılıyor
reached-then-spread = bu bağlantı noktasında { $hosts } makine yayıyor; bunların { $links } tanesine, kendileri başlamadan önce, aynı noktadan bir başkası ulaşmıştı
first-spreader = yaydığı görülen ilk makine { $host }, başlangıç { $moment }
spreaders-are-victims = yayan makinelere bulaşmıştır: onlar da mağdurdur ve sahiplerinin bundan haberi olmayabilir
series-of-sessions = bir sessizlikten sonra aynı birkaç makineyle art arda { $sessions } bağlantı açtılar
contacts-fail = bağlantılarının { $share } kadarı kabul edilmedi; rastgele adres denendiğinde böyle olur
datagrams-alike = veri paketlerinin hepsi yaklaşık { $bytes } boyutunda
growth-fit = yayanların sayısı başlangıçta { $doubling } içinde ikiye katlandı (hepsi aynı biçimde yayıyorsa, 20 durumun 19'unda { $least } ile { $most } arasında)
growth-ends = büyüme, bulaşabilecek yaklaşık { $hosts } makine varmış gibi yavaşlıyor
openings-unseen = çoğu bağlantının başlangıcı görülmedi; kimin başlattığı yalnızca bağlantı noktalarından anlaşılıyor
few-spreaders = birbirine bağlı yalnızca { $hosts } yayan makine var; daha emin olmak için { $wanted } gerekir
spreaders-apart = { $hosts } başka makine, kendisine ulaşıldığı görülmeden bu noktada yayıyor; bunlar tarayıcı olabilir
part-of-outbreak = bu, bu kapıda ayrı bir olay olarak bildirilen bir salgının parçasıdır
",
    fr: "
kind-worm-spread = Un ver se propage de machine en machine
reached-then-spread = { $hosts } machines propagent sur ce port ; { $links } d'entre elles y avaient été jointes par une autre avant de commencer
first-spreader = la première machine vue en train de propager est { $host }, depuis { $moment }
spreaders-are-victims = les machines qui propagent sont infectées : elles sont aussi des victimes, et leurs propriétaires peuvent l'ignorer
series-of-sessions = après un temps de silence, elles ont ouvert { $sessions } connexions successives avec les mêmes quelques machines
contacts-fail = { $share } de leurs connexions n'ont pas été acceptées, comme lorsqu'on essaie des adresses au hasard
datagrams-alike = leurs datagrammes font tous environ { $bytes }
growth-fit = le nombre de machines qui propagent a d'abord doublé en { $doubling } (entre { $least } et { $most } dans 19 cas sur 20, si toutes propagent de même)
growth-ends = la croissance ralentit comme si environ { $hosts } machines pouvaient être infectées
openings-unseen = le début de la plupart des connexions n'a pas été vu : seuls les ports indiquent qui a commencé
few-spreaders = seules { $hosts } machines qui propagent sont liées entre elles ; il en faut { $wanted } pour être plus sûr
spreaders-apart = { $hosts } autres machines propagent sur ce port sans qu'on les ait vues jointes ; ce sont peut-être des scanners
part-of-outbreak = cela fait partie d’une épidémie sur ce port, qui est signalée comme un événement à part
",
};
