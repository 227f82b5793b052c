<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>CommandLine</name>
    <message>
        <source>There is no profile named %1.</source>
        <translation>Es gibt kein Profil namens %1.</translation>
    </message>
    <message>
        <source>--stats needs --store or --profile.</source>
        <translation>--stats braucht --store oder --profile.</translation>
    </message>
    <message>
        <source>There is no display. --capture writes pictures without one.</source>
        <translation>Es gibt keine Anzeige. --capture schreibt Bilder ohne eine.</translation>
    </message>
    <message>
        <source>Infra console</source>
        <translation>Infra-Konsole</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Application</name>
    <message>
        <source>There is no profile named %1.</source>
        <translation>Es gibt kein Profil namens %1.</translation>
    </message>
    <message>
        <source>--capture needs --demo, --store or --profile.</source>
        <translation>--capture braucht --demo, --store oder --profile.</translation>
    </message>
    <message>
        <source>%1 is not there now. Open it again for its new safety to count.</source>
        <translation>%1 ist gerade nicht da. Öffnen Sie es erneut, damit der neue Schutz gilt.</translation>
    </message>
    <message>
        <source>%1 is open in another window, which was brought to the front.</source>
        <translation>%1 ist in einem anderen Fenster offen, das nach vorn geholt wurde.</translation>
    </message>
    <message>
        <source>demo</source>
        <translation>Demo</translation>
    </message>
    <message>
        <source>Starting five demo services…</source>
        <translation>Fünf Demo-Dienste werden gestartet …</translation>
    </message>
    <message>
        <source>Open a store</source>
        <translation>Speicher öffnen</translation>
    </message>
    <message>
        <source>Stores (*.db *.sqlite *.sqlite3)</source>
        <translation>Speicher (*.db *.sqlite *.sqlite3)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Attention</name>
    <message>
        <source> since %1</source>
        <translation> seit %1</translation>
    </message>
    <message>
        <source>%1 is unreachable%2</source>
        <translation>%1 ist%2 nicht erreichbar</translation>
    </message>
    <message>
        <source>%1 is down%2</source>
        <translation>%1 ist%2 gestört</translation>
    </message>
    <message>
        <source>%1 is degraded%2</source>
        <translation>%1 ist%2 beeinträchtigt</translation>
    </message>
    <message>
        <source>Calls to %1 are refused by its callers: the circuit breaker is open.</source>
        <translation>Aufrufe von %1 werden von den Aufrufern abgelehnt: Der Schutzschalter ist offen.</translation>
    </message>
    <message>
        <source>The certificate of %1 expires on %2.</source>
        <translation>Das Zertifikat von %1 läuft am %2 ab.</translation>
    </message>
    <message>
        <source>%1 (pid %2) has not published since %3.</source>
        <translation>%1 (PID %2) hat seit %3 nichts veröffentlicht.</translation>
    </message>
    <message>
        <source>%1 gives up waiting for connections: %2 timeouts.</source>
        <translation>%1 wartet vergeblich auf Verbindungen: %2 Zeitüberschreitungen.</translation>
    </message>
    <message>
        <source>%1 uses %2 of %3 database connections, %4 waiting.</source>
        <translation>%1 nutzt %2 von %3 Datenbankverbindungen, %4 warten.</translation>
    </message>
    <message>
        <source>%1 waits long for database connections: p95 %2.</source>
        <translation>%1 wartet lange auf Datenbankverbindungen: p95 %2.</translation>
    </message>
    <message>
        <source>%1 has %2 wedged database connections.</source>
        <translation>%1 hat %2 hängende Datenbankverbindungen.</translation>
    </message>
    <message>
        <source>Region “%1” cannot use its store: %2 errors.</source>
        <translation>Region „%1“ kann ihren Speicher nicht nutzen: %2 Fehler.</translation>
    </message>
    <message>
        <source>The hit rate of region “%1” is only %2 at %3.</source>
        <translation>Die Trefferquote der Region „%1“ ist nur %2 bei %3.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::AttentionList</name>
    <message>
        <source>Needs attention</source>
        <translation>Braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Nothing needs attention.</source>
        <translation>Nichts braucht Aufmerksamkeit.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::AttentionModel</name>
    <message>
        <source>Problem: %1</source>
        <translation>Problem: %1</translation>
    </message>
    <message>
        <source>Warning: %1</source>
        <translation>Warnung: %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::AttentionNote</name>
    <message>
        <source>%1 And %2 more.</source>
        <extracomment>A sentence, and how many others there are.</extracomment>
        <translation>%1 Und %2 weitere.</translation>
    </message>
    <message>
        <source>Problem: %1</source>
        <translation>Problem: %1</translation>
    </message>
    <message>
        <source>Warning: %1</source>
        <translation>Warnung: %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Badge</name>
    <message>
        <source>Five services of the demonstration in a temporary store; all of it ends with the console.</source>
        <translation>Fünf Dienste zur Vorführung in einem temporären Speicher; alles endet mit der Konsole.</translation>
    </message>
    <message>
        <source>This store can be looked at and not changed.</source>
        <translation>Dieser Speicher lässt sich ansehen, aber nicht ändern.</translation>
    </message>
    <message>
        <source>Invalidating in a production profile asks for its name first.</source>
        <translation>Vor dem Invalidieren in einem Produktionsprofil wird dessen Name abgefragt.</translation>
    </message>
    <message>
        <source>DEMO</source>
        <translation>DEMO</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>nur lesen</translation>
    </message>
    <message>
        <source>production</source>
        <translation>Produktion</translation>
    </message>
</context>
<context>
    <name>InfraConsole::CachesPage</name>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>Name of the cache region</source>
        <translation>Name der Cache-Region</translation>
    </message>
    <message>
        <source>Instances</source>
        <translation>Instanzen</translation>
    </message>
    <message>
        <source>The process, or how many live processes use the region</source>
        <translation>Der Prozess, oder wie viele laufende Prozesse die Region nutzen</translation>
    </message>
    <message>
        <source>Hit rate</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Gets answered from memory or store, of all gets</source>
        <translation>Abrufe, die aus Arbeitsspeicher oder Speicher beantwortet wurden, von allen</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Gets a second</source>
        <translation>Abrufe je Sekunde</translation>
    </message>
    <message>
        <source>Entries</source>
        <translation>Einträge</translation>
    </message>
    <message>
        <source>Entries in the memory tier; the bar shows their share of the limit</source>
        <translation>Einträge im Arbeitsspeicher; der Balken zeigt ihren Anteil an der Grenze</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Bytes in the memory tier; the bar shows their share of the limit</source>
        <translation>Bytes im Arbeitsspeicher; der Balken zeigt ihren Anteil an der Grenze</translation>
    </message>
    <message>
        <source>Evictions</source>
        <translation>Verdrängungen</translation>
    </message>
    <message>
        <source>Entries pushed out of memory a second</source>
        <translation>Je Sekunde aus dem Arbeitsspeicher verdrängte Einträge</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>Half of all gets are faster</source>
        <translation>Die Hälfte aller Abrufe ist schneller</translation>
    </message>
    <message>
        <source>p95</source>
        <translation>p95</translation>
    </message>
    <message>
        <source>19 of 20 gets are faster</source>
        <translation>19 von 20 Abrufen sind schneller</translation>
    </message>
    <message>
        <source>Load p95</source>
        <translation>Laden p95</translation>
    </message>
    <message>
        <source>19 of 20 values are computed faster after a miss</source>
        <translation>19 von 20 Werten werden nach einem Fehlschlag schneller berechnet</translation>
    </message>
    <message>
        <source>Time of a get</source>
        <translation>Dauer eines Abrufs</translation>
    </message>
    <message>
        <source>Entries in memory</source>
        <translation>Einträge im Arbeitsspeicher</translation>
    </message>
    <message>
        <source>%1 of %2 (%3)</source>
        <extracomment>Used, limit, share in percent.</extracomment>
        <translation>%1 von %2 (%3)</translation>
    </message>
    <message>
        <source>Caches</source>
        <translation>Caches</translation>
    </message>
    <message>
        <source>Cache regions</source>
        <translation>Cache-Regionen</translation>
    </message>
    <message>
        <source>&lt;b&gt;Caches&lt;/b&gt;&lt;p&gt;Every region, merged over all processes or one row for each of them. Hits count in memory and on disk together; rates are of the last seconds; p50 and p95 are of the last ten. Memory&apos;s entries and bytes stand against their limits.&lt;/p&gt;&lt;p&gt;The charts below are of the selected row.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Caches&lt;/b&gt;&lt;p&gt;Jede Region, über alle Prozesse zusammengefasst oder mit einer Zeile für jeden. Treffer in Arbeitsspeicher und auf der Platte zählen zusammen; Raten gelten für die letzten Sekunden, p50 und p95 für die letzten zehn. Einträge und Bytes im Arbeitsspeicher stehen neben ihren Grenzen.&lt;/p&gt;&lt;p&gt;Die Diagramme darunter gehören zur gewählten Zeile.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No cache regions yet</source>
        <translation>Noch keine Cache-Regionen</translation>
    </message>
    <message>
        <source>A region appears when a service that uses this store opens it.</source>
        <translation>Eine Region erscheint, sobald ein Dienst, der diesen Speicher nutzt, sie öffnet.</translation>
    </message>
    <message>
        <source>Browse keys</source>
        <translation>Schlüssel ansehen</translation>
    </message>
    <message>
        <source>Lists the keys of the selected region (Enter)</source>
        <translation>Listet die Schlüssel der gewählten Region (Eingabe)</translation>
    </message>
    <message>
        <source>Invalidate region…</source>
        <translation>Region invalidieren …</translation>
    </message>
    <message>
        <source>Shows first what would be removed (Ctrl+Shift+I)</source>
        <translation>Zeigt zuerst, was entfernt würde (Strg+Umschalt+I)</translation>
    </message>
    <message>
        <source>limit %1</source>
        <translation>Grenze %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Capture</name>
    <message>
        <source>Cannot create the directory %1.</source>
        <translation>Das Verzeichnis %1 kann nicht angelegt werden.</translation>
    </message>
    <message>
        <source>Cannot write %1.</source>
        <translation>%1 kann nicht geschrieben werden.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ChartScale</name>
    <message>
        <source>now</source>
        <comment>right end of a time axis</comment>
        <translation>jetzt</translation>
    </message>
</context>
<context>
    <name>InfraConsole::CommandLine</name>
    <message>
        <source>Open the store at &lt;url&gt;: sqlite:///path/to/file.</source>
        <translation>Öffnet den Speicher unter &lt;url&gt;: sqlite:///pfad/zur/datei.</translation>
    </message>
    <message>
        <source>Start five demo services on a temporary store and show them.</source>
        <translation>Startet fünf Demo-Dienste auf einem temporären Speicher und zeigt sie.</translation>
    </message>
    <message>
        <source>Open the saved profile &lt;name&gt;.</source>
        <translation>Öffnet das gespeicherte Profil &lt;name&gt;.</translation>
    </message>
    <message>
        <source>Write a PNG of every page to &lt;directory&gt; and quit; needs no display.</source>
        <translation>Schreibt ein PNG jeder Seite nach &lt;directory&gt; und endet; braucht keine Anzeige.</translation>
    </message>
    <message>
        <source>Size of the window, for example 1280x800.</source>
        <translation>Größe des Fensters, zum Beispiel 1280x800.</translation>
    </message>
    <message>
        <source>Use the dark palette.</source>
        <translation>Nimmt die dunkle Palette.</translation>
    </message>
    <message>
        <source>Use the light palette.</source>
        <translation>Nimmt die helle Palette.</translation>
    </message>
    <message>
        <source>Check the health of the service &lt;name&gt;, or of all, and quit: exit status 0 when all are up, 1 when one is degraded, down or unreachable.</source>
        <translation>Prüft den Dienst &lt;name&gt;, oder alle, und endet: Rückgabewert 0, wenn alle laufen, 1, wenn einer beeinträchtigt, gestört oder nicht erreichbar ist.</translation>
    </message>
    <message>
        <source>Print one snapshot of the store as JSON and quit.</source>
        <translation>Gibt eine Momentaufnahme des Speichers als JSON aus und endet.</translation>
    </message>
    <message>
        <source>With --check: print JSON instead of a table.</source>
        <translation>Mit --check: gibt JSON statt einer Tabelle aus.</translation>
    </message>
    <message>
        <source>Print this help and quit.</source>
        <translation>Gibt diese Hilfe aus und endet.</translation>
    </message>
    <message>
        <source>Print the version and quit.</source>
        <translation>Gibt die Version aus und endet.</translation>
    </message>
    <message>
        <source>--size takes a width and height from 640x480 to 7680x4320, not &quot;%1&quot;.</source>
        <translation>--size nimmt Breite und Höhe von 640x480 bis 7680x4320, nicht „%1“.</translation>
    </message>
    <message>
        <source>%1 Try --help.</source>
        <translation>%1 Siehe --help.</translation>
    </message>
    <message>
        <source>Unexpected argument &quot;%1&quot;. A store is opened with --store URL.</source>
        <translation>Unerwartetes Argument „%1“. Ein Speicher wird mit --store URL geöffnet.</translation>
    </message>
    <message>
        <source>--capture, --check and --stats exclude each other.</source>
        <translation>--capture, --check und --stats schließen einander aus.</translation>
    </message>
    <message>
        <source>--demo, --store and --profile exclude each other.</source>
        <translation>--demo, --store und --profile schließen einander aus.</translation>
    </message>
    <message>
        <source>--dark and --light exclude each other.</source>
        <translation>--dark und --light schließen einander aus.</translation>
    </message>
    <message>
        <source>--json goes with --check.</source>
        <translation>--json gehört zu --check.</translation>
    </message>
    <message>
        <source>--profile takes the name of a profile.</source>
        <translation>--profile nimmt den Namen eines Profils.</translation>
    </message>
    <message>
        <source>--capture takes a directory.</source>
        <translation>--capture nimmt ein Verzeichnis.</translation>
    </message>
    <message>
        <source>--check takes the name of a service, or all.</source>
        <translation>--check nimmt den Namen eines Dienstes oder all.</translation>
    </message>
    <message>
        <source>Shows caches, connection pools and services that use libinfra, live, and invalidates cached data.
Exit status: 0 success, 1 a check found a problem, 2 wrong usage or the store cannot be opened.</source>
        <translation>Zeigt live die Caches, Verbindungspools und Dienste, die libinfra nutzen, und invalidiert zwischengespeicherte Daten.
Rückgabewert: 0 Erfolg, 1 eine Prüfung fand ein Problem, 2 falscher Aufruf oder der Speicher lässt sich nicht öffnen.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>Type a page, region, service or command</source>
        <translation>Seite, Region, Dienst oder Befehl eingeben</translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation>Passende Befehle</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Commands</name>
    <message>
        <source>SERVICE</source>
        <translation>DIENST</translation>
    </message>
    <message>
        <source>VERDICT</source>
        <translation>URTEIL</translation>
    </message>
    <message>
        <source>ANSWER</source>
        <translation>ANTWORT</translation>
    </message>
    <message>
        <source>REASON</source>
        <translation>GRUND</translation>
    </message>
    <message>
        <source>There is no service named %1; known are %2.</source>
        <translation>Es gibt keinen Dienst namens %1; bekannt sind %2.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ComponentPage</name>
    <message>
        <source>Merged</source>
        <translation>Zusammengefasst</translation>
    </message>
    <message>
        <source>Per instance</source>
        <translation>Je Instanz</translation>
    </message>
    <message>
        <source>Rows of the table</source>
        <translation>Zeilen der Tabelle</translation>
    </message>
    <message>
        <source>One row for each, or one for each in every instance</source>
        <translation>Eine Zeile für jede, oder eine für jede in jeder Instanz</translation>
    </message>
    <message>
        <source>Select a row above</source>
        <translation>Oben eine Zeile wählen</translation>
    </message>
    <message>
        <source>No instance has published this yet</source>
        <translation>Noch keine Instanz hat dies veröffentlicht</translation>
    </message>
    <message>
        <source>Nothing selected</source>
        <translation>Nichts gewählt</translation>
    </message>
    <message>
        <source>all instances</source>
        <extracomment>%1 is the name of a service.</extracomment>
        <translation>alle Instanzen</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>in %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::DataTable</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter: %1</source>
        <extracomment>%1 is the name of a table.</extracomment>
        <translation>Filter: %1</translation>
    </message>
    <message>
        <source>Shows the rows that contain every word (Ctrl+F)</source>
        <translation>Zeigt die Zeilen, die jedes Wort enthalten (Strg+F)</translation>
    </message>
    <message>
        <source>Nothing here yet</source>
        <translation>Hier ist noch nichts</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <extracomment>Rows that a filter left, of how many.</extracomment>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>No row contains “%1”</source>
        <translation>Keine Zeile enthält „%1“</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Filter leeren</translation>
    </message>
    <message>
        <source>Copy rows with headers</source>
        <translation>Zeilen mit Überschriften kopieren</translation>
    </message>
    <message>
        <source>Export as CSV…</source>
        <translation>Als CSV exportieren …</translation>
    </message>
    <message>
        <source>Export as JSON…</source>
        <translation>Als JSON exportieren …</translation>
    </message>
</context>
<context>
    <name>InfraConsole::DataWorker</name>
    <message>
        <source>The store keeps no telemetry.</source>
        <translation>Der Speicher führt keine Telemetrie.</translation>
    </message>
    <message>
        <source>store</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>The store does not answer.</source>
        <translation>Der Speicher antwortet nicht.</translation>
    </message>
    <message>
        <source>The store answers again.</source>
        <translation>Der Speicher antwortet wieder.</translation>
    </message>
    <message>
        <source>%1 (pid %2) stopped publishing.</source>
        <translation>%1 (PID %2) veröffentlicht nichts mehr.</translation>
    </message>
    <message>
        <source>%1 (pid %2) publishes again.</source>
        <translation>%1 (PID %2) veröffentlicht wieder.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::DemoFleet</name>
    <message>
        <source>The demo services did not start within %1 s.</source>
        <translation>Die Demo-Dienste sind nicht innerhalb von %1 s gestartet.</translation>
    </message>
    <message>
        <source>The program infra-demo-service was not found.</source>
        <translation>Das Programm infra-demo-service wurde nicht gefunden.</translation>
    </message>
    <message>
        <source>No temporary directory: %1</source>
        <translation>Kein temporäres Verzeichnis: %1</translation>
    </message>
    <message>
        <source>it was killed or crashed</source>
        <translation>er wurde beendet oder ist abgestürzt</translation>
    </message>
    <message>
        <source>it ended with status %1</source>
        <translation>er endete mit dem Wert %1</translation>
    </message>
    <message>
        <source>The demo service %1 did not start: %2.</source>
        <translation>Der Demo-Dienst %1 ist nicht gestartet: %2.</translation>
    </message>
    <message>
        <source>The demo service %1 did not start: %2 (%3).</source>
        <translation>Der Demo-Dienst %1 ist nicht gestartet: %2 (%3).</translation>
    </message>
</context>
<context>
    <name>InfraConsole::EventLog</name>
    <message>
        <source>key %1 of %2</source>
        <translation>Schlüssel %1 von %2</translation>
    </message>
    <message>
        <source>chosen keys of %1</source>
        <translation>gewählte Schlüssel von %1</translation>
    </message>
    <message>
        <source>keys of %2 beginning with %1</source>
        <translation>Schlüssel von %2, die mit %1 beginnen</translation>
    </message>
    <message>
        <source>keys of %2 like %1</source>
        <translation>Schlüssel von %2 nach dem Muster %1</translation>
    </message>
    <message>
        <source>tag %1 of %2</source>
        <translation>Schlagwort %1 von %2</translation>
    </message>
    <message>
        <source>expired entries of %1</source>
        <translation>abgelaufene Einträge von %1</translation>
    </message>
    <message>
        <source>region %1</source>
        <translation>Region %1</translation>
    </message>
    <message>
        <source>every region</source>
        <translation>alle Regionen</translation>
    </message>
    <message>
        <source>Invalidated %1: %2.</source>
        <translation>Invalidiert: %1, %2.</translation>
    </message>
    <message>
        <source>1 entry</source>
        <translation>1 Eintrag</translation>
    </message>
    <message>
        <source>%1 entries</source>
        <translation>%1 Einträge</translation>
    </message>
    <message>
        <source>, version %1</source>
        <translation>, Version %1</translation>
    </message>
    <message>
        <source>%1 started (pid %2%3).</source>
        <translation>%1 gestartet (PID %2%3).</translation>
    </message>
    <message>
        <source>%1 stopped (pid %2%3).</source>
        <translation>%1 beendet (PID %2%3).</translation>
    </message>
    <message>
        <source>%1 sees %2 as %3.</source>
        <translation>%1 sieht %2 als „%3“.</translation>
    </message>
    <message>
        <source>A process</source>
        <translation>Ein Prozess</translation>
    </message>
    <message>
        <source>%1 sees %2 as %3: %4</source>
        <translation>%1 sieht %2 als „%3“: %4</translation>
    </message>
    <message>
        <source>this console</source>
        <translation>diese Konsole</translation>
    </message>
</context>
<context>
    <name>InfraConsole::EventTable</name>
    <message>
        <source>Invalidation</source>
        <translation>Invalidierung</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>Health</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Store lost</source>
        <translation>Speicher verloren</translation>
    </message>
    <message>
        <source>Store back</source>
        <translation>Speicher zurück</translation>
    </message>
    <message>
        <source>Service edited</source>
        <translation>Dienst geändert</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>When it happened</source>
        <translation>Wann es geschah</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>What kind of event</source>
        <translation>Art des Ereignisses</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Gegenstand</translation>
    </message>
    <message>
        <source>The region, service or store it is about</source>
        <translation>Die Region, der Dienst oder der Speicher, um den es geht</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Who did it or wrote it down</source>
        <translation>Wer es tat oder aufschrieb</translation>
    </message>
    <message>
        <source>unknown process</source>
        <extracomment>Who wrote an event.</extracomment>
        <translation>unbekannter Prozess</translation>
    </message>
</context>
<context>
    <name>InfraConsole::EventsPage</name>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>&lt;b&gt;Events&lt;/b&gt;&lt;p&gt;What the processes wrote into the store&apos;s journal and what this console has seen: invalidations, starts, stops, changes of health. Enter shows the moment in the charts. Of what services invalidate at their daily work the newest %1 are listed, of everything else the newest %2.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Ereignisse&lt;/b&gt;&lt;p&gt;Was die Prozesse in das Journal des Speichers geschrieben haben und was diese Konsole gesehen hat: Invalidierungen, Starts, Enden, Änderungen des Zustands. Die Eingabetaste zeigt den Moment in den Diagrammen. Von dem, was Dienste in ihrer täglichen Arbeit invalidieren, sind die neuesten %1 aufgelistet, von allem anderen die neuesten %2.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Noch ist nichts geschehen</translation>
    </message>
    <message>
        <source>Invalidations, starts, stops and changes of health are listed here.</source>
        <translation>Invalidierungen, Starts, Enden und Änderungen des Zustands stehen hier.</translation>
    </message>
    <message>
        <source>Kind of events</source>
        <translation>Art der Ereignisse</translation>
    </message>
    <message>
        <source>Show one kind of events only</source>
        <translation>Nur eine Art von Ereignissen zeigen</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Alle Arten</translation>
    </message>
    <message>
        <source>Show in the charts</source>
        <translation>In den Diagrammen zeigen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Exporter</name>
    <message>
        <source>There is nothing to export on this page.</source>
        <translation>Auf dieser Seite gibt es nichts zu exportieren.</translation>
    </message>
    <message>
        <source>%1 as %2…</source>
        <extracomment>%1 is a table or chart, %2 a format: CSV.</extracomment>
        <translation>%1 als %2 …</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Format</name>
    <message>
        <source>n/a</source>
        <extracomment>Shown where a number is not known.</extracomment>
        <translation>n. v.</translation>
    </message>
    <message>
        <source>min</source>
        <translation>min</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>h</source>
        <translation>h</translation>
    </message>
    <message>
        <source>d</source>
        <comment>days</comment>
        <translation>d</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <extracomment>%1 is a number that is already formatted.</extracomment>
        <translation>%1 Bytes</translation>
    </message>
    <message>
        <source>%1 bytes/s</source>
        <translation>%1 Bytes/s</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message>
        <source>%1 ago</source>
        <extracomment>%1 is a span of time such as &quot;12 s&quot;.</extracomment>
        <translation>vor %1</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>in %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::HealthNotifier</name>
    <message>
        <source>Show the window</source>
        <translation>Fenster zeigen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Infra console</source>
        <translation>Infra-Konsole</translation>
    </message>
    <message>
        <source>%1 is %2</source>
        <extracomment>%1 is a service, %2 a verdict: &quot;data-api is unreachable&quot;.</extracomment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>InfraConsole::InvalidationDialog</name>
    <message>
        <source>Invalidate cached data</source>
        <translation>Zwischengespeicherte Daten invalidieren</translation>
    </message>
    <message>
        <source>&lt;b&gt;Invalidate cached data&lt;/b&gt;&lt;p&gt;Removes entries from the store and from the memory of every process. First they are counted, exactly; nothing goes before the red button is pressed. The load that follows is what recent hits of these entries would cost when each has to be loaded again.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Zwischengespeicherte Daten invalidieren&lt;/b&gt;&lt;p&gt;Entfernt Einträge aus dem Speicher und aus dem Arbeitsspeicher aller Prozesse. Zuerst werden sie genau gezählt; nichts geht verloren, bevor der rote Knopf gedrückt ist. Die Last danach ist das, was die letzten Treffer dieser Einträge kosten würden, wenn jeder neu geladen werden muss.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>All regions</source>
        <translation>Alle Regionen</translation>
    </message>
    <message>
        <source>The %1 selected keys</source>
        <translation>Die %1 gewählten Schlüssel</translation>
    </message>
    <message>
        <source>One key</source>
        <translation>Ein Schlüssel</translation>
    </message>
    <message>
        <source>Keys that begin with a prefix</source>
        <translation>Schlüssel mit einem Präfix</translation>
    </message>
    <message>
        <source>Keys that match a pattern</source>
        <translation>Schlüssel nach einem Muster</translation>
    </message>
    <message>
        <source>Entries with a tag</source>
        <translation>Einträge mit einem Schlagwort</translation>
    </message>
    <message>
        <source>Expired entries</source>
        <translation>Abgelaufene Einträge</translation>
    </message>
    <message>
        <source>The whole region</source>
        <translation>Die ganze Region</translation>
    </message>
    <message>
        <source>Everything in every region</source>
        <translation>Alles in allen Regionen</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>What to invalidate</source>
        <translation>Was invalidiert wird</translation>
    </message>
    <message>
        <source>Examples of what will be removed</source>
        <translation>Beispiele dessen, was entfernt wird</translation>
    </message>
    <message>
        <source>Name of the store, to confirm</source>
        <translation>Name des Speichers, zur Bestätigung</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Prefix</source>
        <translation>Präfix</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>* any run of bytes, ? one byte, [a-z] one of a set</source>
        <translation>* beliebig viele Bytes, ? ein Byte, [a-z] eines aus einer Menge</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Schlagwort</translation>
    </message>
    <message>
        <source>Type %1 to confirm.</source>
        <translation>Zur Bestätigung %1 eingeben.</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>Wird gezählt …</translation>
    </message>
    <message>
        <source>Nothing chosen yet</source>
        <translation>Noch nichts gewählt</translation>
    </message>
    <message>
        <source>Enter what to look for.</source>
        <translation>Eingeben, wonach gesucht wird.</translation>
    </message>
    <message>
        <source>Not counted</source>
        <translation>Nicht gezählt</translation>
    </message>
    <message>
        <source>No entries</source>
        <translation>Keine Einträge</translation>
    </message>
    <message>
        <source>1 entry, %1</source>
        <translation>1 Eintrag, %1</translation>
    </message>
    <message>
        <source>%1 entries, %2</source>
        <translation>%1 Einträge, %2</translation>
    </message>
    <message>
        <source>No live instance uses this region.</source>
        <translation>Keine laufende Instanz nutzt diese Region.</translation>
    </message>
    <message>
        <source>Used by %1</source>
        <translation>Genutzt von %1</translation>
    </message>
    <message>
        <source>There is nothing to invalidate.</source>
        <translation>Es gibt nichts zu invalidieren.</translation>
    </message>
    <message>
        <source>No extra load: expired entries are not served.</source>
        <translation>Keine zusätzliche Last: Abgelaufene Einträge werden nicht ausgeliefert.</translation>
    </message>
    <message>
        <source>Invalidate</source>
        <translation>Invalidieren</translation>
    </message>
    <message>
        <source>Nothing to invalidate</source>
        <translation>Nichts zu invalidieren</translation>
    </message>
    <message>
        <source>Invalidate 1 entry</source>
        <translation>1 Eintrag invalidieren</translation>
    </message>
    <message>
        <source>Invalidate %1 entries</source>
        <translation>%1 Einträge invalidieren</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>What was invalidated by then stays invalidated.</source>
        <translation>Was bis dahin invalidiert wurde, bleibt invalidiert.</translation>
    </message>
    <message>
        <source>Stopping. %1 of %2 entries invalidated.</source>
        <translation>Wird angehalten. %1 von %2 Einträgen invalidiert.</translation>
    </message>
    <message>
        <source>Invalidating. %1 of %2 entries so far.</source>
        <translation>Wird invalidiert. Bisher %1 von %2 Einträgen.</translation>
    </message>
    <message>
        <source>Stopped. Nothing was invalidated.</source>
        <translation>Angehalten. Nichts wurde invalidiert.</translation>
    </message>
    <message>
        <source>Nothing was invalidated. %1</source>
        <translation>Nichts wurde invalidiert. %1</translation>
    </message>
    <message>
        <source>Only %1 entries were invalidated. %2</source>
        <translation>Nur %1 Einträge wurden invalidiert. %2</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>1 entry (%1) invalidated.</source>
        <translation>1 Eintrag (%1) invalidiert.</translation>
    </message>
    <message>
        <source>%1 entries (%2) invalidated.</source>
        <translation>%1 Einträge (%2) invalidiert.</translation>
    </message>
    <message>
        <source>Stopped after %1 of %2 entries.</source>
        <translation>Nach %1 von %2 Einträgen angehalten.</translation>
    </message>
    <message>
        <source>No live instance had a copy in memory.</source>
        <translation>Keine laufende Instanz hatte eine Kopie im Arbeitsspeicher.</translation>
    </message>
    <message>
        <source>Already coherent: %1.</source>
        <extracomment>%1 is a list of instances.</extracomment>
        <translation>Bereits kohärent: %1.</translation>
    </message>
    <message>
        <source>Not text: shown with \x and two digits for each other byte</source>
        <translation>Kein Text: gezeigt mit \x und zwei Ziffern für jedes andere Byte</translation>
    </message>
    <message>
        <source>Count again</source>
        <translation>Erneut zählen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::KeyTableModel</name>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Size of the value as stored</source>
        <translation>Größe des Werts, wie er gespeichert ist</translation>
    </message>
    <message>
        <source>Time to live</source>
        <translation>Restlaufzeit</translation>
    </message>
    <message>
        <source>When the entry expires</source>
        <translation>Wann der Eintrag abläuft</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>When the value was stored</source>
        <translation>Wann der Wert gespeichert wurde</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Schlagwörter</translation>
    </message>
    <message>
        <source>Remembers that there is no value</source>
        <translation>Merkt sich, dass es keinen Wert gibt</translation>
    </message>
    <message>
        <source>never</source>
        <extracomment>An entry that does not expire.</extracomment>
        <translation>nie</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>abgelaufen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::KeysPage</name>
    <message>
        <source>Keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>&lt;b&gt;Keys&lt;/b&gt;&lt;p&gt;The keys of one region as the store holds them, read a page at a time. The tree at the left groups them by the parts between separators. A filter by pattern or by tag looks through all keys of the branch; it can be stopped.&lt;/p&gt;&lt;p&gt;Enter reads the value of a key.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Schlüssel&lt;/b&gt;&lt;p&gt;Die Schlüssel einer Region, wie der Speicher sie hält, seitenweise gelesen. Der Baum links gruppiert sie nach den Teilen zwischen den Trennzeichen. Ein Filter nach Muster oder Schlagwort sieht alle Schlüssel des Zweigs durch; er lässt sich anhalten.&lt;/p&gt;&lt;p&gt;Die Eingabetaste liest den Wert eines Schlüssels.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>The regions cannot be read</source>
        <translation>Die Regionen lassen sich nicht lesen</translation>
    </message>
    <message>
        <source>Looking for regions…</source>
        <translation>Regionen werden gesucht …</translation>
    </message>
    <message>
        <source>No cache regions yet</source>
        <translation>Noch keine Cache-Regionen</translation>
    </message>
    <message>
        <source>A region appears when a service that uses this store opens it.</source>
        <translation>Eine Region erscheint, sobald ein Dienst, der diesen Speicher nutzt, sie öffnet.</translation>
    </message>
    <message>
        <source>Read value</source>
        <translation>Wert lesen</translation>
    </message>
    <message>
        <source>Invalidate selected keys…</source>
        <translation>Gewählte Schlüssel invalidieren …</translation>
    </message>
    <message>
        <source>Invalidate prefix…</source>
        <translation>Präfix invalidieren …</translation>
    </message>
    <message>
        <source>Read the keys again</source>
        <translation>Schlüssel neu lesen</translation>
    </message>
    <message>
        <source>Reads the keys again from the store</source>
        <translation>Liest die Schlüssel noch einmal aus dem Speicher</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>Region whose keys are listed</source>
        <translation>Region, deren Schlüssel aufgelistet sind</translation>
    </message>
    <message>
        <source>Prefix</source>
        <translation>Präfix</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Schlagwort</translation>
    </message>
    <message>
        <source>What the filter means</source>
        <translation>Was der Filter bedeutet</translation>
    </message>
    <message>
        <source>Prefix: begins with; pattern: * any run, ? one byte, [a-z] one of a set; tag: one whole tag</source>
        <translation>Präfix: beginnt mit; Muster: * beliebig viele, ? ein Byte, [a-z] eines aus einer Menge; Schlagwort: ein ganzes Schlagwort</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter: Keys</source>
        <translation>Filter: Schlüssel</translation>
    </message>
    <message>
        <source>Lists only matching keys (Ctrl+F)</source>
        <translation>Listet nur passende Schlüssel (Strg+F)</translation>
    </message>
    <message>
        <source>Stop searching</source>
        <translation>Suche anhalten</translation>
    </message>
    <message>
        <source>Prefixes</source>
        <translation>Präfixe</translation>
    </message>
    <message>
        <source>Copy rows with headers</source>
        <translation>Zeilen mit Überschriften kopieren</translation>
    </message>
    <message>
        <source>Counting…</source>
        <translation>Wird gezählt …</translation>
    </message>
    <message>
        <source>Invalidate region…</source>
        <translation>Region invalidieren …</translation>
    </message>
    <message>
        <source>not counted</source>
        <translation>nicht gezählt</translation>
    </message>
    <message>
        <source>%1 entries, %2</source>
        <extracomment>Number of entries and their size.</extracomment>
        <translation>%1 Einträge, %2</translation>
    </message>
    <message>
        <source>%1, the next cannot be read: %2</source>
        <extracomment>What is listed (&quot;first 500 keys&quot;), what went wrong.</extracomment>
        <translation>%1, die nächsten lassen sich nicht lesen: %2</translation>
    </message>
    <message>
        <source>first %1, narrow the filter to see others</source>
        <translation>die ersten %1; ein engerer Filter zeigt andere</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <extracomment>Matching keys, keys looked at so far.</extracomment>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>%1 found in %2 so far</source>
        <translation>%1 gefunden unter bisher %2</translation>
    </message>
    <message>
        <source>%1 keys</source>
        <translation>%1 Schlüssel</translation>
    </message>
    <message>
        <source>first %1 keys</source>
        <translation>die ersten %1 Schlüssel</translation>
    </message>
    <message>
        <source>The keys cannot be read</source>
        <translation>Die Schlüssel lassen sich nicht lesen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>No key matches “%1”</source>
        <translation>Kein Schlüssel passt zu „%1“</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Filter leeren</translation>
    </message>
    <message>
        <source>This region holds no keys</source>
        <translation>Diese Region enthält keine Schlüssel</translation>
    </message>
    <message>
        <source>Invalidate key…</source>
        <translation>Schlüssel invalidieren …</translation>
    </message>
    <message>
        <source>stored %1</source>
        <translation>gespeichert %1</translation>
    </message>
    <message>
        <source>never expires</source>
        <translation>läuft nie ab</translation>
    </message>
    <message>
        <source>expired %1</source>
        <translation>abgelaufen %1</translation>
    </message>
    <message>
        <source>expires %1</source>
        <translation>läuft %1 ab</translation>
    </message>
    <message>
        <source>remembers that there is no value</source>
        <translation>merkt sich, dass es keinen Wert gibt</translation>
    </message>
    <message>
        <source>tags: %1</source>
        <translation>Schlagwörter: %1</translation>
    </message>
    <message>
        <source>Invalidate prefix %1…</source>
        <translation>Präfix %1 invalidieren …</translation>
    </message>
    <message>
        <source>Invalidate tag %1…</source>
        <translation>Schlagwort %1 invalidieren …</translation>
    </message>
    <message>
        <source>Copy prefix</source>
        <translation>Präfix kopieren</translation>
    </message>
    <message>
        <source>Keys of %1, as far as listed</source>
        <translation>Schlüssel von %1, soweit aufgelistet</translation>
    </message>
</context>
<context>
    <name>InfraConsole::LiveSession</name>
    <message>
        <source>The key holds no current value: it expired or was removed.</source>
        <translation>Der Schlüssel hat keinen aktuellen Wert: Er ist abgelaufen oder wurde entfernt.</translation>
    </message>
    <message>
        <source>The store is not open yet.</source>
        <translation>Der Speicher ist noch nicht offen.</translation>
    </message>
    <message>
        <source>This account may not change the store: %1</source>
        <translation>Dieses Konto darf den Speicher nicht ändern: %1</translation>
    </message>
    <message>
        <source>A profile opens this store read-only.</source>
        <translation>Ein Profil öffnet diesen Speicher nur zum Lesen.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::LoadPrediction</name>
    <message>
        <source>The extra load is not known: no instance has published hits and load times for this yet.</source>
        <translation>Die zusätzliche Last ist nicht bekannt: Noch keine Instanz hat hierfür Treffer und Ladezeiten veröffentlicht.</translation>
    </message>
    <message>
        <source>Hardly any extra load: these entries are seldom read.</source>
        <translation>Kaum zusätzliche Last: Diese Einträge werden selten gelesen.</translation>
    </message>
    <message>
        <source>Up to %1 more loads a second at first, %2 each. No connection pool is known to carry them.</source>
        <extracomment>%1 is a number, %2 a duration.</extracomment>
        <translation>Anfangs bis zu %1 Ladevorgänge mehr je Sekunde, je %2. Kein Verbindungspool ist bekannt, der sie trägt.</translation>
    </message>
    <message>
        <source>Up to %1 more loads a second at first, %2 each: they need %3 connections and %4 are free. Callers will wait.</source>
        <extracomment>%3 and %4 are numbers of connections.</extracomment>
        <translation>Anfangs bis zu %1 Ladevorgänge mehr je Sekunde, je %2: Sie brauchen %3 Verbindungen, frei sind %4. Aufrufer werden warten.</translation>
    </message>
    <message>
        <source>Up to %1 more loads a second at first, %2 each: they need %3 of %4 free connections.</source>
        <translation>Anfangs bis zu %1 Ladevorgänge mehr je Sekunde, je %2: Sie brauchen %3 von %4 freien Verbindungen.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::MainWindow</name>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Caches</source>
        <translation>Caches</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Pools</source>
        <translation>Pools</translation>
    </message>
    <message>
        <source>Services</source>
        <translation>Dienste</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Infra console</source>
        <translation>Infra-Konsole</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Open store…</source>
        <translation>Speicher ö&amp;ffnen …</translation>
    </message>
    <message>
        <source>Start &amp;demo</source>
        <translation>&amp;Demo starten</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>&amp;Exportieren …</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>E&amp;instellungen …</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Refresh now</source>
        <translation>Jetzt &amp;aktualisieren</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>Pause: keep what is shown (Space)</source>
        <translation>Pause: behält, was angezeigt wird (Leertaste)</translation>
    </message>
    <message>
        <source>&amp;Filter</source>
        <translation>&amp;Filter</translation>
    </message>
    <message>
        <source>&amp;Commands…</source>
        <translation>B&amp;efehle …</translation>
    </message>
    <message>
        <source>&amp;Invalidate…</source>
        <translation>&amp;Invalidieren …</translation>
    </message>
    <message>
        <source>Check &amp;all services</source>
        <translation>&amp;Alle Dienste prüfen</translation>
    </message>
    <message>
        <source>&amp;Explain what has the focus</source>
        <translation>&amp;Erklären, was den Fokus hat</translation>
    </message>
    <message>
        <source>&amp;What&apos;s this?</source>
        <translation>&amp;Was ist das?</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;About Infra console</source>
        <translation>&amp;Über die Infra-Konsole</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>Open &amp;profile</source>
        <translation>&amp;Profil öffnen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Actions</source>
        <translation>A&amp;ktionen</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>What watching costs the store: queries, the share of time they take, and how long putting the data together takes. When it costs too much, the console asks less often.</source>
        <translation>Was das Zusehen den Speicher kostet: Abfragen, ihr Anteil an der Zeit, und wie lange das Zusammenstellen dauert. Kostet es zu viel, fragt die Konsole seltener.</translation>
    </message>
    <message>
        <source>%1 — Infra console</source>
        <translation>%1 – Infra-Konsole</translation>
    </message>
    <message>
        <source>No store is open</source>
        <translation>Kein Speicher ist offen</translation>
    </message>
    <message>
        <source>Open the store that your services share, for example cache.db.</source>
        <translation>Öffnen Sie den Speicher, den Ihre Dienste gemeinsam nutzen, zum Beispiel cache.db.</translation>
    </message>
    <message>
        <source>Open a store…</source>
        <translation>Speicher öffnen …</translation>
    </message>
    <message>
        <source>The store cannot be opened</source>
        <translation>Der Speicher lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>Choose another store…</source>
        <translation>Anderen Speicher wählen …</translation>
    </message>
    <message>
        <source>No store</source>
        <translation>Kein Speicher</translation>
    </message>
    <message>
        <source>opening</source>
        <translation>wird geöffnet</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>live</source>
        <translation>live</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>verloren</translation>
    </message>
    <message>
        <source>1 process</source>
        <translation>1 Prozess</translation>
    </message>
    <message>
        <source>%1 processes</source>
        <translation>%1 Prozesse</translation>
    </message>
    <message>
        <source>Console: %1 · %2 of store time · refresh %3</source>
        <translation>Konsole: %1 · %2 der Speicherzeit · Aufbau %3</translation>
    </message>
    <message>
        <source>%1 queries/s</source>
        <translation>%1 Abfragen/s</translation>
    </message>
    <message>
        <source> · every %1</source>
        <translation> · alle %1</translation>
    </message>
    <message>
        <source>Open profile %1</source>
        <translation>Profil %1 öffnen</translation>
    </message>
    <message>
        <source>profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>pool</source>
        <translation>Pool</translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+6</source>
        <translation>Strg+1 … Strg+6</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>Pause and continue</source>
        <translation>Anhalten und fortsetzen</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>About Infra console</source>
        <translation>Über die Infra-Konsole</translation>
    </message>
    <message>
        <source>&lt;b&gt;Infra console %1&lt;/b&gt;&lt;br&gt;Caches, connection pools and services that use libinfra.&lt;br&gt;&lt;br&gt;GPL-3.0-or-later</source>
        <translation>&lt;b&gt;Infra-Konsole %1&lt;/b&gt;&lt;br&gt;Caches, Verbindungspools und Dienste, die libinfra nutzen.&lt;br&gt;&lt;br&gt;GPL-3.0-or-later</translation>
    </message>
    <message>
        <source>Charts reach 15 minutes back; this was %1.</source>
        <translation>Diagramme reichen 15 Minuten zurück; das war %1.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Navigation</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>InfraConsole::NavigationButton</name>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>1 thing needs attention</source>
        <translation>1 Sache braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>%1 things need attention</source>
        <translation>%1 Sachen brauchen Aufmerksamkeit</translation>
    </message>
</context>
<context>
    <name>InfraConsole::OverviewPage</name>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>&lt;b&gt;Overview&lt;/b&gt;&lt;p&gt;How all services that share this store are doing, and what needs attention, worst first. A tile leads to its page; a sentence leads to the chart and the moment that it speaks of.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Übersicht&lt;/b&gt;&lt;p&gt;Wie es allen Diensten geht, die diesen Speicher teilen, und was Aufmerksamkeit braucht, das Schlimmste zuerst. Eine Kachel führt zu ihrer Seite; ein Satz führt zu dem Diagramm und dem Moment, von dem er spricht.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Hit rate</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Pool pressure</source>
        <translation>Pool-Auslastung</translation>
    </message>
    <message>
        <source>Services up</source>
        <translation>Dienste in Betrieb</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>Braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>&lt;b&gt;Needs attention&lt;/b&gt;&lt;p&gt;What is wrong now, in order of severity. Enter goes to the row and the moment. From when on a figure is listed is set in Settings.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Braucht Aufmerksamkeit&lt;/b&gt;&lt;p&gt;Was jetzt nicht stimmt, nach Schwere geordnet. Die Eingabetaste führt zur Zeile und zum Moment. Ab wann ein Wert aufgeführt wird, steht in den Einstellungen.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No process of this store has used a cache in this time</source>
        <translation>Kein Prozess dieses Speichers hat in dieser Zeit einen Cache benutzt</translation>
    </message>
    <message>
        <source>No process of this store has published in this time</source>
        <translation>Kein Prozess dieses Speichers hat in dieser Zeit etwas veröffentlicht</translation>
    </message>
    <message>
        <source>Recent events</source>
        <translation>Letzte Ereignisse</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Noch ist nichts geschehen</translation>
    </message>
    <message>
        <source>Invalidations, starts, stops and changes of health are listed here.</source>
        <translation>Invalidierungen, Starts, Enden und Änderungen des Zustands stehen hier.</translation>
    </message>
    <message>
        <source>Filter recent events</source>
        <translation>Letzte Ereignisse filtern</translation>
    </message>
    <message>
        <source>Needs attention · %1</source>
        <translation>Braucht Aufmerksamkeit · %1</translation>
    </message>
    <message>
        <source>1 region</source>
        <translation>1 Region</translation>
    </message>
    <message>
        <source>%1 regions</source>
        <translation>%1 Regionen</translation>
    </message>
    <message>
        <source>%1 of %2 connections</source>
        <translation>%1 von %2 Verbindungen</translation>
    </message>
    <message>
        <source>No pool has published yet</source>
        <translation>Noch kein Pool hat etwas veröffentlicht</translation>
    </message>
    <message>
        <source>All services answer</source>
        <translation>Alle Dienste antworten</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>of %1</source>
        <translation>von %1</translation>
    </message>
    <message>
        <source>Never checked</source>
        <translation>Nie geprüft</translation>
    </message>
</context>
<context>
    <name>InfraConsole::PageHeader</name>
    <message>
        <source>Time range of all charts</source>
        <translation>Zeitraum aller Diagramme</translation>
    </message>
    <message>
        <source>Last %1</source>
        <translation>Letzte %1</translation>
    </message>
    <message>
        <source>%1 until %2</source>
        <translation>%1 bis %2</translation>
    </message>
</context>
<context>
    <name>InfraConsole::PoolsPage</name>
    <message>
        <source>Pool</source>
        <translation>Pool</translation>
    </message>
    <message>
        <source>Database URL without credentials</source>
        <translation>Datenbank-URL ohne Zugangsdaten</translation>
    </message>
    <message>
        <source>Instances</source>
        <translation>Instanzen</translation>
    </message>
    <message>
        <source>The process, or how many live processes have this pool</source>
        <translation>Der Prozess, oder wie viele laufende Prozesse diesen Pool haben</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Belegt</translation>
    </message>
    <message>
        <source>Connections in use; the bar shows their share of the limit</source>
        <translation>Belegte Verbindungen; der Balken zeigt ihren Anteil an der Grenze</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Frei</translation>
    </message>
    <message>
        <source>Open connections that nobody uses</source>
        <translation>Offene Verbindungen, die niemand nutzt</translation>
    </message>
    <message>
        <source>Overflow</source>
        <translation>Überlauf</translation>
    </message>
    <message>
        <source>Connections beyond the pool&apos;s size</source>
        <translation>Verbindungen über die Größe des Pools hinaus</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>Grenze</translation>
    </message>
    <message>
        <source>Size and allowed overflow together</source>
        <translation>Größe und erlaubter Überlauf zusammen</translation>
    </message>
    <message>
        <source>Pending</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Callers that wait for a connection now</source>
        <translation>Aufrufer, die jetzt auf eine Verbindung warten</translation>
    </message>
    <message>
        <source>Wait p95</source>
        <translation>Warten p95</translation>
    </message>
    <message>
        <source>19 of 20 callers get a connection faster</source>
        <translation>19 von 20 Aufrufern bekommen schneller eine Verbindung</translation>
    </message>
    <message>
        <source>Timeouts</source>
        <translation>Zeitüberschreitungen</translation>
    </message>
    <message>
        <source>Callers a second that got none in time</source>
        <translation>Aufrufer je Sekunde, die rechtzeitig keine bekamen</translation>
    </message>
    <message>
        <source>Create p95</source>
        <translation>Öffnen p95</translation>
    </message>
    <message>
        <source>19 of 20 connections are opened faster</source>
        <translation>19 von 20 Verbindungen werden schneller geöffnet</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>used</source>
        <translation>belegt</translation>
    </message>
    <message>
        <source>overflow</source>
        <translation>Überlauf</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>Callers waiting</source>
        <translation>Wartende Aufrufer</translation>
    </message>
    <message>
        <source>Wait for a connection, p95</source>
        <translation>Warten auf eine Verbindung, p95</translation>
    </message>
    <message>
        <source>Opening a connection, p95</source>
        <translation>Öffnen einer Verbindung, p95</translation>
    </message>
    <message>
        <source>Pools</source>
        <translation>Pools</translation>
    </message>
    <message>
        <source>Connection pools</source>
        <translation>Verbindungspools</translation>
    </message>
    <message>
        <source>&lt;b&gt;Pools&lt;/b&gt;&lt;p&gt;Database connections: used and idle against the limit, overflow beyond the size, callers that wait, and how long they wait. A zombie is a connection that its driver does not give back. “Longest borrows” names who keeps connections.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Pools&lt;/b&gt;&lt;p&gt;Datenbankverbindungen: belegte und freie gegen die Grenze, Überlauf über die Größe hinaus, wartende Aufrufer und wie lange sie warten. Ein Zombie ist eine Verbindung, die ihr Treiber nicht zurückgibt. „Längste Ausleihen“ nennt, wer Verbindungen behält.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No connection pools yet</source>
        <translation>Noch keine Verbindungspools</translation>
    </message>
    <message>
        <source>A pool appears when a service that uses this store opens it.</source>
        <translation>Ein Pool erscheint, sobald ein Dienst, der diesen Speicher nutzt, ihn öffnet.</translation>
    </message>
    <message>
        <source>Longest borrows</source>
        <translation>Längste Ausleihen</translation>
    </message>
    <message>
        <source>Borrower</source>
        <translation>Entleiher</translation>
    </message>
    <message>
        <source>Where in the source the connection was taken</source>
        <translation>Wo im Quelltext die Verbindung genommen wurde</translation>
    </message>
    <message>
        <source>Held for</source>
        <translation>Gehalten seit</translation>
    </message>
    <message>
        <source>%1 of %2 (%3)</source>
        <translation>%1 von %2 (%3)</translation>
    </message>
    <message>
        <source>limit %1</source>
        <translation>Grenze %1</translation>
    </message>
    <message>
        <source>size %1</source>
        <translation>Größe %1</translation>
    </message>
    <message>
        <source>No connection is held at the moment</source>
        <translation>Zurzeit ist keine Verbindung belegt</translation>
    </message>
</context>
<context>
    <name>InfraConsole::PrefixTreeModel</name>
    <message>
        <source>More…</source>
        <comment>branches of a tree that are not read yet</comment>
        <translation>Mehr …</translation>
    </message>
    <message>
        <source>Reads further branches</source>
        <translation>Liest weitere Zweige</translation>
    </message>
    <message>
        <source>Prefix %1</source>
        <translation>Präfix %1</translation>
    </message>
    <message>
        <source>Region %1</source>
        <translation>Region %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::SaveFile</name>
    <message>
        <source>Export %1</source>
        <translation>%1 exportieren</translation>
    </message>
    <message>
        <source>Wrote %1.</source>
        <translation>%1 wurde geschrieben.</translation>
    </message>
    <message>
        <source>Cannot write %1: %2.</source>
        <translation>%1 kann nicht geschrieben werden: %2.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ServiceDetail</name>
    <message>
        <source>Time to answer</source>
        <translation>Antwortzeit</translation>
    </message>
    <message>
        <source>Details of the service</source>
        <translation>Einzelheiten des Dienstes</translation>
    </message>
    <message>
        <source>Dependencies</source>
        <translation>Abhängigkeiten</translation>
    </message>
    <message>
        <source>Last answer</source>
        <translation>Letzte Antwort</translation>
    </message>
    <message>
        <source>No service selected</source>
        <translation>Kein Dienst gewählt</translation>
    </message>
    <message>
        <source>Select a service above</source>
        <translation>Oben einen Dienst wählen</translation>
    </message>
    <message>
        <source>checking…</source>
        <translation>wird geprüft …</translation>
    </message>
    <message>
        <source> since %1</source>
        <translation> seit %1</translation>
    </message>
    <message>
        <source>checked %1</source>
        <translation>geprüft %1</translation>
    </message>
    <message>
        <source>answered in %1</source>
        <translation>Antwort nach %1</translation>
    </message>
    <message>
        <source>connect %1, answer %2</source>
        <translation>Verbinden %1, Antwort %2</translation>
    </message>
    <message>
        <source>its processes have stopped publishing</source>
        <translation>seine Prozesse veröffentlichen nichts mehr</translation>
    </message>
    <message>
        <source>1 process in this store</source>
        <translation>1 Prozess in diesem Speicher</translation>
    </message>
    <message>
        <source>%1 processes in this store</source>
        <translation>%1 Prozesse in diesem Speicher</translation>
    </message>
    <message>
        <source>breaker of its callers: %1</source>
        <translation>Schutzschalter der Aufrufer: %1</translation>
    </message>
    <message>
        <source>certificate until %1</source>
        <translation>Zertifikat bis %1</translation>
    </message>
    <message>
        <source>Never checked: press Check now</source>
        <translation>Nie geprüft: „Jetzt prüfen“ drücken</translation>
    </message>
    <message>
        <source>No answer in this time</source>
        <translation>Keine Antwort in dieser Zeit</translation>
    </message>
    <message>
        <source>No answer has been received.</source>
        <translation>Es wurde keine Antwort empfangen.</translation>
    </message>
    <message>
        <source>It names none</source>
        <translation>Er nennt keine</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>half-open</source>
        <translation>halb offen</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>geschlossen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ServiceDialog</name>
    <message>
        <source>Add a service</source>
        <translation>Dienst hinzufügen</translation>
    </message>
    <message>
        <source>Edit %1</source>
        <translation>%1 bearbeiten</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Health is asked at this address with /health behind it.</source>
        <translation>Der Zustand wird unter dieser Adresse mit angehängtem /health abgefragt.</translation>
    </message>
    <message>
        <source>Add service</source>
        <translation>Dienst hinzufügen</translation>
    </message>
    <message>
        <source>Save service</source>
        <translation>Dienst speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation>&amp;Adresse</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ServiceList</name>
    <message>
        <source>The file is larger than 1 MiB: it is no list of services.</source>
        <translation>Die Datei ist größer als 1 MiB: Sie ist keine Liste von Diensten.</translation>
    </message>
    <message>
        <source>The file is not JSON: %1.</source>
        <translation>Die Datei ist kein JSON: %1.</translation>
    </message>
    <message>
        <source>The file is no list of services with “name” and “url”.</source>
        <translation>Die Datei ist keine Liste von Diensten mit „name“ und „url“.</translation>
    </message>
    <message>
        <source>The file lists more than 1,000 services.</source>
        <translation>Die Datei führt mehr als 1.000 Dienste auf.</translation>
    </message>
    <message>
        <source>Entry %1 of the file has no “name” or no “url”.</source>
        <translation>Eintrag %1 der Datei hat kein „name“ oder kein „url“.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ServiceWatch</name>
    <message>
        <source>The service needs a name.</source>
        <translation>Der Dienst braucht einen Namen.</translation>
    </message>
    <message>
        <source>The name is longer than %1 characters.</source>
        <translation>Der Name ist länger als %1 Zeichen.</translation>
    </message>
    <message>
        <source>There is a service named %1 already.</source>
        <translation>Es gibt schon einen Dienst namens %1.</translation>
    </message>
    <message>
        <source>The address must look like http://host:port or https://host.</source>
        <translation>Die Adresse muss die Form http://host:port oder https://host haben.</translation>
    </message>
    <message>
        <source>The address must not hold a user name or a password.</source>
        <translation>Die Adresse darf weder Benutzernamen noch Passwort enthalten.</translation>
    </message>
    <message>
        <source>There is no service named %1.</source>
        <translation>Es gibt keinen Dienst namens %1.</translation>
    </message>
    <message>
        <source>%1 is up.</source>
        <translation>%1 läuft.</translation>
    </message>
    <message>
        <source>%1 is degraded: %2</source>
        <translation>%1 ist beeinträchtigt: %2</translation>
    </message>
    <message>
        <source>%1 is down: %2</source>
        <translation>%1 ist gestört: %2</translation>
    </message>
    <message>
        <source>%1 is unreachable: %2</source>
        <translation>%1 ist nicht erreichbar: %2</translation>
    </message>
    <message>
        <source>Checks of %1 are paused.</source>
        <translation>Prüfungen von %1 sind pausiert.</translation>
    </message>
    <message>
        <source>%1 was never checked.</source>
        <translation>%1 wurde nie geprüft.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ServicesPage</name>
    <message>
        <source>Services</source>
        <translation>Dienste</translation>
    </message>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Your order: Move up and Move down change it</source>
        <translation>Ihre Reihenfolge: „Nach oben“ und „Nach unten“ ändern sie</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>Name of the service</source>
        <translation>Name des Dienstes</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>What its last checks amount to</source>
        <translation>Was seine letzten Prüfungen ergeben</translation>
    </message>
    <message>
        <source>Last checks</source>
        <translation>Letzte Prüfungen</translation>
    </message>
    <message>
        <source>One bar for each check, the newest at the right</source>
        <translation>Ein Balken für jede Prüfung, die neueste rechts</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>How long the last answer took</source>
        <translation>Wie lange die letzte Antwort brauchte</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>Geprüft</translation>
    </message>
    <message>
        <source>When it was checked last</source>
        <translation>Wann er zuletzt geprüft wurde</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Prozesse</translation>
    </message>
    <message>
        <source>Processes of this name that publish into the store</source>
        <translation>Prozesse dieses Namens, die in den Speicher veröffentlichen</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Why it is not up</source>
        <translation>Warum er nicht läuft</translation>
    </message>
    <message>
        <source>&lt;b&gt;Services&lt;/b&gt;&lt;p&gt;Each service&apos;s health, asked at its address with /health behind it, every few seconds and without a retry.&lt;/p&gt;&lt;p&gt;Up: it says so. Degraded: it answers, with a warning. Down: it answers and says that it is not well. Unreachable: no answer, with the reason. A verdict changes only after several checks agree.&lt;/p&gt;</source>
        <translation>&lt;b&gt;Dienste&lt;/b&gt;&lt;p&gt;Der Zustand jedes Dienstes, abgefragt unter seiner Adresse mit angehängtem /health, alle paar Sekunden und ohne Wiederholung.&lt;/p&gt;&lt;p&gt;Läuft: Er sagt es. Beeinträchtigt: Er antwortet mit einer Warnung. Gestört: Er antwortet und sagt, dass es ihm nicht gut geht. Nicht erreichbar: keine Antwort, mit dem Grund. Ein Urteil ändert sich erst, wenn mehrere Prüfungen übereinstimmen.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No services</source>
        <translation>Keine Dienste</translation>
    </message>
    <message>
        <source>Add the services whose health you want to see.</source>
        <translation>Fügen Sie die Dienste hinzu, deren Zustand Sie sehen wollen.</translation>
    </message>
    <message>
        <source>Check now</source>
        <translation>Jetzt prüfen</translation>
    </message>
    <message>
        <source>Check all</source>
        <translation>Alle prüfen</translation>
    </message>
    <message>
        <source>Pause for 10 minutes</source>
        <translation>10 Minuten pausieren</translation>
    </message>
    <message>
        <source>Pause for an hour</source>
        <translation>Eine Stunde pausieren</translation>
    </message>
    <message>
        <source>Pause until resumed</source>
        <translation>Pausieren bis auf Weiteres</translation>
    </message>
    <message>
        <source>Resume checks</source>
        <translation>Prüfungen fortsetzen</translation>
    </message>
    <message>
        <source>Add service…</source>
        <translation>Dienst hinzufügen …</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>Bearbeiten …</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Entfernen …</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Import services…</source>
        <translation>Dienste importieren …</translation>
    </message>
    <message>
        <source>Export services…</source>
        <translation>Dienste exportieren …</translation>
    </message>
    <message>
        <source>Import services from a list that a console has exported</source>
        <translation>Dienste aus einer Liste importieren, die eine Konsole exportiert hat</translation>
    </message>
    <message>
        <source>Export names and addresses, for another console</source>
        <translation>Namen und Adressen exportieren, für eine andere Konsole</translation>
    </message>
    <message>
        <source>Ask the service now (Enter)</source>
        <translation>Den Dienst jetzt fragen (Eingabe)</translation>
    </message>
    <message>
        <source>since %1</source>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft …</translation>
    </message>
    <message>
        <source>Remove a service</source>
        <translation>Dienst entfernen</translation>
    </message>
    <message>
        <source>Stop checking %1 and remove it from this list? The service itself is not touched.</source>
        <translation>%1 nicht mehr prüfen und aus dieser Liste entfernen? Der Dienst selbst bleibt unberührt.</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>%1 entfernen</translation>
    </message>
    <message>
        <source>Service list</source>
        <translation>Liste der Dienste</translation>
    </message>
    <message>
        <source>Import services</source>
        <translation>Dienste importieren</translation>
    </message>
    <message>
        <source>Lists of services (*.json)</source>
        <translation>Listen von Diensten (*.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Cannot read %1: %2.</source>
        <translation>%1 kann nicht gelesen werden: %2.</translation>
    </message>
    <message>
        <source>Nothing was imported. %1</source>
        <translation>Nichts wurde importiert. %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 added, %2 changed, %3 unchanged, %4 refused.</source>
        <translation>%1 hinzugefügt, %2 geändert, %3 unverändert, %4 abgelehnt.</translation>
    </message>
    <message>
        <source>Time to answer of %1</source>
        <translation>Antwortzeit von %1</translation>
    </message>
</context>
<context>
    <name>InfraConsole::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>Abschnitte</translation>
    </message>
    <message>
        <source>Profiles</source>
        <translation>Profile</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>Braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Benachrichtigungen</translation>
    </message>
    <message>
        <source>Save settings</source>
        <translation>Einstellungen speichern</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Add profile</source>
        <translation>Profil hinzufügen</translation>
    </message>
    <message>
        <source>Remove profile</source>
        <translation>Profil entfernen</translation>
    </message>
    <message>
        <source>Read-only: nothing can be invalidated</source>
        <translation>Nur lesen: nichts lässt sich invalidieren</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>Datei wählen …</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>&amp;Store</source>
        <translation>&amp;Speicher</translation>
    </message>
    <message>
        <source>A profile opens with File, Open profile, or with infra-console --profile NAME.</source>
        <translation>Ein Profil öffnet sich mit Datei, Profil öffnen, oder mit infra-console --profile NAME.</translation>
    </message>
    <message>
        <source>Choose a store</source>
        <translation>Speicher wählen</translation>
    </message>
    <message>
        <source>Stores (*.db *.sqlite *.sqlite3)</source>
        <translation>Speicher (*.db *.sqlite *.sqlite3)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source> per second</source>
        <translation> je Sekunde</translation>
    </message>
    <message>
        <source> ms</source>
        <translation> ms</translation>
    </message>
    <message>
        <source> days</source>
        <translation> Tage</translation>
    </message>
    <message>
        <source>&amp;Hit rate of a region below</source>
        <translation>&amp;Trefferquote einer Region unter</translation>
    </message>
    <message>
        <source>… with at least so many &amp;requests</source>
        <translation>… bei mindestens so vielen &amp;Anfragen</translation>
    </message>
    <message>
        <source>Connections of a &amp;pool in use, from</source>
        <translation>Belegte Verbindungen eines &amp;Pools, ab</translation>
    </message>
    <message>
        <source>&amp;Waiting for a connection (p95), from</source>
        <translation>&amp;Warten auf eine Verbindung (p95), ab</translation>
    </message>
    <message>
        <source>A &amp;certificate expires within</source>
        <translation>Ein &amp;Zertifikat läuft ab innerhalb von</translation>
    </message>
    <message>
        <source>From these figures on, the Overview lists it under “Needs attention”. Services that do not answer are always listed.</source>
        <translation>Ab diesen Werten führt die Übersicht es unter „Braucht Aufmerksamkeit“ auf. Dienste, die nicht antworten, stehen immer dort.</translation>
    </message>
    <message>
        <source>Tell me when a service goes down or comes back</source>
        <translation>Melden, wenn ein Dienst ausfällt oder zurückkommt</translation>
    </message>
    <message>
        <source>By the desktop&apos;s notification area. Where there is none, the window&apos;s status bar says it and its entry in the task bar lights up.</source>
        <translation>Über den Benachrichtigungsbereich des Desktops. Wo es keinen gibt, steht es in der Statusleiste des Fensters, und sein Eintrag in der Taskleiste leuchtet auf.</translation>
    </message>
    <message>
        <source>New profile</source>
        <translation>Neues Profil</translation>
    </message>
    <message>
        <source>New profile %1</source>
        <translation>Neues Profil %1</translation>
    </message>
    <message>
        <source>A profile has no name.</source>
        <translation>Ein Profil hat keinen Namen.</translation>
    </message>
    <message>
        <source>Two profiles are named %1.</source>
        <translation>Zwei Profile heißen %1.</translation>
    </message>
    <message>
        <source>The profile %1 has no store.</source>
        <translation>Das Profil %1 hat keinen Speicher.</translation>
    </message>
    <message>
        <source>The store of profile %1 cannot be used: %2</source>
        <translation>Der Speicher des Profils %1 lässt sich nicht nutzen: %2</translation>
    </message>
    <message>
        <source>Production: confirm by typing the name</source>
        <translation>Produktion: mit dem Namen bestätigen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::SourceBanner</name>
    <message>
        <source>State of the source</source>
        <translation>Zustand der Quelle</translation>
    </message>
    <message>
        <source>Try again now</source>
        <translation>Jetzt erneut versuchen</translation>
    </message>
    <message>
        <source>%1 does not answer.</source>
        <translation>%1 antwortet nicht.</translation>
    </message>
    <message>
        <source>%1 Nothing has been read yet.</source>
        <translation>%1 Es wurde noch nichts gelesen.</translation>
    </message>
    <message>
        <source>%1 Shown is what was known at %2 (%3).</source>
        <translation>%1 Gezeigt wird, was um %2 bekannt war (%3).</translation>
    </message>
</context>
<context>
    <name>InfraConsole::StatTile</name>
    <message>
        <source>steady over 1 min</source>
        <translation>gleichbleibend über 1 min</translation>
    </message>
    <message>
        <source>%1 in 1 min</source>
        <extracomment>%1 is a signed change such as &quot;+1.2 k/s&quot;.</extracomment>
        <translation>%1 in 1 min</translation>
    </message>
</context>
<context>
    <name>InfraConsole::Status</name>
    <message>
        <source>up</source>
        <extracomment>A service that answers and is well.</extracomment>
        <translation>läuft</translation>
    </message>
    <message>
        <source>degraded</source>
        <translation>beeinträchtigt</translation>
    </message>
    <message>
        <source>down</source>
        <extracomment>A service that answers and says that it is not well.</extracomment>
        <translation>gestört</translation>
    </message>
    <message>
        <source>unreachable</source>
        <translation>nicht erreichbar</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>never checked</source>
        <translation>nie geprüft</translation>
    </message>
</context>
<context>
    <name>InfraConsole::StoreFile</name>
    <message>
        <source>unknown store</source>
        <translation>unbekannter Speicher</translation>
    </message>
    <message>
        <source>Cannot open %1: there is no such file. Choose another file.</source>
        <translation>%1 kann nicht geöffnet werden: Die Datei gibt es nicht. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>Cannot open %1: it is a folder. Choose a file.</source>
        <translation>%1 kann nicht geöffnet werden: Es ist ein Ordner. Wählen Sie eine Datei.</translation>
    </message>
    <message>
        <source>Cannot open %1: it is not a regular file. Choose another file.</source>
        <translation>%1 kann nicht geöffnet werden: Es ist keine gewöhnliche Datei. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>Cannot open %1: it may not be read. Choose another file.</source>
        <translation>%1 kann nicht geöffnet werden: Die Datei darf nicht gelesen werden. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>Cannot open %1: %2. Choose another file.</source>
        <translation>%1 kann nicht geöffnet werden: %2. Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>Cannot open %1: it is not a database. Choose another file.</source>
        <translation>%1 kann nicht geöffnet werden: Es ist keine Datenbank. Wählen Sie eine andere Datei.</translation>
    </message>
</context>
<context>
    <name>InfraConsole::TableModel</name>
    <message>
        <source>%1 of %2 checks up, last %3</source>
        <extracomment>Read by a screen reader for a strip of health checks.</extracomment>
        <translation>%1 von %2 Prüfungen in Ordnung, die letzte: %3</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <extracomment>Column title and value of a table&apos;s cell, read by a screen reader.</extracomment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>InfraConsole::TimeChart</name>
    <message>
        <source>&lt;b&gt;%1&lt;/b&gt;&lt;p&gt;All charts share one time range and one crosshair. Drag to zoom, Ctrl and the wheel to widen or narrow, double click or Esc to go back; the arrow keys move the crosshair. Vertical lines mark invalidations, restarts and changes of health. A gap is a time of which nothing is known.&lt;/p&gt;</source>
        <translation>&lt;b&gt;%1&lt;/b&gt;&lt;p&gt;Alle Diagramme teilen einen Zeitraum und ein Fadenkreuz. Ziehen vergrößert, Strg und Mausrad weiten oder engen ein, Doppelklick oder Esc führt zurück; die Pfeiltasten bewegen das Fadenkreuz. Senkrechte Linien stehen für Invalidierungen, Neustarts und Änderungen des Zustands. Eine Lücke ist eine Zeit, von der nichts bekannt ist.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No data in this time range</source>
        <translation>Keine Daten in diesem Zeitraum</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <extracomment>A line of a chart and its current value, read by a screen reader.</extracomment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Copy image</source>
        <translation>Bild kopieren</translation>
    </message>
    <message>
        <source>Save as PNG…</source>
        <translation>Als PNG speichern …</translation>
    </message>
    <message>
        <source>Save as SVG…</source>
        <translation>Als SVG speichern …</translation>
    </message>
    <message>
        <source>Reset zoom</source>
        <translation>Vergrößerung zurücksetzen</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ValueText</name>
    <message>
        <source>
… %1 more</source>
        <translation>
… %1 weitere</translation>
    </message>
    <message>
        <source>Not a JSON object or array; shown as text.

</source>
        <translation>Kein JSON-Objekt oder -Array; als Text gezeigt.

</translation>
    </message>
</context>
<context>
    <name>InfraConsole::ValueView</name>
    <message>
        <source>Read value</source>
        <translation>Wert lesen</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hex</translation>
    </message>
    <message>
        <source>Format of the value</source>
        <translation>Format des Werts</translation>
    </message>
    <message>
        <source>Reads the value of the selected key from the store (Enter)</source>
        <translation>Liest den Wert des gewählten Schlüssels aus dem Speicher (Eingabe)</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>No key selected</source>
        <translation>Kein Schlüssel gewählt</translation>
    </message>
    <message>
        <source>Select a key to see its value.</source>
        <translation>Einen Schlüssel wählen, um seinen Wert zu sehen.</translation>
    </message>
    <message>
        <source>Values are read on request: press Enter in the table.</source>
        <translation>Werte werden auf Wunsch gelesen: in der Tabelle die Eingabetaste drücken.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen …</translation>
    </message>
    <message>
        <source>The first %1 of %2</source>
        <translation>Die ersten %1 von %2</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
</TS>
