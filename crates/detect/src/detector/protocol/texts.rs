//! What anomalies of protocols are told with.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: "\
kind-anomaly-protocol = Packets against the rules of their protocols, or a protocol on the port of another
impossible-flags = { $packets } packets had TCP flags that exclude each other, or none
sender-is-receiver = { $packets } packets named their receiver, port included, as their sender
odd-port = The payload is { $application }, but port { $port } belongs to another protocol
few-packets = Only { $packets } packets; { $wanted } are wanted to be surer
little-data = Only { $bytes } were carried
within-one-side = Both ends are on the same side
",
    ar: "\
kind-anomaly-protocol = رزم تخالف قواعد بروتوكولاتها، أو بروتوكول على منفذ بروتوكول آخر
impossible-flags = { $packets } رزمة تحمل أعلام TCP متناقضة أو لا تحمل أي علم
sender-is-receiver = { $packets } رزمة ذكرت مستقبِلها ومنفذه على أنه مرسلها
odd-port = المحتوى من بروتوكول { $application }، لكن المنفذ { $port } يخص بروتوكولًا آخر
few-packets = { $packets } رزمة فقط؛ المطلوب { $wanted } لثقة أكبر
little-data = نُقل { $bytes } فقط
within-one-side = الطرفان في الجانب نفسه
",
    tr: "\
kind-anomaly-protocol = Protokol kurallarına aykırı paketler ya da başka bir protokolün kapısında bir protokol
impossible-flags = { $packets } pakette birbirini dışlayan TCP bayrakları vardı ya da hiç bayrak yoktu
sender-is-receiver = { $packets } paket, alıcısını kapısıyla birlikte gönderici olarak gösteriyordu
odd-port = İçerik { $application }, ama { $port } kapısı başka bir protokole ait
few-packets = Yalnızca { $packets } paket; daha emin olmak için { $wanted } gerekir
little-data = Yalnızca { $bytes } taşındı
within-one-side = İki uç da aynı tarafta
",
    fr: "\
kind-anomaly-protocol = Paquets contraires aux règles de leurs protocoles, ou protocole sur le port d’un autre
impossible-flags = { $packets } paquets portaient des drapeaux TCP qui s’excluent, ou aucun
sender-is-receiver = { $packets } paquets nommaient leur destinataire, port compris, comme émetteur
odd-port = Le contenu est { $application }, mais le port { $port } appartient à un autre protocole
few-packets = Seulement { $packets } paquets ; il en faut { $wanted } pour être plus sûr
little-data = Seulement { $bytes } ont été transportés
within-one-side = Les deux extrémités sont du même côté
",
};
