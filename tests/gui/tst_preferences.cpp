// SPDX-License-Identifier: MIT
#include "application.h"
#include "fakesession.h"
#include "guitest.h"
#include "healthnotifier.h"
#include "mainwindow.h"
#include "models/servicelist.h"
#include "pages/page.h"
#include "pages/servicedialog.h"
#include "session/livesession.h"
#include "settingsdialog.h"
#include "singleinstance.h"
#include "widgets/datatable.h"

#include <infra/cachestore.h>
#include <infra/databaseurl.h>

#include <QAction>
#include <QCheckBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSplitter>
#include <QTemporaryDir>
#include <QThread>
#include <QWhatsThis>

#include <memory>

using namespace InfraConsole;

namespace {

// A console over a session that makes its figures up.
struct Console
{
    explicit Console(Settings &settings) : window(settings)
    {
        window.resize(1280, 900);
        window.setSession(&session);
    }
    ~Console() { window.setSession(nullptr); }
    Console(const Console &) = delete;
    Console &operator=(const Console &) = delete;

    InfraTest::FakeSession session;
    MainWindow window;
};

} // namespace

class PreferencesTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void profilesAreAddedEditedAndRemoved();
    void aStoreIsSavedWithItsAbsolutePath();
    void badProfilesAreSaidAndNotSaved_data();
    void badProfilesAreSaidAndNotSaved();
    void thresholdsReachTheSessionAndAreRemembered();
    void settingsOutsideTheirRangesAreDefaults();
    void everySettingHasANameAndIsReachedByTab();
    void splittersAndColumnsAreRemembered();
    void whatNobodyTouchedIsNotRemembered();
    void aSecondStartRaisesTheFirst();
    void changesOfHealthAreSaidOnce();
    void serviceListsSurviveTheWayThroughAFile();
    void aChangeOfTheServicesIsTheOnlyOneThatIsSaved_data();
    void aChangeOfTheServicesIsTheOnlyOneThatIsSaved();
    void consolesKeepEachOthersServices();
    void badServiceListsAreRefused_data();
    void badServiceListsAreRefused();
    void everyPageExplainsItself();
    void whatWasTypedAndNamesOfStoresAreNoMarkup();
    void windowsBelongToTheInstalledEntry();

private:
    [[nodiscard]] std::unique_ptr<Settings> settings() const
    {
        return std::make_unique<Settings>(std::make_unique<QSettings>(m_home.filePath(QString::fromLatin1(QTest::currentTestFunction())), QSettings::IniFormat));
    }

    QTemporaryDir m_home;
};

void PreferencesTest::initTestCase()
{
    QVERIFY(m_home.isValid());
    qputenv("XDG_RUNTIME_DIR", m_home.path().toLocal8Bit());
}

void PreferencesTest::profilesAreAddedEditedAndRemoved()
{
    const Profile first{QStringLiteral("shop"), QStringLiteral("sqlite:///srv/shop.db"), true, false};
    SettingsDialog dialog({{first}, {}, true});
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QSignalSpy saved(&dialog, &SettingsDialog::saved);
    QCOMPARE(dialog.findChild<QLineEdit *>(QStringLiteral("profileStore"))->text(), first.storeUrl);
    QTest::mouseClick(dialog.findChild<QPushButton *>(QStringLiteral("addProfile")), Qt::LeftButton);
    QTest::keyClicks(dialog.findChild<QLineEdit *>(QStringLiteral("profileName")), QStringLiteral("test"));
    QTest::keyClicks(dialog.findChild<QLineEdit *>(QStringLiteral("profileStore")), QStringLiteral("sqlite:///srv/test.db"));
    dialog.findChild<QCheckBox *>(QStringLiteral("profileReadOnly"))->setChecked(true);
    auto *const list = dialog.findChild<QListWidget *>(QStringLiteral("profileList"));
    QCOMPARE(list->item(1)->text(), QStringLiteral("test"));
    list->setCurrentRow(0);
    QTest::mouseClick(dialog.findChild<QPushButton *>(QStringLiteral("removeProfile")), Qt::LeftButton);
    QTest::mouseClick(dialog.findChild<QPushButton *>(QStringLiteral("settingsSave")), Qt::LeftButton);
    QCOMPARE(saved.count(), 1);
    const auto result = saved.constFirst().constFirst().value<Preferences>();
    QCOMPARE(result.profiles.size(), std::size_t{1});
    QVERIFY((result.profiles.front() == Profile{QStringLiteral("test"), QStringLiteral("sqlite:///srv/test.db"), false, true}));
}

void PreferencesTest::aStoreIsSavedWithItsAbsolutePath()
{
    SettingsDialog dialog({{{QStringLiteral("shop"), QStringLiteral("sqlite:cache.db"), true, false}}, {}, true});
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    QSignalSpy saved(&dialog, &SettingsDialog::saved);
    dialog.accept();
    QCOMPARE(saved.count(), 1);
    const auto result = saved.constFirst().constFirst().value<Preferences>();
    QCOMPARE(result.profiles.size(), std::size_t{1});
    QCOMPARE(result.profiles.front().storeUrl, Infra::DatabaseUrl::forSqliteFile(QStringLiteral("cache.db")).canonical());
}

void PreferencesTest::badProfilesAreSaidAndNotSaved_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("store");
    QTest::newRow("no name") << QString() << QStringLiteral("sqlite:///a.db");
    QTest::newRow("taken") << QStringLiteral("shop") << QStringLiteral("sqlite:///a.db");
    QTest::newRow("no store") << QStringLiteral("a") << QString();
    QTest::newRow("no URL") << QStringLiteral("a") << QStringLiteral("http://x");
}

void PreferencesTest::badProfilesAreSaidAndNotSaved()
{
    QFETCH(QString, name);
    QFETCH(QString, store);
    SettingsDialog dialog({{{QStringLiteral("shop"), QStringLiteral("sqlite:///srv/shop.db"), false, false}, {name, store, false, false}}, {}, true});
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QSignalSpy saved(&dialog, &SettingsDialog::saved);
    dialog.accept();
    QCOMPARE(saved.count(), 0);
    QVERIFY(dialog.isVisible());
    const auto *const problem = dialog.findChild<QLabel *>(QStringLiteral("settingsProblem"));
    QVERIFY(problem->isVisible() && !problem->text().isEmpty());
}

void PreferencesTest::thresholdsReachTheSessionAndAreRemembered()
{
    const auto store = settings();
    Console console(*store);
    MainWindow &window = console.window;
    window.openSettings();
    auto *const dialog = window.findChild<SettingsDialog *>();
    QVERIFY(dialog);
    dialog->findChild<QSpinBox *>(QStringLiteral("thresholdHitRatio"))->setValue(80);
    dialog->findChild<QCheckBox *>(QStringLiteral("notifyHealth"))->setChecked(false);
    dialog->accept();
    QCOMPARE(console.session.thresholds().hitRatio, 0.8);
    QCOMPARE(settings()->thresholds(), console.session.thresholds());
    QVERIFY(!settings()->notifications());
}

void PreferencesTest::settingsOutsideTheirRangesAreDefaults()
{
    auto storage = std::make_unique<QSettings>(m_home.filePath(QStringLiteral("bad")), QSettings::IniFormat);
    storage->setValue(QStringLiteral("thresholds/hitRatio"), 17);
    storage->setValue(QStringLiteral("thresholds/poolWaitMilliseconds"), QStringLiteral("soon"));
    storage->setValue(QStringLiteral("thresholds/poolPressure"), 0.75);
    const AttentionThresholds read = Settings(std::move(storage)).thresholds();
    QCOMPARE(read.hitRatio, AttentionThresholds().hitRatio);
    QVERIFY(read.poolWait == AttentionThresholds().poolWait);
    QCOMPARE(read.poolPressure, 0.75);
}

void PreferencesTest::everySettingHasANameAndIsReachedByTab()
{
    SettingsDialog dialog({{{QStringLiteral("shop"), QStringLiteral("sqlite:///srv/shop.db"), false, false}}, {}, true});
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    for (const auto tab : {SettingsDialog::Tab::Profiles, SettingsDialog::Tab::Thresholds, SettingsDialog::Tab::Notifications}) {
        dialog.setCurrentTab(tab);
        QCOMPARE(InfraTest::namelessWidgets(dialog).join(QLatin1Char('\n')), QString());
        const QList<QWidget *> visited = InfraTest::tabOrder(dialog);
        QVERIFY(visited.contains(dialog.findChild<QPushButton *>(QStringLiteral("settingsSave"))));
        for (const QWidget *const field : dialog.findChildren<QWidget *>()) {
            const bool isField = qobject_cast<const QLineEdit *>(field) || qobject_cast<const QCheckBox *>(field) || qobject_cast<const QPushButton *>(field);
            if (isField && field->isVisible() && field->isEnabled() && field->focusPolicy() != Qt::NoFocus
                && !qobject_cast<const QAbstractSpinBox *>(field->parentWidget()))
                QVERIFY2(visited.contains(const_cast<QWidget *>(field)), qPrintable(field->accessibleName()));
        }
    }
}

void PreferencesTest::splittersAndColumnsAreRemembered()
{
    const auto store = settings();
    QList<int> sizes;
    {
        Console console(*store);
        MainWindow &window = console.window;
        window.show();
        window.goTo(PageId::Caches);
        auto *const splitter = window.currentPage()->findChild<QSplitter *>(QStringLiteral("componentSplitter"));
        QVERIFY(splitter);
        splitter->setSizes({480, 240});
        // As a drag of the handle ends.
        Q_EMIT splitter->splitterMoved(480, 1);
        sizes = splitter->sizes();
        window.currentPage()->findChild<DataTable *>()->view()->horizontalHeader()->setSortIndicator(1, Qt::AscendingOrder);
    }
    Console console(*store);
    MainWindow &window = console.window;
    window.show();
    window.goTo(PageId::Caches);
    QCOMPARE(window.currentPage()->findChild<QSplitter *>(QStringLiteral("componentSplitter"))->sizes(), sizes);
    const QHeaderView *const header = window.currentPage()->findChild<DataTable *>()->view()->horizontalHeader();
    QCOMPARE(header->sortIndicatorSection(), 1);
    QCOMPARE(header->sortIndicatorOrder(), Qt::AscendingOrder);
}

void PreferencesTest::whatNobodyTouchedIsNotRemembered()
{
    const auto store = settings();
    {
        Console console(*store);
        console.window.show();
        for (int page = 0; page < PageCount; ++page) {
            console.window.goTo(static_cast<PageId>(page));
            QCoreApplication::processEvents();
        }
    }
    for (int page = 0; page < PageCount; ++page) {
        for (const char *part : {"componentSplitter", "componentTable", "servicesSplitter", "serviceTable", "eventTable", "keyTreeSplitter"})
            QCOMPARE(store->viewState(QStringLiteral("%1/%2").arg(page).arg(QLatin1String(part))), QByteArray());
    }
}

void PreferencesTest::aSecondStartRaisesTheFirst()
{
    SingleInstance first;
    QSignalSpy raised(&first, &SingleInstance::raiseRequested);
    QVERIFY(first.claim(QStringLiteral("profile shop")) == SingleInstance::Outcome::First);
    QVERIFY(first.claim(QStringLiteral("profile shop")) == SingleInstance::Outcome::First);
    auto outcome = SingleInstance::Outcome::First;
    const auto begin = [&outcome](const QString &key) {
        std::unique_ptr<QThread> thread(QThread::create([&outcome, key] { outcome = SingleInstance().claim(key); }));
        thread->start();
        return thread;
    };
    const auto start = [&begin](const QString &key) { begin(key)->wait(); };
    const auto second = begin(QStringLiteral("profile shop"));
    QTRY_COMPARE(raised.count(), 1);
    second->wait();
    QVERIFY(outcome == SingleInstance::Outcome::Raised);
    start(QStringLiteral("profile other"));
    QVERIFY(outcome == SingleInstance::Outcome::First);
    // Another key given up the first one.
    QVERIFY(first.claim(QStringLiteral("profile else")) == SingleInstance::Outcome::First);
    start(QStringLiteral("profile shop"));
    QVERIFY(outcome == SingleInstance::Outcome::First);
    // Held by a console whose event loop stands still.
    start(QStringLiteral("profile else"));
    QVERIFY(outcome == SingleInstance::Outcome::Silent);
}

void PreferencesTest::changesOfHealthAreSaidOnce()
{
    HealthNotifier notifier(HealthNotifier::Channel::WindowOnly);
    QVERIFY(!notifier.hasTray());
    QSignalSpy notices(&notifier, &HealthNotifier::notice);
    const QString service = QStringLiteral("data-api");
    notifier.noteVerdict(service, Verdict::Up, {});
    QCOMPARE(notices.count(), 0);
    notifier.noteVerdict(service, Verdict::Unreachable, QStringLiteral("connection refused"));
    QCOMPARE(notices.count(), 1);
    QCOMPARE(notices.at(0).at(0).toString(), QStringLiteral("data-api is unreachable: connection refused"));
    QVERIFY(notices.at(0).at(1).toBool());
    notifier.noteVerdict(service, Verdict::Unreachable, {});
    notifier.noteVerdict(service, Verdict::Paused, {});
    QCOMPARE(notices.count(), 1);
    notifier.noteVerdict(service, Verdict::Up, {});
    QCOMPARE(notices.count(), 1); // From a pause: no news.
    notifier.noteVerdict(service, Verdict::Degraded, {});
    QCOMPARE(notices.count(), 2);
    notifier.setEnabled(false);
    notifier.noteVerdict(service, Verdict::Up, {});
    QCOMPARE(notices.count(), 2);
    notifier.setEnabled(true);
    notifier.noteVerdict(service, Verdict::Down, {});
    QCOMPARE(notices.count(), 3);
    notifier.reset();
    notifier.noteVerdict(service, Verdict::Up, {});
    QCOMPARE(notices.count(), 3);
}

void PreferencesTest::serviceListsSurviveTheWayThroughAFile()
{
    const ServiceList services{{QStringLiteral("data-api"), QStringLiteral("http://data-api:8006")}, {QStringLiteral("b"), QStringLiteral("https://b")}};
    const auto read = readServiceList(writeServiceList(services));
    QVERIFY(read);
    QVERIFY(*read == services);
}

void PreferencesTest::aChangeOfTheServicesIsTheOnlyOneThatIsSaved_data()
{
    // A letter is a service, a digit behind it its port.
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("others");
    QTest::addColumn<QString>("saved");
    const auto add = [](const char *name, const char *before, const char *after, const char *others, const char *saved) {
        QTest::newRow(name) << QString::fromLatin1(before) << QString::fromLatin1(after) << QString::fromLatin1(others)
                            << QString::fromLatin1(saved);
    };
    add("added alone", "a1b1", "a1b1c1", "a1b1", "a1b1c1");
    add("renamed alone", "a1b1c1", "a1x1c1", "a1b1c1", "a1x1c1");
    add("moved alone", "a1b1c1", "c1a1b1", "a1b1c1", "c1a1b1");
    add("both added", "a1", "a1b1", "a1c1", "a1b1c1");
    add("both added the same", "a1", "a1b1", "a1b2", "a1b1");
    add("added and removed", "a1b1", "a1b1c1", "b1", "b1c1");
    add("removed and added", "a1b1", "b1", "a1b1c1", "b1c1");
    add("addresses of two", "a1b1", "a2b1", "a1b2", "a2b2");
    add("address of what was removed", "a1b1", "a2b1", "b1", "a2b1");
    add("renamed and added", "a1b1", "x1b1", "a1b1c1", "x1b1c1");
    add("moved and added", "a1b1", "b1a1", "c1a1b1", "c1b1a1");
    add("added and moved", "a1b1", "a1b1c1", "b1a1", "b1c1a1");
    add("the first of both", "", "a1", "b1", "b1a1");
    add("all removed", "a1b1", "", "a1b1c1", "c1");
}

void PreferencesTest::aChangeOfTheServicesIsTheOnlyOneThatIsSaved()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    QFETCH(QString, others);
    QFETCH(QString, saved);
    const auto services = [](const QString &text) {
        std::vector<Infra::ServiceEndpoint> list;
        for (qsizetype at = 0; at < text.size(); at += 2)
            list.push_back({text.mid(at, 1), QUrl(QStringLiteral("http://host:") + text.mid(at + 1, 1))});
        return list;
    };
    const auto saving = settings();
    saving->setServices(services(others));
    saving->changeServices(services(before), services(after));
    QString text;
    const auto list = saving->services();
    QVERIFY(list);
    for (const Infra::ServiceEndpoint &service : *list)
        text += service.name + QString::number(service.baseUrl.port());
    QCOMPARE(text, saved);
}

void PreferencesTest::consolesKeepEachOthersServices()
{
    settings()->setServices({});
    const auto storeUrl = [this](const char *name) {
        Infra::StoreOptions options;
        options.url = QStringLiteral("sqlite://") + m_home.filePath(QString::fromLatin1(name));
        return Infra::CacheStore::open(options) ? options.url : QString();
    };
    Application first(CommandLine(), settings());
    Application second(CommandLine(), settings());
    first.openStore(storeUrl("first.db"));
    second.openStore(storeUrl("second.db"));
    QVERIFY(first.session() && second.session());
    QVERIFY(first.session()->addService(QStringLiteral("a"), QStringLiteral("http://127.0.0.1:9")));
    QVERIFY(second.session()->addService(QStringLiteral("b"), QStringLiteral("http://127.0.0.1:9")));
    const auto saved = [this] {
        QStringList names;
        const auto list = settings()->services();
        for (const Infra::ServiceEndpoint &service : list.value_or(std::vector<Infra::ServiceEndpoint>()))
            names << service.name;
        return names.join(QLatin1Char(' '));
    };
    QCOMPARE(saved(), QStringLiteral("a b"));
    first.session()->removeService(QStringLiteral("a"));
    QCOMPARE(saved(), QStringLiteral("b"));
}

void PreferencesTest::badServiceListsAreRefused_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("says");
    QTest::newRow("not JSON") << QByteArray("name,url\n") << QStringLiteral("not JSON");
    QTest::newRow("object") << QByteArray("{}") << QStringLiteral("no list");
    QTest::newRow("no url") << QByteArray(R"([{"name":"a","url":"http://a"},{"name":"b"}])") << QStringLiteral("Entry 2");
    QTest::newRow("numbers") << QByteArray("[1]") << QStringLiteral("Entry 1");
    QTest::newRow("too large") << QByteArray((1 << 20) + 1, ' ') << QStringLiteral("1 MiB");
}

void PreferencesTest::badServiceListsAreRefused()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, says);
    const auto read = readServiceList(file);
    QVERIFY(!read);
    QVERIFY2(read.error().message.contains(says), qPrintable(read.error().message));
}

void PreferencesTest::everyPageExplainsItself()
{
    const auto store = settings();
    Console console(*store);
    MainWindow &window = console.window;
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    for (int page = 0; page < PageCount; ++page) {
        window.goTo(static_cast<PageId>(page));
        QVERIFY2(!window.currentPage()->whatsThis().isEmpty(), qPrintable(window.currentPage()->title()));
    }
    QTest::keyClick(&window, Qt::Key_F1);
    QWidget *bubble = nullptr;
    for (QWidget *const top : QApplication::topLevelWidgets()) {
        if (top->inherits("QWhatsThat") && top->isVisible())
            bubble = top;
    }
    QVERIFY(bubble);
    QWhatsThis::hideText();
}

void PreferencesTest::whatWasTypedAndNamesOfStoresAreNoMarkup()
{
    const QString markup = QStringLiteral("<img src='x'>");
    SettingsDialog dialog({{{markup, QString(), false, false}}, {}, true});
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.accept();
    const auto *const problem = dialog.findChild<QLabel *>(QStringLiteral("settingsProblem"));
    QVERIFY(problem && problem->text().contains(markup));
    QCOMPARE(problem->textFormat(), Qt::PlainText);

    const ServiceDialog serviceDialog({}, {}, [](const QString &, const QString &) { return Infra::Result<void>(); });
    QCOMPARE(serviceDialog.findChild<QLabel *>(QStringLiteral("serviceProblem"))->textFormat(), Qt::PlainText);

    const auto store = settings();
    const Console console(*store);
    QCOMPARE(console.window.findChild<QLabel *>(QStringLiteral("sourceLabel"))->textFormat(), Qt::PlainText);
}

// By the name of the file under Wayland, by the class under X11.
void PreferencesTest::windowsBelongToTheInstalledEntry()
{
    Application::nameProgram();
    const QString entry = QStringLiteral(INFRA_SOURCE_DIR "/packaging/desktop/%1.desktop").arg(QGuiApplication::desktopFileName());
    QFile file(entry);
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(entry));
    const QByteArrayList lines = file.readAll().split('\n');
    QVERIFY(lines.contains("StartupWMClass=" + QCoreApplication::applicationName().toUtf8()));
}

QTEST_MAIN(PreferencesTest)
#include "tst_preferences.moc"
