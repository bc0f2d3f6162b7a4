# Les phrases communes des constats. Voir en/findings.ftl pour les règles.

kind-of = { $kind } ({ $vector })
with-target = { $head }. Visé : { $target }.
with-target-and-source = { $head }. Visé : { $target }. Origine : { $source }.
with-source = { $head }. Origine : { $source }.
with-nothing = { $head }.

label-state = État
label-who = Auteurs
label-whom = Cibles
label-sources = Sources
label-when = Quand
label-amount = Ampleur
label-ports = Ports
label-measure = Mesure
label-grounds = Ce qui l’appuie
label-against = Ce qui s’y oppose
label-confidence = Degré de confiance
label-instead = Autre lecture possible
label-contacts = Qui a atteint qui
label-sensors = Vu par
label-class = Classe
label-flows = Repose sur

state-opened = ouvert : peut se poursuivre
state-changed = modifié : se poursuit, avec de nouveaux chiffres
state-ended = terminé
state-word-opened = ouvert
state-word-changed = modifié
state-word-ended = terminé

target-high = { $address }, dans les réseaux de la partie { $side }
target-moderate = { $address }, dans les réseaux de la partie { $side } (confiance modérée quant au camp)
target-low = { $address }, peut-être dans les réseaux de la partie { $side } (confiance seulement faible quant au camp)
target-world = { $address }, adresse publique qu’aucune partie ne revendique
target-unknown = { $address }, adresse dont le camp est inconnu
source-high = { $address }, source située dans les réseaux de la partie { $side }
source-moderate = { $address }, source située dans les réseaux de la partie { $side } (confiance modérée quant au camp)
source-low = { $address }, source peut-être située dans les réseaux de la partie { $side } (confiance seulement faible quant au camp)
source-world = { $address }, source à une adresse publique qu’aucune partie ne revendique
source-unknown = { $address }, source dont le camp est inconnu
in-safe-area = { $host } ; protégée au titre de la zone protégée { $area } ({ $class })
area-hospital = hôpital
area-water = eau
area-power = électricité
area-election = élections
area-emergency = secours
area-csirt = CSIRT
area-mission = mission
area-other = autre
and-more = { $first }, et { $more ->
    [one] { $more } autre
   *[other] { $more } autres
}
more = { $more ->
    [one] et { $more } autre
   *[other] et { $more } autres
}
network-not-person = une adresse dit à quel réseau elle appartient ; elle ne dit pas qui a agi
world = le monde
unknown = inconnu

nobody-forged = personne ne peut être nommé : les adresses sources sont probablement falsifiées
nobody-ddos-reflection = personne ne peut être nommé : les serveurs n’ont fait que répondre et sont détournés ; l’auteur des questions falsifiées n’est pas visible ici
nobody-scan-backscatter = personne ne peut être nommé : l’hôte qui répond est la cible ; l’auteur des paquets falsifiés n’est pas visible ici
nobody = personne n’est nommé : ce qui a été vu ne désigne pas ceux qui ont agi
nobody-hit = aucune cible particulière n’est nommée
brief-forged = { $count ->
    [one] { $count } source, probablement falsifiée
   *[other] { $count } sources, probablement falsifiées
}
brief-ddos-reflection = { $count ->
    [one] { $count } serveur détourné
   *[other] { $count } serveurs détournés
}
brief-sources = { $count ->
    [one] { $count } source
   *[other] { $count } sources
}
brief-nobody = personne n’est nommé

sources-counted = { $count ->
    [one] { $count } adresse
   *[other] { $count } adresses
}
sources-estimated = environ { $count } adresses (estimation, à 4 % près dans 19 cas sur 20)
sources-first = les premières : { $addresses }
spoofed-likely = les adresses sont probablement falsifiées : leurs détenteurs n’y sont peut-être pour rien
spoofed-unlikely = il est peu probable que les adresses soient falsifiées
spoofed-unknown = on ignore si les adresses sont falsifiées
spoofed-word-likely = probablement falsifiées
spoofed-word-unlikely = probablement authentiques
spoofed-word-unknown = inconnu

from-to = du { $start } au { $end } ({ $duration })
amount-packets = { $count ->
    [one] { $count } paquet
   *[other] { $count } paquets
}
amount-flows = { $count ->
    [one] { $count } flux
   *[other] { $count } flux
}
amount = { $packets }, { $bytes }, { $flows }
amount-of-one = ces chiffres sont ceux du capteur qui en a vu le plus ; ils ne s’additionnent pas

measure = { $what } : { $value } au maximum ; le seuil est { $threshold }
measure-with-baseline = { $what } : { $value } au maximum ; le seuil est { $threshold } ; l’habitude était { $baseline }
what-packets-per-second = paquets par seconde
what-bytes-per-second = octets par seconde
what-receivers = hôtes ayant reçu des réponses
what-hosts = hôtes
what-ports = ports
what-commands = commandes
what-attempts = tentatives
what-bytes = octets
what-packets = paquets
what-flows = flux
what-names = noms

confidence-high = élevé : indices forts et directs
confidence-moderate = modéré : indices crédibles, une autre lecture reste possible
confidence-low = faible : indices ténus ou indirects ; vérifier avant d’agir
confidence-word-high = élevé
confidence-word-moderate = modéré
confidence-word-low = faible
nothing-for = aucun indice n’est donné
nothing-against = rien de ce qui a été examiné ne s’y oppose
nothing-instead = rien de ce qui a été mesuré n’appuie une autre lecture ; reste ce que les capteurs ne voient pas

contact = { $from } a atteint { $to } pour la première fois à { $first }
sensor = capteur { $sensor }
sensor-undeclared = une source rattachée à aucun capteur déclaré : nul ne peut dire ce qu’elle aurait pu voir d’autre
sensor-unknown = aucun capteur n’est nommé
flow = paquet { $ordinal } (à partir de 0) du lot scellé { $seal }
flow-unsealed = paquet { $ordinal } (à partir de 0) du lot { $batch }, qui n’est pas encore scellé
no-flows = aucun flux n’est nommé
class = { $title } (RSIT : { $class })
effect = peut nuire : { $effects }
effect-C = confidentialité
effect-I = intégrité
effect-A = disponibilité
effect-none = ne nuit à rien par lui-même
and = { $first }, { $second }

title-ddos-flood = Inondation
title-ddos-reflection = Inondation par réflexion
title-scan-horizontal = Balayage de nombreux hôtes
title-scan-vertical = Balayage d’un hôte
title-scan-sweep = Recherche d’hôtes actifs
title-scan-backscatter = Retours d’une inondation subie ailleurs
title-intrusion-brute-force = Essais de mots de passe
title-worm-spread = Propagation d’un ver
title-beacon-periodic = Appels réguliers vers un hôte
title-beacon-dns = Signaux cachés dans le DNS
title-ics-command = Commande à un système de contrôle
title-ics-scan = Balayage de systèmes de contrôle
title-exfiltration-volume = Sortie inhabituelle de données
title-anomaly-fragments = Fragments anormaux
title-anomaly-protocol = Usage anormal d’un protocole

vector-syn = TCP SYN
vector-ack = TCP ACK
vector-tcp-other = autres segments TCP
vector-ip-other = autres protocoles IP
vector-fragment = fragments IP
vector-ipv6-extension = en-têtes d’extension IPv6
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
vector-dvr = enregistreurs vidéo
vector-ike = IKE
vector-synack = TCP SYN avec ACK
vector-other = autre service
vector-ssh = SSH
vector-ftp = FTP
vector-rdp = RDP
vector-smb = SMB
vector-telnet = Telnet
vector-dga = noms générés
vector-tunnel = tunnel
vector-txt = enregistrements TXT
vector-modbus = Modbus
vector-s7comm = S7comm
vector-dnp3 = DNP3
vector-iec104 = IEC 60870-5-104
vector-ethernet-ip = EtherNet/IP

class-availability-dos = Disponibilité : déni de service
class-availability-ddos = Disponibilité : déni de service distribué
class-availability-sabotage = Disponibilité : sabotage
class-availability-outage = Disponibilité : panne
class-availability-misconfiguration = Disponibilité : erreur de configuration
class-information-gathering-scanner = Collecte d’informations : balayage
class-information-gathering-sniffing = Collecte d’informations : écoute
class-intrusion-attempts-ids-alert = Tentative d’intrusion : exploitation d’une vulnérabilité connue
class-intrusion-attempts-brute-force = Tentative d’intrusion : essais de connexion
class-intrusion-attempts-exploit = Tentative d’intrusion : nouvelle signature d’attaque
class-intrusions-system-compromise = Intrusion : compromission d’un système
class-intrusions-application-compromise = Intrusion : compromission d’une application
class-malicious-code-infected-system = Code malveillant : système infecté
class-malicious-code-c2-server = Code malveillant : serveur de commande et de contrôle
class-malicious-code-malware-distribution = Code malveillant : diffusion
class-information-content-security-unauthorised-information-access = Sécurité des contenus : accès non autorisé à des informations
class-information-content-security-unauthorised-information-modification = Sécurité des contenus : modification non autorisée d’informations
class-information-content-security-data-loss = Sécurité des contenus : perte de données
class-information-content-security-data-leak = Sécurité des contenus : fuite d’informations confidentielles
class-other-other = Autre
class-other-undetermined = Autre : indéterminé

announced = une partie a annoncé cette activité au préalable, pour ce moment et ces sources
    .instead = une activité annoncée, un essai par exemple
seen-by-several = { $sensors ->
    [one] { $sensors } capteur l’a vu ; les chiffres sont les siens
   *[other] { $sensors } capteurs l’ont vu ; les chiffres sont ceux du capteur qui en a vu le plus, car les autres ont pu voir les mêmes paquets
}

rate-over-bound = { $rate ->
    [one] { $rate } paquet est arrivé pendant la seconde la plus chargée
   *[other] { $rate } paquets sont arrivés pendant la seconde la plus chargée
} ; c’est trop à partir de { $bound } par seconde
usual-rate = l’habitude pour ce destinataire est de { $rate ->
    [one] { $rate } paquet par seconde
   *[other] { $rate } paquets par seconde
}
many-senders = { $senders ->
    [one] { $senders } adresse lui a envoyé des paquets
   *[other] { $senders } adresses lui ont envoyé des paquets en même temps
}
handshakes-complete = les émetteurs achèvent leurs ouvertures de connexion, comme le font des clients
    .instead = une affluence de vrais clients
questions-refused = { $share } des questions ont été rejetées, comme il arrive pour des noms qui n’existent pas
may-be-a-stream = { $senders ->
    [one] une seule adresse envoie
   *[other] seules { $senders } adresses envoient
}, et ces envois sont peut-être voulus
    .instead = un envoi continu voulu par le destinataire : vidéo, sauvegarde, tunnel
handshakes-not-completed = { $flows ->
    [one] { $flows } ouverture de connexion a été commencée sans être achevée
   *[other] { $flows } ouvertures de connexion ont été commencées, la plupart sans être achevées
}
one-way-sensor = le capteur ne voit presque aucune réponse : elles ont pu passer par un autre chemin
    .instead = un trafic ordinaire dont les réponses passent par un autre chemin
impossible-senders = { $share } des paquets viennent d’adresses depuis lesquelles personne ne peut émettre
senders-spread-evenly = presque chaque paquet vient d’une adresse différente (dispersion : { $spread } du maximum), comme le font des adresses falsifiées
one-distance = { $share } des paquets ont parcouru la même distance, alors que leurs adresses sont réparties dans le monde entier
requests-alike = les requêtes se ressemblent (leurs tailles varient de { $variation }), et chaque émetteur en fait { $each } par seconde

answers-not-asked = { $answers ->
    [one] { $answers } réponse
   *[other] { $answers } réponses
} de { $servers ->
    [one] { $servers } serveur
   *[other] { $servers } serveurs
}, sans qu’aucune question ait été vue
servers-are-abused = les serveurs répondent à des questions que quelqu’un a falsifiées ; ils ne sont pas les attaquants
few-servers = { $servers ->
    [one] un seul serveur répond
   *[other] seuls { $servers } serveurs répondent
}
    .instead = un serveur dont le destinataire a demandé les réponses hors de vue des capteurs
asked-to-amplify = { $share } des réponses concernent des questions choisies pour rendre les réponses volumineuses
short-answers = les réponses sont courtes ({ $bytes ->
    [one] { $bytes } octet
   *[other] { $bytes } octets
} en moyenne), comme un résolveur en reçoit toute la journée
    .instead = un résolveur très sollicité dont le capteur ne voit pas les questions
asked-in-its-name = { $flows ->
    [one] pour { $flows } flux, une question au nom du destinataire a été vue ; il l’a peut-être posée lui-même
   *[other] pour { $flows } flux, des questions au nom du destinataire ont été vues ; il les a peut-être posées lui-même
}
    .instead = un client qui interroge beaucoup
spread-over-prefix = il est réparti sur { $hosts } hôtes d’un même préfixe, dont aucun n’en reçoit l’essentiel
large-answers = les réponses sont volumineuses : { $bytes ->
    [one] { $bytes } octet
   *[other] { $bytes } octets
} en moyenne

answers-unasked = { $hosts ->
    [one] { $hosts } hôte a reçu
   *[other] { $hosts } hôtes ont reçu
} { $packets ->
    [one] { $packets } réponse
   *[other] { $packets } réponses
} à des envois que personne n’a vus
sender-is-target = l’hôte qui répond est celui qui est inondé, sous des adresses qui ne sont pas celles des émetteurs ; il ne fait rien de mal
few-receivers = { $hosts ->
    [one] { $hosts } hôte seulement a reçu
   *[other] { $hosts } hôtes seulement ont reçu
} de telles réponses ; il en faut { $wanted } pour plus de confiance
    .instead = un serveur dont les clients ont fait leurs demandes hors de vue des capteurs
