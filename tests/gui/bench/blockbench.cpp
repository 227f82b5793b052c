// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"
#include "watchdog.h"
#include "window.h"

#include "models/keytablemodel.h"
#include "pages/keyspage.h"

#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTableView>
#include <QTcpServer>

#include <algorithm>
#include <thread>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

namespace {

// A foreign program that keeps both files locked; `locked` tells when it has them.
enum class Locking { Waits, Holds, Ended };

void lockFiles(const QString &path, std::chrono::milliseconds duration, std::atomic<Locking> &state)
{
    const QStringList names{QStringLiteral("bench-lock-0"), QStringLiteral("bench-lock-1")};
    {
        const QStringList files{path, path + QStringLiteral(".telemetry")};
        for (int file = 0; file < 2; ++file) {
            QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), names.at(file));
            database.setDatabaseName(files.at(file));
            database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
            if (!database.open())
                die(QStringLiteral("cannot open %1 to lock it").arg(files.at(file)));
            if (!QSqlQuery(database).exec(QStringLiteral("BEGIN EXCLUSIVE")))
                die(QStringLiteral("cannot lock %1").arg(files.at(file)));
        }
        state = Locking::Holds;
        std::this_thread::sleep_for(duration);
        for (const QString &name : names)
            QSqlDatabase::database(name).close();
    }
    for (const QString &name : names)
        QSqlDatabase::removeDatabase(name);
    state = Locking::Ended;
}

class Blocks
{
public:
    void note(const char *what)
    {
        const Watchdog::Report report = m_watchdog.take();
        add(QLatin1String(what) + QStringLiteral(": longest"), report.longestMilliseconds, "ms", 50);
        add(QLatin1String(what) + QStringLiteral(": 99.9 % within"), report.p999Milliseconds, "ms", 16);
        m_longest = std::max(m_longest, report.longestMilliseconds);
    }
    void forget() { static_cast<void>(m_watchdog.take()); }
    [[nodiscard]] double longest() const { return m_longest; }

private:
    Watchdog m_watchdog;
    double m_longest = 0;
};

void browse(Window &console, std::chrono::milliseconds during)
{
    console.window().goTo(PageId::Keys, QStringLiteral("orders"));
    auto *const page = qobject_cast<KeysPage *>(console.window().page(PageId::Keys));
    QElapsedTimer timer;
    timer.start();
    int step = 0;
    while (timer.elapsed() < during.count()) {
        QScrollBar *const bar = page->view()->verticalScrollBar();
        bar->setValue(step % 7 == 6 ? 0 : bar->maximum());
        if (step % 40 == 20)
            page->setFilter(KeysPage::FilterKind::Pattern, QStringLiteral("*7:*9"));
        if (step % 40 == 30)
            page->setFilter(KeysPage::FilterKind::Prefix, QStringLiteral("order:0%1").arg(step % 10));
        if (step % 40 == 0)
            page->setFilter(KeysPage::FilterKind::Prefix, QString());
        ++step;
        spin(50ms);
    }
    add(QStringLiteral("keys listed by then"), page->model()->rowCount(), "keys");
}

} // namespace

int measureBlocks(const Scale &scale)
{
    const FilledStore store(scale.rows);
    QTcpServer hanging; // Accepts and never answers.
    hanging.listen(QHostAddress::LocalHost);
    std::vector<Infra::ServiceEndpoint> services;
    for (int i = 0; i < 5; ++i)
        services.push_back({QStringLiteral("hanging-%1").arg(i), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(hanging.serverPort()))});
    auto publishers = std::make_unique<Publishers>(store.url(), 5, 8, std::min(scale.history, 300s));
    Window console(store.url(), services);
    console.waitForData(8);
    for (int page = 0; page < PageCount; ++page) {
        console.window().goTo(static_cast<PageId>(page));
        spin(300ms);
    }
    Blocks blocks;
    console.walkPages(scale.of(8s));
    blocks.note("pages walked with live data");

    console.window().goTo(PageId::Services);
    for (int round = 0; round < 8; ++round) {
        console.session().checkAllServices();
        console.walkPages(scale.of(800ms));
    }
    blocks.note("services hanging");

    browse(console, scale.of(12s));
    blocks.note("all keys browsed");

    std::atomic locking = Locking::Waits;
    std::thread locker([&] { lockFiles(store.path(), scale.of(10s), locking); });
    spinUntil(12s, [&locking] { return locking != Locking::Waits; });
    blocks.forget();
    while (locking != Locking::Ended)
        console.walkPages(1s);
    locker.join();
    blocks.note("store locked");
    console.waitForData(8);
    blocks.forget();

    auto invalidation = console.session().invalidate("orders", Infra::Target::region());
    int steps = 0;
    while (!invalidation.isFinished() && ++steps < 300)
        console.walkPages(400ms);
    if (!invalidation.isFinished() || !invalidation.result())
        die(QStringLiteral("the region was not invalidated: %1")
                .arg(invalidation.isFinished() ? invalidation.result().error().message : QStringLiteral("not finished")));
    add(QStringLiteral("entries invalidated meanwhile"), static_cast<double>(invalidation.result()->report.entries), "entries");
    blocks.note("region of all rows invalidated");

    publishers.reset();
    for (const char *suffix : {"", "-wal", "-shm", ".coherence", ".telemetry", ".telemetry-wal", ".telemetry-shm"})
        QFile::remove(store.path() + QLatin1String(suffix));
    console.walkPages(scale.of(6s));
    blocks.note("file deleted");
    add(QStringLiteral("window does not answer, longest of all situations"), blocks.longest(), "ms", 50);
    return 0;
}

} // namespace InfraBench
