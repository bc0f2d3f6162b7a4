//! What the reasons mean, in four languages.

use crate::detector::Texts;

pub(super) const TEXTS: Texts = Texts {
    en: r"
kind-indicator-match = A host meets what a list of indicators lists
listed-by = { $listed } is on the list “{ $list }”
listed-as = the list calls it “{ $label }”
conversed-with-listed = { $flows } flows in which both took part, { $bytes } in all
tried-listed = the host sent { $packets } packets to it
asked-for-name = the host asked for { $name } { $questions } times and called on it by that name { $visits } times
showed-fingerprint = a program of the host showed the listed fingerprint { $times } times
fingerprint-to = it called on { $server }
listed-knocked = { $flows } flows from it to { $hosts } hosts
not-answered = nobody answered any of { $packets } packets, so the sender may be forged or nobody may be there
listed-end-began = the listed address began; whoever offers a service is called on by all kinds of hosts
list-says-no-confidence = the list does not say how sure it is
list-unsure = the list itself is only { $confidence } in 100 sure
fingerprint-shared = { $hosts } hosts show this fingerprint: it may be a common program's
fingerprint-not-unique = other programs may show the same fingerprint
asks-for-others = the host answers questions of others, and may have asked for one of them
only-asked = the host asked for the name, but was not seen to call on it
below-listed-name = the list names { $listed }, not this name below it
listed-only-in-part = the list means one page or file there, which cannot be seen; the rest may be good
listed-from-later = the list knows of it only from { $from } on, which was later
listed-until-earlier = the list last knew of it at { $until }, which was earlier
",
    ar: r"
kind-indicator-match = مضيف يلتقي بما تذكره قائمة مؤشرات
listed-by = { $listed } مذكور في القائمة «{ $list }»
listed-as = تسمّيه القائمة «{ $label }»
conversed-with-listed = { $flows } تدفقًا شارك فيها الطرفان، { $bytes } في المجموع
tried-listed = أرسل المضيف إليه { $packets } حزمة
asked-for-name = سأل المضيف عن { $name } عدد { $questions } مرة، واتصل به بهذا الاسم { $visits } مرة
showed-fingerprint = أظهر برنامج على المضيف البصمة المذكورة { $times } مرة
fingerprint-to = اتصل هذا البرنامج بـ { $server }
listed-knocked = { $flows } تدفقًا منه إلى { $hosts } مضيفًا
not-answered = لم يُجب أحد عن أي من { $packets } حزمة، فقد يكون المرسِل مزوَّرًا أو لا أحد هناك
listed-end-began = العنوان المذكور هو الذي بدأ؛ ومن يقدّم خدمة تتصل به مضيفات من كل نوع
list-says-no-confidence = لا تقول القائمة مدى ثقتها
list-unsure = ثقة القائمة نفسها { $confidence } من 100 فقط
fingerprint-shared = { $hosts } مضيفًا يُظهر هذه البصمة: فقد تكون لبرنامج شائع
fingerprint-not-unique = قد تُظهر برامج أخرى البصمة نفسها
asks-for-others = يجيب المضيف عن أسئلة غيره، وربما سأل نيابة عن أحدهم
only-asked = سأل المضيف عن الاسم، لكن لم يُرَ متصلًا به
below-listed-name = تذكر القائمة { $listed }، لا هذا الاسم المتفرّع عنه
listed-only-in-part = تقصد القائمة صفحة أو ملفًا واحدًا هناك لا يمكن رؤيته؛ وقد يكون الباقي سليمًا
listed-from-later = لا تعرفه القائمة إلا منذ { $from }، وذلك بعد هذا الوقت
listed-until-earlier = آخر عهد القائمة به { $until }، وذلك قبل هذا الوقت
",
    tr: r"
kind-indicator-match = Bir ana makine, bir gösterge listesinde yer alan bir şeyle karşılaştı
listed-by = { $listed }, “{ $list }” listesinde yer alıyor
listed-as = liste onu “{ $label }” diye adlandırıyor
conversed-with-listed = iki tarafın da katıldığı { $flows } akış, toplam { $bytes }
tried-listed = ana makine ona { $packets } paket gönderdi
asked-for-name = ana makine { $name } adını { $questions } kez sordu ve bu adla { $visits } kez bağlandı
showed-fingerprint = ana makinedeki bir program listedeki parmak izini { $times } kez gösterdi
fingerprint-to = program { $server } adresine bağlandı
listed-knocked = ondan { $hosts } ana makineye { $flows } akış
not-answered = { $packets } paketin hiçbirine yanıt verilmedi; gönderen sahte olabilir ya da orada kimse olmayabilir
listed-end-began = listedeki adres başlattı; hizmet sunan birine her türden ana makine bağlanır
list-says-no-confidence = liste ne kadar emin olduğunu söylemiyor
list-unsure = listenin kendisi yalnızca 100 üzerinden { $confidence } emin
fingerprint-shared = { $hosts } ana makine bu parmak izini gösteriyor: yaygın bir programınki olabilir
fingerprint-not-unique = başka programlar da aynı parmak izini gösterebilir
asks-for-others = ana makine başkalarının sorularını yanıtlıyor; onlardan biri adına sormuş olabilir
only-asked = ana makine adı sordu, ama ona bağlandığı görülmedi
below-listed-name = liste { $listed } adını veriyor, onun altındaki bu adı değil
listed-only-in-part = liste oradaki tek bir sayfayı ya da dosyayı kastediyor, bu görülemez; geri kalanı iyi olabilir
listed-from-later = liste onu ancak { $from } anından beri biliyor; bu daha sonra
listed-until-earlier = liste onu en son { $until } anında biliyordu; bu daha önce
",
    fr: r"
kind-indicator-match = Un hôte rencontre ce que cite une liste d’indicateurs
listed-by = { $listed } figure dans la liste « { $list } »
listed-as = la liste l’appelle « { $label } »
conversed-with-listed = { $flows } flux auxquels les deux ont pris part, { $bytes } en tout
tried-listed = l’hôte lui a envoyé { $packets } paquets
asked-for-name = l’hôte a demandé { $name } { $questions } fois et s’y est adressé sous ce nom { $visits } fois
showed-fingerprint = un programme de l’hôte a montré l’empreinte citée { $times } fois
fingerprint-to = il s’est adressé à { $server }
listed-knocked = { $flows } flux de sa part vers { $hosts } hôtes
not-answered = personne n’a répondu à aucun de { $packets } paquets : l’expéditeur peut être forgé, ou l’adresse déserte
listed-end-began = c’est l’adresse citée qui a commencé ; un service reçoit toutes sortes d’hôtes
list-says-no-confidence = la liste ne dit pas à quel point elle est sûre
list-unsure = la liste elle-même n’est sûre qu’à { $confidence } sur 100
fingerprint-shared = { $hosts } hôtes montrent cette empreinte : ce peut être celle d’un programme courant
fingerprint-not-unique = d’autres programmes peuvent montrer la même empreinte
asks-for-others = l’hôte répond aux questions d’autrui et peut avoir demandé pour l’un d’eux
only-asked = l’hôte a demandé le nom, mais on ne l’a pas vu s’y adresser
below-listed-name = la liste cite { $listed }, et non ce nom situé en dessous
listed-only-in-part = la liste vise là une page ou un fichier, qu’on ne peut voir ; le reste peut être sain
listed-from-later = la liste ne le connaît que depuis { $from }, donc plus tard
listed-until-earlier = la liste l’a connu pour la dernière fois le { $until }, donc plus tôt
",
};
