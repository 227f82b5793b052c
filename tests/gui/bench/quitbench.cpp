// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"
#include "window.h"

#include <QTcpServer>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

int measureQuit(const Scale &scale)
{
    const FilledStore store(scale.rows);
    QTcpServer hanging;
    hanging.listen(QHostAddress::LocalHost);
    std::vector<Infra::ServiceEndpoint> services;
    for (int i = 0; i < 5; ++i)
        services.push_back({QStringLiteral("hanging-%1").arg(i), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(hanging.serverPort()))});
    const Publishers publishers(store.url(), 5, 8);
    InfraTest::Samples took;
    for (int round = 0; round < 5; ++round) {
        auto console = std::make_unique<Window>(store.url(), services);
        console->waitForData(8);
        console->window().goTo(PageId::Keys, QStringLiteral("orders"));
        spin(300ms);
        LiveSession &session = console->session();
        session.checkAllServices();
        auto counted = session.preview("orders", Infra::Target::glob("*:*:*1"), std::make_shared<std::atomic<bool>>(false));
        auto removed = session.invalidate("orders", round == 4 ? Infra::Target::region() : Infra::Target::prefix("order:000" + QByteArray::number(round)));
        auto listed = session.entries("orders", {}, {}, 5000);
        session.refresh();
        spin(30ms);
        const bool busy = !counted.isFinished() || !removed.isFinished() || !listed.isFinished();
        const double seconds = timed([&] { console->close(); });
        if (!busy)
            figures().note(QStringLiteral("round %1: all had ended before the window was closed").arg(round + 1));
        if (round == 4)
            add(QStringLiteral("quit while a region of all rows is invalidated"), 1000 * seconds, "ms", 1000);
        else
            took.values.push_back(1000 * seconds);
    }
    figures().addAbsolute(QStringLiteral("quit with checks, a count, an invalidation in flight"), took, QStringLiteral("ms"), 1000,
                          InfraTest::Figures::Bound::AtMost);
    return 0;
}

} // namespace InfraBench
